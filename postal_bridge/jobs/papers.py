"""The job of papers: what waits is read, and once a day the vault is tended.

Every process looks; who tends the vault of a day is settled by a claim row.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from postal_bridge.clock import Clock, to_local
from postal_bridge.jobs.nightly import NightlyStorage
from postal_bridge.logs import get_logger

JOB = "papers"
LEASE = timedelta(hours=2)
_log = get_logger(__name__)


class PapersJob:
    """Looks after papers.

    Args:
        storage: where days are claimed.
        owner: names this process in the claims; no two processes may share it.
        read: reads what waits, and says how many pages; none where nobody can read.
        tend: tends the vault; what was done, by name.
    """

    def __init__(
        self,
        *,
        storage: NightlyStorage,
        clock: Clock,
        owner: str,
        read: Callable[[], Awaitable[int]] | None,
        tend: Callable[[], Awaitable[Mapping[str, int]]],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._owner = owner
        self._read = read
        self._tend = tend

    async def run_due(self) -> Mapping[str, int]:
        """Do what is due; what was done, by name."""
        done = dict(await self._tended())
        if self._read is not None:
            done["read"] = await self._read()
        if any(done.values()):
            _log.info("papers.tended", **done)
        return done

    async def _tended(self) -> Mapping[str, int]:
        """Once a local day: a process that dies over it lets its lease run out."""
        now = self._clock.now()
        slot = to_local(now).date().isoformat()
        async with self._storage.begin() as work:
            claims = work.job_runs
            if not await claims.claim(JOB, slot, owner=self._owner, now=now, until=now + LEASE):
                return {}
        done = await self._tend()
        async with self._storage.begin() as work:
            await work.job_runs.done(JOB, slot, now=self._clock.now())
        return done
