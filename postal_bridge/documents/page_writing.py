"""Fresh pages are written down: each at its line and place, each with its first line of history."""

import json
from collections.abc import Sequence

from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_making import FreshPage
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import (
    Page,
    PageChange,
    PageDeed,
    PageState,
    PageUpload,
)
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

STEP = 1_000
"""Between the places of two pages: a page put in between needs no other to be moved."""


async def write_pages(
    house: PaperHouse,
    work: PaperWork,
    upload: PageUpload,
    fresh: Sequence[FreshPage],
    *,
    actor: Actor,
) -> list[Page] | Refusal:
    """The pages of an upload, behind those that are there; a replaced one gives up its place."""
    await work.dossiers.hold(upload.dossier_code)
    there = await work.pages.of_dossier(upload.dossier_code)
    replaced = next((page for page in there if page.id == upload.replaces), None)
    if upload.replaces is not None and (
        replaced is None or replaced.state is not PageState.CURRENT
    ):
        return refuse(Reason.PAGE_NOT_CURRENT, "replaces")
    lines = {line.position for line in await work.dossiers.checklist(upload.dossier_code)}
    ends = _ends(there)
    position = replaced.position if replaced else upload.position
    pages = []
    for number, one in enumerate(fresh):
        if one.cover is not None and one.cover.position in lines:
            position = one.cover.position
        page = _page(house, upload, one, actor=actor)
        page.position = position
        if replaced is not None:
            page.place = replaced.place + number
            page.replaces = replaced.id
        else:
            ends[position] = page.place = ends.get(position, 0) + STEP
        if one.cover is not None:
            page.state = PageState.REMOVED
        await work.pages.put(page, change_of(house, actor, PageDeed.ADD, before=None, after=page))
        pages.append(page)
    if replaced is not None:
        gone = replaced.model_copy(
            update={"state": PageState.REPLACED, "version": replaced.version + 1}
        )
        await work.pages.put(
            gone, change_of(house, actor, PageDeed.REPLACE, before=replaced, after=gone)
        )
    return pages


def change_of(
    house: PaperHouse, actor: Actor, deed: PageDeed, *, before: Page | None, after: Page
) -> PageChange:
    """The line of history of a change."""
    now = house.clock.now()
    return PageChange(
        id=str(house.new_id(now)),
        page_id=after.id,
        dossier_code=after.dossier_code,
        deed=deed,
        at=now,
        by=actor.username,
        before=_told(before) if before else "{}",
        after=_told(after),
    )


def _told(page: Page) -> str:
    names = {"position", "place", "turn", "state", "image_sha256", "version"}
    return json.dumps(page.model_dump(mode="json", include=names), sort_keys=True)


def _ends(pages: Sequence[Page]) -> dict[int, int]:
    """The last place of each line, also of pages that do not count any more."""
    ends: dict[int, int] = {}
    for page in pages:
        ends[page.position] = max(ends.get(page.position, 0), page.place)
    return ends


def _page(house: PaperHouse, upload: PageUpload, fresh: FreshPage, *, actor: Actor) -> Page:
    archived, now = fresh.archived, house.clock.now()
    return Page(
        id=str(house.new_id(now)),
        dossier_code=upload.dossier_code,
        position=upload.position,
        place=0,
        upload_id=upload.id,
        file_name=upload.file_name,
        file_index=fresh.index,
        source_sha256=upload.sha256,
        source_type=fresh.media_type,
        source_bytes=upload.size_bytes,
        find_edges=upload.find_edges,
        image_sha256=fresh.image_sha256,
        image_type=archived.media_type,
        image_bytes=len(archived.image),
        width_px=archived.width_px,
        height_px=archived.height_px,
        dots_per_inch=archived.dots_per_inch,
        tone=archived.tone,
        turn=archived.turn,
        sharpness=archived.sharpness,
        ink=archived.ink,
        flags=" ".join(archived.flags),
        codes=json.dumps(archived.codes, ensure_ascii=False)[:4000] if archived.codes else "[]",
        added_at=now,
        added_by=actor.username,
    )
