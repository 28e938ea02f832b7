"""Asking for a pickup, settling its place, changing it, calling it off.

A request holds a place in its slot from the moment it is asked for until it is over, or another
half-day takes it. It is only planned once its place is known well enough to drive to.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from postal_bridge.clock import format_day, local_day
from postal_bridge.dossiers.ports import day_series
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.located import as_json, clear_enough
from postal_bridge.pickup.numbers import make_pickup_number
from postal_bridge.pickup.place_ports import Geocoder
from postal_bridge.pickup.places import Candidate, Correction, Located, Source
from postal_bridge.pickup.plans import Location, Window
from postal_bridge.pickup.ports import PickupWork
from postal_bridge.pickup.records import (
    OVER,
    PICKUP_STATE_NAMES,
    CarrierFetch,
    Deed,
    Half,
    PickupEvent,
    PickupKind,
    PickupRequest,
    PickupState,
    StopState,
)
from postal_bridge.pickup.terms import PickupTerms

HALF_NAMES: dict[Half, tuple[str, str]] = {
    Half.MORNING: ("buổi sáng", "morning"),
    Half.AFTERNOON: ("buổi chiều", "afternoon"),
}
CHANGEABLE = frozenset({PickupState.ASKED, PickupState.CONFIRMED, PickupState.PLANNED})


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks for.

    Attributes:
        window: inside the half-day; all of it where none is given.
        location: a point that somebody showed on the map, with its ward's code.
    """

    kind: PickupKind
    office: str
    day: date
    half: Half
    name: str
    phone: str
    address: str
    items: int
    grams: int
    window: Window | None = None
    dossier_code: str | None = None
    must_by: date | None = None
    note: str | None = None
    series: str | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is different from now on; what is not given stays."""

    day: date | None = None
    half: Half | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    items: int | None = None
    grams: int | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Whoever works on requests, in one transaction at one moment.

    Attributes:
        geocoder: answers at once: nobody waits for an outside service in a transaction.
    """

    work: PickupWork
    actor: Actor
    now: datetime
    new_id: Callable[[datetime], UUID]
    terms: PickupTerms
    geocoder: Geocoder

    async def note(
        self, request: PickupRequest, deed: Deed, facts: Mapping[str, object] | None = None
    ) -> PickupRequest:
        """Write a request with what happened to it; its version grows."""
        request.version += 1
        request.changed_at = self.now
        event = PickupEvent(
            id=str(self.new_id(self.now)),
            request=request.number,
            deed=deed,
            state=request.state,
            at=self.now,
            by=self.actor.username,
            facts=json.dumps(facts or {}, ensure_ascii=False),
        )
        await self.work.pickups.put(request, event)
        return request

    async def office_point(self, office: str) -> Location | None:
        """Where an office is."""
        place = await self.work.catalogue.place(office)
        if place is None or place.latitude is None or place.longitude is None:
            return None
        return Location(place.latitude, place.longitude)


async def ask(desk: Desk, wish: Wish, *, recurring: bool = False) -> PickupRequest | Refusal:
    """Take a request: its address is looked up, its slot is held.

    What recurs was agreed long ago: neither a cut-off nor a full slot keeps it out.
    """
    objection = None if recurring else await _objection(desk, wish)
    if objection is not None:
        return objection
    taken = await take_slot(desk, wish.office, wish.day, wish.half, even_if_full=recurring)
    if isinstance(taken, Refusal):
        return taken
    today = local_day(desk.now)
    serial = await desk.work.counters.next(day_series("pickup", today))
    window = wish.window or desk.terms.window(wish.day, wish.half)
    request = PickupRequest(
        number=make_pickup_number(today, serial),
        kind=wish.kind,
        office=wish.office,
        day=wish.day,
        half=wish.half,
        opens_at=window.start,
        closes_at=window.end,
        name=wish.name,
        phone=wish.phone,
        address=wish.address,
        items=wish.items,
        grams=wish.grams,
        dossier_code=wish.dossier_code,
        must_by=wish.must_by,
        note=wish.note,
        series=wish.series,
        state=PickupState.ASKED,
        asked_at=desk.now,
        asked_by=desk.actor.username,
        changed_at=desk.now,
        version=0,
    )
    found = await _located(desk, request)
    put_place(request, found)
    return await desk.note(request, Deed.ASKED, {"band": found.band})


