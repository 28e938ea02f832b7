"""The whole ledger on a database: part by part, and rows that nobody of us wrote."""

import random
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from postal_bridge.storage import ledger_store
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.tables import CustodyEventRow, table_of
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.ledger import Finding, seal_day, verify_ledger
from tests.doors.storage.long_ledger import fill
from tests.stores import NOW, PROVINCE, an_item, opened

ITEMS = 13
on_sqlite = pytest.mark.parametrize("engine_name", ["sqlite"])
"""SQLite keeps in a column whatever it is given; PostgreSQL keeps to the column's type."""
on_postgres = pytest.mark.parametrize("engine_name", ["postgresql"])
CODE = "000.00.06.H37-190110-000007/H1"
UNTOUCHED = {"entry", "province", "written_in", "item_code"}


@pytest.fixture
def signer(tmp_path: Path) -> LedgerKey:
    return LedgerKey(tmp_path / "ledger.pem")


@pytest.fixture
async def codes(storage: Storage, signer: LedgerKey, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Items with two to seven events each, two days sealed; read in parts of five rows."""
    monkeypatch.setattr(ledger_store, "PART", 5)
    return await fill(storage, items=ITEMS, signer=signer, days=2, chance=random.Random(1))


class Undone(Exception):  # noqa: N818 - it is none
    """Ends a transaction without a trace."""


async def findings(work: UnitOfWork, signer: LedgerKey) -> set[tuple[str, str]]:
    return {(one.what, one.where) for one in await all_findings(work, signer)}


async def all_findings(work: UnitOfWork, signer: LedgerKey) -> Sequence[Finding]:
    return (await verify_ledger(work.ledger, signer=signer)).findings


async def tampered(
    storage: Storage, signer: LedgerKey, statement: str, **values: Any
) -> set[tuple[str, str]]:
    """What is found after a change, which is undone."""
    found: set[tuple[str, str]] = set()
    with suppress(Undone):
        async with storage.begin() as work:
            await work.connection.execute(text(statement), values)
            found = await findings(work, signer)
            raise Undone
    return found


async def test_parts_end_wherever_they_like(
    storage: Storage, codes: list[str], signer: LedgerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with storage.begin(write=False) as work:
        whole = await verify_ledger(work.ledger, signer=signer)
        assert (whole.items, whole.days, whole.findings) == (ITEMS, 2, ())
        for part in (1, 2, 3, 7, whole.events - 1, whole.events, whole.events + 1):
            monkeypatch.setattr(ledger_store, "PART", part)
            assert await verify_ledger(work.ledger, signer=signer) == whole


async def test_each_row_that_is_removed_is_named_wherever_it_lies(
    storage: Storage, codes: list[str], signer: LedgerKey
) -> None:
    for code in codes[::4]:
        gone = {"code": code}
        for seq in (1, 2):
            where = "item_code = :code AND seq = :seq"
            found = await tampered(
                storage, signer, f"DELETE FROM custody_event WHERE {where}", seq=seq, **gone
            )
            assert ("removed", f"{code} #{seq}") in found
        assert await tampered(
            storage, signer, "DELETE FROM position WHERE item_code = :code", **gone
        ) == {("position", code)}
        assert await tampered(storage, signer, "DELETE FROM item WHERE code = :code", **gone) == {
            ("position", code)
        }


async def test_items_and_positions_without_events_are_named_though_they_fill_parts(
    storage: Storage, codes: list[str], signer: LedgerKey
) -> None:
    found = await tampered(storage, signer, "DELETE FROM custody_event WHERE seq > 0")
    assert {("removed", f"{code} #1") for code in codes} <= found
    async with storage.begin() as work:
        for number in range(12):
            await work.custody.add_item(an_item(f"A{number:02}"))
        strays = {("removed", f"A{number:02} #1") for number in range(12)}
        assert await findings(work, signer) == strays


async def test_another_provinces_ledger_is_not_ours(
    storage: Storage, codes: list[str], signer: LedgerKey, database_url: str
) -> None:
    async with opened(database_url, province="H38") as other:
        await fill(other, items=4, signer=signer, days=1, chance=random.Random(2))
        async with other.begin(write=False) as work:
            theirs = await verify_ledger(work.ledger, signer=signer)
        async with other.begin() as work:
            await work.connection.execute(
                text("UPDATE custody_event SET note = 'x' WHERE province = 'H38'")
            )
    assert (theirs.items, theirs.days, theirs.findings) == (4, 1, ())
    async with storage.begin(write=False) as work:
        assert await all_findings(work, signer) == ()


@on_postgres
async def test_a_second_row_with_the_same_number_is_named(
    codes: list[str], storage: Storage, signer: LedgerKey
) -> None:
    """PostgreSQL's months have no rule over all of them; SQLite refuses such a row."""
    async with storage.begin() as work:
        for code in codes[:3]:
            columns = "event_id, item_code, seq, act, place, actor, occurred_at, recorded_at"
            await work.connection.execute(
                text(
                    f"INSERT INTO custody_event ({columns}, previous_hash, hash, province)"
                    " SELECT gen_random_uuid(), item_code, seq, act, place, actor, occurred_at,"
                    " recorded_at, previous_hash, hash, province FROM custody_event"
                    " WHERE item_code = :code AND seq = 2"
                ),
                {"code": code},
            )
        assert await findings(work, signer) == {("inserted", f"{code} #2") for code in codes[:3]}


@pytest.mark.parametrize(
    ("table", "column", "what"),
    [
        ("custody_event", "act", "edited"),
        ("custody_event", "custodian_kind", "edited"),
        ("position", "stage", "position"),
        ("position", "kind", "position"),
        ("item", "kind", "position"),
        ("item", "direction", "position"),
    ],
)
async def test_a_word_that_nobody_ever_wrote_is_named_and_spoils_no_other(
    storage: Storage, codes: list[str], signer: LedgerKey, table: str, column: str, what: str
) -> None:
    key = "code" if table == "item" else "item_code"
    only = " AND seq = 2" if table == "custody_event" else ""
    found = await tampered(
        storage, signer, f"UPDATE {table} SET {column} = 'bay' WHERE {key} = :code{only}", code=CODE
    )
    assert found == {(what, f"{CODE} #2" if only else CODE)}


@on_sqlite
@pytest.mark.parametrize("junk", ["'bay'", "x'ff00'", "CAST(x'ff' AS TEXT)", "-1", "1.5"])
async def test_whatever_stands_in_a_column_the_row_is_named(
    storage: Storage, codes: list[str], signer: LedgerKey, junk: str
) -> None:
    row = "WHERE item_code = :code AND seq = 2"
    for column in sorted(set(table_of(CustodyEventRow).c.keys()) - UNTOUCHED):
        change = f"UPDATE custody_event SET {column} = {junk} {row}"
        found = await tampered(storage, signer, change, code=CODE)
        assert {where.partition(" ")[0] for what, where in found if what != "root"} == {CODE}
        named = {what for what, where in found if where == f"{CODE} #2"}
        assert named & {"edited", "removed", "inserted"}, column


@on_sqlite
@pytest.mark.parametrize("junk", ["'bay'", "x'ff00'", "CAST(x'ff' AS TEXT)"])
async def test_whatever_stands_in_a_position_it_is_named(
    storage: Storage, codes: list[str], signer: LedgerKey, junk: str
) -> None:
    for column in ("seq", "since", "sealed", "last_event_id", "place"):
        change = f"UPDATE position SET {column} = {junk} WHERE item_code = :code"
        found = await tampered(storage, signer, change, code=CODE)
        assert found == {("position", CODE)}, column


@on_sqlite
@pytest.mark.parametrize("junk", ["x'ff00'", "CAST(x'ff' AS TEXT)"])
async def test_an_event_whose_item_is_no_text_is_named_too(
    storage: Storage, codes: list[str], signer: LedgerKey, junk: str
) -> None:
    change = f"UPDATE custody_event SET item_code = {junk} WHERE item_code = :code AND seq = 2"
    found = await tampered(storage, signer, change, code=CODE)
    assert ("removed", f"{CODE} #2") in found
    assert any(what == "inserted" and where.endswith("#1") for what, where in found)


@on_sqlite
@pytest.mark.parametrize("column", ["day", "events", "last_entry", "root", "sealed_at"])
async def test_a_day_that_cannot_be_read_is_named(
    storage: Storage, codes: list[str], signer: LedgerKey, column: str
) -> None:
    found = await tampered(
        storage, signer, f"UPDATE ledger_day SET {column} = 'bay' WHERE day = '2019-01-11'"
    )
    expected = "bay" if column == "day" else "2019-01-11"
    assert ("root", expected) in found


async def test_a_seal_over_many_parts_is_the_seal_over_the_whole(
    storage: Storage, codes: list[str], signer: LedgerKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = []
    for part in (2, 10_000):
        monkeypatch.setattr(ledger_store, "PART", part)
        async with storage.begin() as work:
            await work.connection.execute(text("DELETE FROM ledger_day"))
            day = await seal_day(work.ledger, day=NOW.date(), now=NOW, signer=signer)
            assert day.events == await work.ledger.count()
            roots.append((day.root, day.last_entry))
    assert roots[0] == roots[1]


async def test_numbers_that_are_far_apart_cost_nothing(
    storage: Storage, codes: list[str], signer: LedgerKey
) -> None:
    table = table_of(CustodyEventRow)
    async with storage.begin() as work:
        forged = (await work.custody.history(codes[0]))[0].model_copy(
            update={"item_code": "ZZZ", "previous_hash": "0" * 64}
        )
        values = {**forged.model_dump(), "province": PROVINCE, "entry": 9_000_000_000_000_000_000}
        await work.connection.execute(insert(table).values(values))
        assert ("inserted", "ZZZ #1") in await findings(work, signer)
