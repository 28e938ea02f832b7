"""What every vault must do."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from postal_bridge.documents.ports import PaperVault, Vault
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.storage.vault_cipher import VaultCipher

PORTS = ("documents.ports.Vault", "documents.ports.PaperVault")
IMPLEMENTATIONS: dict[str, Callable[[Path], str]] = {
    "folder": lambda folder: f"file://{folder}/kho/vault",
    "memory": lambda _folder: "memory:",
    "encrypted folder": lambda folder: f"file://{folder}/kho/sealed",
}
PAGE = "Trang một của hồ sơ".encode()


@pytest.fixture(params=IMPLEMENTATIONS)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectVault:
    url = IMPLEMENTATIONS[request.param](tmp_path)
    if request.param == "encrypted folder":
        return open_vault(url, cipher=VaultCipher(tmp_path / "vault.key", province="H37"))
    return open_vault(url)


async def test_contents_come_back_under_their_hash(vault: Vault) -> None:
    name = await vault.keep(PAGE)

    assert name == hashlib.sha256(PAGE).hexdigest()
    assert await vault.fetch(name) == PAGE


async def test_keeping_twice_is_no_harm(vault: Vault) -> None:
    assert await vault.keep(PAGE) == await vault.keep(PAGE)


async def test_many_at_once_may_keep_the_same(vault: Vault) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = [tasks.create_task(vault.keep(PAGE * (n % 3))) for n in range(30)]

    assert len({task.result() for task in kept}) == 3
    for task in kept:
        assert (await vault.fetch(task.result())).count(PAGE) < 3


async def test_nothing_and_much_can_be_kept(vault: Vault) -> None:
    for content in (b"", bytes(range(256)) * 20_000):
        assert await vault.fetch(await vault.keep(content)) == content


async def test_what_was_never_kept_is_not_found(vault: Vault) -> None:
    with pytest.raises(KeyError):
        await vault.fetch("0" * 64)


async def test_what_does_not_match_its_name_any_more_is_not_given_out(vault: ObjectVault) -> None:
    import obstore  # the real adapters keep no way to change contents, so the store is asked

    name = await vault.keep(PAGE)
    await obstore.put_async(vault._store, f"{name[:2]}/{name[2:4]}/{name}", b"another page")

    with pytest.raises(ValueError, match="does not match its name"):
        await vault.fetch(name)


async def test_a_working_vault_passes_its_check_again_and_again(vault: Vault) -> None:
    await vault.check()
    await vault.check()


async def test_everything_that_is_kept_is_listed(vault: ObjectVault) -> None:
    kept = {await vault.keep(bytes([number])) for number in range(5)}

    assert {name async for name in vault.names()} == kept


async def test_what_is_there_is_known_without_reading_it(vault: PaperVault) -> None:
    name = await vault.keep(PAGE)
    assert await vault.has(name)
    assert not await vault.has("0" * 64)


async def test_what_is_forgotten_is_gone_and_may_be_kept_again(vault: PaperVault) -> None:
    name = await vault.keep(PAGE)
    await vault.forget(name)
    await vault.forget(name)
    assert not await vault.has(name)
    with pytest.raises(KeyError):
        await vault.fetch(name)
    assert await vault.keep(PAGE) == name
    assert await vault.fetch(name) == PAGE


async def test_what_looks_encrypted_without_being_so_comes_back(vault: PaperVault) -> None:
    sly = b"PBVAULT1" + PAGE
    assert await vault.fetch(await vault.keep(sly)) == sly
