"""Connections that keep a statement prepared, beside the pool that the stores share.

The few hot statements are sent by the driver itself: what a general layer spends on each of them
would be more than the database does.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy.engine import URL

from postal_bridge.storage.failures import driver_failed, unavailable

PLANNING = {
    # The arrays differ from batch to batch, the plan does not: so it is made once,
    "plan_cache_mode": "force_generic_plan",
    # and it must be right for the big tables of next year also where it is made on an empty one:
    # a few hundred keys at most, each looked up by its index.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""How the hot statements are planned, whatever the statistics say."""


class Prepared:
    """One statement, prepared on one connection."""

    def __init__(self, connection: asyncpg.Connection, statement: PreparedStatement) -> None:
        self._connection = connection
        self._statement = statement

    async def fetch(self, *values: object) -> Sequence[asyncpg.Record]:
        """Run it; outside a transaction it is one of its own."""
        rows: Sequence[asyncpg.Record] = await self._statement.fetch(*values)
        return rows

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """A transaction around several runs of it."""
        transaction: AbstractAsyncContextManager[None] = self._connection.transaction()
        return transaction

    @property
    def closed(self) -> bool:
        """Whether the server has hung up."""
        return bool(self._connection.is_closed())

    async def close(self) -> None:
        """Hang up."""
        await self._connection.close(timeout=5)


class Connections:
    """Up to `limit` connections to one database, opened when they are first needed.

    A connection that was left in the middle of something is not used again. Between two uses
    nothing is sent: what a pool usually resets, these statements never change.
    """

    def __init__(self, url: URL, *, limit: int, timeout_ms: int) -> None:
        self._url = url
        self._settings = {"statement_timeout": str(timeout_ms), "timezone": "UTC", **PLANNING}
        self._room = asyncio.Semaphore(limit)
        self._idle: dict[str, list[Prepared]] = {}
        self._closed = False

    @asynccontextmanager
    async def prepared(self, statement: str) -> AsyncIterator[Prepared]:
        """The statement on a connection that nobody else uses meanwhile.

        Raises:
            DatabaseUnavailable: the database does not answer, or hung up.
        """
        async with self._room:
            idle = self._idle.setdefault(statement, [])
            one: Prepared | None = None
            try:
                while one is None and idle:
                    one = idle.pop()
                    one = None if one.closed else one
                one = one or await self._opened(statement)
                yield one
            except BaseException as error:
                if one is not None and not isinstance(error, asyncpg.PostgresError):
                    await _dropped(one)
                elif one is not None:
                    idle.append(one)
                if isinstance(error, Exception) and driver_failed(error):
                    raise unavailable(self._url, error) from error
                raise
            else:
                if self._closed:
                    await _dropped(one)
                else:
                    idle.append(one)

    async def _opened(self, statement: str) -> Prepared:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain, server_settings=self._settings)
        return Prepared(connection, await connection.prepare(statement))

    async def close(self) -> None:
        """Hang up on all that are idle; those in use follow when they are given back."""
        self._closed = True
        for idle in self._idle.values():
            while idle:
                await _dropped(idle.pop())


async def _dropped(one: Prepared) -> None:
    try:
        await one.close()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return  # it is gone, which is what was wanted
