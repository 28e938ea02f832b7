"""Somebody changes the ledger behind the programme's back: `verify-ledger` names the row."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from postal_bridge.cli import run
from postal_bridge.events import GENESIS
from postal_bridge.tracking.custody import event_hash
from tests.journey.house import Town

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


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    "change", ["actor = 'ai-do'", "note = 'đã giao đủ'", "place = 'SXD'", "device = 'HH-X'"]
)
async def test_an_edited_row_is_named(town: Town, item: str, change: str, *, sealed: bool) -> None:
    if sealed:
        await town.seals_day(DAY)
    where = "item_code = :item AND seq = 3"
    assert await town.tampers(f"UPDATE custody_event SET {change} WHERE {where}", item=item) == 1
    assert ("edited", f"{item} #3") in await town.findings()


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


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("which", ["middle", "last", "all"])
async def test_a_removed_row_is_named(town: Town, item: str, which: str, *, sealed: bool) -> None:
    if sealed:
        await town.seals_day(DAY)
    end = await last_seq(town, item)
    gone = {"middle": [3], "last": [end], "all": list(range(1, end + 1))}[which]
    for seq in gone:
        statement = "DELETE FROM custody_event WHERE item_code = :item AND seq = :seq"
        assert await town.tampers(statement, item=item, seq=seq) == 1
    findings = await town.findings()
    assert ("removed", f"{item} #{gone[0]}") in findings
    assert (("root", DAY.isoformat()) in findings) is sealed


@pytest.mark.parametrize("sealed", [False, True])
async def test_a_chain_that_was_removed_with_its_position_is_named(
    town: Town, item: str, *, sealed: bool
) -> None:
    if sealed:
        await town.seals_day(DAY)
    for table in ("custody_event", "position"):
        await town.tampers(f"DELETE FROM {table} WHERE item_code = :item", item=item)
    findings = await town.findings()
    assert ("removed", f"{item} #1") in findings
    assert (("root", DAY.isoformat()) in findings) is sealed


async def test_an_item_that_was_wiped_out_altogether_breaks_the_seal(town: Town, item: str) -> None:
    await town.seals_day(DAY)
    for table, column in (
        ("custody_event", "item_code"),
        ("position", "item_code"),
        ("item", "code"),
    ):
        await town.tampers(f"DELETE FROM {table} WHERE {column} = :item", item=item)
    assert await town.findings() == {("root", DAY.isoformat())}


COPY = """
    INSERT INTO custody_event (province, event_id, item_code, seq, act, place, actor,
        custodian_kind, custodian, occurred_at, recorded_at, previous_hash, hash)
    SELECT province, :event_id, :to_item, :seq, act, place, actor,
        custodian_kind, custodian, occurred_at, recorded_at, :previous, :hash
    FROM custody_event WHERE item_code = :item AND seq = 1
"""


@pytest.mark.parametrize("sealed", [False, True])
async def test_an_inserted_row_is_named(town: Town, item: str, *, sealed: bool) -> None:
    end = await last_seq(town, item)
    if sealed:
        await town.seals_day(DAY)
    new = town.identifiers.new(town.now())
    event_id = str(new) if "postgresql" in town.house.storage.address else new.hex
    statement = COPY
    if "postgresql" in town.house.storage.address:
        statement = COPY.replace(":event_id", "CAST(CAST(:event_id AS text) AS uuid)")
    (last,) = await town.rows(
        "SELECT hash FROM custody_event WHERE item_code = :item AND seq = :seq", item=item, seq=end
    )
    values = {"event_id": event_id, "item": item, "to_item": item, "seq": end + 1}
    assert await town.tampers(statement, previous=last[0], hash="f" * 64, **values) == 1
    assert ("inserted", f"{item} #{end + 1}") in await town.findings()


async def test_an_event_of_an_item_that_never_was_is_named(town: Town, item: str) -> None:
    new = town.identifiers.new(town.now())
    statement, event_id = COPY, new.hex
    if "postgresql" in town.house.storage.address:
        statement = COPY.replace(":event_id", "CAST(CAST(:event_id AS text) AS uuid)")
        event_id = str(new)
    stray = item.replace("-0002/", "-9999/")
    values = {"event_id": event_id, "item": item, "to_item": stray, "seq": 1}
    await town.tampers(statement, previous=GENESIS, hash="f" * 64, **values)
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
