"""A mail server that is as strict as a real one, and breaks as one does when it is told to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SENDER = "doi-soat@buudien.example"
USER, PASSWORD = "doi-soat", "mật khẩu thư"


@dataclass
class MailServer:
    """What has arrived, and how the server behaves.

    Attributes:
        reached_by: the addresses that got each of the letters.
        says: by the command, what it answers instead of `250 OK`.
        rcpt_says: by the address, the same.
        loses_reply: takes the letter and breaks the connection before it says so; so many times.
        silent: takes connections and says nothing.
    """

    port: int = 0
    letters: list[bytes] = field(default_factory=list)
    reached_by: list[list[str]] = field(default_factory=list)
    signed_in: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    rcpt_says: dict[str, str] = field(default_factory=dict)
    loses_reply: int = 0
    silent: bool = False
    commands: list[str] = field(default_factory=list)

    @property
    def reached(self) -> list[str]:
        return [address for addresses in self.reached_by for address in addresses]

    def message(self, index: int = -1) -> EmailMessage:
        read = message_from_bytes(self.letters[index], policy=default)
        assert isinstance(read, EmailMessage)
        return read

    async def handle_EHLO(  # noqa: N802 - aiosmtpd names it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.commands.append("EHLO")
        if self.silent:
            await asyncio.sleep(3600)
        return responses

    async def handle_NOOP(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope, arg: str
    ) -> str:
        return self.says.get("NOOP", "250 OK")

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self.commands.append("MAIL")
        if "MAIL" in self.says:
            return self.says["MAIL"]
        if address != SENDER:
            return "553 5.7.1 sender is not known here"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        said = self.rcpt_says.get(address, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.says:
            return self.says["DATA"]
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content)
        self.reached_by.append(list(envelope.rcpt_tos))
        self.encrypted.append(session.ssl is not None)
        if self.loses_reply:
            self.loses_reply -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        login, password = data.login.decode(), data.password.decode()
        good = (login, password) == (USER, PASSWORD)
        if good:
            self.signed_in.append(login)
        return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: bool = False, sign_in: bool = False
) -> AsyncIterator[MailServer]:
    """A server on a port of its own, in this very loop."""
    stand = MailServer()
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            stand,
            hostname="mail.example",
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=stand.authenticate if sign_in else None,
            auth_required=sign_in,
            loop=loop,
        )

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=None if starttls else tls)
    stand.port = server.sockets[0].getsockname()[1]
    try:
        yield stand
    finally:
        server.close()
        await server.wait_closed()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side and the side that trusts it, for a day that never ends in a test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    begin = datetime(2019, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365 * 100))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(path)
    client = ssl.create_default_context(
        cadata=made.public_bytes(serialization.Encoding.PEM).decode()
    )
    return server, client
