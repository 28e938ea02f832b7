"""What whoever signs the ledger's days must do."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from postal_bridge.storage.signing import LedgerKey
from postal_bridge.tracking.ports import DaySigner

PORT = "tracking.ports.DaySigner"
ROOT = "ab" * 32


class KeyedHash:
    """The stand-in: signs with a shared secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.public_key = base64.b64encode(hashlib.sha256(secret).digest()).decode()

    def sign(self, root: str) -> str:
        return base64.b64encode(hmac.digest(self._secret, root.encode(), "sha256")).decode()

    def verify(self, root: str, *, signature: str, public_key: str) -> bool:
        return public_key == self.public_key and self.sign(root) == signature


IMPLEMENTATIONS: dict[str, Callable[[Path], DaySigner]] = {
    "ledger key": LedgerKey,
    "keyed hash": lambda file: KeyedHash(str(file).encode()),
}


@pytest.fixture(params=IMPLEMENTATIONS)
def make(request: pytest.FixtureRequest) -> Callable[[Path], DaySigner]:
    return IMPLEMENTATIONS[request.param]


@pytest.fixture
def signer(make: Callable[[Path], DaySigner], tmp_path: Path) -> DaySigner:
    return make(tmp_path / "key.pem")


def test_its_own_signature_is_known(signer: DaySigner) -> None:
    signature = signer.sign(ROOT)

    assert signer.verify(ROOT, signature=signature, public_key=signer.public_key)


def test_texts_fit_their_columns(signer: DaySigner) -> None:
    assert len(signer.sign(ROOT)) <= 200
    assert len(signer.public_key) <= 100


def test_another_root_does_not_pass(signer: DaySigner) -> None:
    signature = signer.sign(ROOT)

    assert not signer.verify("cd" * 32, signature=signature, public_key=signer.public_key)


@pytest.mark.parametrize("signature", ["", "AAAA", "chữ ký", base64.b64encode(b"x" * 64).decode()])
def test_what_is_no_signature_does_not_pass(signer: DaySigner, signature: str) -> None:
    assert not signer.verify(ROOT, signature=signature, public_key=signer.public_key)


def test_a_valid_signature_of_another_key_does_not_pass(
    signer: DaySigner, make: Callable[[Path], DaySigner], tmp_path: Path
) -> None:
    other = make(tmp_path / "another.pem")
    signature = other.sign(ROOT)

    assert not signer.verify(ROOT, signature=signature, public_key=other.public_key)
    assert not signer.verify(ROOT, signature=signature, public_key=signer.public_key)


def test_the_same_key_signs_the_same_after_a_restart(
    signer: DaySigner, make: Callable[[Path], DaySigner], tmp_path: Path
) -> None:
    again = make(tmp_path / "key.pem")

    assert again.public_key == signer.public_key
    assert again.verify(ROOT, signature=signer.sign(ROOT), public_key=signer.public_key)
