"""Tables come from migrations only, and what they make is what the records say."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from postal_bridge.storage import migrate
from postal_bridge.storage.failures import DatabaseUnavailable
from postal_bridge.storage.migrations.compared import compared_on, is_named
from postal_bridge.storage.tables import metadata
from tests.conftest import MakeDatabase


async def differences(url: str) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        opts = {
            "compare_type": True,
            "include_name": is_named,
            "include_object": compared_on(connection.dialect.name),
        }
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, metadata))

    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def test_migrations_from_nothing_make_exactly_what_the_records_say(database_url: str) -> None:
    assert await differences(database_url) == []


async def test_migrating_again_changes_nothing_and_is_no_error(database_url: str) -> None:
    await migrate.upgrade_async(database_url)

    assert await differences(database_url) == []


async def test_a_database_in_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new/folder/journey.db"

    await migrate.upgrade_async(url)

    assert await differences(url) == []


def test_migrating_works_where_no_event_loop_runs(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/plain.db")

    assert (tmp_path / "plain.db").stat().st_size > 0


async def test_keys_of_a_provinces_own_data_lead_with_the_province(database_url: str) -> None:
    def read(connection: Connection) -> dict[str, list[str]]:
        seen = inspect(connection)
        return {
            name: list(seen.get_pk_constraint(name)["constrained_columns"])
            for name in seen.get_table_names()
        }

    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        keys = await connection.run_sync(read)
    await engine.dispose()

    ours = {name for name, table in metadata.tables.items() if "province" in table.c}
    ledger = {"custody_event"}  # numbered through, so that one order holds for the whole ledger
    assert {keys[name][0] for name in ours - ledger} == {"province"}


async def test_the_archive_is_made_like_the_ledger(
    make_database: MakeDatabase, postgres_template: str
) -> None:
    """A month changes from one to the other as it is: columns, key and indexes are the same."""

    def read(connection: Connection, table: str) -> list[object]:
        seen = inspect(connection)
        columns = [
            (one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(table)
        ]
        indexes = sorted(str(one["column_names"]) for one in seen.get_indexes(table))
        return [columns, seen.get_pk_constraint(table)["constrained_columns"], indexes]

    engine = create_async_engine(make_database(template=postgres_template))
    async with engine.connect() as connection:
        ledger = await connection.run_sync(lambda sync: read(sync, "custody_event"))
        archive = await connection.run_sync(lambda sync: read(sync, "custody_archive"))
    await engine.dispose()
    assert archive == ledger
    assert ledger[1] == ["province", "event_id", "item_code"]


def test_an_sqlite_file_has_its_write_ahead_log_before_anybody_opens_it(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite+aiosqlite:///{tmp_path}/post.db")
    with closing(sqlite3.connect(tmp_path / "post.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_database_that_is_not_there_is_named_when_migrating() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1/nothing") as failure:
        await migrate.upgrade_async("postgresql+asyncpg://nobody:bimat@127.0.0.1:1/nothing")
    assert "bimat" not in str(failure.value)
    assert "postal-bridge doctor" in str(failure.value)
