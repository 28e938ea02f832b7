"""A backup holds one moment of the database and the whole vault, and comes back only whole."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from postal_bridge.errors import Misuse
from postal_bridge.storage.backup import MANIFEST, backup, restore
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.failures import DatabaseUnavailable
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.storage.vault import name_of, open_vault
from postal_bridge.tracking.identifiers import Identifiers
from tests.conftest import FreshDatabase, MakeDatabase
from tests.stores import DOSSIER, HOUR, ITEM, NOW, a_dossier, a_line, a_position, an_event, opened

AWKWARD = 'Giấy "gốc", \\N, xuống\ndòng và \t tab; \\. hết'
Target = Callable[[], str]


@pytest.fixture
def vault_url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/vault"


@pytest.fixture
def other_vault_url(tmp_path: Path) -> str:
    return f"file://{tmp_path}/other-vault"


@pytest.fixture
async def filled(storage: Storage, vault_url: str, database_url: str) -> str:
    line = a_line(1).model_copy(update={"paper_name": AWKWARD})
    async with storage.begin() as work:
        refused = a_dossier("D2").model_copy(update={"refusal": ""})
        await work.dossiers.add(a_dossier(), [line])
        await work.dossiers.add(refused, [])
        for seq in (1, 2):
            await work.custody.record(an_event(seq), a_position(seq))
        await work.outbox.put("notice", key="1", payload={"chữ": "ế"})
    for page in range(3):
        await open_vault(vault_url).keep(f"trang {page}".encode())
    return database_url


async def hashes_of(work: UnitOfWork) -> list[tuple[int, str]]:
    return [pair async for part in work.ledger.hashes(after=0) for pair in part]


async def test_everything_comes_back(
    filled: str, vault_url: str, other_vault_url: str, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    saved = await backup(filled, vault_url, tmp_path / "backup", now=NOW)
    target = fresh_database()
    restored = await restore(target, other_vault_url, tmp_path / "backup")

    assert restored == saved
    assert len(saved.contents) == 3
    async with opened(target) as storage, storage.begin() as work:
        assert await work.dossiers.find(DOSSIER) == a_dossier()
        refused = await work.dossiers.find("D2")
        assert refused is not None
        assert (refused.refusal, refused.paused_at) == ("", None)
        assert (await work.dossiers.checklist(DOSSIER))[0].paper_name == AWKWARD
        assert await work.custody.history(ITEM) == [an_event(1), an_event(2)]
        before = await hashes_of(work)
        await work.custody.record(an_event(3), a_position(3))
        after = await hashes_of(work)
        assert after[:2] == before
        assert after[2][0] > before[1][0]
        await work.outbox.put("notice", key="2", payload={})
    vault = open_vault(other_vault_url)
    assert sorted([name async for name in vault.names()]) == saved.contents


async def test_the_months_of_the_ledger_come_back_where_they_were(
    storage: Storage,
    database_url: str,
    vault_url: str,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    """Live months, archived ones, and an id of no month; the target has other months by itself."""
    months = LedgerMonths(storage)
    events = []
    for seq, year in enumerate((2023, 2024, 2025), start=1):
        moment = datetime(year, 5, 5, tzinfo=UTC)
        await months.ensure(now=moment, ahead=0)
        made = {"event_id": Identifiers(random.Random(seq)).new(moment), "recorded_at": moment}
        events.append(an_event(seq).model_copy(update=made))
    events.append(an_event(4))
    async with storage.begin() as work:
        for event in events:
            await work.custody.record(event, a_position(event.seq))
    await months.archive(before=date(2025, 1, 1))
    await backup(database_url, vault_url, tmp_path / "backup", now=NOW)

    target = fresh_database()
    await restore(target, vault_url, tmp_path / "backup")

    async with opened(target) as restored:
        before, after = await months.listed(), await LedgerMonths(restored).listed()
        assert [(one.first, one.archived, one.rows) for one in before if one.rows] == [
            (one.first, one.archived, one.rows) for one in after if one.rows
        ]
        async with restored.begin() as work:
            assert await work.custody.history(ITEM) == events
            await work.custody.record(an_event(5), a_position(5))
            assert [entry for entry, _ in await hashes_of(work)] == [1, 2, 3, 4, 5]


async def test_the_numbers_go_on_after_those_in_the_archive(
    storage: Storage,
    database_url: str,
    vault_url: str,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    """Nothing but the archive holds an event: its number is not given out once more."""
    moment = datetime(2023, 5, 5, tzinfo=UTC)
    months = LedgerMonths(storage)
    await months.ensure(now=moment)
    old = an_event(1).model_copy(update={"event_id": Identifiers(random.Random(1)).new(moment)})
    async with storage.begin() as work:
        await work.custody.record(old, a_position(1))
    await months.archive(before=date(2024, 1, 1))
    await backup(database_url, vault_url, tmp_path / "backup", now=NOW)
    target = fresh_database()
    await restore(target, vault_url, tmp_path / "backup")
    async with opened(target) as restored, restored.begin() as work:
        await work.custody.record(an_event(2), a_position(2))
        assert [entry for entry, _ in await hashes_of(work)] == [1, 2]


async def test_no_event_comes_back_from_a_transaction_of_the_future(
    make_database: MakeDatabase, postgres_template: str, vault_url: str, tmp_path: Path
) -> None:
    """The numbers of one cluster's transactions mean nothing in another."""
    source, target = (make_database(template=postgres_template) for _ in range(2))
    written = text("SELECT entry, written_in FROM custody_ledger ORDER BY entry")
    async with opened(source) as storage, storage.begin() as work:
        await work.custody.record(an_event(1), a_position(1))
        await work.flush()
        ((_, number),) = await work.connection.execute(written)
        assert number > 0
    await backup(source, vault_url, tmp_path / "backup", now=NOW)
    await restore(target, vault_url, tmp_path / "backup")
    async with opened(target) as storage, storage.begin() as work:
        await work.custody.record(an_event(2), a_position(2))
        await work.flush()
        first, second = await work.connection.execute(written)
        assert first == (1, 0)
        assert second.written_in > 0


