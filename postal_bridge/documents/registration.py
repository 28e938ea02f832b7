"""Registration of files that are whole already: kept in the vault, written down with their pages."""

import hashlib
from dataclasses import dataclass

from postal_bridge.documents.assembling import Also
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import Examined, Unreadable
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document, Purpose
from postal_bridge.documents.refusals import refusal_of
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

WHOLE_STACK = 0
"""Position of a file that holds all papers of the dossier, as a document scanner gives it."""


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        position: line of the checklist, or `WHOLE_STACK`.
        declared_pages: as the clerk counted them; a file that has others is not taken.
    """

    dossier_code: str
    position: int
    file_name: str
    content: bytes
    declared_pages: int | None = None


@dataclass(frozen=True)
class Registration:
    """Registers files, in one person's name."""

    house: PaperHouse
    actor: Actor
    also: Also

    async def register(self, upload: Upload) -> Document | Refusal:
        """Keep a file and write it down; the same file for the same line is written down once.

        The file is opened, by a process of its own, before it is kept, and kept before it is
        written down: a row never names what is not there, or what nobody can open.
        """
        async with self.house.transactions.begin(write=False) as work:
            refusal = await _misplaced(work, upload)
        if refusal is not None:
            return refusal
        examined = await self.house.digitiser.examine(upload.content)
        if isinstance(examined, Unreadable):
            return refusal_of(examined)
        if upload.declared_pages not in {None, examined.pages}:
            facts = {"declared": upload.declared_pages, "pages": examined.pages}
            return refuse(Reason.PAGES_DIFFER, "pages", **facts)
        sha256 = await self.house.vault.keep(upload.content)
        async with self.house.transactions.begin() as work:
            # Two files that come at once must see each other, or neither would be the last one.
            await work.dossiers.hold(upload.dossier_code)
            there = await _registered(work, upload)
            if there is not None:
                return there
            await self.house.note(work, {sha256: (Purpose.DOCUMENT, upload.content)})
            document = self._document(upload, examined, sha256)
            await work.documents.add(document)
            await self.also(work, document)
            return document

    def _document(self, upload: Upload, examined: Examined, sha256: str) -> Document:
        now = self.house.clock.now()
        return Document(
            id=str(self.house.new_id(now)),
            dossier_code=upload.dossier_code,
            position=upload.position,
            file_name=upload.file_name,
            media_type=examined.media_type,
            sha256=sha256,
            size_bytes=len(upload.content),
            page_count=examined.pages,
            registered_at=now,
            registered_by=self.actor.username,
        )


async def _misplaced(work: PaperWork, upload: Upload) -> Refusal | None:
    if await work.dossiers.find(upload.dossier_code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=upload.dossier_code)
    lines = await work.dossiers.checklist(upload.dossier_code)
    known = {WHOLE_STACK} | {line.position for line in lines}
    if upload.position not in known:
        return refuse(Reason.COMPONENT_UNKNOWN, "position", position=upload.position)
    return None


async def _registered(work: PaperWork, upload: Upload) -> Document | None:
    """The same file at the same line: a device that heard no answer sent it again."""
    sha256 = hashlib.sha256(upload.content).hexdigest()
    there = await work.documents.of_dossier(upload.dossier_code)
    same = (one for one in there if (one.position, one.sha256) == (upload.position, sha256))
    return next(same, None)
