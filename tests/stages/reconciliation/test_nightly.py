"""A night from the first question to the seal, on both databases, against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from typing_extensions import override

from postal_bridge.clock import LOCAL
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Status
from postal_bridge.reconciliation.night_house import Step
from postal_bridge.reconciliation.nightly import run_night, settled_since
from postal_bridge.reconciliation.ports import (
    NightWork,
    OneStopRefused,
    OneStopStatistics,
    OneStopUnavailable,
    Tape,
)
from postal_bridge.reconciliation.records import EntryKind, NightState
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.sandbox.onestop_statistics import Defect
from postal_bridge.storage.engine import Storage
from tests.stages.reconciliation.nights import (
    EVENING,
    K,
    Sides,
    plant_one_of_every_class,
    two_sides,
)
from tests.stages.reconciliation.two_sides import DAY, number
from tests.stores import a_position, an_event, an_item, opened


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    async with two_sides(database_url, tmp_path) as both:
        yield both


async def test_a_quiet_night_finds_nothing_and_says_what_it_looked_at(sides: Sides) -> None:
    await sides.both(1, 2, 3, 4)
    night = await sides.night()
    assert (night.state, night.day, night.source) == (NightState.DONE, DAY, "memory")
    assert (night.ours, night.theirs, night.uncompared) == (4, 4, 0)
    assert (night.found, night.opened, night.closed, night.open_cases) == (0, 0, 0, 0)
    assert night.statistics == ""
    assert "tính đến phút" in night.on_time_rule
    assert night.window_from == DAY - timedelta(days=44)
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.night(DAY) == night


async def test_every_answer_is_kept_as_it_came(sides: Sides) -> None:
    await sides.both(1, 2, 3, 4)
    night = await sides.night()
    kept = [await sides.vault.fetch(name) for name in night.evidence.split()]
    pages = [
        page.raw
        async for page in sides.onestop.pages(received_from=night.window_from, received_to=DAY)
    ]
    assert len(pages) == 2
    assert kept[:2] == pages
    # The window touches November, December and January; both snapshots come last.
    assert len(kept) == 2 + 3 + 2


async def test_the_night_seals_the_day(sides: Sides) -> None:
    async with sides.storage.begin() as work:
        await work.custody.add_item(an_item())
        await work.custody.record(an_event(1), a_position(1))
    night = await sides.night()
    async with sides.storage.begin(write=False) as work:
        (sealed,) = await work.ledger.days()
    assert (sealed.day, sealed.events, sealed.root) == (DAY, 1, night.ledger_root)


async def test_every_planted_difference_becomes_one_case_and_nothing_else_does(
    sides: Sides,
) -> None:
    planted = await plant_one_of_every_class(sides)
    night = await sides.night()
    found = await sides.kinds()
    assert set(found) == planted
    assert len(found) == len(planted) == 12
    assert (night.found, night.opened, night.open_cases) == (12, 12, 12)


async def test_the_same_night_again_gives_the_same_cases_and_the_same_figures(
    sides: Sides,
) -> None:
    await plant_one_of_every_class(sides)
    first, cases = await sides.night(), await sides.cases()
    sides.clock.advance_to(EVENING + timedelta(minutes=5))
    second = await sides.night()
    assert await sides.cases() == cases
    times = {"started_at", "finished_at"}
    assert second.model_dump(exclude=times) == first.model_dump(exclude=times)
    assert second.started_at > first.started_at


async def test_a_night_that_was_settled_is_known_to_whoever_was_killed_before_noting_it(
    sides: Sides,
) -> None:
    night = await sides.night()
    found = partial(settled_since, sides.storage, night.day)
    assert await found(EVENING, source=night.source) == night
    assert await found(EVENING + timedelta(hours=1), source=night.source) is None
    assert await found(EVENING, source="file") is None
    assert (
        await settled_since(sides.storage, DAY - timedelta(days=1), EVENING, source=night.source)
        is None
    )


async def test_two_processes_that_run_one_night_at_once_make_its_cases_once(
    sides: Sides,
) -> None:
    planted = await plant_one_of_every_class(sides)
    sides.clock.advance_to(EVENING)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(sides.night())
    assert set(await sides.kinds()) == planted
    assert len(await sides.cases()) == len(planted)


class Together:
    """A night's database; with what it has found, the night waits here for the other one."""

    def __init__(self, storage: Storage, both: asyncio.Barrier) -> None:
        self._storage = storage
        self._both = both
        self._found = False

    def progress(self, step: Step, done: int, total: int) -> None:
        assert (done, total) >= (0, 0)
        self._found = step is Step.SETTLE

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[NightWork]:
        if self._found:
            await self._both.wait()
        async with self._storage.begin(write=write) as work:
            yield work


