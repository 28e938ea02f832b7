"""Accounts are read by number, from indexes that hold only what has to do with money."""

import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy import event

from tests.conftest import FreshDatabase
from tests.stages.remittances.money import a_parcel
from tests.stores import opened


async def test_a_page_of_accounts_reads_no_parcel_without_money(
    fresh_database: FreshDatabase, engine_name: str
) -> None:
    if engine_name != "sqlite":
        return  # PostgreSQL chooses by numbers that a small table does not have
    url = fresh_database()
    asked: list[tuple[str, Any]] = []
    async with opened(url) as storage, storage.begin() as work:
        await a_parcel(work, "C1")

        @event.listens_for(work.connection.sync_connection, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, said: str, values: Any, *_more: Any) -> None:
            asked.append((said, values))

        assert len(await work.cod_books.accounts(after="", limit=5)) == 1
        assert len(await work.cod_books.unassigned(after=None, limit=5)) == 0
    with closing(sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))) as database:
        plan = [
            row[3]
            for said, values in asked
            for row in database.execute(f"EXPLAIN QUERY PLAN {said}", values)
        ]
    for index in ("carrier_order_cod", "carrier_event_cod", "remittance_line_province_number"):
        assert any(f"ix_{index} " in line and "number>?" in line for line in plan), plan
    assert any("ix_remittance_line_unassigned" in line for line in plan), plan
