"""A province's day of collections and returns, generated, and planned."""

import asyncio
import math
import time
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from random import Random

from postal_bridge.clock import at_local
from postal_bridge.pickup.plans import (
    Location,
    Lunch,
    Plan,
    Problem,
    Shift,
    Travel,
    Visit,
    Window,
)
from postal_bridge.pickup.solver_ports import Effort
from postal_bridge.routing.planner import PyvrpSolver
from tests.plan_checker import check

STOPS, SHIFTS, WARDS = 500, 28, 60
RETURNS, MUST = 0.4, 0.8
DAY = date(2026, 11, 23)
METRES_A_SECOND = 8
ROAD_FACTOR = 1.3
HALF_DAYS = ((7.5, 11.5), (13.5, 17.0))
SLOTS = ((7.5, 9.5), (9.5, 11.5), (13.5, 15.5), (15.0, 17.0))


def a_day(seed: int) -> Problem:
    """Five hundred stops in sixty wards around a centre, couriers on motorbikes with a lunch."""
    random = Random(seed)  # noqa: S311 - seeded, so that it is the same day again
    wards = [(random.gauss(0, 12_000), random.gauss(0, 12_000)) for _ in range(WARDS)]
    spots = [(0.0, 0.0)]
    for _ in range(STOPS):
        x, y = random.choice(wards)
        spots.append((random.gauss(x, 1_200), random.gauss(y, 1_200)))
    metres = [[math.ceil(math.dist(a, b) * ROAD_FACTOR) for b in spots] for a in spots]
    seconds = [[math.ceil(each / METRES_A_SECOND) for each in row] for row in metres]
    return Problem(
        places=tuple(Location(21.85 + y / 111_000, 106.76 + x / 103_000) for x, y in spots),
        travel=Travel(metres, seconds),
        visits=tuple(_visit(random, number) for number in range(STOPS)),
        shifts=tuple(_shift(number) for number in range(SHIFTS)),
        planned_at=_at(6),
        seed=seed,
    )


def _at(hour: float) -> datetime:
    return at_local(DAY, wall_time.min) + timedelta(hours=hour)


def _window(hours: tuple[float, float]) -> Window:
    return Window(_at(hours[0]), _at(hours[1]))


def _visit(random: Random, number: int) -> Visit:
    hours = random.choice(random.choice((HALF_DAYS, SLOTS)))
    returns = random.random() < RETURNS
    must = random.random() < MUST
    return Visit(
        id=f"y-{number}",
        place=number + 1,
        windows=(_window(hours),),
        service=random.choice((240, 300, 420)),
        collect_items=0 if returns else random.randint(1, 3),
        collect_grams=0 if returns else random.randint(100, 2_500),
        deliver_items=int(returns),
        deliver_grams=random.randint(50, 400) if returns else 0,
        must=must,
        prize_dong=0 if must else 40_000,
    )


def _shift(number: int) -> Shift:
    return Shift(
        id=f"xe-{number}",
        vehicle=f"xe-{number}",
        courier=f"bưu tá {number}",
        depot=0,
        window=_window((7.0, 17.5)),
        capacity_items=40,
        capacity_grams=30_000,
        fixed_dong=60_000,
        lunch=Lunch(_at(11.25), _at(12.25), 3_600),
        max_trips=2,
        reload=600,
    )


async def planned_day(*, seed: int, seconds: float) -> tuple[Plan, float]:
    """The plan of such a day, checked, and how long it took from the problem to the plan."""
    problem = await asyncio.to_thread(a_day, seed)
    solver = PyvrpSolver()
    begun = time.perf_counter()
    try:
        plan = await solver.solve(problem, Effort(seconds))
    finally:
        await solver.close()
    wall = time.perf_counter() - begun
    check(problem, plan)
    return plan, wall
