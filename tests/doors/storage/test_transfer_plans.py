"""The lists walk along their indexes: what the databases themselves say about each statement.

A plan is only worth something where there is much to go wrong: twelve thousand items, a tenth of
them open. PostgreSQL is asked twice, for a plan that knows the values and for one that does not,
as a prepared statement has it after a few runs.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from postal_bridge.journey import Direction, Stage
from postal_bridge.storage.transfer_store import page_statement, summary_statement
from postal_bridge.tracking.transfers import TransferFilter
from tests.conftest import MakeDatabase
from tests.stores import PROVINCE

DOSSIERS = 6000
NOW = datetime.fromisoformat("2019-01-13T01:30:00+00:00")
POUCH = "TUI-190110-0008-0"
LAST = f"D{DOSSIERS * 19 // 20:06}/H1"

# Numbers 1…n, whose last tenth is underway; the same in both databases' words but for `mod`.
FILL = f"""
INSERT INTO dossier (province, code, procedure_code, department, applicant_name,
 applicant_identity, applicant_phone, applicant_address, channel, return_mode, status,
 received_at, received_by, received_place, promised_at)
SELECT '{PROVINCE}', 'D' || substr('000000' || n, -6), '1.003003', 'DEP' || n % 10,
 'Nông Thị Hồng Đào', '020190000001', '0912345678', 'Thôn Nà Sầm', 1, 0,
 CASE WHEN n > {DOSSIERS} * 9 / 10 THEN 4 ELSE 10 END, '2019-01-10 02:00:00.000000', 'lan',
 'desk-1', CASE WHEN n % 50 = 0 THEN '2019-01-12 09:30:00.000000' ELSE
 '2019-01-20 09:30:00.000000' END
FROM numbers;
INSERT INTO item (province, code, dossier_code, kind, direction, label, department, created_at)
SELECT province, code || side, code, kind, direction, 'Hồ sơ', department, received_at
FROM dossier, sides;
INSERT INTO position (province, item_code, dossier_code, kind, direction, department, stage,
 place, custodian_kind, custodian, pouch, sealed, since, last_event_id, latest_at, seq, last_hash)
SELECT province, code || side, code, kind, direction, department,
 CASE WHEN status = 10 THEN 'returned' WHEN n % 3 = 0 THEN 'desk' ELSE 'transfer' END,
 'desk-' || n % 40, 'person', 'person-' || n % 200,
 CASE WHEN status = 4 AND n % 4 = 0 THEN 'TUI-190110-' || substr('0000' || n % 64, -4) || '-0' END,
 {{true}}, received_at, '00000000000000000000000000000001', received_at, 5, 'a'
FROM dossier JOIN numbered ON numbered.of = code, sides;
INSERT INTO consignment (province, number, item_code, dossier_code, carrier, state,
 consignee_name, consignee_phone, consignee_address, attempts, booked_at, booked_by)
SELECT province, 'VD-' || item_code, item_code, dossier_code, 'carrier-' || seq,
 CASE WHEN stage = 'returned' THEN 'delivered' ELSE 'booked' END, 'An', '09', 'x', 0, since, 'lan'
FROM position WHERE direction = 'back';
INSERT INTO staff (username, name, role, places)
SELECT 'person-' || n, 'Lý Văn Tuấn', 'courier', '' FROM numbers WHERE n <= 2000;
INSERT INTO place (province, code, name, kind)
SELECT '{PROVINCE}', 'desk-' || n, 'Quầy', 'desk' FROM numbers WHERE n <= 40
"""
SIDES = """
CREATE TEMPORARY TABLE sides AS SELECT '/H1' AS side, 'application' AS kind, 'out' AS direction
 UNION ALL SELECT '/K1', 'result', 'back';
