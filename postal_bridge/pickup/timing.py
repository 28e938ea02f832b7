"""When a round is where: arrival, service, break and way back, worked out from its order of stops.

Each stop is made as early as its windows allow. The break is laid where it lets the round go on
soonest: beside the earliest moment without a break, the earliest with one is carried along, stop
by stop; being earlier never hurts, so the two together find a break wherever one fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from postal_bridge.pickup.plans import NO_ROAD
from postal_bridge.pickup.sheet import EVER, Car, Sheet

Trips = Sequence[Sequence[int]]
"""Numbers of visits, trip by trip; for a round that is under way, from where it stands."""


@dataclass(frozen=True, slots=True)
class TimedStop:
    """One stop, in seconds since planning."""

    visit: int
    trip: int
    arrive: int
    begin: int
    leave: int
    metres: int


@dataclass(frozen=True, slots=True)
class TimedTrip:
    """One trip, in seconds since planning; `leave` of one that had begun is when it goes on."""

    leave: int
    back: int
    items: int
    grams: int
    metres: int


@dataclass(frozen=True, slots=True)
class Timed:
    """A round that can be driven."""

    stops: tuple[TimedStop, ...]
    trips: tuple[TimedTrip, ...]
    lunch: tuple[int, int] | None
    metres: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A point of the round: a stop, or the depot at a trip's end."""

    visit: int | None
    trip: int
    place: int
    windows: tuple[tuple[int, int], ...]
    service: int
    release: int  # of the trip that begins here


_ALWAYS = ((-EVER, EVER),)


@dataclass(slots=True)
class _Step:
    """Arriving at one node in one of the two ways: without a break so far, or after it."""

    arrive: int
    begin: int
    leave: int
    before: int  # which way it came: 0 or 1
    lunch: int | None  # the break's beginning where it is taken on the leg that leads here


def drive(sheet: Sheet, car: Car, trips: Trips) -> Timed | None:
    """The round with its times; none where it cannot be driven."""
    trips = trips or ([[]] if car.mid_trip else [])
    if not _fits(sheet, car, trips):
        return None
    nodes = _nodes(sheet, car, trips)
    columns = _forward(sheet, car, nodes)
    if columns is None:
        return None
    way = _ending(car, columns[-1], late=not any(trips) and car.mid_trip)
    return None if way is None else _Way(sheet, car, nodes, _chosen(columns, way)).timed()


def _fits(sheet: Sheet, car: Car, trips: Trips) -> bool:
    """Whether trips and loads are possible, whatever the time."""
    if len(trips) > car.trips_left or not all(trips[1 if car.mid_trip else 0 :]):
        return False
    if any(sheet.carrier_of.get(n, car.number) != car.number for trip in trips for n in trip):
        return False
    for number, trip in enumerate(trips):
        current = car.mid_trip and number == 0
        if current and any(sheet.stops[n].delivers and n not in car.aboard for n in trip):
            return False
        if not _load_fits(sheet, car, trip, current=current):
            return False
    return True


def load_at_start(sheet: Sheet, car: Car, trip: Sequence[int], *, current: bool) -> tuple[int, int]:
    """Items and grams on board when the trip begins, or goes on."""
    loaded = car.aboard if current else trip
    items = sum(sheet.stops[n].items[0] for n in loaded) + (car.held[0] if current else 0)
    grams = sum(sheet.stops[n].grams[0] for n in loaded) + (car.held[1] if current else 0)
    return items, grams


def _load_fits(sheet: Sheet, car: Car, trip: Sequence[int], *, current: bool) -> bool:
    items, grams = load_at_start(sheet, car, trip, current=current)
    # What is on board already is a fact, even where it is too much.
    most_items = max(car.items, items) if current else car.items
    most_grams = max(car.grams, grams) if current else car.grams
    if items > most_items or grams > most_grams:
        return False
    for number in trip:
        stop = sheet.stops[number]
        items += stop.items[1] - stop.items[0]
        grams += stop.grams[1] - stop.grams[0]
        if items > most_items or grams > most_grams:
            return False
    return True


def _nodes(sheet: Sheet, car: Car, trips: Trips) -> list[_Node]:
    nodes = []
    for number, trip in enumerate(trips):
        for visit in trip:
            stop = sheet.stops[visit]
            nodes.append(_Node(visit, number, stop.place, stop.windows, stop.service, -EVER))
        last = number == len(trips) - 1
        release = -EVER if last else _release(sheet, trips[number + 1])
        nodes.append(_Node(None, number, car.depot, _ALWAYS, 0 if last else car.reload, release))
    return nodes


def _release(sheet: Sheet, trip: Sequence[int]) -> int:
    return max((sheet.stops[number].release for number in trip), default=0)


def _forward(sheet: Sheet, car: Car, nodes: list[_Node]) -> list[list[_Step | None]] | None:
    """For each node the earliest way without a break so far, and the earliest with none to come."""
    begin = car.start
    if not car.mid_trip:
        begin = max(
            begin,
            max(
                (
                    sheet.stops[n.visit].release
                    for n in nodes
                    if n.visit is not None and n.trip == 0
                ),
                default=0,
            ),
        )
    fed = begin if car.lunch is None else max(begin, car.ate_before)
    hungry = _Step(begin, begin, begin, 0, None) if car.lunch is not None else None
    ways: list[_Step | None] = [hungry, _Step(fed, fed, fed, 1, None) if fed < EVER else None]
    columns = [ways]
    place = car.place
    for node in nodes:
        seconds = sheet.problem.travel.seconds[place][node.place]
        if seconds >= NO_ROAD:
            return None
        ways = _advance(car, columns, node, seconds)
        if ways[0] is None and ways[1] is None:
            return None
        columns.append(ways)
        place = node.place
    return columns


