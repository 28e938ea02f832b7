"""Items: who holds what since when, and the whole way there."""

from datetime import datetime

from pydantic import BaseModel

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.api.transfers import TransferOut, shown
from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import (
    ACT_NAMES,
    CLERKS,
    SUPERVISORS,
    Act,
    Stage,
)
from postal_bridge.logs import mask_name
from postal_bridge.tracking.carriage import Carriage, carriages_of
from postal_bridge.tracking.carrier_records import (
    MILESTONE_NAMES,
    ORDER_STATE_NAMES,
    Milestone,
    OrderState,
)
from postal_bridge.tracking.custody import whole_way
from postal_bridge.tracking.milestones import Report
from postal_bridge.tracking.records import CustodyEvent, Incident

NAMES_RECEIVER = frozenset({Act.RETURN, Act.DELIVER})
"""Acts whose note names the person who took the result."""


class StepOut(BaseModel):
    """One event of the trace. `moved` and `regular` say what the fold made of it.

    Attributes:
        corrected: a later correction says that it never happened as written.
    """

    event: CustodyEvent
    act_name: str
    stage: Stage | None = None
    moved: bool
    regular: bool
    corrected: bool = False


class ReportOut(BaseModel):
    """What a carrier reported, in its own words and in ours.

    Attributes:
        moved: whether it brought the consignment on; `milestone` is none for an unknown code.
    """

    at: datetime
    raw_code: str
    raw_text: str
    place: str
    milestone: Milestone | None = None
    milestone_name: str | None = None
    moved: bool


class CarriageOut(BaseModel):
    """One way of the item with a carrier."""

    number: str
    carrier: str
    order: OrderState | None = None
    order_name: str | None = None
    waybill: str | None = None
    milestone: Milestone | None = None
    reports: list[ReportOut]


class Trace(BaseModel):
    """The whole way of an item; what carriers reported of it stands beside the ledger."""

    item: Item
    position: TransferOut | None = None
    steps: list[StepOut]
    incidents: list[Incident]
    carriages: list[CarriageOut] = []


def _seen_by(actor: Actor, event: CustodyEvent) -> CustodyEvent:
    """The event as far as a role needs it: who took a result is the counter's business."""
    if event.note is None or event.act not in NAMES_RECEIVER or actor.role in CLERKS | SUPERVISORS:
        return event
    return event.model_copy(update={"note": mask_name(event.note)})


async def trace(call: Call[None]) -> Trace | Refusal:
    """Track and trace: every event, and what it changed."""
    code = call.path["code"]
    tracked = await call.work.custody.find(code)
    if tracked is None:
        return refuse(Reason.ITEM_UNKNOWN, "code", code=code)
    events = await call.work.custody.history(code)
    lines = await shown(call, [code])
    return Trace(
        item=tracked.item,
        position=lines[0] if lines else None,
        steps=[
            StepOut(
                event=_seen_by(call.actor, step.event),
                act_name=named(ACT_NAMES[step.event.act], call.language),
                stage=step.after,
                moved=step.moved,
                regular=step.regular,
                corrected=step.struck,
            )
            for step in whole_way(tracked.item.kind, events)
        ],
        incidents=list(await call.work.incidents.about(code)),
        carriages=[_shown(one, call) for one in await carriages_of(call.work, code)],
    )


def _shown(carriage: Carriage, call: Call[None]) -> CarriageOut:
    order, reports = carriage.order, carriage.reports
    return CarriageOut(
        number=carriage.consignment.number,
        carrier=carriage.consignment.carrier,
        order=order.state if order else None,
        order_name=named(ORDER_STATE_NAMES[order.state], call.language) if order else None,
        waybill=order.waybill if order else None,
        milestone=reports[-1].progress.milestone if reports else None,
        reports=[_told(one, call) for one in reports],
    )


def _told(report: Report, call: Call[None]) -> ReportOut:
    event = report.event
    names = MILESTONE_NAMES[event.milestone] if event.milestone else None
    return ReportOut(
        at=event.occurred_at,
        raw_code=event.raw_code,
        raw_text=event.raw_text,
        place=event.place,
        milestone=event.milestone,
        milestone_name=named(names, call.language) if names else None,
        moved=report.moved,
    )
