"""A backup holds one moment of the database and the whole vault, and comes back only whole."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.storage.backup import MANIFEST, backup, restore
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.failures import DatabaseUnavailable
from postal_bridge.storage.vault import name_of, open_vault
from tests.conftest import FreshDatabase
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
        before = await work.ledger.hashes(after=0)
        await work.custody.record(an_event(3), a_position(3))
        after = await work.ledger.hashes(after=0)
        assert after[:2] == before
        assert after[2][0] > before[1][0]
        await work.outbox.put("notice", key="2", payload={})
    vault = open_vault(other_vault_url)
    assert sorted([name async for name in vault.names()]) == saved.contents


async def test_a_backup_is_one_moment_while_others_write(
    storage: Storage,
    database_url: str,
    vault_url: str,
    fresh_database: FreshDatabase,
    tmp_path: Path,
) -> None:
    """Each transaction writes a dossier and its line: never one of them without the other."""
    saving = asyncio.Event()

    async def write_on() -> None:
        number = 0
        while not saving.is_set():
            number += 1
            async with storage.begin() as work:
                await work.dossiers.add(a_dossier(f"D{number}"), [a_line(1, dossier=f"D{number}")])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write_on())
        await asyncio.sleep(0.05)
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
