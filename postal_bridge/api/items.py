"""Items: who holds what since when; lists of what is underway."""

from datetime import timedelta

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import (
    ACT_NAMES,
    CLERKS,
    STAGE_NAMES,
    SUPERVISORS,
    Act,
    Direction,
    Stage,
)
from postal_bridge.logs import mask_name
from postal_bridge.tracking.custody import walk
from postal_bridge.tracking.ports import TransferFilter
from postal_bridge.tracking.records import CustodyEvent, Incident, Position

NAMES_RECEIVER = frozenset({Act.RETURN, Act.DELIVER})
"""Acts whose note names the person who took the result."""


class PositionOut(Position):
    """Where an item is, with the words for people."""

    holder_code: str
    holder_name: str
    place_name: str
    stage_name: str


class StepOut(BaseModel):
    """One event of the trace. `moved` and `regular` say what the fold made of it."""

    event: CustodyEvent
    act_name: str
    stage: Stage | None = None
    moved: bool
    regular: bool


class Trace(BaseModel):
    """The whole way of an item."""

    item: Item
    position: PositionOut | None = None
    steps: list[StepOut]
    incidents: list[Incident]


def _seen_by(actor: Actor, event: CustodyEvent) -> CustodyEvent:
    """The event as far as a role needs it: who took a result is the counter's business."""
    if event.note is None or event.act not in NAMES_RECEIVER or actor.role in CLERKS | SUPERVISORS:
        return event
    return event.model_copy(update={"note": mask_name(event.note)})


class TransferQuery(BaseModel):
    """Filters of the list; what is left out does not restrict."""

    direction: Direction | None = None
    department: str | None = Field(default=None, max_length=60)
    state: str | None = Field(default=None, max_length=200)
    holder: str | None = Field(default=None, max_length=60)
    place: str | None = Field(default=None, max_length=60)
    older_than_hours: int | None = Field(default=None, ge=0, le=100_000)
    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=500)


class Transfers(BaseModel):
    """A page of positions; `next` goes into `after` for the page that follows."""

    transfers: list[PositionOut]
    next: str | None = None


class SummaryLine(BaseModel):
    """How many open items of a direction and department are at a stage."""

    direction: Direction
    department: str
    stage: Stage
    stage_name: str
    count: int


class Summary(BaseModel):
    """Open items, counted."""

    lines: list[SummaryLine]


async def trace(call: Call[None]) -> Trace | Refusal:
    """Track and trace: every event, and what it changed."""
    code = call.path["code"]
    tracked = await call.work.custody.find(code)
    if tracked is None:
        return refuse(Reason.ITEM_UNKNOWN, "code", code=code)
    events = await call.work.custody.history(code)
    position = tracked.position
    return Trace(
        item=tracked.item,
        position=(await shown(call, [position]))[0] if position else None,
        steps=[
            StepOut(
                event=_seen_by(call.actor, step.event),
                act_name=named(ACT_NAMES[step.event.act], call.language),
                stage=step.after,
                moved=step.moved,
                regular=step.regular,
            )
            for step in walk(tracked.item.kind, events)
        ],
        incidents=list(await call.work.incidents.about(code)),
    )


async def transfers(call: Call[None]) -> Transfers | Refusal:
    """A page of the list; `state` names stages, separated by commas."""
    asked = call.asked(TransferQuery)
    stages = tuple(filter(None, (asked.state or "").split(",")))
    if unknown := set(stages) - {stage.value for stage in Stage}:
        why = f"không có trạng thái {', '.join(sorted(unknown))}"
        return refuse(Reason.INVALID_FIELD, "state", name="state", why=why)
    since = timedelta(hours=asked.older_than_hours or 0)
    found = await call.work.custody.transfers(
        TransferFilter(
            direction=asked.direction,
            department=asked.department,
            stages=stages,
            custodian=asked.holder,
            place=asked.place,
            since_before=call.now - since if asked.older_than_hours is not None else None,
            after=asked.after,
            limit=asked.limit,
        )
    )
    full = len(found) == asked.limit
    return Transfers(
        transfers=await shown(call, list(found)),
        next=found[-1].item_code if found and full else None,
    )


async def outstanding(call: Call[None]) -> Transfers:
    """What was carried, or is to be carried back, and is not home yet; longest first."""
    return Transfers(transfers=await shown(call, list(await call.work.custody.outstanding())))


async def summary(call: Call[None]) -> Summary:
    """Open items by direction, department and stage."""
    return Summary(
        lines=[
            SummaryLine(
                direction=direction,
                department=department,
                stage=Stage(stage),
                stage_name=named(STAGE_NAMES[Stage(stage)], call.language),
                count=count,
            )
            for direction, department, stage, count in await call.work.custody.summary()
        ]
    )


async def shown(call: Call[None], positions: list[Position]) -> list[PositionOut]:
    """Positions with the names of places and persons."""
    places = {place.code: place.name for place in await call.work.catalogue.places()}
    people = {staff.username: staff.name for staff in await call.work.inbound.all_staff()}
    return [
        PositionOut(
            **position.model_dump(),
            holder_code=position.holder,
            holder_name=places.get(position.custodian)
            or people.get(position.custodian)
            or position.custodian,
            place_name=places.get(position.place, position.place),
            stage_name=named(STAGE_NAMES[position.stage], call.language),
        )
        for position in positions
    ]
