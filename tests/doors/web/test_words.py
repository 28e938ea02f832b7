"""How figures, ages and periods read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.web.words import (
    Period,
    WrongPeriod,
    age,
    count,
    how_long,
    money,
    percent,
    read_period,
    sentence,
)

NOW = datetime(2019, 2, 10, 18, 0, tzinfo=UTC)  # already the 11th in Vietnam


def test_thousands_have_dots_and_money_its_unit() -> None:
    assert (count(1284), count(999), count(0)) == ("1.284", "999", "0")
    assert money(118_964_000) == "118.964.000 đồng"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (426, 426, "100%"),
        (426, 596, "71,5%"),
        (1, 2, "50%"),
        (0, 5, "0%"),
        (0, 0, "–"),
        (99_999, 100_000, "99,9%"),
        (1, 100_000, "0,1%"),
    ],
)
def test_a_share_is_whole_only_when_it_is(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


@pytest.mark.parametrize(
    ("waited", "shown"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 ngày 4 giờ"),
        (timedelta(days=2), "2 ngày"),
        (timedelta(hours=2, minutes=5), "2 giờ 5 phút"),
        (timedelta(hours=1), "1 giờ"),
        (timedelta(minutes=9), "9 phút"),
        (timedelta(seconds=20), "dưới 1 phút"),
        (timedelta(minutes=-5), "dưới 1 phút"),
    ],
)
def test_how_long_somebody_has_held_it(waited: timedelta, shown: str) -> None:
    assert how_long(NOW - waited, NOW) == shown


def test_a_cases_age_and_a_sentences_start() -> None:
    assert (age(0), age(3)) == ("hôm nay", "3 ngày")
    assert (sentence("đúng hạn"), sentence("")) == ("Đúng hạn", "")


def test_what_is_left_empty_is_the_month_so_far() -> None:
    assert read_period("", " ", now=NOW) == Period(date(2019, 2, 1), date(2019, 2, 11))
    assert read_period("", "15/01/2019", now=NOW) == Period(date(2019, 1, 1), date(2019, 1, 15))


def test_a_period_holds_its_last_day_whole() -> None:
    period = read_period("10/1/2019", "11-02-2019", now=NOW)
    assert isinstance(period, Period)
    assert period.bounds == (
        datetime(2019, 1, 9, 17, tzinfo=UTC),
        datetime(2019, 2, 11, 17, tzinfo=UTC),
    )
    assert period.shown == "từ 10/01/2019 đến 11/02/2019"


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_typed_gets_a_period_or_a_reason(first: str, last: str) -> None:
    answer = read_period(first, last, now=NOW)
    if isinstance(answer, WrongPeriod):
        assert answer.field in {"tu", "den"}
    else:
        assert answer.first <= answer.last
