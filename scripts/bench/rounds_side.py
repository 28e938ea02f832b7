"""One side of the benchmark `rounds`, in a process of its own: our whole path, or bare PyVRP.

    python -m scripts.bench.rounds_side ours|pyvrp|figures FILE SECONDS SEED

Says in JSON what it came to. `figures` writes the instance down for OR-Tools, and its best-known
cost where a solution stands beside it.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyvrp
from pyvrp.stop import MaxRuntime

from postal_bridge.pickup.plans import Location, Plan, Problem, Shift, Travel, Visit, Window
from postal_bridge.pickup.solver_ports import Effort
from postal_bridge.routing.planner import PyvrpSolver

START = datetime(2026, 11, 23, tzinfo=UTC)
LONGEST = 10_000_000
HUGE = 1_000_000_000
DONG_A_METRE = 1_000  # per kilometre: a metre costs one đồng, and the cost is the distance


def main(arguments: list[str]) -> None:
    """Run one side once."""
    side, file, seconds, seed = arguments
    data = pyvrp.read(file, round_func="dimacs")
    if side == "figures":
        told: dict[str, Any] = _figures(data, Path(file))
    elif side == "ours":
        told = asyncio.run(_ours(data, float(seconds), int(seed)))
    else:
        told = _bare(data, float(seconds), int(seed))
    print(json.dumps(told))


def _bare(data: pyvrp.ProblemData, seconds: float, seed: int) -> dict[str, Any]:
    begun = time.perf_counter()
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False)
    wall = time.perf_counter() - begun
    feasible = result.best.is_feasible()
    return {"cost": result.best.distance(), "wall": wall, "feasible": feasible,
            "iterations": result.num_iterations}  # fmt: skip


async def _ours(data: pyvrp.ProblemData, seconds: float, seed: int) -> dict[str, Any]:
    problem = as_problem(data, seed)
    solver = PyvrpSolver()
    try:
        # The worker is there already, as it is in the service.
        few = Problem(problem.places, problem.travel, (), problem.shifts[:1], problem.planned_at)
        await solver.solve(few, Effort(1))
        begun = time.perf_counter()
        plan = await solver.solve(problem, Effort(seconds, patience=HUGE))
        wall = time.perf_counter() - begun
    finally:
        await solver.close()
    told = {"cost": plan.metres, "wall": wall, "iterations": plan.iterations}
    return {**told, "feasible": _feasible(data, plan)}


def _feasible(data: pyvrp.ProblemData, plan: Plan) -> bool:
    """Whether PyVRP itself finds nothing wrong with our plan, and the same distance."""
    routes = [[int(stop.visit) for stop in each.stops] for each in plan.rounds]
    solution = pyvrp.Solution(data, routes)
    return solution.is_feasible() and solution.distance() == plan.metres


def as_problem(data: pyvrp.ProblemData, seed: int) -> Problem:
    """An instance with one depot as a day of ours: a unit of time is a second, of way a metre."""
    places = tuple(Location(0, 0) for _ in range(data.num_locations))
    metres = data.distance_matrix(0).tolist()
    travel = Travel(metres, data.duration_matrix(0).tolist())
    depot = data.depot(0)
    visits = tuple(
        Visit(
            id=str(number),
            place=each.location,
            windows=(_window(each.tw_early, each.tw_late),),
            service=each.service_duration,
            collect_items=sum(each.pickup),
            deliver_items=sum(each.delivery),
        )
        for number, each in enumerate(data.clients())
    )
    shifts = tuple(
        Shift(
            id=f"{number}-{each}",
            vehicle="",
            courier="",
            depot=depot.location,
            window=_window(vehicle.tw_early, vehicle.tw_late),
            capacity_items=sum(vehicle.capacity) or HUGE,
            capacity_grams=HUGE,
            fixed_dong=vehicle.fixed_cost,
        )
        for number, vehicle in enumerate(data.vehicle_types())
        for each in range(vehicle.num_available)
    )
    return Problem(places, travel, visits, shifts, START, seed=seed, dong_per_km=DONG_A_METRE)


def _window(early: int, late: int) -> Window:
    return Window(START + timedelta(seconds=early), START + timedelta(seconds=min(late, LONGEST)))


def _figures(data: pyvrp.ProblemData, file: Path) -> dict[str, Any]:
    vehicle = data.vehicle_type(0)
    known = file.with_suffix(".sol")
    best = pyvrp.read_solution(known, data).distance() if known.exists() else None
    return {
        "best": best,
        "metres": data.distance_matrix(0).tolist(),
        "seconds": data.duration_matrix(0).tolist(),
        "depot": data.depot(0).location,
        "vehicles": data.num_vehicles,
        "capacity": sum(vehicle.capacity) or HUGE,
        "horizon": min(vehicle.tw_late, LONGEST),
        "stops": [
            {
                "place": each.location,
                "demand": sum(each.delivery) + sum(each.pickup),
                "service": each.service_duration,
                "window": [each.tw_early, min(each.tw_late, LONGEST)],
            }
            for each in data.clients()
        ],
    }


if __name__ == "__main__":
    main(sys.argv[1:])
