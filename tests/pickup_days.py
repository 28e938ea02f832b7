"""Days of rounds to be planned: small ones by hand, and any number of generated ones."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from postal_bridge.clock import at_local
from postal_bridge.pickup.plans import (
    Driven,
    Location,
    Lunch,
    PlannedRound,
    Problem,
    Shift,
    Travel,
    Visit,
    Window,
)

DAY = datetime(2026, 11, 23).date()  # noqa: DTZ001 - a date
MIDNIGHT = at_local(DAY, datetime.min.time())


def at(hour: float) -> datetime:
    """The moment when clocks in Vietnam show this hour: 7.5 is half past seven."""
    return MIDNIGHT + timedelta(hours=hour)


def window(start: float, end: float) -> Window:
    return Window(at(start), at(end))


def visit(name: str, place: int, *hours: tuple[float, float], **more: Any) -> Visit:
    windows = tuple(window(*each) for each in hours or ((7.5, 17.0),))
    return Visit(**{"id": name, "place": place, "windows": windows, "service": 300, **more})


def shift(name: str = "xe-1", **more: Any) -> Shift:
    usual: dict[str, Any] = {
        "id": name,
        "vehicle": name,
        "courier": f"bưu tá {name}",
        "depot": 0,
        "window": window(7.5, 17.0),
        "capacity_items": 100,
        "capacity_grams": 100_000,
    }
    return Shift(**{**usual, **more})


def line(*kilometres: float, km_per_hour: float = 30.0) -> tuple[tuple[Location, ...], Travel]:
    """Places along a road, the first of them the post office."""
    places = tuple(Location(21.85, 106.76 + km / 100) for km in kilometres)
    metres = [[round(abs(a - b) * 1_000) for b in kilometres] for a in kilometres]
    seconds = [[round(each * 3.6 / km_per_hour) for each in row] for row in metres]
    return places, Travel(metres, seconds)


def problem(
    road: Sequence[float], visits: Sequence[Visit], shifts: Sequence[Shift], **more: Any
) -> Problem:
    places, travel = line(*road)
    usual = {"planned_at": at(6.0)}
    return Problem(places, travel, tuple(visits), tuple(shifts), **{**usual, **more})


# --- generated ------------------------------------------------------------------------------------


def map_of(random: Random, count: int, reach_metres: int = 15_000) -> Travel:
    """Places around a post office, and ways between them that keep the triangle's rule."""
    spots = [(0.0, 0.0)]
    spots += [
        (random.uniform(-reach_metres, reach_metres), random.uniform(-reach_metres, reach_metres))
        for _ in range(count - 1)
    ]
    metres = [[math.ceil(math.dist(a, b) * 1.3) for b in spots] for a in spots]
    return Travel(metres, [[math.ceil(each / 8) for each in row] for row in metres])


def generated(seed: int, stops: int, cars: int, *, hard: bool = True) -> Problem:
    """A day with all there is: several windows, returns, lunch, trips, prizes, release times.

    Where `hard`, some stops cannot be served, and not all fit.
    """
    random = Random(seed)
    travel = map_of(random, stops + 2)
    places = tuple(Location(21.0 + n / 1_000, 106.0) for n in range(stops + 2))
    visits = tuple(_visit(random, number, hard=hard) for number in range(stops))
    shifts = tuple(_shift(random, number, hard=hard) for number in range(cars))
    return Problem(
        places,
        travel,
        visits,
        shifts,
        planned_at=at(random.choice([6.0, 8.0]) if hard else 6.0),
        seed=seed,
        dong_per_hour=random.choice([0, 20_000]),
    )


def _visit(random: Random, number: int, *, hard: bool) -> Visit:
    starts = sorted(random.sample([7, 8, 9, 10, 11, 13, 14, 15, 16], random.choice([1, 1, 2])))
    width = random.choice([0.5, 1, 2]) if hard else 3
    brings = random.random() < 0.3
    must = random.random() < 0.7
    late = hard and random.random() < 0.2
    return visit(
        f"v{number}",
        random.randint(1, number + 1),
        *((start, start + width) for start in starts),
        service=random.choice([0, 180, 300, 600, 1_800 if hard else 300]),
        collect_items=random.randint(0, 4),
        collect_grams=random.randint(0, 4_000),
        deliver_items=random.randint(1, 4) if brings else 0,
        deliver_grams=random.randint(0, 4_000) if brings else 0,
        must=must,
        prize_dong=0 if must else random.choice([1_000, 30_000, 200_000]),
        release=at(random.choice([7.0, 9.0, 13.5])) if late else None,
        priority=random.randint(0, 2),
    )


def _shift(random: Random, number: int, *, hard: bool) -> Shift:
    lunches = [
        Lunch(at(11.0), at(12.5), 3_600),
        Lunch(at(11.5), at(12.0), 5_400),
        Lunch(at(11.5), at(11.5), 3_600),
        None,
    ]
    hours = random.choice([(7.5, 17.0), (7.5, 11.5), (13.5, 17.5), (7.0, 19.0)])
    return shift(
        f"xe-{number}",
        window=window(*(hours if hard else (7.0, 18.0))),
        capacity_items=random.choice([5, 12, 30]) if hard else 40,
        capacity_grams=random.choice([6_000, 30_000]) if hard else 40_000,
        fixed_dong=random.choice([0, 50_000, 100_000]),
        lunch=random.choice(lunches),
        max_trips=random.choice([1, 2, 3]),
        reload=random.choice([0, 600]),
    )


def under_way(problem: Problem, rounds: Sequence[PlannedRound], hour: float, seed: int) -> Problem:
    """The same day, when the rounds have been driven up to this hour and are planned again."""
    now, random = at(hour), Random(seed)
    planned = {each.shift: each for each in rounds}
    shifts = tuple(
        _so_far(each, planned[each.id], now, random) if each.id in planned else each
        for each in problem.shifts
    )
    return Problem(
        problem.places,
        problem.travel,
        problem.visits,
        shifts,
        planned_at=now,
        seed=problem.seed,
        dong_per_hour=problem.dong_per_hour,
    )


def _so_far(shift: Shift, each: PlannedRound, now: datetime, random: Random) -> Shift:
    if each.trips[0].leave > now:
        return shift
    begun = [stop for stop in each.stops if stop.begin <= now]
    driven = tuple(
        Driven(s.visit, s.trip, s.arrive, s.begin, s.leave, served=random.random() < 0.9)
        for s in begun
    )
    current = begun[-1].trip if begun else 0
    trip = each.trips[current]
    at_depot = bool(begun) and trip.back <= now
    following = [s for s in each.stops if s.trip == current and s.begin > now]
    started = current + 1 < len(each.trips) and each.trips[current + 1].leave <= now
    if at_depot and started:  # on its way to the first stop of the next trip: not told in tests
        at_depot = True
    changed: dict[str, Any] = {
        "driven": driven,
        "left_at": each.trips[0].leave,
        "at_depot": at_depot,
        "aboard": () if at_depot else tuple(s.visit for s in following),
        "lunch_taken": each.lunch.start if each.lunch and each.lunch.start <= now else None,
    }
    if each.lunch and changed["lunch_taken"] and each.lunch.end > now:
        changed["free_at"] = max(each.lunch.end, *(d.leave for d in driven[-1:]), now)
    if at_depot:
        changed["free_at"] = max(changed.get("free_at", now), now)
    fields = {name: getattr(shift, name) for name in Shift.__dataclass_fields__}
    return Shift(**{**fields, **changed})