async def test_a_backup_is_one_moment_while_others_write(
    storage: Storage,
    database_url: str,
    vault_url: str,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    """Each transaction writes a dossier and its line: never one of them without the other."""
    begun, saving = asyncio.Event(), asyncio.Event()

    async def write_on() -> None:
        number = 0
        while not saving.is_set():
            number += 1
            async with storage.begin() as work:
                await work.dossiers.add(a_dossier(f"D{number}"), [a_line(1, dossier=f"D{number}")])
            begun.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write_on())
        await begun.wait()
        await backup(database_url, vault_url, tmp_path / "backup", now=NOW)
        saving.set()

    target = fresh_database()
    await restore(target, vault_url, tmp_path / "backup")
    async with opened(target) as restored, restored.begin(write=False) as work:
        dossiers = await work.dossiers.received_between(NOW, NOW + HOUR)
        assert dossiers
        for dossier in dossiers:
            assert await work.dossiers.checklist(dossier.code)


async def test_a_backup_needs_a_folder_of_its_own(
    filled: str, vault_url: str, tmp_path: Path
) -> None:
    await backup(filled, vault_url, tmp_path / "backup", now=NOW)

    with pytest.raises(Misuse, match="not empty"):
        await backup(filled, vault_url, tmp_path / "backup", now=NOW)


async def test_a_filled_database_is_left_alone(
    filled: str, vault_url: str, other_vault_url: str, tmp_path: Path
) -> None:
    await backup(filled, vault_url, tmp_path / "backup", now=NOW)

    with pytest.raises(Misuse, match="is not empty"):
        await restore(filled, other_vault_url, tmp_path / "backup")

    assert [name async for name in open_vault(other_vault_url).names()] == []


