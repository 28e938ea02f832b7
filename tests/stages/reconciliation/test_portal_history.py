"""What happened to a dossier, and what of it may be told next."""

from datetime import datetime, timedelta

import pytest

from postal_bridge.dossiers.records import Supplement
from postal_bridge.journey import Act, ItemKind, Status
from postal_bridge.reconciliation.portal_history import (
    Happening,
    Next,
    contradiction,
    ended_as_of,
    next_step,
    promised_as_of,
    what_happened,
)
from postal_bridge.reconciliation.portal_ports import KnownDossier
from postal_bridge.reconciliation.records import PortalStep
from tests.stages.memory import DEPARTMENT, HOA, LAN, MemoryWork
from tests.stores import DOSSIER, HOUR, NOW, a_dossier, an_item

S = Status


async def the_way(work: MemoryWork) -> list[Happening]:
    dossier = await work.dossiers.find(DOSSIER)
    assert dossier is not None
    return what_happened(dossier, await work.custody.dossier_events(DOSSIER))


async def received(work: MemoryWork) -> None:
    await work.dossiers.add(a_dossier().model_copy(update={"received_at": work.now}), [])
    await work.by(LAN).begin(an_item(), Act.RECEIVE, place="TT")


async def begun(work: MemoryWork, suffix: str, kind: ItemKind, act: Act) -> None:
    await work.by(HOA).begin(an_item(f"{DOSSIER}/{suffix}", kind=kind), act, place=DEPARTMENT)


async def test_a_refused_dossier_has_one_state() -> None:
    refused = a_dossier(status=S.REFUSED)
    (only,) = what_happened(refused, [])
    assert (only.status, only.at, only.actor, only.place) == (S.REFUSED, NOW, "lan", "desk-1")
    assert only.content == "Không được tiếp nhận"


async def test_each_state_of_the_whole_way_is_there_once_and_in_order() -> None:
    work = MemoryWork()
    await received(work)
    await work.does(HOA, f"{DOSSIER}/H1", Act.TAKE_UP)
    for serial in (1, 2):
        await begun(work, f"P{serial}", ItemKind.SUPPLEMENT_REQUEST, Act.ISSUE)
        await begun(work, f"B{serial}", ItemKind.SUPPLEMENT, Act.RECEIVE)
        # Papers that follow reach the department: the dossier has been in process all the time.
        await work.does(HOA, f"{DOSSIER}/B{serial}", Act.TAKE_UP)
    await begun(work, "K1", ItemKind.RESULT, Act.ISSUE)
    await work.does(LAN, f"{DOSSIER}/K1", Act.HAND_BACK)
    await work.does(LAN, f"{DOSSIER}/K1", Act.RETURN)
    way = await the_way(work)
    assert [one.status for one in way] == [
        *(S.RECEIVED, S.PROCESSING, S.SUPPLEMENT, S.PROCESSING, S.SUPPLEMENT, S.PROCESSING),
        *(S.RESOLVED, S.RETURNED),
    ]
    assert [one.at for one in way] == sorted(one.at for one in way)
    contents = [one.content for one in way]
    assert len(set(contents)) == len(contents)
    assert contents[4] == "Yêu cầu bổ sung giấy tờ, lần 2"
    stored = await work.dossiers.find(DOSSIER)
    assert stored is not None
    assert (stored.status, stored.resolved_at, stored.returned_at) == (
        way[-1].status,
        ended_as_of(way, len(way) - 1),
        way[-1].at,
    )


async def test_what_a_correction_takes_out_did_not_happen() -> None:
    work = MemoryWork()
    await received(work)
    taken = await work.does(HOA, f"{DOSSIER}/H1", Act.TAKE_UP, device="HH-1")
    assert [one.status for one in await the_way(work)] == [S.RECEIVED, S.PROCESSING]
    await work.does(LAN, f"{DOSSIER}/H1", Act.CORRECT, corrects=taken.last_event_id)
    assert [one.status for one in await the_way(work)] == [S.RECEIVED]


def happened(*states: Status) -> list[Happening]:
    return [
        Happening(status, NOW + index * HOUR, "lan", "TT", "")
        for index, status in enumerate(states)
    ]


