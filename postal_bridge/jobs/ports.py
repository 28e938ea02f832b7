"""What the jobs need from outside beside the stores."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol


class LedgerMonths(Protocol):
    """The months that the ledger is divided into; where it is one table there is nothing to do."""

    async def ensure(self, *, now: datetime, ahead: int = 2) -> Sequence[date]:
        """Make this month and those ahead where they are missing; gives those that were made."""
        ...

    async def archive(self, *, before: date) -> Sequence[date]:
        """Move the months before this one to the archive, all or none of a month's events.

        They are read there as before. Moving them again changes nothing.
        """
        ...
