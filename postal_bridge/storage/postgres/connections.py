"""Connections of the driver's own to PostgreSQL, and statements that are prepared on them."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from sqlalchemy.engine import URL

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
    def usable(self) -> bool:
        """Whether the server has not hung up."""
        return not self._connection.is_closed()

    async def close(self) -> None:
        """Hang up."""
        await self._connection.close(timeout=5)


async def connected(
    url: URL, *, timeout_ms: int, settings: Mapping[str, str]
) -> "asyncpg.Connection[asyncpg.Record]":
    """An open connection with these settings of the server's beside the usual ones."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    usual = {"statement_timeout": str(timeout_ms), "timezone": "UTC"}
    return await asyncpg.connect(plain, server_settings={**usual, **settings})


async def prepared(url: URL, statement: str, *, timeout_ms: int) -> Prepared:
    """A hot statement, prepared on a connection that was opened for it."""
    connection = await connected(url, timeout_ms=timeout_ms, settings=PLANNING)
    return Prepared(connection, await connection.prepare(statement))