def told(*states: Status, later: timedelta = timedelta()) -> list[PortalStep]:
    return [
        PortalStep(
            dossier_code=DOSSIER,
            number=index + 1,
            status=status,
            happened_at=NOW + index * HOUR + later,
            told_at=NOW,
        )
        for index, status in enumerate(states)
    ]


def test_what_was_told_must_be_how_the_way_begins() -> None:
    way = happened(S.RECEIVED, S.PROCESSING, S.RESOLVED)
    assert contradiction(way, []) is None
    assert contradiction(way, told(S.RECEIVED, S.PROCESSING)) is None
    assert contradiction(way, told(S.RECEIVED, S.PROCESSING, S.RESOLVED)) is None


def test_a_state_that_was_taken_back_is_named_with_its_moment() -> None:
    gone = contradiction(happened(S.RECEIVED), told(S.RECEIVED, S.PROCESSING))
    assert gone == (
        "Cổng đã được báo trạng thái 4 đang xử lý, 10/01/2019 09:30, nay sổ không còn trạng thái này"
    )
    other = contradiction(happened(S.RECEIVED, S.SUPPLEMENT), told(S.RECEIVED, S.PROCESSING))
    assert other is not None
    assert "nay theo sổ là 5 yêu cầu bổ sung giấy tờ" in other


def test_the_same_state_at_another_moment_is_not_what_was_told() -> None:
    moved = told(S.RECEIVED, later=timedelta(minutes=5))
    assert contradiction(happened(S.RECEIVED), moved) is not None


@pytest.mark.parametrize(
    ("has", "before", "step"),
    [
        (None, None, Next.CREATE),
        (None, S.RECEIVED, Next.FORGOTTEN),
        (S.RECEIVED, S.RECEIVED, Next.RENEW),
        (S.PROCESSING, S.RECEIVED, Next.STORED),
        (S.PROCESSING, None, Next.STORED),
        (S.NEW, None, Next.RENEW),
        (S.NEW, S.RECEIVED, Next.FOREIGN),
        (S.RESOLVED, S.RECEIVED, Next.FOREIGN),
        (S.RECEIVED, None, Next.FOREIGN),
    ],
)
def test_what_the_portal_has_decides_what_is_sent(
    has: Status | None, before: Status | None, step: Next
) -> None:
    known = KnownDossier(code=DOSSIER, status=has) if has is not None else None
    assert next_step(known, before=before, now=S.PROCESSING) is step


def test_where_the_portal_does_not_tell_a_state_it_is_renewed() -> None:
    known = KnownDossier(code=DOSSIER, status=None)
    assert next_step(known, before=S.RECEIVED, now=S.PROCESSING) is Next.RENEW


def a_supplement(number: int, *, promised: datetime, answered: datetime | None) -> Supplement:
    return Supplement(
        dossier_code=DOSSIER,
        number=number,
        reason="",
        papers="",
        requested_at=NOW,
        requested_by="hoa",
        promised_before=promised,
        answered_at=answered,
    )


def test_a_promise_is_told_as_it_stood_then() -> None:
    dossier = a_dossier()
    first, second = NOW + 5 * HOUR, NOW + 6 * HOUR
    supplements = [
        a_supplement(2, promised=second, answered=NOW + 4 * HOUR),
        a_supplement(1, promised=first, answered=NOW + 2 * HOUR),
    ]
    assert promised_as_of(dossier, [], NOW) == dossier.promised_at
    assert promised_as_of(dossier, supplements, NOW + HOUR) == first
    assert promised_as_of(dossier, supplements, NOW + 2 * HOUR) == second
    assert promised_as_of(dossier, supplements, NOW + 4 * HOUR) == dossier.promised_at
    waiting = [a_supplement(1, promised=first, answered=None)]
    assert promised_as_of(dossier, waiting, NOW + 9 * HOUR) == first


def test_processing_has_ended_only_in_some_states() -> None:
    way = happened(S.RECEIVED, S.PROCESSING, S.RESOLVED, S.RETURNED)
    resolved = NOW + 2 * HOUR
    assert [ended_as_of(way, i) for i in range(4)] == [None, None, resolved, resolved]
    assert ended_as_of(happened(S.REFUSED), 0) == NOW
