"""How a page and its history are shown over the API."""

import json
from datetime import datetime

from pydantic import BaseModel

from postal_bridge.api.acting import named
from postal_bridge.documents.page_values import FLAG_WORDS, TAKE_AGAIN, Flag, Tone
from postal_bridge.documents.records import (
    PAGE_DEED_NAMES,
    Page,
    PageChange,
    PageDeed,
    PageState,
)


class FlagOut(BaseModel):
    """Something to look at; `take_again` asks for another picture."""

    flag: Flag
    text: str
    take_again: bool


class PageOut(BaseModel):
    """A captured page. Its picture is at `…/pages/{id}.jpg`, of the size that `px` asks for."""

    id: str
    position: int
    place: int
    state: PageState
    version: int
    turn: int
    tone: Tone
    width_px: int
    height_px: int
    dots_per_inch: int
    size_bytes: int
    sharpness: float
    flags: list[FlagOut]
    file_name: str
    file_page: int
    cover_sheet: bool = False
    read: bool = False
    confidence: float | None = None
    replaces: str | None = None
    original_kept: bool = True
    added_at: datetime
    added_by: str


class ChangeOut(BaseModel):
    """A line of a page's history."""

    deed: PageDeed
    name: str
    at: datetime
    by: str
    before: dict[str, object]
    after: dict[str, object]


def shown_page(page: Page, language: str) -> PageOut:
    """A page in the reader's language."""
    flags = [Flag(one) for one in page.flags.split()]
    return PageOut(
        **page.model_dump(include=set(PageOut.model_fields) - {"flags"}),
        size_bytes=page.image_bytes,
        file_page=page.file_index + 1,
        read=page.words_sha256 is not None,
        cover_sheet=page.state is PageState.REMOVED and "PBC1|" in page.codes,
        original_kept=page.source_gone_at is None,
        flags=[
            FlagOut(
                flag=flag,
                text=named(FLAG_WORDS[flag], language),
                take_again=flag in TAKE_AGAIN,
            )
            for flag in flags
        ],
    )


def shown_change(change: PageChange, language: str) -> ChangeOut:
    """A line of history in the reader's language."""
    return ChangeOut(
        deed=change.deed,
        name=named(PAGE_DEED_NAMES[change.deed], language),
        at=change.at,
        by=change.by,
        before=json.loads(change.before),
        after=json.loads(change.after),
    )
