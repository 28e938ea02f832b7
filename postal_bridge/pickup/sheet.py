"""The problem in whole seconds: what timing, filling in and explaining reckon with.

Second 0 is `Problem.planned_at`, or the next whole second; what was earlier is negative.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from postal_bridge.pickup.plans import Lunch, Problem, Shift, Visit

_SECOND = timedelta(seconds=1)
_MILLION = 1_000_000

EVER = 10**9
"""Seconds: later than any day that is planned."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit in seconds.

    Attributes:
        windows: (start, end) in which its service may begin, the release of a collection counted.
        release: the trip that brings it leaves then or later; what is only collected needs none.
        items, grams: (delivered, collected).
    """

    place: int
    windows: tuple[tuple[int, int], ...]
    service: int
    release: int
    items: tuple[int, int]
    grams: tuple[int, int]

    @property
    def delivers(self) -> bool:
        """Whether it has to be loaded at the depot."""
        return self.items[0] > 0 or self.grams[0] > 0


@dataclass(frozen=True, slots=True)
class Car:
    """A shift in seconds, from where it stands now.

    Attributes:
        number: of the shift in the problem.
        start, end: it sets out at `start` or later, and is back by `end`.
        place: where it stands: its depot, or the last stop that was driven.
        lunch: (earliest, latest, seconds); none where no break is due any more.
        ate_before: a round that sets out at `ate_before` needs no break.
        trip: the number of the trip that goes on, or begins next.
        mid_trip: whether that trip has begun.
        trips_left: how many may be driven, that one counted.
        held: (items, grams) on board until the depot, whatever is done: collected, or not taken.
        aboard: visits whose deliveries are on board.
    """

    number: int
    depot: int
    start: int
    end: int
    items: int
    grams: int
    fixed: int
    lunch: tuple[int, int, int] | None
    ate_before: int
    place: int
    trip: int
    mid_trip: bool
    trips_left: int
    reload: int
    held: tuple[int, int]
    aboard: tuple[int, ...]


class Sheet:
    """A problem's figures, by index: of `Problem.visits` and of `Problem.shifts`."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.origin = problem.planned_at + timedelta(
            microseconds=-problem.planned_at.microsecond % _MILLION
        )
        self.numbers = {visit.id: index for index, visit in enumerate(problem.visits)}
        self.stops = [self._stop(visit) for visit in problem.visits]
        self.cars = [self._car(number, shift) for number, shift in enumerate(problem.shifts)]

    @cached_property
    def open(self) -> list[int]:
        """The visits that nobody has driven."""
        driven = {each.visit for shift in self.problem.shifts for each in shift.driven}
        return [n for n, visit in enumerate(self.problem.visits) if visit.id not in driven]

    @cached_property
    def carrier_of(self) -> dict[int, int]:
        """Which car has a visit's delivery on board."""
        return {visit: number for number, car in enumerate(self.cars) for visit in car.aboard}

    def second(self, moment: datetime) -> int:
        """The first whole second that is not before this moment."""
        return -((self.origin - moment) // _SECOND)

    def until(self, moment: datetime) -> int:
        """The last whole second that is not after this moment."""
        return (moment - self.origin) // _SECOND

    def moment(self, second: int) -> datetime:
        """Seconds since planning as a moment."""
        return self.origin + timedelta(seconds=second)

    def _stop(self, visit: Visit) -> Stop:
        release = self.second(visit.release) if visit.release else 0
        opens = 0 if visit.delivers else release
        windows = ((self.second(each.start), self.until(each.end)) for each in visit.windows)
        kept = ((max(start, opens), end) for start, end in windows if end >= max(start, opens, 0))
        return Stop(
            place=visit.place,
            windows=tuple(sorted(kept)),
            service=visit.service,
            release=release if visit.delivers else 0,
            items=(visit.deliver_items, visit.collect_items),
            grams=(visit.deliver_grams, visit.collect_grams),
        )

    def _car(self, number: int, shift: Shift) -> Car:
        mid_trip = shift.under_way and not shift.at_depot
        trip = self._trip(shift)
        start = self._start(shift)
        moving = mid_trip and shift.driven
        last = self.problem.visits[self.numbers[shift.driven[-1].visit]] if moving else None
        return Car(
            number=number,
            depot=shift.depot,
            start=start,
            end=self.until(shift.window.end),
            items=shift.capacity_items,
            grams=shift.capacity_grams,
            fixed=0 if shift.under_way else shift.fixed_dong,
            lunch=self._lunch(shift, start),
            ate_before=self._ate_before(shift),
            place=last.place if last else shift.depot,
            trip=trip,
            mid_trip=mid_trip,
            trips_left=max(shift.max_trips - trip, int(mid_trip)),
            reload=shift.reload,
            held=self._held(shift, trip) if mid_trip else (0, 0),
            aboard=tuple(self.numbers[each] for each in shift.aboard),
        )

    def _trip(self, shift: Shift) -> int:
        last = shift.driven[-1].trip if shift.driven else 0
        return last + 1 if shift.at_depot and shift.driven else last

    def _start(self, shift: Shift) -> int:
        if not shift.under_way:
            begin = max(self.second(shift.window.start), 0)
            too_late = shift.lunch and begin > self.until(shift.lunch.latest)
            # Who cannot begin the break on the way any more has it before setting out.
            return max(begin, self._ate_before(shift)) if too_late else begin
        since = [shift.driven[-1].leave] if shift.driven else []
        since += [shift.left_at] if shift.left_at and not shift.driven else []
        free = shift.free_at or max([*since, self.problem.planned_at])
        return max(self.second(free), 0)

    def _lunch(self, shift: Shift, start: int) -> tuple[int, int, int] | None:
        lunch = shift.lunch
        if lunch is None or shift.lunch_taken is not None:
            return None
        if shift.left_at is not None and shift.left_at >= lunch.over_by:
            return None
        latest = self.until(lunch.latest)
        if not shift.under_way and start > latest:
            return None
        overdue = max(latest, start) if shift.under_way else latest
        return self.second(lunch.earliest), overdue, lunch.seconds

    def _ate_before(self, shift: Shift) -> int:
        """From when on a round that sets out needs no break; for one that is under way, never."""
        lunch: Lunch | None = shift.lunch
        if lunch is None or shift.under_way:
            return EVER
        return self.second(lunch.over_by)

    def _held(self, shift: Shift, trip: int) -> tuple[int, int]:
        visits = self.problem.visits
        now = [each for each in shift.driven if each.trip == trip]
        done = [visits[self.numbers[each.visit]] for each in now if each.served]
        missed = [visits[self.numbers[each.visit]] for each in now if not each.served]
        items = sum(v.collect_items for v in done) + sum(v.deliver_items for v in missed)
        grams = sum(v.collect_grams for v in done) + sum(v.deliver_grams for v in missed)
        return items, grams
