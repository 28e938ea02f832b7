"""Pickup requests: asked for, listed, settled, changed, called off, and what became of them."""

import json
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Body, Call, Services
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.logs import mask_phone
from postal_bridge.pickup import driving, requests
from postal_bridge.pickup.house import PickupHouse
from postal_bridge.pickup.plans import Location, Window
from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    FailureReason,
    Half,
    PickupEvent,
    PickupKind,
    PickupRequest,
    PickupState,
)
from postal_bridge.pickup.requests import Change, Desk, Wish

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 .]{8,19}$")]
Address = Annotated[str, StringConstraints(min_length=3, max_length=500)]
Words = Annotated[str, StringConstraints(min_length=3, max_length=4000)]
MOST_ITEMS = 500
MOST_GRAMS = 1_000_000


class NewPickup(Body):
    """What somebody asks for; the whole half-day where no closer time is given."""

    kind: PickupKind = PickupKind.COLLECT
    office: Code
    day: date
    half: Half
    name: Name
    phone: Phone
    address: Address
    items: int = Field(default=1, ge=1, le=MOST_ITEMS)
    grams: int = Field(default=500, ge=0, le=MOST_GRAMS)
    from_at: datetime | None = None
    until_at: datetime | None = None
    dossier_code: Code | None = None
    must_by: date | None = None
    note: str | None = Field(default=None, max_length=4000)


class PickupChange(Body):
    """What is different from now on."""

    day: date | None = None
    half: Half | None = None
    name: Name | None = None
    phone: Phone | None = None
    address: Address | None = None
    items: int | None = Field(default=None, ge=1, le=MOST_ITEMS)
    grams: int | None = Field(default=None, ge=0, le=MOST_GRAMS)
    note: str | None = Field(default=None, max_length=4000)


class PlaceSaid(Body):
    """Where the address is: a ward of today, and a point where somebody showed one."""

    ward_code: str = Field(pattern=r"^[0-9]{5}$")
    latitude: float | None = Field(default=None, ge=8, le=24)
    longitude: float | None = Field(default=None, ge=102, le=118)


class CalledOff(Body):
    """Why."""

    reason: Words


class VisitOutcome(Body):
    """What became of a visit; `reason` says why it failed, and is not there where it did not."""

    counted: int | None = Field(default=None, ge=0, le=MOST_ITEMS)
    reason: FailureReason | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    note: str | None = Field(default=None, max_length=4000)
    codes: list[Code] = Field(default_factory=list, max_length=MOST_ITEMS)


class Capacity(Body):
    """How many requests a half-day takes."""

    office: Code
    day: date
    half: Half
    capacity: int = Field(ge=0, le=10_000)


class PickupQuery(BaseModel):
    """A page; `after` is the number of the last one seen. `doubtful` waits for a person."""

    office: str | None = Field(default=None, max_length=60)
    day: date | None = None
    state: PickupState | None = None
    doubtful: bool = False
    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=500)


class SlotsQuery(BaseModel):
    """Of which office."""

    office: str = Field(min_length=1, max_length=60)


class SlotOut(BaseModel):
    """A half-day that can be asked for."""

    day: date
    half: Half
    free: int


class Slots(BaseModel):
    """Half-days in order."""

    slots: list[SlotOut]


class Line(BaseModel):
    """A request in a list: the telephone is masked."""

    number: str
    kind: PickupKind
    state: PickupState
    office: str
    day: date
    half: Half
    opens_at: datetime
    closes_at: datetime
    name: str
    phone: str
    address: str
    ward: str | None = None
    confidence: float
    items: int
    round: str | None = None
    carrier: str | None = None
    attempts: int


class Page(BaseModel):
    """Requests by number; `next` goes into `after` for the page that follows."""

    pickups: list[Line]
    next: str | None = None


class CandidateOut(BaseModel):
    """Where an address may be, and what speaks for it."""

    ward_code: str
    ward: str
    province: str
    latitude: float
    longitude: float
    within_metres: int
    confidence: float
    why: list[str] = []


class Step(BaseModel):
    """A line of the history."""

    deed: str
    state: PickupState
    at: datetime
    by: str
    facts: dict[str, Any] = {}


class PickupOut(BaseModel):
    """A request with all that is known of it."""

    request: PickupRequest
    band: str
    why: list[str] = []
    candidates: list[CandidateOut] = []
    history: list[Step] = []


def house_of(services: Services) -> PickupHouse:
    """Pickups, as the roof built them."""
    if services.pickups is None:
        raise LookupError("this installation has no pickups")
    return services.pickups


def desk_of(call: Call[Any]) -> Desk:
    """Works on requests in this request's transaction."""
    return house_of(call.services).desk(call.work, call.actor, call.now)


