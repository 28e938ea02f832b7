"""Midnight, holidays, wrong clocks, wrong counts: each is recognised for what it is."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from postal_bridge.clock import LOCAL
from postal_bridge.reconciliation.records import DifferenceKind
from postal_bridge.sandbox.onestop_statistics import Defect
from postal_bridge.settings import load_settings
from postal_bridge.worktime import LimitUnit, TimeLimit, WorkCalendar
from tests.invariants.nights.faulty_night import FaultyNight, faulty_night
from tests.invariants.nights.profiles import MAKES, OpenCpsMake, fact
from tests.stages.reconciliation.two_sides import RECEIVED, number

K = DifferenceKind
HOURS = timedelta(hours=1)


@pytest.fixture(params=MAKES)
async def night(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FaultyNight]:
    async with faulty_night(MAKES[request.param], tmp_path) as one:
        yield one


def at(day: int, hour: int, minute: int = 0, second: int = 0, *, month: int = 1) -> datetime:
    return datetime(2019, month, day, hour, minute, second, tzinfo=LOCAL)


@pytest.mark.parametrize("off", [7 * HOURS, -7 * HOURS])
async def test_a_clock_seven_hours_off_is_one_fault_and_hides_no_other(
    night: FaultyNight, off: timedelta
) -> None:
    # Some of these moments change their day by seven hours, in either direction; most do not.
    for serial, (hour, promised) in enumerate(
        [(8, 9), (9, 17), (10, 18), (11, 6), (14, 16), (6, 10), (17, 17), (18, 5)], start=1
    ):
        received_at, promised_at = at(9, hour), at(15, promised)
        await night.ours(serial, received_at=received_at, promised_at=promised_at)
        moved = {"received": received_at + off, "promised": promised_at + off}
        night.make.put(fact(serial, **moved, channel=3 if serial == 4 else 1))
    await night.until_done()
    assert sorted(await night.found()) == [(K.CHANNEL, number(4)), (K.CLOCK, "clock")]


async def test_a_clock_that_is_put_right_closes_its_case(night: FaultyNight) -> None:
    for serial in range(1, 7):
        await night.ours(serial)
        night.make.put(fact(serial, received=RECEIVED + 7 * HOURS))
    await night.until_done()
    assert await night.found() == [(K.CLOCK, "clock")]
    for serial in range(1, 7):
        night.make.put(fact(serial))
    assert (await night.until_done()).open_cases == 0


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (at(9, 23, 59, 59), at(10, 0, 0, 0)),
        (at(10, 0, 0, 0), at(9, 23, 59, 59)),
        (at(9, 22, 30), at(10, 1, 15)),
    ],
)
async def test_a_reception_on_either_side_of_midnight_is_told_with_both_moments(
    night: FaultyNight, ours: datetime, theirs: datetime
) -> None:
    await night.both(*range(20, 30))
    await night.ours(1, received_at=ours)
    night.make.put(fact(1, received=theirs))
    await night.until_done()
    assert await night.found() == [(K.MIDNIGHT, number(1))]


async def test_seconds_around_midnight_on_the_same_day_are_no_difference(
    night: FaultyNight,
) -> None:
    await night.both(*range(20, 30))
    for serial, moment in ((1, at(9, 0, 0, 0)), (2, at(9, 23, 59, 59))):
        await night.ours(serial, received_at=moment)
        night.make.put(fact(serial, received=moment))
    await night.until_done()
    assert await night.found() == []


@pytest.fixture
def calendar() -> WorkCalendar:
    return WorkCalendar.load(load_settings({}).calendar)


async def test_tet_and_make_up_saturdays_are_differences_only_where_one_side_forgot_them(
    night: FaultyNight, calendar: WorkCalendar
) -> None:
    """Saturday 05/01/2019 was worked in place of Monday 31/12/2018; Tết was 4 to 8 February."""
    saturday, before = at(5, 9), at(4, 16)
    limit = TimeLimit(20, LimitUnit.WORKING_DAY)
    for serial, received_at in ((1, saturday), (2, before), (3, before)):
        promised_at = calendar.deadline(received_at, limit)
        await night.ours(serial, received_at=received_at, promised_at=promised_at)
        # A system without a table of holidays counts the days of Tết as working days.
        forgotten = promised_at - timedelta(days=7 if serial == 3 else 0)
        night.make.put(fact(serial, received=received_at, promised=forgotten))
    await night.both(*range(20, 26))
    await night.until_done()
    assert await night.found() == [(K.PROMISED_DAY, number(3))]


async def test_postal_dossiers_that_statistics_lose_are_a_fault_of_the_statistics(
    tmp_path: Path,
) -> None:
    """Reference one-stop 3.1: viaPostal is counted only while it is 2; 3 and 4 fall out."""
    async with faulty_night(OpenCpsMake, tmp_path) as night:
        assert isinstance(night.make, OpenCpsMake)
        for serial in range(1, 6):
            await night.ours(serial, return_mode=1)
            night.make.put(fact(serial, return_mode=1))
        for serial in (1, 2):
            night.make.stand.sandbox.put({"dossierNo": number(serial), "viaPostal": 3})
        night.make.plan.defects = frozenset({Defect.VIA_POSTAL_ONLY_TWO})
        await night.until_done()
        found = await night.found()
        assert {kind for kind, _ in found} == {K.LISTED_NOT_COUNTED}
        assert all(code.endswith(":postal_registered") for _, code in found)
        assert len(found) == 1


async def test_a_count_that_is_a_day_behind_is_a_fault_of_the_statistics(tmp_path: Path) -> None:
    async with faulty_night(OpenCpsMake, tmp_path) as night:
        await night.both(*range(1, 6))
        night.make.plan.defects = frozenset({Defect.A_DAY_BEHIND})
        await night.until_done()
        assert {kind for kind, _ in await night.found()} == {K.LISTED_NOT_COUNTED}
        night.make.plan.defects = frozenset()
        assert (await night.until_done()).open_cases == 0


async def test_a_dossier_that_is_mended_while_the_list_is_read_is_no_difference(
    night: FaultyNight,
) -> None:
    await night.both(*range(1, 12))
    night.make.put(fact(3, channel=3))
    find = night.onestop.find

    async def mended_meanwhile(code: str) -> object:
        night.make.put(fact(3))
        return await find(code)

    night.onestop.find = mended_meanwhile  # type: ignore[method-assign, assignment]
    await night.until_done()
    assert await night.found() == []
    assert night.make.codes().count(number(3)) == 1
