"""Results: issued once, by the department that decides, while it is processing."""

import pytest

from postal_bridge.dossiers.records import Item
from postal_bridge.dossiers.results import issue_result
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import ItemKind, Stage, Status
from tests.stages.memory import DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM


async def issue(
    work: MemoryWork, *, code: str = DOSSIER, place: str = DEPARTMENT, actor: Actor = HOA
) -> Item | Refusal:
    recorder = work.by(actor)
    return await issue_result(
        work, recorder, code=code, label="Phiếu", place=place, actor=actor, now=recorder.now
    )


async def test_a_result_begins_its_way_back_at_the_department(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DEPARTMENT, code=ITEM, kind=ItemKind.APPLICATION)
    item = await issue(work)

    assert isinstance(item, Item)
    position = (await work.at(item.code)).position
    assert position is not None
    assert (item.code, position.stage, position.place) == (
        f"{DOSSIER}/K1",
        Stage.ISSUED,
        DEPARTMENT,
    )
    dossier = work.dossiers.kept[DOSSIER]
    assert (dossier.decided_at, dossier.resolved_at) == (work.now, None)
    assert dossier.status is Status.PROCESSING  # resolved only when the result is at the desk

    again = await issue(work)
    assert isinstance(again, Refusal)
    assert again.reason is Reason.RESULT_EXISTS


@pytest.mark.parametrize(
    ("stage", "code", "actor", "reason"),
    [
        (Stage.COUNTER, DOSSIER, HOA, Reason.DOSSIER_WRONG_STATUS),
        (Stage.DEPARTMENT, "khong-co", HOA, Reason.DOSSIER_UNKNOWN),
        (Stage.DEPARTMENT, DOSSIER, LAN, Reason.OTHER_PLACE),
    ],
)
async def test_a_result_that_cannot_be_issued_is_refused(
    work: MemoryWork, stage: Stage, code: str, actor: Actor, reason: Reason
) -> None:
    await work.an_item_at(stage, code=ITEM, kind=ItemKind.APPLICATION)
    refused = await issue(work, code=code, actor=actor)

    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert list(work.custody.items) == [ITEM]
