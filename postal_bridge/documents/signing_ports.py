"""What the documents' room needs of those who sign and check signatures."""

from typing import Protocol

from postal_bridge.documents.page_values import Unreadable
from postal_bridge.documents.signature_values import (
    SignatureFound,
    SignatureWish,
    SignedPdf,
)
from postal_bridge.errors import Accident


class SigningFailed(Accident):
    """Nothing was signed: the key, its token or the time stamp service did not do its part."""

    retryable = True


class Signer(Protocol):
    """Signs documents with the organisation's key."""

    async def sign(self, pdf: bytes, wish: SignatureWish) -> SignedPdf:
        """A document with a signature appended; what was there stays byte by byte.

        Raises:
            SigningFailed: it was not signed; trying again may help.
        """
        ...

    async def check(self) -> None:
        """Return when the key can be opened.

        Raises:
            SigningFailed: it cannot.
        """
        ...


class Verifier(Protocol):
    """Checks signatures on documents that come in."""

    async def verify(self, pdf: bytes) -> tuple[SignatureFound, ...] | Unreadable:
        """Every signature in the order in which they were made; none where nobody signed."""
        ...
