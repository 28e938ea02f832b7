"""What PyVRP finds, in this process: every plan of it can be driven."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal_bridge.pickup.feasibility import impossible
from postal_bridge.pickup.greedy import plan_at_once
from postal_bridge.pickup.plans import Lunch, Stopped
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.solver_ports import Effort, Progress
from postal_bridge.routing.axis import Axis, axes
from postal_bridge.routing.model import Builder
from postal_bridge.routing.search import search
from tests.pickup_days import at, generated, problem, shift, under_way, visit, window
from tests.plan_checker import check

SHORT = Effort(2, patience=60)


def quiet(_: Progress) -> None:
    """Nobody listens."""


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), stops=st.integers(1, 12), cars=st.integers(1, 3), hard=st.booleans()
)
def test_every_plan_can_be_driven_and_is_no_worse_than_one_made_at_once(
    seed: int, stops: int, cars: int, hard: bool
) -> None:
    day = generated(seed, stops, cars, hard=hard)
    plan = search(day, SHORT, quiet)
    check(day, plan)
    at_once = plan_at_once(day)
    must = {each.id for each in day.visits if each.must}
    missed = [sum(each.visit in must for each in p.unserved) for p in (plan, at_once)]
    assert missed[0] <= missed[1] or any(each.priority for each in day.visits)
    if missed[0] == missed[1] == 0:
        assert plan.cost_dong <= at_once.cost_dong


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), stops=st.integers(2, 12), hour=st.floats(7, 17))
def test_every_plan_made_again_during_the_day_can_be_driven(
    seed: int, stops: int, hour: float
) -> None:
    day = generated(seed, stops, 3)
    later = under_way(day, plan_at_once(day).rounds, hour, seed)
    check(later, search(later, SHORT, quiet))


def test_a_search_ends_when_nothing_better_comes_or_the_time_is_over() -> None:
    day = generated(2, 6, 2, hard=False)
    told: list[Progress] = []
    patient = search(day, Effort(30, patience=30), told.append)
    assert patient.stopped is Stopped.DONE
    timed = search(day, Effort(0.7, patience=10**9), told.append)
    assert (timed.stopped, timed.iterations > 0) == (Stopped.TIME, True)
    assert told
    exact = search(day, Effort(30, iterations=17), quiet)
    assert (exact.iterations, exact.stopped) == (17, Stopped.DONE)


# --- lunch on the axis ----------------------------------------------------------------------------


def test_the_break_is_cut_out_of_the_day() -> None:
    axis = Axis(cut=1_000, length=600, latest=1_200)
    assert [axis.at(each) for each in (0, 1_000, 1_300, 1_600, 1_700)] == [
        1,
        1_001,
        1_001,
        1_001,
        1_101,
    ]


@pytest.mark.parametrize(
    ("hours", "service", "pieces"),
    [
        ((7, 8), 300, [(1, 3_601)]),
        ((12, 13), 300, [(14_401, 18_001)]),
        ((7, 13), 300, [(1, 18_001)]),
        ((11.2, 11.8), 300, []),
        ((7, 13), 3_600, [(1, 12_601), (14_401, 18_001)]),
    ],
)
def test_a_stop_may_begin_on_the_axis_where_it_may_in_truth(
    hours: tuple[float, float], service: int, pieces: list[tuple[int, int]]
) -> None:
    day = problem((0, 5), [visit("a", 1, hours, service=service)], [], planned_at=at(7))
    axis = Axis(cut=4 * 3_600, length=3_600, latest=4 * 3_600 + 1_800)
    assert axis.windows(Sheet(day).stops[0]) == pieces


def test_shifts_share_an_axis_where_their_hours_allow() -> None:
    lunch = Lunch(at(11), at(12), 3_600)
    shifts = [
        shift("a", lunch=lunch),
        shift("b", lunch=lunch),
        shift("sáng", window=window(7, 11)),
        shift("chiều", window=window(13, 17), lunch=lunch),
        shift("không nghỉ"),
    ]
    sheet = Sheet(problem((0, 5), [visit("a", 1)], shifts))
    found, numbers = axes(sheet.cars, sheet.stops)
    assert (numbers, len(found)) == ([0, 0, 0, 0, 1], 2)


def test_vehicles_that_are_alike_are_one_type_and_loads_that_fit_are_left_out() -> None:
    stops = [visit("a", 1, collect_items=60), visit("b", 1, collect_items=60, collect_grams=5)]
    sheet = Sheet(problem((0, 5), stops, [shift("x"), shift("y"), shift("z", fixed_dong=6)]))
    assert impossible(sheet) == {}
    model = Builder(sheet, [0, 1], all_can=True).model()
    assert (model.cars, model.data.num_load_dimensions) == ([[0, 1], [2]], 1)
