"""The month's table: what came in, what is done, what is underway, read from our own ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import Act, Direction, Status
from postal_bridge.tracking.ports import CustodyWork

ON_TIME_RULE = (
    "Đúng hạn: kết quả về quầy không muộn hơn giờ hẹn trả, tính đến phút; không hẹn trả là đúng hạn"
)
"""Which of the peers' rules is ours: status 9 no later than the promised minute; no promised
moment counts as on time. One product was found to have two rules, with different counts."""

_STOPPED = frozenset({Status.STOPPED, Status.WITHDRAWN})
_ONLINE, _POSTAL = 2, 3
"""National numbers of the channels by which a dossier comes in; 1 is the counter."""


class Resolved(Protocol):
    """A dossier that may have been resolved; our record and the one-stop's row are."""

    promised_at: datetime | None
    resolved_at: datetime | None


@dataclass(frozen=True)
class Tally:
    """Counts of one department, or of all.

    Attributes:
        online, postal: of those received, how many came in online and by post; all others were
            brought to a counter.
        stopped: ended without a result, so neither resolved nor in progress.
    """

    received: int = 0
    resolved: int = 0
    on_time: int = 0
    returned: int = 0
    in_progress: int = 0
    supplement: int = 0
    refused: int = 0
    online: int = 0
    postal: int = 0
    stopped: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        mine, theirs = vars(self), vars(other)
        return Tally(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True)
class Month:
    """Everything the month's table shows.

    Attributes:
        departments: by the code of the body that decides.
        procedures: dossiers received by procedure.
        carried_out, carried_back: items that changed hands by minutes, at the department and at
            the centre.
    """

    total: Tally
    departments: Mapping[str, Tally]
    procedures: Mapping[str, int]
    carried_out: int
    carried_back: int
    fee_receipts: int
    fees_vnd: int
    exemptions: int


def is_late(dossier: Resolved) -> bool:
    """Whether a dossier was resolved after the minute that was promised."""
    if dossier.resolved_at is None or dossier.promised_at is None:
        return False
    return _minute(dossier.resolved_at) > _minute(dossier.promised_at)


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def tally(dossier: Dossier) -> Tally:
    """What one dossier adds."""
    if dossier.status is Status.REFUSED:
        return Tally(refused=1)
    resolved = dossier.status in {Status.RESOLVED, Status.RETURNED}
    stopped = dossier.status in _STOPPED
    return Tally(
        received=1,
        resolved=int(resolved),
        on_time=int(resolved and not is_late(dossier)),
        returned=int(dossier.status is Status.RETURNED),
        in_progress=int(not resolved and not stopped),
        stopped=int(stopped),
        supplement=int(dossier.status is Status.SUPPLEMENT),
        online=int(dossier.channel == _ONLINE),
        postal=int(dossier.channel == _POSTAL),
    )


async def month_table(work: CustodyWork, *, first: datetime, end: datetime) -> Month:
    """The table for dossiers received, and for papers and fees moved, in [first, end)."""
    departments: dict[str, Tally] = {}
    procedures: dict[str, int] = {}
    total = Tally()
    for dossier in await work.dossiers.received_between(first, end):
        one = tally(dossier)
        total = total.plus(one)
        departments[dossier.department] = departments.get(dossier.department, Tally()).plus(one)
        if one.received:
            procedures[dossier.procedure_code] = procedures.get(dossier.procedure_code, 0) + 1
    receipts, fees, exemptions = await work.dossiers.fee_totals(first, end)
    return Month(
        total=total,
        departments=departments,
        procedures=procedures,
        carried_out=await work.custody.carried(Direction.OUT, Act.ACCEPT, first, end),
        carried_back=await work.custody.carried(Direction.BACK, Act.ACCEPT, first, end),
        fee_receipts=receipts,
        fees_vnd=fees,
        exemptions=exemptions,
    )
