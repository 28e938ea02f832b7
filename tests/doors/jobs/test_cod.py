"""Once a day, whatever the number of processes, somebody looks at the money."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Accident
from postal_bridge.jobs.cod import JOB, LEASE, CodJob
from postal_bridge.jobs.nightly import RETRY_AFTER
from tests.stores import opened

MORNING = datetime(2026, 11, 16, 0, 1, tzinfo=LOCAL)


class Books:
    """Counts how often it is looked at; fails while it is told to."""

    def __init__(self) -> None:
        self.looks = 0
        self.busy = False

    async def look(self) -> Mapping[str, int]:
        if self.busy:
            raise Accident
        self.looks += 1
        return {"accounts": 3}


class Processes:
    """Processes that share a database and a clock."""

    def __init__(self, jobs: list[CodJob], books: Books, clock: ReplayClock) -> None:
        self.jobs, self.books, self.clock = jobs, books, clock

    async def run(self) -> list[bool]:
        return [await job.run_due() for job in self.jobs]


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[Processes]:
    books, clock = Books(), ReplayClock(MORNING)
    async with AsyncExitStack() as stack:
        storages = [await stack.enter_async_context(opened(database_url)) for _ in range(2)]
        jobs = [
            CodJob(storage=one, books=books, clock=clock, owner=f"process-{place}")
            for place, one in enumerate(storages)
        ]
        yield Processes(jobs, books, clock)


async def test_a_day_is_done_once_and_the_next_day_again(processes: Processes) -> None:
    assert await processes.run() == [True, False]
    assert await processes.run() == [False, False]
    processes.clock.advance_to(MORNING + timedelta(days=1))
    assert await processes.run() == [True, False]
    assert processes.books.looks == 2


async def test_what_failed_is_tried_again_a_little_later(processes: Processes) -> None:
    processes.books.busy = True
    with pytest.raises(Accident):
        await processes.jobs[0].run_due()
    processes.books.busy = False
    assert await processes.run() == [False, False]
    processes.clock.advance_to(MORNING + RETRY_AFTER + timedelta(seconds=1))
    assert await processes.run() == [True, False]


async def test_the_day_of_a_process_that_died_is_taken_over(processes: Processes) -> None:
    first, second = processes.jobs
    assert await first._claim(MORNING.date(), MORNING)
    assert not await second.run_due()
    processes.clock.advance_to(MORNING + LEASE + timedelta(seconds=1))
    assert await second.run_due()
    assert JOB == "cod"
