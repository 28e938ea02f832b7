"""On which terms papers are taken and kept, as the operator decides."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class PaperTerms:
    """What does not change between two files.

    Attributes:
        upload_limit_bytes: the largest file.
        part_bytes: the size of a part that the device is asked for.
        dots_per_inch: of archived pages.
        page_limit_bytes: the largest archived page.
        originals_kept: how long the file as it came stays beside the archived page.
        parts_kept: how long a broken-off upload can go on.
        author: who digitises, for the document's metadata.
    """

    upload_limit_bytes: int = 26_214_400
    part_bytes: int = 262_144
    dots_per_inch: int = 200
    page_limit_bytes: int = 400_000
    originals_kept: timedelta = timedelta(days=180)
    parts_kept: timedelta = timedelta(days=7)
    author: str = ""
