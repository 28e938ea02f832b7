"""A day of rounds as PyVRP's problem data, and PyVRP's routes as orders of stops.

What PyVRP has no word for is told in words that it has:

* lunch: see `axis.py`. Where shifts have different breaks, a stop is offered once per break, and
  only one of these is served; a load dimension of its own keeps each with its shifts.
* several windows: one client per window in a group, of which one is served.
* a round that is under way sets out where it stands, from a place of its own whose ways take as
  much longer as it is not free yet; a client there keeps the round in the plan, and what lies on
  board can go with it only. Returns that are not on board cannot join the trip that goes on:
  they are released a second after it sets out.
* stops that must be served: required, where a plan that serves them all is known; otherwise with
  a prize that no other stop outweighs.

All is exact but for a trip's weight where a return is carried home and out again; `assemble`
reckons every round afresh and mends it.
"""

from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Any

import numpy as np
from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    Location,
    PenaltyParams,
    ProblemData,
    Solution,
    VehicleType,
)
from typing_extensions import override

from postal_bridge.pickup.plans import NO_ROAD
from postal_bridge.pickup.sheet import Car, Sheet
from postal_bridge.routing.axis import NOW, Axis, axes

_MILLI = 1_000
_AN_HOUR = 3_600
_PRIORITIES = 9
_FAR = 200_000


@dataclass(frozen=True, slots=True)
class Model:
    """PyVRP's data beside what each number in it means.

    Attributes:
        visits: for each client the number of its visit; none for the client that keeps a round.
        cars: for each vehicle type the numbers of its shifts.
        scale: a unit of cost in 1/1000 đồng.
        penalty: how breaking a limit is fined while searching.
    """

    data: ProblemData
    visits: list[int | None]
    cars: list[list[int]]
    scale: int
    penalty: PenaltyParams

    def orders(self, solution: Solution, shifts: int) -> list[list[list[int]]]:
        """For each shift its trips, each of numbers of visits."""
        found: list[list[list[int]]] = [[] for _ in range(shifts)]
        free = [list(numbers) for numbers in self.cars]
        for route in solution.routes():
            trips: list[list[int]] = [[] for _ in range(route.num_trips())]
            for activity in route.schedule():
                visit = self.visits[activity.idx] if activity.is_client() else None
                if visit is not None:
                    trips[activity.trip].append(visit)
            found[free[route.vehicle_type()].pop(0)] = trips
        return found


class Fines(PenaltyParams):
    """PyVRP's own fines, in proportion to our costs.

    They are meant for distances that cost about 1; and no prize may pay for breaking a limit.
    """

    def __init__(self, dearest: int, a_metre: int) -> None:
        usual = PenaltyParams()
        super().__init__(max_penalty=max(usual.max_penalty * a_metre, 2.0 * dearest))
        self._begin = usual.max_penalty * a_metre / 2

    @override
    def midpoint_penalties(self, data: ProblemData) -> tuple[list[float], float, float]:
        """Where the fines begin."""
        return [self._begin] * data.num_load_dimensions, self._begin, self._begin


