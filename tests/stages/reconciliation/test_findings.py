"""Which cases a night could have seen: only those are closed when their difference has gone."""

from datetime import date, timedelta

import pytest

from postal_bridge.reconciliation.comparison import compare
from postal_bridge.reconciliation.findings import Findings
from postal_bridge.reconciliation.gathering import Gathered
from postal_bridge.reconciliation.listing import Listing
from postal_bridge.reconciliation.ports import Suspects
from postal_bridge.reconciliation.records import Difference, DifferenceKind, Discrepancy
from postal_bridge.reconciliation.statistics import Witness
from tests.stages.reconciliation.two_sides import AGENCIES, AGENCY, DAY, number

K = DifferenceKind
CHECKED = f"20190101-20190131:{AGENCY}:received"


def findings(
    *,
    days: tuple[date, date] = (DAY, DAY),
    clock_seen: bool = True,
    booked: tuple[date, date] | None = (DAY, DAY),
) -> Findings:
    return Findings(
        differences=[],
        comparison=compare([], [], days=[days], agencies=AGENCIES),
        gathered=Gathered(
            suspects=Suspects(ours=[], theirs=[], equal=0, sample=[]),
            days=[days],
            ours=Listing(AGENCIES),
            theirs=Listing(AGENCIES),
            witness=Witness(differences=(), checked=frozenset({CHECKED}), remarks=()),
            evidence=[],
        ),
        rows={},
        agencies={number(1): AGENCY},
        clock_seen=clock_seen,
        booked=booked,
    )


def case(kind: DifferenceKind, subject: str, *, received_on: date = DAY) -> Discrepancy:
    return Discrepancy(
        kind=kind,
        dossier_code=subject,
        received_on=received_on,
        id=f"{kind}:{subject}",
        opened_on=DAY,
        last_seen_on=DAY,
    )


def test_a_dossier_of_a_compared_day_is_covered_and_one_of_another_day_is_not() -> None:
    assert findings().covers(case(K.STATE, number(1)))
    earlier = case(K.STATE, number(1), received_on=DAY - timedelta(days=1))
    assert not findings().covers(earlier)


def test_a_figure_is_covered_where_it_was_held_against_the_list() -> None:
    assert findings().covers(case(K.LISTED_NOT_COUNTED, CHECKED))
    assert not findings().covers(case(K.COUNTED_NOT_LISTED, "20181201-20181231:*:received"))


@pytest.mark.parametrize("seen", [True, False])
def test_a_clock_and_a_carrier_are_covered_where_they_were_looked_at(seen: bool) -> None:
    tonight = findings(clock_seen=seen, booked=(DAY, DAY) if seen else None)
    assert tonight.covers(case(K.CLOCK, "clock")) is seen
    for kind in (K.CARRIER_MISSING, K.CARRIER_UNKNOWN, K.CARRIER_STATE):
        assert tonight.covers(case(kind, "VG-1")) is seen


def test_a_carrier_is_covered_on_days_that_were_only_counted() -> None:
    earlier, later = DAY - timedelta(days=9), DAY + timedelta(days=1)
    tonight = findings(booked=(earlier, DAY))
    assert tonight.covers(case(K.CARRIER_STATE, "VG-1", received_on=earlier))
    assert not tonight.covers(case(K.CARRIER_STATE, "VG-1", received_on=later))
    assert not tonight.covers(case(K.STATE, number(1), received_on=earlier))


def test_a_difference_belongs_to_the_agency_of_its_dossier_or_of_its_figure() -> None:
    def agency(kind: DifferenceKind, subject: str) -> str:
        said = Difference(kind=kind, dossier_code=subject, received_on=DAY)
        return findings().agency_of(said)

    assert agency(K.STATE, number(1)) == AGENCY
    assert agency(K.LISTED_NOT_COUNTED, CHECKED) == AGENCY
    assert agency(K.LISTED_NOT_COUNTED, "20190101-20190131:*:received") == ""
    assert agency(K.CLOCK, "clock") == ""
