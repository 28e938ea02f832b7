"""From a whole file to pages that are ready to be written down."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from postal_bridge.documents.cover_sheets import Cover, cover_of
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import ArchivedPage, PageWish, Unreadable
from postal_bridge.documents.records import PageUpload
from postal_bridge.errors import Reason, Refusal, refuse


@dataclass(frozen=True)
class FreshPage:
    """A page of the file.

    Attributes:
        cover: what it says, where it is a cover sheet.
    """

    index: int
    media_type: str
    archived: ArchivedPage
    image_sha256: str
    cover: Cover | None


async def make_pages(
    house: PaperHouse, upload: PageUpload, content: bytes
) -> Sequence[FreshPage] | Unreadable | Refusal:
    """Every page of a file, archived; nothing is written down yet.

    A file counts as a whole: where one page of it cannot be taken, none is.
    """
    examined = await house.digitiser.examine(content)
    if isinstance(examined, Unreadable):
        return examined
    made = []
    for index in range(examined.pages):
        archived = await house.digitiser.archive_page(content, wish_of(house, upload, index=index))
        if isinstance(archived, Unreadable):
            return archived
        cover = cover_of(archived.codes)
        if cover is not None and cover.dossier_code != upload.dossier_code:
            facts = {"found": cover.dossier_code, "code": upload.dossier_code}
            return refuse(Reason.COVER_OF_OTHER, "content", **facts)
        name = hashlib.sha256(archived.image).hexdigest()
        made.append(FreshPage(index, examined.media_type, archived, name, cover))
    return made


def wish_of(
    house: PaperHouse, upload: PageUpload, *, index: int, turn: int | None = None
) -> PageWish:
    """What is wished of a page, on the operator's terms."""
    return PageWish(
        index=index,
        turn=turn,
        find_edges=upload.find_edges,
        dots_per_inch=house.terms.dots_per_inch,
        limit_bytes=house.terms.page_limit_bytes,
    )
