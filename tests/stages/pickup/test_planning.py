"""Planning: nobody is lost or served twice, whatever happens meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from postal_bridge.pickup import requests
from postal_bridge.pickup.driving import Outcome, depart, settle
from postal_bridge.pickup.greedy import GreedySolver, WithFallback
from postal_bridge.pickup.planning import Planned, plan_notes, without
from postal_bridge.pickup.plans import Plan, Problem, Why
from postal_bridge.pickup.records import (
    FailureReason,
    Half,
    PickupKind,
    PickupRequest,
    PickupState,
    RoundState,
    StopState,
)
from postal_bridge.pickup.solver_ports import Effort, SolverDied, SolvingFailed
from tests.plan_checker import check
from tests.stages.pickup.office import (
    BOSS,
    COURIER,
    OFFICE,
    TUESDAY,
    WEDNESDAY,
    Office,
    a_shift,
    at,
    refused,
    the_terms,
)


class Meanwhile(GreedySolver):
    """Something happens while it plans."""

    def __init__(self, happens: Callable[[], Awaitable[Any]]) -> None:
        self._happens = happens

    @override
    async def solve(self, problem: Problem, effort: Effort, **more: Any) -> Plan:
        plan = await super().solve(problem, effort, **more)
        await self._happens()
        return plan


class Dies(GreedySolver):
    """It never answers."""

    @override
    async def solve(self, problem: Problem, effort: Effort, **more: Any) -> Plan:
        del problem, effort, more
        raise SolverDied("its process ended")


async def in_rounds(office: Office) -> dict[str, list[str]]:
    """Who is in which live round, by open stops."""
    found: dict[str, list[str]] = {}
    for number, one in office.work.rounds.kept.items():
        if one.state in {RoundState.PUBLISHED, RoundState.DRIVING}:
            for stop in await office.work.rounds.stops(number):
                if stop.state is StopState.OPEN:
                    found.setdefault(stop.request, []).append(number)
    return found


async def holds_together(office: Office) -> None:
    """Each request is in at most one round, and both sides say the same."""
    rounds = await in_rounds(office)
    for number, request in office.work.pickups.kept.items():
        planned = [request.round] if request.state is PickupState.PLANNED else []
        assert rounds.get(number, []) == planned, number


async def test_everybody_gets_a_round_and_the_courier_an_order() -> None:
    office = Office()
    made = [await office.asks(number) for number in (3, 1, 2)]
    planned = await office.plans()
    (one,) = planned.rounds
    assert (one.courier, one.state, one.version) == ("tuan", RoundState.PUBLISHED, 1)
    stops = planned.stops[one.number]
    assert [stop.position for stop in stops] == [1, 2, 3]
    assert {stop.request for stop in stops} == {each.number for each in made}
    assert (planned.run.by, planned.run.stops, list(planned.unserved)) == (BOSS.username, 3, [])
    await holds_together(office)


async def test_planning_again_changes_the_round_and_makes_no_second_one() -> None:
    office = Office()
    await office.asks(1)
    first = await office.plans()
    await office.asks(2)
    again = await office.plans()
    assert [one.number for one in again.rounds] == [first.rounds[0].number]
    assert again.rounds[0].version == 2
    await holds_together(office)


async def test_a_round_that_is_empty_again_is_dropped() -> None:
    office = Office()
    made = await office.asks(1)
    (one,) = (await office.plans()).rounds
    await requests.cancel(office.desk(), made.number, reason="đi vắng")
    assert list((await office.plans()).rounds) == []
    kept = await office.work.rounds.find(one.number)
    assert kept is not None
    assert kept.state is RoundState.DROPPED


async def test_who_calls_off_while_planning_is_not_driven_to() -> None:
    office = Office()
    gone, stays = await office.asks(1), await office.asks(2)
    solver = Meanwhile(lambda: requests.cancel(office.desk(), gone.number, reason="đi vắng"))
    planned = await office.plans(solver=solver)
    stops = [stop.request for one in planned.rounds for stop in planned.stops[one.number]]
    assert stops == [stays.number]
    assert (await office.now(gone)).state is PickupState.CANCELLED
    await holds_together(office)


async def test_who_moves_while_planning_is_planned_with_the_next_one() -> None:
    office = Office()
    moved = await office.asks(1)
    wanted = requests.Change(address="nhà 9")
    solver = Meanwhile(lambda: requests.change(office.desk(), moved.number, wanted))
    assert list((await office.plans(solver=solver)).rounds) == []
    assert (await office.now(moved)).state is PickupState.CONFIRMED
    assert len((await office.plans()).rounds) == 1
    await holds_together(office)


async def test_two_planners_at_once_make_one_plan() -> None:
    office = Office()
    await office.asks(1)
    answers: list[object] = []

    async def second() -> None:
        answers.append(await office.house.planner(BOSS).plan(OFFICE, TUESDAY))

    await office.plans(solver=Meanwhile(second))
    assert [refused(each) for each in answers] == ["plan-running"]
    await holds_together(office)
    assert len(office.work.rounds.kept) == 1


async def test_a_solver_that_dies_changes_nothing_and_frees_the_day() -> None:
    office = Office()
    made = await office.asks(1)
    with pytest.raises(SolvingFailed):
        await office.plans(solver=Dies())
    assert (await office.now(made)).state is PickupState.CONFIRMED
    assert len((await office.plans()).rounds) == 1


async def test_behind_a_solver_that_dies_stands_a_simple_one_and_the_plan_says_so() -> None:
    office = Office()
    await office.asks(1)
    planned = await office.plans(solver=WithFallback(Dies(), GreedySolver()))
    assert len(planned.rounds) == 1
    assert "its process ended" in planned.run.notes
    assert "Bộ giải tuyến gặp lỗi" in planned.rounds[0].notes


async def test_planning_that_is_called_off_frees_the_day() -> None:
    office = Office()
    await office.asks(1)
    planning = asyncio.create_task(office.plans(solver=Meanwhile(lambda: asyncio.sleep(60))))
    await asyncio.sleep(0.05)
    planning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await planning
    assert len((await office.plans()).rounds) == 1


async def test_who_cannot_be_served_is_told_why_and_the_rest_is_planned() -> None:
    office = Office()
    heavy, light = await office.asks(1, grams=90_000), await office.asks(2)
    planned = await office.plans()
    assert [(one.visit, one.why) for one in planned.unserved] == [(heavy.number, Why.TOO_HEAVY)]
    assert "90000 g" in planned.run.unserved
    assert (await office.now(heavy)).state is PickupState.CONFIRMED
    assert (await office.now(light)).state is PickupState.PLANNED


async def test_a_result_that_is_not_due_waits_where_it_costs_more_than_it_is_worth() -> None:
    office = Office(terms=the_terms(wait_dong=10))
    far = {"kind": PickupKind.RETURN, "must_by": TUESDAY.replace(day=30)}
    waits = await office.asks(20, **far)
    due = await office.asks(21, kind=PickupKind.RETURN, must_by=WEDNESDAY, half=Half.AFTERNOON)
    planned = await office.plans()
    assert (await office.now(due)).state is PickupState.PLANNED
    assert {one.visit for one in planned.unserved} <= {waits.number}
    alone = Office(terms=the_terms(wait_dong=10))
    only = await alone.asks(20, **far)
    assert [one.why for one in (await alone.plans()).unserved] == [Why.MAY_WAIT]
    assert (await alone.now(only)).state is PickupState.CONFIRMED


async def test_an_office_without_shifts_or_without_a_place_is_told_so() -> None:
    office = Office()
    planner = office.house.planner(BOSS)
    assert refused(await planner.plan("KHAC", TUESDAY)) == "no-shifts"
    office.work.catalogue.kept_places[OFFICE].latitude = None
    assert refused(await planner.plan(OFFICE, TUESDAY)) == "place-without-point"
    office.work.catalogue.kept_places[OFFICE].latitude = 21.85
    assert isinstance(await planner.plan(OFFICE, TUESDAY), Planned)


async def test_what_was_driven_stays_and_the_rest_is_planned_around_it() -> None:
    office = Office()
    made = [await office.asks(number) for number in (1, 2, 3)]
    (one,) = (await office.plans()).rounds
    office.it_is("07:35")
    await depart(office.desk(COURIER), one.number)
    office.it_is("07:50")
    (first, *_) = await office.work.rounds.stops(one.number)
    await settle(office.desk(COURIER), first.request, Outcome(counted=2))
    late = await office.asks(4, half=Half.AFTERNOON)
    again = await office.plans()
    stops = again.stops[one.number]
    assert stops[0].request == first.request
    assert stops[0].state is StopState.DONE
    assert {stop.request for stop in stops} == {late.number, *(each.number for each in made)}
    assert all(stop.begin_at >= at("07:50") for stop in stops[1:])
    await holds_together(office)


async def test_a_visit_that_failed_is_not_made_again_on_the_same_day() -> None:
    office = Office()
    shut, other = await office.asks(1), await office.asks(2)
    await office.plans()
    office.it_is("08:00")
    outcome = Outcome(reason=FailureReason.NOBODY_HOME)
    await settle(office.desk(COURIER), shut.number, outcome)
    again = await office.plans()
    open_stops = await in_rounds(office)
    assert set(open_stops) == {other.number}
    assert all(one.why is Why.TRIED for one in again.unserved)
    tomorrow = await office.plans(WEDNESDAY)
    assert [s.request for one in tomorrow.rounds for s in tomorrow.stops[one.number]] == [
        shut.number
    ]
    await holds_together(office)


async def test_a_plan_without_some_of_its_stops_is_timed_anew() -> None:
    office = Office()
    made = [await office.asks(number) for number in (1, 5, 9)]
    seen: list[tuple[Problem, Plan]] = []

    class Keeps(GreedySolver):
        @override
        async def solve(self, problem: Problem, effort: Effort, **more: Any) -> Plan:
            plan = await super().solve(problem, effort, **more)
            seen.append((problem, plan))
            return plan

    await office.plans(solver=Keeps())
    problem, plan = seen[0]
    fewer, rest = without(problem, replace(plan, fallback="x"), {made[1].number})
    check(fewer, rest)
    assert rest.fallback == "x"
    assert rest.metres <= plan.metres
    assert len(plan_notes(rest, (await _measured(office)))) == 1


async def _measured(office: Office) -> Any:
    return await office.house.distances.matrix([])


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(("ask", "plan", "cancel", "done", "fail", "late", "move")),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=24,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS)
async def test_whatever_happens_nobody_is_in_two_rounds_or_forgotten(
    deeds: list[tuple[str, int]],
) -> None:
    office = Office(terms=the_terms(shifts=(a_shift(), a_shift("xe_2"))))
    made: list[PickupRequest] = []
    minutes = 0
    for deed, which in deeds:
        minutes += 7
        office.it_is(f"{6 + minutes // 60:02d}:{minutes % 60:02d}")
        half = (
            Half.MORNING
            if office.terms.takes(TUESDAY, Half.MORNING, office.clock.now())
            else (Half.AFTERNOON)
        )
        if deed == "ask":
            made.append(await office.asks(which, half=half))
        elif deed == "plan":
            await office.plans()
        elif made:
            await _does(office, deed, made[which % len(made)])
        await holds_together(office)
    assert set(office.work.pickups.kept) == {one.number for one in made}
    for one in made:
        events = await office.work.pickups.history(one.number)
        assert events[-1].state is (await office.now(one)).state


async def _does(office: Office, deed: str, one: PickupRequest) -> None:
    number = one.number
    if deed == "cancel":
        await requests.cancel(office.desk(), number, reason="đi vắng")
    elif deed == "move":
        await requests.change(office.desk(), number, requests.Change(day=WEDNESDAY))
    elif deed == "done":
        await settle(office.desk(COURIER), number, Outcome(counted=1))
    elif deed == "fail":
        await settle(office.desk(COURIER), number, Outcome(reason=FailureReason.NOT_READY))
    else:
        wanted = requests.Change(address="nhà 11")
        change = Meanwhile(lambda: requests.change(office.desk(), number, wanted))
        await office.plans(solver=change)
