"""Nothing is skipped, whoever commits when; and the statement walks along an index."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from postal_bridge.storage.change_store import EVENTS_AT_ONCE, page_statement
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.postgres.months import first_id
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.changes import BEGINNING, ChangePage, Cursor, Onlooker
from tests.stores import a_position, an_event, opened

ALL = Onlooker("sang", (), sees_all=True)
LAN = Onlooker("lan", ("desk-1",))
JANUARY, MARCH = date(2019, 1, 1), date(2019, 3, 1)


@pytest.fixture
async def postgres(make_database: object, postgres_template: str) -> AsyncIterator[Storage]:
    async with opened(make_database(template=postgres_template)) as storage:  # type: ignore[operator]
        yield storage


async def write(work: UnitOfWork, item: str, *, month: date | None = None) -> None:
    event = an_event(1, item=item)
    if month is not None:
        event.event_id = UUID(int=first_id(month).int + event.event_id.int % 2**64)
    await work.custody.record(event, a_position(item=item))
    await work.flush()


async def written(storage: Storage, *items: str, month: date | None = None) -> None:
    async with storage.begin() as work:
        for item in items:
            await write(work, item, month=month)


async def read(storage: Storage, cursor: Cursor, *, limit: int = 200) -> ChangePage | None:
    async with storage.glance() as look:
        return await look.changes.after(cursor, onlooker=ALL, limit=limit)


async def end(storage: Storage) -> Cursor:
    async with storage.glance() as look:
        cursor = Cursor.read(await look.changes.cursor())
    assert cursor is not None
    return cursor


async def reads_on(storage: Storage, cursor: Cursor, wanted: int) -> tuple[list[str], Cursor]:
    """What is told until so many items were: others in the cluster may hold the feed up."""
    told: list[str] = []
    async with asyncio.timeout(30):
        while len(told) < wanted:
            page = await read(storage, cursor, limit=3)
            assert page is not None
            told += [change.code for change in page.changes]
            following = Cursor.read(page.cursor)
            assert following is not None
            cursor = following
    return told, cursor


# --- late commits ---------------------------------------------------------------------------------


async def test_what_was_written_first_and_committed_last_is_not_skipped(postgres: Storage) -> None:
    await written(postgres, "before")
    _, start = await reads_on(postgres, BEGINNING, 1)
    async with postgres.begin() as slow:
        await write(slow, "slow")
        await written(postgres, "quick")
        page = await read(postgres, start)
        assert page == ChangePage(start.text)  # held up, not passed by
        during = await end(postgres)
    for cursor in (start, during):
        assert (await reads_on(postgres, cursor, 2))[0] == ["slow", "quick"]


async def test_what_is_rolled_back_holds_nothing_up_for_ever(postgres: Storage) -> None:
    async with postgres.begin() as slow:
        await write(slow, "slow")
        await written(postgres, "quick")
        await slow.connection.rollback()
    assert (await reads_on(postgres, BEGINNING, 1))[0] == ["quick"]


async def test_a_transaction_that_only_reads_holds_nothing_up(postgres: Storage) -> None:
    async with postgres.begin(write=False) as reader:
        await reader.connection.execute(text("SELECT 1 FROM custody_event"))
        await written(postgres, "quick")
        assert (await reads_on(postgres, BEGINNING, 1))[0] == ["quick"]


async def test_nobody_is_skipped_or_repeated_while_many_write(postgres: Storage) -> None:
    """Four writers, some of whom stay open over others and some of whom give up."""
    moods = random.Random(2019)
    committed: set[str] = set()
    done = asyncio.Event()

    async def writes(name: str) -> None:
        for number in range(12):
            items = [f"{name}-{number}-{part}" for part in range(moods.randint(1, 3))]
            async with AsyncExitStack() as stack:
                work = await stack.enter_async_context(postgres.begin())
                for item in items:
                    await write(work, item)
                    await asyncio.sleep(moods.choice([0, 0, 0.02]))
                if moods.random() < 0.2:
                    await work.connection.rollback()
                else:
                    committed.update(items)

    told: list[str] = []

    async def follows() -> None:
        cursor = BEGINNING
        while not done.is_set() or len(told) < len(committed):
            page = await read(postgres, cursor, limit=moods.randint(1, 5))
            assert page is not None
            told.extend(change.code for change in page.changes)
            following = Cursor.read(page.cursor)
            assert following is not None
            assert following >= cursor
            cursor = following
            await asyncio.sleep(0.005)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        follower = group.create_task(follows())
        async with asyncio.TaskGroup() as writers:
            for name in "abcd":
                writers.create_task(writes(name))
        done.set()
    assert follower.done()
    assert len(told) == len(set(told))
    assert set(told) == committed


# --- another ledger than the one that was read ---------------------------------------------------


async def test_a_month_that_went_to_the_archive_asks_to_begin_anew(postgres: Storage) -> None:
    months = LedgerMonths(postgres)
    for month in (JANUARY, MARCH):
        await months.ensure(now=datetime.combine(month, datetime.min.time(), UTC), ahead=0)
    await written(postgres, "old", month=JANUARY)
    await written(postgres, "new", month=MARCH)
    _, latest = await reads_on(postgres, BEGINNING, 2)
    oldest = Cursor.read((await page_of(postgres, limit=1)).cursor)
    assert oldest is not None

    assert await months.archive(before=MARCH) == [JANUARY]
    assert await read(postgres, oldest) is None
    assert await read(postgres, BEGINNING) is None
    assert await read(postgres, latest) == ChangePage(latest.text)

    # A handheld that was lost for months sends its scans, and the month goes before one looks.
    await months.ensure(now=datetime(2019, 2, 1, tzinfo=UTC), ahead=0)
    await written(postgres, "found", month=date(2019, 2, 1))
    await reads_on(postgres, latest, 1)
    assert await months.archive(before=MARCH) == [date(2019, 2, 1)]
    assert await read(postgres, latest) is None


async def page_of(storage: Storage, *, limit: int) -> ChangePage:
    page = await read(storage, BEGINNING, limit=limit)
    assert page is not None
    return page


async def test_whoever_began_before_anything_happened_is_not_sent_in_circles(
    postgres: Storage,
) -> None:
    months = LedgerMonths(postgres)
    await months.ensure(now=datetime(2019, 1, 1, tzinfo=UTC), ahead=0)
    await written(postgres, "old", month=JANUARY)
    await reads_on(postgres, BEGINNING, 1)
    await months.archive(before=MARCH)
    assert await end(postgres) == BEGINNING
    assert await read(postgres, BEGINNING) == ChangePage(BEGINNING.text)


async def test_a_restored_ledger_begins_anew_and_then_goes_on(postgres: Storage) -> None:
    await written(postgres, "a", "b")
    _, old = await reads_on(postgres, BEGINNING, 2)
    async with postgres.begin() as work:  # as `restore` writes them
        await work.connection.execute(text("UPDATE custody_event SET written_in = 0"))
    assert await read(postgres, old) is None
    fresh = await end(postgres)
    assert (fresh.written_in, fresh.entry) == (0, old.entry)
    await written(postgres, "c")
    assert (await reads_on(postgres, fresh, 1))[0] == ["c"]


async def test_events_with_numbers_of_another_cluster_hold_nobody_up(postgres: Storage) -> None:
    await written(postgres, "theirs")
    async with postgres.begin() as work:
        await work.connection.execute(text("UPDATE custody_event SET written_in = 1000000000000"))
    assert await end(postgres) == BEGINNING
    await written(postgres, "ours")
    assert (await reads_on(postgres, BEGINNING, 1))[0] == ["ours"]


# --- cost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)
async def test_whoever_was_away_for_long_is_told_in_bounded_parts(database_url: str) -> None:
    async with opened(database_url) as storage:
        nobodys = [f"other-{number:04}" for number in range(EVENTS_AT_ONCE + 1)]
        async with storage.begin() as work:
            for item in nobodys:
                event = an_event(1, item=item).model_copy(
                    update={"place": "y", "actor": "x", "custodian": "x"}
                )
                position = a_position(item=item).model_copy(update={"place": "y", "custodian": "x"})
                await work.custody.record(event, position)
        await written(storage, "mine")
        cursor, told, pages = BEGINNING, list[str](), 0
        async with asyncio.timeout(30):
            while not told:
                async with storage.glance() as look:
                    page = await look.changes.after(cursor, onlooker=LAN, limit=9)
                assert page is not None
                told += [change.code for change in page.changes]
                pages += page.cursor != cursor.text
                cursor = Cursor.read(page.cursor) or cursor
        assert told == ["mine"]
        assert pages == 2


async def test_postgresql_walks_along_the_order_of_commits(postgres: Storage) -> None:
    await written(postgres, "one")
    async with postgres.begin() as work:
        for table, key in (("custody_event", "event_id, item_code"), ("position", "item_code")):
            found = await work.connection.execute(text(f"SELECT * FROM {table}"))
            names = [
                name
                for name in found.keys()  # noqa: SIM118 - a result has no other way to its names
                if name not in {*key.split(", "), "entry", "written_in", "ended"}
            ]
            made = key.replace("event_id", "gen_random_uuid()").replace("item_code", "'i' || n")
            await work.connection.execute(
                text(
                    f"INSERT INTO {table} ({key}, {', '.join(names)})"
                    f" SELECT {made}, {', '.join(names)} FROM {table}, generate_series(1, 20000) n"
                )
            )
        await work.connection.execute(text("ANALYZE custody_event, position"))
    values = ["H37", 1, 1, False, "lan", ["desk-1"], ["lan", "desk-1"]]
    async with postgres.glance() as look:
        rows = await look.fetch(f"EXPLAIN {page_statement(is_sqlite=False)}", values)
    plan = "\n".join(row[0] for row in rows)
    for columns in ("written_in_entry", "item_code_seq"):
        assert re.search(rf"using custody_event_other_(province_)?{columns}_idx", plan), plan
    assert "Index Scan using pk_position" in plan, plan
    for table in ("custody_event_other", '"position"'):  # an empty month may be scanned
        assert f"Seq Scan on {table}" not in plan, plan
    assert plan.count("SubPlan") == 2, plan  # each question is asked once


async def test_sqlite_walks_along_the_numbers(sqlite_template: object) -> None:
    async with opened(f"sqlite+aiosqlite:///{sqlite_template}") as storage:
        values = ["H37", 0, 7, False, "lan", '["desk-1"]', '["lan", "desk-1"]']
        async with storage.glance() as look:
            rows = await look.fetch(f"EXPLAIN QUERY PLAN {page_statement(is_sqlite=True)}", values)
    plan = "\n".join(row[3] for row in rows)
    assert "SEARCH e USING INTEGER PRIMARY KEY (rowid>?)" in plan, plan
    assert "SEARCH p USING INDEX" in plan, plan
    assert "SEARCH b USING INDEX" in plan, plan
