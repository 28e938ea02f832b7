"""A plan out of orders of stops."""

from dataclasses import replace

from postal_bridge.pickup.assembling import Made, assemble
from postal_bridge.pickup.plans import Driven, Plan, PlannedRound, Problem, Why
from postal_bridge.pickup.sheet import Sheet
from tests.pickup_days import at, problem, shift, visit
from tests.plan_checker import check, violations

ROAD = (0, 5, 10, 15)
STOPS = [visit("a", 1, (8, 9)), visit("b", 2, (8, 12), collect_items=1), visit("c", 3, (8, 9))]


def planned(day: Problem, orders: list[list[list[int]]]) -> Plan:
    plan = assemble(Sheet(day), orders, Made("by hand", 7))
    check(day, plan)
    return plan


def test_an_order_becomes_a_plan_with_times_metres_and_cost() -> None:
    day = problem(ROAD, STOPS, [shift(fixed_dong=50_000)], dong_per_hour=12_000)
    plan = planned(day, [[[0, 1, 2]]])
    (only,) = plan.rounds
    assert [stop.visit for stop in only.stops] == ["a", "b", "c"]
    assert (plan.metres, only.metres, plan.iterations) == (30_000, 30_000, 7)
    # 75 minutes: an hour of driving and three stops of five minutes
    assert plan.cost_dong == 90_000 + 15_000 + 50_000
    assert (only.trips[0].leave, only.trips[0].back) == (
        at(8) - (at(8) - at(7 + 5 / 6)),
        at(9 + 1 / 12),
    )


def test_what_cannot_be_driven_goes_elsewhere_or_is_told() -> None:
    stops = [visit("a", 1, (8, 8.1)), STOPS[1], visit("c", 3, (8, 8.1)), visit("d", 3, (6.5, 7))]
    day = problem((0, 5, -10, -15), stops, [shift("x"), shift("y")])
    plan = planned(day, [[[0, 1, 2, 3]], []])
    assert {each.shift for each in plan.rounds} == {"x", "y"}
    assert [(each.visit, each.why) for each in plan.unserved] == [("d", Why.OUTSIDE_SHIFTS)]


def test_what_was_driven_stays_and_the_rest_follows() -> None:
    driven = (Driven("b", 0, at(8), at(8), at(8.1)),)
    round_ = shift(driven=driven, left_at=at(7.6), max_trips=2, fixed_dong=5)
    stops = [*STOPS[:2], visit("c", 3)]
    day = problem(ROAD, stops, [round_], planned_at=at(8.05))
    (only,) = planned(day, [[[0], [2]]]).rounds
    assert [(stop.visit, stop.trip, stop.driven) for stop in only.stops] == [
        ("b", 0, True),
        ("a", 0, False),
        ("c", 1, False),
    ]
    assert (only.trips[0].leave, only.stops[1].arrive) == (at(7.6), at(8.1 + 1 / 6))


def test_a_vehicle_under_way_comes_home_even_with_nothing_left_to_do() -> None:
    driven = (Driven("b", 0, at(16.8), at(16.8), at(16.9)),)
    day = problem(ROAD, STOPS, [shift(driven=driven, left_at=at(16))], planned_at=at(16.9))
    plan = planned(day, [[]])
    assert plan.rounds[0].trips[-1].back == at(16.9 + 1 / 3)
    assert {each.visit for each in plan.unserved} == {"a", "c"}


# --- the checker itself ---------------------------------------------------------------------------


def moved(plan: Plan, number: int, hours: float) -> Plan:
    """The same plan with one stop some hours later."""
    (only,) = plan.rounds
    later = at(hours) - at(0)
    stops = [
        replace(
            stop, arrive=stop.arrive + later, begin=stop.begin + later, leave=stop.leave + later
        )
        if place == number
        else stop
        for place, stop in enumerate(only.stops)
    ]
    return replace(plan, rounds=(replace(only, stops=tuple(stops)),))


def with_round(plan: Plan, **changed: object) -> Plan:
    only: PlannedRound = plan.rounds[0]
    return replace(plan, rounds=(replace(only, **changed),))  # type: ignore[arg-type]


def test_the_checker_finds_what_is_wrong() -> None:
    day = problem(ROAD, STOPS, [shift()])
    plan = planned(day, [[[0, 1, 2]]])
    (only,) = plan.rounds
    wrong = {
        "a window": moved(plan, 0, 2),
        "too fast": moved(plan, 1, -0.1),
        "a stop twice": with_round(plan, stops=(*only.stops, only.stops[-1])),
        "a stop lost": with_round(plan, stops=only.stops[:2]),
        "another order": with_round(plan, stops=only.stops[::-1]),
        "metres": with_round(plan, metres=only.metres + 1),
        "back too soon": with_round(plan, trips=(replace(only.trips[0], back=at(8.5)),)),
        "no trip": with_round(plan, trips=()),
        "cost": replace(plan, cost_dong=plan.cost_dong + 1),
    }
    unseen = [name for name, broken in wrong.items() if not seen(day, broken)]
    assert unseen == []


def seen(day: Problem, broken: Plan) -> bool:
    try:
        return bool(list(violations(day, broken)))
    except IndexError:  # a trip that is not told
        return True


def test_the_checker_knows_capacity_shift_and_lunch() -> None:
    plan = planned(problem(ROAD, STOPS, [shift()]), [[[0, 1, 2]]])
    for harder in (shift(capacity_items=0), shift(window=replace(shift().window, end=at(9)))):
        assert list(violations(problem(ROAD, STOPS, [harder]), plan))
