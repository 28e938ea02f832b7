"""OR-Tools on one instance: `python rounds_anchor.py FIGURES.json SECONDS`.

It runs in the anchors' own environment and knows nothing of ours. The search is the one that
OR-Tools' documentation advises for rounds, guided local search; it begins with parallel insertion,
because the cheapest arcs find no plan at all where windows are narrow.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2


def main(file: str, seconds: str) -> None:
    """Solve it, and say what it came to."""
    told: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    begun = time.perf_counter()
    routing = _routing(told)
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    spent = time.perf_counter() - begun
    search.time_limit.FromMilliseconds(max(int((float(seconds) - spent) * 1_000), 1))
    found = routing.SolveWithParameters(search)
    wall = time.perf_counter() - begun
    cost = found.ObjectiveValue() if found else 0
    print(json.dumps({"cost": cost, "wall": wall, "feasible": found is not None}))


def _routing(told: dict[str, Any]) -> Any:
    stops = told["stops"]
    places = [told["depot"], *(stop["place"] for stop in stops)]
    demands = [0, *(stop["demand"] for stop in stops)]
    services = [0, *(stop["service"] for stop in stops)]
    manager = pywrapcp.RoutingIndexManager(len(places), told["vehicles"], 0)
    routing = pywrapcp.RoutingModel(manager)
    # Whole matrices are read without a call into Python for each way.
    metres = [[told["metres"][a][b] for b in places] for a in places]
    seconds = [
        [told["seconds"][a][b] + service for b in places]
        for a, service in zip(places, services, strict=True)
    ]
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(metres))
    load = routing.RegisterUnaryTransitVector(demands)
    routing.AddDimension(load, 0, told["capacity"], True, "load")  # noqa: FBT003
    horizon = told["horizon"]
    way = routing.RegisterTransitMatrix(seconds)
    routing.AddDimension(way, horizon, horizon, False, "time")  # noqa: FBT003
    clock = routing.GetDimensionOrDie("time")
    for number, stop in enumerate(stops, 1):
        clock.CumulVar(manager.NodeToIndex(number)).SetRange(*stop["window"])
    return routing


if __name__ == "__main__":
    main(*sys.argv[1:])
