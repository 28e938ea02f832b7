"""What every solver of rounds must do."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from postal_bridge.pickup.greedy import GreedySolver, WithFallback
from postal_bridge.pickup.plans import Driven, Lunch, Plan, Problem, Why
from postal_bridge.pickup.solver_ports import Effort, Progress, Solver, SolvingCancelled
from postal_bridge.routing.planner import PyvrpSolver
from tests.pickup_days import at, generated, problem, shift, under_way, visit, window
from tests.plan_checker import check

PORT = "pickup.solver_ports.Solver"
IMPLEMENTATIONS: dict[str, Callable[[], Solver]] = {
    "greedy": GreedySolver,
    "pyvrp": PyvrpSolver,
    "pyvrp, or greedy": lambda: WithFallback(PyvrpSolver(), GreedySolver()),
}
ROAD = (0, 5, 10, 15, -5, -10)
QUICK = Effort(5, patience=100)


@pytest.fixture(params=IMPLEMENTATIONS)
async def solver(request: pytest.FixtureRequest) -> AsyncIterator[Solver]:
    made = IMPLEMENTATIONS[request.param]()
    yield made
    await made.close()


async def solved(solver: Solver, day: Problem) -> Plan:
    plan = await solver.solve(day, QUICK)
    check(day, plan)
    return plan


def left_out(plan: Plan) -> dict[str, Why]:
    return {each.visit: each.why for each in plan.unserved}


async def test_nothing_to_do_is_a_plan_without_rounds(solver: Solver) -> None:
    plan = await solved(solver, problem(ROAD, [], [shift()]))
    assert (plan.rounds, plan.unserved, plan.cost_dong) == ((), (), 0)


async def test_collections_and_returns_go_in_one_round(solver: Solver) -> None:
    stops = [
        visit("thu-1", 1, collect_items=60),
        visit("trả-1", 2, deliver_items=60),
        visit("thu-2", 3, collect_items=30),
    ]
    plan = await solved(solver, problem(ROAD, stops, [shift(fixed_dong=100_000)]))
    assert (len(plan.rounds), plan.metres) == (1, 30_000)
    assert plan.rounds[0].trips[0].load_items == 60


async def test_a_dear_vehicle_stays_at_home_where_one_is_enough(solver: Solver) -> None:
    stops = [visit(f"v{n}", n) for n in range(1, 6)]
    shifts = [shift("dear", fixed_dong=500_000), shift("cheap", fixed_dong=1_000)]
    plan = await solved(solver, problem(ROAD, stops, shifts))
    assert [each.shift for each in plan.rounds] == ["cheap"]


async def test_a_full_vehicle_drives_a_second_trip(solver: Solver) -> None:
    stops = [visit(f"v{n}", n, collect_grams=60_000) for n in range(1, 4)]
    plan = await solved(solver, problem(ROAD, stops, [shift(max_trips=3, reload=900)]))
    assert len(plan.rounds[0].trips) == 3


async def test_the_courier_eats_wherever_he_is(solver: Solver) -> None:
    stops = [visit(f"v{n}", n, (9 + n, 9.5 + n), service=900) for n in range(1, 6)]
    lunch = Lunch(at(11), at(12.5), 3_600)
    plan = await solved(solver, problem(ROAD, stops, [shift(lunch=lunch)]))
    assert plan.rounds[0].lunch is not None
    assert left_out(plan) == {}


async def test_what_may_wait_is_driven_where_it_is_worth_it(solver: Solver) -> None:
    stops = [
        visit("must", 1),
        visit("near", 2, must=False, prize_dong=40_000),
        visit("far", 5, must=False, prize_dong=40_000),
    ]
    plan = await solved(solver, problem(ROAD, stops, [shift()]))
    assert left_out(plan) == {"far": Why.MAY_WAIT}
    assert plan.cost_dong == 60_000 + 40_000


async def test_what_cannot_be_served_is_told_and_the_rest_is_planned(solver: Solver) -> None:
    stops = [
        visit("ok", 1),
        visit("night", 1, (20, 21)),
        visit("heavy", 2, collect_grams=100_001),
        visit("soon", 3, (7, 7.6)),
        visit("late", 1, (8, 9), release=at(11), deliver_items=1),
        *(visit(f"eight-{n}", n, (8, 8.05)) for n in (3, 5)),
    ]
    plan = await solved(solver, problem(ROAD, stops, [shift()]))
    out = left_out(plan)
    assert {name: out[name] for name in ("night", "heavy", "soon", "late")} == {
        "night": Why.OUTSIDE_SHIFTS,
        "heavy": Why.TOO_HEAVY,
        "soon": Why.UNREACHABLE_IN_TIME,
        "late": Why.RELEASED_TOO_LATE,
    }
    assert [name for name in out if out[name] is Why.DAY_FULL] in (["eight-3"], ["eight-5"])


async def test_the_more_important_of_two_is_served(solver: Solver) -> None:
    stops = [visit("less", 3, (8, 8.05)), visit("more", 5, (8, 8.05), priority=2)]
    plan = await solved(solver, problem(ROAD, stops, [shift()]))
    assert left_out(plan) == {"less": Why.DAY_FULL}


async def test_one_of_several_windows_is_kept(solver: Solver) -> None:
    stops = [visit("a", 3, (8, 8.1), (14, 14.5)), visit("b", 5, (8, 8.1))]
    plan = await solved(solver, problem(ROAD, stops, [shift()]))
    assert left_out(plan) == {}


async def test_shifts_with_different_hours_and_lunches_share_the_day(solver: Solver) -> None:
    shifts = [
        shift("sáng", window=window(7, 11)),
        shift("chiều", window=window(13, 17)),
        shift("cả ngày", lunch=Lunch(at(11), at(12), 3_600)),
        shift("ăn muộn", lunch=Lunch(at(12), at(12.5), 5_400)),
    ]
    stops = [visit(f"v{n}-{h}", n, (h, h + 0.2)) for n in range(1, 6) for h in (8, 10.9, 12.2, 15)]
    await solved(solver, problem(ROAD, stops, shifts))


async def test_during_the_day_what_was_driven_stays(solver: Solver) -> None:
    stops = [
        visit("driven", 2, collect_items=90),
        visit("aboard", 3, deliver_items=5),
        visit("new return", 1, deliver_items=1),
        visit("new collection", 3, collect_items=5),
        visit("too much", 3, collect_items=60),
    ]
    driven = (Driven("driven", 0, at(8), at(8), at(8.1)),)
    way = shift(driven=driven, left_at=at(7.5), aboard=("aboard",), max_trips=2, reload=300)
    plan = await solved(solver, problem(ROAD, stops, [way], planned_at=at(8.1)))
    trips = {stop.visit: stop.trip for stop in plan.rounds[0].stops}
    assert trips["driven"] == 0
    assert trips["new return"] == trips["too much"] == 1


@pytest.mark.parametrize("seed", range(4))
async def test_a_generated_day_is_planned_and_planned_again_at_noon(
    solver: Solver, seed: int
) -> None:
    day = generated(seed, 12, 3, hard=seed % 2 == 0)
    plan = await solved(solver, day)
    for hour in (9.3, 11.8):
        await solved(solver, under_way(day, plan.rounds, hour, seed))


async def test_the_same_seed_and_effort_give_the_same_plan(solver: Solver) -> None:
    day = generated(11, 12, 3, hard=False)
    plan = await solver.solve(day, QUICK)
    assert await solver.solve(day, QUICK) == plan
    again = await solver.solve(day, Effort(5, iterations=plan.iterations))
    assert again.rounds == plan.rounds


async def test_the_event_loop_goes_on_meanwhile(solver: Solver) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    told: list[Progress] = []
    await solver.solve(generated(3, 60, 4, hard=False), QUICK, progress=told.append)
    ticking.cancel()
    assert ticks > 10
    assert all(each.seconds >= 0 for each in told)


async def test_what_is_called_off_is_an_accident_that_can_be_tried_again(solver: Solver) -> None:
    cancel = asyncio.Event()
    cancel.set()
    with pytest.raises(SolvingCancelled) as told:
        await solver.solve(generated(3, 20, 3), QUICK, cancel=cancel)
    assert told.value.retryable
    await solved(solver, generated(3, 6, 2))


async def test_two_days_may_be_planned_at_once(solver: Solver) -> None:
    days = [generated(seed, 6, 2) for seed in (1, 2)]
    async with asyncio.TaskGroup() as group:
        for day in days:
            group.create_task(solved(solver, day))


async def test_a_closed_solver_can_be_used_again(solver: Solver) -> None:
    await solver.close()
    await solved(solver, generated(1, 5, 1))
