"""A night's report in a few lines."""

from datetime import timedelta

from postal_bridge.reconciliation.summary import (
    by_class,
    class_counts,
    figures,
    file_name,
    number,
    scope,
    title,
    to_do,
    verdict,
)
from tests.doors.printing.nights import DAY, K, a_case, a_report


def test_it_is_called_by_its_day() -> None:
    assert title(a_report()) == "Báo cáo đối soát hồ sơ ngày 31/01/2019"
    assert file_name(a_report(), "pdf") == "doi-soat-2019-01-31.pdf"


def test_counts_are_written_as_in_vietnam() -> None:
    assert [number(n) for n in (0, 999, 83_786, 1_000_000)] == ["0", "999", "83.786", "1.000.000"]


def test_every_count_of_the_report_has_a_name() -> None:
    told = dict(figures(a_report()))
    assert told["Hồ sơ theo sổ bưu điện"] == 12_345
    assert told["Chênh lệch đang mở"] == 8
    assert len(told) == 8


def test_it_says_how_was_compared() -> None:
    assert "từ 18/12/2018 đến 31/01/2019, so từng hồ sơ" in scope(a_report())
    counted = scope(a_report(sweep="counts", counted_days=40))
    assert "đếm trước" in counted
    assert "40 ngày" in counted
    assert "một cách mới" in scope(a_report(sweep="một cách mới"))


def test_the_verdict_tells_proven_from_mended_from_open() -> None:
    assert "khớp nhau" in verdict(a_report(cases=[], found=0, open_cases=0))
    assert "đã được xử lý" in verdict(a_report(found=2, open_cases=0))
    assert verdict(a_report(open_cases=1_200)) == "Còn 1.200 chênh lệch đang mở."


def test_cases_stand_under_their_class_in_the_reports_own_order() -> None:
    cases = [a_case(1, K.STATE), a_case(2, K.FEE), a_case(3, K.STATE)]
    assert [(name, len(found)) for name, found in by_class(a_report(cases=cases))] == [
        ("lệch trạng thái", 2),
        ("lệch phí, lệ phí", 1),
    ]


def test_classes_are_counted_by_what_is_still_open() -> None:
    cases = [a_case(1, K.FEE), a_case(2), a_case(3), a_case(4, K.FEE, state="closed")]
    assert class_counts(a_report(cases=cases)) == [("lệch trạng thái", 2), ("lệch phí, lệ phí", 1)]


def test_what_is_overdue_came_back_or_has_nobody_is_to_be_done() -> None:
    yesterday = DAY - timedelta(days=1)
    cases = [
        a_case(1, due_on=yesterday, owner="giamsat1"),
        a_case(2, due_on=DAY, owner="giamsat1", reopened=2),
        a_case(3, due_on=None),
        a_case(4, due_on=yesterday, state="closed"),
    ]
    wanted = to_do(a_report(cases=cases, remarks=[], more_cases=0))
    assert wanted == [
        "1 chênh lệch đã quá hạn xử lý: 000.00.04.H37-190131-0001.",
        "1 chênh lệch đã đóng nay mở lại: 000.00.04.H37-190131-0002.",
        "1 chênh lệch chưa có người phụ trách: hãy giao việc.",
    ]


def test_of_many_codes_a_few_are_named() -> None:
    cases = [a_case(serial, due_on=DAY - timedelta(days=1)) for serial in range(6)]
    assert to_do(a_report(cases=cases))[0].endswith("-0004, …")


def test_where_all_is_well_nothing_is_to_be_done() -> None:
    assert to_do(a_report(cases=[], remarks=[], more_cases=0)) == []
