"""The job of money: once a day the books are looked at, in whichever process claims the day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Protocol

from postal_bridge.clock import Clock, local_day
from postal_bridge.jobs.nightly import RETRY_AFTER, NightlyStorage
from postal_bridge.logs import get_logger

JOB = "cod"
LEASE = timedelta(hours=1)
_log = get_logger(__name__)


class Books(Protocol):
    """What carriers owe."""

    async def look(self) -> Mapping[str, int]:
        """Look at everything; running it again changes nothing."""
        ...


class CodJob:
    """Does a day's work, in whichever process claims it: early on the day, money has become late.

    Args:
        storage: where days are claimed.
        books: what is looked at.
        clock: tells the day.
        owner: names this process in the claims.
    """

    def __init__(self, *, storage: NightlyStorage, books: Books, clock: Clock, owner: str) -> None:
        self._storage = storage
        self._books = books
        self._clock = clock
        self._owner = owner
        self._settled: date | None = None

    async def run_due(self) -> bool:
        """Do today's work unless it is done or somebody does it; says whether this call did it.

        Raises:
            Accident: the database was busy; the day is given back for a quarter of an hour later.
        """
        now = self._clock.now()
        day = local_day(now)
        if day == self._settled or not await self._claim(day, now):
            return False
        slot = day.isoformat()
        try:
            seen = await self._books.look()
        except BaseException:
            until = self._clock.now() + RETRY_AFTER
            async with self._storage.begin() as work:
                await work.job_runs.hold_until(JOB, slot, owner=self._owner, until=until)
            raise
        async with self._storage.begin() as work:
            await work.job_runs.done(JOB, slot, now=self._clock.now())
        self._settled = day
        _log.info("cod.looked", **seen)
        return True

    async def _claim(self, day: date, now: datetime) -> bool:
        slot = day.isoformat()
        async with self._storage.begin(write=False) as work:
            if slot in await work.job_runs.finished(JOB):
                self._settled = day
                return False
        async with self._storage.begin() as work:
            return await work.job_runs.claim(
                JOB, slot, owner=self._owner, now=now, until=now + LEASE
            )
