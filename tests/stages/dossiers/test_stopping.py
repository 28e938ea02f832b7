"""A stopped dossier: the notice goes home, nobody awaits papers any more."""

import pytest

from postal_bridge.dossiers.records import Item
from postal_bridge.dossiers.results import issue_result
from postal_bridge.dossiers.stopping import stop_dossier
from postal_bridge.dossiers.supplements import answer_supplement, request_supplement
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage, Status
from tests.stages.memory import CALENDAR, CENTRE, DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM


@pytest.fixture
async def processed(work: MemoryWork) -> MemoryWork:
    await work.an_item_at(Stage.DEPARTMENT, code=ITEM, kind=ItemKind.APPLICATION)
    return work


async def stop(work: MemoryWork, *, code: str = DOSSIER, actor: Actor = HOA) -> Item | Refusal:
    recorder = work.by(actor)
    told = {"reason": "Công dân không hợp tác.", "place": DEPARTMENT}
    return await stop_dossier(work, recorder, code=code, actor=actor, now=recorder.now, **told)


def refused(answer: object) -> Reason:
    assert isinstance(answer, Refusal)
    return answer.reason


async def test_a_notice_begins_its_way_home_and_the_dossier_ends(processed: MemoryWork) -> None:
    item = await stop(processed)
    assert isinstance(item, Item)
    assert (item.code, item.kind) == (f"{DOSSIER}/D1", ItemKind.STOP_NOTICE)
    dossier = processed.dossiers.kept[DOSSIER]
    assert (dossier.status, dossier.decided_at) == (Status.STOPPED, processed.now)
    (event,) = await processed.custody.history(item.code)
    assert (event.act, event.note) == (Act.ISSUE, "Công dân không hợp tác.")
    assert processed.outbox.kept

    assert refused(await stop(processed)) is Reason.DOSSIER_WRONG_STATUS


async def test_nothing_is_asked_brought_or_decided_any_more(processed: MemoryWork) -> None:
    hoa, lan = processed.by(HOA), processed.by(LAN)
    wanted = {"reason": "thiếu", "papers": "Tờ khai", "place": DEPARTMENT}
    asked = await request_supplement(processed, hoa, code=DOSSIER, actor=HOA, now=hoa.now, **wanted)
    assert not isinstance(asked, Refusal)
    assert processed.dossiers.kept[DOSSIER].paused_at is not None
    assert isinstance(await stop(processed), Item)
    assert processed.dossiers.kept[DOSSIER].paused_at is None
    assert (
        refused(
            await answer_supplement(
                processed,
                lan,
                code=DOSSIER,
                place=CENTRE,
                pages=1,
                actor=LAN,
                now=lan.now,
                calendar=CALENDAR,
            )
        )
        is Reason.DOSSIER_WRONG_STATUS
    )
    issued = await issue_result(
        processed, hoa, code=DOSSIER, label="Phiếu", place=DEPARTMENT, actor=HOA, now=hoa.now
    )
    assert refused(issued) is Reason.DOSSIER_WRONG_STATUS


async def test_what_was_decided_is_not_stopped(processed: MemoryWork) -> None:
    hoa = processed.by(HOA)
    issued = await issue_result(
        processed, hoa, code=DOSSIER, label="Phiếu", place=DEPARTMENT, actor=HOA, now=hoa.now
    )
    assert isinstance(issued, Item)
    assert refused(await stop(processed)) is Reason.RESULT_EXISTS


@pytest.mark.parametrize(
    ("code", "actor", "reason"),
    [
        pytest.param("khong-co", HOA, Reason.DOSSIER_UNKNOWN, id="unknown"),
        pytest.param(DOSSIER, LAN, Reason.OTHER_PLACE, id="not-the-department"),
    ],
)
async def test_only_the_department_that_decides_may_stop(
    processed: MemoryWork, code: str, actor: Actor, reason: Reason
) -> None:
    assert refused(await stop(processed, code=code, actor=actor)) is reason
    assert list(processed.custody.items) == [ITEM]
