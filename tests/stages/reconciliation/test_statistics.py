"""The other side's own counts against its own list: named where they disagree, and never believed."""

from datetime import date, datetime, timedelta

import msgspec

from postal_bridge.clock import LOCAL
from postal_bridge.reconciliation.listing import Listing
from postal_bridge.reconciliation.ports import Counted, Counter, OneStopStatistics
from postal_bridge.reconciliation.records import DifferenceKind, OneStopDossier
from postal_bridge.reconciliation.statistics import Witness, bear_witness, on_time_sentence, subject
from tests.stages.reconciliation.two_sides import (
    AGENCIES,
    AGENCY,
    DAY,
    DEPARTMENT,
    PROMISED,
    our,
    their,
)

K = DifferenceKind
FIRST = date(2019, 1, 1)
MONTH_END = date(2019, 1, 31)
SHOWN = "20190101-20190131"


def listing(*rows: OneStopDossier) -> Listing:
    listed = Listing(AGENCIES)
    listed.add_theirs(rows)
    return listed


def month(counter: Counter, value: int, agency: str = "") -> Counted:
    return Counted(counter=counter, first=FIRST, last=MONTH_END, value=value, agency=agency)


def witness(
    listed: Listing, *counted: Counted, days: tuple[date, date] = (FIRST, DAY), today: date = DAY
) -> Witness:
    return bear_witness(OneStopStatistics(counted=[*counted]), listed, days=days, today=today)


def found(said: Witness) -> list[tuple[DifferenceKind, str]]:
    return [(one.kind, one.dossier_code) for one in said.differences]


def resolved(serial: int, at: datetime, **changes: object) -> OneStopDossier:
    return their(serial, status=9, raw_status="releasing", resolved_at=at, **changes)


def test_counts_that_agree_with_the_list_are_no_difference() -> None:
    rows = listing(their(1), their(2, channel=3, return_mode=1), their(3, status=3))
    said = witness(
        rows,
        month(Counter.RECEIVED, 2),
        month(Counter.RECEIVED_DIRECT, 1),
        month(Counter.RECEIVED_POSTAL, 1, AGENCY),
        month(Counter.POSTAL_REGISTERED, 1),
    )
    assert (said.differences, said.remarks) == ((), ())
    assert subject(month(Counter.RECEIVED, 2)) in said.checked
    assert len(said.checked) == 4


def test_counted_and_not_listed_and_the_other_way_round() -> None:
    said = witness(
        listing(their(1), their(2)),
        month(Counter.RECEIVED, 3),
        month(Counter.RECEIVED_DIRECT, 1),
    )
    assert found(said) == [
        (K.COUNTED_NOT_LISTED, f"{SHOWN}:*:received"),
        (K.LISTED_NOT_COUNTED, f"{SHOWN}:*:received_direct"),
    ]
    assert said.differences[0].ours == "danh sách của một cửa có 2"
    assert said.differences[0].theirs == (
        "thống kê từ 01/01/2019 đến 31/01/2019, tất cả cơ quan: tiếp nhận 3"
    )
    assert {one.received_on for one in said.differences} == {DAY}


def test_postal_dossiers_that_the_statistics_lose_are_recognised_for_what_they_are() -> None:
    # The peer's defect: viaPostal is counted only while it is 2, and 3 and 4 fall out.
    rows = listing(*(their(serial, return_mode=1) for serial in range(1, 6)), their(6))
    said = witness(rows, month(Counter.POSTAL_REGISTERED, 2), month(Counter.RECEIVED, 6))
    assert found(said) == [(K.LISTED_NOT_COUNTED, f"{SHOWN}:*:postal_registered")]


def test_dossiers_carried_over_from_earlier_months_may_be_in_a_figure() -> None:
    rows = listing(*(their(serial, return_mode=1) for serial in range(1, 4)))

    def postal(value: int) -> Counted:
        whole = month(Counter.POSTAL_REGISTERED, value)
        return msgspec.structs.replace(whole, carried=2)

    assert [found(witness(rows, postal(value))) != [] for value in (2, 3, 5, 6)] == [
        True,
        False,
        False,
        True,
    ]


def test_a_fault_of_one_agency_is_not_told_again_by_the_sum() -> None:
    rows = listing(their(1), their(2, department_code="000.00.01.H37"))
    said = witness(
        rows,
        month(Counter.RECEIVED, 1),
        month(Counter.RECEIVED, 0, AGENCY),
        month(Counter.RECEIVED, 1, "000.00.01.H37"),
    )
    assert found(said) == [(K.LISTED_NOT_COUNTED, f"{SHOWN}:{AGENCY}:received")]


def test_a_month_that_began_before_the_compared_days_is_a_lower_bound_only() -> None:
    rows = listing(their(1), their(2))
    part = (date(2019, 1, 5), DAY)
    assert witness(rows, month(Counter.RECEIVED, 90), days=part).differences == ()
    assert found(witness(rows, month(Counter.RECEIVED, 1), days=part)) == [
        (K.LISTED_NOT_COUNTED, f"{SHOWN}:*:received")
    ]


