"""The ledger's months: once a day those ahead are made, and old ones go to the archive.

Nothing breaks on the day it is missed: two months are made ahead, and an event that finds no month
is kept with the others and moved when its month is made.
"""

from datetime import UTC, date, datetime, timedelta

from postal_bridge.clock import Clock, local_day, months_after
from postal_bridge.jobs.nightly import RETRY_AFTER, NightlyStorage
from postal_bridge.jobs.ports import LedgerMonths
from postal_bridge.logs import get_logger

JOB = "ledger-months"
LEASE = timedelta(hours=1)
_log = get_logger(__name__)


def oldest_kept(now: datetime, *, months_kept: int) -> date:
    """First day of the oldest month that stays out of the archive: so many before this one."""
    return months_after(now.astimezone(UTC).date(), -months_kept)


class MonthsJob:
    """Does a day's work, in whichever process claims it.

    Args:
        storage: where days are claimed.
        months: the ledger's months.
        clock: tells the day.
        months_kept: full months that stay out of the archive.
        owner: names this process in the claims.
    """

    def __init__(
        self,
        *,
        storage: NightlyStorage,
        months: LedgerMonths,
        clock: Clock,
        months_kept: int,
        owner: str,
    ) -> None:
        self._storage = storage
        self._months = months
        self._clock = clock
        self._months_kept = months_kept
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
        try:
            made = await self._months.ensure(now=now)
            before = oldest_kept(now, months_kept=self._months_kept)
            moved = await self._months.archive(before=before)
        except BaseException:
            until = self._clock.now() + RETRY_AFTER
            async with self._storage.begin() as work:
                await work.job_runs.hold_until(JOB, day.isoformat(), owner=self._owner, until=until)
            raise
        async with self._storage.begin() as work:
            await work.job_runs.done(JOB, day.isoformat(), now=self._clock.now())
        self._settled = day
        if made or moved:
            _log.info("ledger.months", made=made, archived=moved)
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
