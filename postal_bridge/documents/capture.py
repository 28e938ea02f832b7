"""Capture: a file comes in part by part, over any network, and becomes pages.

Every part is kept before it is noted, and noted before it is answered for. So a device that hears
nothing may send again, in any order, after any break, and a process may die at any line: what is
noted is there, and what is not noted is sent again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from postal_bridge.documents.capture_values import Captured, NewUpload, UploadStatus
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_making import FreshPage, make_pages
from postal_bridge.documents.page_values import Unreadable
from postal_bridge.documents.page_writing import write_pages
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    Page,
    PageState,
    PageUpload,
    Purpose,
    UploadPart,
    UploadState,
)
from postal_bridge.documents.refusals import noted, read_back, refusal_of
from postal_bridge.errors import Reason, Refusal, Refused, refuse
from postal_bridge.identity import Actor

_MOST_TOLD = 200
"""Missing parts told at once; more are told when these have come."""


@dataclass(frozen=True)
class Capture:
    """Takes files in, in one person's name."""

    house: PaperHouse
    actor: Actor

    async def begin(self, wanted: NewUpload) -> UploadStatus | Refusal:
        """Announce a file. Announcing it again gives what is missing of it."""
        refusal = self._too_large(wanted)
        if refusal is not None:
            return refusal
        now = self.house.clock.now()
        upload = PageUpload(
            **wanted.model_dump(),
            part_bytes=self.house.terms.part_bytes,
            begun_at=now,
            begun_by=self.actor.username,
            changed_at=now,
        )
        async with self.house.transactions.begin() as work:
            refusal = await _misplaced(work, wanted)
            if refusal is not None:
                return refusal
            if await work.uploads.add(upload):
                twins = await _twins(work, upload)
                return replace(_status(upload, ()), same_as=twins)
            there = await work.uploads.find(upload.id)
            if there is None or not _same(there, wanted):
                return refuse(Reason.UPLOAD_DIFFERS, "id", id=upload.id)
            return _status(there, await work.uploads.parts(there.id))

    async def status(self, dossier_code: str, upload_id: str) -> UploadStatus | Refusal:
        """What has come of a file, and what is missing."""
        async with self.house.transactions.begin(write=False) as work:
            upload = await _found(work, dossier_code, upload_id)
            if isinstance(upload, Refusal):
                return upload
            return _status(upload, await work.uploads.parts(upload_id))

    async def take_part(
        self, dossier_code: str, upload_id: str, number: int, content: bytes
    ) -> UploadStatus | Refusal:
        """A part arrived. It may come twice, in any order, or after the file is complete."""
        async with self.house.transactions.begin(write=False) as work:
            upload = await _found(work, dossier_code, upload_id)
        if isinstance(upload, Refusal):
            return upload
        refusal = _misfit(upload, number, content)
        if refusal is not None:
            return refusal
        if upload.state is not UploadState.OPEN:
            return _closed(upload)
        sha256 = await self.house.vault.keep(content)
        async with self.house.transactions.begin() as work:
            held = await work.uploads.hold(upload_id)
            if held is None or held.state is not UploadState.OPEN:
                return _closed(held or upload)
            now = self.house.clock.now()
            await self.house.note(work, {sha256: (Purpose.PART, content)})
            await work.uploads.put_part(
                UploadPart(upload_id=upload_id, number=number, sha256=sha256, came_at=now)
            )
            held.changed_at = now
            await work.uploads.put(held)
            return _status(held, await work.uploads.parts(upload_id))

    async def drop(self, dossier_code: str, upload_id: str) -> UploadStatus | Refusal:
        """Call a file off; what came of it is kept for as long as parts are."""
        async with self.house.transactions.begin() as work:
            upload = await _found(work, dossier_code, upload_id, hold=True)
            if isinstance(upload, Refusal):
                return upload
            if upload.state is UploadState.OPEN:
                upload.state = UploadState.DROPPED
                upload.changed_at = self.house.clock.now()
                await work.uploads.put(upload)
            return _status(upload, ())

    async def complete(self, dossier_code: str, upload_id: str) -> Captured | Refusal:
        """All parts are there: the file becomes pages. Asking again gives the same pages."""
        async with self.house.transactions.begin(write=False) as work:
            upload = await _found(work, dossier_code, upload_id)
            if isinstance(upload, Refusal):
                return upload
            if upload.state is not UploadState.OPEN:
                return await _outcome(work, upload)
            parts = await work.uploads.parts(upload_id)
        missing = _missing(upload, parts)
        if missing:
            told = ", ".join(str(number) for number in missing[:_MOST_TOLD])
            return refuse(Reason.UPLOAD_INCOMPLETE, "parts", missing=told, parts=upload.parts)
        content = await self._joined(parts)
        if content is None or hashlib.sha256(content).hexdigest() != upload.sha256:
            return await self._begin_anew(upload)
        made = await make_pages(self.house, upload, content)
        if isinstance(made, Unreadable | Refusal):
            refusal = made if isinstance(made, Refusal) else refusal_of(made)
            return await self._not_taken(upload, content, refusal)
        return await self._taken(upload, content, made)

    def _too_large(self, wanted: NewUpload) -> Refusal | None:
        limit = self.house.terms.upload_limit_bytes
        if wanted.size_bytes <= limit:
            return None
        facts = {"size_bytes": wanted.size_bytes, "limit_bytes": limit}
        return refuse(Reason.FILE_TOO_LARGE, "size_bytes", **facts)

    async def _joined(self, parts: Sequence[UploadPart]) -> bytes | None:
        """The file; None where the vault has lost a part."""
        try:
            return b"".join([await self.house.vault.fetch(part.sha256) for part in parts])
        except (KeyError, ValueError):
            return None

    async def _begin_anew(self, upload: PageUpload) -> Refusal:
        """The whole is not what the device said: no part of it can be trusted."""
        async with self.house.transactions.begin() as work:
            await work.uploads.forget_parts(upload.id)
        return refuse(Reason.UPLOAD_HASH, "sha256")

    async def _not_taken(self, upload: PageUpload, content: bytes, why: Refusal) -> Refusal:
        """The file is kept with its reason: a person may want to see what was refused."""
        await self.house.vault.keep(content)
        async with self.house.transactions.begin() as work:
            held = await work.uploads.hold(upload.id)
            if held is not None and held.state is UploadState.OPEN:
                await self.house.note(work, {upload.sha256: (Purpose.ORIGINAL, content)})
                held.state, held.changed_at = UploadState.REFUSED, self.house.clock.now()
                held.reason, held.detail = noted(why)
                await work.uploads.put(held)
        return why

    async def _taken(
        self, upload: PageUpload, content: bytes, made: Sequence[FreshPage]
    ) -> Captured | Refusal:
        await self.house.vault.keep(content)
        for fresh in made:
            await self.house.vault.keep(fresh.archived.image)
        try:
            async with self.house.transactions.begin() as work:
                return await self._written(work, upload, content, made=made)
        except Refused as refused:
            return refused.refusal

    async def _written(
        self, work: PaperWork, upload: PageUpload, content: bytes, *, made: Sequence[FreshPage]
    ) -> Captured | Refusal:
        """One of two that complete the same upload writes its pages; the other one gets them."""
        held = await work.uploads.hold(upload.id)
        if held is None:
            return refuse(Reason.UPLOAD_UNKNOWN, "id", id=upload.id)
        if held.state is not UploadState.OPEN:
            return await _outcome(work, held)
        kept = {one.image_sha256: (Purpose.PAGE, one.archived.image) for one in made}
        kept[upload.sha256] = (Purpose.ORIGINAL, content)
        await self.house.note(work, kept)
        pages = await write_pages(self.house, work, held, made, actor=self.actor)
        if isinstance(pages, Refusal):
            raise Refused(pages)  # nothing of it stays
        held.state, held.changed_at = UploadState.TAKEN, self.house.clock.now()
        await work.uploads.put(held)
        return Captured(tuple(pages))