async def test_two_nights_that_write_at_the_same_moment_open_each_case_once(
    sides: Sides, database_url: str
) -> None:
    planted = await plant_one_of_every_class(sides)
    sides.clock.advance_to(EVENING)
    both = asyncio.Barrier(2)
    async with opened(database_url) as other, asyncio.TaskGroup() as group:
        for storage in (sides.storage, other):
            end = Together(storage, both)
            house = replace(sides.house, storage=end, progress=end.progress)
            group.create_task(run_night(house, DAY))
    assert set(await sides.kinds()) == planted
    async with sides.storage.begin(write=False) as work:
        for case in await work.nights.cases(open_only=True):
            assert [one.kind for one in await work.nights.entries(case.id)] == [EntryKind.OPENED]


async def test_a_case_ages_closes_and_comes_back_as_the_same_case(sides: Sides) -> None:
    await sides.both(1)
    sides.theirs(1, fromViaPostal=1)
    await sides.night()
    (born,) = await sides.cases()

    night = await sides.night(DAY + timedelta(days=1))
    (case,) = await sides.cases()
    assert (case.id, case.age_days(night.day), night.opened) == (born.id, 1, 0)

    sides.theirs(1, fromViaPostal=0)
    night = await sides.night(DAY + timedelta(days=2))
    (case,) = await sides.cases()
    assert (case.closed_on, night.closed, night.open_cases) == (night.day, 1, 0)

    sides.theirs(1, fromViaPostal=1)
    night = await sides.night(DAY + timedelta(days=3))
    (case,) = await sides.cases()
    assert (case.id, case.reopened, case.closed_on) == (born.id, 1, None)
    assert (night.found, night.opened, night.open_cases) == (1, 0, 1)


async def test_what_a_supervisor_wrote_into_a_case_stays(sides: Sides) -> None:
    await sides.ours(1)
    await sides.night()
    (case,) = await sides.cases()
    async with sides.storage.begin() as work:
        mine = case.model_copy(update={"owner": "thu", "explanation": "một cửa đang sửa"})
        await work.nights.put_case(mine)
    await sides.night(DAY + timedelta(days=1))
    (case,) = await sides.cases()
    assert (case.owner, case.explanation) == ("thu", "một cửa đang sửa")
    assert case.last_seen_on == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("10/01/2019 23:59:59", "11/01/2019 00:00:00"),  # theirs is not in tonight's window
        ("11/01/2019 00:00:00", "10/01/2019 23:59:59"),  # ours is not
    ],
)
async def test_midnight_between_two_receptions_is_a_wrong_day_and_nobody_is_missing(
    sides: Sides, here: str, there: str
) -> None:
    ours = datetime.strptime(here, "%d/%m/%Y %H:%M:%S").replace(tzinfo=LOCAL)
    await sides.ours(1, received_at=ours.astimezone(UTC))
    sides.theirs(1, receiveDate=there)
    sides.clock.advance_to(EVENING + timedelta(hours=1))
    await sides.night()
    assert await sides.kinds() == [(K.MIDNIGHT, number(1))]
    # The next night has both in its window and says the same; the case is the same one.
    await sides.night(DAY + timedelta(days=1))
    assert await sides.kinds() == [(K.MIDNIGHT, number(1))]


