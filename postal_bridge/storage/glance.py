"""Single looks at what is there: one statement each, without a transaction and without records.

What is asked most, who somebody is and the list before them, would otherwise spend more on the way
to the database than in it.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
import asyncpg
from sqlalchemy.engine import URL, make_url

from postal_bridge.identity import Role
from postal_bridge.inbound import SignIn, Staff
from postal_bridge.sections import DatabaseSettings
from postal_bridge.storage.change_store import ChangeStore
from postal_bridge.storage.failures import DatabaseUnavailable
from postal_bridge.storage.lines import Line, Lines
from postal_bridge.storage.postgres.connections import connected
from postal_bridge.storage.transfer_store import TransferStore, read_moment

_SIGN_IN = """SELECT s.id, s.token_hash, s.username, s.device, s.created_at, s.expires_at,
 s.ended_at, m.name, m.role, m.places, m.password_hash
 FROM sign_in s JOIN staff m ON m.username = s.username WHERE s.token_hash = $1"""
_SIGN_IN_SQLITE = _SIGN_IN.replace("$", "?")
_MOMENTS = slice(4, 7)


class Driver(Line, Protocol):
    """A driver's own connection."""

    async def fetch(self, statement: str, values: Sequence[object]) -> Sequence[Any]:
        """The rows of a statement as the driver gives them."""
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
    """Connections that only look, as many as the pool may have."""

    def __init__(self, settings: DatabaseSettings, *, province: str) -> None:
        url = make_url(settings.url)
        self._province = province
        self._is_sqlite = url.get_backend_name() == "sqlite"
        kind: type[_Sqlite | _Postgres] = _Sqlite if self._is_sqlite else _Postgres
        opened = partial(kind.opened, url, settings)
        self._lines: Lines[Driver] = Lines(opened, url=url, limit=settings.pool_size)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Glance]:
        """A connection that nobody else uses meanwhile.

        Raises:
            DatabaseUnavailable: the database does not answer, or hung up.
        """
        async with self._lines.taken() as driver:
            yield Glance(driver, province=self._province, is_sqlite=self._is_sqlite)

    async def close(self) -> None:
        """Hang up; what is in use follows when it is given back."""
        await self._lines.close()


class _Postgres:
    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @classmethod
    async def opened(cls, url: URL, settings: DatabaseSettings) -> "_Postgres":
        looking = {
            "default_transaction_read_only": "on",
            # The lists walk along indexes. At the default, which is that of disks with moving
            # heads, a rare stage would be sought in the whole table.
            "random_page_cost": "1.1",
        }
        timeout_ms = settings.statement_timeout_ms
        return cls(await connected(url, timeout_ms=timeout_ms, settings=looking))

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
