"""Cases open once, age, close when the difference has gone, and come back as the same case."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.reconciliation.discrepancies import Settlement, ages, case_id, settle
from postal_bridge.reconciliation.records import Difference, DifferenceKind, Discrepancy
from tests.stages.reconciliation.two_sides import DAY, number


def night(count: int) -> date:
    return DAY + timedelta(days=count)


def difference(serial: int = 1, *, theirs: str = "trực tuyến") -> Difference:
    return Difference(
        kind=DifferenceKind.CHANNEL,
        dossier_code=number(serial),
        ours="trực tiếp",
        theirs=theirs,
        received_on=DAY,
    )


def everything(_case: Discrepancy) -> bool:
    return True


def nothing(_case: Discrepancy) -> bool:
    return False


def after(
    cases: Sequence[Discrepancy],
    differences: Sequence[Difference],
    *,
    on: date,
    covered: Callable[[Discrepancy], bool] = everything,
) -> tuple[Settlement, list[Discrepancy]]:
    settlement = settle(cases, differences, night=on, covered=covered, due_days=3)
    kept = {case.id: case for case in cases} | {case.id: case for case in settlement.changed}
    return settlement, list(kept.values())


def test_a_difference_opens_one_case_and_the_next_night_only_touches_it() -> None:
    first, cases = after([], [difference(), difference()], on=night(0))
    assert [case.id for case in first.opened] == [case_id(difference())]
    second, cases = after(cases, [difference(theirs="bưu chính")], on=night(1))
    assert (second.opened, len(second.touched)) == ((), 1)
    assert (cases[0].opened_on, cases[0].last_seen_on) == (night(0), night(1))
    assert cases[0].theirs == "bưu chính"
    assert cases[0].age_days(night(1)) == 1


def test_a_case_is_due_some_days_after_it_opened_and_anew_when_it_comes_back() -> None:
    _, cases = after([], [difference()], on=night(0))
    assert cases[0].due_on == night(3)
    _, cases = after(cases, [difference()], on=night(2))
    assert cases[0].due_on == night(3)
    _, cases = after(cases, [], on=night(4))
    _, cases = after(cases, [difference()], on=night(9))
    assert (cases[0].due_on, cases[0].reopened) == (night(12), 1)


def test_a_case_closes_when_its_difference_has_gone() -> None:
    _, cases = after([], [difference()], on=night(0))
    settlement, cases = after(cases, [], on=night(3))
    assert [case.closed_on for case in settlement.closed] == [night(3)]
    assert cases[0].age_days(night(9)) == 3
    settlement, cases = after(cases, [], on=night(4))
    assert settlement.changed == []


def test_a_difference_that_comes_back_is_the_same_case_with_its_owner() -> None:
    _, cases = after([], [difference()], on=night(0))
    cases = [cases[0].model_copy(update={"owner": "thu", "explanation": "chờ một cửa sửa"})]
    _, cases = after(cases, [], on=night(1))
    settlement, cases = after(cases, [difference()], on=night(2))
    assert (settlement.opened, settlement.touched) == ((), ())
    (case,) = settlement.reopened
    assert (case.id, case.reopened, case.closed_on) == (case_id(difference()), 1, None)
    assert (case.opened_on, case.last_seen_on) == (night(0), night(2))
    assert (case.owner, case.explanation) == ("thu", "chờ một cửa sửa")


def test_what_the_night_could_not_see_is_left_as_it_is() -> None:
    _, cases = after([], [difference()], on=night(0))
    settlement, left = after(cases, [], on=night(1), covered=nothing)
    assert (settlement.changed, list(settlement.left), left) == ([], cases, cases)


def test_the_same_night_again_changes_nothing() -> None:
    _, cases = after([], [difference(1), difference(2)], on=night(0))
    settlement, again = after(cases, [difference(1), difference(2)], on=night(0))
    assert (settlement.opened, settlement.closed, settlement.reopened) == ((), (), ())
    assert again == cases


def test_a_past_night_that_is_run_late_moves_no_case_back() -> None:
    _, cases = after([], [difference(1), difference(2)], on=night(5))
    settlement, _ = after(cases, [difference(1)], on=night(2))
    assert [case.last_seen_on for case in settlement.touched] == [night(5)]
    assert [case.closed_on for case in settlement.closed] == [night(5)]


def test_open_cases_are_counted_by_age_and_closed_ones_are_not() -> None:
    cases: list[Discrepancy] = []
    for serial, begun in enumerate((40, 31, 30, 8, 7, 1, 0)):
        settlement = settle(
            [], [difference(serial)], night=night(-begun), covered=everything, due_days=3
        )
        cases += settlement.opened
    cases += [cases[0].model_copy(update={"closed_on": night(0)})]
    assert ages(cases, today=night(0)) == {
        "trong ngày": 1,
        "1–3 ngày": 1,
        "4–7 ngày": 1,
        "8–30 ngày": 2,
        "trên 30 ngày": 2,
    }


@given(st.lists(st.sets(st.integers(1, 6)), min_size=1, max_size=12))
def test_whatever_comes_and_goes_a_difference_has_one_case_that_says_how_it_stands(
    nights: list[set[int]],
) -> None:
    cases: list[Discrepancy] = []
    for count, serials in enumerate(nights):
        differences = [difference(serial) for serial in sorted(serials)]
        _, cases = after(cases, differences, on=night(count))
        assert len({case.id for case in cases}) == len(cases)
        still_open = {case.dossier_code for case in cases if case.closed_on is None}
        assert still_open == {number(serial) for serial in serials}
    assert {case.dossier_code for case in cases} == {number(s) for one in nights for s in one}
