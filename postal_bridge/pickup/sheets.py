"""A round gathered for paper, calendar and map."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.pickup.located import doubt
from postal_bridge.pickup.plans import Location
from postal_bridge.pickup.ports import PickupWork
from postal_bridge.pickup.records import PickupRequest, Round, RoundStop, StopState
from postal_bridge.pickup.round_sheet import RoundSheet, SheetStop


async def requests_of(work: PickupWork, stops: Sequence[RoundStop]) -> dict[str, PickupRequest]:
    """The requests behind stops, by number."""
    found = {}
    for stop in stops:
        request = await work.pickups.find(stop.request)
        if request is not None:
            found[stop.request] = request
    return found


async def sheet_of(
    work: PickupWork, number: str, *, names: Mapping[str, str]
) -> RoundSheet | Refusal:
    """A round with everything that its sheet shows; dropped stops are not on it.

    `names` are those of couriers, by user name.
    """
    one = await work.rounds.find(number)
    if one is None:
        return refuse(Reason.ROUND_UNKNOWN, "number", number=number)
    office = await work.catalogue.place(one.office)
    stops = [
        each for each in await work.rounds.stops(number) if each.state is not StopState.DROPPED
    ]
    requests = await requests_of(work, stops)
    depot = Location(
        (office.latitude if office else None) or 0.0, (office.longitude if office else None) or 0.0
    )
    lunch = (one.lunch_at, one.lunch_until) if one.lunch_at and one.lunch_until else None
    return RoundSheet(
        number=number,
        version=one.version,
        office=one.office,
        office_name=office.name if office else one.office,
        day=one.day,
        courier=one.courier,
        courier_name=names.get(one.courier, one.courier),
        vehicle=one.vehicle,
        depot=depot,
        leaves_at=one.leaves_at,
        back_at=one.back_at,
        lunch=lunch,
        trip_starts=trip_starts(one),
        metres=one.metres,
        stops=tuple(
            _stop(position, stop, requests[stop.request])
            for position, stop in enumerate(stops, start=1)
            if stop.request in requests
        ),
        notes=tuple(vietnamese for vietnamese, _ in json.loads(one.notes)),
        made_at=one.planned_at,
    )


def trip_starts(one: Round) -> tuple[datetime, ...]:
    """When each trip leaves the office."""
    return tuple(datetime.fromisoformat(each["leaves_at"]) for each in json.loads(one.trips))


def _stop(position: int, stop: RoundStop, request: PickupRequest) -> SheetStop:
    return SheetStop(
        position=position,
        trip=stop.trip,
        number=request.number,
        kind=request.kind,
        state=stop.state,
        name=request.name,
        phone=request.phone,
        address=request.address,
        ward=request.ward or "",
        location=Location(request.latitude or 0.0, request.longitude or 0.0),
        opens_at=request.opens_at,
        closes_at=request.closes_at,
        arrive_at=stop.begin_at,
        leave_at=stop.leave_at,
        metres=stop.metres,
        items=request.items,
        grams=request.grams,
        note=request.note,
        doubt=doubt(request.located),
    )
