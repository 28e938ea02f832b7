"""What the documents' room needs: its store and a vault."""

from collections.abc import Sequence
from typing import Protocol

from postal_bridge.documents.records import Document


class Documents(Protocol):
    """The registered files."""

    async def add(self, document: Document) -> None:
        """Write a registered file."""
        ...

    async def find(self, document_id: str) -> Document | None:
        """A registered file."""
        ...

    async def of_dossier(self, dossier_code: str) -> Sequence[Document]:
        """All registered files of a dossier, by line and time."""
        ...


class Vault(Protocol):
    """Where contents are kept under the name of their hash; written once, never changed."""

    async def keep(self, content: bytes) -> str:
        """Keep contents; gives their SHA-256 in hexadecimal. Keeping twice is no harm."""
        ...

    async def fetch(self, sha256: str) -> bytes:
        """Contents by their hash.

        Raises:
            KeyError: nothing is kept under this name.
            ValueError: what is kept does not match its name any more.
        """
        ...

    async def check(self) -> None:
        """Return when the vault can be written and read; raise what is wrong otherwise."""
        ...