class Builder:
    """Makes a model out of a sheet, without the visits that nobody could serve."""

    def __init__(self, sheet: Sheet, visits: list[int], *, all_can: bool) -> None:
        self.sheet, self.all_can = sheet, all_can
        self.cars = [car for car in sheet.cars if self._goes_on(car)]
        self.axes, numbers = axes(self.cars, [sheet.stops[n] for n in visits])
        self.axis_of = {car.number: n for car, n in zip(self.cars, numbers, strict=True)}
        self.numbers = visits
        self.kept = [car for car in self.cars if car.mid_trip]
        self.offers = [n for n in range(len(self.axes)) if n in set(numbers)]
        self.clients: list[Client] = []
        self.visits: list[int | None] = []
        self.groups: list[ClientGroup] = []
        self.depots: list[tuple[int, int]] = []
        self.must_prize = self._must_prize()

    def model(self) -> Model:
        """The model; there has to be a shift."""
        for car in self.kept:
            self._keep(car)
        for number in self.numbers:
            self._offer(number)
        types, cars = self._types()
        scale = self._scale(types)
        dearest = max((each.prize for each in self.clients), default=0) // scale
        a_metre = max(each.unit_distance_cost for each in types) // scale
        loads = self._loads(types)
        data = ProblemData(
            locations=[Location(0, 0) for _ in range(self._places())],
            clients=[_reduced_client(each, scale, loads) for each in self.clients],
            depots=[Depot(place, service_duration=rest) for place, rest in self.depots],
            vehicle_types=[_reduced_type(each, scale, loads) for each in types],
            distance_matrices=[self._metres()],
            duration_matrices=[self._seconds()],
            groups=self.groups,
        )
        return Model(data, self.visits, cars, scale, Fines(dearest, max(a_metre, 1)))

    # --- money and loads ------------------------------------------------------------------------

    def _scale(self, types: list[VehicleType]) -> int:
        """The largest unit in which all costs are whole: it keeps the solver's numbers small."""
        costs = [each.prize for each in self.clients]
        for each in types:
            costs += [each.fixed_cost, each.unit_distance_cost, each.unit_duration_cost]
        return reduce(gcd, costs, 0) or 1

    def _loads(self, types: list[VehicleType]) -> list[int]:
        """The load dimensions that can run short: each one that cannot is time well saved."""
        needed = []
        for load in range(len(types[0].capacity)):
            moved = sum(each.delivery[load] + each.pickup[load] for each in self.clients)
            if any(moved + each.initial_load[load] > each.capacity[load] for each in types):
                needed.append(load)
        return needed

    def _must_prize(self) -> int:
        """More than any detour costs, or all that may wait is worth, in 1/1000 đồng."""
        problem = self.sheet.problem
        far = max((m for row in problem.travel.metres for m in row if m < NO_ROAD), default=0)
        fixed = max((car.fixed for car in self.cars), default=0)
        prizes = sum(problem.visits[n].prize_dong for n in self.numbers)
        needed = 4 * far * problem.dong_per_km + (2 * fixed + prizes + 1) * _MILLI
        # A whole number of metres, so that the unit of cost stays large.
        a_metre = max(problem.dong_per_km, 1)
        return -(-needed // a_metre) * a_metre

    # --- stops ----------------------------------------------------------------------------------

    def _keep(self, car: Car) -> None:
        """The client that keeps a round in the plan that is under way."""
        origin = len(self.sheet.problem.places) + self.kept.index(car)
        pins = self._pins(None, car)
        self.clients.append(Client(origin, [0, 0, *[0] * len(pins)], [0, 0, *pins]))
        self.visits.append(None)

    def _offer(self, number: int) -> None:
        """A stop, once for each window on each axis."""
        stop = self.sheet.stops[number]
        carrier = self._carrier(number)
        offers = [self.axis_of[carrier.number]] if carrier else self.offers
        pieces = [
            (axis, start, end)
            for axis in offers
            for start, end in self.axes[axis].windows(stop)
            if end >= self._release(number, self.axes[axis])
        ]
        group = len(self.groups) if len(pieces) > 1 else None
        if group is not None:
            first = len(self.clients)
            members = list(range(first, first + len(pieces)))
            self.groups.append(ClientGroup(members, required=self._required(number)))
        for axis, start, end in pieces:
            pins = self._pins(axis, carrier)
            self.clients.append(
                Client(
                    stop.place,
                    delivery=[stop.items[0], stop.grams[0], *[0] * len(pins)],
                    pickup=[stop.items[1], stop.grams[1], *pins],
                    service_duration=stop.service,
                    tw_early=max(start, NOW),
                    tw_late=max(end, NOW),
                    release_time=self._release(number, self.axes[axis]),
                    prize=self._prize(number),
                    required=group is None and self._required(number),
                    group=group,
                )
            )
            self.visits.append(number)

    def _carrier(self, number: int) -> Car | None:
        car = self.sheet.carrier_of.get(number)
        return None if car is None or car not in self.axis_of else self.sheet.cars[car]

    def _required(self, number: int) -> bool:
        return self.all_can and self.sheet.problem.visits[number].must

    def _prize(self, number: int) -> int:
        visit = self.sheet.problem.visits[number]
        if not visit.must:
            return visit.prize_dong * _MILLI
        if self.all_can:
            return 0
        return self.must_prize * (1 + min(max(visit.priority, 0), _PRIORITIES))

    def _release(self, number: int, axis: Axis) -> int:
        stop = self.sheet.stops[number]
        if not stop.delivers or number in self.sheet.carrier_of:
            return 0
        return max(axis.at(stop.release), NOW)

    def _pins(self, axis: int | None, car: Car | None) -> list[int]:
        """One dimension for each axis, where there are several, and for each round under way."""
        several = len(self.offers) > 1
        by_axis = [int(n == axis) for n in self.offers] if several else []
        return [*by_axis, *(int(each is car) for each in self.kept)]

    # --- shifts ---------------------------------------------------------------------------------

    def _goes_on(self, car: Car) -> bool:
        """Whether it can make any further stop."""
        back = self.sheet.problem.travel.seconds[car.place][car.depot] if car.mid_trip else 0
        return car.trips_left > 0 and car.start + back <= car.end

    def _types(self) -> tuple[list[VehicleType], list[list[int]]]:
        cars: dict[tuple[object, ...], list[int]] = {}
        for car in self.cars:
            alike = (
                *(car.depot, car.start, car.end, car.items, car.grams, car.fixed, car.lunch),
                *(car.trips_left, car.reload, car.aboard),
                *(self.axis_of[car.number], car.number if car.mid_trip else None),
            )
            cars.setdefault(alike, []).append(car.number)
        alike_cars = list(cars.values())
        types = [self._type(self.sheet.cars[each[0]], len(each)) for each in alike_cars]
        return types, alike_cars

    def _type(self, car: Car, count: int) -> VehicleType:
        problem, axis = self.sheet.problem, self.axes[self.axis_of[car.number]]
        start = self._depot(car.depot, 0)
        if car.mid_trip:
            start = self._depot(len(problem.places) + self.kept.index(car), 0)
        setting_out = 0 if car.mid_trip else axis.at(car.start)
        return VehicleType(
            num_available=count,
            capacity=self._capacity(car),
            start_depot=start,
            end_depot=self._depot(car.depot, 0),
            fixed_cost=car.fixed * _MILLI,
            tw_early=setting_out,
            tw_late=max(axis.at(car.end), setting_out),
            start_late=0 if car.mid_trip else None,
            unit_distance_cost=problem.dong_per_km,
            unit_duration_cost=problem.dong_per_hour * _MILLI // _AN_HOUR,
            initial_load=[*car.held, *[0] * len(self._pins(None, None))],
            reload_depots=[self._depot(car.depot, car.reload)] if car.trips_left > 1 else [],
            max_reloads=car.trips_left - 1,
        )

    def _capacity(self, car: Car) -> list[int]:
        loaded = [self.sheet.stops[n] for n in car.aboard]
        on_board = (
            car.held[0] + sum(stop.items[0] for stop in loaded),
            car.held[1] + sum(stop.grams[0] for stop in loaded),
        )
        fact = on_board if car.mid_trip else (0, 0)
        pins = self._pins(self.axis_of[car.number], car)
        much = len(self.numbers) + 1
        return [max(car.items, fact[0]), max(car.grams, fact[1]), *(much * pin for pin in pins)]

    def _depot(self, place: int, rest: int) -> int:
        if (place, rest) not in self.depots:
            self.depots.append((place, rest))
        return self.depots.index((place, rest))

    # --- ways -----------------------------------------------------------------------------------

    def _places(self) -> int:
        return len(self.sheet.problem.places) + len(self.kept)

    def _metres(self) -> Any:
        return self._ways(self.sheet.problem.travel.metres, [0] * len(self.kept))

    def _seconds(self) -> Any:
        until_free = [self.axes[self.axis_of[car.number]].at(car.start) for car in self.kept]
        return self._ways(self.sheet.problem.travel.seconds, until_free)

    def _ways(self, known: list[list[int]], longer: list[int]) -> Any:
        """The matrix, and beside it a row for each place where a round under way sets out."""
        given = np.asarray(known, dtype=np.int64).reshape(len(known), -1)
        joined = given[given < NO_ROAD]
        # No way at all: far enough for nobody to go, and near enough to keep the numbers small.
        far = 4 * int(joined.max(initial=0)) + _FAR
        size = self._places()
        matrix = np.full((size, size), far, dtype=np.int64)
        matrix[: len(known), : len(known)] = np.minimum(given, far)
        for row, (car, more) in enumerate(zip(self.kept, longer, strict=True), len(known)):
            matrix[row, : len(known)] = matrix[car.place, : len(known)] + more
        np.fill_diagonal(matrix, 0)
        return matrix


def _reduced_client(client: Client, scale: int, loads: list[int]) -> Client:
    """The same client in larger units of cost and with the loads that matter."""
    return Client(
        location=client.location,
        delivery=[client.delivery[load] for load in loads],
        pickup=[client.pickup[load] for load in loads],
        service_duration=client.service_duration,
        tw_early=client.tw_early,
        tw_late=client.tw_late,
        release_time=client.release_time,
        prize=client.prize // scale,
        required=client.required,
        group=client.group,
    )


def _reduced_type(each: VehicleType, scale: int, loads: list[int]) -> VehicleType:
    return each.replace(
        fixed_cost=each.fixed_cost // scale,
        unit_distance_cost=each.unit_distance_cost // scale,
        unit_duration_cost=each.unit_duration_cost // scale,
        capacity=[each.capacity[load] for load in loads],
        initial_load=[each.initial_load[load] for load in loads],
    )
