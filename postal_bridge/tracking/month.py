"""The month's table: what came in, what is done, what is underway, read from our own ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import Act, Direction, Status
from postal_bridge.tracking.ports import CustodyWork

ON_TIME_RULE = "đúng hạn khi kết quả về quầy không muộn hơn thời điểm hẹn trả"
"""Which of the peers' rules is ours: status 9 no later than promised, to the minute; no promised
moment counts as on time. The reference finds two rules in one product, with different counts."""


@dataclass(frozen=True)
class Tally:
    """Counts of one department, or of all."""

    received: int = 0
    resolved: int = 0
    on_time: int = 0
    returned: int = 0
    in_progress: int = 0
    supplement: int = 0
    refused: int = 0

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


def on_time(dossier: Dossier) -> bool:
    """Whether a resolved dossier was resolved in time."""
    return (
        dossier.resolved_at is None
        or dossier.promised_at is None
        or dossier.resolved_at <= dossier.promised_at
    )


def tally(dossier: Dossier) -> Tally:
    """What one dossier adds."""
    if dossier.status is Status.REFUSED:
        return Tally(refused=1)
    resolved = dossier.status in {Status.RESOLVED, Status.RETURNED}
    return Tally(
        received=1,
        resolved=int(resolved),
        on_time=int(resolved and on_time(dossier)),
        returned=int(dossier.status is Status.RETURNED),
        in_progress=int(not resolved),
        supplement=int(dossier.status is Status.SUPPLEMENT),
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
