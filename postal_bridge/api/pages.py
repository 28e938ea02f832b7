"""Captured pages: listed, looked at, put in order, turned, taken out, assembled."""

from typing import Literal

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Body, Call, Reply
from postal_bridge.api.captures import papers_of
from postal_bridge.api.digitised import digitised_with
from postal_bridge.api.page_shapes import ChangeOut, PageOut, shown_change, shown_page
from postal_bridge.documents.arranging import Arranging, original_of
from postal_bridge.documents.assembling import Assembling
from postal_bridge.documents.records import Document, Page, PageState
from postal_bridge.errors import Reason, Refusal, refuse

JPEG = "image/jpeg"


class PagesQuery(BaseModel):
    """`all=true` also lists what was replaced or taken out."""

    all: bool = False


class PictureQuery(BaseModel):
    """The longer side of the picture; the archived page itself where nothing is said."""

    px: int | None = Field(default=None, ge=60, le=2000)


class LineOut(BaseModel):
    """The pages of one paper beside what was counted at the counter.

    `differs` is how many pages there are more (or fewer, below 0) than were counted.
    """

    position: int
    name: str
    counted: int | None = None
    differs: int | None = None
    pages: list[PageOut]


class PageList(BaseModel):
    """All papers of a dossier with their pages; position 0 is what nobody has put anywhere yet."""

    lines: list[LineOut]


class PageOrder(Body):
    """The pages of a paper in their order; all of its current ones, and any that move there."""

    position: int = Field(ge=0, le=200)
    pages: list[str] = Field(min_length=1, max_length=2000)


class PageOrdered(BaseModel):
    """The pages as they lie now."""

    pages: list[PageOut]


class PageWished(Body):
    """What a page is to be; `version` is the one that was seen."""

    version: int = Field(ge=1)
    turn: Literal[0, 90, 180, 270] | None = None
    state: Literal["current", "removed"] | None = None


class PageHistory(BaseModel):
    """What was done to a page, in order."""

    changes: list[ChangeOut]


class Assembled(Body):
    """Which paper's pages become a document."""

    position: int = Field(ge=0, le=200)


async def listed(call: Call[None]) -> PageList | Refusal:
    """All papers with their pages, counted against the paper."""
    code = call.path["code"]
    if await call.work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    everything = call.asked(PagesQuery).all
    pages = [
        page
        for page in await call.work.pages.of_dossier(code)
        if everything or page.state is PageState.CURRENT
    ]
    lines = await call.work.dossiers.checklist(code)
    shown = (
        [_line(call, 0, name="", counted=None, pages=pages)]
        if any(not p.position for p in pages)
        else []
    )
    shown += [
        _line(call, line.position, name=line.paper_name, counted=line.pages, pages=pages)
        for line in sorted(lines, key=lambda line: line.position)
    ]
    return PageList(lines=shown)


async def picture(call: Call[None]) -> Reply | Refusal:
    """A page's picture; who looked is recorded."""
    page = await _found(call)
    if isinstance(page, Refusal):
        return page
    papers, wanted = papers_of(call.services), call.asked(PictureQuery).px
    await note_look(call, subject=f"{page.dossier_code}/{page.id}", purpose="page")
    try:
        image = await papers.vault.fetch(page.image_sha256)
    except (KeyError, ValueError):
        return refuse(Reason.CONTENT_LOST, "id")
    if wanted is None:
        return Reply(image, media_type=page.image_type)
    return Reply(await papers.digitiser.preview(image, longest_px=wanted), media_type=JPEG)


async def original(call: Call[None]) -> Reply | Refusal:
    """The file that a page was made of; saved, never shown by the browser itself."""
    page = await _found(call)
    if isinstance(page, Refusal):
        return page
    await note_look(call, subject=f"{page.dossier_code}/{page.id}", purpose="original")
    content = await original_of(papers_of(call.services), page)
    if isinstance(content, Refusal):
        return content
    headers = {"Content-Disposition": "attachment"}
    return Reply(content, media_type=page.source_type, headers=headers)


async def history(call: Call[None]) -> PageHistory | Refusal:
    """What was done to a page."""
    page = await _found(call)
    if isinstance(page, Refusal):
        return page
    changes = await call.work.pages.history(page.id)
    return PageHistory(changes=[shown_change(one, call.language) for one in changes])


async def order(call: Call[PageOrder]) -> PageOrdered | Refusal:
    """Put the pages of a paper in order."""
    done = await _arranging(call).order(call.path["code"], call.body.position, call.body.pages)
    if isinstance(done, Refusal):
        return done
    return PageOrdered(pages=[shown_page(page, call.language) for page in done])


async def change(call: Call[PageWished]) -> PageOut | Refusal:
    """Turn a page, take it out, or put it back."""
    body, arranging = call.body, _arranging(call)
    code, page_id = call.path["code"], call.path["id"]
    done: Page | Refusal
    if body.state == "removed":
        done = await arranging.remove(code, page_id, version=body.version)
    elif body.state == "current":
        done = await arranging.restore(code, page_id, version=body.version)
    elif body.turn is not None:
        done = await arranging.turn(code, page_id, degrees=body.turn, version=body.version)
    else:
        return refuse(Reason.INVALID_FIELD, "turn", name="turn", why="turn | state")
    return done if isinstance(done, Refusal) else shown_page(done, call.language)


async def assemble(call: Call[Assembled]) -> Document | Refusal:
    """Make one PDF/A of a paper's pages; the last paper moves the application on."""
    assembling = Assembling(papers_of(call.services), call.actor, digitised_with(call))
    return await assembling.assemble(call.path["code"], call.body.position)


def _arranging(call: Call[PageOrder] | Call[PageWished]) -> Arranging:
    return Arranging(papers_of(call.services), call.actor)


async def _found(call: Call[None]) -> Page | Refusal:
    page = await call.work.pages.find(call.path["id"])
    if page is None or page.dossier_code != call.path["code"]:
        return refuse(Reason.PAGE_UNKNOWN, "id", id=call.path["id"])
    return page


def _line(
    call: Call[None], position: int, *, name: str, counted: int | None, pages: list[Page]
) -> LineOut:
    mine = [page for page in pages if page.position == position]
    current = sum(page.state is PageState.CURRENT for page in mine)
    return LineOut(
        position=position,
        name=name,
        counted=counted,
        differs=current - counted if counted is not None and current else None,
        pages=[shown_page(page, call.language) for page in mine],
    )
