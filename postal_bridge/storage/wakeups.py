"""Calls to those who follow the ledger, within one process: all that SQLite needs."""

import asyncio


class InProcessWakeups:
    """Calls everybody who waits in this process.

    Many calls in a row are one for whoever does not wait just then: nothing is kept for anybody.
    """

    def __init__(self) -> None:
        self._heard = 0
        self._next = asyncio.Event()

    @property
    def heard(self) -> int:
        """How many calls were heard so far."""
        return self._heard

    def announce(self) -> None:
        """Call all who wait."""
        self._call()

    async def wait(self, *, heard: int) -> None:
        """Return at the next call, or at once where one came since."""
        if heard == self._heard:
            await self._next.wait()

    async def close(self) -> None:
        """Nothing has to be given back."""

    def _call(self) -> None:
        self._heard += 1
        self._next.set()
        self._next = asyncio.Event()
