"""Telling the portal: each state that happened, once and in order, whatever breaks off."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.errors import Accident
from postal_bridge.journey import Status
from postal_bridge.outbox import PORTAL_TOPIC
from postal_bridge.reconciliation.portal import (
    JOB,
    DossierBusy,
    PortalForgot,
    ToldOtherwise,
    lease_for,
)
from postal_bridge.reconciliation.portal_ports import PortalDossier
from postal_bridge.sandbox.portal_memory import Trouble
from postal_bridge.tracking.records import IncidentKind
from tests.stages.memory_portal import LEASE, PortalTown
from tests.stores import DOSSIER, HOUR

S = Status
WHOLE_WAY = [S.RECEIVED, S.PROCESSING, S.SUPPLEMENT, S.PROCESSING, S.RESOLVED, S.RETURNED]
CALLS = 3 * len(WHOLE_WAY)


@pytest.fixture
def town() -> PortalTown:
    return PortalTown()


async def test_the_whole_way_is_told_state_by_state(town: PortalTown) -> None:
    await town.whole_way()
    await town.tells()
    assert town.states == town.steps == town.noted == WHOLE_WAY
    assert town.portal.calls == ["find", "put", "progress"] * len(WHOLE_WAY)
    await town.tells(attempt=2)
    assert len(town.portal.calls) == CALLS


async def test_states_are_told_as_they_happen_and_none_is_told_again(town: PortalTown) -> None:
    await town.receives()
    await town.tells()
    await town.takes_up()
    await town.tells()
    await town.tells()
    assert town.states == town.steps == [S.RECEIVED, S.PROCESSING]
    kept = [step for _, step in sorted(town.portal_steps.kept.items())]
    assert [step.number for step in kept] == [1, 2]
    assert kept[0].happened_at < kept[1].happened_at <= kept[1].told_at


async def test_dates_are_those_of_the_state(
    town: PortalTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.whole_way()
    seen: list[PortalDossier] = []
    original = town.portal.put

    async def put(dossier: PortalDossier, *, exists: bool) -> None:
        seen.append(dossier)
        await original(dossier, exists=exists)

    monkeypatch.setattr(town.portal, "put", put)
    await town.tells()
    dates = [(one.status, bool(one.ended_at), bool(one.returned_at)) for one in seen]
    assert dates == [
        *((status, False, False) for status in WHOLE_WAY[:4]),
        (S.RESOLVED, True, False),
        (S.RETURNED, True, True),
    ]


async def test_a_refused_dossier_is_told_as_refused(town: PortalTown) -> None:
    await town.receives(status=S.REFUSED)
    await town.tells()
    assert town.states == town.steps == [S.REFUSED]
    (step,) = town.portal.steps[DOSSIER]
    assert (step.person, step.role) == ("Hoàng Thị Lan", "nhân viên tiếp nhận")


async def test_what_a_citizen_filed_at_the_portal_is_renewed_and_not_written_anew(
    town: PortalTown,
) -> None:
    town.portal.file(DOSSIER, S.NEW)
    await town.receives()
    await town.tells()
    assert town.states == [S.NEW, S.RECEIVED]
    assert town.steps == town.noted == [S.RECEIVED]


@pytest.mark.parametrize("tells_states", [True, False])
@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("call", range(CALLS))
async def test_trouble_at_any_call_loses_and_doubles_nothing(
    town: PortalTown, call: int, trouble: Trouble, tells_states: bool
) -> None:
    town.portal.tells_states = tells_states
    town.portal.troubles.extend([None] * call + [trouble])
    await town.whole_way()
    assert await town.tells_until_told() == 2
    assert town.states == town.steps == town.noted == WHOLE_WAY


@given(
    troubles=st.lists(st.sampled_from([None, None, *Trouble]), max_size=60),
    tells_states=st.booleans(),
    told_after=st.sets(st.integers(0, 6)),
)
async def test_any_troubles_at_any_pace_lose_and_double_nothing(
    troubles: list[Trouble | None], tells_states: bool, told_after: set[int]
) -> None:
    town = PortalTown()
    town.portal.tells_states = tells_states
    town.portal.troubles.extend(troubles)
    acts = (town.receives, town.takes_up, town.asks, town.brings, town.issues, town.hands_back)
    for turn, act in enumerate((*acts, town.returns)):
        await act()
        if turn in told_after:
            await town.tells_until_told()
        assert town.states == WHOLE_WAY[: len(town.states)]
        assert town.steps == WHOLE_WAY[: len(town.steps)]
    await town.tells_until_told()
    assert town.states == town.steps == town.noted == WHOLE_WAY


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("call", range(CALLS))
async def test_killed_after_any_answer_and_begun_anew_nothing_is_told_twice(
    town: PortalTown, call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.whole_way()
    settle, drop = town.portal._after, town.job_runs.release
    answered = 0

    def killed(trouble: Trouble | None) -> None:
        nonlocal answered
        answered += 1
        if answered == call + 1:
            raise KilledError
        settle(trouble)

    async def nothing_is_given_back(job: str, slot: str, *, owner: str) -> None:
        """A killed process gives nothing back."""

    monkeypatch.setattr(town.portal, "_after", killed)
    monkeypatch.setattr(town.job_runs, "release", nothing_is_given_back)
    with pytest.raises(KilledError):
        await town.tells()
    monkeypatch.setattr(town.job_runs, "release", drop)
    with pytest.raises(DossierBusy):
        await town.tells(attempt=2)
    town.now += LEASE + timedelta(seconds=1)
    await town.tells(attempt=3)
    assert town.states == town.steps == town.noted == WHOLE_WAY


async def test_a_state_that_was_told_and_taken_back_waits_for_a_person(town: PortalTown) -> None:
    await town.receives()
    await town.takes_up()
    await town.issues()
    await town.hands_back()
    await town.tells()
    asked = len(town.portal.calls)
    await town.corrects_last(f"{DOSSIER}/K1")
    for _ in range(2):
        with pytest.raises(ToldOtherwise, match="nay sổ không còn trạng thái này"):
            await town.tells()
    assert not ToldOtherwise.retryable
    assert len(town.portal.calls) == asked
    (incident,) = town.incidents.kept.values()
    assert (incident.kind, incident.code) == (IncidentKind.PORTAL, DOSSIER)
    assert "9 đã xử lý xong" in (incident.note or "")


async def test_a_state_taken_back_before_a_word_of_it_left_is_never_told(town: PortalTown) -> None:
    await town.receives()
    await town.takes_up(device="HH-1")
    await town.corrects_last(f"{DOSSIER}/H1")
    await town.tells()
    assert town.states == town.steps == [S.RECEIVED]
    assert town.incidents.kept == {}


@pytest.mark.parametrize("call", [3, 4])
async def test_a_question_that_never_arrived_leaves_nothing_to_put_right(
    town: PortalTown, call: int
) -> None:
    await town.receives()
    await town.takes_up(device="HH-1")
    town.portal.troubles.extend([None] * call + [Trouble.LOST_QUESTION])
    with pytest.raises(Accident):
        await town.tells()
    await town.corrects_last(f"{DOSSIER}/H1")
    await town.tells(attempt=2)
    assert town.states == town.steps == town.noted == [S.RECEIVED]
    assert len(town.portal_steps.kept) == 1
    await town.takes_up()
    await town.tells()
    assert town.states == town.steps == town.noted == [S.RECEIVED, S.PROCESSING]


@pytest.mark.parametrize("tells_states", [True, False])
async def test_a_state_that_arrived_and_was_taken_back_before_its_answer_is_found_out(
    town: PortalTown, tells_states: bool
) -> None:
    town.portal.tells_states = tells_states
    await town.receives()
    await town.takes_up(device="HH-1")
    town.portal.troubles.extend([None] * 4 + [Trouble.LOST_ANSWER])
    with pytest.raises(Accident):
        await town.tells()
    await town.corrects_last(f"{DOSSIER}/H1")
    with pytest.raises(ToldOtherwise):
        await town.tells(attempt=2)
    assert town.noted == [S.RECEIVED, S.PROCESSING]
    assert len(town.incidents.kept) == 1


async def test_a_moment_that_moved_before_the_repeat_is_told_once_or_not_at_all(
    town: PortalTown,
) -> None:
    await town.receives()
    await town.takes_up(device="HH-1")
    first = (await town.custody.history(f"{DOSSIER}/H1"))[-1].occurred_at
    town.portal.troubles.extend([None] * 5 + [Trouble.LOST_ANSWER])
    with pytest.raises(Accident):
        await town.tells()
    # Another handheld comes out of the mountains: the papers were taken up before.
    await town.takes_up(device="HH-2", occurred_at=first - timedelta(seconds=1))
    with pytest.raises(ToldOtherwise):
        await town.tells(attempt=2)
    assert town.steps == [S.RECEIVED, S.PROCESSING]


async def test_a_portal_that_somebody_else_told_more_is_left_alone(town: PortalTown) -> None:
    town.portal.file(DOSSIER, S.NEW, S.RECEIVED, S.PROCESSING, S.RESOLVED)
    await town.receives()
    for _ in range(2):
        with pytest.raises(ToldOtherwise, match="Cổng đang có trạng thái 9"):
            await town.tells()
    assert "put" not in town.portal.calls
    assert len(town.incidents.kept) == 1


async def test_a_portal_that_forgot_is_asked_again_later(town: PortalTown) -> None:
    await town.receives()
    await town.tells()
    forgotten = town.portal.states.pop(DOSSIER)
    await town.takes_up()
    with pytest.raises(PortalForgot) as caught:
        await town.tells()
    assert caught.value.retryable
    town.portal.states[DOSSIER] = forgotten
    await town.tells(attempt=2)
    assert town.states == [S.RECEIVED, S.PROCESSING]


async def test_a_dossier_that_appears_between_question_and_record_is_looked_at(
    town: PortalTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = town.portal.find

    async def then_it_is_there(code: str) -> object:
        known = await find(code)
        town.portal.states.setdefault(code, [S.RECEIVED])
        return known

    await town.receives()
    monkeypatch.setattr(town.portal, "find", then_it_is_there)
    await town.tells()
    assert town.portal.calls == ["find", "put", "find", "progress"]
    assert town.states == town.steps == [S.RECEIVED]


async def test_two_messages_of_a_dossier_are_told_one_after_the_other(town: PortalTown) -> None:
    await town.receives()
    until = town.now + HOUR
    assert await town.job_runs.claim(JOB, DOSSIER, owner="w2", now=town.now, until=until)
    with pytest.raises(DossierBusy) as caught:
        await town.tells()
    assert caught.value.retryable
    assert town.portal.calls == []
    await town.job_runs.release(JOB, DOSSIER, owner="w2")
    await town.tells()
    assert town.job_runs.held == {}


async def test_whoever_lost_the_slot_notes_nothing_more(
    town: PortalTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.receives()

    async def slow(steps: object) -> None:
        town.job_runs.held[JOB, DOSSIER] = "w2", town.now + HOUR

    monkeypatch.setattr(town.portal, "progress", slow)
    with pytest.raises(DossierBusy):
        await town.tells()
    assert town.noted == []
    assert town.job_runs.held[JOB, DOSSIER][0] == "w2"


async def test_a_message_of_no_dossier_is_for_a_person(town: PortalTown) -> None:
    with pytest.raises(ToldOtherwise):
        await town.tells()


async def test_every_change_of_state_leaves_a_message(town: PortalTown) -> None:
    await town.whole_way()
    messages = [key for topic, key in town.outbox.kept if topic == PORTAL_TOPIC]
    assert len(messages) == len(set(messages)) == len(WHOLE_WAY) - 1  # intake writes the first


def test_a_slot_is_kept_longer_than_one_state_can_take() -> None:
    assert lease_for(180) == timedelta(minutes=12)


async def test_messages_of_a_dossier_that_come_together_take_turns(town: PortalTown) -> None:
    await town.whole_way()
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(town.tells())
    assert town.states == town.steps == town.noted == WHOLE_WAY
    assert len(town.portal.calls) == CALLS
