"""The vault's addresses, and what it says when its store is in trouble."""

from pathlib import Path

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.storage.vault import ObjectVault, VaultUnavailable, name_of, open_vault


async def test_a_folder_spreads_its_files_over_two_levels(tmp_path: Path) -> None:
    name = await open_vault(f"file://{tmp_path}/vault").keep(b"page")

    assert (tmp_path / "vault" / name[:2] / name[2:4] / name).read_bytes() == b"page"
    assert name_of(name) == f"{name[:2]}/{name[2:4]}/{name}"


async def test_a_folder_below_the_working_folder_is_named_without_slashes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    vault = open_vault("file:var/vault")
    monkeypatch.chdir("/")

    name = await vault.keep(b"page")

    assert (tmp_path / "var" / "vault" / name_of(name)).exists()


async def test_what_was_kept_is_there_after_opening_it_again(tmp_path: Path) -> None:
    name = await open_vault(f"file://{tmp_path}").keep(b"page")

    assert await open_vault(f"file://{tmp_path}").fetch(name) == b"page"


@pytest.mark.parametrize("url", ["ftp://x/y", "vault", ""])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(Misuse, match="s3://bucket"):
        open_vault(url)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(Misuse, match="file/vault"):
        open_vault(f"file://{tmp_path}/file/vault")


def test_a_bucket_is_opened_without_asking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    assert open_vault("s3://bucket/prefix").url == "s3://bucket/prefix"


async def test_a_vault_that_is_gone_is_an_accident_that_may_be_tried_again(
    tmp_path: Path,
) -> None:
    vault = open_vault(f"file://{tmp_path}/vault")
    (tmp_path / "vault").rmdir()
    (tmp_path / "vault").write_text("no folder any more")

    with pytest.raises(VaultUnavailable, match="cannot be written") as raised:
        await vault.check()
    assert raised.value.retryable


async def test_a_vault_that_gives_back_something_else_fails_its_check(tmp_path: Path) -> None:
    vault = open_vault(f"file://{tmp_path}")
    await vault.check()
    (tmp_path / name_of(ObjectVault.PROBE_NAME)).write_bytes(b"something else")

    with pytest.raises(VaultUnavailable, match="does not give back"):
        await vault.check()


async def test_foreign_files_in_the_folder_are_not_taken_for_contents(tmp_path: Path) -> None:
    vault = open_vault(f"file://{tmp_path}")
    (tmp_path / "README").write_text("Kho tài liệu")

    assert [name async for name in vault.names()] == []
