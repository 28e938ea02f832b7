"""What is kept of pickups: requests and their history, slots, rounds and their stops.

A request is one thing to do at one door in one window. A round is what one courier drives in one
shift. Moments are UTC; a `day` is the local date.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH

ADDRESS_LENGTH = 500
LONGEST_JSON = 200_000


class PickupKind(StrEnum):
    """What is done at the door."""

    COLLECT = "collect"
    RETURN = "return"
    SHUTTLE = "shuttle"


PICKUP_KIND_NAMES: dict[PickupKind, tuple[str, str]] = {
    PickupKind.COLLECT: ("thu gom tại nhà", "collection at home"),
    PickupKind.RETURN: ("trả tại nhà", "return at home"),
    PickupKind.SHUTTLE: ("chuyến sở, ngành", "department shuttle"),
}


class Half(StrEnum):
    """Which half of the day a slot is."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


class PickupState(StrEnum):
    """How far a request is.

    `ASKED` waits for a person: its place is in doubt. `CONFIRMED` has its slot and waits for a
    round, `PLANNED` is in exactly one, `CARRIER` was given to a carrier instead.
    """

    ASKED = "asked"
    CONFIRMED = "confirmed"
    PLANNED = "planned"
    CARRIER = "carrier"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


PICKUP_STATE_NAMES: dict[PickupState, tuple[str, str]] = {
    PickupState.ASKED: ("chờ xác định địa chỉ", "its place is in doubt"),
    PickupState.CONFIRMED: ("đã hẹn", "agreed"),
    PickupState.PLANNED: ("đã xếp tuyến", "in a round"),
    PickupState.CARRIER: ("hãng vận chuyển thu gom", "fetched by a carrier"),
    PickupState.DONE: ("đã xong", "done"),
    PickupState.FAILED: ("không thành", "failed"),
    PickupState.CANCELLED: ("đã hủy", "called off"),
}
OVER = frozenset({PickupState.DONE, PickupState.FAILED, PickupState.CANCELLED})


class FailureReason(StrEnum):
    """Why nobody could be served at a door."""

    NOBODY_HOME = "nobody_home"
    WRONG_ADDRESS = "wrong_address"
    NOT_READY = "not_ready"
    REFUSED = "refused"
    NO_ACCESS = "no_access"
    OTHER = "other"


FAILURE_NAMES: dict[FailureReason, tuple[str, str]] = {
    FailureReason.NOBODY_HOME: ("không có người ở nhà", "nobody at home"),
    FailureReason.WRONG_ADDRESS: ("sai địa chỉ", "the address is wrong"),
    FailureReason.NOT_READY: ("giấy tờ chưa sẵn sàng", "the papers are not ready"),
    FailureReason.REFUSED: ("người dân từ chối", "the citizen refuses"),
    FailureReason.NO_ACCESS: ("không vào được", "the place cannot be reached"),
    FailureReason.OTHER: ("lý do khác", "another reason"),
}


class CarrierFetch(StrEnum):
    """How far a carrier is with a request that it fetches instead of our couriers.

    `ASKED` may be stored over there or not: nobody asks anew before it was looked up.
    """

    WAITING = "waiting"
    ASKED = "asked"
    PLACED = "placed"
    REFUSED = "refused"
    CALLING_OFF = "calling_off"
    CALLED_OFF = "called_off"


FINAL_FAILURES = frozenset({FailureReason.REFUSED})
"""After these nobody comes a second time by himself."""


