"""Recognition: pages are read by a job, and what a form map asks for waits for a person.

A page that was read is searchable in the next document that is made of it; a document that stood
before its pages were read is made anew, unless it was signed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.digitising_ports import Reader, ReadingFailed
from postal_bridge.documents.extraction import Proposal, propose
from postal_bridge.documents.form_maps import FormMaps
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import PageText, Word
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    Document,
    DocumentKind,
    ExtractedField,
    FieldState,
    Page,
    PageState,
    Purpose,
)
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import NIGHT, Actor
from postal_bridge.logs import get_logger

_log = get_logger(__name__)
_words = msgspec.json.Decoder(tuple[Word, ...])


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """Reads what waits to be read.

    Attributes:
        at_once: so many pages are taken up in one go.
    """

    house: PaperHouse
    reader: Reader
    maps: FormMaps
    at_once: int = 8

    async def read_waiting(self) -> int:
        """Read pages, oldest first; says how many. Documents that can be searched now are made."""
        async with self.house.transactions.begin(write=False) as work:
            waiting = await work.pages.unread(limit=self.at_once)
        touched: set[tuple[str, int]] = set()
        for page in waiting:
            await self._read(page)
            touched.add((page.dossier_code, page.position))
        for dossier_code, position in sorted(touched):
            await self._make_searchable(dossier_code, position)
        return len(waiting)

    async def _read(self, page: Page) -> None:
        try:
            image = await self.house.vault.fetch(page.image_sha256)
            text = await self.reader.read(image, dots_per_inch=page.dots_per_inch)
        except (ReadingFailed, KeyError, ValueError) as failed:
            # It would be the oldest one again next time, and no other page would ever be read.
            _log.warning("page.not-read", page=page.id, why=str(failed)[:200])
            text = PageText()
        written = msgspec.json.encode(text.words)
        kept = {hashlib.sha256(written).hexdigest(): (Purpose.READING, written)}
        layer = hashlib.sha256(text.layer).hexdigest() if text.layer else None
        if layer is not None:
            kept[layer] = (Purpose.READING, text.layer)
        for _, content in kept.values():
            await self.house.vault.keep(content)
        async with self.house.transactions.begin() as work:
            now_there = await work.pages.find(page.id)
            if now_there is None or now_there.image_sha256 != page.image_sha256:
                return  # it was turned in between, and waits again
            await self.house.note(work, kept)
            update = {
                "words_sha256": hashlib.sha256(written).hexdigest(),
                "layer_sha256": layer,
                "confidence": _confidence(text.words),
            }
            await work.pages.renew(now_there.model_copy(update=update))
            await self._propose(work, now_there, text.words)

    async def _propose(self, work: PaperWork, page: Page, words: Sequence[Word]) -> None:
        dossier = await work.dossiers.find(page.dossier_code)
        rules = self.maps.rules_for(dossier.procedure_code if dossier else None)
        now = self.house.clock.now()
        for proposal in propose(words, rules):
            await work.fields.propose(self._field(page, proposal, now))

    def _field(self, page: Page, proposal: Proposal, now: datetime) -> ExtractedField:
        left, top, width, height = proposal.box
        return ExtractedField(
            id=str(self.house.new_id(now)),
            dossier_code=page.dossier_code,
            page_id=page.id,
            name=proposal.name,
            value=proposal.value[:400],
            confidence=proposal.confidence,
            left=left,
            top=top,
            width=width,
            height=height,
            found_at=now,
        )

    async def _make_searchable(self, dossier_code: str, position: int) -> None:
        async with self.house.transactions.begin(write=False) as work:
            pages = [
                page
                for page in await work.pages.of_dossier(dossier_code)
                if page.position == position and page.state is PageState.CURRENT
            ]
            documents = await work.documents.of_dossier(dossier_code)
        standing = [
            one
            for one in documents
            if one.position == position
            and one.kind is DocumentKind.ASSEMBLED
            and one.superseded_by is None
        ]
        if standing and all(page.words_sha256 for page in pages):
            await Assembling(self.house, NIGHT, _nothing_more).assemble(dossier_code, position)


async def decide(
    work: PaperWork,
    dossier_code: str,
    field_id: str,
    *,
    actor: Actor,
    now: datetime,
    value: str | None,
) -> ExtractedField | Refusal:
    """A person confirms a field, corrects it with another value, or (None) says it is none."""
    field = await work.fields.hold(field_id)
    if field is None or field.dossier_code != dossier_code:
        return refuse(Reason.FIELD_UNKNOWN, "id", id=field_id)
    field.decided_at, field.decided_by, field.decided_value = now, actor.username, value
    if value is None:
        field.state = FieldState.REJECTED
    else:
        field.state = FieldState.CONFIRMED if value == field.value else FieldState.CORRECTED
    await work.fields.put(field)
    return field


async def words_of(house: PaperHouse, page: Page) -> tuple[Word, ...]:
    """What was read on a page; nothing where it was not read yet.

    Raises:
        KeyError, ValueError: the vault has lost it.
    """
    if page.words_sha256 is None:
        return ()
    return _words.decode(await house.vault.fetch(page.words_sha256))


def _confidence(words: Sequence[Word]) -> float:
    """Of a page: of its words, weighed by their length; 0 where nothing was read."""
    letters = sum(len(word.text) for word in words)
    if not letters:
        return 0.0
    return round(sum(word.confidence * len(word.text) for word in words) / letters, 2)


async def _nothing_more(work: PaperWork, document: Document) -> None:
    """The application was digitised when its first document was made."""
    del work, document
