"""Lists of what is underway: who holds what since when, page by page, and counted."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import JSON, Call, Reply
from postal_bridge.api.language import Language
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import STAGE_NAMES, Direction, Stage
from postal_bridge.tracking.records import Position
from postal_bridge.tracking.transfers import Transfer, TransferFilter

_AGE = re.compile(r"P(?=.)(?:(?P<days>\d{1,5})D)?(?:T(?=.)(?:(?P<hours>\d{1,6})H)?)?")
_ENCODER = msgspec.json.Encoder()
_NAMES: dict[Language, dict[str, str]] = {
    language: {stage.value: named(names, language) for stage, names in STAGE_NAMES.items()}
    for language in ("vi", "en")
}


class TransferOut(Position):
    """Where an item is, with the words for people.

    Attributes:
        holder_code: the one holder: the sealed pouch, else who bears it.
        holder_name: of the person, desk or body that bears it.
        hours_held: whole hours since `since`.
        overdue: the promised minute has passed and the result is not at the desk.
        carrier, consignment: of the consignment that is open for it.
    """

    holder_code: str
    holder_name: str
    place_name: str
    stage_name: str
    hours_held: int
    overdue: bool
    promised_at: datetime | None = None
    carrier: str | None = None
    consignment: str | None = None


class Filters(BaseModel):
    """Which items; what is left out does not restrict."""

    direction: Direction | None = None
    department: str | None = Field(default=None, max_length=60)
    state: str | None = Field(
        default=None,
        max_length=200,
        description="Stages, separated by commas; without it the open ones.",
    )
    overdue: bool | None = Field(
        default=None, description="The promised minute has passed, the result is not at the desk."
    )
    holder: str | None = Field(
        default=None, max_length=60, description="A person, a desk, a body, or a sealed pouch."
    )
    carrier: str | None = Field(
        default=None, max_length=60, description="Of the consignment that is open for the item."
    )
    place: str | None = Field(default=None, max_length=60)
    older_than_hours: int | None = Field(
        default=None, ge=0, le=100_000, description="The same as `age`; give one of the two."
    )
    age: str | None = Field(
        default=None,
        max_length=20,
        description="A duration such as P2D or PT48H: what has not moved for that long.",
        json_schema_extra={"format": "duration"},
    )


class TransferQuery(Filters):
    """The filters, and which page."""

    after: str | None = Field(
        default=None, max_length=60, description="The `next` of the page before."
    )
    limit: int = Field(default=50, ge=1, le=500)


class Transfers(BaseModel):
    """A page by item code; `next` goes into `after` for the page that follows."""

    transfers: list[TransferOut]
    next: str | None = None


class Page(msgspec.Struct, omit_defaults=True):
    """`Transfers` as it is written."""

    transfers: list[Transfer]
    next: str | None = None


class SummaryLine(BaseModel):
    """How many items of a direction and department are at a stage.

    Attributes:
        oldest: since when the one that has stood longest is where it is.
    """

    direction: Direction
    department: str
    stage: Stage
    stage_name: str
    count: int
    overdue: int
    oldest: datetime


class SummaryTotal(BaseModel):
    """All lines together; `oldest` is missing where there is no item."""

    count: int
    overdue: int
    oldest: datetime | None = None


class Summary(BaseModel):
    """Items, counted."""

    lines: list[SummaryLine]
    total: SummaryTotal


async def transfers(call: Call[None]) -> Reply | Refusal:
    """A page of the list."""
    asked = call.asked(TransferQuery)
    wanted = _filter(asked, call, after=asked.after, limit=asked.limit)
    if isinstance(wanted, Refusal):
        return wanted
    async with call.services.storage.glance() as look:
        found = list(await look.transfers.page(wanted))
    full = len(found) == asked.limit
    return _page(found, call.language, following=found[-1].item_code if full else None)


async def outstanding(call: Call[None]) -> Reply:
    """What was carried, or is to be carried back, and is not home yet; longest first."""
    held = [position.item_code for position in await call.work.custody.outstanding()]
    found = {one.item_code: one for one in await call.work.transfers.about(held, now=call.now)}
    return _page([found[code] for code in held], call.language)


async def summary(call: Call[None]) -> Summary | Refusal:
    """What the list holds, by direction, department and stage."""
    wanted = _filter(call.asked(Filters), call)
    if isinstance(wanted, Refusal):
        return wanted
    async with call.services.storage.glance() as look:
        counts = await look.transfers.summary(wanted)
    return Summary(
        lines=[
            SummaryLine(stage_name=_NAMES[call.language][one.stage], **vars(one)) for one in counts
        ],
        total=SummaryTotal(
            count=sum(one.count for one in counts),
            overdue=sum(one.overdue for one in counts),
            oldest=min((one.oldest for one in counts), default=None),
        ),
    )


async def shown(call: Call[Any], item_codes: Sequence[str]) -> list[TransferOut]:
    """These items, for an answer that holds more than lines; one without a position is left out."""
    found = list(await call.work.transfers.about(item_codes, now=call.now))
    _name_stages(found, call.language)
    return [TransferOut(**msgspec.structs.asdict(one)) for one in found]


def _page(found: list[Transfer], language: Language, *, following: str | None = None) -> Reply:
    _name_stages(found, language)
    body = _ENCODER.encode(Page(found, following))
    return Reply(body, media_type=f"{JSON}; charset=utf-8")


def _name_stages(found: list[Transfer], language: Language) -> None:
    names = _NAMES[language]
    for transfer in found:
        transfer.stage_name = names[transfer.stage]


# --- what is asked --------------------------------------------------------------------------------


def _filter(
    asked: Filters, call: Call[None], *, after: str | None = None, limit: int = 1
) -> TransferFilter | Refusal:
    stages = _stages(asked.state, call.language)
    if isinstance(stages, Refusal):
        return stages
    age = _age(asked, call.language)
    if isinstance(age, Refusal):
        return age
    return TransferFilter(
        now=call.now,
        direction=asked.direction,
        department=asked.department,
        stages=stages,
        overdue=asked.overdue,
        holder=asked.holder,
        carrier=asked.carrier,
        place=asked.place,
        since_before=call.now - age if age is not None else None,
        after=after,
        limit=limit,
    )


def _stages(state: str | None, language: Language) -> tuple[Stage, ...] | Refusal:
    words = dict.fromkeys(filter(None, (state or "").split(",")))
    unknown = ", ".join(word for word in words if word not in _NAMES["vi"])
    if unknown:
        known = ", ".join(Stage)
        why = (f"không có trạng thái {unknown}; có: {known}",
               f"there is no stage {unknown}; there are: {known}")  # fmt: skip
        return refuse(Reason.INVALID_FIELD, "state", name="state", why=named(why, language))
    return tuple(Stage(word) for word in words)


def _age(asked: Filters, language: Language) -> timedelta | Refusal | None:
    if asked.age is None:
        hours = asked.older_than_hours
        return timedelta(hours=hours) if hours is not None else None
    found = _AGE.fullmatch(asked.age)
    if found is None:
        why = ("phải là khoảng thời gian ISO 8601 tính bằng ngày và giờ, ví dụ P2D hoặc PT48H",
               "it must be an ISO 8601 duration of days and hours, such as P2D or PT48H")  # fmt: skip
        return refuse(Reason.INVALID_FIELD, "age", name="age", why=named(why, language))
    if asked.older_than_hours is not None:
        why = ("chỉ ghi một trong hai: age hoặc older_than_hours",
               "give either age or older_than_hours")  # fmt: skip
        return refuse(Reason.INVALID_FIELD, "age", name="age", why=named(why, language))
    return timedelta(days=int(found["days"] or 0), hours=int(found["hours"] or 0))