async def _objection(desk: Desk, wish: Wish) -> Refusal | None:
    if await desk.work.catalogue.place(wish.office) is None:
        return refuse(Reason.PLACE_UNKNOWN, "office", place=wish.office)
    if wish.dossier_code and await desk.work.dossiers.find(wish.dossier_code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "dossier_code", code=wish.dossier_code)
    if not desk.terms.takes(wish.day, wish.half, desk.now):
        return await refused_day(desk, wish.office, wish.day, wish.half)
    half_day = desk.terms.window(wish.day, wish.half)
    window = wish.window or half_day
    if not half_day.start <= window.start < window.end <= half_day.end:
        return await refused_day(desk, wish.office, wish.day, wish.half, field="from")
    return None


async def _located(desk: Desk, request: PickupRequest) -> Located:
    near = await desk.office_point(request.office)
    return await desk.geocoder.locate(request.address, near=near)


def put_place(request: PickupRequest, found: Located) -> None:
    """Note what an address was taken for; who is certain enough can be planned."""
    request.located = as_json(found)
    request.confidence = found.confidence
    best = found.best
    request.ward_code = best.ward_code if best else None
    request.ward = f"{best.ward}, {best.province}" if best else None
    request.latitude = best.location.lat if best else None
    request.longitude = best.location.lon if best else None
    sure = clear_enough(found) and best is not None
    request.state = PickupState.CONFIRMED if sure else PickupState.ASKED


async def settle_place(
    desk: Desk, number: str, *, ward: Candidate, point: Location | None
) -> PickupRequest | Refusal:
    """A person says where the address is; from now on everybody of the office knows it."""
    request = await changeable(desk, number)
    if isinstance(request, Refusal):
        return request
    await desk.work.corrections.keep(
        Correction(normalised(request.address), ward.ward_code, point, desk.actor.username)
    )
    said = replace(ward, location=point or ward.location, confidence=1.0)
    await release_from_round(desk, request)
    put_place(request, Located(request.address, (said,), 1.0, Source.CORRECTION))
    return await desk.note(request, Deed.LOCATED, {"ward": ward.ward_code})


async def change(desk: Desk, number: str, wanted: Change) -> PickupRequest | Refusal:
    """Change a request that nobody has driven to; it leaves its round, and is planned anew."""
    request = await changeable(desk, number)
    if isinstance(request, Refusal):
        return request
    day, half = wanted.day or request.day, wanted.half or request.half
    if (day, half) != (request.day, request.half):
        moved = await _move(desk, request, day, half)
        if isinstance(moved, Refusal):
            return moved
    await release_from_round(desk, request)
    for name in ("name", "phone", "items", "grams", "note"):
        value = getattr(wanted, name)
        if value is not None:
            setattr(request, name, value)
    if wanted.address is not None and wanted.address != request.address:
        request.address = wanted.address
        put_place(request, await _located(desk, request))
    return await desk.note(request, Deed.CHANGED)


async def _move(
    desk: Desk, request: PickupRequest, day: date, half: Half
) -> PickupRequest | Refusal:
    if not desk.terms.takes(day, half, desk.now):
        return await refused_day(desk, request.office, day, half)
    taken = await take_slot(desk, request.office, day, half)
    if isinstance(taken, Refusal):
        return taken
    await free_slot(desk, request)
    window = desk.terms.window(day, half)
    request.day, request.half = day, half
    request.opens_at, request.closes_at = window.start, window.end
    return request


async def cancel(desk: Desk, number: str, *, reason: str) -> PickupRequest | Refusal:
    """Call a request off; the courier who is on the way sees it with the next look."""
    request = await changeable(desk, number, CHANGEABLE | {PickupState.CARRIER})
    if isinstance(request, Refusal):
        return request
    if request.state is PickupState.CARRIER:
        waits = request.carrier_state is CarrierFetch.WAITING
        request.carrier_state = CarrierFetch.CALLED_OFF if waits else CarrierFetch.CALLING_OFF
    else:
        await release_from_round(desk, request)
        await free_slot(desk, request)
    request.state = PickupState.CANCELLED
    return await desk.note(request, Deed.CANCELLED, {"reason": reason})