class PickupRequest(SQLModel):
    """Something to be collected from, or brought to, a door.

    Attributes:
        number: ours, `LH-261123-0001-7`.
        office: code of the post office whose couriers drive.
        opens_at, closes_at: the service at the door begins between them.
        address: as it was written, letter by letter.
        located: the answer of the geocoder as JSON: candidates, reasons.
        confidence: in the place, 0 to 1; a person's word is 1.
        items, grams: what is on board because of it, taken or brought.
        must_by: the day by which it has to be done (a promised date); it may wait before.
        attempts: visits that failed.
        round: the number of the round that it is in.
        carrier, carrier_number: the connection that fetches it instead, and its number there.
        carrier_state, carrier_asked_at, carrier_said: how far it is, since when, in its own words.
        series: the recurring shuttle that it is a day of.
        version: counts changes; a plan made for an older one does not count.
    """

    number: str = Field(max_length=CODE_LENGTH)
    kind: PickupKind
    office: str = Field(max_length=CODE_LENGTH)
    day: date
    half: Half
    opens_at: datetime
    closes_at: datetime
    name: str = Field(max_length=NAME_LENGTH)
    phone: str = Field(max_length=20)
    address: str = Field(max_length=ADDRESS_LENGTH)
    ward_code: str | None = Field(default=None, max_length=5)
    ward: str | None = Field(default=None, max_length=NAME_LENGTH)
    latitude: float | None = None
    longitude: float | None = None
    confidence: float = 0.0
    located: str = Field(default="{}", max_length=LONGEST_JSON)
    items: int = 1
    grams: int = 500
    dossier_code: str | None = Field(default=None, max_length=CODE_LENGTH)
    must_by: date | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)
    state: PickupState
    attempts: int = 0
    round: str | None = Field(default=None, max_length=CODE_LENGTH)
    carrier: str | None = Field(default=None, max_length=CODE_LENGTH)
    carrier_number: str | None = Field(default=None, max_length=CODE_LENGTH)
    carrier_state: CarrierFetch | None = None
    carrier_asked_at: datetime | None = None
    carrier_said: str | None = Field(default=None, max_length=NAME_LENGTH)
    series: str | None = Field(default=None, max_length=CODE_LENGTH)
    asked_at: datetime
    asked_by: str = Field(max_length=CODE_LENGTH)
    changed_at: datetime
    version: int = 1


class Deed(StrEnum):
    """What happened to a request."""

    ASKED = "asked"
    LOCATED = "located"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    PLANNED = "planned"
    RELEASED = "released"
    GIVEN_TO_CARRIER = "given_to_carrier"
    CARRIER_TOLD = "carrier_told"
    DONE = "done"
    TRIED = "tried"
    FAILED = "failed"


class PickupEvent(SQLModel):
    """One line of a request's history: no change of state is without.

    Attributes:
        id: UUIDv7; their order is the order of the history.
        facts: JSON, such as the round or the reason.
    """

    id: str = Field(max_length=CODE_LENGTH)
    request: str = Field(max_length=CODE_LENGTH)
    deed: Deed
    state: PickupState
    at: datetime
    by: str = Field(max_length=CODE_LENGTH)
    facts: str = Field(default="{}", max_length=LONGEST_JSON)


class Slot(SQLModel):
    """How many requests an office takes in a half-day.

    Attributes:
        capacity: set by a person; otherwise the configured one.
        taken: requests that hold a place.
    """

    office: str = Field(max_length=CODE_LENGTH)
    day: date
    half: Half
    capacity: int
    taken: int = 0


class RoundState(StrEnum):
    """How far a round is."""

    PUBLISHED = "published"
    DRIVING = "driving"
    CLOSED = "closed"
    DROPPED = "dropped"


ROUND_STATE_NAMES: dict[RoundState, tuple[str, str]] = {
    RoundState.PUBLISHED: ("đã giao bưu tá", "given to its courier"),
    RoundState.DRIVING: ("đang đi", "under way"),
    RoundState.CLOSED: ("đã đóng", "closed"),
    RoundState.DROPPED: ("đã bỏ", "dropped"),
}


