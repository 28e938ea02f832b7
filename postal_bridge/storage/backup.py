"""Backup and restore: one moment of the database, and everything in the vault.

A backup is a folder: `manifest.json`, the database (a file of SQLite's, or one CSV file per table
of PostgreSQL's) and `vault/`, itself a vault. The manifest is written last, so a backup that broke
off has none. The ledger's private key is not part of it: who can read backups could sign.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.engine import URL, make_url

from postal_bridge.errors import Misuse
from postal_bridge.storage import backup_postgres, backup_sqlite, migrate
from postal_bridge.storage.vault import ObjectVault, name_of, open_vault
from postal_bridge.storage.vault_cipher import VaultCipher

MANIFEST = "manifest.json"
DATABASE = "database"
VAULT = "vault"
_PART_BYTES = 1 << 20
Progress = Callable[[int, str], None]


class Manifest(BaseModel):
    """What a backup holds.

    Attributes:
        engine: which database it came from; it goes back into the same kind.
        revision: of the tables.
        files: SHA-256 of each file of the database, by its path in the backup.
        contents: hashes of what was in the vault; each is also the name of its file.
        made_at: when the backup was begun.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    engine: Literal["sqlite", "postgresql"]
    revision: str
    made_at: datetime
    files: dict[str, str]
    contents: list[str]


def _silent(_count: int, _what: str) -> None: ...


async def backup(
    url: str,
    vault_url: str,
    folder: Path,
    *,
    now: datetime,
    cipher: VaultCipher | None = None,
    progress: Progress = _silent,
) -> Manifest:
    """Copy the database as of one moment, and the vault, into a new folder.

    The database comes first: contents are put into the vault before the record that names them
    is committed, so a later list of the vault holds them all, but for originals and parts whose
    time ended in between. With a cipher the copy is encrypted as the vault is.

    Raises:
        Misuse: the folder is not empty, or the database has no tables.
        ValueError: something in the vault does not match its name any more.
    """
    await asyncio.to_thread(_make_empty, folder)
    database = make_url(url)
    data = folder / DATABASE
    await asyncio.to_thread(data.mkdir)
    if database.get_backend_name() == "sqlite":
        revision = await asyncio.to_thread(backup_sqlite.save, _file(database), data)
    else:
        revision = await backup_postgres.save(database, data)
    contents = await _copy_vault(
        open_vault(vault_url, cipher=cipher), _vault_in(folder, cipher), progress
    )
    manifest = Manifest(
        engine="sqlite" if database.get_backend_name() == "sqlite" else "postgresql",
        revision=revision,
        made_at=now,
        files=await asyncio.to_thread(_hashes, folder),
        contents=contents,
    )
    text = manifest.model_dump_json(indent=2)
    await asyncio.to_thread((folder / MANIFEST).write_text, text + "\n", encoding="utf-8")
    return manifest


async def restore(
    url: str,
    vault_url: str,
    folder: Path,
    *,
    cipher: VaultCipher | None = None,
    progress: Progress = _silent,
) -> Manifest:
    """Bring a backup back into an empty database and its vault, then to this release's tables.

    Everything is checked against the manifest before anything is written, and the database comes
    last and at once: after a failure the same restore can be tried again.

    Raises:
        Misuse: the backup is incomplete or changed, comes from the other kind of database, or the
            database or the vault already holds something else.
    """
    manifest = await asyncio.to_thread(_checked, folder)
    database = make_url(url)
    if database.get_backend_name() != manifest.engine:
        msg = f"the backup is of {manifest.engine}, the database is {database.get_backend_name()}"
        raise Misuse(msg)
    source, target = _vault_in(folder, cipher), open_vault(vault_url, cipher=cipher)
    await _check_vaults(manifest, source, target)
    data = folder / DATABASE
    if manifest.engine == "sqlite":
        await asyncio.to_thread(backup_sqlite.refuse_filled, _file(database))
        await _copy_vault(source, target, progress)
        await asyncio.to_thread(backup_sqlite.load, data, _file(database))
    else:
        await backup_postgres.refuse_filled(database)
        await _copy_vault(source, target, progress)
        await backup_postgres.load(
            database, data, make_tables=lambda: migrate.upgrade(url, revision=manifest.revision)
        )
    await migrate.upgrade_async(url)
    return manifest


async def _copy_vault(source: ObjectVault, target: ObjectVault, progress: Progress) -> list[str]:
    copied: list[str] = []
    async for sha256 in source.names():
        try:
            await target.keep(await source.fetch(sha256))
        except KeyError as error:
            if not await source.has(sha256):
                continue  # its time ended after it was listed
            msg = f"{name_of(sha256)} in the vault {source.url} cannot be read"
            raise Misuse(msg) from error
        copied.append(sha256)
        progress(len(copied), sha256)
    return sorted(copied)


async def _check_vaults(manifest: Manifest, source: ObjectVault, target: ObjectVault) -> None:
    expected = set(manifest.contents)
    if {name async for name in source.names()} != expected:
        msg = f"the backup's vault {source.url} does not hold what its manifest lists"
        raise Misuse(msg)
    for name in manifest.contents:
        try:
            await source.fetch(name)
        except (KeyError, ValueError) as error:
            msg = f"the backup is damaged: {error}"
            raise Misuse(msg) from error
    probe = {name async for name in target.names()} - expected - {ObjectVault.PROBE_NAME}
    if probe:
        msg = f"the vault {target.url} is not empty: it holds what the backup does not"
        raise Misuse(msg)


def _vault_in(folder: Path, cipher: VaultCipher | None) -> ObjectVault:
    return open_vault(f"file://{(folder / VAULT).absolute()}", cipher=cipher)


def _file(url: URL) -> Path:
    return Path(url.database or "")


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            msg = f"{folder} is not empty: a backup needs a folder of its own"
            raise Misuse(msg)
    except OSError as error:
        msg = f"{folder} cannot be used for a backup: {error}"
        raise Misuse(msg) from error


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in (folder / DATABASE).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            digest.update(part)
    return digest.hexdigest()


def _checked(folder: Path) -> Manifest:
    """The manifest, once the files of the database match it."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        msg = f"{folder} is no complete backup: {error}"
        raise Misuse(msg) from error
    except ValidationError as error:
        msg = f"{folder / MANIFEST} cannot be understood: {error.error_count()} values are wrong"
        raise Misuse(msg) from error
    found = _hashes(folder)
    wrong = sorted(
        name
        for name in found.keys() | manifest.files
        if found.get(name) != manifest.files.get(name)
    )
    if wrong:
        msg = f"the backup does not match its manifest: {', '.join(wrong)}"
        raise Misuse(msg)
    return manifest
