"""Letters over SMTP, to the mail server of the post or of the province.

What is said on the wire is decided here and not by a library's convenience: a letter is handed
over for all addresses at once or for none while a later try may still help, so that nobody gets
it a second time because somebody else's mailbox was full.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Literal

from postal_bridge.clock import to_local
from postal_bridge.errors import Misuse
from postal_bridge.reconciliation.letter_ports import Letter, PostRefused, PostUnavailable
from postal_bridge.sections import MailSettings

if TYPE_CHECKING:
    from aiosmtplib import SMTP

Security = Literal["none", "starttls", "tls"]

_PERMANENT = 500
_GOODBYE_SECONDS = 2.0


class SmtpPost:
    """A mail server.

    Args:
        host: its name; an empty one is for whoever builds this to notice.
        port: 587 for `starttls`, 465 for `tls`, 25 for `none`, as a rule.
        security: `starttls` insists on it: where the server offers none, nothing is sent.
        username: empty: no sign-in.
        password: goes over the wire only after the encryption that `security` asks for.
        sender: address, or name and address: `Đối soát <doi-soat@buudien.example>`.
        timeout_seconds: for a letter from the first word to the last answer.
        tls_context: for a server with a certificate of its own; the machine's own list otherwise.

    Raises:
        Misuse: the sender is no address.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security,
        username: str,
        password: str,
        sender: str,
        timeout_seconds: float,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._username = username
        self._password = password
        self._sender = sender
        self._timeout_seconds = timeout_seconds
        self._tls_context = tls_context
        _, self._address = parseaddr(sender)
        local, at, domain = self._address.rpartition("@")
        if not (local and at and domain) or any(one in sender for one in "\r\n"):
            msg = f"[mail] sender = {sender!r} is no address; write doi-soat@buudien.example"
            raise Misuse(msg)
        self._domain = domain

    async def send(self, letter: Letter) -> None:
        """Hand the letter over; see `Post`."""
        addresses = [self._route(one) for one in letter.to]
        message = self._written(letter)
        async with self._connected() as client:
            await client.mail(self._address)
            refused = await self._name_addresses(client, addresses)
            if len(refused) < len(addresses):
                await client.data(message)
        if refused:
            msg = f"the mail server {self._host} refuses " + "; ".join(refused)
            raise PostRefused(msg)

    async def check(self) -> None:
        """Connect, encrypt, sign in; see `Post`."""
        async with self._connected() as client:
            await client.noop()

    @staticmethod
    def _route(address: str) -> str:
        """The part of an address that the wire knows, without the name beside it."""
        _, bare = parseaddr(address)
        if not bare.isascii() or "@" not in bare or any(one in address for one in "\r\n"):
            msg = f"[nightly] report_to has {address!r}, which is no address"
            raise PostRefused(msg)
        return bare

    async def _name_addresses(self, client: "SMTP", to: Sequence[str]) -> list[str]:
        """Give the addresses; those refused for good with what was said.

        Raises:
            SMTPResponseException: one is refused for the time being, so nobody gets anything now.
        """
        from aiosmtplib import SMTPResponseException

        refused = []
        for address in to:
            try:
                await client.rcpt(address)
            except SMTPResponseException as said:
                if said.code < _PERMANENT:
                    raise
                refused.append(f"{address}: {said.code} {said.message}")
        return refused

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["SMTP"]:
        """A connection, signed in; all that goes wrong on it comes out in the port's words."""
        from aiosmtplib import SMTP, SMTPException

        client = SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._security == "tls",
            start_tls=False,  # asked for below, and insisted on
            tls_context=self._tls_context,
            timeout=self._timeout_seconds,
        )
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._begin(client)
                yield client
                await _say_goodbye(client)
        except (SMTPException, OSError) as error:
            raise self._told(error) from error
        finally:
            client.close()

    async def _begin(self, client: "SMTP") -> None:
        """Connect, encrypt and sign in, as it is set; what the server cannot is not done without.

        Raises:
            PostRefused: the server offers no encryption, or no sign-in.
        """
        await client.connect()
        await client.ehlo()
        if self._security == "starttls":
            self._insist(client, "starttls")
            await client.starttls()
            await client.ehlo()
        if self._username:
            self._insist(client, "auth")
            await client.login(self._username, self._password)

    def _insist(self, client: "SMTP", extension: str) -> None:
        if not client.supports_extension(extension):
            msg = f"the mail server {self._host} offers no {extension.upper()}, as [mail] asks for"
            raise PostRefused(msg)

    def _told(self, error: Exception) -> PostRefused | PostUnavailable:
        from aiosmtplib import SMTPResponseException

        where = f"the mail server {self._host}:{self._port}"
        if isinstance(error, SMTPResponseException):
            text = f"{where} said {error.code} {error.message}"
            return PostRefused(text) if error.code >= _PERMANENT else PostUnavailable(text)
        if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError):
            return PostRefused(f"{where} has a certificate that nobody here trusts: {error}")
        return PostUnavailable(f"{where} does not answer: {str(error) or type(error).__name__}")

    def _written(self, letter: Letter) -> bytes:
        """The letter in the words of RFC 5322; the same letter gives the same bytes."""
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = self._sender
        message["To"] = ", ".join(letter.to)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(to_local(letter.written_at))
        message["Message-ID"] = f"<{letter.identity}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "vi"
        message.set_content(letter.text, cte="base64")
        for one in letter.attachments:
            kind, _, form = one.media_type.partition("/")
            message.add_attachment(one.content, maintype=kind, subtype=form, filename=one.name)
        if letter.attachments:
            # The library would draw lots for it.
            message.set_boundary(f"=_{letter.identity}")
        return message.as_bytes()


async def _say_goodbye(client: "SMTP") -> None:
    """The letter was taken before this: what goes wrong with a goodbye is nobody's trouble."""
    from aiosmtplib import SMTPException

    try:
        await client.quit(timeout=_GOODBYE_SECONDS)
    except (SMTPException, OSError):
        client.close()


def make_post(settings: MailSettings) -> SmtpPost | None:
    """The configured mail server; none where no host is given."""
    if not settings.host:
        return None
    return SmtpPost(
        settings.host,
        settings.smtp_port,
        security=settings.security,
        username=settings.username,
        password=settings.password.get_secret_value(),
        sender=settings.sender,
        timeout_seconds=settings.timeout_seconds,
    )
