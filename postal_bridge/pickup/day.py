"""An office's day as a problem for the solver: who has to be visited, and who can drive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from postal_bridge.clock import at_local
from postal_bridge.pickup.place_ports import Distances
from postal_bridge.pickup.places import Measured
from postal_bridge.pickup.plans import Driven, Location, Lunch, Problem, Shift, Visit, Window
from postal_bridge.pickup.ports import PickupFilter, PickupWork
from postal_bridge.pickup.records import (
    PickupKind,
    PickupRequest,
    PickupState,
    Round,
    RoundState,
    RoundStop,
    StopState,
    WardExperience,
)
from postal_bridge.pickup.terms import PickupTerms, ShiftTerms

PLANNABLE = (PickupState.CONFIRMED, PickupState.PLANNED)
MADE = frozenset({StopState.DONE, StopState.FAILED})
_NEVER_DRIVEN_AGAIN = frozenset({RoundState.CLOSED})


@dataclass(frozen=True)
class Standing:
    """A round of the day with its stops, as they stand."""

    round: Round
    stops: Sequence[RoundStop]

    @property
    def made(self) -> list[RoundStop]:
        """What was driven, in the order in which it was."""
        made = [one for one in self.stops if one.state in MADE]
        return sorted(made, key=lambda one: (one.arrived_at or one.arrive_at, one.position))


@dataclass(frozen=True)
class Day:
    """What was known of a day at one moment.

    Attributes:
        office: where the rounds begin; `point` is its place.
        requests: by number: all that are to be planned, and those driven already.
        standing: rounds by the name of their shift.
    """

    office: str
    date: date
    point: Location
    requests: Mapping[str, PickupRequest]
    standing: Mapping[str, Standing]
    experience: Mapping[str, WardExperience]

    @property
    def waiting(self) -> list[PickupRequest]:
        """Requests that somebody has to be sent to."""
        return [one for one in self.requests.values() if one.state in PLANNABLE]


async def read_day(work: PickupWork, office: str, day: date, point: Location) -> Day:
    """Everything that planning has to know."""
    found = await work.pickups.listed(
        PickupFilter(office=office, day=day, states=PLANNABLE), limit=100_000
    )
    requests = {one.number: one for one in found if one.latitude is not None}
    standing = {}
    for one in await work.rounds.listed(day, office=office):
        if one.state is RoundState.DROPPED:
            continue
        here = Standing(one, await work.rounds.stops(one.number))
        standing[one.shift] = here
        for stop in here.made:
            if stop.request not in requests:
                known = await work.pickups.find(stop.request)
                if known is not None:
                    requests[stop.request] = known
    wards = {one.ward_code for one in requests.values() if one.ward_code}
    learnt = await work.rounds.experience(sorted(wards))
    return Day(office, day, point, requests, standing, {one.ward_code: one for one in learnt})


async def problem_of(
    day: Day, terms: PickupTerms, distances: Distances, *, now: datetime, seed: int
) -> tuple[Problem, Measured]:
    """The day as a problem; places are measured by `distances`."""
    made = {stop.request for each in day.standing.values() for stop in each.made}
    numbers = [one.number for one in day.waiting if one.number not in made] + sorted(made)
    requests = [day.requests[number] for number in numbers if number in day.requests]
    places = [day.point, *(_point(one) for one in requests)]
    measured = await distances.matrix(places)
    visits = tuple(
        _visit(one, place, day, terms, must=one.number in made)
        for place, one in enumerate(requests, start=1)
    )
    shifts = tuple(
        _shift(one, day, now=now) for one in terms.shifts_of(day.office) if not _is_over(day, one)
    )
    problem = Problem(
        places=tuple(places),
        travel=measured.travel,
        visits=visits,
        shifts=shifts,
        planned_at=now,
        seed=seed,
        dong_per_km=terms.dong_per_km,
        dong_per_hour=terms.dong_per_hour,
    )
    # What a closed round drove is nobody's any more.
    driven = {each.visit for shift in shifts for each in shift.driven}
    kept = tuple(one for one in visits if one.id in driven or one.id not in made)
    return replace(problem, visits=kept), measured


def _is_over(day: Day, shift: ShiftTerms) -> bool:
    here = day.standing.get(shift.name)
    return here is not None and here.round.state in _NEVER_DRIVEN_AGAIN


def _point(request: PickupRequest) -> Location:
    return Location(request.latitude or 0.0, request.longitude or 0.0)


def _visit(
    request: PickupRequest, place: int, day: Day, terms: PickupTerms, *, must: bool
) -> Visit:
    brought = request.kind is PickupKind.RETURN
    prize = None if must else _prize(request, day.date, terms)
    return Visit(
        id=request.number,
        place=place,
        windows=(Window(request.opens_at, request.closes_at),),
        service=service_seconds(request, day.experience, terms),
        collect_items=0 if brought else request.items,
        collect_grams=0 if brought else request.grams,
        deliver_items=request.items if brought else 0,
        deliver_grams=request.grams if brought else 0,
        must=prize is None,
        prize_dong=prize or 0,
        priority=_priority(request),
        label=f"{request.number} {request.name}",
    )


def _prize(request: PickupRequest, day: date, terms: PickupTerms) -> int | None:
    """What it is worth to bring a result earlier than it has to be; none where it has to be now.

    Who was told a half-day (a collection, a shuttle) is always visited then.
    """
    if request.kind is not PickupKind.RETURN or request.must_by is None or request.attempts:
        return None
    left = (request.must_by - day).days
    if left <= terms.must_within_days:
        return None
    return terms.wait_dong * max(terms.horizon_days - left, 1)


def _priority(request: PickupRequest) -> int:
    """Who has waited in vain goes first where not all can be served; shuttles bear many papers."""
    return 10 * request.attempts + 5 * (request.kind is PickupKind.SHUTTLE)


def service_seconds(
    request: PickupRequest, experience: Mapping[str, WardExperience], terms: PickupTerms
) -> int:
    """Seconds at the door: as learnt in this ward, once enough stops were driven there."""
    usual = int(terms.service[request.kind].total_seconds())
    learnt = experience.get(request.ward_code or "")
    if learnt is None or learnt.stops < terms.experience_stops:
        return usual
    return max(learnt.service_seconds // learnt.stops, 60)


def _shift(terms: ShiftTerms, day: Day, *, now: datetime) -> Shift:
    here = day.standing.get(terms.name)
    driving = here is not None and here.round.state is RoundState.DRIVING
    shift = Shift(
        id=terms.name,
        vehicle=terms.vehicle,
        courier=terms.courier,
        depot=0,
        window=Window(at_local(day.date, terms.hours[0]), at_local(day.date, terms.hours[1])),
        capacity_items=terms.capacity_items,
        capacity_grams=terms.capacity_grams,
        fixed_dong=terms.fixed_dong,
        lunch=_lunch(terms, day.date),
        max_trips=terms.max_trips,
        reload=60 * terms.reload_minutes,
    )
    return _under_way(shift, here, day, now) if here and driving else shift


def _lunch(terms: ShiftTerms, day: date) -> Lunch | None:
    if terms.lunch is None:
        return None
    earliest, latest = (at_local(day, each) for each in terms.lunch)
    return Lunch(earliest, latest, 60 * terms.lunch_minutes)


def _under_way(shift: Shift, here: Standing, day: Day, now: datetime) -> Shift:
    known = set(day.requests)
    driven = tuple(
        Driven(
            visit=one.request,
            trip=one.trip,
            arrive=one.arrived_at or one.arrive_at,
            begin=one.arrived_at or one.arrive_at,
            leave=max(one.left_at or one.leave_at, one.arrived_at or one.arrive_at),
            served=one.state is StopState.DONE,
        )
        for one in here.made
        if one.request in known
    )
    trip = driven[-1].trip if driven else 0
    aboard = tuple(
        one.request
        for one in here.stops
        if one.state is StopState.OPEN
        and one.trip == trip
        and one.request in known
        and day.requests[one.request].kind is PickupKind.RETURN
    )
    lunch = here.round.lunch_at
    eaten = lunch is not None and lunch + timedelta(seconds=_seconds(shift.lunch)) <= now
    return replace(
        shift,
        driven=driven,
        left_at=here.round.left_at,
        aboard=aboard,
        lunch_taken=lunch if eaten else None,
    )


def _seconds(lunch: Lunch | None) -> int:
    return lunch.seconds if lunch else 0
