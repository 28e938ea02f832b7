"""Transactions: what is committed, what is undone, and what is said when the database is away."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.failures import DatabaseUnavailable
from tests.conftest import FreshDatabase, MakeDatabase
from tests.postgres import PostgresServer
from tests.stores import DOSSIER, NOW, PROVINCE, a_dossier, an_item, database, opened

ITEMS = ("A/H1", "B/H1")


async def test_what_a_block_wrote_is_there_after_it(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])

    async with storage.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) == a_dossier()


async def test_a_block_that_raises_leaves_nothing(storage: Storage) -> None:
    async def write_and_fail() -> None:
        async with storage.begin() as work:
            await work.dossiers.add(a_dossier(), [])
            raise RuntimeError("thrown away")

    with pytest.raises(RuntimeError, match="thrown away"):
        await write_and_fail()

    async with storage.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) is None


async def test_a_cancelled_block_leaves_nothing_and_hinders_nobody(storage: Storage) -> None:
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with storage.begin() as work:
            await work.dossiers.add(a_dossier(), [])
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with storage.begin() as work:
        assert await work.dossiers.find(DOSSIER) is None
        await work.dossiers.add(a_dossier(), [])


async def test_a_transaction_for_reading_cannot_write(storage: Storage) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailable)):
        async with storage.begin(write=False) as work:
            await work.dossiers.add(a_dossier(), [])

    async with storage.begin() as work:
        assert await work.dossiers.find(DOSSIER) is None
        await work.dossiers.add(a_dossier(), [])


async def test_naive_times_are_refused(storage: Storage) -> None:
    naive = a_dossier()
    naive.received_at = datetime(2019, 1, 10, 8, 0)  # noqa: DTZ001 - that is the point
    with pytest.raises(StatementError, match="timezone"):
        async with storage.begin() as work:
            await work.dossiers.add(naive, [])


async def test_local_times_come_back_as_the_same_moment_in_utc(storage: Storage) -> None:
    local = a_dossier()
    local.received_at = datetime(2019, 1, 10, 8, 0, 0, 7, tzinfo=LOCAL)
    async with storage.begin() as work:
        await work.dossiers.add(local, [])
        found = await work.dossiers.find(DOSSIER)

    assert found is not None
    assert found.received_at == local.received_at
    assert found.received_at.utcoffset() == timedelta(0)
    assert found.received_at.microsecond == 7


async def test_two_writers_that_hold_the_same_items_in_opposite_order_both_finish(
    storage: Storage, database_url: str
) -> None:
    async with storage.begin() as work:
        for code in ITEMS:
            await work.custody.add_item(an_item(code))

    async def hold(store: Storage, codes: tuple[str, ...]) -> None:
        for _ in range(20):
            async with store.begin() as work:
                assert set(await work.custody.hold(codes)) == set(ITEMS)

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        tasks.create_task(hold(storage, ITEMS))
        tasks.create_task(hold(other, ITEMS[::-1]))
        tasks.create_task(hold(storage, ITEMS[::-1]))


async def test_readers_do_not_wait_for_a_writer(storage: Storage) -> None:
    async with storage.begin() as writing:
        await writing.dossiers.add(a_dossier(), [])
        async with storage.begin(write=False) as reading:
            assert await reading.dossiers.find(DOSSIER) is None


async def test_provinces_in_one_database_do_not_see_each_other(
    storage: Storage, database_url: str
) -> None:
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])

    async with opened(database_url, province="H05") as other, other.begin() as work:
        assert await work.dossiers.find(DOSSIER) is None
        await work.dossiers.add(a_dossier(), [])


async def test_a_database_with_tables_is_ready(storage: Storage) -> None:
    await storage.ready()


async def test_an_empty_postgresql_is_told_to_be_migrated(make_database: MakeDatabase) -> None:
    async with opened(make_database()) as storage:
        with pytest.raises(Misuse, match="postal-bridge migrate"):
            await storage.ready()


async def test_an_empty_sqlite_is_told_to_be_migrated(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.db").close()
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/empty.db") as storage:
        with pytest.raises(Misuse, match="postal-bridge migrate"):
            await storage.ready()


async def test_an_sqlite_file_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/nothing.db") as storage:
        with pytest.raises(DatabaseUnavailable, match=r"nothing\.db is not there"):
            await storage.ready()

    assert not (tmp_path / "nothing.db").exists()


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Kính gửi Trung tâm Hành chính công " * 100)
    async with opened(f"sqlite+aiosqlite:///{tmp_path}/letter.db") as storage:
        with pytest.raises(DatabaseUnavailable, match="not a database"):
            await storage.ready()


def test_sqlite_in_memory_is_refused_since_it_would_forget() -> None:
    with pytest.raises(Misuse, match="is a file"):
        Storage(database("sqlite+aiosqlite://"), province=PROVINCE, clock=ReplayClock(NOW))


@pytest.mark.parametrize("wrong", ["port", "password", "database"])
async def test_a_postgresql_that_is_not_there_is_named_without_its_password(
    postgres_server: PostgresServer, wrong: str
) -> None:
    url = {
        "port": "postgresql+asyncpg://postgres:geheim@127.0.0.1:1/journey",
        "password": f"postgresql+asyncpg://postgres:geheim@127.0.0.1:{postgres_server.port}/x",
        "database": postgres_server.url("no_such_database"),
    }[wrong]
    async with opened(url) as storage:
        with pytest.raises(DatabaseUnavailable) as raised:
            await storage.ready()

    said = str(raised.value)
    assert "127.0.0.1" in said
    assert "geheim" not in said
    assert postgres_server.password not in said
    assert raised.value.retryable


async def test_a_connection_that_is_cut_in_the_middle_is_an_accident_that_may_be_tried_again(
    make_database: MakeDatabase, postgres_template: str
) -> None:
    async with opened(make_database(template=postgres_template)) as storage:
        with pytest.raises(DatabaseUnavailable):
            async with storage.begin() as work:
                await work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

        await storage.ready()


async def test_a_postgresql_that_hung_up_meanwhile_is_found_again_at_once(
    make_database: MakeDatabase, postgres_template: str, postgres_server: PostgresServer
) -> None:
    hung_up = asyncio.Event()
    async with opened(make_database(template=postgres_template)) as storage:
        async with storage.begin() as work:
            driver = (await work.connection.get_raw_connection()).driver_connection
            assert driver is not None
            driver.add_termination_listener(lambda _connection: hung_up.set())
        postgres_server.execute(f"SELECT pg_terminate_backend({driver.get_server_pid()})")
        await hung_up.wait()

        await storage.ready()


async def test_a_postgresql_statement_without_end_is_ended(
    make_database: MakeDatabase, postgres_template: str
) -> None:
    settings = database(make_database(template=postgres_template))
    short = settings.model_copy(update={"statement_timeout_ms": 50})
    storage = Storage(short, province=PROVINCE, clock=ReplayClock(NOW))
    with pytest.raises(DatabaseUnavailable, match="statement timeout"):
        async with storage.begin() as work:
            await work.connection.execute(text("SELECT pg_sleep(30)"))
    await storage.close()


@pytest.fixture
def locked(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a database that another programme writes to and does not let go."""
    path = tmp_path / "locked.db"
    path.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        yield f"sqlite+aiosqlite:///{path}"


async def test_an_sqlite_that_another_programme_keeps_locked_can_be_read_and_not_written(
    locked: str,
) -> None:
    async with opened(locked, busy_timeout_ms=30) as storage:
        with pytest.raises(DatabaseUnavailable, match="locked"):
            async with storage.begin():
                pass
        await storage.ready()


async def test_twenty_writers_at_once_lose_nothing(
    storage: Storage, fresh_database: FreshDatabase
) -> None:
    async def write(number: int) -> None:
        async with storage.begin() as work:
            await work.dossiers.add(a_dossier(f"D{number}"), [])

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(write(number))

    async with storage.begin(write=False) as work:
        assert len(await work.dossiers.received_between(NOW, NOW + timedelta(1))) == 20
