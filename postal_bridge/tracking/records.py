"""The records of custody: events, positions, pouches, handovers, consignments, incidents."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, SQLModel

from postal_bridge.dossiers.records import CODE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from postal_bridge.journey import Act, Direction, HolderAfter, ItemKind, Stage

HASH_LENGTH = 64
CITIZEN = "citizen"


class CustodyEvent(SQLModel):
    """Something happened to an item; never changed once written.

    Attributes:
        event_id: the handheld's scan id (UUIDv7), or one made by the server for a command. A
            pouch scan writes one event per item inside, all with the scan's id.
        seq: 1, 2, 3 … per item, in the order of recording.
        custodian: who bears the item afterwards; none where the act leaves that as it was.
        occurred_at: by the device, put right where its clock is known to be off; recorded_at: by
            the server.
        device_at: what the device itself said, where that was put right; none otherwise.
        pouch: the pouch concerned: packed into, moved with, or taken out of.
        corrects: the event of this item that never happened as written.
    """

    event_id: UUID
    item_code: str = Field(max_length=CODE_LENGTH)
    seq: int = Field(ge=1)
    act: Act
    place: str = Field(max_length=CODE_LENGTH)
    actor: str = Field(max_length=CODE_LENGTH)
    custodian_kind: HolderAfter | None = None
    custodian: str | None = Field(default=None, max_length=CODE_LENGTH)
    occurred_at: datetime
    recorded_at: datetime
    device_at: datetime | None = None
    device: str | None = Field(default=None, max_length=CODE_LENGTH)
    pouch: str | None = Field(default=None, max_length=CODE_LENGTH)
    handover: str | None = Field(default=None, max_length=CODE_LENGTH)
    consignment: str | None = Field(default=None, max_length=CODE_LENGTH)
    corrects: UUID | None = None
    latitude: float | None = None
    longitude: float | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)
    previous_hash: str = Field(max_length=HASH_LENGTH)
    hash: str = Field(max_length=HASH_LENGTH)


class Position(SQLModel):
    """Where an item is: the fold of its events.

    Attributes:
        custodian: the person, desk, carrier or citizen that bears it.
        pouch, sealed: the pouch it lies in; a sealed one is its holder, and it moves only with
            the pouch.
        since: when the event that brought it here happened, by the device.
        last_event_id: that event.
        latest_at: the latest moment of any of the item's events, also of those that moved nothing.
        seq, last_hash: end of the item's chain.
    """

    item_code: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    kind: ItemKind
    direction: Direction
    department: str = Field(max_length=CODE_LENGTH)
    stage: Stage
    place: str = Field(max_length=CODE_LENGTH)
    custodian_kind: HolderAfter
    custodian: str = Field(max_length=CODE_LENGTH)
    pouch: str | None = Field(default=None, max_length=CODE_LENGTH)
    sealed: bool = False
    since: datetime
    last_event_id: UUID
    latest_at: datetime
    seq: int
    last_hash: str = Field(max_length=HASH_LENGTH)

    @property
    def holder(self) -> str:
        """The one holder: the sealed pouch, else who bears it."""
        return self.pouch if self.sealed and self.pouch else self.custodian


class PouchState(StrEnum):
    """A pouch is used once: open, sealed, opened."""

    OPEN = "open"
    SEALED = "sealed"
    OPENED = "opened"


POUCH_STATE_NAMES: dict[PouchState, tuple[str, str]] = {
    PouchState.OPEN: ("đang xếp", "being packed"),
    PouchState.SEALED: ("đã niêm phong", "sealed"),
    PouchState.OPENED: ("đã mở", "opened"),
}


class Pouch(SQLModel):
    """A bag with a seal, from one place to another.

    Attributes:
        manifest_hash: over the codes inside at sealing; contents are frozen from then on.
    """

    code: str = Field(max_length=CODE_LENGTH)
    origin: str = Field(max_length=CODE_LENGTH)
    destination: str = Field(max_length=CODE_LENGTH)
    state: PouchState = PouchState.OPEN
    seal: str | None = Field(default=None, max_length=CODE_LENGTH)
    created_at: datetime
    created_by: str = Field(max_length=CODE_LENGTH)
    sealed_at: datetime | None = None
    sealed_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    opened_at: datetime | None = None
    opened_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    manifest_hash: str | None = Field(default=None, max_length=HASH_LENGTH)


class ManifestLine(SQLModel):
    """One item on the manifest that travels with a sealed pouch."""

    pouch_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    item_code: str = Field(max_length=CODE_LENGTH)


class HandoverState(StrEnum):
    """Minutes are offered by the giver, and accepted by the receiver or withdrawn by the giver."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Handover(SQLModel):
    """Minutes of a handover: two signatures and two counts; both counts stay.

    Attributes:
        place: where it happens.
        receiver_place: the desk that will answer for the papers; for a courier, none.
        given_count, accepted_count: items, counted by each side.
    """

    number: str = Field(max_length=CODE_LENGTH)
    place: str = Field(max_length=CODE_LENGTH)
    giver: str = Field(max_length=CODE_LENGTH)
    receiver: str = Field(max_length=CODE_LENGTH)
    receiver_place: str | None = Field(default=None, max_length=CODE_LENGTH)
    state: HandoverState = HandoverState.OFFERED
    given_count: int = Field(ge=0)
    given_at: datetime
    accepted_count: int | None = Field(default=None, ge=0)
    accepted_at: datetime | None = None
    seals_intact: bool | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)


