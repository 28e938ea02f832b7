"""Secrets in the database, sealed with a key that is not in it."""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class KeySeal:
    """Seals with AES-GCM; a copy of the database alone gives nothing away.

    Args:
        key: 32 bytes, made from the ledger's key for this purpose only.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, secret: str) -> str:
        """The sealed secret."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str) -> str:
        """The secret.

        Raises:
            ValueError: it was sealed with another key, or spoilt.
        """
        raw = base64.b64decode(sealed, validate=True)
        try:
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise ValueError("niêm bằng khóa khác (sealed with another key)") from error
