"""Papers whose journey ends with another: what a department keeps, what a citizen has taken."""

from collections.abc import Callable

from postal_bridge.dossiers.records import Item
from postal_bridge.journey import Act, Direction, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances, Recorder


async def retain_papers(recorder: Recorder, dossier_code: str, *, place: str) -> int:
    """Close the journey of a dossier's papers that lie at the department; says how many."""
    return await _end(
        recorder,
        dossier_code,
        lambda item: item.direction is Direction.OUT,
        at=Stage.DEPARTMENT,
        by=Act.RETAIN,
        place=place,
    )


async def close_request_slips(recorder: Recorder, dossier_code: str, *, place: str) -> int:
    """The citizen who answers a request has its slip; slips still on their way stay open."""
    return await _end(
        recorder,
        dossier_code,
        lambda item: item.kind is ItemKind.SUPPLEMENT_REQUEST,
        at=Stage.DESK,
        by=Act.RETURN,
        place=place,
    )


async def _end(
    recorder: Recorder,
    dossier_code: str,
    wanted: Callable[[Item], bool],
    *,
    at: Stage,
    by: Act,
    place: str,
) -> int:
    """Record an act on those of a dossier's items that are at a stage; says on how many."""
    work = recorder.work
    codes = [item.code for item in await work.dossiers.items(dossier_code) if wanted(item)]
    held = await work.custody.hold(codes)
    there = [one for one in held.values() if one.position and one.position.stage is at]
    for tracked in there:
        await recorder.record(tracked, by, Circumstances(place=place))
    return len(there)
