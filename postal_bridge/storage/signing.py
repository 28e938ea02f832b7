"""The ledger's key: Ed25519, made once, kept in a file that only its owner can read."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from postal_bridge.errors import Misuse

_ONLY_MINE = 0o600


class LedgerKey:
    """Signs the root of a day.

    The key is made at the first use and never overwritten: another key would make every seal
    that was signed before look foreign.
    """

    def __init__(self, file: Path) -> None:
        self._key = _load(file) if file.exists() else _make(file)
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = base64.b64encode(raw).decode()

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for another purpose (HKDF-SHA256), the same as long as this key stays."""
        raw = self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        made = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return made.derive(raw)

    def sign(self, root: str) -> str:
        """The signature over a root, base64."""
        return base64.b64encode(self._key.sign(root.encode())).decode()

    def verify(self, root: str, *, signature: str, public_key: str) -> bool:
        """Whether the signature is the key's, and the key is ours."""
        if public_key != self.public_key:
            return False
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
            key.verify(base64.b64decode(signature, validate=True), root.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def _load(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        msg = f"the ledger's key {file} cannot be read: {error}"
        raise Misuse(msg) from error
    if not isinstance(key, Ed25519PrivateKey):
        msg = f"the ledger's key {file} is not an Ed25519 key"
        raise Misuse(msg)
    return key


def _make(file: Path) -> Ed25519PrivateKey:
    """Write a new key, or read the one that another process wrote in the same moment."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Whole under another name first, then linked: nobody ever reads half a key, and a link, unlike
    # a renaming, does not replace what is there.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pem)
                out.flush()
                os.fsync(out.fileno())
            os.link(draft, file)
        finally:
            draft.unlink(missing_ok=True)
    except FileExistsError:
        return _load(file)
    except OSError as error:
        msg = f"the ledger's key {file} cannot be made: {error}"
        raise Misuse(msg) from error
    return key
