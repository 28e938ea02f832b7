"""What whoever makes pages and documents of strangers' files must do."""

import io
from collections.abc import AsyncIterator

import pypdf
import pytest
from PIL import Image

from postal_bridge.digitising.desk import DigitisingDesk
from postal_bridge.documents.digitising_ports import Digitiser
from postal_bridge.documents.page_values import (
    ArchivedPage,
    DocumentFacts,
    Examined,
    PageSheet,
    PageWish,
    Trouble,
    Unreadable,
)
from tests.photographed import picture
from tests.stages.memory_papers import PlainDigitiser

PORT = "documents.digitising_ports.Digitiser"
IMPLEMENTATIONS = ("plain", "desk")
FACTS = DocumentFacts(
    title="Đơn đề nghị",
    author="Bưu điện tỉnh Lạng Sơn",
    subject="Hồ sơ 1",
    identifier="urn:uuid:1",
    made_at="2026-11-23T08:00:00+00:00",
)


@pytest.fixture(params=IMPLEMENTATIONS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def digitiser(kind: str) -> AsyncIterator[Digitiser]:
    if kind == "plain":
        yield PlainDigitiser()
        return
    desk = DigitisingDesk()
    yield desk
    await desk.close()


def a_file(kind: str) -> bytes:
    return b"pages=1 one page" if kind == "plain" else picture(size=(750, 1000)).jpeg


def a_broken_file(kind: str) -> bytes:
    return b"broken file" if kind == "plain" else picture(size=(750, 1000)).jpeg[:20_000]


async def test_a_file_is_examined_and_its_page_archived(digitiser: Digitiser, kind: str) -> None:
    content = a_file(kind)
    examined = await digitiser.examine(content)
    page = await digitiser.archive_page(content, PageWish())
    assert isinstance(examined, Examined)
    assert examined.pages == 1
    assert isinstance(page, ArchivedPage)
    assert page.image
    assert page.turn == 0


async def test_the_same_file_gives_the_same_page(digitiser: Digitiser, kind: str) -> None:
    first = await digitiser.archive_page(a_file(kind), PageWish())
    assert await digitiser.archive_page(a_file(kind), PageWish()) == first


async def test_a_page_is_turned_as_it_is_asked(digitiser: Digitiser, kind: str) -> None:
    page = await digitiser.archive_page(a_file(kind), PageWish(turn=180))
    assert isinstance(page, ArchivedPage)
    assert page.turn == 180


async def test_a_broken_file_is_an_answer_and_no_accident(digitiser: Digitiser, kind: str) -> None:
    content = a_broken_file(kind)
    for answer in (
        await digitiser.examine(content),
        await digitiser.archive_page(content, PageWish()),
    ):
        assert isinstance(answer, Unreadable)
        assert answer.trouble is Trouble.BROKEN
    assert isinstance(await digitiser.examine(a_file(kind)), Examined)


async def test_pages_become_a_document_and_a_small_picture(digitiser: Digitiser, kind: str) -> None:
    page = await digitiser.archive_page(a_file(kind), PageWish())
    assert isinstance(page, ArchivedPage)
    sheets = [PageSheet(page.image, page.dots_per_inch)] * 2
    document = await digitiser.assemble(sheets, FACTS)
    assert document.startswith(b"%PDF")
    assert await digitiser.assemble(sheets, FACTS) == document
    small = await digitiser.preview(page.image, longest_px=160)
    if kind == "desk":
        assert len(pypdf.PdfReader(io.BytesIO(document)).pages) == 2
        with Image.open(io.BytesIO(small)) as opened:
            assert max(opened.size) == 160
