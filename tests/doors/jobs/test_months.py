"""Once a day, whatever the number of processes: months ahead are made, old ones archived."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta

import pytest

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Accident
from postal_bridge.jobs.months import JOB, LEASE, MonthsJob, oldest_kept
from postal_bridge.jobs.nightly import RETRY_AFTER
from postal_bridge.storage.engine import Storage
from tests.stores import opened

MORNING = datetime(2026, 11, 16, 8, 30, tzinfo=LOCAL)
KEPT = 13


class Months:
    """Notes what is asked of it; fails while it is told to."""

    def __init__(self) -> None:
        self.ensured: list[datetime] = []
        self.archived: list[date] = []
        self.busy = False

    async def ensure(self, *, now: datetime, ahead: int = 2) -> Sequence[date]:
        assert ahead > 0
        self.ensured.append(now)
        return []

    async def archive(self, *, before: date) -> Sequence[date]:
        if self.busy:
            raise Accident
        self.archived.append(before)
        return [before]


class Processes:
    """Processes that share a database and a clock."""

    def __init__(self, storages: list[Storage]) -> None:
        self.storages = storages
        self.clock = ReplayClock(MORNING)
        self.months = Months()
        self.jobs = [
            MonthsJob(
                storage=storage,
                months=self.months,
                clock=self.clock,
                months_kept=KEPT,
                owner=f"process-{index}",
            )
            for index, storage in enumerate(storages)
        ]

    async def finished(self) -> Sequence[str]:
        async with self.storages[0].begin(write=False) as work:
            return await work.job_runs.finished(JOB)


@pytest.fixture
async def processes(database_url: str) -> AsyncIterator[Processes]:
    async with AsyncExitStack() as stack:
        yield Processes([await stack.enter_async_context(opened(database_url)) for _ in range(2)])


def test_the_months_kept_are_full_ones_before_this_one() -> None:
    assert oldest_kept(MORNING, months_kept=KEPT) == date(2025, 10, 1)
    assert oldest_kept(datetime(2026, 1, 31, tzinfo=UTC), months_kept=1) == date(2025, 12, 1)
    still_october_by_utc = datetime(2026, 11, 1, 6, 59, tzinfo=LOCAL)
    assert oldest_kept(still_october_by_utc, months_kept=1) == date(2026, 9, 1)


async def test_a_day_is_done_once_and_the_next_day_again(processes: Processes) -> None:
    assert [await job.run_due() for job in (*processes.jobs, *processes.jobs)] == [
        True,
        False,
        False,
        False,
    ]
    assert processes.months.ensured == [MORNING]
    assert processes.months.archived == [date(2025, 10, 1)]
    processes.clock.advance_to(MORNING + timedelta(days=1))
    assert [await job.run_due() for job in reversed(processes.jobs)] == [True, False]
    assert await processes.finished() == ["2026-11-16", "2026-11-17"]


async def test_what_failed_is_tried_again_by_whoever_comes_first(processes: Processes) -> None:
    first, second = processes.jobs
    processes.months.busy = True
    with pytest.raises(Accident):
        await first.run_due()
    assert [await first.run_due(), await second.run_due()] == [False, False]
    processes.months.busy = False
    processes.clock.advance_to(MORNING + RETRY_AFTER + timedelta(seconds=1))
    assert [await second.run_due(), await first.run_due()] == [True, False]
    assert await processes.finished() == ["2026-11-16"]


async def test_the_day_of_a_process_that_died_is_taken_over(processes: Processes) -> None:
    async with processes.storages[0].begin() as work:
        await work.job_runs.claim(
            JOB, "2026-11-16", owner="dead", now=MORNING, until=MORNING + LEASE
        )
    assert not await processes.jobs[1].run_due()
    processes.clock.advance_to(MORNING + LEASE + timedelta(seconds=1))
    assert await processes.jobs[1].run_due()
