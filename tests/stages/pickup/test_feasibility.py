"""Why a stop cannot be served."""

from dataclasses import replace
from typing import Any

import pytest

from postal_bridge.pickup.feasibility import impossible, left_out, tried
from postal_bridge.pickup.filling import Rounds
from postal_bridge.pickup.plans import NO_ROAD, Driven, Lunch, Shift, Unserved, Visit, Why
from postal_bridge.pickup.sheet import Sheet
from tests.pickup_days import at, problem, shift, visit, window

ROAD = (0, 5, 10, 15)
MORNING = shift(window=window(7.5, 11.5))


def why(stop: Visit, *shifts: Shift, **more: Any) -> Unserved | None:
    return impossible(Sheet(problem(ROAD, [stop], shifts or [MORNING], **more))).get(0)


@pytest.mark.parametrize(
    ("stop", "reason", "facts"),
    [
        (visit("a", 1, (13, 14)), Why.OUTSIDE_SHIFTS, {"windows": "13:00–14:00 23/11/2026"}),
        (visit("a", 1, collect_grams=100_001), Why.TOO_HEAVY, {"grams": 100_001, "capacity": 100_000}),
        (visit("a", 1, deliver_items=101), Why.TOO_MANY_ITEMS, {"items": 101, "capacity": 100}),
        (visit("a", 3, (7.5, 7.9)), Why.UNREACHABLE_IN_TIME, {"earliest": "23/11/2026 08:00"}),
        (visit("a", 3, (11, 11.5)), Why.UNREACHABLE_IN_TIME, {"shifts": "07:30–11:30 23/11/2026"}),
        (visit("a", 1, (8, 9), release=at(9.5)), Why.RELEASED_TOO_LATE, {"release": "23/11/2026 09:30"}),
        (visit("a", 1, (8, 9), deliver_items=1, release=at(9)), Why.RELEASED_TOO_LATE, {}),
    ],
)  # fmt: skip
def test_a_stop_that_nobody_can_serve_alone_is_told_with_why(
    stop: Visit, reason: Why, facts: dict[str, object]
) -> None:
    told = why(replace(stop, label="bà Lan"))
    assert told is not None
    assert (told.visit, told.why) == ("a", reason)
    assert facts.items() <= told.facts.items()
    assert "bà Lan" in told.text()
    assert "bà Lan" in told.text("en")


def test_without_shifts_nothing_can_be_served() -> None:
    told = impossible(Sheet(problem(ROAD, [visit("a", 1)], [])))
    assert told[0].why is Why.NO_SHIFTS


def test_a_place_that_no_road_leads_to_is_told() -> None:
    day = problem(ROAD, [visit("a", 1), visit("b", 2)], [shift()])
    day.travel.seconds[1][0] = NO_ROAD
    assert {n: each.why for n, each in impossible(Sheet(day)).items()} == {0: Why.NO_ROAD}


def test_what_one_of_the_shifts_can_do_is_possible() -> None:
    afternoon = shift("chiều", window=window(13, 17), capacity_items=1)
    assert why(visit("a", 1, (14, 15)), MORNING, afternoon) is None
    told = why(visit("a", 1, (14, 15), collect_items=2), MORNING, afternoon)
    assert told is not None
    assert told.why is Why.UNREACHABLE_IN_TIME


def test_a_stop_in_the_break_is_possible_where_the_break_can_move() -> None:
    at_noon = visit("a", 1, (12, 12.2))
    assert why(at_noon, shift(lunch=Lunch(at(11), at(12.5), 3_600))) is None


def test_a_full_day_and_one_that_may_wait_are_told_apart() -> None:
    stops = [
        visit("in", 3, (8, 8.1)),
        visit("must", 1, (8, 8.1)),
        visit("dear", 2, must=False, prize_dong=1),
    ]
    far = problem((0, 5, -10, 15), stops, [shift(window=window(7.5, 17))])
    rounds = Rounds(Sheet(far))
    assert rounds.fill([0, 1, 2]) == [1, 2]
    told = left_out(rounds, [1, 2])
    assert (told[1].why, told[2].why) == (Why.DAY_FULL, Why.MAY_WAIT)
    assert told[2].facts["extra_dong"] == 60_000


def test_a_stop_that_was_tried_in_vain_is_told() -> None:
    driven = (
        Driven("a", 0, at(8), at(8), at(8.1), served=False),
        Driven("b", 0, at(9), at(9), at(9)),
    )
    sheet = Sheet(problem(ROAD, [visit("a", 1), visit("b", 1)], [shift(driven=driven)]))
    told = tried(sheet, driven)
    assert [(each.visit, each.why, each.facts["arrive"]) for each in told] == [
        ("a", Why.TRIED, "23/11/2026 08:00")
    ]
