"""With every fault in turn, and in any combination: each difference once, and no false alarm."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postal_bridge.reconciliation.records import DifferenceKind
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests.invariants.nights.faulty_night import FaultyNight, Found, faulty_night
from tests.invariants.nights.profiles import MAKES

MOVING = {FaultKind.ROW_APPEARS, FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP}
SHORTER_THAN_PATIENCE, LONGER = 0.01, 0.6
"""Seconds that a slow answer takes; the adapter waits 0.3 s for one."""


async def planted_and_nothing_else(one: FaultyNight, planted: Found) -> None:
    """Every planted difference is one case of its class, and there is no other case."""
    await one.until_done()
    found = await one.found()
    moved = one.moved()
    gone = {code for kind, code in moved if kind is DifferenceKind.MISSING_THERE}
    left = {
        (kind, code)
        for kind, code in planted
        if code not in gone and not (kind is DifferenceKind.MISSING_HERE and is_gone(one, code))
    }
    twice_no_more = {
        (DifferenceKind.DUPLICATE_CODE, code)
        for kind, code in planted
        if kind is DifferenceKind.DUPLICATE_CODE and one.make.codes().count(code) < 2
    }
    assert sorted(found) == sorted((left - twice_no_more) | moved)
    assert await one.letters() == 1


def is_gone(one: FaultyNight, code: str) -> bool:
    return code not in one.make.codes()


@pytest.mark.parametrize("make", MAKES)
async def test_without_any_fault_every_planted_difference_is_found(
    make: str, tmp_path: Path
) -> None:
    async with faulty_night(MAKES[make], tmp_path) as one:
        await planted_and_nothing_else(one, await one.plant())
        assert one.tries == 1


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("kind", FaultKind)
async def test_with_each_fault_in_turn_every_planted_difference_is_found_once(
    make: str, kind: FaultKind, tmp_path: Path
) -> None:
    # Every fault meets the first page of one make and a later page of another.
    after = 2 * ((list(MAKES).index(make) + list(FaultKind).index(kind)) % 2)
    async with faulty_night(MAKES[make], tmp_path) as one:
        planted = await one.plant()
        one.make.plan.faults.append(
            Fault(kind=kind, route=one.make.PAGED, after=after, seconds=LONGER)
        )
        await planted_and_nothing_else(one, planted)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("kind", sorted(set(FaultKind) - MOVING))
async def test_statistics_that_fail_cost_a_remark_and_no_difference(
    make: str, kind: FaultKind, tmp_path: Path
) -> None:
    async with faulty_night(MAKES[make], tmp_path) as one:
        planted = await one.plant()
        one.make.plan.faults.append(
            Fault(kind=kind, route=one.make.COUNTED, times=None, seconds=LONGER)
        )
        await planted_and_nothing_else(one, planted)


@pytest.mark.parametrize("make", MAKES)
async def test_numbers_that_come_as_text_are_the_same_numbers(make: str, tmp_path: Path) -> None:
    async with faulty_night(MAKES[make], tmp_path) as one:
        planted = await one.plant()
        one.make.plan.numbers_as_text = True
        await planted_and_nothing_else(one, planted)


faults = st.builds(
    Fault,
    kind=st.sampled_from(FaultKind),
    route=st.sampled_from(["*", "paged", "counted"]),
    times=st.integers(1, 3),
    after=st.integers(0, 6),
    status=st.sampled_from([500, 502, 503, 504]),
    seconds=st.sampled_from([SHORTER_THAN_PATIENCE, LONGER]),
    retry_after=st.sampled_from(["", "1", "Thu, 10 Jan 2019 16:31:00 GMT", "soon"]),
)


@pytest.mark.parametrize("make", MAKES)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=st.lists(faults, min_size=2, max_size=5))
async def test_with_faults_in_any_combination_every_planted_difference_is_found_once(
    make: str, plan: list[Fault]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with faulty_night(MAKES[make], Path(folder)) as one:
            planted = await one.plant()
            routes = {"*": "*", "paged": one.make.PAGED, "counted": one.make.COUNTED}
            for fault in plan:
                fault.route = routes[fault.route]
            one.make.plan.faults += plan
            await planted_and_nothing_else(one, planted)
