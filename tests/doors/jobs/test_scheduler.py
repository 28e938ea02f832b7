"""The timetable starts what is due, goes on after accidents, and stops without leaving anything."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.jobs.nightly import JOB
from postal_bridge.jobs.scheduler import Jobs, Patient, build_jobs
from postal_bridge.outbox import Claimed
from postal_bridge.reconciliation.ports import OneStopUnavailable
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.months import LedgerMonths
from tests.stores import opened

EVENING = datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL)
DAY = date(2019, 1, 10)


@pytest.fixture
def quick() -> Settings:
    """The settings as delivered, but in a hurry."""
    settings = load_settings({})
    outbox = settings.outbox.model_copy(update={"poll_seconds": 0.02})
    return settings.model_copy(update={"outbox": outbox})


class Processes:
    """Builds processes on one database and stops them all at the end."""

    def __init__(self, storages: list[Storage], settings: Settings) -> None:
        self.storages = storages
        self.settings = settings
        self.clock = ReplayClock(EVENING)
        self.nights: list[date] = []
        self.night_begun = asyncio.Event()
        self.delivered: list[str] = []
        self.message_done = asyncio.Event()
        self.jobs: list[Jobs] = []

    async def night(self, day: date) -> object:
        self.nights.append(day)
        self.night_begun.set()
        await asyncio.sleep(0.05)
        return None

    async def deliver(self, message: Claimed) -> None:
        self.delivered.append(message.key)
        self.message_done.set()

    async def start(
        self, index: int = 0, *, night: Callable[[date], Awaitable[object]] | None = None
    ) -> Jobs:
        jobs = build_jobs(
            storage=self.storages[index],
            clock=self.clock,
            settings=self.settings,
            owner=f"process-{index}",
            night=night or self.night,
            months=LedgerMonths(self.storages[index]),
            handlers={"notice": self.deliver},
            look_seconds=0.02,
        )
        self.jobs.append(jobs)
        await jobs.start()
        return jobs

    async def finished(self) -> list[str]:
        async with self.storages[0].begin(write=False) as work:
            return list(await work.job_runs.finished(JOB))

    async def until_finished(self) -> None:
        """Polls: what tells of the end is the database, as for any other process."""
        done = False
        while not done:
            await asyncio.sleep(0.01)
            done = bool(await self.finished())


@pytest.fixture
async def processes(database_url: str, quick: Settings) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        storages = [await stack.enter_async_context(opened(database_url)) for _ in range(2)]
        made = Processes(storages, quick)
        yield made
        for jobs in made.jobs:
            await jobs.stop(grace_seconds=0)


async def test_two_schedulers_run_a_night_once(processes: Processes) -> None:
    await processes.start(0)
    await processes.start(1)
    async with asyncio.timeout(30):
        await processes.until_finished()
    # Both go on looking for a while; nobody runs it again.
    await asyncio.sleep(0.2)
    assert processes.nights == [DAY]
    assert await processes.finished() == ["2019-01-10"]


async def test_a_waiting_message_leaves_by_itself(processes: Processes) -> None:
    await processes.start()
    async with processes.storages[1].begin() as work:
        await work.outbox.put("notice", key="n1", payload={})
    async with asyncio.timeout(30):
        await processes.message_done.wait()
    assert processes.delivered == ["n1"]


async def test_the_timetable_goes_on_after_a_failure(processes: Processes) -> None:
    failures: list[date] = []

    async def first_fails(day: date) -> object:
        if not failures:
            failures.append(day)
            raise OneStopUnavailable("503")
        return await processes.night(day)

    await processes.start(night=first_fails)
    async with asyncio.timeout(30):
        while not processes.nights:
            # The quarter of an hour begins when the failure is written down, so time goes on
            # until somebody has tried again.
            if failures:
                processes.clock.advance_to(processes.clock.now() + timedelta(minutes=16))
            await asyncio.sleep(0.05)
        await processes.until_finished()
    assert (failures, processes.nights) == ([DAY], [DAY])


async def test_stopping_waits_for_a_night_that_is_nearly_done(processes: Processes) -> None:
    jobs = await processes.start()
    async with asyncio.timeout(30):
        await processes.night_begun.wait()
        await jobs.stop(grace_seconds=20)
    assert await processes.finished() == ["2019-01-10"]


async def test_stopping_cancels_a_night_that_hangs_and_gives_its_date_back(
    processes: Processes,
) -> None:
    hanging = asyncio.Event()

    async def hang(_day: date) -> object:
        hanging.set()
        await asyncio.Event().wait()
        return None

    jobs = await processes.start(night=hang)
    async with asyncio.timeout(30):
        await hanging.wait()
        await jobs.stop(grace_seconds=0.01)
        processes.clock.advance_to(EVENING.replace(minute=31))
        await processes.start(1)
        await processes.until_finished()
    assert processes.nights == [DAY]


async def test_nothing_runs_after_the_stop_and_stopping_twice_is_no_harm(
    processes: Processes,
) -> None:
    jobs = await processes.start()
    await jobs.stop()
    await jobs.stop()
    async with processes.storages[1].begin() as work:
        await work.outbox.put("notice", key="n1", payload={})
    await asyncio.sleep(0.1)
    assert processes.delivered == []


@pytest.mark.parametrize("enabled", [True, False])
async def test_without_a_one_stop_or_switched_off_there_is_no_night_but_an_outbox(
    processes: Processes, enabled: bool
) -> None:
    nightly = processes.settings.nightly.model_copy(update={"enabled": enabled})
    jobs = build_jobs(
        storage=processes.storages[0],
        clock=processes.clock,
        settings=processes.settings.model_copy(update={"nightly": nightly}),
        owner="alone",
        night=None if enabled else processes.night,
        months=LedgerMonths(processes.storages[0]),
        handlers={"notice": processes.deliver},
        look_seconds=0.01,
    )
    processes.jobs.append(jobs)
    async with processes.storages[1].begin() as work:
        await work.outbox.put("notice", key="n1", payload={})
    await jobs.start()
    async with asyncio.timeout(30):
        await processes.message_done.wait()
    assert processes.nights == []


async def test_a_system_that_hangs_keeps_no_other_message_waiting(processes: Processes) -> None:
    hangs, given_up = asyncio.Event(), asyncio.Event()

    async def hang(message: Claimed) -> None:
        hangs.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    jobs = build_jobs(
        storage=processes.storages[0],
        clock=processes.clock,
        settings=processes.settings,
        owner="alone",
        night=None,
        months=LedgerMonths(processes.storages[0]),
        handlers={"notice": processes.deliver},
        look_seconds=0.02,
        outside={"portal": Patient({"slow": hang}, 600)},
    )
    processes.jobs.append(jobs)
    async with processes.storages[1].begin() as work:
        await work.outbox.put("slow", key="s1", payload={})
    await jobs.start()
    async with asyncio.timeout(30):
        await hangs.wait()
    async with processes.storages[1].begin() as work:
        await work.outbox.put("notice", key="n1", payload={})
    async with asyncio.timeout(30):
        await processes.message_done.wait()
    assert processes.delivered == ["n1"]
    assert not given_up.is_set()
    await jobs.stop(grace_seconds=0)
    assert given_up.is_set()


async def test_what_is_done_besides_is_looked_at_from_the_start_on(processes: Processes) -> None:
    looks: list[int] = []
    enough = asyncio.Event()

    async def look() -> None:
        looks.append(len(looks))
        if len(looks) == 1:
            raise OneStopUnavailable("503")
        enough.set()

    jobs = build_jobs(
        storage=processes.storages[0],
        clock=processes.clock,
        settings=processes.settings,
        owner="process-0",
        night=None,
        months=LedgerMonths(processes.storages[0]),
        handlers={},
        look_seconds=0.02,
    ).besides("money", look)
    processes.jobs.append(jobs)
    await jobs.start()
    async with asyncio.timeout(30):
        await enough.wait()
