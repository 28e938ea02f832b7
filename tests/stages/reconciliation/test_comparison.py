"""Two lists side by side: every class of difference once, and nothing that is none."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import LOCAL
from postal_bridge.dossiers.records import CODE_LENGTH
from postal_bridge.reconciliation.comparison import (
    Comparison,
    Elsewhere,
    compare,
    stored_code,
)
from postal_bridge.reconciliation.discrepancies import case_id
from postal_bridge.reconciliation.looking_up import one_sided
from postal_bridge.reconciliation.records import (
    DifferenceKind,
    Discrepancy,
    OneStopDossier,
    OurDossier,
)
from tests.stages.reconciliation.two_sides import (
    AGENCIES,
    DAY,
    PROMISED,
    RECEIVED,
    number,
    our,
    their,
)

FIRST = DAY - timedelta(days=44)
K = DifferenceKind


def held_against(
    ours: Sequence[OurDossier], theirs: Sequence[OneStopDossier], elsewhere: Elsewhere | None = None
) -> Comparison:
    return compare(ours, theirs, days=[(FIRST, DAY)], elsewhere=elsewhere, agencies=AGENCIES)


def kinds(comparison: Comparison) -> list[tuple[DifferenceKind, str]]:
    return [(one.kind, one.dossier_code) for one in comparison.differences]


def test_two_equal_sides_differ_in_nothing() -> None:
    comparison = held_against([our(1), our(2)], [their(2), their(1)])
    assert (comparison.differences, comparison.uncompared) == ((), 0)


def test_every_class_is_found_exactly_once_and_nothing_else() -> None:
    ours = [our(serial) for serial in range(1, 12)]
    theirs = [
        their(2),
        their(2),
        their(3, status=9, raw_status="releasing"),
        their(4, department_code="000.00.01.H37"),
        their(5, procedure_code="2.000889"),
        their(6, channel=3),
        their(7, return_mode=1),
        their(8, received_at=RECEIVED - timedelta(days=1)),
        their(9, promised_at=PROMISED + timedelta(days=1)),
        their(10),
        their(11),
        their(12),
    ]
    assert kinds(held_against(ours, theirs)) == [
        (K.MISSING_THERE, number(1)),
        (K.DUPLICATE_CODE, number(2)),
        (K.STATE, number(3)),
        (K.DEPARTMENT, number(4)),
        (K.PROCEDURE, number(5)),
        (K.CHANNEL, number(6)),
        (K.RETURN_MODE, number(7)),
        (K.RECEIVED_DAY, number(8)),
        (K.PROMISED_DAY, number(9)),
        (K.MISSING_HERE, number(12)),
    ]


def test_a_dossier_wrong_in_everything_has_one_difference_of_each_class() -> None:
    wrong = their(
        status=10,
        raw_status="done",
        department_code="000.00.01.H37",
        procedure_code="",
        channel=2,
        return_mode=1,
        received_at=None,
        promised_at=None,
    )
    found = held_against([our()], [wrong]).differences
    assert [one.kind for one in found] == [
        K.STATE,
        K.DEPARTMENT,
        K.PROCEDURE,
        K.CHANNEL,
        K.RETURN_MODE,
        K.RECEIVED_DAY,
        K.PROMISED_DAY,
    ]
    assert [(one.ours, one.theirs) for one in found] == [
        ("đang xử lý", "đã trả kết quả (done)"),
        ("SNGV (000.00.04.H37)", "STP (000.00.01.H37)"),
        ("1.003003", "không ghi thủ tục"),
        ("trực tiếp", "trực tuyến"),
        ("trả tại quầy", "trả qua bưu chính"),
        ("10/01/2019", "không ghi ngày"),
        ("15/01/2019", "không ghi ngày"),
    ]


def test_a_day_is_a_day_in_vietnam() -> None:
    last = datetime(2019, 1, 10, 23, 59, 59, tzinfo=LOCAL)
    first = datetime(2019, 1, 11, 0, 0, 0, tzinfo=LOCAL)
    assert kinds(held_against([our(received_at=last)], [their(received_at=first)])) == [
        (K.MIDNIGHT, number(1))
    ]
    # The same day in Vietnam, though midnight in Greenwich lies between the two.
    early = datetime(2019, 1, 10, 0, 0, 0, tzinfo=LOCAL)
    assert held_against([our(received_at=early)], [their(received_at=last)]).differences == ()


def test_neighbouring_days_far_from_midnight_are_another_day() -> None:
    morning = datetime(2019, 1, 9, 9, 0, tzinfo=LOCAL)
    found = held_against([our()], [their(received_at=morning)]).differences
    assert [(one.kind, one.ours, one.theirs) for one in found] == [
        (K.RECEIVED_DAY, "10/01/2019", "09/01/2019")
    ]


def test_midnight_is_told_with_the_minutes_of_both_sides() -> None:
    last = datetime(2019, 1, 10, 23, 59, 59, tzinfo=LOCAL)
    first = datetime(2019, 1, 11, 0, 0, 0, tzinfo=LOCAL)
    (found,) = held_against([our(received_at=first)], [their(received_at=last)]).differences
    assert (found.kind, found.ours, found.theirs) == (
        K.MIDNIGHT,
        "11/01/2019 00:00",
        "10/01/2019 23:59",
    )


def test_a_fee_differs_only_where_the_other_side_tells_one() -> None:
    mine = our(fee_vnd=1_150_000)
    assert held_against([mine], [their()]).differences == ()
    assert held_against([mine], [their(fee_vnd=1_150_000)]).differences == ()
    (found,) = held_against([mine], [their(fee_vnd=0)]).differences
    assert (found.kind, found.ours, found.theirs) == (K.FEE, "1.150.000 đồng", "0 đồng")


def test_a_row_that_cannot_be_read_is_unexpected_and_nothing_else() -> None:
    row = their(strange="ngày tiếp nhận “31/02/2019” không có trong lịch", status=9, channel=3)
    (found,) = held_against([our()], [row]).differences
    assert (found.kind, found.theirs) == (K.UNEXPECTED, row.strange)


def test_rows_without_any_code_share_a_case_that_says_how_many_they_are() -> None:
    rows = [their(code="", strange="Trường “dossierNo” để trống.") for _ in range(3)]
    (found,) = held_against([], rows).differences
    assert (found.kind, found.dossier_code) == (K.UNEXPECTED, "")
    assert found.theirs == "3 dòng; Trường “dossierNo” để trống."


def test_what_is_no_dossier_code_is_unexpected_and_not_missing_here() -> None:
    (found,) = held_against([], [their(code="THU-NGHIEM")]).differences
    assert (found.kind, found.theirs) == (
        K.UNEXPECTED,
        "mã “THU-NGHIEM” không phải mã hồ sơ",
    )


def test_days_that_only_a_wrong_clock_moves_are_no_differences() -> None:
    late = our(received_at=datetime(2019, 1, 10, 18, 0, tzinfo=LOCAL))
    moved = their(
        received_at=late.received_at + timedelta(hours=7), promised_at=PROMISED + timedelta(hours=7)
    )
    really = their(2, promised_at=PROMISED + timedelta(days=2, hours=7))
    found = compare(
        [late, our(2)],
        [moved, really],
        days=[(FIRST, DAY)],
        agencies=AGENCIES,
        clock_offset=timedelta(hours=7),
    )
    assert kinds(found) == [(K.PROMISED_DAY, number(2))]


def test_the_hour_alone_is_no_difference() -> None:
    row = their(received_at=RECEIVED + timedelta(minutes=3), promised_at=PROMISED.replace(hour=2))
    assert held_against([our()], [row]).differences == ()


def test_a_state_without_national_number_is_counted_not_compared() -> None:
    row = their(status=0, raw_status="interoperating", channel=3)
    comparison = held_against([our(), our(2)], [row, their(2)])
    assert kinds(comparison) == [(K.CHANNEL, number(1))]
    assert comparison.uncompared == 1


def test_both_ways_of_naming_a_department_are_the_same_department() -> None:
    assert held_against([our()], [their(department_code="SNGV")]).differences == ()
    body = our(department="PCC1")
    assert held_against([body], [their(department_code="000.00.01.H37")]).differences == ()


def test_a_code_that_comes_twice_is_one_difference_and_its_first_row_is_compared() -> None:
    rows = [their(channel=3), their(status=9, raw_status="releasing")]
    found = held_against([our()], rows).differences
    assert [one.kind for one in found] == [K.DUPLICATE_CODE, K.CHANNEL]
    assert found[0].ours == "1 hồ sơ"
    assert found[0].theirs == ("2 dòng cùng mã, khác nhau về trạng thái, kênh tiếp nhận")


def test_a_code_that_comes_three_times_and_is_not_ours_says_both() -> None:
    found = held_against([], [their()] * 3).differences
    assert [one.kind for one in found] == [K.DUPLICATE_CODE, K.MISSING_HERE]
    assert found[0].ours == "không có trong sổ"
    assert found[0].theirs == "3 dòng cùng mã, giống hệt nhau"


def test_a_dossier_of_another_day_over_there_is_not_missing() -> None:
    ours = [our()]
    assert one_sided(ours, []) == ([number(1)], [])
    moved = their(received_at=datetime(2019, 1, 11, 0, 0, tzinfo=LOCAL))
    elsewhere = Elsewhere(theirs={number(1): moved}, asked=frozenset({number(1)}))
    found = held_against(ours, [], elsewhere).differences
    assert [(one.kind, one.ours, one.theirs) for one in found] == [
        (K.RECEIVED_DAY, "10/01/2019", "11/01/2019")
    ]


def test_a_dossier_of_another_day_here_is_not_missing() -> None:
    assert one_sided([], [their()]) == ([], [number(1)])
    before = our(received_at=datetime(2018, 11, 26, 23, 59, 59, tzinfo=LOCAL))
    elsewhere = Elsewhere(ours={number(1): before}, asked=frozenset({number(1)}))
    assert kinds(held_against([], [their()], elsewhere)) == [(K.RECEIVED_DAY, number(1))]


def test_a_dossier_that_the_list_forgot_but_the_look_up_knows_is_no_difference() -> None:
    elsewhere = Elsewhere(theirs={number(1): their()}, asked=frozenset({number(1)}))
    assert held_against([our()], [], elsewhere).differences == ()


def test_a_code_that_nobody_looked_up_says_so() -> None:
    unsure = Elsewhere(not_asked=frozenset({number(1), number(2)}))
    found = held_against([our(1)], [their(2)], unsure)
    assert kinds(found) == [(K.MISSING_THERE, number(1)), (K.MISSING_HERE, number(2))]
    assert found.differences[0].theirs == "không có trong danh sách; chưa tra cứu riêng mã này"
    assert found.differences[1].ours == "không có trong sổ; chưa tra cứu riêng mã này"


def test_a_code_that_the_other_side_will_not_answer_for_is_there_twice() -> None:
    elsewhere = Elsewhere(
        ambiguous={number(1): "2 hồ sơ cùng mang mã"}, asked=frozenset({number(1)})
    )
    found = held_against([our()], [], elsewhere)
    assert kinds(found) == [(K.DUPLICATE_CODE, number(1))]
    assert found.differences[0].theirs == "2 hồ sơ cùng mang mã"


@pytest.mark.parametrize("status", [1, 3])
def test_what_nobody_took_in_is_not_missing(status: int) -> None:
    assert held_against([our(status=status)], []).differences == ()
    assert held_against([], [their(status=status)]).differences == ()
    assert one_sided([our(status=status)], []) == ([], [])


def test_what_is_new_with_us_is_not_compared() -> None:
    assert held_against([our(status=1)], [their(status=9, channel=3)]).differences == ()


@pytest.mark.parametrize("status", [0, 1, 3])
def test_a_refusal_on_both_sides_is_no_difference(status: int) -> None:
    refused = Elsewhere(ours={number(1): our(status=3, promised_at=None)})
    assert held_against([], [their(status=status)], refused).differences == ()


def test_a_dossier_that_we_refused_and_they_go_on_with_differs_in_state_only() -> None:
    refused = Elsewhere(ours={number(1): our(status=3, promised_at=None, department="STP")})
    found = held_against([], [their(status=4)], refused).differences
    assert [(one.kind, one.ours, one.theirs) for one in found] == [
        (K.STATE, "không được tiếp nhận", "đang xử lý (processing)")
    ]


def test_a_dossier_that_they_refused_and_we_go_on_with_differs_in_state() -> None:
    row = their(status=3, raw_status="denied")
    assert kinds(held_against([our()], [row])) == [(K.STATE, number(1))]


def test_words_from_outside_are_cut_to_what_a_case_can_keep() -> None:
    code = "X" * 200
    found = held_against([our()], [their(procedure_code="1" * 5000), their(2, code=code)])
    assert [one.kind for one in found.differences] == [K.PROCEDURE, K.UNEXPECTED]
    assert len(found.differences[1].dossier_code) == CODE_LENGTH
    assert stored_code(code) != stored_code(code + "X")
    assert stored_code(number(1)) == number(1)


def test_a_night_covers_its_window_and_the_codes_it_knows() -> None:
    def case(serial: int, *, days_ago: int) -> Discrepancy:
        missing = held_against([our(serial)], []).differences[0]
        received_on = DAY - timedelta(days=days_ago)
        fields = {**missing.model_dump(), "received_on": received_on, "id": case_id(missing)}
        return Discrepancy(**fields, opened_on=DAY, last_seen_on=DAY)

    elsewhere = Elsewhere(asked=frozenset({number(7)}), not_asked=frozenset({number(8)}))
    tonight = held_against([our(5), our(8)], [their(6)], elsewhere)
    assert tonight.covers(case(1, days_ago=44))
    assert not tonight.covers(case(1, days_ago=45))
    assert tonight.covers(case(5, days_ago=90))
    assert tonight.covers(case(6, days_ago=90))
    assert tonight.covers(case(7, days_ago=90))
    assert not tonight.covers(case(8, days_ago=0))


def test_a_night_that_compares_no_day_as_a_whole_covers_what_it_looked_up() -> None:
    missing = held_against([our(1)], []).differences[0]
    fields = {**missing.model_dump(), "received_on": DAY, "id": case_id(missing)}
    case = Discrepancy(**fields, opened_on=DAY, last_seen_on=DAY)
    assert not compare([], [], days=[], day=DAY).covers(case)
    asked = Elsewhere(asked=frozenset({number(1)}))
    assert compare([], [], days=[], day=DAY, elsewhere=asked).covers(case)


sides = st.lists(
    st.builds(
        lambda serial, channel, status: (serial, channel, status),
        st.integers(1, 12),
        st.integers(1, 3),
        st.sampled_from([0, 2, 3, 4, 9, 10]),
    ),
    max_size=20,
)


@given(ours=sides, theirs=sides)
def test_a_class_and_a_dossier_come_together_at_most_once(
    ours: list[tuple[int, int, int]], theirs: list[tuple[int, int, int]]
) -> None:
    mine = {serial: our(serial, channel=c, status=s or 4) for serial, c, s in ours}
    rows = [their(serial, channel=c, status=s) for serial, c, s in theirs]
    comparison = held_against(list(mine.values()), rows)
    keys = [one.key for one in comparison.differences]
    assert len(keys) == len(set(keys))
    again = held_against(list(reversed(mine.values())), rows)
    assert again.differences == comparison.differences
