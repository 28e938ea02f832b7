"""Rounds that grow stop by stop: where one more stop fits, and what it costs there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postal_bridge.pickup.plans import NO_ROAD
from postal_bridge.pickup.sheet import EVER, Car, Sheet
from postal_bridge.pickup.timing import Timed, TimedStop, drive

_MILLI = 1_000
_AN_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stop may come: before the stop at `position` of a trip; `added` in 1/1000 đồng."""

    added: int
    car: int
    trip: int
    position: int


class Rounds:
    """The rounds of all shifts while they are made; every one of them can be driven."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.trips: list[list[list[int]]] = [[[]] if c.mid_trip else [] for c in sheet.cars]
        self.timed: list[Timed | None] = [drive(sheet, car, []) for car in sheet.cars]

    def served(self) -> set[int]:
        """The visits that are in."""
        return {number for trips in self.trips for trip in trips for number in trip}

    def take(self, car: int, trips: list[list[int]]) -> list[int]:
        """Have a shift drive this; what cannot be driven is left out, and given back."""
        dropped: list[int] = []
        trips = [list(trip) for trip in trips]
        while True:
            kept = [trip for number, trip in enumerate(trips) if trip or self._keeps(car, number)]
            timed = drive(self.sheet, self.sheet.cars[car], kept)
            if timed is not None or not any(kept):
                break
            dropped.append(self._weakest(kept))
            trips = [[each for each in trip if each != dropped[-1]] for trip in kept]
        self.trips[car], self.timed[car] = kept, timed
        return dropped

    def _keeps(self, car: int, trip: int) -> bool:
        return trip == 0 and self.sheet.cars[car].mid_trip

    def _weakest(self, trips: list[list[int]]) -> int:
        visits = self.sheet.problem.visits
        return min(
            (number for trip in trips for number in trip),
            key=lambda n: (visits[n].must, visits[n].priority, visits[n].prize_dong, n),
        )

    def fill(self, numbers: Iterable[int]) -> list[int]:
        """Put in as many of these as fit and are worth it, in this order; the rest is given back."""
        return [number for number in numbers if not self.insert(number)]

    def insert(self, number: int, *, whatever_it_costs: bool = False) -> bool:
        """Put a stop in where it costs least; whether it is in."""
        found = self.cheapest(number)
        visit = self.sheet.problem.visits[number]
        worth = visit.must or whatever_it_costs
        if found is None or not (worth or found.added < visit.prize_dong * _MILLI):
            return False
        trips = self.with_stop(number, found)
        self.timed[found.car] = drive(self.sheet, self.sheet.cars[found.car], trips)
        self.trips[found.car] = trips
        return True

    def cheapest(self, number: int) -> Place | None:
        """The cheapest place where it can be driven; none where there is none."""
        places = [each for car in self.sheet.cars for each in self._places(number, car)]
        for place in sorted(places, key=lambda p: (p.added, p.car, p.trip, p.position)):
            trips = self.with_stop(number, place)
            if drive(self.sheet, self.sheet.cars[place.car], trips) is not None:
                return place
        return None

    def with_stop(self, number: int, place: Place) -> list[list[int]]:
        """A shift's trips with one stop more."""
        trips = [list(trip) for trip in self.trips[place.car]]
        if place.trip == len(trips):
            trips.append([])
        trips[place.trip].insert(place.position, number)
        return trips

    def _places(self, number: int, car: Car) -> Iterator[Place]:
        if self.sheet.carrier_of.get(number, car.number) != car.number:
            return
        if not self.sheet.stops[number].windows:
            return
        trips = self.trips[car.number]
        by_visit = {each.visit: each for each in self._stops_of(car.number)}
        for index, trip in enumerate(trips):
            for position in range(len(trip) + 1):
                yield from self._place(number, car, (index, position), by_visit)
        if len(trips) < car.trips_left:
            yield from self._place(number, car, (len(trips), 0), by_visit)

    def _stops_of(self, car: int) -> tuple[TimedStop, ...]:
        timed = self.timed[car]
        return timed.stops if timed else ()

    def _place(
        self, number: int, car: Car, where: tuple[int, int], by_visit: dict[int, TimedStop]
    ) -> Iterator[Place]:
        index, position = where
        trips = self.trips[car.number]
        trip = trips[index] if index < len(trips) else []
        stop, stops, travel = self.sheet.stops[number], self.sheet.stops, self.sheet.problem.travel
        before = trip[position - 1] if position else None
        after = trip[position] if position < len(trip) else None
        begins = car.place if index == 0 else car.depot
        origin = stops[before].place if before is not None else begins
        goal = stops[after].place if after is not None else car.depot
        there, onward = travel.seconds[origin][stop.place], travel.seconds[stop.place][goal]
        if there >= NO_ROAD or onward >= NO_ROAD:
            return
        lunch = car.lunch[2] if car.lunch else 0
        free = by_visit[before].leave - lunch if before is not None else car.start
        begin = max(free + there, stop.windows[0][0])
        closes = stops[after].windows[-1][1] if after is not None else car.end
        if free + there > stop.windows[-1][1] or begin + stop.service + onward > closes:
            return
        yield Place(self._added(car, stop.place, (origin, goal), not trip), car.number, *where)

    def _added(self, car: Car, place: int, between: tuple[int, int], first: bool) -> int:  # noqa: FBT001
        problem = self.sheet.problem
        origin, goal = between
        metres, seconds = problem.travel.metres, problem.travel.seconds
        saved = not first or (origin != car.depot)
        further = metres[origin][place] + metres[place][goal] - saved * metres[origin][goal]
        longer = seconds[origin][place] + seconds[place][goal] - saved * seconds[origin][goal]
        fixed = 0 if any(self.trips[car.number]) else car.fixed * _MILLI
        hours = longer * problem.dong_per_hour * _MILLI // _AN_HOUR
        return further * problem.dong_per_km + hours + fixed


def in_order(sheet: Sheet, numbers: Iterable[int]) -> list[int]:
    """Stops in the order in which they are put in: who must and cannot wait comes first."""
    visits, stops = sheet.problem.visits, sheet.stops

    def rank(number: int) -> tuple[int, ...]:
        visit, windows = visits[number], stops[number].windows
        closes = windows[-1][1] if windows else EVER
        return (-visit.must, -visit.priority, -visit.prize_dong * (not visit.must), closes, number)

    return sorted(numbers, key=rank)
