"""What the documents' room needs of those who know pictures, text and PDF."""

from collections.abc import Sequence
from typing import Protocol

from postal_bridge.documents.page_values import (
    ArchivedPage,
    DocumentFacts,
    Examined,
    PageSheet,
    PageText,
    PageWish,
    Unreadable,
)
from postal_bridge.errors import Accident


class ReadingFailed(Accident):
    """A page was not read; it stays without text and may be tried again."""

    retryable = True


class Digitiser(Protocol):
    """Turns what people photograph and scan into pages and documents.

    Bytes from outside are never opened in this process: a file that kills whoever opens it, or
    eats memory without end, costs one worker and comes back as `Trouble.EXHAUSTED`.
    """

    async def examine(self, content: bytes) -> Examined | Unreadable:
        """What a file is; every page of it is tried."""
        ...

    async def archive_page(self, content: bytes, wish: PageWish) -> ArchivedPage | Unreadable:
        """One page of a file, made ready for the archive."""
        ...

    async def assemble(self, pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
        """One PDF/A-2b of archived pages.

        Raises:
            Accident: it could not be made now; nothing was kept of it.
        """
        ...

    async def preview(self, image: bytes, *, longest_px: int) -> bytes:
        """A small JPEG of an archived page.

        Raises:
            Accident: it could not be made now.
        """
        ...


class Reader(Protocol):
    """Reads the words of a page."""

    async def read(self, image: bytes, *, dots_per_inch: int) -> PageText:
        """Words with their places and confidence, and an unseen layer of text.

        Raises:
            ReadingFailed: it is not installed, died, or took too long.
        """
        ...
