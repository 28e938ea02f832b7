"""Somebody changes the ledger behind the programme's back: `verify-ledger` names the row."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from postal_bridge.cli import run
from postal_bridge.events import GENESIS
from postal_bridge.storage.tables import metadata
from postal_bridge.tracking.custody import event_hash
from tests.journey.house import Town

Row = dict[str, Any]

DAY = date(2019, 1, 10)


@pytest.fixture
async def item(town: Town) -> str:
    """An application with six events, at the department; beside it another one at the counter."""
    await town.clerk.receives()
    code = await town.at_department()
    assert await town.findings() == set()
    return f"{code}/H1"


async def last_seq(town: Town, item: str) -> int:
    found = await town.rows("SELECT max(seq) FROM custody_event WHERE item_code = :item", item=item)
    return int(found[0][0])


async def test_an_edited_row_is_named(town: Town, item: str) -> None:
    row = "WHERE item_code = :item AND seq = 3"
    for sealed in (False, True):
        if sealed:
            await town.seals_day(DAY)
        for column in ("actor", "note", "place", "device"):
            (kept,) = await town.rows(f"SELECT {column} FROM custody_event {row}", item=item)
            change = f"UPDATE custody_event SET {column} = :value {row}"
            assert await town.tampers(change, value="khác đi", item=item) == 1
            assert ("edited", f"{item} #3") in await town.findings()
            await town.tampers(change, value=kept[0], item=item)
        assert await town.findings() == set()


@pytest.mark.parametrize("column", ["act", "custodian_kind"])
async def test_a_row_with_a_word_that_nobody_ever_wrote_is_named_too(
    town: Town, item: str, column: str
) -> None:
    change = f"UPDATE custody_event SET {column} = 'bay' WHERE item_code = :item AND seq = 3"
    assert await town.tampers(change, item=item) == 1
    assert await town.findings() == {("edited", f"{item} #3")}


async def test_a_position_with_a_word_that_nobody_ever_wrote_is_named(
    town: Town, item: str
) -> None:
    await town.tampers("UPDATE position SET stage = 'tren-troi' WHERE item_code = :item", item=item)
    assert await town.findings() == {("position", item)}


async def test_whoever_mends_the_hash_too_is_named_by_the_next_row_or_by_the_position(
    town: Town, item: str
) -> None:
    end = await last_seq(town, item)
    for seq in (3, end):
        await town.seals_day(DAY)
        async with town.house.storage.begin() as work:
            event = (await work.custody.history(item))[seq - 1]
        event.note = "Đã giao đủ, không thiếu"
        kept, event.hash = event.hash, event_hash(event)
        statement = (
            "UPDATE custody_event SET note = :note, hash = :hash WHERE item_code = :item"
            " AND seq = :seq"
        )
        await town.tampers(statement, note=event.note, hash=event.hash, item=item, seq=seq)
        findings = await town.findings()
        assert ("root", DAY.isoformat()) in findings
        assert any(where.startswith(item) for what, where in findings if what != "root")
        await town.tampers(statement, note=None, hash=kept, item=item, seq=seq)
        assert await town.findings() == set()


async def cut_out(town: Town, table: str, where: str, **values: object) -> list[Row]:
    """Delete rows; gives them back as they were."""
    names = metadata.tables[table].columns.keys()
    rows = await town.rows(f"SELECT {', '.join(names)} FROM {table} WHERE {where}", **values)
    assert await town.tampers(f"DELETE FROM {table} WHERE {where}", **values) == len(rows) > 0
    return [dict(zip(names, row, strict=True)) for row in rows]


async def put_back(town: Town, table: str, rows: list[Row]) -> None:
    for row in rows:
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        await town.tampers(f"INSERT INTO {table} ({names}) VALUES ({marks})", **row)


async def test_a_removed_row_is_named(town: Town, item: str) -> None:
    end = await last_seq(town, item)
    for sealed in (False, True):
        if sealed:
            await town.seals_day(DAY)
        for which, first in (("seq = 3", 3), (f"seq = {end}", end), ("seq > 0", 1)):
            where = f"item_code = :item AND {which}"
            rows = await cut_out(town, "custody_event", where, item=item)
            findings = await town.findings()
            assert {("removed", f"{item} #{row['seq']}") for row in rows} & findings
            assert ("removed", f"{item} #{first}") in findings
            assert (("root", DAY.isoformat()) in findings) is sealed
            await put_back(town, "custody_event", rows)
        assert await town.findings() == set()


async def test_a_chain_that_was_removed_with_its_position_is_named(town: Town, item: str) -> None:
    for table in ("custody_event", "position"):
        await cut_out(town, table, "item_code = :item", item=item)
    assert await town.findings() == {("removed", f"{item} #1")}


async def test_an_item_that_was_wiped_out_altogether_breaks_the_seal(town: Town, item: str) -> None:
    await town.seals_day(DAY)
    for table, column in (
        ("custody_event", "item_code"),
        ("position", "item_code"),
        ("item", "code"),
    ):
        await town.tampers(f"DELETE FROM {table} WHERE {column} = :item", item=item)
    assert await town.findings() == {("root", DAY.isoformat())}


async def copy_first(town: Town, item: str, *, to: str, seq: int, previous: str) -> None:
    """Insert a copy of an item's first event as another event, with a hash out of the air."""
    (row,) = await cut_out(town, "custody_event", "item_code = :item AND seq = 1", item=item)
    await put_back(town, "custody_event", [row])
    new = town.identifiers.new(town.now())
    event_id = new if isinstance(row["event_id"], UUID) else new.hex
    forged = {"event_id": event_id, "item_code": to, "seq": seq, "entry": 1_000_000}
    hashes = {"previous_hash": previous, "hash": "f" * 64}
    await put_back(town, "custody_event", [{**row, **forged, **hashes}])


