"""Encryption of the vault at rest: AES-256-GCM, with a key of each province's own.

What is stored: eight bytes that say so, four that name the key, twelve of nonce, then the sealed
content with its tag. The content's name is sealed in with it, so that one cannot be put in the place
of another.
"""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from postal_bridge.errors import Misuse

_MARK = b"PBVAULT1"
_ID, _NONCE, _KEY = 4, 12, 32
_HEAD = len(_MARK) + _ID + _NONCE
_ONLY_MINE = 0o600


def is_sealed(stored: bytes) -> bool:
    """Whether this was sealed; what was kept before a key was configured is not."""
    return stored.startswith(_MARK)


class VaultCipher:
    """Seals and opens what one province keeps.

    Args:
        file: the operator's key, 32 bytes in hexadecimal; made when it is not there, and never
            overwritten. What it sealed cannot be read without it, by nobody.
        province: its identification code; each has a key of its own, derived from the file's.
        older: files of keys that were used before; they only open.
    """

    def __init__(self, file: Path, *, province: str, older: tuple[Path, ...] = ()) -> None:
        own = _derived(_load(file) if file.exists() else _make(file), province)
        self._own = _id_of(own)
        keys = [own, *(_derived(_load(one), province) for one in older)]
        self._keys = {_id_of(key): AESGCM(key) for key in keys}

    def seal(self, content: bytes, *, name: str) -> bytes:
        """The content as it is stored."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._keys[self._own].encrypt(nonce, content, name.encode())
        return _MARK + self._own + nonce + sealed

    def open(self, stored: bytes, *, name: str) -> bytes:
        """The content again.

        Raises:
            Misuse: it was sealed with a key that is not configured.
            ValueError: it was changed, or put under another name.
        """
        named = stored[len(_MARK) : len(_MARK) + _ID]
        key = self._keys.get(named)
        if key is None:
            msg = f"the vault's key {named.hex()} is not configured: see [vault] older_key_files"
            raise Misuse(msg)
        nonce = stored[len(_MARK) + _ID : _HEAD]
        try:
            return key.decrypt(nonce, stored[_HEAD:], name.encode())
        except InvalidTag as error:
            msg = f"{name} in the vault was changed: it does not open with its key"
            raise ValueError(msg) from error


def _derived(key: bytes, province: str) -> bytes:
    info = f"postal_bridge vault {province}".encode()
    return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=info).derive(key)


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"id:" + key).digest()[:_ID]


def _load(file: Path) -> bytes:
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        msg = f"the vault's key {file} cannot be read: {error}"
        raise Misuse(msg) from error
    if len(key) != _KEY:
        msg = f"the vault's key {file} must be 64 hexadecimal digits"
        raise Misuse(msg)
    return key


def _make(file: Path) -> bytes:
    key = secrets.token_bytes(_KEY)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE)
    except FileExistsError:
        return _load(file)  # another process was quicker
    except OSError as error:
        msg = f"the vault's key {file} cannot be made: {error}"
        raise Misuse(msg) from error
    with os.fdopen(handle, "w", encoding="ascii") as written:
        written.write(key.hex() + "\n")
        written.flush()
        os.fsync(written.fileno())
    return key