def _advance(
    car: Car, columns: list[list[_Step | None]], node: _Node, seconds: int
) -> list[_Step | None]:
    hungry, fed = columns[-1]
    without = _arrived(node, hungry.leave + seconds, 0) if hungry else None
    after = _arrived(node, fed.leave + seconds, 1) if fed else None
    if hungry and car.lunch:
        eaten = _with_break(car.lunch, node, hungry.leave, seconds)
        # Nobody sets out to have lunch on the first way where he can have it before he leaves.
        after = _sooner(eaten, after) if len(columns) == 1 else _sooner(after, eaten)
        if node.visit is None and without:
            after = _sooner(after, _at_depot(car.lunch, without))
    for step in (without, after):
        if step:
            step.leave = max(step.leave, node.release)
    return [without, after]


def _sooner(one: _Step | None, other: _Step | None) -> _Step | None:
    if one is None or other is None:
        return one or other
    # Of two that are alike the later break: whoever comes before it is served sooner.
    return other if other.leave <= one.leave else one


def _arrived(node: _Node, arrive: int, before: int) -> _Step | None:
    for start, end in node.windows:
        if arrive <= end:
            begin = max(arrive, start)
            return _Step(arrive, begin, begin + node.service, before, None)
    return None


def _with_break(lunch: tuple[int, int, int], node: _Node, leave: int, seconds: int) -> _Step | None:
    """The break on the leg: at once where it may begin, else on the way, or on arrival."""
    earliest, latest, length = lunch
    if leave > latest:
        return None
    ready = max(leave + seconds, earliest) + length
    step = _arrived(node, ready, 0)
    if step:
        step.arrive = leave + seconds if leave + seconds <= earliest else ready
        step.lunch = max(leave, earliest)
    return step


def _at_depot(lunch: tuple[int, int, int], step: _Step) -> _Step | None:
    """The break between two trips, when the vehicle is loaded."""
    earliest, latest, length = lunch
    eats = max(step.leave, earliest)
    if eats > latest:
        return None
    return _Step(step.arrive, step.begin, eats + length, 0, eats)


def _ending(car: Car, ways: list[_Step | None], *, late: bool) -> int | None:
    """How the round ends: 0 without a break that is not due, 1 after it; none where neither."""
    hungry, fed = ways
    if hungry and car.lunch and hungry.arrive <= min(car.lunch[1], EVER if late else car.end):
        return 0
    if fed and (late or fed.begin <= car.end):
        return 1
    return None


@dataclass(slots=True)
class _Way:
    """A round whose steps are known: what is written down of it."""

    sheet: Sheet
    car: Car
    nodes: list[_Node]
    steps: list[_Step]

    def timed(self) -> Timed:
        travel, car = self.sheet.problem.travel, self.car
        leave = self._set_out()
        stops: list[TimedStop] = []
        trips: list[TimedTrip] = []
        place, driven = car.place, 0
        for node, step in zip(self.nodes, self.steps[1:], strict=True):
            metres = travel.metres[place][node.place]
            place, driven = node.place, driven + metres
            if node.visit is None:
                trips.append(self._trip(node, leave, step.begin, driven))
                leave, driven = step.leave, 0
            else:
                trip = car.trip + node.trip
                times = (step.arrive, step.begin, step.leave)
                stops.append(TimedStop(node.visit, trip, *times, metres))
        return Timed(tuple(stops), tuple(trips), self._lunch(), sum(t.metres for t in trips))

    def _trip(self, node: _Node, leave: int, back: int, metres: int) -> TimedTrip:
        visits = [n.visit for n in self.nodes if n.trip == node.trip and n.visit is not None]
        current = self.car.mid_trip and node.trip == 0
        items, grams = load_at_start(self.sheet, self.car, visits, current=current)
        return TimedTrip(leave, back, items, grams, metres)

    def _lunch(self) -> tuple[int, int] | None:
        begin = next((step.lunch for step in self.steps if step.lunch is not None), None)
        if begin is None or self.car.lunch is None:
            return None
        return begin, begin + self.car.lunch[2]

    def _set_out(self) -> int:
        """When the first trip leaves: no sooner than its first stop needs."""
        first = self.steps[0].leave
        if self.car.mid_trip or not self.nodes or self.steps[1].lunch is not None:
            return first
        seconds = self.sheet.problem.travel.seconds[self.car.place][self.nodes[0].place]
        self.steps[1].arrive = self.steps[1].begin
        return max(first, self.steps[1].begin - seconds)


def _chosen(columns: list[list[_Step | None]], way: int) -> list[_Step]:
    """The steps of one way, from its end back to where it began."""
    steps: list[_Step] = []
    for column in reversed(columns):
        step = column[way]
        assert step is not None  # noqa: S101 - the way was carried along from here
        steps.append(step)
        way = step.before
    return steps[::-1]
