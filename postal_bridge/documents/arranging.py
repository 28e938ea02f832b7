"""Pages are put in order, turned, taken out and put back; nothing of it is ever lost."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.clock import format_local
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import ArchivedPage, PageWish, Unreadable
from postal_bridge.documents.page_writing import STEP, change_of
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Page, PageDeed, PageState, Purpose
from postal_bridge.documents.refusals import refusal_of
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor


@dataclass(frozen=True)
class Arranging:
    """Works on the pages of a dossier, in one person's name."""

    house: PaperHouse
    actor: Actor

    async def order(
        self, dossier_code: str, position: int, wanted: Sequence[str]
    ) -> Sequence[Page] | Refusal:
        """Make these the pages of a line, in this order; pages of other lines may move here.

        All current pages of the line must be among them, so that nothing that a colleague added a
        moment ago silently loses its place.
        """
        async with self.house.transactions.begin() as work:
            pages = await self._current(work, dossier_code, position)
            if isinstance(pages, Refusal):
                return pages
            unknown = [one for one in wanted if one not in pages]
            if unknown or len(set(wanted)) != len(wanted):
                return refuse(Reason.PAGE_UNKNOWN, "pages", id=(unknown or list(wanted))[0])
            here = {one.id for one in pages.values() if one.position == position}
            missing = sorted(here - set(wanted))
            if missing:
                return refuse(Reason.PAGES_NOT_ALL, "pages", missing=", ".join(missing))
            ordered = []
            for number, page_id in enumerate(wanted, start=1):
                update = {"position": position, "place": number * STEP}
                ordered.append(await self._write(work, pages[page_id], PageDeed.MOVE, update))
            return ordered

    async def turn(
        self, dossier_code: str, page_id: str, *, degrees: int, version: int
    ) -> Page | Refusal:
        """Turn a page: `degrees` is how the original is to stand, clockwise, in the end."""
        async with self.house.transactions.begin(write=False) as work:
            page = await self._found(work, dossier_code, page_id, version=version, hold=False)
        if isinstance(page, Refusal) or page.turn == degrees:
            return page
        archived = await self._again(page, degrees)
        if isinstance(archived, Unreadable):
            return refusal_of(archived)
        if isinstance(archived, Refusal):
            return archived
        await self.house.vault.keep(archived.image)
        async with self.house.transactions.begin() as work:
            held = await self._found(work, dossier_code, page_id, version=version)
            if isinstance(held, Refusal):
                return held
            name = hashlib.sha256(archived.image).hexdigest()
            await self.house.note(work, {name: (Purpose.PAGE, archived.image)})
            update = {
                "turn": degrees,
                "image_sha256": name,
                "image_bytes": len(archived.image),
                "width_px": archived.width_px,
                "height_px": archived.height_px,
                "words_sha256": None,
                "layer_sha256": None,
                "confidence": None,
            }
            return await self._write(work, held, PageDeed.TURN, update)

    async def remove(self, dossier_code: str, page_id: str, *, version: int) -> Page | Refusal:
        """Take a page out; it can be put back."""
        async with self.house.transactions.begin() as work:
            page = await self._found(work, dossier_code, page_id, version=version)
            if isinstance(page, Refusal):
                return page
            return await self._write(work, page, PageDeed.REMOVE, {"state": PageState.REMOVED})

    async def restore(self, dossier_code: str, page_id: str, *, version: int) -> Page | Refusal:
        """Put back what was taken out or replaced, at its old place."""
        async with self.house.transactions.begin() as work:
            page = await self._found(work, dossier_code, page_id, version=version, current=False)
            if isinstance(page, Refusal) or page.state is PageState.CURRENT:
                return page
            return await self._write(work, page, PageDeed.RESTORE, {"state": PageState.CURRENT})

    async def _again(self, page: Page, degrees: int) -> ArchivedPage | Unreadable | Refusal:
        """From the original where it is still kept, else from what is archived of it."""
        terms = self.house.terms
        original = page.source_gone_at is None
        try:
            content = await self.house.vault.fetch(
                page.source_sha256 if original else page.image_sha256
            )
        except (KeyError, ValueError):
            return refuse(Reason.CONTENT_LOST, "id")
        wish = PageWish(
            index=page.file_index if original else 0,
            turn=degrees if original else (degrees - page.turn) % 360,
            tone=page.tone,
            find_edges=page.find_edges and original,
            dots_per_inch=terms.dots_per_inch,
            limit_bytes=terms.page_limit_bytes,
        )
        return await self.house.digitiser.archive_page(content, wish)

    async def _current(
        self, work: PaperWork, dossier_code: str, position: int
    ) -> dict[str, Page] | Refusal:
        """The current pages of a dossier, held."""
        if await work.dossiers.hold(dossier_code) is None:
            return refuse(Reason.DOSSIER_UNKNOWN, "code", code=dossier_code)
        lines = {line.position for line in await work.dossiers.checklist(dossier_code)}
        if position not in lines | {0}:
            return refuse(Reason.COMPONENT_UNKNOWN, "position", position=position)
        pages = await work.pages.of_dossier(dossier_code)
        return {page.id: page for page in pages if page.state is PageState.CURRENT}

    async def _found(
        self,
        work: PaperWork,
        dossier_code: str,
        page_id: str,
        *,
        version: int,
        current: bool = True,
        hold: bool = True,
    ) -> Page | Refusal:
        if hold:
            await work.dossiers.hold(dossier_code)
        page = await work.pages.find(page_id)
        if page is None or page.dossier_code != dossier_code:
            return refuse(Reason.PAGE_UNKNOWN, "id", id=page_id)
        if page.version != version:
            return refuse(Reason.PAGE_CHANGED, "version", version=page.version)
        if current and page.state is not PageState.CURRENT:
            return refuse(Reason.PAGE_NOT_CURRENT, "id")
        return page

    async def _write(
        self, work: PaperWork, page: Page, deed: PageDeed, update: Mapping[str, object]
    ) -> Page:
        if all(getattr(page, name) == value for name, value in update.items()):
            return page
        after = page.model_copy(update={**update, "version": page.version + 1})
        await work.pages.put(
            after, change_of(self.house, self.actor, deed, before=page, after=after)
        )
        return after


async def original_of(house: PaperHouse, page: Page) -> bytes | Refusal:
    """The file that a page was made of, for as long as originals are kept."""
    if page.source_gone_at is not None:
        return refuse(Reason.ORIGINAL_GONE, "id", gone_on=format_local(page.source_gone_at)[:10])
    try:
        return await house.vault.fetch(page.source_sha256)
    except (KeyError, ValueError):
        return refuse(Reason.CONTENT_LOST, "id")
