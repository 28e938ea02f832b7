"""Rounds: planned, looked at, driven, closed; on paper, in a calendar, on a map."""

import asyncio
import json
from datetime import date as Day  # noqa: N812 - a field of that name hides the type
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Body, Call, Reply
from postal_bridge.api.pickups import Code, desk_of, house_of
from postal_bridge.clock import local_day
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.identity import Role
from postal_bridge.pickup import driving
from postal_bridge.pickup.exports import round_geojson, round_ics
from postal_bridge.pickup.records import (
    FailureReason,
    PickupKind,
    PickupRequest,
    PlanRun,
    Round,
    RoundState,
    RoundStop,
    StopState,
)
from postal_bridge.pickup.round_sheet import RoundSheet
from postal_bridge.pickup.sheets import requests_of, sheet_of, trip_starts

PDF, ICS, GEOJSON = "application/pdf", "text/calendar", "application/geo+json"


class PlanWanted(Body):
    """Which office's day; the seconds and the seed of the settings where none are given."""

    office: Code
    date: Day
    seconds: float | None = Field(default=None, gt=0, le=300)
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)


class CountSigned(Body):
    """What the courier hands in at the end."""

    counted: int = Field(ge=0, le=100_000)
    metres_driven: int | None = Field(default=None, ge=0, le=2_000_000)
    remark: str | None = Field(default=None, max_length=4000)


class RoundsQuery(BaseModel):
    """Today unless another date is asked for."""

    date: Day | None = None
    office: str | None = Field(default=None, max_length=60)


class StopOut(BaseModel):
    """A stop of a round."""

    position: int
    trip: int
    number: str
    kind: PickupKind
    state: StopState
    name: str
    phone: str
    address: str
    ward: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    opens_at: datetime
    closes_at: datetime
    arrive_at: datetime
    begin_at: datetime
    leave_at: datetime
    items: int
    note: str | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    counted: int | None = None
    reason: FailureReason | None = None


class Summed(BaseModel):
    """A round in a list."""

    number: str
    office: str
    day: Day
    shift: str
    vehicle: str
    courier: str
    state: RoundState
    leaves_at: datetime
    back_at: datetime
    metres: int
    stops: int
    made: int
    version: int


class Left(BaseModel):
    """A request that is in no round, and why."""

    request: str
    why: str
    detail: str


class OfficeDay(BaseModel):
    """How the last planning of an office went."""

    office: str
    at: datetime
    by: str
    solver: str
    metres: int
    cost_dong: int
    unserved: list[Left] = []
    notes: list[str] = []


class RoundList(BaseModel):
    """The rounds of a day; couriers see their own."""

    date: Day
    rounds: list[Summed]
    plans: list[OfficeDay] = []


class RoundOut(BaseModel):
    """A whole round."""

    round: Round
    trip_starts: list[datetime]
    notes: list[str] = []
    stops: list[StopOut]


async def plan(call: Call[PlanWanted]) -> RoundList | Refusal:
    """Plan an office's day; what was planned and not driven is planned anew."""
    body, house = call.body, house_of(call.services)
    if body.date < local_day(call.now):
        return refuse(Reason.DUE_IN_PAST, "date", due_on=f"{body.date:%d/%m/%Y}")
    try:
        planned = await house.planner(call.actor).plan(
            body.office, body.date, seed=body.seed, seconds=body.seconds
        )
    except Accident as trouble:
        return refuse(Reason.NOT_PLANNED, "office", why=str(trouble))
    if isinstance(planned, Refusal):
        return planned
    return RoundList(
        date=body.date,
        rounds=[_summed(one, planned.stops[one.number]) for one in planned.rounds],
        plans=[_office_day(planned.run, call.language)],
    )


async def listed(call: Call[None]) -> RoundList:
    """The rounds of a day."""
    asked = call.asked(RoundsQuery)
    day = asked.date or local_day(call.now)
    found = await call.work.rounds.listed(day, office=asked.office)
    mine = [one for one in found if one.state is not RoundState.DROPPED and _may_see(call, one)]
    stops = [await call.work.rounds.stops(one.number) for one in mine]
    runs = await call.work.rounds.last_runs(day, office=asked.office)
    if call.actor.role is Role.COURIER:
        runs = []
    return RoundList(
        date=day,
        rounds=[_summed(one, theirs) for one, theirs in zip(mine, stops, strict=True)],
        plans=[_office_day(one, call.language) for one in runs],
    )


