"""A few connections of the driver's own, beside the pool that the stores share.

What is asked most is sent by the driver itself: what a general layer spends on each statement would
be more than the database does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Generic, Protocol, TypeVar

import asyncpg
from sqlalchemy.engine import URL

from postal_bridge.storage.failures import driver_failed, unavailable


class Line(Protocol):
    """One open connection, set up for its purpose."""

    @property
    def usable(self) -> bool:
        """Whether it may be used again."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


L = TypeVar("L", bound=Line)


class Lines(Generic[L]):
    """Up to `limit` connections to one database, each opened when it is first needed.

    One that was left in the middle of something is not used again. Between two uses nothing is
    sent: what a pool usually resets is never changed on these.
    """

    def __init__(self, opened: Callable[[], Awaitable[L]], *, url: URL, limit: int) -> None:
        self._opened = opened
        self._url = url
        self._room = asyncio.Semaphore(limit)
        self._idle: list[L] = []
        self._closed = False

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[L]:
        """A connection that nobody else uses meanwhile.

        Raises:
            DatabaseUnavailable: the database does not answer, or hung up.
        """
        async with self._room:
            line: L | None = None
            intact = False
            try:
                line = self._rested() or await self._opened()
                yield line
                intact = True
            except Exception as error:
                intact = not driver_failed(error)
                if not intact:
                    raise unavailable(self._url, error) from error
                raise
            finally:
                if line is not None and intact and line.usable and not self._closed:
                    self._idle.append(line)
                elif line is not None:
                    await _dropped(line)

    def _rested(self) -> L | None:
        """One that is open already, and that the server has not hung up on."""
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
        return None

    async def close(self) -> None:
        """Hang up on all that are idle; those in use follow when they are given back."""
        self._closed = True
        while self._idle:
            await _dropped(self._idle.pop())


async def _dropped(line: Line) -> None:
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        await line.close()  # one that is gone already is what was wanted
