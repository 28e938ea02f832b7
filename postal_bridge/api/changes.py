"""What changed since a device last asked: only what concerns it, and as little as possible."""

from datetime import datetime

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.api.language import Language
from postal_bridge.api.why import wrong_fields
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import STAGE_NAMES, Act, Stage
from postal_bridge.tracking.changes import Change, ChangePage, Cursor, Onlooker


class ChangeQuery(BaseModel):
    """From where, and how much at once."""

    after: str | None = Field(
        default=None,
        max_length=60,
        description="The `cursor` of the answer before; without it only that of now is given.",
    )
    limit: int = Field(default=200, ge=1, le=500)


class ChangeOut(BaseModel):
    """An item that something happened to, and where it is now.

    Attributes:
        holder: the sealed pouch it lies in, else who bears it.
        act, at, by: what happened to it last. `at` is the device's moment.
        gone: true where it concerned the one who asks, and does no more.
    """

    code: str
    stage: Stage
    stage_name: str
    place: str
    holder: str
    since: datetime
    act: Act
    at: datetime
    by: str
    gone: bool | None = None

    @classmethod
    def of(cls, change: Change, language: Language) -> "ChangeOut":
        """The same with the words for people."""
        return cls.model_construct(
            **{**vars(change), "gone": change.gone or None},
            stage_name=named(STAGE_NAMES[change.stage], language),
        )


class Changes(BaseModel):
    """One entry per item. `cursor` goes into the next `after`; `more` means: ask again at once."""

    cursor: str
    items: list[ChangeOut]
    more: bool | None = None

    @classmethod
    def of(cls, page: ChangePage, language: Language) -> "Changes":
        """A page as it goes over the wire."""
        return cls.model_construct(
            cursor=page.cursor,
            items=[ChangeOut.of(change, language) for change in page.changes],
            more=page.more or None,
        )


async def listed(call: Call[None]) -> Changes | Refusal:
    """What concerns the actor's places and papers after the cursor."""
    asked = call.asked(ChangeQuery)
    if asked.after is None:
        async with call.services.storage.glance() as look:
            return Changes(cursor=await look.changes.cursor(), items=[])
    cursor = Cursor.read(asked.after)
    if cursor is None:
        return wrong_fields([("after", "cursor")], language=call.language)
    async with call.services.storage.glance() as look:
        page = await look.changes.after(cursor, onlooker=Onlooker.of(call.actor), limit=asked.limit)
    if page is None:
        return refuse(Reason.CURSOR_TOO_OLD, "after")
    return Changes.of(page, call.language)