async def create(call: Call[NewPickup]) -> PickupOut | Refusal:
    """Take a request."""
    body = call.body
    window = None
    if body.from_at is not None or body.until_at is not None:
        half_day = house_of(call.services).terms.window(body.day, body.half)
        window = Window(body.from_at or half_day.start, body.until_at or half_day.end)
    told = body.model_dump(exclude={"from_at", "until_at"})
    made = await requests.ask(desk_of(call), Wish(**told, window=window))
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def listed(call: Call[None]) -> Page:
    """A page of requests."""
    asked = call.asked(PickupQuery)
    states: tuple[PickupState, ...] = () if asked.state is None else (asked.state,)
    if asked.doubtful:
        states = (PickupState.ASKED,)
    which = PickupFilter(office=asked.office, day=asked.day, states=states)
    found = await call.work.pickups.listed(which, after=asked.after, limit=asked.limit + 1)
    page = found[: asked.limit]
    return Page(
        pickups=[_line(one) for one in page],
        next=page[-1].number if len(found) > asked.limit else None,
    )


def _line(request: PickupRequest) -> Line:
    told = request.model_dump(include=set(Line.model_fields) - {"phone"})
    return Line(**told, phone=mask_phone(request.phone) if request.phone else "")


async def show(call: Call[None]) -> PickupOut | Refusal:
    """A request; who looks at it is noted."""
    number = call.path["number"]
    found = await call.work.pickups.find(number)
    if found is None:
        return refuse(Reason.PICKUP_UNKNOWN, "number", number=number)
    await note_look(call, subject=number, purpose="pickup")
    return await _shown(call, found)


async def change(call: Call[PickupChange]) -> PickupOut | Refusal:
    """Change a request that nobody has driven to."""
    wanted = Change(**call.body.model_dump())
    made = await requests.change(desk_of(call), call.path["number"], wanted)
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def settle(call: Call[PlaceSaid]) -> PickupOut | Refusal:
    """A person says where the address is."""
    body = call.body
    ward = await house_of(call.services).ward(body.ward_code)
    if ward is None:
        return refuse(Reason.WARD_UNKNOWN, "ward_code", ward=body.ward_code)
    point = None
    if body.latitude is not None and body.longitude is not None:
        point = Location(body.latitude, body.longitude)
    number = call.path["number"]
    made = await requests.settle_place(desk_of(call), number, ward=ward, point=point)
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def cancel(call: Call[CalledOff]) -> PickupOut | Refusal:
    """Call a request off."""
    number = call.path["number"]
    made = await requests.cancel(desk_of(call), number, reason=call.body.reason)
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def outcome(call: Call[VisitOutcome]) -> PickupOut | Refusal:
    """Write down what became of a visit."""
    told = call.body.model_dump()
    told["codes"] = tuple(told["codes"])
    number = call.path["number"]
    made = await driving.settle(desk_of(call), number, driving.Outcome(**told))
    return made if isinstance(made, Refusal) else await _shown(call, made)


async def slots(call: Call[None]) -> Slots | Refusal:
    """Half-days that can be asked for, with how many requests they still take."""
    office = call.asked(SlotsQuery).office
    if await call.work.catalogue.place(office) is None:
        return refuse(Reason.PLACE_UNKNOWN, "office", place=office)
    found = await requests.free_slots(desk_of(call), office)
    return Slots(slots=[SlotOut(day=day, half=half, free=free) for day, half, free in found])


async def set_capacity(call: Call[Capacity]) -> Slots | Refusal:
    """Let a half-day take more, or fewer."""
    body, desk = call.body, desk_of(call)
    objection = await requests.set_capacity(
        desk, body.office, body.day, body.half, capacity=body.capacity
    )
    if objection is not None:
        return objection
    found = await requests.free_slots(desk, body.office)
    return Slots(slots=[SlotOut(day=day, half=half, free=free) for day, half, free in found])


async def _shown(call: Call[Any], request: PickupRequest) -> PickupOut:
    english = int(call.language == "en")
    told = json.loads(request.located)
    history = await call.work.pickups.history(request.number)
    return PickupOut(
        request=request.model_copy(update={"located": "{}"}),
        band=str(told.get("band", "doubtful")),
        why=[pair[english] for pair in told.get("why", [])],
        candidates=[
            CandidateOut(**{**one, "why": [pair[english] for pair in one["why"]]})
            for one in told.get("candidates", [])
        ],
        history=[_step(one) for one in history],
    )


def _step(event: PickupEvent) -> Step:
    return Step(
        deed=event.deed,
        state=event.state,
        at=event.at,
        by=event.by,
        facts=json.loads(event.facts),
    )
