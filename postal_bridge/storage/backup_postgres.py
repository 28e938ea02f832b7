"""A PostgreSQL database to one CSV file per table and back.

`pg_dump` may be missing where the service runs, and must be as new as the server; COPY is always
there. Text rather than COPY's binary form: a person can read it, and any later server takes it.
"""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL

from postal_bridge.errors import Misuse
from postal_bridge.storage.failures import DatabaseUnavailable, connection_failed

_SUFFIX = ".csv"
_VERSION = "alembic_version"
_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name
"""
_COUNTING = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema()
      AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""


async def save(url: URL, folder: Path) -> str:
    """Write every table as of one moment into the folder; gives the revision of the tables.

    Raises:
        Misuse: there are no tables.
    """
    async with (
        _connected(url) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        tables = await _tables(connection)
        if _VERSION not in tables:
            msg = f"the database {url.render_as_string(hide_password=True)} has no tables"
            raise Misuse(msg)
        for table in tables:
            if table != _VERSION:
                path = folder / f"{table}{_SUFFIX}"
                await connection.copy_from_table(table, output=path, format="csv", header=True)
        return str(await connection.fetchval(f"SELECT version_num FROM {_VERSION}"))  # noqa: S608


async def refuse_filled(url: URL) -> None:
    """Raise Misuse where the database already holds something."""
    async with _connected(url) as connection:
        for table in await _tables(connection):
            if table == _VERSION:
                continue
            if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{table}")'):  # noqa: S608
                address = url.render_as_string(hide_password=True)
                msg = f"the database {address} is not empty: {table} has rows"
                raise Misuse(msg)


async def load(url: URL, folder: Path, *, make_tables: Callable[[], None]) -> None:
    """Fill the tables from the folder in one transaction; counters go on after the last row.

    `make_tables` makes them as they were when the backup was made; it blocks.

    Raises:
        Misuse: the tables are there already, in another form than the backup's.
    """
    await asyncio.to_thread(make_tables)
    async with _connected(url) as connection, connection.transaction():
        found = set(await _tables(connection)) - {_VERSION}
        paths = {path.stem: path for path in await asyncio.to_thread(_files, folder)}
        if found != paths.keys():
            msg = f"the database's tables are not the backup's: {sorted(found ^ paths.keys())}"
            raise Misuse(msg)
        for table, path in paths.items():
            columns = await asyncio.to_thread(_columns, path)
            await connection.copy_to_table(
                table, source=path, columns=columns, format="csv", header=True
            )
        for table, column in await connection.fetch(_COUNTING):
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'),"  # noqa: S608
                f' max("{column}")) FROM "{table}" HAVING max("{column}") IS NOT NULL'
            )


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[asyncpg.Connection]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await asyncpg.connect(plain, server_settings={"timezone": "UTC"})
    except Exception as error:
        if not connection_failed(error):
            raise
        address = url.render_as_string(hide_password=True)
        msg = f"the database {address} does not answer: {error}"
        raise DatabaseUnavailable(msg) from error
    try:
        yield connection
    finally:
        await connection.close()


async def _tables(connection: asyncpg.Connection) -> list[str]:
    return [str(row["table_name"]) for row in await connection.fetch(_TABLES)]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))
