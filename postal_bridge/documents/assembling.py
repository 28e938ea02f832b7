"""The pages of a paper become one document: reading, making and writing are three steps.

The document is made outside any transaction; it is written down only where its pages are still the
very ones that were read. A process that dies on the way leaves nothing but bytes that nobody names.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import DocumentFacts, PageSheet
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    Document,
    DocumentKind,
    Page,
    PageState,
    Purpose,
)
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

Also = Callable[[PaperWork, Document], Awaitable[None]]
"""What else happens in the transaction that writes a new document down."""

PDF = "application/pdf"
_WHOLE_STACK = "Toàn bộ hồ sơ"


@dataclass(frozen=True)
class _Read:
    dossier: Dossier
    name: str
    pages: Sequence[Page]
    there: Document | None


@dataclass(frozen=True)
class Assembling:
    """Makes documents, in one person's name."""

    house: PaperHouse
    actor: Actor
    also: Also

    async def assemble(self, dossier_code: str, position: int) -> Document | Refusal:
        """The document of a line; the same pages give the same document again."""
        async with self.house.transactions.begin(write=False) as work:
            read = await _read(work, dossier_code, position)
        if isinstance(read, Refusal):
            return read
        if read.there is not None:
            return read.there
        now = self.house.clock.now()
        document_id = str(self.house.new_id(now))
        try:
            sheets = [await self._sheet(page) for page in read.pages]
        except (KeyError, ValueError):
            return refuse(Reason.CONTENT_LOST, "position")
        facts = DocumentFacts(
            title=read.name,
            author=self.house.terms.author,
            subject=f"Hồ sơ {dossier_code}",
            identifier=f"urn:uuid:{document_id}",
            made_at=now.isoformat(timespec="seconds"),
            keywords=(dossier_code, str(position)),
        )
        content = await self.house.digitiser.assemble(sheets, facts)
        sha256 = await self.house.vault.keep(content)
        document = Document(
            id=document_id,
            dossier_code=dossier_code,
            position=position,
            file_name=f"{dossier_code}-{position:02d}.pdf",
            media_type=PDF,
            sha256=sha256,
            size_bytes=len(content),
            page_count=len(sheets),
            registered_at=now,
            registered_by=self.actor.username,
            kind=DocumentKind.ASSEMBLED,
            pages=_made_of(read.pages),
        )
        return await self._written(document, content)

    async def _sheet(self, page: Page) -> PageSheet:
        image = await self.house.vault.fetch(page.image_sha256)
        layer = await self.house.vault.fetch(page.layer_sha256) if page.layer_sha256 else b""
        return PageSheet(image, page.dots_per_inch, layer)

    async def _written(self, document: Document, content: bytes) -> Document | Refusal:
        async with self.house.transactions.begin() as work:
            await work.dossiers.hold(document.dossier_code)
            read = await _read(work, document.dossier_code, document.position)
            if isinstance(read, Refusal):
                return read
            if read.there is not None:
                return read.there
            if _made_of(read.pages) != document.pages:
                return refuse(Reason.PAGES_MOVED, "position")
            await self.house.note(work, {document.sha256: (Purpose.DOCUMENT, content)})
            await supersede(work, document)
            await work.documents.add(document)
            await self.also(work, document)
            return document


async def supersede(work: PaperWork, document: Document) -> None:
    """An older document of the same pages' paper does not count any more.

    What was handed in as a file of its own stays: it is another piece of evidence.
    """
    for older in await work.documents.of_dossier(document.dossier_code):
        same = older.position == document.position and older.superseded_by is None
        if same and older.kind is not DocumentKind.REGISTERED:
            await work.documents.put(older.model_copy(update={"superseded_by": document.id}))


async def _read(work: PaperWork, dossier_code: str, position: int) -> _Read | Refusal:
    dossier = await work.dossiers.find(dossier_code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=dossier_code)
    names = {line.position: line.paper_name for line in await work.dossiers.checklist(dossier_code)}
    names.setdefault(0, _WHOLE_STACK)
    if position not in names:
        return refuse(Reason.COMPONENT_UNKNOWN, "position", position=position)
    pages = [
        page
        for page in await work.pages.of_dossier(dossier_code)
        if page.position == position and page.state is PageState.CURRENT
    ]
    if not pages:
        return refuse(Reason.NO_PAGES, "position", position=position)
    made_of = _made_of(pages)
    documents = await work.documents.of_dossier(dossier_code)
    there = [
        one
        for one in documents
        if one.kind is DocumentKind.ASSEMBLED and one.position == position and one.pages == made_of
    ]
    standing = next((one for one in there if _stands(one, documents)), None)
    return _Read(dossier, names[position], pages, standing)


def _stands(document: Document, documents: Sequence[Document]) -> bool:
    """Whether a document, or what was signed of it, still counts."""
    if document.superseded_by is None:
        return True
    newer = next((one for one in documents if one.id == document.superseded_by), None)
    signed = newer is not None and newer.made_from == document.id
    return signed and newer is not None and newer.superseded_by is None


def _made_of(pages: Sequence[Page]) -> str:
    """Which pages, as they were: their ids, pictures and unseen text."""
    return json.dumps([[page.id, page.image_sha256, page.layer_sha256] for page in pages])
