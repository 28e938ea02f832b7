from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import (
    LOCAL,
    Clock,
    ReplayClock,
    SystemClock,
    at_local,
    day_bounds,
    format_day,
    format_local,
    local_day,
    to_local,
    to_utc,
)

MOMENTS = st.dates(date(1980, 1, 1), date(2099, 12, 31)).flatmap(
    lambda day: st.times().map(lambda wall: datetime.combine(day, wall, UTC))
)


def test_the_machines_clock_tells_an_aware_moment_in_utc() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)


def test_a_replay_clock_stands_still_until_it_is_advanced() -> None:
    start = datetime(2019, 1, 10, 0, 30, tzinfo=UTC)
    clock = ReplayClock(start)
    assert clock.now() == clock.now() == start
    clock.advance_to(start + timedelta(hours=2))
    assert clock.now() == start + timedelta(hours=2)


def test_a_replay_clock_never_goes_back() -> None:
    clock = ReplayClock(datetime(2019, 1, 10, 0, 30, tzinfo=UTC))
    clock.advance_to(datetime(2018, 1, 1, tzinfo=UTC))
    assert clock.now() == datetime(2019, 1, 10, 0, 30, tzinfo=UTC)


def test_a_replay_clock_set_in_local_time_tells_utc() -> None:
    clock = ReplayClock(datetime(2019, 1, 10, 7, 30, tzinfo=LOCAL))
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.now() == datetime(2019, 1, 10, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("ask", [to_utc, to_local, local_day, format_local, ReplayClock])
def test_a_moment_without_a_time_zone_is_refused_everywhere(ask: type[ReplayClock]) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ask(datetime(2019, 1, 10, 7, 30))  # noqa: DTZ001 - that is the mistake
    with pytest.raises(ValueError, match="no time zone"):
        ReplayClock(datetime(2019, 1, 1, tzinfo=UTC)).advance_to(datetime(2019, 1, 2))  # noqa: DTZ001


def test_a_day_in_vietnam_begins_at_17_00_utc_of_the_day_before() -> None:
    start, end = day_bounds(date(2019, 1, 10))
    assert start == datetime(2019, 1, 9, 17, tzinfo=UTC)
    assert end - start == timedelta(days=1)


def test_one_second_before_midnight_still_belongs_to_the_day() -> None:
    assert local_day(datetime(2019, 1, 10, 16, 59, 59, tzinfo=UTC)) == date(2019, 1, 10)
    assert local_day(datetime(2019, 1, 10, 17, 0, 0, tzinfo=UTC)) == date(2019, 1, 11)


def test_moments_and_days_are_shown_as_people_in_vietnam_read_them() -> None:
    assert format_local(datetime(2019, 1, 10, 0, 5, tzinfo=UTC)) == "10/01/2019 07:05"
    assert format_day(date(2019, 2, 1)) == "01/02/2019"


@given(MOMENTS)
def test_every_moment_lies_within_the_bounds_of_its_own_day(moment: datetime) -> None:
    start, end = day_bounds(local_day(moment))
    assert start <= moment < end


@given(MOMENTS)
def test_local_time_is_always_seven_hours_ahead_and_comes_back_exactly(moment: datetime) -> None:
    local = to_local(moment)
    assert local.utcoffset() == timedelta(hours=7)
    assert at_local(local.date(), local.time()) == moment


def test_a_moment_from_another_zone_is_understood() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert to_utc(datetime(2019, 1, 10, 9, tzinfo=tokyo)) == at_local(date(2019, 1, 10), time(7))
