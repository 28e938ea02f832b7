"""Papers whose journey ends with another."""

from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.retention import close_request_slips, retain_papers
from tests.stages.memory import CENTRE, DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM

SUPPLEMENT, RESULT = f"{DOSSIER}/B1", f"{DOSSIER}/K1"


async def stage_of(work: MemoryWork, code: str) -> Stage:
    position = (await work.at(code)).position
    assert position is not None
    return position.stage


async def test_the_department_keeps_the_papers_that_lie_there(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DEPARTMENT, code=ITEM, kind=ItemKind.APPLICATION)
    await work.an_item_at(Stage.TRANSFER, code=SUPPLEMENT, kind=ItemKind.SUPPLEMENT)
    await work.an_item_at(Stage.ISSUED, code=RESULT, kind=ItemKind.RESULT)

    assert await retain_papers(work.by(HOA), DOSSIER, place=DEPARTMENT) == 1
    assert await retain_papers(work.by(HOA), DOSSIER, place=DEPARTMENT) == 0
    assert await stage_of(work, ITEM) is Stage.RETAINED
    assert await stage_of(work, SUPPLEMENT) is Stage.TRANSFER
    assert await stage_of(work, RESULT) is Stage.ISSUED


async def test_the_citizen_who_answers_has_the_slip(work: MemoryWork) -> None:
    first, second = f"{DOSSIER}/P1", f"{DOSSIER}/P2"
    await work.an_item_at(Stage.DESK, code=first, kind=ItemKind.SUPPLEMENT_REQUEST)
    await work.an_item_at(Stage.ISSUED, code=second, kind=ItemKind.SUPPLEMENT_REQUEST)

    assert await close_request_slips(work.by(LAN), DOSSIER, place=CENTRE) == 1
    assert await stage_of(work, first) is Stage.RETURNED
    assert await stage_of(work, second) is Stage.ISSUED
    assert work.outbox.kept == {}
    assert work.custody.events[-1].act is Act.RETURN