async def test_an_inserted_row_is_named(town: Town, item: str) -> None:
    end = await last_seq(town, item)
    (last,) = await town.rows(
        "SELECT hash FROM custody_event WHERE item_code = :item AND seq = :seq", item=item, seq=end
    )
    await copy_first(town, item, to=item, seq=end + 1, previous=last[0])
    assert await town.findings() == {("inserted", f"{item} #{end + 1}")} | {
        ("edited", f"{item} #{end + 1}")
    }


async def test_a_row_inserted_into_a_sealed_day_breaks_the_seal(town: Town, item: str) -> None:
    (gap,) = await cut_out(town, "custody_event", "entry = 1")
    await town.seals_day(DAY)
    await put_back(town, "custody_event", [gap])
    assert ("root", DAY.isoformat()) in await town.findings()


async def test_an_event_of_an_item_that_never_was_is_named(town: Town, item: str) -> None:
    stray = item.replace("-0002/", "-9999/")
    await copy_first(town, item, to=stray, seq=1, previous=GENESIS)
    assert ("inserted", f"{stray} #1") in await town.findings()


async def test_a_position_that_was_moved_by_hand_is_named(town: Town, item: str) -> None:
    change = "UPDATE position SET custodian = 'ai-do' WHERE item_code = :item"
    await town.tampers(change, item=item)
    assert await town.findings() == {("position", item)}


async def test_a_signature_of_somebody_else_is_named(town: Town, item: str) -> None:
    await town.seals_day(DAY)
    signed = town.house.signer.sign("another root")
    await town.tampers("UPDATE ledger_day SET signature = :signed", signed=signed)
    assert await town.findings() == {("signature", DAY.isoformat())}


async def test_each_day_is_sealed_over_the_day_before(town: Town, item: str) -> None:
    first = await town.seals_day(DAY)
    town.wait_until("11/01/2019 08:00")
    await town.clerk.receives()
    second = await town.seals_day(date(2019, 1, 11))
    assert first != second
    assert await town.findings() == set()
    await town.tampers("UPDATE custody_event SET hash = :hash WHERE entry = 1", hash="f" * 64)
    days = {where for what, where in await town.findings() if what == "root"}
    assert days == {"2019-01-10"}


async def test_the_command_says_so_and_ends_with_1(
    town: Town, item: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = town.house.settings
    environ = {
        "PB_DATABASE__URL": settings.database.url,
        "PB_SECURITY__LEDGER_KEY_FILE": str(settings.security.ledger_key_file),
        "PB_VAULT__URL": settings.vault.url,
    }
    assert await asyncio.to_thread(run, ["verify-ledger"], environ=environ) == 0
    assert "Không có dòng nào bị sửa" in capsys.readouterr().out
    await town.tampers("UPDATE custody_event SET actor = 'x' WHERE item_code = :i", i=item)
    assert await asyncio.to_thread(run, ["verify-ledger"], environ=environ) == 1
    assert f"SAI edited {item} #1" in capsys.readouterr().out
