"""Once per date, whatever the number of processes; missed dates in order; killed, then again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import date, datetime, time, timedelta

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Reason, refuse
from postal_bridge.jobs.nightly import (
    JOB,
    MOST_MISSED_DAYS,
    OVERDUE_TOPIC,
    NightlyJob,
    due_days,
)
from postal_bridge.reconciliation.ports import OneStopUnavailable
from postal_bridge.settings import load_settings
from postal_bridge.storage.engine import Storage
from tests.stores import opened

SETTINGS = load_settings({}).nightly.model_copy(
    update={"at": time(23, 30), "warn_at": time(6), "lease_minutes": 30}
)
DAY = date(2019, 1, 10)
PROCESSES = 6


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2019, 1, day, hour, minute, tzinfo=LOCAL)


def january(*days: int) -> list[date]:
    return [date(2019, 1, day) for day in days]


def due(finished: list[str], now: datetime) -> list[date]:
    return due_days(finished, now=now, at=SETTINGS.at)


def test_a_date_is_due_from_the_stated_minute_of_its_evening() -> None:
    assert due(["2019-01-09"], local(10, 23, 29)) == []
    assert due(["2019-01-09"], local(10, 23, 30)) == january(10)
    assert due(["2019-01-10"], local(10, 23, 30)) == []


def test_missed_dates_are_due_in_order_and_tonight_only_from_its_minute() -> None:
    finished = ["2019-01-05", "2019-01-06"]
    assert due(finished, local(10, 8)) == january(7, 8, 9)
    assert due(finished, local(10, 23, 45)) == january(7, 8, 9, 10)


def test_a_house_that_has_no_night_yet_has_missed_none() -> None:
    assert due([], local(10, 8)) == []
    assert due([], local(10, 23, 30)) == january(10)


def test_dates_that_were_missed_too_long_ago_are_given_up() -> None:
    days = due(["2018-06-01"], local(31, 23, 30))
    assert len(days) == MOST_MISSED_DAYS
    assert (days[0], days[-1]) == (date(2019, 1, 1), date(2019, 1, 31))


class House:
    """Processes that share a database, each with its own connections, and one clock."""

    def __init__(self, storages: list[Storage]) -> None:
        self.storages = storages
        self.clock = ReplayClock(local(10, 23, 30))
        self.ran: list[tuple[str, date]] = []
        self.begun = asyncio.Event()
        self.during: Callable[[date], Awaitable[object]] | None = None

    def process(
        self, index: int = 0, *, sleep: Callable[[float], Awaitable[None]] | None = None
    ) -> NightlyJob:
        owner = f"process-{index}"

        async def night(day: date) -> object:
            self.ran.append((owner, day))
            self.begun.set()
            await asyncio.sleep(0)
            return None if self.during is None else await self.during(day)

        return NightlyJob(
            storage=self.storages[index],
            clock=self.clock,
            settings=SETTINGS,
            owner=owner,
            night=night,
            sleep=sleep or asyncio.sleep,
        )

    async def finished(self) -> list[str]:
        async with self.storages[0].begin(write=False) as work:
            return list(await work.job_runs.finished(JOB))

    async def finish(self, day: date) -> None:
        async with self.storages[0].begin() as work:
            now = self.clock.now()
            await work.job_runs.claim(JOB, day.isoformat(), owner="before", now=now, until=now)
            await work.job_runs.done(JOB, day.isoformat(), now=now)


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(
            [await stack.enter_async_context(opened(database_url)) for _ in range(PROCESSES)]
        )


async def test_six_processes_that_look_at_once_run_a_date_once(house: House) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(house.process(index).run_due()) for index in range(PROCESSES)]
    assert [day for task in tasks for day in task.result()] == [DAY]
    assert [day for _, day in house.ran] == [DAY]
    assert await house.finished() == ["2019-01-10"]


async def test_a_first_night_that_was_killed_is_made_up_for_on_the_next_day(house: House) -> None:
    house.during = hang
    await stopped(await begun(house, house.process()))
    house.during = None
    house.clock.advance_to(local(12, 8))
    assert await house.process(1).run_due() == january(10, 11)


async def warnings(house: House) -> list[str]:
    async with house.storages[0].begin() as work:
        now = house.clock.now()
        waiting = await work.outbox.claim(
            topics=[OVERDUE_TOPIC], owner="t", now=now, until=now, limit=9
        )
    return [message.key for message in waiting]


async def test_a_night_that_has_not_run_by_morning_is_told_once_whoever_looks(house: House) -> None:
    await house.finish(date(2019, 1, 9))
    house.clock.advance_to(local(11, 5, 59))
    assert await house.process().warn_overdue() == []
    house.clock.advance_to(local(11, 6))
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(house.process(index).warn_overdue()) for index in range(PROCESSES)
        ]
    assert [day for task in tasks for day in task.result()] == [DAY]
    assert await house.process().warn_overdue() == []
    assert await warnings(house) == ["2019-01-10"]


async def test_a_night_that_is_done_or_has_not_come_yet_is_no_warning(house: House) -> None:
    await house.finish(DAY)
    house.clock.advance_to(local(11, 23, 45))
    assert await house.process().warn_overdue() == []
    assert await warnings(house) == []


async def test_a_date_that_is_finished_is_not_run_again(house: House) -> None:
    assert await house.process().run_due() == [DAY]
    assert await house.process(1).run_due() == []
    assert len(house.ran) == 1


async def test_missed_dates_are_made_up_for_in_order_each_once(house: House) -> None:
    await house.finish(date(2019, 1, 6))
    async with asyncio.TaskGroup() as group:
        for index in range(PROCESSES):
            group.create_task(house.process(index).run_due())
    assert await house.process().run_due() == []
    assert [day for _, day in house.ran] == january(7, 8, 9, 10)


async def test_a_night_that_fails_is_tried_again_after_a_quarter_of_an_hour(house: House) -> None:
    await house.finish(date(2019, 1, 8))

    async def broken(_day: date) -> object:
        raise OneStopUnavailable("503")

    house.during = broken
    assert await house.process().run_due() == []
    # The later date waits for the earlier one, and nobody tries too soon.
    assert [day for _, day in house.ran] == january(9)
    house.clock.advance_to(local(10, 23, 44))
    assert await house.process(1).run_due() == []
    assert [day for _, day in house.ran] == january(9)

    house.during = None
    house.clock.advance_to(local(10, 23, 46))
    assert await house.process(1).run_due() == january(9, 10)
    assert await house.finished() == ["2019-01-08", "2019-01-09", "2019-01-10"]


async def test_a_night_that_is_refused_is_not_finished(house: House) -> None:
    async def refused(_day: date) -> object:
        return refuse(Reason.NIGHT_IN_FUTURE, "date", date="10/01/2019")

    house.during = refused
    assert await house.process().run_due() == []
    assert await house.finished() == []


async def hang(_day: date) -> object:
    await asyncio.Event().wait()
    return None


async def begun(house: House, job: NightlyJob) -> "asyncio.Task[list[date]]":
    task = asyncio.create_task(job.run_due())
    await house.begun.wait()
    return task


async def stopped(task: "asyncio.Task[list[date]]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_process_that_is_told_to_stop_gives_its_date_back_at_once(house: House) -> None:
    house.during = hang
    await stopped(await begun(house, house.process()))
    house.during = None
    house.clock.advance_to(local(10, 23, 31))
    assert await house.process(1).run_due() == [DAY]


async def test_the_date_of_a_killed_process_is_free_when_its_lease_ends(house: House) -> None:
    # What a SIGKILL leaves: the claim in the database, and nobody.
    now = house.clock.now()
    async with house.storages[0].begin() as work:
        until = now + timedelta(minutes=SETTINGS.lease_minutes)
        assert await work.job_runs.claim(JOB, "2019-01-10", owner="dead", now=now, until=until)
    house.clock.advance_to(local(10, 23, 59))
    assert await house.process(1).run_due() == []
    house.clock.advance_to(local(11, 0, 1))
    assert await house.process(1).run_due() == [DAY]


async def test_a_long_night_keeps_its_lease(house: House) -> None:
    pauses: asyncio.Queue[float] = asyncio.Queue()
    go_on: asyncio.Queue[None] = asyncio.Queue()

    async def beat(seconds: float) -> None:
        pauses.put_nowait(seconds)
        await go_on.get()

    house.during = hang
    task = await begun(house, house.process(sleep=beat))
    assert await pauses.get() == 600.0
    for minutes in (10, 20, 30, 40):
        house.clock.advance_to(local(10, 23, 30) + timedelta(minutes=minutes))
        go_on.put_nowait(None)
        # The next pause begins when the lease has been renewed.
        assert await pauses.get() == 600.0
    # The first lease would have ended ten minutes ago.
    assert await house.process(1).run_due() == []
    await stopped(task)
    assert len(house.ran) == 1
