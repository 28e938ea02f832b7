"""An authority, its time stamp service and keys in files and on tokens, for tests."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer, unused_port
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from postal_bridge.clock import SystemClock
from postal_bridge.sandbox.timestamps import Authority, Fault, key_file, make_timestamps
from postal_bridge.signatures.signer import KeyFile, TimeStamps, Token

PASSWORD = "mật khẩu khóa"
ORGANISATION = "Tổng công ty Bưu điện Việt Nam"
SIGNER = "Bưu điện tỉnh Lạng Sơn"
TOKEN, LABEL, PIN = "postal", "ky-so", "123456"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


@dataclass
class Trust:
    """The authority, what it gave out, and its service."""

    folder: Path
    authority: Authority
    url: str
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    faults: list[Fault] = field(default_factory=list)

    @property
    def root(self) -> Path:
        file = self.folder / "root.pem"
        if not file.exists():
            file.write_bytes(self.authority.pem())
        return file

    def in_a_file(self) -> KeyFile:
        file = self.folder / "key.p12"
        key_file(file, self.certificate, self.key, password=PASSWORD)
        return KeyFile(file=file, password=PASSWORD)

    def on_a_token(self, monkeypatch: pytest.MonkeyPatch) -> Token:
        """A token of SoftHSM's with the same key."""
        if not SOFTHSM.exists() or shutil.which("softhsm2-util") is None:
            pytest.skip("softhsm2 is not installed")
        env = _token(monkeypatch)
        label = f"{LABEL}-{self.certificate.serial_number:x}"[:32]
        key = self.folder / "key.pem"
        key.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        number = f"{self.certificate.serial_number % 0xFFFF:04x}"
        words = ("--import", str(key), "--token", TOKEN, "--label", label, "--id", number)
        _run(("softhsm2-util", *words, "--pin", PIN), env)
        _put_certificate(self.certificate, label, number)
        return Token(module=SOFTHSM, token=TOKEN, label=label, pin=PIN)

    def stamps(self, *, seconds: float = 10.0) -> TimeStamps:
        return TimeStamps(url=f"{self.url}/tsa", roots=(self.root,), seconds=seconds)


@cache
def _tokens() -> Path:
    """Where this process has its token: the module looks for it once, and never again."""
    folder = Path(tempfile.mkdtemp(prefix="postal-bridge-token-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}\nlog.level = ERROR\n", encoding="ascii")
    init = ("softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN)
    _run((*init, "--so-pin", PIN), {"SOFTHSM2_CONF": str(conf)})
    return conf


def _token(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    env = {"SOFTHSM2_CONF": str(_tokens())}
    monkeypatch.setenv("SOFTHSM2_CONF", env["SOFTHSM2_CONF"])
    return env


def _run(command: tuple[str, ...], env: dict[str, str]) -> None:
    subprocess.run(command, env={"PATH": os.defpath, **env}, check=True, capture_output=True)


def _put_certificate(certificate: x509.Certificate, label: str, number: str) -> None:
    import pkcs11
    from pkcs11 import Attribute, CertificateType, ObjectClass

    token = pkcs11.lib(str(SOFTHSM)).get_token(token_label=TOKEN)
    with token.open(rw=True, user_pin=PIN) as session:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.LABEL: label,
                Attribute.ID: bytes.fromhex(number),
                Attribute.SUBJECT: certificate.subject.public_bytes(),
                Attribute.VALUE: certificate.public_bytes(Encoding.DER),
            }
        )


@asynccontextmanager
async def trusted(folder: Path) -> AsyncIterator[Trust]:
    """An authority at work; a signature with its stamps can be checked as long as it is there."""
    port = unused_port()
    url = f"http://127.0.0.1:{port}"
    authority = Authority(SystemClock(), url)
    app, faults = make_timestamps(authority)
    certificate, key = authority.issue(SIGNER, ORGANISATION)
    server = TestServer(app, port=port)
    await server.start_server()
    try:
        yield Trust(folder, authority, url, certificate, key, faults)
    finally:
        await server.close()
