"""Engines and transactions: one unit of work is one transaction, committed at the edge."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from postal_bridge.clock import Clock
from postal_bridge.errors import Misuse
from postal_bridge.sections import DatabaseSettings
from postal_bridge.storage.failures import (
    DatabaseUnavailable,
    could_not_connect,
    database_failed,
    tables_missing,
    unavailable,
)
from postal_bridge.storage.glance import Glance, Glances
from postal_bridge.storage.journey_table import in_order, journey_rows
from postal_bridge.storage.postgres.plain_scans import PostgresPlainScans
from postal_bridge.storage.sqlite.plain_scans import SqlitePlainScans
from postal_bridge.storage.sqlite.pragmas import WRITING
from postal_bridge.storage.unit_of_work import UnitOfWork

PlainScansStore = SqlitePlainScans | PostgresPlainScans


class Storage:
    """The database behind one address.

    SQLite has one writer: writing transactions begin at once (BEGIN IMMEDIATE) and queue in the
    process, so that two of them wait for each other instead of failing when they turn from
    reading to writing. A transaction that was opened for reading cannot write, on either database.

    Args:
        settings: of the database.
        province: leads every key.
        clock: stamps messages.
        told: which of the topics that somebody takes only where configured are taken here.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        province: str,
        clock: Clock,
        told: frozenset[str] = frozenset(),
    ) -> None:
        self._province = province
        self._told = told
        self._clock = clock
        url = make_url(settings.url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._file = _file_of(url) if self.is_sqlite else None
        self._writers, self._readers = (
            _sqlite_engines(url, settings) if self.is_sqlite else _postgres_engines(url, settings)
        )
        self._glances = Glances(settings, province=province)
        self._writer = asyncio.Lock()
        self.plain_scans: PlainScansStore = (
            SqlitePlainScans(
                url,
                province=province,
                busy_timeout_ms=settings.busy_timeout_ms,
                writer=self._writer,
            )
            if self.is_sqlite
            else PostgresPlainScans(
                url,
                province=province,
                limit=settings.pool_size,
                timeout_ms=settings.statement_timeout_ms,
            )
        )

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[UnitOfWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        if write and self.is_sqlite:
            async with self._writer, self._transaction(self._writers) as unit:
                yield unit
        else:
            async with self._transaction(self._writers if write else self._readers) as unit:
                yield unit

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[UnitOfWork]:
        try:
            async with AsyncExitStack() as stack:
                connection = await self._connected(engine, stack)
                unit = UnitOfWork(
                    connection, province=self._province, clock=self._clock, told=self._told
                )
                yield unit
                await unit.flush()
        except DBAPIError as error:
            if database_failed(error):
                raise unavailable(self._writers.url, error) from error
            raise

    def glance(self) -> AbstractAsyncContextManager[Glance]:
        """Single looks, each of which sees one moment; nothing is held, and nothing written."""
        return self._glances.glance()

    async def _connected(self, engine: AsyncEngine, stack: AsyncExitStack) -> AsyncConnection:
        """A connection inside a transaction; both end with the stack."""
        if self._file is not None and not self._file.exists():
            # SQLite would make an empty file and say that tables are missing.
            msg = f"the database {self.address} is not there; run `postal-bridge migrate`"
            raise DatabaseUnavailable(msg)
        try:
            connection = await stack.enter_async_context(engine.connect())
            await stack.enter_async_context(connection.begin())
        except Exception as error:
            if could_not_connect(error):
                raise unavailable(self._writers.url, error) from error
            raise
        return connection

    @property
    def address(self) -> str:
        """The database's address without its password."""
        return self._writers.url.render_as_string(hide_password=True)

    async def ready(self) -> None:
        """Return when the database is there and has our tables; raise what is wrong otherwise."""
        async with self.begin(write=False) as unit:
            try:
                await unit.connection.execute(text("SELECT 1 FROM place LIMIT 1"))
            except DBAPIError as error:
                if not tables_missing(error):
                    raise
                msg = f"the database {self.address} has no tables; run `postal-bridge migrate`"
                raise Misuse(msg) from error
            if not await _has_our_journey(unit.connection):
                msg = f"the database {self.address} is of another release; run `postal-bridge migrate`"
                raise Misuse(msg)

    async def close(self) -> None:
        """Give all connections back."""
        await self.plain_scans.close()
        await self._writers.dispose()
        await self._glances.close()
        if self.is_sqlite:
            await self._readers.dispose()


async def _has_our_journey(connection: AsyncConnection) -> bool:
    """Whether the journey that statements read is the one that this release was built with."""
    try:
        rows = await connection.execute(in_order)
    except DBAPIError as error:
        if not tables_missing(error):
            raise
        return False
    return [tuple(row) for row in rows] == journey_rows()


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        msg = "an SQLite database is a file: sqlite+aiosqlite:///folder/name.db"
        raise Misuse(msg)
    return Path(url.database)


def _sqlite_engines(url: URL, settings: DatabaseSettings) -> tuple[AsyncEngine, AsyncEngine]:
    writers = create_async_engine(url, pool_size=1, max_overflow=0)
    readers = create_async_engine(url, pool_size=settings.pool_size)
    common = ("foreign_keys=ON", f"busy_timeout={settings.busy_timeout_ms}")
    # The first pragma of a reader already waits for a writer, so the patience comes first.
    _prepare_sqlite(writers, begin="BEGIN IMMEDIATE", pragmas=(*common, *WRITING))
    _prepare_sqlite(readers, begin="BEGIN", pragmas=(*common, "query_only=ON"))
    return writers, readers


def _prepare_sqlite(engine: AsyncEngine, *, begin: str, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _postgres_engines(url: URL, settings: DatabaseSettings) -> tuple[AsyncEngine, AsyncEngine]:
    timeout = str(settings.statement_timeout_ms)
    writers = create_async_engine(
        url,
        pool_size=settings.pool_size,
        connect_args={"server_settings": {"statement_timeout": timeout, "timezone": "UTC"}},
    )

    @event.listens_for(writers.sync_engine, "checkout")
    def _taken(connection: object, _record: object, _proxy: object) -> None:
        # The driver knows that the server has hung up; asking the server each time, as
        # pool_pre_ping does, would cost three round trips for every request.
        if connection.driver_connection.is_closed():  # type: ignore[attr-defined]
            raise DisconnectionError

    return writers, writers.execution_options(postgresql_readonly=True)
