"""What every vault must do."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from postal_bridge.documents.ports import Vault
from postal_bridge.storage.vault import ObjectVault, open_vault

PORT = "documents.ports.Vault"
IMPLEMENTATIONS: dict[str, Callable[[Path], str]] = {
    "folder": lambda folder: f"file://{folder}/kho/vault",
    "memory": lambda _folder: "memory:",
}
PAGE = "Trang một của hồ sơ".encode()


@pytest.fixture(params=IMPLEMENTATIONS)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectVault:
    return open_vault(IMPLEMENTATIONS[request.param](tmp_path))


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
