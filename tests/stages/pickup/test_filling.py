"""Where one more stop fits."""

from postal_bridge.pickup.filling import Rounds, in_order
from postal_bridge.pickup.sheet import Sheet
from tests.pickup_days import problem, shift, visit

ROAD = (0, 5, 10, 15)


def test_a_stop_comes_where_it_costs_least() -> None:
    stops = [visit("near", 1), visit("far", 3), visit("between", 2)]
    rounds = Rounds(Sheet(problem(ROAD, stops, [shift("a"), shift("b", fixed_dong=50_000)])))
    assert rounds.fill([0, 1, 2]) == []
    assert (sorted(rounds.trips[0][0]), rounds.trips[1]) == ([0, 1, 2], [])
    timed = rounds.timed[0]
    assert timed is not None
    assert timed.metres == 30_000


def test_what_may_wait_is_put_in_where_it_is_worth_it() -> None:
    stops = [
        visit("dear", 3, must=False, prize_dong=89_999),
        visit("cheap", 1, must=False, prize_dong=30_001),
    ]
    rounds = Rounds(Sheet(problem(ROAD, stops, [shift()])))
    assert rounds.fill([0, 1]) == [0]
    assert rounds.insert(0, whatever_it_costs=True)


def test_an_order_that_cannot_be_driven_loses_what_matters_least() -> None:
    stops = [
        visit("a", 1, (8, 8.2)),
        visit("b", 3, (8, 8.2), priority=1),
        visit("c", 2, must=False),
    ]
    rounds = Rounds(Sheet(problem(ROAD, stops, [shift()])))
    assert rounds.take(0, [[0, 1, 2]]) == [2, 0]
    assert rounds.served() == {1}


def test_who_must_and_cannot_wait_comes_first() -> None:
    stops = [
        visit("waits", 1, must=False, prize_dong=9),
        visit("late", 1, (8, 16)),
        visit("early", 1, (8, 9)),
        visit("first", 1, (8, 16), priority=1),
        visit("dearer", 1, must=False, prize_dong=10),
    ]
    assert in_order(Sheet(problem(ROAD, stops, [])), range(5)) == [3, 2, 1, 4, 0]


def test_a_second_trip_is_begun_where_the_first_is_full() -> None:
    stops = [visit("a", 1, collect_items=60), visit("b", 1, collect_items=60)]
    rounds = Rounds(Sheet(problem(ROAD, stops, [shift(max_trips=2)])))
    assert rounds.fill([0, 1]) == []
    assert rounds.trips == [[[0], [1]]]