class HandoverLine(SQLModel):
    """One item of a handover, with the pouch it came in, and whether it was there."""

    number: str = Field(max_length=CODE_LENGTH)
    item_code: str = Field(max_length=CODE_LENGTH)
    pouch: str | None = Field(default=None, max_length=CODE_LENGTH)
    outcome: str | None = Field(default=None, max_length=20)


class ConsignmentState(StrEnum):
    """A consignment's way, in the milestones that every carrier can tell."""

    BOOKED = "booked"
    COLLECTED = "collected"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    BROUGHT_BACK = "brought_back"
    CANCELLED = "cancelled"


CONSIGNMENT_OPEN = frozenset(
    {ConsignmentState.BOOKED, ConsignmentState.COLLECTED, ConsignmentState.ATTEMPTED}
)


class Consignment(SQLModel):
    """One leg from a consignor to a consignee with one carrier.

    Attributes:
        number: deterministic per dossier, leg and attempt, so that a repeat is the same order.
        attempts: how often somebody stood at the door.
        carrier_reference: the carrier's own number, once it has taken the order.
    """

    number: str = Field(max_length=CODE_LENGTH)
    item_code: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    carrier: str = Field(max_length=CODE_LENGTH)
    state: ConsignmentState = ConsignmentState.BOOKED
    consignee_name: str = Field(max_length=NAME_LENGTH)
    consignee_phone: str = Field(max_length=20)
    consignee_address: str = Field(max_length=NAME_LENGTH)
    attempts: int = Field(default=0, ge=0)
    booked_at: datetime
    booked_by: str = Field(max_length=CODE_LENGTH)
    carrier_reference: str | None = Field(default=None, max_length=CODE_LENGTH)
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None


class IncidentKind(StrEnum):
    """What can be wrong with papers."""

    SHORT = "short"
    SURPLUS = "surplus"
    SEAL_BROKEN = "seal_broken"
    LOST = "lost"
    FOUND = "found"
    PORTAL = "portal"
    CARRIER = "carrier"
    SILENCE = "silence"
    CONTENT = "content"


INCIDENT_NAMES: dict[IncidentKind, tuple[str, str]] = {
    IncidentKind.SHORT: ("thiếu khi giao nhận", "short at handover"),
    IncidentKind.SURPLUS: ("thừa khi giao nhận", "surplus at handover"),
    IncidentKind.SEAL_BROKEN: ("niêm phong không nguyên vẹn", "seal broken"),
    IncidentKind.LOST: ("báo mất", "lost"),
    IncidentKind.FOUND: ("tìm thấy không rõ nguồn", "found"),
    IncidentKind.PORTAL: ("Cổng quốc gia cần người sửa", "the national portal needs a person"),
    IncidentKind.CARRIER: ("hãng vận chuyển cần người xử lý", "the carrier needs a person"),
    IncidentKind.SILENCE: ("hãng vận chuyển im lặng quá lâu", "no word from the carrier"),
    IncidentKind.CONTENT: ("kho tệp mất hoặc hỏng nội dung", "the vault lost or damaged a content"),
}