class Round(SQLModel):
    """What one courier drives in one shift.

    Attributes:
        number: ours, `TX-261123-001-4`.
        shift: its name in the settings.
        leaves_at, back_at: as planned; `left_at`, `closed_at` as it was.
        lunch_at, lunch_until: the planned break.
        metres: planned; `metres_driven` as the courier read it off.
        trips: how often it sets out from the office, as JSON (see `PlannedTrip`).
        notes: sentences about the plan that its readers must see, as JSON list of [vi, en].
        seed, solver, iterations: make the same plan again.
        counted: items that the courier brought to the desk, by hand; `expected` by the stops.
        signed_by: who signed the count sheet.
        version: counts plans: it grows when the round is planned anew.
    """

    number: str = Field(max_length=CODE_LENGTH)
    office: str = Field(max_length=CODE_LENGTH)
    day: date
    shift: str = Field(max_length=CODE_LENGTH)
    vehicle: str = Field(max_length=CODE_LENGTH)
    courier: str = Field(max_length=CODE_LENGTH)
    state: RoundState
    leaves_at: datetime
    back_at: datetime
    lunch_at: datetime | None = None
    lunch_until: datetime | None = None
    metres: int
    cost_dong: int
    trips: str = Field(default="[]", max_length=LONGEST_JSON)
    notes: str = Field(default="[]", max_length=LONGEST_JSON)
    seed: int
    solver: str = Field(max_length=CODE_LENGTH)
    iterations: int = 0
    planned_at: datetime
    planned_by: str = Field(max_length=CODE_LENGTH)
    left_at: datetime | None = None
    closed_at: datetime | None = None
    metres_driven: int | None = None
    expected: int | None = None
    counted: int | None = None
    signed_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    remark: str | None = Field(default=None, max_length=TEXT_LENGTH)
    version: int = 1


class StopState(StrEnum):
    """What became of a stop; a request has at most one stop that is open."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


STOP_STATE_NAMES: dict[StopState, tuple[str, str]] = {
    StopState.OPEN: ("chưa tới", "not made yet"),
    StopState.DONE: ("đã xong", "done"),
    StopState.FAILED: ("không thành", "failed"),
    StopState.DROPPED: ("đã bỏ", "dropped"),
}


class RoundStop(SQLModel):
    """A request's place in a round.

    Attributes:
        position: in the round, from 1; what was dropped keeps its last one.
        trip: from 0.
        arrive_at, begin_at, leave_at: as planned.
        metres: from the stop before, as planned.
        arrived_at, left_at: as it was.
        counted: items that changed hands at the door.
        reason: why nothing did.
    """

    round: str = Field(max_length=CODE_LENGTH)
    request: str = Field(max_length=CODE_LENGTH)
    position: int
    trip: int
    arrive_at: datetime
    begin_at: datetime
    leave_at: datetime
    metres: int
    state: StopState = StopState.OPEN
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    counted: int | None = None
    reason: FailureReason | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)


class PlanRun(SQLModel):
    """One planning of an office's day: the last one tells why somebody is in no round.

    Attributes:
        unserved: JSON list of {request, why, vi, en}.
        notes: JSON list of [vi, en]: what the planner has to know, such as a solver that died.
    """

    id: str = Field(max_length=CODE_LENGTH)
    office: str = Field(max_length=CODE_LENGTH)
    day: date
    at: datetime
    by: str = Field(max_length=CODE_LENGTH)
    solver: str = Field(max_length=CODE_LENGTH)
    seed: int
    stops: int
    metres: int
    cost_dong: int
    unserved: str = Field(default="[]", max_length=LONGEST_JSON)
    notes: str = Field(default="[]", max_length=LONGEST_JSON)


class WardExperience(SQLModel):
    """What driven stops taught about a ward.

    Attributes:
        stops: how many.
        service_seconds: their sum, from arrival to leaving.
        late_seconds: sum of how much later than planned they were reached; early ones count 0.
        late_stops: how many were reached more than a quarter of an hour late.
    """

    ward_code: str = Field(max_length=5)
    stops: int = 0
    service_seconds: int = 0
    late_seconds: int = 0
    late_stops: int = 0


class KeptCorrection(SQLModel):
    """What a person said about an address; see `pickup.places.Correction`."""

    address: str = Field(max_length=ADDRESS_LENGTH)
    ward_code: str = Field(max_length=5)
    latitude: float | None = None
    longitude: float | None = None
    by: str = Field(max_length=CODE_LENGTH)
    at: datetime