async def test_the_first_and_the_last_second_of_a_day_belong_to_it(sides: Sides) -> None:
    for serial, moment in enumerate(
        ("09/01/2019 23:59:59", "10/01/2019 00:00:00", "10/01/2019 23:59:59", "11/01/2019 00:00:00")
    ):
        local = datetime.strptime(moment, "%d/%m/%Y %H:%M:%S").replace(tzinfo=LOCAL)
        await sides.ours(serial, received_at=local.astimezone(UTC))
        sides.theirs(serial, receiveDate=moment)
    night = await sides.night(lookback_days=1)
    assert (night.window_from, night.ours, night.theirs, night.found) == (DAY, 2, 2, 0)


async def test_an_old_case_outside_the_window_is_looked_up_and_closes_when_it_is_mended(
    sides: Sides,
) -> None:
    await sides.both(1, 2)
    sides.theirs(1, fromViaPostal=1)
    sides.theirs(2, fromViaPostal=1)
    await sides.night()
    sides.theirs(1, fromViaPostal=0)
    later = DAY + timedelta(days=60)
    night = await sides.night(later)
    assert (night.ours, night.theirs, night.closed) == (0, 0, 1)
    mended, still = await sides.cases()
    assert (mended.closed_on, still.closed_on, still.last_seen_on) == (later, None, later)


async def test_look_ups_are_bounded_and_what_was_not_asked_says_so(sides: Sides) -> None:
    for serial in range(1, 6):
        await sides.ours(serial)
        # Each was received the day before the window: all five are there.
        sides.theirs(serial, receiveDate="09/01/2019 08:00:00")
    night = await sides.night(lookback_days=1, most_look_ups=2)
    assert sides.onestop.asked == 2
    kinds = [case.kind for case in await sides.cases()]
    assert (kinds.count(K.RECEIVED_DAY), kinds.count(K.MISSING_THERE)) == (2, 3)
    said = {case.theirs for case in await sides.cases() if case.kind == K.MISSING_THERE}
    assert said == {"không có trong danh sách; chưa tra cứu riêng mã này"}
    assert night.found == 5


async def test_a_code_that_is_twice_outside_the_window_does_not_end_the_night(
    sides: Sides,
) -> None:
    await sides.ours(1)
    sides.theirs(1, receiveDate="09/01/2019 08:00:00")
    sides.theirs(1, dossierId=9001, receiveDate="09/01/2019 09:00:00")
    await sides.night(lookback_days=1)
    assert await sides.kinds() == [(K.DUPLICATE_CODE, number(1))]


async def test_a_dossier_that_we_refused_is_no_difference_where_they_refused_it_too(
    sides: Sides,
) -> None:
    await sides.ours(1, status=Status.REFUSED, promised_at=None)
    sides.theirs(1, dossierStatus="denied")
    await sides.ours(2, status=Status.REFUSED, promised_at=None)
    sides.theirs(2)
    sides.theirs(3, dossierStatus="denied")
    await sides.night()
    assert await sides.kinds() == [(K.STATE, number(2))]


@pytest.mark.parametrize(
    "accident", [OneStopUnavailable("503 Service Unavailable"), OneStopRefused("HTML, không JSON")]
)
async def test_a_night_without_answer_is_written_down_and_changes_no_case(
    sides: Sides, accident: OneStopUnavailable | OneStopRefused
) -> None:
    await sides.ours(1)
    await sides.night()
    before = await sides.cases()
    sides.onestop.broken = accident
    tomorrow = DAY + timedelta(days=1)
    with pytest.raises(type(accident)):
        await sides.night(tomorrow)
    assert await sides.cases() == before
    async with sides.storage.begin(write=False) as work:
        failed = await work.nights.night(tomorrow)
        days = await work.ledger.days()
    assert failed is not None
    assert (failed.state, failed.error) == (NightState.FAILED, str(accident))
    assert (failed.found, failed.open_cases) == (0, 0)
    assert days[-1].root == failed.ledger_root

    sides.onestop.broken = None
    night = await sides.night(tomorrow)
    assert (night.state, night.error, night.found) == (NightState.DONE, None, 1)


