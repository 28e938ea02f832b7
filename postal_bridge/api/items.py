"""Items: who holds what since when, and the whole way there."""

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
from postal_bridge.tracking.custody import whole_way
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


class Trace(BaseModel):
    """The whole way of an item."""

    item: Item
    position: TransferOut | None = None
    steps: list[StepOut]
    incidents: list[Incident]


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
    )
