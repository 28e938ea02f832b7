"""What a department decides besides a result: to stop a dossier, to promise a later day."""

from pydantic import AwareDatetime, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.clock import EARLIEST, LATEST, to_utc
from postal_bridge.dossiers.postponing import postpone_result
from postal_bridge.dossiers.records import Item, Postponement
from postal_bridge.dossiers.stopping import stop_dossier
from postal_bridge.errors import Refusal
from postal_bridge.tracking.retention import retain_papers


class Stop(Body):
    """Why the dossier will not be decided, in words for the citizen."""

    reason: str = Field(min_length=3, max_length=4000)
    place: str = Field(min_length=1, max_length=60)


class LaterDay(Body):
    """The new day, and why the result is late, in words for the citizen."""

    reason: str = Field(min_length=3, max_length=4000)
    promised_at: AwareDatetime = Field(ge=EARLIEST, lt=LATEST)
    place: str = Field(min_length=1, max_length=60)


async def stop(call: Call[Stop]) -> Item | Refusal:
    """Stop a dossier; the department keeps its papers, the notice goes home."""
    recorder = recorder_of(call)
    item = await stop_dossier(
        call.work,
        recorder,
        code=call.path["code"],
        reason=call.body.reason,
        place=call.body.place,
        actor=call.actor,
        now=call.now,
    )
    if not isinstance(item, Refusal):
        await retain_papers(recorder, call.path["code"], place=call.body.place)
    return item


async def postpone(call: Call[LaterDay]) -> Postponement | Refusal:
    """Apologise for a late result and promise a later day."""
    return await postpone_result(
        call.work,
        code=call.path["code"],
        reason=call.body.reason,
        promised_at=to_utc(call.body.promised_at),
        place=call.body.place,
        actor=call.actor,
        now=call.now,
    )
