"""Documents of pages: PDF/A-2b by another library's eyes, the same bytes each time, searchable."""

import io

import pypdf
import pytest
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from postal_bridge.digitising.page import archive_page
from postal_bridge.digitising.pdf import assemble, srgb_profile
from postal_bridge.documents.page_values import (
    DocumentFacts,
    FileLimits,
    PageSheet,
    PageWish,
    Tone,
)
from tests.pdfa import complaints
from tests.photographed import picture

FACTS = DocumentFacts(
    title="Giấy chứng nhận quyền sử dụng đất",
    author="Bưu điện tỉnh Lạng Sơn",
    subject="Hồ sơ 000.00.06.H37-190110-0001",
    identifier="urn:uuid:0194a1b2-0000-7000-8000-000000000001",
    made_at="2026-11-23T08:05:06+00:00",
    keywords=("000.00.06.H37-190110-0001", "2"),
)


@pytest.fixture(scope="module")
def sheets() -> list[PageSheet]:
    """A grey page, a page of one bit, a coloured one, and one of another resolution."""
    made = []
    for tone, dots in ((Tone.GREY, 200), (Tone.BLACK, 200), (Tone.COLOUR, 200), (Tone.GREY, 150)):
        wish = PageWish(tone=tone, dots_per_inch=dots)
        page = archive_page(picture(seal=True).jpeg, wish, FileLimits())
        made.append(PageSheet(page.image, page.dots_per_inch))
    return made


def a_layer(text: str) -> bytes:
    """A page of unseen text, as a reader makes it: here with a font of typst's."""
    import typst

    source = f'#set page(paper: "a4")\n#hide[{text}]\n{text}'
    return bytes(typst.compile(source.encode(), format="pdf", ignore_system_fonts=True))


def test_every_kind_of_page_goes_into_one_archivable_document(sheets: list[PageSheet]) -> None:
    document = assemble(sheets, FACTS)
    assert complaints(document) == []
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    sizes = [(round(page.mediabox.width), round(page.mediabox.height)) for page in pages]
    assert sizes == [(595, 842)] * 4


def test_the_checker_sees_what_is_wrong(sheets: list[PageSheet]) -> None:
    document = assemble(sheets[:1], FACTS)
    writer = pypdf.PdfWriter(clone_from=pypdf.PdfReader(io.BytesIO(document)))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    )
    del writer.root_object["/OutputIntents"]
    out = io.BytesIO()
    writer.write(out)
    clauses = {one.partition(":")[0] for one in complaints(out.getvalue())}
    assert {"6.2.4.3", "6.5.1"} <= clauses


def test_the_same_pages_and_facts_give_the_same_bytes(sheets: list[PageSheet]) -> None:
    assert assemble(sheets, FACTS) == assemble(sheets, FACTS)
    assert srgb_profile() == srgb_profile()


def test_it_says_what_it_is(sheets: list[PageSheet]) -> None:
    told = pypdf.PdfReader(io.BytesIO(assemble(sheets[:1], FACTS))).metadata
    assert told is not None
    assert (told.title, told.author) == (FACTS.title, FACTS.author)
    assert told.creation_date is not None
    assert told.creation_date.isoformat() == FACTS.made_at


def test_what_was_read_lies_under_the_picture(sheets: list[PageSheet]) -> None:
    layer = a_layer("Độc lập Tự do Hạnh phúc")
    document = assemble([PageSheet(sheets[0].image, 200, layer)] * 2, FACTS)
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    assert all("Độc lập Tự do Hạnh phúc" in page.extract_text() for page in pages)
    assert complaints(document) == []
    assert document == assemble([PageSheet(sheets[0].image, 200, layer)] * 2, FACTS)
