"""What a round's paper, calendar and map show: facts that are ready to be drawn."""

from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.records import PickupKind, StopState


@dataclass(frozen=True, slots=True)
class SheetStop:
    """One stop, in the order in which it is driven.

    Attributes:
        position: from 1.
        trip: from 0.
        number: of the request; what the bar code bears.
        opens_at, closes_at: when the citizen was promised somebody; aware, UTC.
        arrive_at: when the service is to begin; who is there earlier waits.
        doubt: why its place is not certain, in Vietnamese; none where it is.
    """

    position: int
    trip: int
    number: str
    kind: PickupKind
    state: StopState
    name: str
    phone: str
    address: str
    ward: str
    location: Location
    opens_at: datetime
    closes_at: datetime
    arrive_at: datetime
    leave_at: datetime
    metres: int
    items: int
    grams: int
    note: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class RoundSheet:
    """A whole round.

    Attributes:
        number: of the round; what the bar code bears.
        depot: of the post office.
        trip_starts: when each trip leaves the office.
        lunch: from, until.
        notes: what its readers must know of the plan, in Vietnamese.
        made_at: of the plan; the same plan gives the same bytes.
    """

    number: str
    version: int
    office: str
    office_name: str
    day: date
    courier: str
    courier_name: str
    vehicle: str
    depot: Location
    leaves_at: datetime
    back_at: datetime
    lunch: tuple[datetime, datetime] | None
    trip_starts: tuple[datetime, ...]
    metres: int
    stops: tuple[SheetStop, ...]
    notes: tuple[str, ...]
    made_at: datetime
