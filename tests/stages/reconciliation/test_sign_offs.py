"""A night is signed by two people, for one report; what nobody answers for is signed with a note."""

from datetime import timedelta
from typing import Any

import pytest

from postal_bridge.clock import local_day
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.reconciliation.records import (
    DifferenceKind,
    Discrepancy,
    Night,
    NightState,
)
from postal_bridge.reconciliation.sign_offs import (
    Signatures,
    Signing,
    SigningSide,
    is_overdue,
    left_lying,
    sign_off,
)
from tests.stages.memory import DUNG, HOA, LAN, MemoryWork
from tests.stores import NOW

TODAY = local_day(NOW)
DAY = timedelta(days=1)
REPORT, OTHER = "a" * 64, "b" * 64
MAI = Actor("mai", "Lê Thị Mai", Role.OFFICER)
ADMIN = Actor("quantri", "Quản trị", Role.ADMIN)


async def a_night(work: MemoryWork, **values: object) -> None:
    night = Night(
        day=TODAY,
        source="opencps",
        state=NightState.DONE,
        window_from=TODAY,
        started_at=NOW,
        finished_at=NOW,
        report=REPORT,
    )
    await work.nights.put_night(night.model_copy(update=values))


def a_case(case_id: str = "c1", **values: Any) -> Discrepancy:
    return Discrepancy(
        id=case_id,
        kind=DifferenceKind.STATE,
        dossier_code=f"D-{case_id}",
        received_on=TODAY,
        opened_on=TODAY,
        last_seen_on=TODAY,
        due_on=TODAY,
    ).model_copy(update=values)


async def signed(work: MemoryWork, actor: Actor, signing: Signing | None = None) -> Signatures:
    done = await sign_off(work.nights, TODAY, signing or Signing(), actor=actor, now=NOW)
    assert isinstance(done, Signatures), done
    return done


async def refused(work: MemoryWork, actor: Actor, signing: Signing | None = None) -> Reason:
    done = await sign_off(work.nights, TODAY, signing or Signing(), actor=actor, now=NOW)
    assert isinstance(done, Refusal)
    assert done.sentence("vi") != done.sentence("en")
    return done.reason


async def test_two_people_sign_and_then_the_night_is_signed(work: MemoryWork) -> None:
    await a_night(work)
    first = await signed(work, DUNG, Signing(report=REPORT, note=" Đã xem "))
    assert not first.signed
    second = await signed(work, MAI)
    assert second.signed
    post, centre = (second.standing[side] for side in SigningSide)
    assert (post.username, post.note, post.report) == ("dung", "Đã xem", REPORT)
    assert (centre.name, centre.note, centre.signed_at) == ("Lê Thị Mai", None, NOW)


@pytest.mark.parametrize("actor", [ADMIN, LAN, HOA])
async def test_only_a_supervisor_and_an_officer_answer_for_a_side(
    work: MemoryWork, actor: Actor
) -> None:
    await a_night(work)
    assert await refused(work, actor) is Reason.ROLE_NOT_ALLOWED


async def test_a_side_signs_a_report_once(work: MemoryWork) -> None:
    await a_night(work)
    await signed(work, DUNG)
    assert await refused(work, DUNG) is Reason.SIGNED_ALREADY
    assert await refused(work, Actor("sang", "Bế Văn Sáng", Role.SUPERVISOR)) is (
        Reason.SIGNED_ALREADY
    )


async def test_nobody_signs_for_both_sides_even_in_another_role(work: MemoryWork) -> None:
    await a_night(work)
    await signed(work, DUNG)
    moved = Actor(DUNG.username, DUNG.name, Role.OFFICER)
    assert await refused(work, moved) is Reason.SAME_SIGNER


async def test_another_report_needs_new_signatures_and_the_old_ones_stay_to_be_seen(
    work: MemoryWork,
) -> None:
    await a_night(work)
    await signed(work, DUNG)
    await signed(work, MAI)
    await a_night(work, report=OTHER)
    again = await signed(work, MAI)
    assert (set(again.standing), again.signed) == ({SigningSide.CENTRE}, False)
    assert {one.username for one in again.earlier} == {"dung", "mai"}
    assert (await signed(work, DUNG)).signed


async def test_whoever_read_another_report_does_not_sign_this_one(work: MemoryWork) -> None:
    await a_night(work)
    assert await refused(work, DUNG, Signing(report=OTHER)) is Reason.REPORT_CHANGED


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": NightState.FAILED}, Reason.NIGHT_NOT_DONE),
        ({"report": None}, Reason.NIGHT_NOT_DONE),
        ({"day": TODAY - DAY}, Reason.NIGHT_UNKNOWN),
    ],
)
async def test_only_a_night_that_is_done_and_has_a_report_is_signed(
    work: MemoryWork, values: dict[str, object], reason: Reason
) -> None:
    await a_night(work, **values)
    assert await refused(work, DUNG) is reason


LEFT = [
    ({}, True),
    ({"owner": "mai"}, False),
    ({"explanation": "một cửa chậm"}, False),
    ({"owner": "mai", "due_on": TODAY - DAY}, True),
    ({"owner": "mai", "due_on": TODAY - DAY, "explanation": "đang chờ"}, False),
    ({"owner": "mai", "due_on": None}, False),
    ({"closed_on": TODAY}, False),
    ({"opened_on": TODAY + DAY}, False),
]


@pytest.mark.parametrize(("values", "left"), LEFT)
async def test_what_nobody_answers_for_is_signed_with_a_note_only(
    work: MemoryWork, values: dict[str, Any], left: bool
) -> None:
    await a_night(work)
    case = a_case(**values)
    await work.nights.put_case(case)
    assert left_lying([case], night=TODAY, today=TODAY) == ([case] if left else [])
    if left:
        assert await refused(work, DUNG) is Reason.NOTE_NEEDED
        assert await refused(work, DUNG, Signing(note=" x ")) is Reason.NOTE_NEEDED
        await signed(work, DUNG, Signing(note="Đang chờ Sở trả lời"))
    else:
        await signed(work, DUNG)


def test_a_case_is_overdue_from_the_day_after_it_was_due() -> None:
    assert not is_overdue(a_case(), today=TODAY)
    assert is_overdue(a_case(), today=TODAY + DAY)
    assert not is_overdue(a_case(closed_on=TODAY), today=TODAY + DAY)
    assert not is_overdue(a_case(due_on=None), today=TODAY + DAY)
