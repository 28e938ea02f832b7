"""A problem in whole seconds."""

from dataclasses import replace

from postal_bridge.pickup.plans import Driven, Lunch
from postal_bridge.pickup.sheet import Sheet
from tests.pickup_days import at, problem, shift, visit

ROAD = (0, 3, 6, 9)


def test_seconds_count_from_the_moment_of_planning() -> None:
    sheet = Sheet(problem(ROAD, [visit("a", 1, (8, 9), (7, 7.5))], [shift()]))
    assert sheet.stops[0].windows == ((3_600, 5_400), (7_200, 10_800))
    assert sheet.moment(sheet.second(at(9))) == at(9)


def test_a_release_opens_a_collection_and_holds_back_the_trip_of_a_return() -> None:
    stops = [
        visit("a", 1, (7, 12), release=at(9)),
        visit("b", 1, (7, 12), release=at(9), deliver_items=1),
    ]
    collected, brought = Sheet(problem(ROAD, stops, [shift()])).stops
    assert (collected.windows, collected.release) == (((10_800, 21_600),), 0)
    assert (brought.windows, brought.release) == (((3_600, 21_600),), 10_800)


def test_a_window_that_has_passed_is_none() -> None:
    day = problem(ROAD, [visit("a", 1, (7, 8), (14, 15))], [shift()], planned_at=at(9))
    assert Sheet(day).stops[0].windows == ((18_000, 21_600),)


def test_a_round_under_way_goes_on_from_its_last_stop_with_what_it_holds() -> None:
    stops = [
        visit("a", 1, collect_items=2, collect_grams=50),
        visit("b", 2, deliver_items=3),
        visit("c", 3, deliver_items=4),
    ]
    driven = (
        Driven("a", 0, at(8), at(8), at(8.1)),
        Driven("b", 0, at(8.5), at(8.5), at(8.6), served=False),
    )
    round_ = shift(driven=driven, left_at=at(7.5), aboard=("c",), fixed_dong=9, max_trips=2)
    sheet = Sheet(problem(ROAD, stops, [round_], planned_at=at(8.5)))
    car = sheet.cars[0]
    assert (car.place, car.start, car.mid_trip, car.fixed) == (2, 360, True, 0)
    assert (car.held, car.aboard, car.trips_left) == ((5, 50), (2,), 2)
    assert (sheet.open, sheet.carrier_of) == ([2], {2: 0})


def test_a_round_at_its_depot_begins_its_next_trip_empty() -> None:
    driven = (Driven("a", 0, at(8), at(8), at(8.1)),)
    round_ = shift(driven=driven, left_at=at(7.5), at_depot=True, free_at=at(9), max_trips=3)
    car = Sheet(problem(ROAD, [visit("a", 1, collect_items=2)], [round_], planned_at=at(8.5))).cars[
        0
    ]
    assert (car.place, car.trip, car.mid_trip, car.trips_left) == (0, 1, False, 2)
    assert (car.held, car.start) == ((0, 0), 1_800)


def test_who_cannot_begin_the_break_on_the_way_has_it_before() -> None:
    late = shift(window=replace(shift().window, start=at(12)), lunch=Lunch(at(11), at(11.5), 5_400))
    car = Sheet(problem(ROAD, [], [late])).cars[0]
    assert (car.start, car.lunch) == (6.5 * 3_600, None)
