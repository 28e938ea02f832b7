"""Supplements: asked for once at a time; the limit stands still meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postal_bridge.dossiers.records import Item, Supplement
from postal_bridge.dossiers.results import issue_result
from postal_bridge.dossiers.supplements import answer_supplement, request_supplement
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, ItemKind, Stage, Status
from tests.stages.memory import CALENDAR, CENTRE, DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, ITEM

Answer = tuple[Supplement, Item] | Refusal


async def ask(
    work: MemoryWork, *, code: str = DOSSIER, actor: Actor = HOA, place: str = DEPARTMENT
) -> Answer:
    recorder = work.by(actor)
    wanted: dict[str, Any] = {"reason": "thiếu bản chính", "papers": "Tờ khai"}
    return await request_supplement(
        work, recorder, code=code, place=place, actor=actor, now=recorder.now, **wanted
    )


async def bring(work: MemoryWork, *, code: str = DOSSIER, place: str = CENTRE) -> Answer:
    recorder = work.by(LAN)
    return await answer_supplement(
        work,
        recorder,
        code=code,
        place=place,
        pages=2,
        actor=LAN,
        now=recorder.now,
        calendar=CALENDAR,
    )


@pytest.fixture
async def processed(work: MemoryWork) -> MemoryWork:
    await work.an_item_at(Stage.DEPARTMENT, code=ITEM, kind=ItemKind.APPLICATION)
    await work.dossiers.change(DOSSIER, promised_at=datetime(2019, 1, 11, 3, tzinfo=UTC))
    return work


async def test_the_promise_moves_by_the_working_time_that_was_waited(processed: MemoryWork) -> None:
    asked = await ask(processed)
    assert not isinstance(asked, Refusal)
    assert asked[1].code == f"{DOSSIER}/P1"
    dossier = processed.dossiers.kept[DOSSIER]
    assert (dossier.status, dossier.paused_at) == (Status.SUPPLEMENT, processed.now)

    processed.now += timedelta(days=5)  # from Thursday to Tuesday: three working days
    brought = await bring(processed)
    assert not isinstance(brought, Refusal)
    assert brought[1].code == f"{DOSSIER}/B1"
    dossier = processed.dossiers.kept[DOSSIER]
    assert (dossier.status, dossier.paused_at) == (Status.PROCESSING, None)
    assert dossier.promised_at == datetime(2019, 1, 16, 3, 1, tzinfo=UTC)
    assert brought[0].promised_before == datetime(2019, 1, 11, 3, tzinfo=UTC)


async def test_the_citizen_is_told_once_what_is_wanted_and_of_no_result(
    processed: MemoryWork,
) -> None:
    told = set(processed.outbox.kept)
    await ask(processed)
    await processed.does(LAN, f"{DOSSIER}/P1", Act.HAND_BACK)

    assert set(processed.outbox.kept) - told == {("notice", f"{DOSSIER}/P1:supplement-wanted")}


async def test_a_second_request_waits_for_the_first_answer(processed: MemoryWork) -> None:
    await ask(processed)
    second = await ask(processed)
    assert isinstance(second, Refusal)
    assert second.reason is Reason.SUPPLEMENT_OPEN

    await bring(processed)
    third = await ask(processed)
    assert not isinstance(third, Refusal)
    assert (third[0].number, third[1].code) == (2, f"{DOSSIER}/P2")


@pytest.mark.parametrize(
    ("code", "actor", "reason"),
    [("khong-co", HOA, Reason.DOSSIER_UNKNOWN), (DOSSIER, LAN, Reason.OTHER_PLACE)],
)
async def test_nobody_asks_for_what_is_not_theirs(
    processed: MemoryWork, code: str, actor: Actor, reason: Reason
) -> None:
    refused = await ask(processed, code=code, actor=actor)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_before_the_department_has_the_papers_it_asks_for_none(work: MemoryWork) -> None:
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    refused = await ask(work)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.DOSSIER_WRONG_STATUS


@pytest.mark.parametrize(
    ("code", "place", "reason"),
    [
        (DOSSIER, CENTRE, Reason.SUPPLEMENT_NOT_OPEN),
        ("khong-co", CENTRE, Reason.DOSSIER_UNKNOWN),
        (DOSSIER, DEPARTMENT, Reason.OTHER_PLACE),
    ],
)
async def test_papers_that_nobody_asked_for_are_no_supplement(
    processed: MemoryWork, code: str, place: str, reason: Reason
) -> None:
    refused = await bring(processed, code=code, place=place)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


async def test_once_the_result_is_issued_no_papers_are_asked_for(processed: MemoryWork) -> None:
    """The result would come home to a dossier that still waits, and never count as resolved."""
    hoa = processed.by(HOA)
    issued = await issue_result(
        processed, hoa, code=DOSSIER, label="Kết quả", place=DEPARTMENT, actor=HOA, now=hoa.now
    )
    assert not isinstance(issued, Refusal)
    refused = await ask(processed)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.RESULT_EXISTS
    assert processed.dossiers.kept[DOSSIER].status is Status.PROCESSING
