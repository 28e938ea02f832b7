"""Papers whose journey ends with another: what a department keeps, what a citizen has taken."""

from postal_bridge.journey import Act, Direction, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances, Recorder


async def retain_papers(recorder: Recorder, dossier_code: str, *, place: str) -> int:
    """Close the journey of a dossier's papers that lie at the department; says how many."""
    work = recorder.work
    codes = [
        item.code
        for item in await work.dossiers.items(dossier_code)
        if item.direction is Direction.OUT
    ]
    kept = 0
    for tracked in (await work.custody.hold(codes)).values():
        position = tracked.position
        if position is not None and position.stage is Stage.DEPARTMENT:
            await recorder.record(tracked, Act.RETAIN, Circumstances(place=place))
            kept += 1
    return kept


async def close_request_slips(recorder: Recorder, dossier_code: str, *, place: str) -> int:
    """The citizen who answers a request has its slip; slips still on their way stay open."""
    work = recorder.work
    codes = [
        item.code
        for item in await work.dossiers.items(dossier_code)
        if item.kind is ItemKind.SUPPLEMENT_REQUEST
    ]
    closed = 0
    for tracked in (await work.custody.hold(codes)).values():
        position = tracked.position
        if position is not None and position.stage is Stage.DESK:
            await recorder.record(tracked, Act.RETURN, Circumstances(place=place))
            closed += 1
    return closed
