"""How cases of money are found, keyed, renewed and closed."""

from datetime import date

import pytest

from postal_bridge.identity import Role
from postal_bridge.remittances.cases import (
    Finding,
    dong,
    keys_of_payment,
    last_day_to_pay,
    renew,
)
from postal_bridge.remittances.records import (
    OWNER_OF,
    CodCase,
    CodCaseKind,
    CodCaseState,
    CodEntryKind,
)
from tests.stages.memory import CALENDAR
from tests.stages.remittances.money import POST, TODAY
from tests.stores import HOUR, NOW


def finding(amount: int = 5, kind: CodCaseKind = CodCaseKind.SHORT, since: date = TODAY) -> Finding:
    return Finding(
        key="owed:C1", kind=kind, carrier=POST, amount_dong=amount, since=since, number="C1"
    )


def opened(*, state: CodCaseState = CodCaseState.OPEN, proposed: int | None = None) -> CodCase:
    (case,) = renew({}, [finding()], looked_at=["owed:C1"], now=NOW).cases
    closed_at = NOW if state is CodCaseState.CLOSED else None
    by = "sang" if proposed is not None else None
    return case.model_copy(
        update={
            "state": state,
            "closed_at": closed_at,
            "proposed_dong": proposed,
            "proposed_by": by,
        }
    )


def test_a_day_to_pay_by_passes_over_the_weekend() -> None:
    """NOW is a Thursday morning in Vietnam."""
    days = [last_day_to_pay(NOW, days, calendar=CALENDAR).day for days in (0, 1, 2, 3)]
    assert days == [10, 11, 14, 15]


def test_every_kind_has_an_owner() -> None:
    assert set(OWNER_OF) == set(CodCaseKind)
    assert OWNER_OF[CodCaseKind.NOT_DELIVERED] is Role.OFFICER


@pytest.mark.parametrize("state", [CodCaseState.OPEN, CodCaseState.EXPLAINED])
def test_what_is_as_it_was_is_left_alone(state: CodCaseState) -> None:
    renewed = renew({"owed:C1": opened(state=state)}, [finding()], looked_at=["owed:C1"], now=NOW)
    assert (renewed.cases, renewed.entries) == ([], [])


def test_a_proposal_falls_with_its_sum_and_with_its_case() -> None:
    before = {"owed:C1": opened(proposed=5)}
    for found in ([finding(4)], []):
        renewed = renew(before, found, looked_at=["owed:C1"], now=NOW + HOUR)
        (case,) = renewed.cases
        assert (case.proposed_dong, case.proposed_by) == (None, None)
        assert CodEntryKind.WITHDRAWN in [kind for _, kind, _ in renewed.entries]


def test_a_closed_case_stays_closed_and_opens_again_when_it_must() -> None:
    before = {"owed:C1": opened(state=CodCaseState.CLOSED)}
    assert renew(before, [], looked_at=["owed:C1"], now=NOW).cases == []
    (again,) = renew(before, [finding()], looked_at=["owed:C1"], now=NOW).cases
    assert (again.state, again.reopened, again.closed_at) == (CodCaseState.OPEN, 1, None)


def test_what_was_not_looked_at_is_not_closed() -> None:
    assert renew({"owed:C1": opened()}, [], looked_at=["owed:C2"], now=NOW).cases == []


def test_keys_and_amounts_as_people_read_them() -> None:
    assert keys_of_payment("R", 2) == ["total:R", "line:R:1", "line:R:2"]
    assert (dong(1_250_000), dong(-5)) == ("1.250.000 đ", "-5 đ")
