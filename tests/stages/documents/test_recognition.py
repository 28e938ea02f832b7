"""Pages are read once, documents become searchable, and a person decides what was read."""

import pytest
from typing_extensions import override

from postal_bridge.documents.arranging import Arranging
from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.form_maps import FormMaps, load_form_maps
from postal_bridge.documents.page_values import PageText, Word
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.recognition import Recognition, decide, words_of
from postal_bridge.documents.records import (
    Document,
    DocumentKind,
    ExtractedField,
    FieldState,
    Page,
    Purpose,
)
from postal_bridge.errors import Reason
from postal_bridge.settings import CONFIG_DIR
from tests.contracts.test_reader_contract import MemoryReader
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory import LAN
from tests.stores import DOSSIER, NOW

FORM = "Tên người nộp: Nông Văn Đức\nSố định danh cá nhân: 020184991234"


async def nothing(work: PaperWork, document: Document) -> None:
    del work, document


@pytest.fixture
def reader() -> MemoryReader:
    return MemoryReader({})


@pytest.fixture
def recognition(papers: Papers, reader: MemoryReader) -> Recognition:
    maps = load_form_maps(CONFIG_DIR / "form_maps.toml")
    return Recognition(house=papers.house, reader=reader, maps=maps)


async def a_page(papers: Papers, reader: MemoryReader, text: str = FORM) -> Page:
    (page,) = await papers.captures(f"pages=1 {len(reader.texts)}".encode())
    reader.texts[papers.vault.kept[page.image_sha256]] = text
    return page


async def test_a_page_is_read_once_and_its_fields_wait_for_a_person(
    papers: Papers, reader: MemoryReader, recognition: Recognition
) -> None:
    page = await a_page(papers, reader)
    assert await recognition.read_waiting() == 1
    assert await recognition.read_waiting() == 0

    read = await papers.work.pages.find(page.id)
    assert read is not None
    assert read.confidence == 96.0
    assert [word.text for word in await words_of(papers.house, read)][:3] == [
        "Tên",
        "người",
        "nộp:",
    ]
    fields = await papers.work.fields.of_dossier(DOSSIER)
    assert {(one.name, one.value, one.state) for one in fields} == {
        ("identity", "020184991234", FieldState.PROPOSED),
        ("name", "Nông Văn Đức", FieldState.PROPOSED),
    }
    assert papers.work.contents.kept[read.words_sha256 or ""].purpose is Purpose.READING


async def test_a_page_that_cannot_be_read_keeps_no_other_waiting(
    papers: Papers, reader: MemoryReader, recognition: Recognition
) -> None:
    (bad,) = await papers.captures(b"pages=1 unreadable")
    good = await a_page(papers, reader)
    await recognition.read_waiting()
    unread, read = papers.work.pages.kept[bad.id], papers.work.pages.kept[good.id]
    assert (unread.confidence, unread.layer_sha256) == (0.0, None)
    assert await words_of(papers.house, unread) == ()
    assert read.layer_sha256 is not None
    assert await recognition.read_waiting() == 0


async def test_a_document_becomes_searchable_when_its_pages_are_read(
    papers: Papers, reader: MemoryReader, recognition: Recognition
) -> None:
    await a_page(papers, reader)
    first = await Assembling(papers.house, LAN, nothing).assemble(DOSSIER, 1)
    assert isinstance(first, Document)
    await recognition.read_waiting()
    standing = [one for one in papers.work.documents.kept if one.superseded_by is None]
    assert len(standing) == 1
    assert standing[0].id != first.id
    assert papers.digitiser.assembled[-1][0][0].layer == b"%PDF layer"


async def test_a_signed_document_is_left_as_it_was_signed(
    papers: Papers, reader: MemoryReader, recognition: Recognition
) -> None:
    await a_page(papers, reader)
    first = await Assembling(papers.house, LAN, nothing).assemble(DOSSIER, 1)
    assert isinstance(first, Document)
    signed = first.model_copy(
        update={"id": "signed", "kind": DocumentKind.SIGNED, "made_from": first.id}
    )
    await papers.work.documents.add(signed)
    await papers.work.documents.put(first.model_copy(update={"superseded_by": "signed"}))
    await recognition.read_waiting()
    assert len(papers.work.documents.kept) == 2


async def test_a_page_that_was_turned_while_it_was_read_waits_again(papers: Papers) -> None:
    (page,) = await papers.captures(b"pages=1 askew")

    class Slow(MemoryReader):
        @override
        async def read(self, image: bytes, *, dots_per_inch: int) -> PageText:
            del image, dots_per_inch
            await Arranging(papers.house, LAN).turn(DOSSIER, page.id, degrees=90, version=1)
            return PageText((Word("x", 1, 1, 1, 1, 9.0, 0),), b"layer")

    await Recognition(house=papers.house, reader=Slow({}), maps=FormMaps({})).read_waiting()
    assert [one.id for one in await papers.work.pages.unread(limit=9)] == [page.id]


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("Nông Văn Đức", FieldState.CONFIRMED),
        ("Nông Văn Đúc", FieldState.CORRECTED),
        (None, FieldState.REJECTED),
    ],
)
async def test_a_person_confirms_corrects_or_rejects(
    papers: Papers,
    reader: MemoryReader,
    recognition: Recognition,
    value: str | None,
    state: FieldState,
) -> None:
    await a_page(papers, reader)
    await recognition.read_waiting()
    (name,) = [one for one in papers.work.fields.kept.values() if one.name == "name"]
    field = await decide(papers.work, DOSSIER, name.id, actor=LAN, now=NOW, value=value)
    assert isinstance(field, ExtractedField)
    assert (field.state, field.decided_value, field.decided_by) == (state, value, "lan")
    assert field.value == "Nông Văn Đức"


async def test_a_field_of_another_dossier_is_unknown(papers: Papers) -> None:
    done = await decide(papers.work, DOSSIER, "x", actor=LAN, now=NOW, value="y")
    assert reason(done) is Reason.FIELD_UNKNOWN
