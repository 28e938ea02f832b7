"""When a round is where."""

from typing import Any

import pytest

from postal_bridge.pickup.plans import NO_ROAD, Lunch, Shift, Visit
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.timing import Timed, drive
from tests.pickup_days import at, problem, shift, visit

ROAD = (0, 5, 10, 15)  # ten minutes between neighbours
MINUTE = 60


def driven(
    stops: list[Visit], trips: list[list[int]], each: Shift | None = None, **more: Any
) -> Timed | None:
    sheet = Sheet(problem(ROAD, stops, [each or shift()], **more))
    return drive(sheet, sheet.cars[0], trips)


def times(timed: Timed | None) -> list[tuple[int, int]]:
    """Arrival and beginning of each stop, in minutes since six."""
    assert timed is not None
    return [(stop.arrive // MINUTE, stop.begin // MINUTE) for stop in timed.stops]


def test_it_leaves_as_late_as_its_first_stop_allows_and_waits_at_the_others() -> None:
    timed = driven([visit("a", 1, (8, 9)), visit("b", 2, (9, 10))], [[0, 1]])
    assert times(timed) == [(120, 120), (135, 180)]
    assert timed is not None
    assert (timed.trips[0].leave, timed.trips[0].back) == (110 * MINUTE, 205 * MINUTE)
    assert timed.metres == 20_000


def test_a_stop_takes_the_next_of_its_windows() -> None:
    assert times(driven([visit("a", 1, (7, 7.5), (9, 10))], [[0]])) == [(180, 180)]


@pytest.mark.parametrize(
    ("stops", "trips", "each"),
    [
        ([visit("a", 3, (7, 7.6))], [[0]], shift()),  # too far
        ([visit("a", 3, (16.9, 17))], [[0]], shift()),  # back too late
        ([visit("a", 1, collect_items=101)], [[0]], shift()),
        ([visit("a", 1, collect_grams=60_000), visit("b", 2, deliver_grams=60_000)], [[0, 1]], shift()),
        ([visit("a", 1), visit("b", 1)], [[0], [1]], shift(max_trips=1)),
        ([visit("a", 1)], [[], [0]], shift(max_trips=2)),
    ],
)  # fmt: skip
def test_what_cannot_be_driven_is_none(
    stops: list[Visit], trips: list[list[int]], each: Shift
) -> None:
    assert driven(stops, trips, each) is None


def test_returns_make_room_for_collections() -> None:
    stops = [visit("a", 1, deliver_items=100), visit("b", 2, collect_items=100)]
    assert driven(stops, [[0, 1]]) is not None
    assert driven(stops, [[1, 0]]) is None


def test_between_two_trips_it_is_loaded_and_waits_for_what_is_not_ready() -> None:
    stops = [visit("a", 1, (8, 9)), visit("b", 1, (8, 17), deliver_items=1, release=at(10))]
    timed = driven(stops, [[0], [1]], shift(max_trips=2, reload=600))
    assert times(timed) == [(120, 120), (250, 250)]
    early = [visit("a", 1, (8, 9)), visit("b", 1, (8, 17), deliver_items=1)]
    timed = driven(early, [[0], [1]], shift(max_trips=2, reload=600))
    assert times(timed) == [(120, 120), (155, 155)]
    assert timed is not None
    assert [(trip.items, trip.metres) for trip in timed.trips] == [(0, 10_000), (1, 10_000)]


def test_a_trip_leaves_when_its_return_is_ready() -> None:
    assert times(driven([visit("b", 1, deliver_items=1, release=at(9))], [[0]])) == [(190, 190)]


LUNCH = Lunch(at(11), at(12), 3_600)


def test_the_break_lies_where_the_round_goes_on_soonest() -> None:
    stops = [visit("a", 1, (10.5, 12)), visit("b", 2, (13, 14))]
    timed = driven(stops, [[0, 1]], shift(lunch=LUNCH))
    assert times(timed) == [(270, 270), (285, 420)]
    assert timed is not None
    assert timed.lunch == (300 * MINUTE, 360 * MINUTE)


def test_a_drive_may_be_broken_by_lunch_and_a_service_may_not() -> None:
    stops = [visit("a", 1, (10.9, 10.95)), visit("b", 3, (12, 17))]
    timed = driven(stops, [[0, 1]], shift(lunch=Lunch(at(11), at(11.5), 3_600)))
    assert timed is not None
    assert timed.lunch == (300 * MINUTE, 360 * MINUTE)
    assert timed.stops[1].arrive - timed.stops[0].leave == (20 + 60) * MINUTE
    long = [visit("a", 1, (10.9, 10.95), service=6_000), visit("b", 2, (12, 17))]
    assert driven(long, [[0, 1]], shift(lunch=LUNCH)) is None


def test_who_is_back_before_lunch_or_leaves_after_needs_no_break() -> None:
    for hours in ((9, 10), (14, 15)):
        timed = driven([visit("a", 1, hours)], [[0]], shift(lunch=LUNCH))
        assert timed is not None
        assert timed.lunch is None


def test_lunch_may_be_had_while_the_vehicle_is_loaded() -> None:
    stops = [visit("a", 1, (10.5, 10.6)), visit("b", 1, (12, 12.2), deliver_items=1)]
    timed = driven(stops, [[0], [1]], shift(lunch=LUNCH, max_trips=2))
    assert timed is not None
    assert timed.lunch == (300 * MINUTE, 360 * MINUTE)


def test_a_place_without_a_road_is_not_driven_to() -> None:
    day = problem(ROAD, [visit("a", 1)], [shift()])
    day.travel.seconds[0][1] = NO_ROAD
    sheet = Sheet(day)
    assert drive(sheet, sheet.cars[0], [[0]]) is None
