"""Why a file is not taken, as the person who handed it in is told."""

import json

from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.errors import Reason, Refusal, refuse

_REASONS: dict[Trouble, Reason] = {
    Trouble.EMPTY: Reason.FILE_EMPTY,
    Trouble.TYPE: Reason.DOCUMENT_TYPE,
    Trouble.BROKEN: Reason.FILE_BROKEN,
    Trouble.ENCRYPTED: Reason.FILE_ENCRYPTED,
    Trouble.ACTIVE: Reason.FILE_ACTIVE,
    Trouble.PIXELS: Reason.FILE_PIXELS,
    Trouble.PAGES: Reason.FILE_PAGES,
    Trouble.EXHAUSTED: Reason.FILE_EXHAUSTED,
}
_TELLING = frozenset({Trouble.TYPE, Trouble.PIXELS, Trouble.PAGES})
"""Troubles whose sentence shows what was found; a library's own words are for the log alone."""


def refusal_of(unreadable: Unreadable) -> Refusal:
    """The refusal of a file."""
    facts = {"found": unreadable.detail} if unreadable.trouble in _TELLING else {}
    return refuse(_REASONS[unreadable.trouble], "content", **facts)


def noted(refusal: Refusal) -> tuple[str, str]:
    """A refusal as it is written down: the reason's name and its facts."""
    return refusal.reason.slug, json.dumps(refusal.facts, ensure_ascii=False, default=str)


def read_back(reason: str, detail: str | None) -> Refusal:
    """A refusal that was written down."""
    named = next(one for one in Reason if one.slug == reason)
    return Refusal(named, "content", json.loads(detail or "{}"))