async def show(call: Call[None]) -> RoundOut | Refusal:
    """A round with its stops; who looks at it is noted."""
    one = await _seen(call, call.path["number"], purpose="round")
    return one if isinstance(one, Refusal) else await _shown(call, one)


async def depart(call: Call[None]) -> RoundOut | Refusal:
    """The courier leaves."""
    one = await driving.depart(desk_of(call), call.path["number"])
    return one if isinstance(one, Refusal) else await _shown(call, one)


async def close(call: Call[CountSigned]) -> RoundOut | Refusal:
    """The courier hands in what was collected and signs the count."""
    body = call.body
    sheet = driving.CountSheet(
        counted=body.counted, metres_driven=body.metres_driven, remark=body.remark
    )
    one = await driving.close(desk_of(call), call.path["number"], sheet)
    return one if isinstance(one, Refusal) else await _shown(call, one)


async def paper(call: Call[None]) -> Reply | Refusal:
    """The round sheet as PDF."""
    sheet = await _sheet(call, purpose="round-sheet")
    if isinstance(sheet, Refusal):
        return sheet
    printed = await asyncio.to_thread(call.services.print_round, sheet)
    return Reply(printed, media_type=PDF)


async def calendar(call: Call[None]) -> Reply | Refusal:
    """The round for a calendar."""
    sheet = await _sheet(call, purpose="round-calendar")
    if isinstance(sheet, Refusal):
        return sheet
    return Reply(round_ics(sheet, call.language), media_type=ICS)


async def shape(call: Call[None]) -> Reply | Refusal:
    """The round for a map, without names and addresses."""
    sheet = await _sheet(call, purpose="round-map")
    if isinstance(sheet, Refusal):
        return sheet
    drawn = json.dumps(round_geojson(sheet, call.language), ensure_ascii=False)
    return Reply(drawn.encode(), media_type=GEOJSON)


async def _sheet(call: Call[None], *, purpose: str) -> RoundSheet | Refusal:
    number = call.path["number"]
    one = await _seen(call, number, purpose=purpose)
    if isinstance(one, Refusal):
        return one
    courier = await call.work.inbound.staff(one.courier)
    names = {one.courier: courier.name} if courier else {}
    return await sheet_of(call.work, number, names=names)


async def _seen(call: Call[Any], number: str, *, purpose: str) -> Round | Refusal:
    one = await call.work.rounds.find(number)
    if one is None or not _may_see(call, one):
        return refuse(Reason.ROUND_UNKNOWN, "number", number=number)
    await note_look(call, subject=number, purpose=purpose)
    return one


def _may_see(call: Call[Any], one: Round) -> bool:
    """Couriers see the addresses of their own rounds, and of no other."""
    return call.actor.role is not Role.COURIER or one.courier == call.actor.username


async def _shown(call: Call[Any], one: Round) -> RoundOut:
    english = int(call.language == "en")
    stops = await call.work.rounds.stops(one.number)
    counting = [each for each in stops if each.state is not StopState.DROPPED]
    requests = await requests_of(call.work, counting)
    return RoundOut(
        round=one.model_copy(update={"trips": "[]", "notes": "[]"}),
        trip_starts=list(trip_starts(one)),
        notes=[pair[english] for pair in json.loads(one.notes)],
        stops=[
            _stop(each, requests[each.request], position)
            for position, each in enumerate(counting, start=1)
            if each.request in requests
        ],
    )


def _stop(stop: RoundStop, request: PickupRequest, position: int) -> StopOut:
    told = stop.model_dump(include=set(StopOut.model_fields) - {"position"})
    asked = request.model_dump(include=set(StopOut.model_fields) - set(told) - {"position"})
    return StopOut(**{**asked, **told, "position": position})


def _summed(one: Round, stops: Any) -> Summed:
    counting = [each for each in stops if each.state is not StopState.DROPPED]
    made = [each for each in counting if each.state is not StopState.OPEN]
    told = one.model_dump(include=set(Summed.model_fields))
    return Summed(**{**told, "stops": len(counting), "made": len(made)})


def _office_day(run: PlanRun, language: str) -> OfficeDay:
    return OfficeDay(
        office=run.office,
        at=run.at,
        by=run.by,
        solver=run.solver,
        metres=run.metres,
        cost_dong=run.cost_dong,
        unserved=[
            Left(request=one["request"], why=one["why"], detail=one[language])
            for one in json.loads(run.unserved)
        ],
        notes=[pair[language == "en"] for pair in json.loads(run.notes)],
    )
