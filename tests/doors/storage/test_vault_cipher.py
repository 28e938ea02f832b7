"""What lies in an encrypted vault cannot be read, exchanged or changed by whoever has the folder."""

import hashlib
from pathlib import Path

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.storage.vault import name_of, open_vault
from postal_bridge.storage.vault_cipher import VaultCipher

PAGE = "Số định danh 020190000001".encode()
NAME = hashlib.sha256(PAGE).hexdigest()


def cipher(folder: Path, name: str = "vault.key", *, province: str = "H37") -> VaultCipher:
    return VaultCipher(folder / name, province=province)


def url(folder: Path) -> str:
    return f"file://{folder}/kho"


async def test_nothing_readable_lies_on_the_disk(tmp_path: Path) -> None:
    await open_vault(url(tmp_path), cipher=cipher(tmp_path)).keep(PAGE)
    stored = (tmp_path / "kho" / name_of(NAME)).read_bytes()
    assert PAGE not in stored
    assert stored.startswith(b"PBVAULT1")


async def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    cipher(tmp_path)
    file = tmp_path / "vault.key"
    first = file.read_text(encoding="ascii")
    cipher(tmp_path)
    assert file.read_text(encoding="ascii") == first
    assert file.stat().st_mode & 0o777 == 0o600


async def test_the_same_content_is_stored_otherwise_each_time(tmp_path: Path) -> None:
    one = cipher(tmp_path)
    assert one.seal(PAGE, name=NAME) != one.seal(PAGE, name=NAME)


async def test_another_provinces_key_opens_nothing(tmp_path: Path) -> None:
    await open_vault(url(tmp_path), cipher=cipher(tmp_path)).keep(PAGE)
    stranger = open_vault(url(tmp_path), cipher=cipher(tmp_path, province="H01"))
    with pytest.raises(Misuse, match="is not configured"):
        await stranger.fetch(NAME)


async def test_without_a_key_it_is_said_which_setting_is_missing(tmp_path: Path) -> None:
    await open_vault(url(tmp_path), cipher=cipher(tmp_path)).keep(PAGE)
    with pytest.raises(Misuse, match=r"\[vault\] key_file"):
        await open_vault(url(tmp_path)).fetch(NAME)


async def test_what_was_kept_before_the_key_is_still_read(tmp_path: Path) -> None:
    await open_vault(url(tmp_path)).keep(PAGE)
    assert await open_vault(url(tmp_path), cipher=cipher(tmp_path)).fetch(NAME) == PAGE


async def test_a_changed_key_still_opens_with_the_older_one(tmp_path: Path) -> None:
    await open_vault(url(tmp_path), cipher=cipher(tmp_path, "old.key")).keep(PAGE)
    both = VaultCipher(tmp_path / "new.key", province="H37", older=(tmp_path / "old.key",))
    vault = open_vault(url(tmp_path), cipher=both)
    assert await vault.fetch(NAME) == PAGE
    other = await vault.keep(b"another")
    assert await vault.fetch(other) == b"another"


@pytest.mark.parametrize("at", [0, 30, -1])
async def test_a_changed_or_exchanged_file_is_noticed(tmp_path: Path, at: int) -> None:
    vault = open_vault(url(tmp_path), cipher=cipher(tmp_path))
    await vault.keep(PAGE)
    file = tmp_path / "kho" / name_of(NAME)
    broken = bytearray(file.read_bytes())
    broken[at] ^= 1
    file.write_bytes(bytes(broken))
    with pytest.raises(ValueError, match=r"changed|does not match"):
        await vault.fetch(NAME)


async def test_one_content_does_not_open_in_the_place_of_another(tmp_path: Path) -> None:
    vault = open_vault(url(tmp_path), cipher=cipher(tmp_path))
    other = await vault.keep(b"another page")
    await vault.keep(PAGE)
    exchanged = (tmp_path / "kho" / name_of(other)).read_bytes()
    (tmp_path / "kho" / name_of(NAME)).write_bytes(exchanged)
    with pytest.raises(ValueError, match="was changed"):
        await vault.fetch(NAME)


@pytest.mark.parametrize("text", ["", "no key", "ab" * 31, "ab" * 33])
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "vault.key").write_text(text, encoding="utf-8")
    with pytest.raises(Misuse, match=r"vault\.key"):
        cipher(tmp_path)
