"""The months of the ledger, whatever the database.

Only PostgreSQL divides the ledger. On SQLite all of this does nothing: a database is one file, a
table cannot be taken out of it without copying it, and the archive would lie in the same file; a
post office that has so many events that it matters has PostgreSQL.
"""

from collections.abc import Sequence
from datetime import date, datetime

from postal_bridge.clock import months_after
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.postgres import months as postgres


class LedgerMonths:
    """Makes months ahead, moves old ones to the archive, and says which there are."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def ensure(self, *, now: datetime, ahead: int = 2) -> Sequence[date]:
        """Make this month and those ahead where they are missing; gives those that were made."""
        if self._storage.is_sqlite:
            return []
        async with self._storage.begin() as unit:
            return await postgres.ensure_months(unit.connection, now=now, ahead=ahead)

    async def archive(self, *, before: date) -> Sequence[date]:
        """Move the months before this one to the archive; gives those that were moved.

        Each in a transaction of its own: the ledger is held for a moment only, and what is moved
        stays moved if a later one fails.

        Raises:
            DatabaseUnavailable: somebody reads the ledger for long, a backup for instance.
        """
        if self._storage.is_sqlite:
            return []
        async with self._storage.begin(write=False) as unit:
            live = (await postgres.existing(unit.connection))[postgres.LIVE]
        moved = []
        for month in sorted(month for month in live if month < before):
            async with self._storage.begin() as unit:
                if await postgres.archive_month(unit.connection, month):
                    moved.append(month)
        return moved

    async def missing(self, *, now: datetime) -> Sequence[date]:
        """Which of this month and the next one scans would look for in vain."""
        if self._storage.is_sqlite:
            return []
        async with self._storage.begin(write=False) as unit:
            found = await postgres.existing(unit.connection)
        this = postgres.month_of(now)
        return sorted({this, months_after(this, 1)} - found[postgres.LIVE])

    async def listed(self) -> Sequence[postgres.LedgerMonth]:
        """All parts of the ledger, with what they hold; none where it is one table."""
        if self._storage.is_sqlite:
            return []
        async with self._storage.begin(write=False) as unit:
            return await postgres.months(unit.connection)
