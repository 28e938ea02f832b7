"""What a file is, by its content: the name it came with proves nothing."""

import re
from dataclasses import dataclass

_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PDF_COUNT = re.compile(
    rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b"
)
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


@dataclass(frozen=True)
class Content:
    """What a file turned out to be.

    Attributes:
        media_type: none where it is nothing that we take.
        pages: none where the type does not tell without decoding (compressed PDF objects, TIFF).
        description: Vietnamese, for the refusal.
    """

    media_type: str | None
    pages: int | None
    description: str


def examine(content: bytes) -> Content:
    """Tell a file's type by its first bytes, and its pages where that is certain."""
    if not content:
        return Content(None, None, "trống")
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return Content(media_type, _pages(media_type, content), media_type)
    return Content(None, None, "không nhận ra")


def _pages(media_type: str, content: bytes) -> int | None:
    if media_type in {"image/jpeg", "image/png"}:
        return 1
    if media_type != "application/pdf":
        return None
    counts = [int(a or b) for a, b in _PDF_COUNT.findall(content)]
    if counts:
        return max(counts)
    return len(_PDF_PAGE.findall(content)) or None
