"""The third witness: what does not add up is said, in Vietnamese, and decides nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from postal_bridge.reconciliation.statistics import (
    Month,
    OnTime,
    count_on_time,
    examine,
    months_between,
    on_time_sentence,
)
from postal_bridge.tracking.month import is_late
from tests.stages.reconciliation.two_sides import PROMISED, count_of, our, their

JANUARY = Month(2019, 1, whole=True)
RESOLVED = PROMISED - timedelta(days=1)
SAYS = "Thống kê tháng 01/2019 của hệ thống một cửa: "


def test_a_count_that_adds_up_is_silent() -> None:
    rows = [
        their(1),
        their(2, status=9, resolved_at=RESOLVED),
        their(3, status=10, resolved_at=PROMISED + timedelta(minutes=1)),
        their(4, status=3),
    ]
    counted = count_of(total=4, received=3, processing=1, released=2, betimes=1, overtime=1, done=1)
    assert examine(counted, rows, month=JANUARY) == []


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (
            {"total": 9, "released": 3, "betimes": 1, "ontime": 1},
            "đã xử lý 3 không bằng trước hạn 1 + đúng hạn 1 + quá hạn 0 = 2.",
        ),
        (
            {"total": 9, "released": 1, "ontime": 1, "done": 2},
            "đã trả 2 nhiều hơn đã xử lý 1.",
        ),
        ({"total": 1, "received": 2}, "tiếp nhận 2 nhiều hơn tổng số 1."),
        (
            {"total": 2, "processing": 2, "released": 1, "ontime": 1},
            "đang xử lý 2 + đã xử lý 1 nhiều hơn tổng số 2.",
        ),
    ],
)
def test_an_identity_that_does_not_hold_is_named(counts: dict[str, int], sentence: str) -> None:
    month = Month(2019, 1, whole=False)
    assert examine(count_of(**counts), [], month=month) == [SAYS + sentence]


def test_a_count_a_day_behind_is_held_against_the_list() -> None:
    rows = [their(1), their(2)]
    said = examine(count_of(total=1, received=1, processing=1), rows, month=JANUARY)
    assert said == [SAYS + "tiếp nhận 1, nhưng danh sách có 2 hồ sơ."]


def test_more_than_the_list_is_only_strange_where_the_list_is_whole() -> None:
    counted = count_of(total=5, received=5, processing=5)
    assert examine(counted, [their(1)], month=Month(2019, 1, whole=False)) == []
    assert examine(counted, [their(1)], month=JANUARY) == [
        SAYS + "tiếp nhận 5, nhưng danh sách có 1 hồ sơ."
    ]


def test_fewer_resolved_than_the_list_shows_is_said() -> None:
    rows = [their(1, status=9, resolved_at=RESOLVED)]
    said = examine(count_of(total=1, received=1, processing=1), rows, month=JANUARY)
    assert said == [SAYS + "đã xử lý 0, nhưng danh sách có 1 hồ sơ."]


def test_a_system_that_counts_everything_as_late_is_seen_through() -> None:
    rows = [their(1, status=9, resolved_at=RESOLVED), their(2, status=9, resolved_at=RESOLVED)]
    counted = count_of(total=3, received=2, released=3, overtime=3)
    assert examine(counted, rows, month=JANUARY) == [
        SAYS + "quá hạn 3, nhưng theo danh sách và quy tắc của ta là 0 đến 1."
    ]
    counted = count_of(total=2, received=2, released=2, overtime=2)
    assert examine(counted, rows, month=JANUARY) == [
        SAYS + "quá hạn 2, nhưng theo danh sách và quy tắc của ta là 0."
    ]


def test_a_month_ends_at_midnight_in_vietnam() -> None:
    last = datetime(2019, 1, 31, 16, 59, 59, tzinfo=UTC)
    assert JANUARY.has(last)
    assert not JANUARY.has(last + timedelta(seconds=1))
    assert not JANUARY.has(None)


def test_a_window_touches_months_and_holds_some_of_them_whole() -> None:
    today = date(2019, 2, 11)
    assert months_between(date(2018, 12, 29), today, today=today) == [
        Month(2018, 12, whole=False),
        Month(2019, 1, whole=True),
        Month(2019, 2, whole=True),
    ]
    # The same night made up for a day later: February's count has gone on, the list has not.
    assert months_between(date(2019, 2, 1), today, today=date(2019, 2, 12)) == [
        Month(2019, 2, whole=False)
    ]
    whole = date(2019, 1, 31)
    assert months_between(date(2019, 1, 1), whole, today=today) == [Month(2019, 1, whole=True)]


def test_on_time_is_told_by_the_minute_and_without_promise_nobody_is_late() -> None:
    at_the_minute = our(resolved_at=PROMISED + timedelta(seconds=59))
    a_minute_later = our(resolved_at=PROMISED + timedelta(minutes=1))
    without = our(resolved_at=RESOLVED, promised_at=None)
    assert [is_late(one) for one in (at_the_minute, a_minute_later, without, our())] == [
        False,
        True,
        False,
        False,
    ]
    dossiers = [at_the_minute, a_minute_later, without, our()]
    assert count_on_time(dossiers) == OnTime(on_time=2, late=1)


def test_the_rule_is_named_with_its_counts_and_fits_where_it_is_kept() -> None:
    said = on_time_sentence([our(resolved_at=RESOLVED)] * 426, [their(resolved_at=RESOLVED)])
    assert "tính đến phút" in said
    assert said.endswith("Sổ bưu điện: 426 đúng hạn, 0 quá hạn; một cửa: 1 đúng hạn, 0 quá hạn.")
    assert len(said) <= 400