CREATE TEMPORARY TABLE numbered AS SELECT n, 'D' || substr('000000' || n, -6) AS of FROM numbers
"""

OPEN, OF, HELD = "ix_position_open", "ix_position_open_of", "ix_position_pouch"
LATE, CARRIED = "ix_dossier_late", "ix_consignment_open"
QUESTIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, {OPEN}),
    "the next page": ({"after": LAST}, {OPEN}),
    "a direction": ({"direction": Direction.BACK}, {OPEN}),
    "a department": ({"department": "DEP3"}, {OF}),
    "a department's next page": ({"department": "DEP3", "after": LAST}, {OF}),
    "a department and a direction": (
        {"department": "DEP3", "direction": Direction.OUT, "after": LAST},
        {OF},
    ),
    "a stage": ({"stages": (Stage.DESK,)}, {OPEN}),
    "a rare stage": ({"stages": (Stage.MISSING,)}, {OPEN}),
    "a department and a stage": ({"department": "DEP3", "stages": (Stage.DESK,)}, {OF}),
    "a person": ({"holder": "person-17"}, {OPEN}),
    "a pouch": ({"holder": POUCH}, {HELD}),
    "a place": ({"place": "desk-3"}, {OPEN}),
    "a carrier": ({"carrier": "carrier-5"}, {CARRIED}),
    "age": ({"since_before": NOW - timedelta(days=2)}, {OPEN}),
    "overdue": ({"overdue": True}, {LATE}),
    "overdue in a department": ({"overdue": True, "department": "DEP0"}, {LATE}),
    "not overdue": ({"overdue": False}, {OPEN}),
}
BIG = ("position", "dossier", "item", "consignment", "staff")
"""Tables that are never read from end to end for a page. Places are few: one read is cheapest."""


def filled(statements: str, *, true: str) -> list[str]:
    return [one for one in statements.replace("{true}", true).split(";\n") if one.strip()]


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture
async def server(make_database: MakeDatabase, postgres_template: str) -> Any:
    connection = await asyncpg.connect(
        make_database(template=postgres_template).replace("+asyncpg", ""),
        server_settings={"random_page_cost": "1.1"},
    )
    try:
        await connection.execute(
            f"CREATE TEMPORARY TABLE numbers AS SELECT generate_series(1, {DOSSIERS}) AS n"
        )
        # `substr(text, -6)` counts from the end in SQLite only.
        words = (SIDES + ";\n" + FILL).replace("substr('000000' || n, -6)", "lpad(n::text, 6, '0')")
        words = words.replace("substr('0000' || n % 64, -4)", "lpad((n % 64)::text, 4, '0')")
        words = re.sub(r"'(2019-01-\d\d [\d:.]+)'", r"'\1+00'::timestamptz", words)
        words = words.replace("'00000000000000000000000000000001'", "gen_random_uuid()")
        for statement in filled(words, true="true"):
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE)")
        yield connection
    finally:
        await connection.close()


async def plan_of(server: Any, statement: str, values: list[object]) -> list[str]:
    await server.execute(f"PREPARE asked AS {statement}")
    literals = ", ".join(f"'{value}'" for value in values)
    found = await server.fetch(f"EXPLAIN EXECUTE asked({literals})")
    await server.execute("DEALLOCATE asked")
    return [row[0] for row in found]


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_postgresql_walks_along_the_indexes(server: Any, mode: str) -> None:
    await server.execute(f"SET plan_cache_mode = {mode}")
    for asked, (wanted, indexes) in QUESTIONS.items():
        statement, values = page_statement(
            TransferFilter(now=NOW, **wanted), province=PROVINCE, is_sqlite=False
        )
        plan = await plan_of(server, statement, values)
        told = f"{asked}\n" + "\n".join(plan)
        assert indexes <= {name for name in indexes for line in plan if name in line.split()}, told
        read_whole = re.findall(r"Seq Scan on \"?(\w+)", told)
        assert not set(read_whole) & set(BIG), told


async def test_postgresql_counts_a_department_along_its_index(server: Any) -> None:
    wanted = TransferFilter(now=NOW, department="DEP3")
    statement, values = summary_statement(wanted, province=PROVINCE, is_sqlite=False)
    plan = await plan_of(server, statement, values)
    assert any(OF in line for line in plan), plan


async def test_a_scan_renews_no_index_of_the_lists_on_postgresql(server: Any) -> None:
    """Else each of the hottest statement's rows would be entered anew into every index."""
    moved = await server.execute(
        "UPDATE position SET stage = 'transfer', place = 'desk-9', custodian = 'person-1',"
        " since = now(), latest_at = now(), seq = seq + 1 WHERE item_code < 'D000050'"
    )
    assert moved == "UPDATE 98"
    await server.execute("SELECT pg_stat_force_next_flush()")
    updated, in_place = await server.fetchrow(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'position'"
    )
    assert (updated, in_place) == (98, 0)  # they were returned: `ended` changes, once in a life
    for stage in ("desk", "transfer"):
        await server.execute(
            "UPDATE position SET stage = $1, place = 'desk-8', custodian = 'person-2',"
            " since = now(), latest_at = now(), seq = seq + 1 WHERE item_code = 'D006000/H1'",
            stage,
        )
    await server.execute("SELECT pg_stat_force_next_flush()")
    assert (
        await server.fetchval(
            "SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'position'"
        )
        == 2
    )
    room = await server.fetchval("SELECT reloptions FROM pg_class WHERE relname = 'position'")
    assert room == ["fillfactor=80"]


# --- SQLite ---------------------------------------------------------------------------------------


@pytest.fixture
def file(sqlite_template: Any, tmp_path: Any) -> Iterator[sqlite3.Connection]:
    copy = tmp_path / "lists.db"
    copy.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("CREATE TEMPORARY TABLE numbers (n INTEGER)")
        numbers = ((number,) for number in range(1, DOSSIERS + 1))
        connection.executemany("INSERT INTO numbers VALUES (?)", numbers)
        for statement in filled(SIDES + ";\n" + FILL, true="1"):
            connection.execute(statement)
        connection.commit()
        yield connection


@pytest.mark.parametrize("analysed", [True, False])
def test_sqlite_walks_along_the_indexes(file: sqlite3.Connection, analysed: bool) -> None:
    """Also where nobody has ever run ANALYZE, as on most machines."""
    if analysed:
        file.execute("ANALYZE")
    for asked, (wanted, indexes) in QUESTIONS.items():
        statement, values = page_statement(
            TransferFilter(now=NOW, **wanted), province=PROVINCE, is_sqlite=True
        )
        plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        told = f"{asked}\n" + "\n".join(plan)
        assert indexes <= {name for name in indexes for line in plan if name in line.split()}, told
        read_whole = [line.split()[1] for line in plan if re.fullmatch(r"SCAN [a-z]+", line)]
        assert not set(read_whole) - {"p", "line"}, told  # `p` and `line` are the page itself
        assert "SCAN p" not in plan or any(line.startswith("CO-ROUTINE p") for line in plan), told


def test_sqlite_finds_what_was_filled_in(file: sqlite3.Connection) -> None:
    statement, values = page_statement(
        TransferFilter(now=NOW, overdue=True), province=PROVINCE, is_sqlite=True
    )
    assert file.execute(statement, values).fetchone()[0].count("VD-") == 12