async def _misplaced(work: PaperWork, wanted: NewUpload) -> Refusal | None:
    """Why a file cannot belong where it is said to."""
    code = wanted.dossier_code
    if await work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    lines = {line.position for line in await work.dossiers.checklist(code)}
    if wanted.position not in lines | {0}:
        return refuse(Reason.COMPONENT_UNKNOWN, "position", position=wanted.position)
    if wanted.replaces is None:
        return None
    page = await work.pages.find(wanted.replaces)
    if page is None or page.dossier_code != code:
        return refuse(Reason.PAGE_UNKNOWN, "replaces", id=wanted.replaces)
    if page.state is not PageState.CURRENT:
        return refuse(Reason.PAGE_NOT_CURRENT, "replaces")
    return None


async def _twins(work: PaperWork, upload: PageUpload) -> tuple[str, ...]:
    """Pages of this dossier that were made of the very same file: perhaps sent twice by a person."""
    pages = await work.pages.with_source(upload.sha256)
    mine = [page for page in pages if page.dossier_code == upload.dossier_code]
    return tuple(page.id for page in mine if page.state is PageState.CURRENT)


async def _found(
    work: PaperWork, dossier_code: str, upload_id: str, *, hold: bool = False
) -> PageUpload | Refusal:
    find = work.uploads.hold if hold else work.uploads.find
    upload = await find(upload_id)
    if upload is None or upload.dossier_code != dossier_code:
        return refuse(Reason.UPLOAD_UNKNOWN, "id", id=upload_id)
    return upload


