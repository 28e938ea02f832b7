"""A PostgreSQL database to one CSV file per table and back.

`pg_dump` may be missing where the service runs, and must be as new as the server; COPY is always
there. Text rather than COPY's binary form: a person can read it, and any later server takes it.
"""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import URL

from postal_bridge.errors import Misuse
from postal_bridge.storage.failures import DatabaseUnavailable, connection_failed
from postal_bridge.storage.journey_table import journey_table
from postal_bridge.storage.postgres.months import ARCHIVE, LIVE, PARTITIONS, making, read_names
from postal_bridge.storage.tables import LEDGER

_SUFFIX = ".csv"
_VERSION = "alembic_version"
_OF_THE_PROGRAMME = {_VERSION, journey_table.name}  # written by migrating, not by working
_MONTHS = "months.json"
# Tables with what they are divided into; neither their parts nor views.
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
      AND NOT relispartition
    ORDER BY relname
"""
_COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped
      AND attgenerated = ''
    ORDER BY attnum
"""
_DIVIDED = "SELECT to_regclass('custody_ledger') IS NOT NULL"
_OF_THE_CLUSTER = "written_in"
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
    async with _connected(url) as connection, _one_moment(connection):
        tables = await _tables(connection)
        if _VERSION not in tables:
            msg = f"the database {url.render_as_string(hide_password=True)} has no tables"
            raise Misuse(msg)
        for table in tables:
            if table not in _OF_THE_PROGRAMME:
                await _save_table(connection, table, folder / f"{table}{_SUFFIX}")
        months = await connection.fetch(PARTITIONS)
        text = json.dumps([row[0] for row in months], indent=2)
        await asyncio.to_thread((folder / _MONTHS).write_text, text)
        return str(await connection.fetchval(f"SELECT version_num FROM {_VERSION}"))  # noqa: S608


async def refuse_filled(url: URL) -> None:
    """Raise Misuse where the database already holds something."""
    async with _connected(url) as connection:
        for table in await _tables(connection):
            if table in _OF_THE_PROGRAMME:
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
        found = set(await _tables(connection)) - _OF_THE_PROGRAMME
        paths = {path.stem: path for path in await asyncio.to_thread(_files, folder)}
        if found != paths.keys():
            msg = f"the database's tables are not the backup's: {sorted(found ^ paths.keys())}"
            raise Misuse(msg)
        await _make_months(connection, folder / _MONTHS)
        for table, path in paths.items():
            columns = await asyncio.to_thread(_columns, path)
            await connection.copy_to_table(
                table, source=path, columns=columns, format="csv", header=True
            )
        is_divided = await connection.fetchval(_DIVIDED)
        for table, column in await connection.fetch(_COUNTING):
            # Numbers in the archive were given out too.
            read = LEDGER.name if is_divided and table == LIVE else table
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'),"  # noqa: S608
                f' max("{column}")) FROM "{read}" HAVING max("{column}") IS NOT NULL'
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


@asynccontextmanager
async def _one_moment(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Read the database as it is now, until the block ends.

    The ledger is held before the first look, in the order in which the months' job takes it:
    a month that moved to the archive between the look and the copy would be in neither.
    """
    is_divided = await connection.fetchval(_DIVIDED)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        if is_divided:
            await connection.execute(f"LOCK TABLE {LIVE}, {ARCHIVE} IN ACCESS SHARE MODE")
        yield


async def _save_table(connection: asyncpg.Connection, table: str, path: Path) -> None:
    """A table with its parts; numbers of this cluster's transactions mean nothing in another."""
    names = [str(row["attname"]) for row in await connection.fetch(_COLUMNS, table)]
    columns = ", ".join(
        f'0 AS "{name}"' if name == _OF_THE_CLUSTER else f'"{name}"' for name in names
    )
    query = f'SELECT {columns} FROM "{table}"'  # noqa: S608 - names from the catalogue
    await connection.copy_from_query(query, output=path, format="csv", header=True)


async def _make_months(connection: asyncpg.Connection, path: Path) -> None:
    """Make the months that the backup's ledger had; there are none in a backup of release 0001."""
    if not await asyncio.to_thread(path.exists):
        return
    wanted = read_names(json.loads(await asyncio.to_thread(path.read_text)))
    found = read_names(row[0] for row in await connection.fetch(PARTITIONS))
    for table, months in wanted.items():
        for month in sorted(months - found[table]):
            for statement in making(table, month):
                await connection.execute(statement)


async def _tables(connection: asyncpg.Connection) -> list[str]:
    return [str(row["relname"]) for row in await connection.fetch(_TABLES)]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _columns(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))
