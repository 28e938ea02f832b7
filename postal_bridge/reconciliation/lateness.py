"""Differences of state that a scan on its way would explain.

A courier hands over a result, the officer hears of it and closes the dossier at once, and the
handheld is still without a network: the two sides differ, and nobody has made a mistake. Whoever
looks into it has to know whom to call.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from postal_bridge.clock import format_local
from postal_bridge.journey import HolderAfter, ItemKind, Stage, Status
from postal_bridge.reconciliation.records import Difference, DifferenceKind, OneStopDossier
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import Position

_EXPLAINED: dict[tuple[ItemKind, Stage], Status] = {
    (ItemKind.APPLICATION, Stage.TRANSFER): Status.PROCESSING,
    (ItemKind.RESULT, Stage.TRANSFER): Status.RESOLVED,
    (ItemKind.RESULT, Stage.DELIVERY): Status.RETURNED,
}
"""The state that the next scan of an item under way would bring the dossier to."""

_UNDER_WAY = frozenset({HolderAfter.PERSON, HolderAfter.CARRIER})


async def with_late_arrivals(
    differences: Sequence[Difference], theirs: Iterable[OneStopDossier], work: CustodyWork
) -> list[Difference]:
    """The differences, where those of state that a missing scan explains are called so."""
    rows = {row.code: row for row in theirs}
    result = []
    for one in differences:
        row = rows.get(one.dossier_code)
        if one.kind is DifferenceKind.STATE and row is not None:
            position = await _under_way(one.dossier_code, row, work)
            result.append(one if position is None else _late(one, position))
        else:
            result.append(one)
    return result


async def _under_way(code: str, row: OneStopDossier, work: CustodyWork) -> Position | None:
    """The item whose next scan would explain their state."""
    for item in await work.dossiers.items(code):
        tracked = await work.custody.find(item.code)
        position = tracked.position if tracked is not None else None
        if position is not None and _explains(position, row):
            return position
    return None


def _explains(position: Position, row: OneStopDossier) -> bool:
    if position.custodian_kind not in _UNDER_WAY or position.sealed:
        return False
    if _EXPLAINED.get((position.kind, position.stage)) != row.status:
        return False
    moment = _moment(row)
    return moment is None or moment >= position.since


def _moment(row: OneStopDossier) -> datetime | None:
    if row.status == Status.RETURNED:
        return row.returned_at
    return row.resolved_at if row.status == Status.RESOLVED else None


def _late(one: Difference, position: Position) -> Difference:
    since = format_local(position.since)
    said = f"{one.ours}; {position.item_code} do {position.custodian} giữ từ {since}"
    return one.model_copy(update={"kind": DifferenceKind.LATE_ARRIVAL, "ours": said})
