"""Pages become one document, which is written down only for the very pages it shows."""

from collections.abc import Sequence

from typing_extensions import override

from postal_bridge.documents.arranging import Arranging
from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.page_values import DocumentFacts, PageSheet
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document, DocumentKind, Purpose
from postal_bridge.errors import Reason
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory import LAN
from tests.stages.memory_papers import PlainDigitiser
from tests.stores import DOSSIER

TWO = b"pages=2 sheets"


class Told:
    """What else was done with new documents."""

    def __init__(self) -> None:
        self.documents: list[Document] = []

    async def __call__(self, work: PaperWork, document: Document) -> None:
        assert document in await work.documents.of_dossier(DOSSIER)
        self.documents.append(document)


async def assembled(papers: Papers, position: int = 1, *, told: Told | None = None) -> Document:
    done = await Assembling(papers.house, LAN, told or Told()).assemble(DOSSIER, position)
    assert isinstance(done, Document), done
    return done


async def test_a_papers_pages_become_one_document(papers: Papers) -> None:
    first, second = await papers.captures(TWO)
    told = Told()
    document = await assembled(papers, told=told)

    assert (document.kind, document.page_count) == (DocumentKind.ASSEMBLED, 2)
    assert document.file_name == f"{DOSSIER}-01.pdf"
    assert told.documents == [document]
    ((sheets, facts),) = papers.digitiser.assembled
    assert [sheet.image for sheet in sheets] == [
        await papers.vault.fetch(page.image_sha256) for page in (first, second)
    ]
    assert facts.author == "Bưu điện"
    assert DOSSIER in facts.keywords
    assert papers.work.contents.kept[document.sha256].purpose is Purpose.DOCUMENT


async def test_the_same_pages_give_the_same_document(papers: Papers) -> None:
    await papers.captures(TWO)
    told = Told()
    first = await assembled(papers, told=told)
    assert (await assembled(papers, told=told)).id == first.id
    assert len(told.documents) == 1


async def test_other_pages_give_another_document_and_the_old_one_stays(papers: Papers) -> None:
    pages = await papers.captures(TWO)
    first = await assembled(papers)
    await Arranging(papers.house, LAN).remove(DOSSIER, pages[0].id, version=1)
    second = await assembled(papers)

    assert second.id != first.id
    old = await papers.work.documents.find(first.id)
    assert old is not None
    assert old.superseded_by == second.id


async def test_pages_that_changed_meanwhile_are_not_written_down_as_they_were(
    papers: Papers,
) -> None:
    captured = await papers.captures(TWO)

    class Slow(PlainDigitiser):
        @override
        async def assemble(self, pages: Sequence[PageSheet], facts: DocumentFacts) -> bytes:
            arranging = Arranging(papers.house, LAN)
            await arranging.remove(DOSSIER, captured[0].id, version=1)
            return await super().assemble(pages, facts)

    papers.digitiser = Slow()
    papers.__post_init__()
    done = await Assembling(papers.house, LAN, Told()).assemble(DOSSIER, 1)
    assert reason(done) is Reason.PAGES_MOVED
    assert not papers.work.documents.kept


async def test_where_there_is_nothing_there_is_no_document(papers: Papers) -> None:
    assembling = Assembling(papers.house, LAN, Told())
    assert reason(await assembling.assemble(DOSSIER, 1)) is Reason.NO_PAGES
    assert reason(await assembling.assemble(DOSSIER, 8)) is Reason.COMPONENT_UNKNOWN
    assert reason(await assembling.assemble("nobody", 1)) is Reason.DOSSIER_UNKNOWN


async def test_a_page_that_the_vault_lost_is_told(papers: Papers) -> None:
    (page, _) = await papers.captures(TWO)
    del papers.vault.kept[page.image_sha256]
    done = await Assembling(papers.house, LAN, Told()).assemble(DOSSIER, 1)
    assert reason(done) is Reason.CONTENT_LOST
