"""The ledger's key file: made once, for its owner only, never overwritten."""

import asyncio
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from postal_bridge.errors import Misuse
from postal_bridge.storage.signing import LedgerKey


def test_the_file_is_made_at_first_use_with_its_folders_for_its_owner_only(
    tmp_path: Path,
) -> None:
    file = tmp_path / "var" / "keys" / "ledger.pem"
    LedgerKey(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert list(file.parent.iterdir()) == [file]


def test_a_key_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "ledger.pem"
    first = LedgerKey(file)
    before = file.read_bytes()

    assert LedgerKey(file).public_key == first.public_key
    assert file.read_bytes() == before


async def test_many_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    file = tmp_path / "ledger.pem"
    async with asyncio.TaskGroup() as tasks:
        keys = [tasks.create_task(asyncio.to_thread(LedgerKey, file)) for _ in range(12)]

    assert {key.result().public_key for key in keys} == {LedgerKey(file).public_key}


def another_kind_of_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("content", [b"", b"no key", another_kind_of_key()])
def test_a_file_that_is_no_such_key_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "ledger.pem"
    file.write_bytes(content)

    with pytest.raises(Misuse, match=r"ledger\.pem"):
        LedgerKey(file)
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(Misuse, match=r"ledger\.pem"):
        LedgerKey(tmp_path / "file" / "ledger.pem")