async def test_a_vault_with_something_else_in_it_is_left_alone(
    filled: str, vault_url: str, other_vault_url: str, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    await backup(filled, vault_url, tmp_path / "backup", now=NOW)
    await open_vault(other_vault_url).keep(b"somebody else's page")

    with pytest.raises(Misuse, match="is not empty"):
        await restore(fresh_database(), other_vault_url, tmp_path / "backup")


async def no_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


async def broken_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text("{}")


async def changed_data(folder: Path) -> None:
    path = next((folder / "database").iterdir())
    path.write_bytes(path.read_bytes() + b"x")


async def missing_data(folder: Path) -> None:
    next((folder / "database").iterdir()).unlink()


async def additional_data(folder: Path) -> None:
    (folder / "database" / "extra.csv").write_text("code\n")


async def changed_page(folder: Path) -> None:
    name = json.loads((folder / MANIFEST).read_text())["contents"][0]
    (folder / "vault" / name_of(name)).write_bytes(b"another page")


async def missing_page(folder: Path) -> None:
    name = json.loads((folder / MANIFEST).read_text())["contents"][0]
    (folder / "vault" / name_of(name)).unlink()


async def additional_page(folder: Path) -> None:
    await open_vault(f"file://{folder}/vault").keep(b"smuggled in")


@pytest.mark.parametrize(
    "damage",
    [
        no_manifest,
        broken_manifest,
        changed_data,
        missing_data,
        additional_data,
        changed_page,
        missing_page,
        additional_page,
    ],
)
async def test_a_backup_that_is_not_as_it_was_made_is_refused(
    filled: str,
    vault_url: str,
    other_vault_url: str,
    fresh_database: FreshDatabase,
    tmp_path: Path,
    damage: Callable[[Path], Awaitable[None]],
) -> None:
    await backup(filled, vault_url, tmp_path / "backup", now=NOW)
    await damage(tmp_path / "backup")
    target = fresh_database()

    with pytest.raises(Misuse):
        await restore(target, other_vault_url, tmp_path / "backup")

    async with opened(target) as storage, storage.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) is None
    assert [name async for name in open_vault(other_vault_url).names()] == []


async def test_a_restore_that_broke_off_in_the_vault_can_be_tried_again(
    filled: str, vault_url: str, other_vault_url: str, fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    saved = await backup(filled, vault_url, tmp_path / "backup", now=NOW)
    page = await open_vault(vault_url).fetch(saved.contents[0])
    await open_vault(other_vault_url).keep(page)
    target = fresh_database()

    await restore(target, other_vault_url, tmp_path / "backup")

    async with opened(target) as storage, storage.begin(write=False) as work:
        assert await work.dossiers.find(DOSSIER) == a_dossier()


async def test_progress_is_told_for_each_page(filled: str, vault_url: str, tmp_path: Path) -> None:
    told: list[int] = []
    await backup(
        filled, vault_url, tmp_path / "b", now=NOW, progress=lambda count, _what: told.append(count)
    )

    assert told == [1, 2, 3]


async def test_a_backup_goes_back_into_the_same_kind_of_database_only(
    sqlite_template: Path, vault_url: str, tmp_path: Path
) -> None:
    await backup(f"sqlite+aiosqlite:///{sqlite_template}", vault_url, tmp_path / "b", now=NOW)

    with pytest.raises(Misuse, match="the backup is of sqlite"):
        await restore("postgresql+asyncpg://nobody@127.0.0.1:1/x", vault_url, tmp_path / "b")


async def test_a_new_sqlite_file_is_made_where_there_is_none(
    sqlite_template: Path, vault_url: str, tmp_path: Path
) -> None:
    await backup(f"sqlite+aiosqlite:///{sqlite_template}", vault_url, tmp_path / "b", now=NOW)
    target = f"sqlite+aiosqlite:///{tmp_path}/new/folder/journey.db"

    await restore(target, vault_url, tmp_path / "b")

    async with opened(target) as storage:
        await storage.ready()


async def test_a_database_that_is_not_there_cannot_be_backed_up(
    vault_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Misuse, match="no database"):
        await backup(f"sqlite+aiosqlite:///{tmp_path}/no.db", vault_url, tmp_path / "a", now=NOW)
    nowhere = "postgresql+asyncpg://u:geheim@127.0.0.1:1/x"
    with pytest.raises(DatabaseUnavailable) as raised:
        await backup(nowhere, vault_url, tmp_path / "b", now=NOW)
    assert "geheim" not in str(raised.value)


async def test_a_page_that_does_not_match_its_name_stops_the_backup(
    filled: str, vault_url: str, tmp_path: Path
) -> None:
    name = next(iter([name async for name in open_vault(vault_url).names()]))
    (tmp_path / "vault" / name_of(name)).write_bytes(b"another page")

    with pytest.raises(ValueError, match="does not match its name"):
        await backup(filled, vault_url, tmp_path / "backup", now=NOW)

    assert not (tmp_path / "backup" / MANIFEST).exists()
