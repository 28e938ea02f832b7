"""The statement that takes scans looks everything up by its key, whatever the tables hold.

Its plan is made once per connection, perhaps on a new database or in the first minute of a month:
so it is asked for where every table is empty, which is where a wrong plan looks as good as the
right one.
"""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from postal_bridge.storage.engine import Storage
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.postgres.connections import PLANNING
from postal_bridge.storage.postgres.plain_scans import STATEMENT
from postal_bridge.storage.sqlite import plain_scans
from tests.stores import opened

SCANNED = re.compile(r"Index (?:Only )?Scan using (\S+) on \"?(\w+)\"?")
ANY_BATCH = """
'H37', 'token', '{courier}', 'HH-01', '2019-01-10 01:30Z', '2019-01-10 01:40Z', 120000,
'{01683550-e300-7000-8f55-c9889d3b9072}', '{code}', '{load}', '{desk}', '{2019-01-10 01:30Z}',
'{NULL}', '{NULL}', '{NULL}'
"""
OF_MONTHS = re.compile(r"custody_(event|archive)_(\d{4}_\d{2}|other)")


async def plan_of(url: str) -> str:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""), server_settings=PLANNING)
    try:
        await connection.execute(f"PREPARE takes AS {STATEMENT}")
        rows = await connection.fetch(f"EXPLAIN EXECUTE takes ({ANY_BATCH})")
    finally:
        await connection.close()
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_ids_and_positions_are_found_by_their_keys_on_empty_tables(
    database_url: str,
) -> None:
    async with opened(database_url) as storage:
        await months_of_two_years(storage)
    plan = await plan_of(database_url)
    assert "Seq Scan" not in plan
    used: dict[str, set[str]] = {}
    for index, table in SCANNED.findall(plan):
        used.setdefault(OF_MONTHS.sub(r"custody_\1", table), set()).add(index)
    assert used["position"] == {"pk_position"}
    assert used["journey_move"] == {"pk_journey_move"}
    months = used["custody_event"]
    assert len(months) > 12
    assert all(index.endswith("_pkey") for index in months), months


async def months_of_two_years(storage: Storage) -> None:
    months = LedgerMonths(storage)
    for year in (2018, 2019):
        for month in range(1, 13):
            await months.ensure(now=datetime(year, month, 1, tzinfo=UTC))
    await months.archive(before=datetime(2018, 7, 1, tzinfo=UTC).date())


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (plain_scans.TAKEN_IDS, "uq_custody_event_province_event_id_item_code|autoindex"),
        (plain_scans.KNOWN, "uq_custody_event_province_event_id_item_code|autoindex"),
        (plain_scans.POSITIONS, "autoindex_position"),
        (plain_scans.MOVE, "autoindex_position"),
    ],
)
def test_sqlite_finds_ids_and_positions_by_their_keys(
    database_url: str, statement: str, index: str
) -> None:
    asked = statement.format("?,?,?")
    file = Path(database_url.partition(":///")[2])
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {asked}", ["x"] * asked.count("?"))
        plan = "\n".join(row[3] for row in rows)
    assert re.search(f"SEARCH .*({index})", plan), plan
    assert "SCAN" not in plan
