"""A clock that is off as a whole is one fault; some minutes here and there are none."""

from datetime import datetime, timedelta

import pytest

from postal_bridge.reconciliation.clocks import clock_difference, clock_offset
from postal_bridge.reconciliation.records import DifferenceKind
from tests.stages.reconciliation.two_sides import DAY, RECEIVED

HOURS = timedelta(hours=1)


def pairs(*gaps: timedelta) -> list[tuple[datetime, datetime]]:
    return [(RECEIVED, RECEIVED + gap) for gap in gaps]


@pytest.mark.parametrize("offset", [7 * HOURS, -7 * HOURS, 9 * HOURS, -HOURS])
def test_a_clock_that_is_off_by_hours_is_recognised(offset: timedelta) -> None:
    seconds = [timedelta(seconds=number) for number in range(-20, 20, 5)]
    assert clock_offset(pairs(*(offset + one for one in seconds))) == pytest.approx(
        offset, abs=timedelta(seconds=20)
    )


def test_clerks_who_enter_dossiers_minutes_apart_have_no_wrong_clock() -> None:
    assert clock_offset(pairs(*(timedelta(minutes=number) for number in range(30)))) == timedelta(0)


def test_some_dossiers_entered_hours_later_say_nothing_of_the_clock() -> None:
    late = [7 * HOURS] * 4
    assert clock_offset(pairs(*late, *[timedelta(0)] * 6)) == timedelta(0)
    assert clock_offset(pairs(*late)) == timedelta(0)


def test_one_dossier_in_five_may_be_off_from_the_wrong_clock() -> None:
    assert clock_offset(pairs(*[7 * HOURS] * 8, 3 * HOURS, 2 * HOURS)) == 7 * HOURS


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (7 * HOURS, "giờ tiếp nhận nhanh hơn 7 giờ 00 phút"),
        (-timedelta(minutes=90), "giờ tiếp nhận chậm hơn 1 giờ 30 phút"),
    ],
)
def test_the_difference_says_which_way_and_how_far(offset: timedelta, words: str) -> None:
    one = clock_difference(offset, pairs=12, day=DAY)
    assert (one.kind, one.dossier_code, one.theirs) == (DifferenceKind.CLOCK, "clock", words)
    assert one.ours == "so 12 hồ sơ có ở cả hai bên"
