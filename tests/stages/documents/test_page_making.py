"""A file counts as a whole: where one page of it cannot be taken, none is."""

import hashlib

from typing_extensions import override

from postal_bridge.documents.page_making import make_pages, wish_of
from postal_bridge.documents.page_values import (
    ArchivedPage,
    PageWish,
    Trouble,
    Unreadable,
)
from postal_bridge.documents.records import PageUpload
from postal_bridge.errors import Reason
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory_papers import PlainDigitiser
from tests.stores import DOSSIER, NOW

UPLOAD = PageUpload(
    id="u1",
    dossier_code=DOSSIER,
    position=1,
    file_name="anh.jpg",
    size_bytes=9,
    sha256="a" * 64,
    part_bytes=10,
    find_edges=False,
    begun_at=NOW,
    begun_by="lan",
    changed_at=NOW,
)


async def test_every_page_is_made_on_the_operators_terms(papers: Papers) -> None:
    made = await make_pages(papers.house, UPLOAD, b"pages=2 scan")
    assert isinstance(made, list)
    assert [one.index for one in made] == [0, 1]
    assert made[0].image_sha256 == hashlib.sha256(made[0].archived.image).hexdigest()
    wish = wish_of(papers.house, UPLOAD, index=3, turn=90)
    assert wish == PageWish(index=3, turn=90, find_edges=False)


async def test_one_bad_page_spoils_the_file(papers: Papers) -> None:
    class SecondIsBad(PlainDigitiser):
        @override
        async def archive_page(self, content: bytes, wish: PageWish) -> ArchivedPage | Unreadable:
            if wish.index == 1:
                return Unreadable(Trouble.EXHAUSTED)
            return await super().archive_page(content, wish)

    papers.digitiser = SecondIsBad()
    papers.__post_init__()
    made = await make_pages(papers.house, UPLOAD, b"pages=3 scan")
    assert made == Unreadable(Trouble.EXHAUSTED)


async def test_a_strangers_cover_sheet_is_found_on_any_page(papers: Papers) -> None:
    made = await make_pages(papers.house, UPLOAD, b"pages=3 code3=PBC1|other|1")
    assert reason(made) is Reason.COVER_OF_OTHER
