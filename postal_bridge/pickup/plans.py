"""A day's stops before and after planning, in words that belong to no solver.

Metres, seconds, grams, items and đồng are whole numbers; moments are aware and in UTC. A place is
an index into `Problem.places`, and into the rows and columns of `Problem.travel`.

What a plan must keep, and what the tests' own checker verifies:

* a stop's service begins inside one of its windows (it may end after it), and not before its
  `release`; what is to be delivered leaves the depot on a trip that starts at or after `release`
* on board at any moment: what was loaded at the start of the trip and is not delivered yet, and
  what was collected on it; never more items or grams than the shift's capacity
* a round leaves its depot and is back inside the shift's window; between two trips it stands
  `reload` at the depot; there are at most `max_trips` trips
* lunch: where the round leaves before the earliest lunch has passed and comes back after the
  latest beginning, it has one break of the whole length, which begins between the two, and in
  which nobody is served. It may lie on the way.
* what was driven stays as it was, in its order; nothing new begins before `planned_at`
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

NO_ROAD = 100_000_000
"""Metres, or seconds, between places that no road joins: nobody drives that far in a day."""


@dataclass(frozen=True, slots=True)
class Location:
    """A point on the map, in degrees (WGS 84)."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both included, aware, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Travel:
    """How far it is from each place to each other: `metres[from][to]`, `seconds[from][to]`.

    Where there is no way, both are `NO_ROAD`. From a place to itself both are 0.
    """

    metres: list[list[int]]
    seconds: list[list[int]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop to be made: something is collected there, or brought, or both.

    Attributes:
        id: of the request; unique in the problem.
        place: index into the problem's places.
        windows: one or several; the service begins in one of them.
        service: seconds at the door.
        collect_items, collect_grams: what is taken away, and brought to the depot.
        deliver_items, deliver_grams: what is loaded at the depot, and left here.
        must: it has to be served today, where that is possible at all.
        prize_dong: what it is worth to serve an optional one today; it waits where it costs more.
        release: not before then (see above); none where it is ready.
        priority: among those that must, the higher goes first where not all can be served.
        label: what people call it, for texts; the id where empty.
    """

    id: str
    place: int
    windows: tuple[Window, ...]
    service: int
    collect_items: int = 0
    collect_grams: int = 0
    deliver_items: int = 0
    deliver_grams: int = 0
    must: bool = True
    prize_dong: int = 0
    release: datetime | None = None
    priority: int = 0
    label: str = ""

    @property
    def delivers(self) -> bool:
        """Whether something must have been loaded at the depot for it."""
        return self.deliver_items > 0 or self.deliver_grams > 0


@dataclass(frozen=True, slots=True)
class Lunch:
    """One break of `seconds`, which begins between `earliest` and `latest`."""

    earliest: datetime
    latest: datetime
    seconds: int

    @property
    def over_by(self) -> datetime:
        """When the earliest lunch is over: who leaves then or later has eaten before."""
        return self.earliest + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Driven:
    """A stop that was made, or tried, as it was: it stays.

    Attributes:
        visit: its id.
        trip: of the round, from 0.
        served: no where nobody was there: nothing was collected or delivered then.
    """

    visit: str
    trip: int
    arrive: datetime
    begin: datetime
    leave: datetime
    served: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """One vehicle with its courier for a stretch of the day.

    Attributes:
        id: unique in the problem.
        depot: index into the problem's places: the round begins and ends there.
        window: it leaves at or after `start` and is back by `end`.
        capacity_items, capacity_grams: what the vehicle holds at once.
        fixed_dong: what it costs that the round takes place at all.
        lunch: none where the courier eats before or after.
        max_trips: how often it may set out, at least once.
        reload: seconds at the depot between two trips.
        driven: what was made already, in its order.
        left_at: when a round that is under way left the depot for its first trip.
        lunch_taken: when the break was begun, if it was.
        at_depot: the round that is under way stands at the depot, between two trips; the last
            one of `driven` ended there, at `free_at`.
        free_at: when a round that is under way can go on; at the last driven stop, or at the
            depot. None: where it left the last stop, or at `planned_at`, whichever is later.
        aboard: ids of visits whose deliveries are loaded already and not driven yet. Only this
            round can make them; others' deliveries come on board at the next reload.
    """

    id: str
    vehicle: str
    courier: str
    depot: int
    window: Window
    capacity_items: int
    capacity_grams: int
    fixed_dong: int = 0
    lunch: Lunch | None = None
    max_trips: int = 1
    reload: int = 0
    driven: tuple[Driven, ...] = ()
    left_at: datetime | None = None
    lunch_taken: datetime | None = None
    at_depot: bool = False
    free_at: datetime | None = None
    aboard: tuple[str, ...] = ()

    @property
    def under_way(self) -> bool:
        """Whether it has left for the day: what is done is kept and its fixed cost is spent."""
        return bool(self.driven or self.aboard or self.left_at)


@dataclass(frozen=True, slots=True)
class Problem:
    """A day (or what is left of it) to be planned.

    Attributes:
        places: of depots and visits.
        travel: between the places.
        visits: all of them, the driven ones, too.
        planned_at: the moment of planning: nothing new begins before.
        seed: of the solver's chance: the same seed and effort give the same plan.
        dong_per_km, dong_per_hour: what driving costs, and a courier's time under way.
    """

    places: tuple[Location, ...]
    travel: Travel
    visits: tuple[Visit, ...]
    shifts: tuple[Shift, ...]
    planned_at: datetime
    seed: int = 1
    dong_per_km: int = 3_000
    dong_per_hour: int = 0


# --- after planning -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """One stop of a round.

    Attributes:
        trip: from 0; the vehicle was at the depot in between.
        arrive, begin, leave: it may wait between the first two.
        metres: from the stop before, or from the depot.
        driven: it was made already and stays.
    """

    visit: str
    trip: int
    arrive: datetime
    begin: datetime
    leave: datetime
    metres: int
    driven: bool = False


@dataclass(frozen=True, slots=True)
class PlannedTrip:
    """From the depot to the depot.

    Attributes:
        leave, back: when it leaves the depot and when it is back.
        load_items, load_grams: loaded at its start, to be delivered.
        metres: with the way back.
    """

    leave: datetime
    back: datetime
    load_items: int
    load_grams: int
    metres: int


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """What one shift drives.

    Attributes:
        shift: its id.
        lunch: the break, where one is due in it.
        cost_dong: driving, time and the fixed cost.
    """

    shift: str
    stops: tuple[PlannedStop, ...]
    trips: tuple[PlannedTrip, ...]
    lunch: Window | None
    metres: int
    cost_dong: int


class Why(StrEnum):
    """Why a stop is not in the plan."""

    NO_SHIFTS = "no_shifts"
    OUTSIDE_SHIFTS = "outside_shifts"
    TOO_HEAVY = "too_heavy"
    TOO_MANY_ITEMS = "too_many_items"
    NO_ROAD = "no_road"
    UNREACHABLE_IN_TIME = "unreachable_in_time"
    RELEASED_TOO_LATE = "released_too_late"
    DAY_FULL = "day_full"
    MAY_WAIT = "may_wait"
    TRIED = "tried"


# fmt: off
WHY_TEXTS: dict[Why, tuple[str, str]] = {
    Why.NO_SHIFTS: (
        "“{visit}”: hôm nay không có ca xe nào. Hãy bố trí ca hoặc hẹn ngày khác.",
        "“{visit}”: no vehicle is on duty today. Put one on duty, or agree another day."),
    Why.OUTSIDE_SHIFTS: (
        "“{visit}” hẹn {windows}, ngoài giờ của mọi ca ({shifts}). Hãy hẹn lại giờ hoặc thêm ca.",
        "“{visit}” is agreed for {windows}, outside every shift ({shifts}). Agree another time, or add a shift."),
    Why.TOO_HEAVY: (
        "“{visit}” nặng {grams} g, quá sức chở của mọi xe (nhiều nhất {capacity} g). Hãy dùng xe lớn hơn hoặc chia lô.",
        "“{visit}” weighs {grams} g, more than any vehicle carries ({capacity} g at most). Use a larger one, or split it."),
    Why.TOO_MANY_ITEMS: (
        "“{visit}” có {items} bưu gửi, nhiều hơn chỗ của mọi xe (nhiều nhất {capacity}). Hãy dùng xe lớn hơn hoặc chia lô.",
        "“{visit}” has {items} items, more than any vehicle holds ({capacity} at most). Use a larger one, or split it."),
    Why.NO_ROAD: (
        "“{visit}”: không có đường đi từ bưu cục. Hãy kiểm tra vị trí trên bản đồ.",
        "“{visit}”: no road leads there from the post office. Check the place on the map."),
    Why.UNREACHABLE_IN_TIME: (
        "“{visit}”: dù chỉ đi riêng điểm này, sớm nhất {earliest} mới tới, trong khi hẹn {windows} và xe phải về trong ca ({shifts}). Hãy hẹn lại.",
        "“{visit}”: even alone it is reached at {earliest} at the earliest; it is agreed for {windows}, and the vehicle has to be back within its shift ({shifts}). Agree another time."),
    Why.RELEASED_TOO_LATE: (
        "“{visit}” đến {release} mới sẵn sàng, không kịp hẹn {windows} trong ca ({shifts}). Hãy hẹn lại.",
        "“{visit}” is ready at {release} only, too late for {windows} within a shift ({shifts}). Agree another time."),
    Why.DAY_FULL: (
        "“{visit}” đi riêng thì được, nhưng các ca trong ngày đã kín. Hãy thêm xe, thêm ca hoặc hẹn ngày khác.",
        "“{visit}” could be served alone, but the day's shifts are full. Add a vehicle or a shift, or agree another day."),
    Why.MAY_WAIT: (
        "“{visit}” chưa gấp: đi hôm nay tốn hơn {prize_dong} đồng. Để lượt sau.",
        "“{visit}” may wait: today it would cost more than {prize_dong} đồng. It is left for a later round."),
    Why.TRIED: (
        "“{visit}” đã tới lúc {arrive} nhưng không giao nhận được.",
        "“{visit}” was tried at {arrive}, without success."),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Unserved:
    """A stop that the plan leaves out.

    Attributes:
        why: stable; `text()` says it to people.
        facts: what the text needs, and a machine may read.
    """

    visit: str
    why: Why
    facts: dict[str, str | int] = field(default_factory=dict)

    def text(self, language: str = "vi") -> str:
        """The sentence in Vietnamese, or in English for `en`: what is wrong and what to do."""
        vietnamese, english = WHY_TEXTS[self.why]
        return (english if language == "en" else vietnamese).format(**self.facts)


class Stopped(StrEnum):
    """What ended the search."""

    DONE = "done"  # nothing better was found for long enough, or the iterations were made
    TIME = "time"  # the time was over
    NO_SEARCH = "no_search"  # a plan was made at once, without looking for better ones


@dataclass(frozen=True, slots=True)
class Plan:
    """Rounds for a day, and what they leave out.

    Attributes:
        cost_dong: of the rounds (driving, time, fixed) and the prizes of optional stops left out.
        solver: who made it, such as "pyvrp 0.14.1" or "greedy".
        iterations: the same seed and as many iterations give the same plan again.
        fallback: why the solver that should have made it did not; none where it did.
    """

    rounds: tuple[PlannedRound, ...]
    unserved: tuple[Unserved, ...]
    cost_dong: int
    metres: int
    seed: int
    solver: str
    iterations: int = 0
    stopped: Stopped = Stopped.NO_SEARCH
    fallback: str | None = None