async def changeable(
    desk: Desk, number: str, states: frozenset[PickupState] = CHANGEABLE
) -> PickupRequest | Refusal:
    """A request in one of these states, held until the transaction ends."""
    request = await desk.work.pickups.hold(number)
    if request is None:
        return refuse(Reason.PICKUP_UNKNOWN, "number", number=number)
    if request.state not in states:
        return wrong_state(request)
    return request


def wrong_state(request: PickupRequest) -> Refusal:
    """Why nothing can be done with it any more."""
    state = PICKUP_STATE_NAMES[request.state][0]
    return refuse(Reason.PICKUP_STATE, "number", number=request.number, state=state)


async def release_from_round(desk: Desk, request: PickupRequest) -> None:
    """Take a request out of the round that it is in; the round keeps its other stops."""
    if request.round is None:
        return
    stops = await desk.work.rounds.stops(request.round)
    mine = [one for one in stops if one.request == request.number and one.state is StopState.OPEN]
    for one in mine:
        one.state = StopState.DROPPED
    await desk.work.rounds.put_stops(mine)
    request.round = None
    if request.state is PickupState.PLANNED:
        request.state = PickupState.CONFIRMED


# --- slots ----------------------------------------------------------------------------------------


async def take_slot(
    desk: Desk, office: str, day: date, half: Half, *, even_if_full: bool = False
) -> Refusal | None:
    """Hold a place in a half-day."""
    slot = await desk.work.pickups.hold_slot(office, day, half, capacity=desk.terms.capacity)
    if slot.taken >= slot.capacity and not even_if_full:
        earliest = await earliest_slot(desk, office)
        return refuse(Reason.SLOT_FULL, "half", capacity=slot.capacity, earliest=earliest)
    slot.taken += 1
    await desk.work.pickups.put_slot(slot)
    return None


async def free_slot(desk: Desk, request: PickupRequest) -> None:
    """Give a request's place in its half-day back."""
    assert request.state not in OVER  # noqa: S101 - who is over has given it back already
    slot = await desk.work.pickups.hold_slot(
        request.office, request.day, request.half, capacity=desk.terms.capacity
    )
    slot.taken = max(slot.taken - 1, 0)
    await desk.work.pickups.put_slot(slot)


async def refused_day(
    desk: Desk, office: str, day: date, half: Half, *, field: str = "day"
) -> Refusal:
    """Why this half-day takes nobody, and which is the next that does."""
    earliest = await earliest_slot(desk, office)
    name = HALF_NAMES[half][0]
    return refuse(Reason.PICKUP_DAY, field, half=name, day=format_day(day), earliest=earliest)


async def earliest_slot(desk: Desk, office: str) -> str:
    """The next half-day with room, in words; a dash where there is none."""
    for day, half, free in await free_slots(desk, office):
        if free:
            return f"{HALF_NAMES[half][0]} {format_day(day)}"
    return "–"


async def free_slots(desk: Desk, office: str) -> list[tuple[date, Half, int]]:
    """Every half-day that can be asked for, with how many it still takes."""
    first = local_day(desk.now)
    last = date.fromordinal(first.toordinal() + desk.terms.horizon_days)
    touched = {
        (one.day, one.half): one for one in await desk.work.pickups.slots(office, first, last)
    }
    found = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for half in Half:
            if desk.terms.takes(day, half, desk.now):
                slot = touched.get((day, half))
                free = desk.terms.capacity if slot is None else slot.capacity - slot.taken
                found.append((day, half, max(free, 0)))
    return found


async def set_capacity(
    desk: Desk, office: str, day: date, half: Half, *, capacity: int
) -> Refusal | None:
    """Let a half-day take more, or fewer; who holds a place already keeps it."""
    if await desk.work.catalogue.place(office) is None:
        return refuse(Reason.PLACE_UNKNOWN, "office", place=office)
    slot = await desk.work.pickups.hold_slot(office, day, half, capacity=desk.terms.capacity)
    slot.capacity = capacity
    await desk.work.pickups.put_slot(slot)
    return None
