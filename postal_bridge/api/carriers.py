"""Carriers: what they can do, how their connections are, what they told, and what they tell us."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from postal_bridge.api.call import Body, Call, Reply
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.carrier_news import CALLBACK_TOPIC
from postal_bridge.tracking.carrier_ports import CallsBack, capabilities_of
from postal_bridge.tracking.carrier_records import (
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    Milestone,
    OrderState,
)
from postal_bridge.tracking.carrier_values import Callback, Capability
from postal_bridge.tracking.milestones import progress_of
from postal_bridge.tracking.records import Consignment

DAY = timedelta(hours=24)


class Operation(BaseModel):
    """Requests of 24 hours, by what they were for."""

    operation: str
    calls: int
    errors: int
    slowest_ms: int


class Gap(BaseModel):
    """A raw code that is in no status map: its reports are kept and move nothing."""

    vocabulary: str
    raw_code: str
    raw_text: str
    count: int
    first_at: datetime
    last_at: datetime


class CredentialsOut(BaseModel):
    """What the carrier said of our credentials when it was last asked."""

    at: datetime
    well: bool
    said: str = ""
    expires_at: datetime | None = None


class Carrier(BaseModel):
    """A connection.

    Attributes:
        resting: operations that are left alone after failures, in the process that answers.
        feed_read_at: when its feed was last read to somewhere.
    """

    name: str
    kind: str
    capabilities: list[Capability]
    operations: list[Operation] = []
    resting: dict[str, str] = {}
    gaps: list[Gap] = []
    feed_read_at: datetime | None = None
    credentials: CredentialsOut | None = None


class Carriers(BaseModel):
    """The carrier connections of this installation."""

    carriers: list[Carrier]


class CallsQuery(BaseModel):
    """A page; `after` is the id of the last one seen."""

    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class Calls(BaseModel):
    """Requests to a carrier, newest first, without what belongs to persons."""

    calls: list[CarrierCall]
    next: str | None = None


class ConsignmentOut(BaseModel):
    """A consignment, its order at the carrier, and what the carrier reported.

    Attributes:
        milestone: where it stands by the carrier's word.
    """

    consignment: Consignment
    order: CarrierOrder | None = None
    milestone: Milestone | None = None
    milestone_at: datetime | None = None
    reports: list[CarrierEvent] = []


class Settlement(Body):
    """What the carrier said of an order when it was asked by telephone."""

    has_it: bool
    note: str = Field(min_length=3, max_length=4000)


class AnyQuery(BaseModel):
    """Whatever a carrier puts behind its address."""

    model_config = ConfigDict(extra="allow")


async def listed(call: Call[None]) -> Carriers:
    """The connections, with their requests and errors of 24 hours, and what is in no map."""
    desk, known = call.work.carrier_desk, call.services.carriers
    tallies = await desk.tally(since=call.now - DAY)
    gaps = await desk.gaps()
    cursors = {one.carrier: one.moved_at for one in await desk.cursors()}
    checks = {
        one.carrier: CredentialsOut.model_validate(one, from_attributes=True)
        for one in await desk.checks()
    }
    return Carriers(
        carriers=[
            Carrier(
                name=name,
                kind=one.kind,
                capabilities=sorted(capabilities_of(known[name].connection.carrier)),
                operations=[
                    Operation.model_validate(tally, from_attributes=True)
                    for tally in tallies
                    if tally.carrier == name
                ],
                resting=dict(await known[name].resting()),
                gaps=[
                    Gap.model_validate(gap, from_attributes=True)
                    for gap in gaps
                    if gap.carrier == name
                ],
                feed_read_at=cursors.get(name),
                credentials=checks.get(name),
            )
            for name, one in call.services.settings.carriers.items()
            if name in known
        ]
    )


async def calls(call: Call[None]) -> Calls | Refusal:
    """A page of the requests to a carrier."""
    name, asked = call.path["name"], call.asked(CallsQuery)
    if name not in call.services.settings.carriers:
        return refuse(Reason.CARRIER_UNKNOWN, "name", name=name)
    found = list(await call.work.carrier_desk.calls(name, limit=asked.limit, after=asked.after))
    full = len(found) == asked.limit
    return Calls(calls=found, next=found[-1].id if found and full else None)


async def show(call: Call[None]) -> ConsignmentOut | Refusal:
    """A consignment with all that is known of it."""
    number = call.path["number"]
    consignment = await call.work.consignments.find(number)
    if consignment is None:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
    reports: Sequence[CarrierEvent] = await call.work.carrier_desk.events(number)
    progress = progress_of(reports)
    return ConsignmentOut(
        consignment=consignment,
        order=(await call.work.carrier_desk.orders([number])).get(number),
        milestone=progress.milestone,
        milestone_at=progress.since,
        reports=list(reports),
    )


async def settle(call: Call[Settlement]) -> ConsignmentOut | Refusal:
    """Say what became of an order that nobody could look up."""
    number = call.path["number"]
    async with call.services.storage.begin(write=False) as work:
        order = (await work.carrier_desk.orders([number])).get(number)
    if order is None:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
    state = OrderState.PLACED if call.body.has_it else OrderState.CANCELLED
    note = f"{call.actor.username}: {call.body.note}"
    await call.services.settle_order(number, state, note)
    async with call.services.storage.begin(write=False) as work:
        consignment = await work.consignments.find(number)
        if consignment is None:
            return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
        orders = await work.carrier_desk.orders([number])
    return ConsignmentOut(consignment=consignment, order=orders.get(number))


async def called_back(call: Call[bytes]) -> Reply | Refusal:
    """Keep what a carrier says by itself, and answer as that carrier needs it.

    It is applied by a job: a carrier waits for seconds, and some give a message up for good.
    """
    name = call.path["connection"]
    watched = call.services.carriers.get(name)
    carrier = watched.connection.carrier if watched else None
    if carrier is None or not isinstance(carrier, CallsBack):
        return refuse(Reason.CARRIER_UNKNOWN, "connection", name=name)
    callback = Callback(
        headers=dict(call.headers),
        query=dict(call.query),
        content_type=call.headers.get("Content-Type", ""),
        body=call.body,
    )
    if not carrier.is_genuine(callback):
        return refuse(Reason.CALLBACK_NOT_GENUINE, "connection", name=name)
    content = base64.b64encode(callback.body).decode()
    await call.work.inbox.put(
        CALLBACK_TOPIC,
        key=f"{name}:{hashlib.sha256(callback.body).hexdigest()}",
        payload={
            "connection": name,
            "headers": {key.lower(): value for key, value in callback.headers.items()},
            "query": callback.query,
            "content_type": callback.content_type,
            "body": content,
        },
    )
    answer = carrier.answer(kept=True)
    return Reply(answer.body, status=answer.status, media_type=answer.content_type)
