"""Signs with a key from a file or a token: PAdES-B-B, or B-LT where a time stamp service is named.

Only documents that we made or opened before come here; the key never is in a process that opens a
stranger's file for the first time.
"""

import asyncio
import io
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postal_bridge.clock import SystemClock
from postal_bridge.documents.page_values import Unreadable
from postal_bridge.documents.signature_values import Level, SignatureWish, SignedPdf
from postal_bridge.documents.signing_ports import SigningFailed
from postal_bridge.errors import Misuse
from postal_bridge.signatures.verifying import Terms, loaded, verify

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer as PyhankoSigner

_FIELD = "PostalBridge"
_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class KeyFile:
    """A key with its certificates in a PKCS#12 file.

    Attributes:
        password: of the file; empty where it has none.
    """

    file: Path
    password: str


@dataclass(frozen=True, kw_only=True)
class Token:
    """A key on a token or in a hardware module (PKCS#11).

    Attributes:
        module: the maker's library.
        label: of the key and of its certificate on the token.
    """

    module: Path
    token: str
    label: str
    pin: str


@dataclass(frozen=True, kw_only=True)
class TimeStamps:
    """Who proves when something was signed (RFC 3161), and how long that can be checked.

    Attributes:
        roots: certificates (PEM) of the authorities behind our own certificate and the service's.
    """

    url: str
    roots: tuple[Path, ...]
    seconds: float = _SECONDS


class PadesSigner:
    """See the port `Signer`.

    The key is opened for each document: a token that was pulled out is told then, and is used
    again as soon as it is back.

    Args:
        stamps: B-LT with it; B-B without.
    """

    def __init__(self, key: KeyFile | Token, *, stamps: TimeStamps | None = None) -> None:
        self._key = key
        self._stamps = stamps
        self._turn = asyncio.Lock()  # a token does one thing at a time

    async def sign(self, pdf: bytes, wish: SignatureWish) -> SignedPdf:
        """See the port."""
        async with self._turn:
            # A signature costs a tenth of a second of arithmetic, and a token waits for its chip.
            return await asyncio.to_thread(lambda: asyncio.run(self._signed(pdf, wish)))

    async def check(self) -> None:
        """Return when the key can be opened; raise `SigningFailed` otherwise."""
        async with self._turn:
            await asyncio.to_thread(lambda: asyncio.run(self._tried()))

    async def _tried(self) -> None:
        async with AsyncExitStack() as stack:
            self._opened(stack)

    async def _signed(self, pdf: bytes, wish: SignatureWish) -> SignedPdf:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

        async with AsyncExitStack() as stack:
            signer = self._opened(stack)
            lasting = await self._lasting(stack) if self._stamps else {}
            stamper = lasting.pop("timestamper", None)
            meta = PdfSignatureMetadata(
                field_name=_FIELD,
                md_algorithm="sha256",
                reason=wish.reason,
                location=wish.location,
                subfilter=_pades(),
                **lasting,
            )
            try:
                out = await PdfSigner(meta, signer, timestamper=stamper).async_sign_pdf(
                    IncrementalPdfFileWriter(io.BytesIO(pdf)), output=io.BytesIO()
                )
            except Exception as error:
                raise SigningFailed(f"{type(error).__name__}: {error}") from error
            content = out.getvalue()
            if self._stamps is not None:
                await _check_stamp(content, self._stamps)
            level = Level.LT if self._stamps else Level.B
            return SignedPdf(content, level, signer.subject_name or "")

    async def _lasting(self, stack: AsyncExitStack) -> dict[str, Any]:
        """What a signature needs to be checked years later."""
        from aiohttp import ClientSession, ClientTimeout
        from pyhanko.sign.timestamps import HTTPTimeStamper
        from pyhanko_certvalidator import ValidationContext
        from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

        assert self._stamps is not None  # noqa: S101 - asked for only where there are some
        session = await stack.enter_async_context(
            ClientSession(timeout=ClientTimeout(total=self._stamps.seconds))
        )
        return {
            "embed_validation_info": True,
            "validation_context": ValidationContext(
                trust_roots=certificates(self._stamps.roots),
                allow_fetching=True,
                revocation_mode="hard-fail",
                fetcher_backend=AIOHttpFetcherBackend(session),
            ),
            "timestamper": HTTPTimeStamper(
                self._stamps.url, session=session, timeout=int(self._stamps.seconds)
            ),
        }

    def _opened(self, stack: AsyncExitStack) -> "PyhankoSigner":
        try:
            if isinstance(self._key, KeyFile):
                return _from_file(self._key)
            return _from_token(self._key, stack)
        except SigningFailed:
            raise
        except Exception as error:
            raise SigningFailed(f"{type(error).__name__}: {error}") from error


async def _check_stamp(content: bytes, stamps: TimeStamps) -> None:
    """A stamp is taken as it comes: one for another document would only be found years later."""
    # Certificates and stamps are of the real world, also where our own clock is moved by a story.
    now = SystemClock().now().isoformat()
    found = await verify(content, Terms(loaded(certificates(stamps.roots)), fetch=False, now=now))
    last = found[-1] if not isinstance(found, Unreadable) and found else None
    if last is None or last.stamped_at is None or not last.good:
        raise SigningFailed("the time stamp does not prove this signature")


def certificates(files: Sequence[Path]) -> list[Any]:
    """The certificates in some PEM or DER files.

    Raises:
        Misuse: a file cannot be read or holds none.
    """
    from pyhanko.keys import load_certs_from_pemder_data

    found: list[Any] = []
    for file in files:
        try:
            found += load_certs_from_pemder_data(file.read_bytes())
        except (OSError, ValueError) as error:
            msg = f"the certificate {file} cannot be read: {error}"
            raise Misuse(msg) from error
    return found


def _pades() -> Any:
    from pyhanko.sign.fields import SigSeedSubFilter

    return SigSeedSubFilter.PADES


def _from_file(key: KeyFile) -> "PyhankoSigner":
    from pyhanko.sign.signers import SimpleSigner

    password = key.password.encode() or None
    try:
        opened: PyhankoSigner = SimpleSigner.load_pkcs12_data(
            key.file.read_bytes(), [], passphrase=password
        )
    except ValueError as error:
        msg = f"{key.file} does not open with its password, or holds no key"
        raise SigningFailed(msg) from error
    return opened


def _from_token(key: Token, stack: AsyncExitStack) -> "PyhankoSigner":
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

    session = open_pkcs11_session(
        str(key.module), token_criteria=TokenCriteria(label=key.token), user_pin=key.pin
    )
    stack.callback(session.close)
    opened: PyhankoSigner = PKCS11Signer(session, cert_label=key.label, key_label=key.label)
    return opened
