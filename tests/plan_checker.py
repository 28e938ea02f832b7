"""Checks plans of rounds against the words of `pickup/plans.py`, and against nothing else.

It shares no line with what makes plans: it reads moments and visits off the finished plan, and
says in words what is wrong with it.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from postal_bridge.pickup.plans import (
    Plan,
    PlannedRound,
    PlannedStop,
    Problem,
    Shift,
    Visit,
    Window,
)


def check(problem: Problem, plan: Plan) -> None:
    """The plan can be driven as it stands, and tells of every stop."""
    assert list(violations(problem, plan)) == []


def violations(problem: Problem, plan: Plan) -> Iterator[str]:
    """Everything that is wrong with a plan."""
    yield from _once(problem, plan)
    shifts = {shift.id: shift for shift in problem.shifts}
    seen = Counter(each.shift for each in plan.rounds)
    yield from (f"shift {name} drives {times} rounds" for name, times in seen.items() if times > 1)
    for each in plan.rounds:
        if each.shift not in shifts:
            yield f"there is no shift {each.shift}"
            continue
        yield from (
            f"{each.shift}: {wrong}"
            for wrong in _Checked(problem, shifts[each.shift], each).violations()
        )
    idle = set(shifts) - set(seen)
    yield from (f"{name} is under way and forgotten" for name in idle if shifts[name].driven)
    if plan.metres != sum(each.metres for each in plan.rounds):
        yield "metres do not add up"
    yield from _cost(problem, plan)


def _once(problem: Problem, plan: Plan) -> Iterator[str]:
    vain = {d.visit for shift in problem.shifts for d in shift.driven if not d.served}
    told = Counter(stop.visit for each in plan.rounds for stop in each.stops)
    left = Counter(each.visit for each in plan.unserved)
    for visit in problem.visits:
        expected = (1, 1) if visit.id in vain else None
        found = (told[visit.id], left[visit.id])
        if found != expected and (visit.id in vain or sorted(found) != [0, 1]):
            yield f"{visit.id} is driven {found[0]} times and left out {found[1]} times"
    unknown = (set(told) | set(left)) - {visit.id for visit in problem.visits}
    yield from (f"there is no visit {name}" for name in unknown)
    for out in plan.unserved:
        for language in ("vi", "en"):
            if not out.text(language).strip():
                yield f"{out.visit} is left out without a word"


def _cost(problem: Problem, plan: Plan) -> Iterator[str]:
    visits = {visit.id: visit for visit in problem.visits}
    rounds = sum(each.cost_dong for each in plan.rounds)
    missed = [visits[each.visit] for each in plan.unserved if each.why.value != "tried"]
    prizes = sum(visit.prize_dong for visit in missed if not visit.must)
    if plan.cost_dong != rounds + prizes:
        yield f"costs {plan.cost_dong}, rounds {rounds} and prizes {prizes}"


class _Checked:
    """One round beside its shift."""

    def __init__(self, problem: Problem, shift: Shift, each: PlannedRound) -> None:
        self.problem, self.shift, self.round = problem, shift, each
        self.visits = {visit.id: visit for visit in problem.visits}
        self.ahead = [stop for stop in each.stops if not stop.driven]

    def visit(self, stop: PlannedStop) -> Visit:
        return self.visits[stop.visit]

    def violations(self) -> Iterator[str]:
        yield from self.past()
        yield from self.windows()
        yield from self.movement()
        yield from self.loads()
        yield from self.hours()
        yield from self.lunch()
        yield from self.distances()

    # --- what is behind it ----------------------------------------------------------------------

    def past(self) -> Iterator[str]:
        driven = [stop for stop in self.round.stops if stop.driven]
        if list(self.round.stops[: len(driven)]) != driven:
            yield "what was driven does not come first"
        was = [(d.visit, d.trip, d.arrive, d.begin, d.leave) for d in self.shift.driven]
        if [(s.visit, s.trip, s.arrive, s.begin, s.leave) for s in driven] != was:
            yield "what was driven has changed"
        strangers = {
            name
            for shift in self.problem.shifts
            if shift is not self.shift
            for name in shift.aboard
        }
        for stop in self.ahead:
            if stop.visit in strangers:
                yield f"{stop.visit} lies on another vehicle"
            if stop.begin < self.problem.planned_at:
                yield f"{stop.visit} begins before it was planned"

    def under_way(self) -> bool:
        return bool(self.shift.driven or self.shift.aboard or self.shift.left_at)

    def current(self) -> int | None:
        """The number of the trip that has begun and goes on."""
        if not self.under_way() or self.shift.at_depot:
            return None
        return self.shift.driven[-1].trip if self.shift.driven else 0

    # --- each stop ------------------------------------------------------------------------------

    def windows(self) -> Iterator[str]:
        for stop in self.ahead:
            visit = self.visit(stop)
            if not any(each.start <= stop.begin <= each.end for each in visit.windows):
                yield f"{stop.visit} begins outside its windows"
            if stop.leave - stop.begin != timedelta(seconds=visit.service):
                yield f"{stop.visit} has another service time"
            if stop.arrive > stop.begin:
                yield f"{stop.visit} begins before arrival"
            if visit.release and not visit.delivers and stop.begin < visit.release:
                yield f"{stop.visit} begins before its release"
            trip = self.round.trips[stop.trip]
            loaded = stop.visit in self.shift.aboard and stop.trip == self.current()
            if visit.delivers and visit.release and trip.leave < visit.release and not loaded:
                yield f"{stop.visit} was not released when trip {stop.trip} left"

    def movement(self) -> Iterator[str]:
        """Nobody is anywhere before he can be there; the break is not time to drive."""
        place, free, trip = self.shift.depot, None, -1
        for stop in self.round.stops:
            goal = self.visit(stop).place
            if stop.trip < trip:
                yield f"{stop.visit} goes back to an earlier trip"
            while trip < stop.trip:
                if trip >= 0:
                    yield from self.homeward(trip, place, free)
                trip += 1
                place, free = self.shift.depot, self.round.trips[trip].leave
            if not stop.driven:
                assert free is not None
                since = max(free, self.free_at()) if self.is_next(stop) else free
                yield from self.leg(place, goal, (since, stop.arrive, stop.begin), stop.visit)
            place, free = goal, stop.leave
        if trip >= 0:
            yield from self.homeward(trip, place, free)
        if trip + 1 != len(self.round.trips) and (self.ahead or trip >= 0):
            yield f"{len(self.round.trips)} trips are told, {trip + 1} are driven"

    def is_next(self, stop: PlannedStop) -> bool:
        return bool(self.ahead) and stop is self.ahead[0] and self.under_way()

    def free_at(self) -> datetime:
        leave = [d.leave for d in self.shift.driven[-1:]]
        return self.shift.free_at or max([*leave, self.problem.planned_at])

    def leg(
        self, place: int, goal: int, times: tuple[datetime, datetime, datetime], name: str
    ) -> Iterator[str]:
        leave, arrive, begin = times
        seconds = self.problem.travel.seconds[place][goal]
        if arrive - leave < timedelta(seconds=seconds) + self.eaten(leave, arrive):
            yield f"{name} cannot be reached by {arrive:%H:%M:%S}"
        if begin - leave < timedelta(seconds=seconds) + self.eaten(leave, begin):
            yield f"{name} cannot begin by {begin:%H:%M:%S}"

    def eaten(self, since: datetime, until: datetime) -> timedelta:
        """How much of a stretch the break takes; it is not begun before and ended in it."""
        lunch = self.round.lunch
        if lunch is None or self.shift.lunch_taken:
            return timedelta(0)
        return max(min(until, lunch.end) - max(since, lunch.start), timedelta(0))

    def homeward(self, trip: int, place: int, free: datetime | None) -> Iterator[str]:
        assert free is not None
        told = self.round.trips[trip]
        past = self.current() is None and self.under_way() and trip <= self.shift.driven[-1].trip
        if past and not self.past_ends_in(trip):
            return
        seconds = self.problem.travel.seconds[place][self.shift.depot]
        if told.back - free < timedelta(seconds=seconds) + self.eaten(free, told.back):
            yield f"trip {trip} cannot be back by {told.back:%H:%M:%S}"
        following = self.round.trips[trip + 1] if trip + 1 < len(self.round.trips) else None
        begun = self.shift.driven[-1].trip if self.shift.driven else -1
        if following is None or trip + 1 <= begun:
            return
        rest = timedelta(seconds=self.shift.reload)
        if self.is_past(trip):
            rest, told_back = timedelta(0), self.free_at()
        else:
            told_back = told.back
        if following.leave - told_back < rest + self.eaten(told_back, following.leave):
            yield f"trip {trip + 1} leaves before it is loaded"

    def past_ends_in(self, trip: int) -> bool:
        """Whether the vehicle stands at the depot after this trip."""
        return bool(self.shift.driven) and trip == self.shift.driven[-1].trip

    def is_past(self, trip: int) -> bool:
        current = self.current()
        last = self.shift.driven[-1].trip if self.shift.driven else -1
        return trip <= last if current is None else trip < current

    # --- the round as a whole -------------------------------------------------------------------

    def loads(self) -> Iterator[str]:
        for number, trip in enumerate(self.round.trips):
            if self.is_past(number):
                continue
            current = number == self.current()
            stops = [stop for stop in self.round.stops if stop.trip == number]
            vain = {d.visit for d in self.shift.driven if not d.served}
            brought = {stop.visit for stop in stops}
            if current:
                new = {s.visit for s in stops if not s.driven and self.visit(s).delivers}
                yield from (f"{v} was never loaded" for v in new - set(self.shift.aboard))
                brought |= set(self.shift.aboard)
            items = sum(self.visits[name].deliver_items for name in brought)
            grams = sum(self.visits[name].deliver_grams for name in brought)
            if (items, grams) != (trip.load_items, trip.load_grams) and not current:
                yield f"trip {number} loads {trip.load_items} items of {items}"
            held = [(items, grams, False)]
            for stop in stops:
                visit = self.visit(stop)
                if stop.visit not in vain:
                    items += visit.collect_items - visit.deliver_items
                    grams += visit.collect_grams - visit.deliver_grams
                held.append((items, grams, not stop.driven))
            yield from self.too_much(number, held, current=current)

    def too_much(
        self, trip: int, held: list[tuple[int, int, bool]], *, current: bool
    ) -> Iterator[str]:
        """What lies on the vehicle already is a fact; nothing may be added to too much."""
        most_items, most_grams = self.shift.capacity_items, self.shift.capacity_grams
        if current:
            begun = [each for each in held if not each[2]][-1]
            most_items, most_grams = max(most_items, begun[0]), max(most_grams, begun[1])
        ahead = [each for each in held if each[2] or not current]
        for items, grams, _ in ahead:
            if items > most_items or grams > most_grams:
                yield f"trip {trip} carries {items} items and {grams} g"

    def hours(self) -> Iterator[str]:
        trips, shift = self.round.trips, self.shift
        if len(trips) > max(shift.max_trips, len({d.trip for d in shift.driven})):
            yield f"{len(trips)} trips"
        if trips and not self.under_way() and trips[0].leave < shift.window.start:
            yield "leaves before its shift"
        fresh = [trip for number, trip in enumerate(trips) if not self.is_past(number)]
        if self.current() is not None:
            fresh = fresh[1:]
        if any(trip.leave < self.problem.planned_at for trip in fresh):
            yield "leaves before it was planned"
        if trips and self.ahead and trips[-1].back > shift.window.end:
            yield "is back after its shift"

    def lunch(self) -> Iterator[str]:
        shift, trips, taken = self.shift, self.round.trips, self.round.lunch
        if shift.lunch is None:
            if taken:
                yield "has a break that nobody asked for"
            return
        if shift.lunch_taken:
            return
        over = shift.lunch.earliest + timedelta(seconds=shift.lunch.seconds)
        if not trips or trips[0].leave >= over or trips[-1].back <= shift.lunch.latest:
            return
        if taken is None:
            yield "has no break"
            return
        yield from self.well_laid(taken)

    def well_laid(self, taken: Window) -> Iterator[str]:
        lunch = self.shift.lunch
        assert lunch is not None
        latest = max(lunch.latest, self.free_at()) if self.under_way() else lunch.latest
        if taken.end - taken.start != timedelta(seconds=lunch.seconds):
            yield "has a break of another length"
        if not lunch.earliest <= taken.start <= latest:
            yield f"has its break at {taken.start:%H:%M:%S}"
        if not self.round.trips[0].leave <= taken.start:
            yield "has its break before it left"
        for stop in self.ahead:
            if stop.begin < taken.end and taken.start < stop.leave:
                yield f"serves {stop.visit} in its break"

    def distances(self) -> Iterator[str]:
        metres, place, trip, total = self.problem.travel.metres, self.shift.depot, 0, 0
        for stop in self.round.stops:
            if stop.trip != trip:
                total += metres[place][self.shift.depot]
                place, trip = self.shift.depot, stop.trip
            leg = metres[place][self.visit(stop).place]
            if leg != stop.metres:
                yield f"{stop.visit} is {leg} m away, {stop.metres} are told"
            total, place = total + leg, self.visit(stop).place
        total += metres[place][self.shift.depot]
        told = sum(each.metres for each in self.round.trips)
        if not total == told == self.round.metres:
            yield f"drives {total} m, {told} in trips, {self.round.metres} told"