async def _outcome(work: PaperWork, upload: PageUpload) -> Captured | Refusal:
    """What became of an upload that is over."""
    if upload.state is UploadState.TAKEN:
        pages: Sequence[Page] = await work.pages.of_upload(upload.id)
        return Captured(tuple(pages))
    if upload.state is UploadState.REFUSED and upload.reason:
        return read_back(upload.reason, upload.detail)
    return refuse(Reason.UPLOAD_CLOSED, "id", id=upload.id, state=upload.state.value)


def _closed(upload: PageUpload) -> UploadStatus | Refusal:
    """A part of a file that is complete came again: nothing is missing."""
    if upload.state is UploadState.TAKEN:
        return _status(upload, ())
    return refuse(Reason.UPLOAD_CLOSED, "id", id=upload.id, state=upload.state.value)


def _misfit(upload: PageUpload, number: int, content: bytes) -> Refusal | None:
    if not 1 <= number <= upload.parts:
        return refuse(Reason.PART_UNKNOWN, "number", number=number, parts=upload.parts)
    expected = upload.size_of(number)
    if len(content) != expected:
        facts = {"number": number, "expected": expected, "got": len(content)}
        return refuse(Reason.PART_SIZE, "content", **facts)
    return None


def _same(there: PageUpload, wanted: NewUpload) -> bool:
    """Whether an upload was announced with the very same facts before."""
    told = wanted.model_dump()
    return all(getattr(there, name) == value for name, value in told.items())


def _missing(upload: PageUpload, parts: Sequence[UploadPart]) -> list[int]:
    there = {part.number for part in parts}
    return [number for number in range(1, upload.parts + 1) if number not in there]


def _status(upload: PageUpload, parts: Sequence[UploadPart]) -> UploadStatus:
    missing = _missing(upload, parts) if upload.state is UploadState.OPEN else []
    return UploadStatus(
        upload_id=upload.id,
        state=upload.state,
        part_bytes=upload.part_bytes,
        parts=upload.parts,
        missing=tuple(missing[:_MOST_TOLD]),
        received=upload.parts - len(missing),
    )