class Incident(SQLModel):
    """Something is wrong until somebody closes it with an explanation.

    Attributes:
        key: the same for the same trouble, so that it opens once.
        code: item, pouch or dossier concerned; may be a text nobody knows (a surplus paper).
    """

    id: str = Field(max_length=CODE_LENGTH)
    key: str = Field(max_length=200)
    kind: IncidentKind
    code: str = Field(max_length=CODE_LENGTH)
    handover: str | None = Field(default=None, max_length=CODE_LENGTH)
    place: str = Field(max_length=CODE_LENGTH)
    opened_at: datetime
    opened_by: str = Field(max_length=CODE_LENGTH)
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    explanation: str | None = Field(default=None, max_length=TEXT_LENGTH)


class SettledAs(StrEnum):
    """What became of a refused scan in the end."""

    TAKEN = "taken"
    REAPPLIED = "reapplied"
    DISMISSED = "dismissed"


SETTLED_NAMES: dict[SettledAs, tuple[str, str]] = {
    SettledAs.TAKEN: ("đã được nhận khi gửi lại", "was taken when it came again"),
    SettledAs.REAPPLIED: ("đã được áp dụng lại", "was applied again"),
    SettledAs.DISMISSED: ("đã bị bác bỏ kèm giải trình", "was dismissed with an explanation"),
}


class RefusedScan(SQLModel):
    """A scan that was not taken, kept whole and with its reason for a supervisor.

    Attributes:
        fingerprint: over what was sent; two different contents under one scan id are both kept.
        occurred_at: put right where the device's clock was known to be off; device_at: what the
            device said then, and none otherwise.
        facts: what the sentence of the reason says besides, as a JSON object.
        actor: who scanned; recorded_at: when it was refused first.
        explanation: the latest one; all of them, and every attempt, are in the steps.
        settled_by: the supervisor who decided; none where it was taken when it came again.
    """

    scan_id: UUID
    fingerprint: str = Field(max_length=16)
    code: str = Field(max_length=200)
    act: str = Field(max_length=40)
    place: str = Field(max_length=CODE_LENGTH)
    occurred_at: datetime
    device_at: datetime | None = None
    device: str = Field(max_length=CODE_LENGTH)
    pouch: str | None = Field(default=None, max_length=CODE_LENGTH)
    latitude: float | None = None
    longitude: float | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)
    corrects: UUID | None = None
    reason: str = Field(max_length=60)
    facts: str | None = Field(default=None, max_length=TEXT_LENGTH)
    actor: str = Field(max_length=CODE_LENGTH)
    recorded_at: datetime
    explanation: str | None = Field(default=None, max_length=TEXT_LENGTH)
    explained_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    explained_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str | None = Field(default=None, max_length=CODE_LENGTH)
    settled_as: SettledAs | None = None


class RefusalStep(StrEnum):
    """What a supervisor did about a refused scan."""

    EXPLAINED = "explained"
    DISMISSED = "dismissed"
    REAPPLIED = "reapplied"
    REFUSED_AGAIN = "refused_again"


class RefusedScanStep(SQLModel):
    """One line of a refused scan's history; never changed.

    Attributes:
        number: 1, 2, 3 … per content.
        text: the explanation or the note that was given.
        reason, facts: why it was refused again, as in RefusedScan.
    """

    scan_id: UUID
    fingerprint: str = Field(max_length=16)
    number: int = Field(ge=1)
    step: RefusalStep
    actor: str = Field(max_length=CODE_LENGTH)
    happened_at: datetime
    text: str | None = Field(default=None, max_length=TEXT_LENGTH)
    reason: str | None = Field(default=None, max_length=60)
    facts: str | None = Field(default=None, max_length=TEXT_LENGTH)


class Device(SQLModel):
    """A handheld, and how far its clock was off when it was last measured.

    Attributes:
        username: who used it last.
        skew_ms: device clock minus server clock, in milliseconds.
        measured_at: when that was last found to be so; seen_at: when it was last heard of. Both
            are renewed once an hour at most.
    """

    name: str = Field(max_length=CODE_LENGTH)
    username: str = Field(max_length=CODE_LENGTH)
    skew_ms: int
    measured_at: datetime
    seen_at: datetime


class LedgerDay(SQLModel):
    """The seal on a day of the ledger.

    Attributes:
        events: how many events were recorded on that local day.
        root: over the previous root and every event hash of the day, in ledger order.
        signature: Ed25519 over the root, base64; public_key beside it, base64.
    """

    day: date
    events: int = Field(ge=0)
    last_entry: int = Field(ge=0)
    previous_root: str = Field(max_length=HASH_LENGTH)
    root: str = Field(max_length=HASH_LENGTH)
    signature: str = Field(max_length=200)
    public_key: str = Field(max_length=100)
    sealed_at: datetime