def test_a_night_made_up_for_later_does_not_hold_the_days_since_against_the_count() -> None:
    rows = listing(their(1))
    later = DAY + timedelta(days=3)
    assert witness(rows, month(Counter.RECEIVED, 9), today=later).differences == ()
    assert found(witness(rows, month(Counter.RECEIVED, 9))) == [
        (K.COUNTED_NOT_LISTED, f"{SHOWN}:*:received")
    ]


def test_what_was_received_earlier_may_be_resolved_this_month() -> None:
    rows = listing(resolved(1, PROMISED), their(2))
    assert witness(rows, month(Counter.RESOLVED, 7)).differences == ()
    assert found(witness(rows, month(Counter.RESOLVED, 0))) == [
        (K.LISTED_NOT_COUNTED, f"{SHOWN}:*:resolved")
    ]


def test_the_rule_by_which_the_other_side_counts_late_is_named() -> None:
    same_day = PROMISED + timedelta(hours=2)
    next_day = PROMISED + timedelta(days=1)
    rows = listing(resolved(1, same_day), resolved(2, next_day), resolved(3, PROMISED))
    by_minute = witness(rows, month(Counter.RESOLVED, 3), month(Counter.LATE, 2))
    assert (by_minute.differences, by_minute.remarks) == ((), ())
    by_day = witness(rows, month(Counter.RESOLVED, 3), month(Counter.LATE, 1))
    assert by_day.differences == ()
    assert by_day.remarks == (
        (
            "Thống kê từ 01/01/2019 đến 31/01/2019 của một cửa đếm quá hạn tính theo ngày kết thúc "
            "xử lý: 1; theo quy tắc của ta là 2."
        ),
    )
    by_none = witness(rows, month(Counter.RESOLVED, 3), month(Counter.LATE, 3))
    assert found(by_none) == [(K.COUNTED_NOT_LISTED, f"{SHOWN}:*:late")]


def test_late_by_the_moment_of_return_is_a_rule_of_its_own() -> None:
    returned = PROMISED + timedelta(days=2)
    row = resolved(1, PROMISED - timedelta(hours=1), returned_at=returned)
    said = witness(listing(row), month(Counter.RESOLVED, 1), month(Counter.LATE, 1))
    assert said.differences == ()
    assert "quá hạn tính theo giờ trả kết quả: 1; theo quy tắc của ta là 0" in said.remarks[0]


def test_dossiers_that_are_not_listed_may_all_be_late() -> None:
    rows = listing(resolved(1, PROMISED))
    counted = (month(Counter.RESOLVED, 4), month(Counter.LATE, 3))
    assert witness(rows, *counted).differences == ()
    assert found(witness(rows, month(Counter.RESOLVED, 4), month(Counter.LATE, 4))) == [
        (K.COUNTED_NOT_LISTED, f"{SHOWN}:*:late")
    ]


def test_broken_identities_and_missing_counts_are_remarks() -> None:
    statistics = OneStopStatistics(counted=[], broken=["tổng ≠ tổng"], missing=["chưa có"])
    said = bear_witness(statistics, listing(), days=(FIRST, DAY), today=DAY)
    assert said.remarks == ("chưa có", "tổng ≠ tổng")


def test_a_figure_of_other_days_is_not_judged() -> None:
    before = Counted(
        counter=Counter.RECEIVED, first=date(2018, 12, 1), last=date(2018, 12, 31), value=5
    )
    assert witness(listing(), before).checked == frozenset()


def test_the_rule_is_stated_with_the_counts_of_both_sides() -> None:
    ours = Listing(AGENCIES)
    ours.add_ours([our(status=9, resolved_at=PROMISED), our(2, status=4)])
    theirs = listing(resolved(1, PROMISED + timedelta(minutes=1)))
    assert on_time_sentence(ours, theirs).endswith(
        "Sổ bưu điện: 1 đúng hạn, 0 quá hạn; một cửa: 0 đúng hạn, 1 quá hạn."
    )
    assert ours.over_all("resolved")[AGENCY] == 1
    assert DEPARTMENT not in ours.over_all("resolved")


def test_a_day_ends_at_midnight_in_vietnam() -> None:
    last = datetime(2019, 1, 9, 23, 59, 59, tzinfo=LOCAL)
    rows = listing(their(1, received_at=last), their(2, received_at=last + timedelta(seconds=1)))
    nine, ten = date(2019, 1, 9), date(2019, 1, 10)
    assert [rows.of("received", first=day, last=day) for day in (nine, ten)] == [1, 1]


def test_an_agency_with_a_long_name_is_a_figure_like_any_other() -> None:
    long = "Trung tâm Phục vụ hành chính công, Văn phòng Ủy ban nhân dân tỉnh " * 9
    counted = month(Counter.POSTAL_REGISTERED, 2, long)
    said = witness(listing(their(1)), counted)
    (one,) = said.differences
    assert (one.kind, len(one.dossier_code), len(one.theirs or "")) == (
        K.COUNTED_NOT_LISTED,
        60,
        400,
    )
    assert one.dossier_code in said.checked
    assert subject(counted) != subject(month(Counter.RECEIVED, 2, long))
