"""Reading both sides: what kind of night it is, and how a killed one goes on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Refusal
from postal_bridge.reconciliation.counting import COUNTS, FULL
from postal_bridge.reconciliation.gathering import agencies_of
from postal_bridge.reconciliation.night_house import NightPolicy, Step
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.reconciliation.ports import (
    OneStopMoved,
    OneStopPage,
    OneStopUnavailable,
    Slice,
    Tape,
)
from postal_bridge.reconciliation.records import Night
from postal_bridge.reconciliation.report import NightReport
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.storage import migrate
from tests.stages.reconciliation.nights import (
    EVENING,
    K,
    Sides,
    plant_one_of_every_class,
    two_sides,
)
from tests.stages.reconciliation.two_sides import DAY, RECEIVED, number

COUNTING = {"counts_first_from": 0, "full_sweep_days": 3}


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    async with two_sides(database_url, tmp_path) as both:
        yield both


class Watched(MemoryOneStop):
    """Notes what it is asked, and can fall silent after so many answers."""

    def __init__(self, sides: Sides, *, answers: int | None = None) -> None:
        super().__init__(sides.sandbox, page_size=3)
        self.listed: list[tuple[date, date]] = []
        self.counted = 0
        self.answered = 0
        self.most = answers

    @override
    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        self.listed.append((received_from, received_to))
        async for page in super().pages(
            received_from=received_from, received_to=received_to, tape=tape
        ):
            yield page

    @override
    async def count(self, part: Slice, *, tape: Tape | None = None) -> int:
        self.counted += 1
        return await super().count(part, tape=tape)

    @override
    async def check(self) -> None:
        if self.answered == self.most:
            raise OneStopUnavailable("503")
        self.answered += 1


async def night_with(sides: Sides, onestop: MemoryOneStop, day: date, **policy: object) -> Night:
    sides.clock.advance_to(EVENING + (day - DAY))
    house = replace(sides.house, onestop=onestop, policy=NightPolicy(**policy))  # type: ignore[arg-type]
    night = await run_night(house, day)
    assert not isinstance(night, Refusal)
    return night


async def test_a_small_province_is_always_compared_as_a_whole(sides: Sides) -> None:
    await sides.both(1, 2)
    onestop = Watched(sides)
    night = await night_with(sides, onestop, DAY)
    assert (night.sweep, onestop.counted) == (FULL, 0)


async def test_a_night_from_a_file_is_no_full_sweep_of_the_one_stop_system(sides: Sides) -> None:
    await sides.both(1, 2)
    file = Watched(sides)
    file.name = "file"
    await night_with(sides, file, DAY, **COUNTING)
    night = await night_with(sides, Watched(sides), DAY + timedelta(days=1), **COUNTING)
    assert night.sweep == FULL


async def test_counts_come_first_between_two_full_sweeps(sides: Sides) -> None:
    await sides.both(1, 2)
    sweeps = []
    for offset in range(5):
        onestop = Watched(sides)
        night = await night_with(sides, onestop, DAY + timedelta(days=offset), **COUNTING)
        sweeps.append((night.sweep, bool(onestop.counted), bool(onestop.listed)))
    full, counts = (FULL, False, True), (COUNTS, True, False)
    assert sweeps == [full, counts, counts, full, counts]


async def test_only_days_that_count_differently_are_listed(sides: Sides) -> None:
    for serial, days in ((1, 0), (2, 5), (3, 9)):
        moment = RECEIVED - timedelta(days=days)
        await sides.ours(serial, received_at=moment)
        sides.theirs(serial, receiveDate=f"{(DAY - timedelta(days=days)):%d/%m/%Y} 08:30:00")
    await night_with(sides, Watched(sides), DAY, **COUNTING)
    day = DAY - timedelta(days=5)
    received = f"{day:%d/%m/%Y} 08:30:00"
    sides.theirs(2, receiveDate=received, fromViaPostal=1)
    onestop = Watched(sides)
    night = await night_with(sides, onestop, DAY + timedelta(days=1), **COUNTING)
    assert onestop.listed == [(day, day)]
    assert await sides.kinds() == [(K.CHANNEL, number(2))]
    report = await sides.report(night)
    assert (report.sweep, report.counted_days, report.found) == (COUNTS, 44, 1)
    assert (night.ours, night.theirs) == (3, 1)

    # The case is looked up by its code on the next night, though no count differs any more.
    sides.theirs(2, receiveDate=received, fromViaPostal=0)
    onestop = Watched(sides)
    night = await night_with(sides, onestop, DAY + timedelta(days=2), **COUNTING)
    assert (onestop.listed, night.closed, night.open_cases) == ([], 1, 0)


async def test_a_night_that_is_run_after_it_was_cut_off_asks_only_what_it_does_not_know(
    sides: Sides,
) -> None:
    await sides.both(*range(1, 11))
    with pytest.raises(OneStopUnavailable):
        await night_with(sides, Watched(sides, answers=3), DAY)
    again = Watched(sides)
    night = await night_with(sides, again, DAY)
    # Four pages of three rows, of which three were on the tape; then three months of counts.
    assert again.answered == 1 + 3
    assert (night.theirs, night.found) == (10, 0)


async def plain_report(sides: Sides, night: Night) -> NightReport:
    report = await sides.report(night)
    report.written_at = EVENING
    return report


@pytest.mark.parametrize("answers", [0, 1, 2, 5, 8])
async def test_a_night_that_went_on_gives_the_report_of_one_that_was_never_cut_off(
    sides: Sides, tmp_path: Path, answers: int
) -> None:
    await plant_one_of_every_class(sides)
    with pytest.raises(OneStopUnavailable):
        await night_with(sides, Watched(sides, answers=answers), DAY)
    went_on = await plain_report(sides, await night_with(sides, Watched(sides), DAY))
    url = f"sqlite+aiosqlite:///{tmp_path}/never.db"
    await migrate.upgrade_async(url)
    async with two_sides(url, tmp_path) as other:
        await plant_one_of_every_class(other)
        whole = await plain_report(other, await night_with(other, Watched(other), DAY))
    assert went_on == whole


async def test_a_run_that_broke_off_too_long_ago_is_begun_anew(sides: Sides) -> None:
    await sides.both(1)
    with pytest.raises(OneStopUnavailable):
        await night_with(sides, Watched(sides, answers=0), DAY)
    sides.theirs(1, fromViaPostal=1)
    sides.clock.advance_to(EVENING + timedelta(hours=7))
    night = await night_with(sides, Watched(sides), DAY, resume_hours=6)
    assert night.started_at == EVENING + timedelta(hours=7)
    assert await sides.kinds() == [(K.CHANNEL, number(1))]


class AlwaysMoving(Watched):
    """Its list moves in every reading; `settled` ends that."""

    settled = False

    @override
    async def pages(
        self, *, received_from: date, received_to: date, tape: Tape | None = None
    ) -> AsyncIterator[OneStopPage]:
        async for page in super().pages(
            received_from=received_from, received_to=received_to, tape=tape
        ):
            yield page
            if not self.settled:
                raise OneStopMoved("the list moved in each of 3 readings")


async def test_answers_that_are_at_fault_are_not_played_back_to_the_next_try(
    sides: Sides,
) -> None:
    await sides.both(*range(1, 6))
    onestop = AlwaysMoving(sides)
    with pytest.raises(OneStopMoved):
        await night_with(sides, onestop, DAY)
    onestop.settled = True
    sides.theirs(6)
    night = await night_with(sides, onestop, DAY)
    assert (night.theirs, await sides.kinds()) == (6, [(K.MISSING_HERE, number(6))])


async def test_whoever_watches_is_told_each_step_once_it_begins(sides: Sides) -> None:
    await sides.both(1, 2, 3, 4)
    steps: list[Step] = []
    house = replace(sides.house, progress=lambda step, _done, _total: steps.append(step))
    sides.clock.advance_to(EVENING)
    await run_night(house, DAY)
    assert list(dict.fromkeys(steps)) == [
        Step.OURS,
        Step.LIST,
        Step.STATISTICS,
        Step.COMPARE,
        Step.SETTLE,
        Step.DONE,
    ]


def test_a_body_without_agency_counts_under_its_department() -> None:
    places = [
        Place(code="STP", name="Sở Tư pháp", kind="department", agency="H37.1"),
        Place(code="PCC1", name="Phòng Công chứng số 1", kind="body", department="STP"),
        Place(code="BDT", name="Bưu điện tỉnh", kind="post_office"),
    ]
    assert agencies_of(places) == {"STP": "H37.1", "PCC1": "H37.1"}
