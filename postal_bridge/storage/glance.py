"""Single looks at what is there: one statement each, without a transaction and without records.

What is asked most, who somebody is and the list before them, would otherwise spend more on the way
to the database than in it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
import asyncpg
from sqlalchemy.engine import URL, make_url

from postal_bridge.identity import Role
from postal_bridge.inbound import SignIn, Staff
from postal_bridge.sections import DatabaseSettings
from postal_bridge.storage.change_store import ChangeStore
from postal_bridge.storage.failures import DatabaseUnavailable, driver_failed, unavailable
from postal_bridge.storage.transfer_store import TransferStore, read_moment

_SIGN_IN = """SELECT s.id, s.token_hash, s.username, s.device, s.created_at, s.expires_at,
 s.ended_at, m.name, m.role, m.places, m.password_hash
 FROM sign_in s JOIN staff m ON m.username = s.username WHERE s.token_hash = $1"""
_SIGN_IN_SQLITE = _SIGN_IN.replace("$", "?")
_MOMENTS = slice(4, 7)


class Driver(Protocol):
    """A driver's own connection."""

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        """The rows of a statement as the driver gives them."""
        ...

    @property
    def usable(self) -> bool:
        """Whether it may be used again."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class Glance:
    """Looks through one connection."""

    def __init__(self, driver: Driver, *, province: str, is_sqlite: bool) -> None:
        self.province = province
        self.is_sqlite = is_sqlite
        self.fetch = driver.fetch

    async def sign_in(self, token_hash: str) -> tuple[SignIn, Staff] | None:
        """The session behind a token's hash, with its member of staff."""
        statement = _SIGN_IN_SQLITE if self.is_sqlite else _SIGN_IN
        rows = await self.fetch(statement, (token_hash,))
        if not rows:
            return None
        row = list(rows[0])
        if self.is_sqlite:
            row[_MOMENTS] = [text and read_moment(text) for text in row[_MOMENTS]]
        session, token, username, device, created, expires, ended, *person = row
        name, role, places, password = person
        # What is in the database was checked on its way in.
        return (
            SignIn.model_construct(
                id=session,
                token_hash=token,
                username=username,
                device=device,
                created_at=created,
                expires_at=expires,
                ended_at=ended,
            ),
            Staff.model_construct(
                username=username,
                name=name,
                role=Role(role),
                places=places,
                password_hash=password,
            ),
        )

    @cached_property
    def transfers(self) -> TransferStore:
        """The lists of what is underway."""
        return TransferStore(self)

    @cached_property
    def changes(self) -> ChangeStore:
        """The ledger for those who follow it."""
        return ChangeStore(self)


class Glances:
    """Connections that only look, as many as the pool may have; opened when first needed."""

    def __init__(self, settings: DatabaseSettings, *, province: str) -> None:
        self._settings = settings
        self._url = make_url(settings.url)
        self._province = province
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._room = asyncio.Semaphore(settings.pool_size)
        self._idle: list[Driver] = []
        self._closed = False

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Glance]:
        """A connection that nobody else uses meanwhile.

        Raises:
            DatabaseUnavailable: the database does not answer, or hung up.
        """
        async with self._room:
            driver: Driver | None = None
            try:
                driver = self._rested() or await self._opened()
                yield Glance(driver, province=self._province, is_sqlite=self._is_sqlite)
            except Exception as error:
                if driver_failed(error):
                    raise unavailable(self._url, error) from error
                raise
            finally:
                if driver is not None and self._closed:
                    await driver.close()
                elif driver is not None and driver.usable:
                    self._idle.append(driver)

    def _rested(self) -> Driver | None:
        """One that is open already, and that the server has not hung up on."""
        while self._idle:
            driver = self._idle.pop()
            if driver.usable:
                return driver
        return None

    async def _opened(self) -> Driver:
        if self._is_sqlite:
            return await _Sqlite.opened(self._url, self._settings)
        return await _Postgres.opened(self._url, self._settings)

    async def close(self) -> None:
        """Hang up; what is in use follows when it is given back."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()


class _Postgres:
    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @classmethod
    async def opened(cls, url: URL, settings: DatabaseSettings) -> "_Postgres":
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return cls(
            await asyncpg.connect(
                plain,
                server_settings={
                    "statement_timeout": str(settings.statement_timeout_ms),
                    "timezone": "UTC",
                    "default_transaction_read_only": "on",
                    # The lists walk along indexes. At the default, which is that of disks with
                    # moving heads, a rare stage would be sought in the whole table.
                    "random_page_cost": "1.1",
                },
            )
        )

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        rows: Sequence[Any] = await self._connection.fetch(statement, *values)
        return rows

    @property
    def usable(self) -> bool:
        return not self._connection.is_closed()

    async def close(self) -> None:
        await self._connection.close(timeout=5)


class _Sqlite:
    usable = True

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    @classmethod
    async def opened(cls, url: URL, settings: DatabaseSettings) -> "_Sqlite":
        file = Path(url.database or "")
        if not file.exists():  # noqa: ASYNC240 - a glance at the disk, once per connection
            # SQLite would make an empty file and say that tables are missing.
            msg = f"the database {url} is not there; run `postal-bridge migrate`"
            raise DatabaseUnavailable(msg)
        connection = await aiosqlite.connect(
            file, isolation_level=None, timeout=settings.busy_timeout_ms / 1000
        )
        await connection.execute("PRAGMA query_only=ON")
        return cls(connection)

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        rows: Sequence[sqlite3.Row] = await self._connection.execute_fetchall(statement, values)  # type: ignore[assignment]
        return rows

    async def close(self) -> None:
        await self._connection.close()
