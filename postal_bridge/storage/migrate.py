"""Bring a database to this release's tables."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from postal_bridge.storage.failures import could_not_connect, unavailable
from postal_bridge.storage.journey_table import write_journey
from postal_bridge.storage.postgres.months import ensure_months

_NEWEST = "head"
_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str, *, revision: str = _NEWEST) -> None:
    """Make or renew the tables of the database at this address; blocks until done.

    Alembic is synchronous and runs its own event loop for the asynchronous drivers, so it gets a
    thread of its own, whether or not the caller is inside a loop.

    Raises:
        DatabaseUnavailable: the database is not there.
    """
    failures: list[BaseException] = []

    def run() -> None:
        try:
            _upgrade(url, revision)
        except BaseException as error:  # noqa: BLE001 - handed to the caller just below
            failures.append(error)

    thread = threading.Thread(target=run, name="migrate")
    thread.start()
    thread.join()
    for error in failures:
        if isinstance(error, Exception) and could_not_connect(error):
            raise unavailable(make_url(url), error) from error
        raise error


async def upgrade_async(url: str) -> None:
    """The same without holding up the loop."""
    await asyncio.to_thread(upgrade, url)


def _upgrade(url: str, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    database = make_url(url)
    if database.get_backend_name() == "sqlite" and database.database:
        Path(database.database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, revision)
    if revision == _NEWEST:
        asyncio.run(_fill(url))
    if database.get_backend_name() == "sqlite" and database.database:
        _write_ahead(database.database)


async def _fill(url: str) -> None:
    """Write the journey table, and make the ledger's months ahead by the database's clock."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(write_journey)
            if connection.dialect.name == "sqlite":
                return
            now = (await connection.execute(select(func.now()))).scalar_one()
            await ensure_months(connection, now=now)
    finally:
        await engine.dispose()


def _write_ahead(file: str) -> None:
    """Switch an SQLite file to its write-ahead log, once and for good.

    The switch needs the file for itself and does not wait for it: if it were left to the first
    connections, one of two processes that start at the same moment would fail.
    """
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
