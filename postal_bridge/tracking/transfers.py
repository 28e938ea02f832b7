"""A line of the list of what is underway, and what the list can be asked for.

Lines are plain structures and not records: a page of them is read, and written as JSON, many times
a minute at every desk.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec import Struct

from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import CLOSED_STAGES, Direction, Stage, Status

OVERDUE_STATUSES = (
    Status.NEW,
    Status.RECEIVED,
    Status.PROCESSING,
    Status.SUPPLEMENT,
    Status.FEE_WANTED,
)
"""Statuses in which a promised moment can pass: nothing is owed any more in the other ones."""

_HOUR = timedelta(hours=1)


class Transfer(Struct, omit_defaults=True):
    """Where an item is, with the names that people read; without nulls on the wire.

    Attributes:
        hours_held: whole hours since `since`, as of the moment that the list was asked for.
        holder_code: the one holder: the sealed pouch, else who bears it.
        holder_name: of the person, desk or body that bears it.
        overdue: the dossier's promised minute has passed, and its result is not at the desk.
        carrier, consignment: of the consignment that is open for it.
        stage_name: put in by the door, in its reader's language.
    """

    hours_held: int
    item_code: str
    dossier_code: str
    kind: str
    direction: str
    department: str
    stage: str
    place: str
    custodian_kind: str
    custodian: str
    sealed: bool
    since: datetime
    last_event_id: str
    latest_at: datetime
    seq: int
    last_hash: str
    holder_code: str
    holder_name: str
    place_name: str
    overdue: bool
    pouch: str | None = None
    promised_at: datetime | None = None
    carrier: str | None = None
    consignment: str | None = None
    stage_name: str = ""


@dataclass(frozen=True, kw_only=True)
class TransferFilter:
    """Which items a list shows; what is None does not restrict.

    Attributes:
        now: the moment from which hours are counted, and at which dossiers are overdue.
        stages: without any, the open ones.
        holder: who bears the item, or the sealed pouch that holds it.
        carrier: of the consignment that is open for the item.
        since_before: only what has not moved since.
        after: the last item of the page before; only for pages, as is `limit`.
    """

    now: datetime
    direction: Direction | None = None
    department: str | None = None
    stages: tuple[Stage, ...] = ()
    overdue: bool | None = None
    holder: str | None = None
    carrier: str | None = None
    place: str | None = None
    since_before: datetime | None = None
    after: str | None = None
    limit: int = 50
    open_only: bool = field(init=False)

    def __post_init__(self) -> None:
        """A list is of open items unless it names a closed stage."""
        object.__setattr__(self, "open_only", not CLOSED_STAGES.intersection(self.stages))

    @property
    def due(self) -> datetime:
        """What was promised before this is overdue: on time is counted to the minute."""
        return _minute(self.now)


@dataclass(frozen=True)
class TransferCount:
    """How many items of a direction and department are at a stage.

    Attributes:
        oldest: since when the one that has stood longest is where it is.
    """

    direction: Direction
    department: str
    stage: Stage
    count: int
    overdue: int
    oldest: datetime


def hours_held(since: datetime, now: datetime) -> int:
    """Whole hours from one to the other; none where a device's clock was ahead."""
    return (now - since) // _HOUR if since < now else 0


def is_overdue(dossier: Dossier, now: datetime) -> bool:
    """Whether the promised minute has passed and the result is not at the desk yet.

    While a supplement is awaited the limit stands still: it may have passed before, not since.
    """
    if dossier.promised_at is None or dossier.status not in OVERDUE_STATUSES:
        return False
    return dossier.promised_at < _minute(dossier.paused_at or now)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