async def test_a_repeat_that_fails_does_not_wipe_out_the_night_that_was_done(
    sides: Sides,
) -> None:
    await sides.ours(1)
    done = await sides.night()
    sides.onestop.broken = OneStopUnavailable("503")
    with pytest.raises(OneStopUnavailable):
        await sides.night()
    async with sides.storage.begin(write=False) as work:
        kept = await work.nights.night(DAY)
    assert kept is not None
    assert kept.model_dump(exclude={"error"}) == done.model_dump(exclude={"error"})
    assert kept.error == "Lần chạy lại lúc 10/01/2019 23:30 không xong: 503"


async def test_a_date_that_has_not_come_is_refused_and_nothing_is_written(sides: Sides) -> None:
    sides.clock.advance_to(EVENING)
    tomorrow = DAY + timedelta(days=1)
    answer = await sides.any_night(tomorrow)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.facts) == (Reason.NIGHT_IN_FUTURE, {"date": "11/01/2019"})
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.nights(limit=10) == []
        assert await work.ledger.days() == []


async def test_statistics_that_miscount_are_told_and_change_nothing(sides: Sides) -> None:
    await sides.both(1, 2)
    sides.onestop.defects = frozenset({Defect.A_DAY_BEHIND})
    night = await sides.night()
    (case,) = await sides.cases()
    assert (night.found, case.kind) == (1, K.LISTED_NOT_COUNTED)
    assert case.ours == "danh sách của một cửa có 2"

    sides.onestop.defects = frozenset()
    assert (await sides.night(DAY + timedelta(days=1))).closed == 1


class WithoutCount(MemoryOneStop):
    """A system whose statistics do not answer."""

    @override
    async def statistics(
        self, *, first: date, last: date, tape: Tape | None = None
    ) -> OneStopStatistics:
        raise OneStopUnavailable("503")


async def test_a_night_without_statistics_is_a_night_all_the_same(sides: Sides) -> None:
    await sides.both(1)
    silent = WithoutCount(sides.sandbox)
    sides.clock.advance_to(EVENING)
    night = await run_night(replace(sides.house, onestop=silent), DAY)
    assert not isinstance(night, Refusal)
    assert night.state == NightState.DONE
    assert night.statistics == "Không có thống kê của hệ thống một cửa: 503"


class KilledError(Exception):
    """Stands for a process that ends at once."""


class DiesAt:
    """A storage whose n-th transaction dies just before its end."""

    def __init__(self, storage: Storage, *, nth: int) -> None:
        self._storage = storage
        self._left = nth

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]:
        self._left -= 1
        return self._storage.begin(write=write) if self._left else self._dying(write=write)

    def _dying(self, *, write: bool) -> AbstractAsyncContextManager[NightWork]:
        @asynccontextmanager
        async def dying() -> AsyncIterator[NightWork]:
            async with self._storage.begin(write=write) as work:
                yield work
                raise KilledError

        return dying()


@pytest.mark.parametrize("nth", range(1, 12))
async def test_a_night_killed_in_the_middle_leaves_nothing_and_is_run_again(
    sides: Sides, nth: int
) -> None:
    planted = await plant_one_of_every_class(sides)
    sides.clock.advance_to(EVENING)
    with pytest.raises(KilledError):
        await run_night(replace(sides.house, storage=DiesAt(sides.storage, nth=nth)), DAY)
    assert await sides.cases() == []
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.nights(limit=10) == []
        assert await work.ledger.days() == []
    night = await sides.night()
    assert set(await sides.kinds()) == planted
    assert night.opened == len(planted)
