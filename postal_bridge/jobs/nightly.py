"""The nightly job: once per date, whatever the number of processes; missed dates are made up for.

Which process runs a date is settled by a claim row with a lease. A process that dies lets its
lease run out; one that fails gives the date back for a quarter of an hour later. A date that is
not done by the morning is told to people, once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime, time, timedelta
from typing import Protocol

from postal_bridge.clock import Clock, to_local
from postal_bridge.errors import Refusal
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Outbox
from postal_bridge.sections import NightlySettings

JOB = "nightly"
BEFORE_THE_FIRST = "nightly.before-the-first"
"""The date before the first one that was ever begun: a first night that was killed, or failed,
counts as missed when its evening is over."""

WARNING = "nightly.warning"
"""Job of the claims that keep a warning from being given twice."""

OVERDUE_TOPIC = "night.overdue"
"""Topic of the message that a night has not run by morning."""

RETRY_AFTER = timedelta(minutes=15)
MOST_MISSED_DAYS = 31
"""Older missed dates are given up: their dossiers are in the window of the later ones."""

_BEATS_PER_LEASE = 3
_log = get_logger(__name__)

RunNight = Callable[[date], Awaitable[object]]
"""Runs the night of a date; a `Refusal` or an exception means that it was not done."""


class JobRuns(Protocol):
    """The claims of scheduled work."""

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        """Take a slot that is new, or whose holder let its lease run out; False otherwise."""
        ...

    async def done(self, job: str, slot: str, *, now: datetime) -> None:
        """Say that a slot's work is finished."""
        ...

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        """Let the lease of a slot end at this moment; False where somebody else has it by now."""
        ...

    async def finished(self, job: str) -> Sequence[str]:
        """The slots whose work is finished, in order."""
        ...


class NightlyWork(Protocol):
    """The stores that the job needs of a transaction."""

    @property
    def job_runs(self) -> JobRuns:
        """The claims."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What must be told to somebody outside."""
        ...


class NightlyStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightlyWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


def due_days(finished: Sequence[str], *, now: datetime, at: time) -> list[date]:
    """The dates whose night should have run by now and is not finished, oldest first.

    A house that has never begun a night has missed none: it begins with tonight.

    Args:
        finished: the dates that are finished, in ISO form.
        now: the moment that is asked about.
        at: local wall time from which a date is due.
    """
    local = to_local(now)
    newest = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    if not finished:
        return [newest] if newest == local.date() else []
    last = date.fromisoformat(max(finished))
    missed = min((newest - last).days, MOST_MISSED_DAYS)
    return [newest - timedelta(days=days) for days in reversed(range(missed))]


async def overdue_days(work: NightlyWork, *, now: datetime, at: time) -> list[date]:
    """Dates whose evening is over and whose night is not done, oldest first."""
    finished = [
        *await work.job_runs.finished(JOB),
        *await work.job_runs.finished(BEFORE_THE_FIRST),
    ]
    today = to_local(now).date()
    return [day for day in due_days(finished, now=now, at=at) if day < today]


class NightlyJob:
    """Runs what is due.

    Args:
        storage: where dates are claimed.
        clock: decides what is due.
        settings: from when a date is due, and how long a claim lasts.
        owner: names this process in the claims; no two processes may share it.
        night: runs the night of a date.
        sleep: how to wait between two renewals of the lease; tests hand in their own.
    """

    def __init__(
        self,
        *,
        storage: NightlyStorage,
        clock: Clock,
        settings: NightlySettings,
        owner: str,
        night: RunNight,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._at = settings.at
        self._warn_at = settings.warn_at
        self._lease = timedelta(minutes=settings.lease_minutes)
        self._owner = owner
        self._night = night
        self._sleep = sleep

    async def run_due(self) -> list[date]:
        """Run the dates that are due, in order; gives those that this call has finished.

        It stops at the first date that another process holds or that fails, because a later
        night builds on the cases of the earlier one.
        """
        async with self._storage.begin(write=False) as work:
            finished = list(await work.job_runs.finished(JOB))
            finished += await work.job_runs.finished(BEFORE_THE_FIRST)
        done = []
        for day in due_days(finished, now=self._clock.now(), at=self._at):
            if not await self._claim(day, is_first=not finished):
                break
            if not await self._run(day):
                break
            done.append(day)
        return done

    async def warn_overdue(self) -> list[date]:
        """Tell people of nights that have not run by morning; each is told once, by one process.

        Gives the dates that this call has told.
        """
        now = self._clock.now()
        if to_local(now).time() < self._warn_at:
            return []
        told = []
        async with self._storage.begin() as work:
            for day in await overdue_days(work, now=now, at=self._at):
                slot = day.isoformat()
                if await work.job_runs.claim(
                    WARNING, slot, owner=self._owner, now=now, until=now + self._lease
                ):
                    await work.job_runs.done(WARNING, slot, now=now)
                    await work.outbox.put(OVERDUE_TOPIC, key=slot, payload={"day": slot})
                    told.append(day)
        for day in told:
            _log.error("night.overdue", day=day)
        return told

    async def _claim(self, day: date, *, is_first: bool) -> bool:
        now = self._clock.now()
        until = now + self._lease
        async with self._storage.begin() as work:
            runs = work.job_runs
            if is_first:
                before = (day - timedelta(days=1)).isoformat()
                await runs.claim(BEFORE_THE_FIRST, before, owner=self._owner, now=now, until=until)
                await runs.done(BEFORE_THE_FIRST, before, now=now)
            return await runs.claim(JOB, day.isoformat(), owner=self._owner, now=now, until=until)

    async def _run(self, day: date) -> bool:
        """Run a date that is ours; says whether it is finished."""
        try:
            async with self._lease_kept(day):
                answer = await self._night(day)
        except Exception as error:  # noqa: BLE001 - whatever it was, the date is tried again
            _log.exception("night.failed", day=day, error=str(error))
            await self._end_lease(day, self._clock.now() + RETRY_AFTER)
            return False
        except BaseException:
            # Told to stop: somebody else, or this process's next life, may begin at once.
            await asyncio.shield(self._end_lease(day, self._clock.now()))
            raise
        if isinstance(answer, Refusal):
            _log.error("night.refused", day=day, reason=answer.sentence())
            await self._end_lease(day, self._clock.now() + RETRY_AFTER)
            return False
        async with self._storage.begin() as work:
            await work.job_runs.done(JOB, day.isoformat(), now=self._clock.now())
        _log.info("night.done", day=day)
        return True

    async def _end_lease(self, day: date, moment: datetime) -> None:
        async with self._storage.begin() as work:
            await work.job_runs.hold_until(JOB, day.isoformat(), owner=self._owner, until=moment)

    @asynccontextmanager
    async def _lease_kept(self, day: date) -> AsyncIterator[None]:
        """Renew the lease while the block runs: a long night is no dead process."""
        beat = asyncio.create_task(self._renew(day))
        try:
            yield
        finally:
            beat.cancel()
            await asyncio.wait([beat])

    async def _renew(self, day: date) -> None:
        while True:
            await self._sleep(self._lease.total_seconds() / _BEATS_PER_LEASE)
            try:
                await self._end_lease(day, self._clock.now() + self._lease)
            except Exception as error:  # noqa: BLE001 - the next beat tries again
                _log.warning("night.lease-not-renewed", day=day, error=str(error))
