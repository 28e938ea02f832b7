"""A plan out of orders of stops: with times, what was driven before them, and what is left out."""

from dataclasses import dataclass
from datetime import timedelta

from postal_bridge.pickup.feasibility import impossible, left_out, tried
from postal_bridge.pickup.filling import Rounds, in_order
from postal_bridge.pickup.plans import (
    Plan,
    PlannedRound,
    PlannedStop,
    PlannedTrip,
    Shift,
    Stopped,
    Unserved,
    Window,
)
from postal_bridge.pickup.sheet import Sheet
from postal_bridge.pickup.timing import Timed

_METRES_A_KM = 1_000
_AN_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Made:
    """Who made it and how; see `Plan`."""

    solver: str
    iterations: int = 0
    stopped: Stopped = Stopped.NO_SEARCH


def assemble(
    sheet: Sheet,
    orders: list[list[list[int]]],
    made: Made,
    *,
    refused: dict[int, Unserved] | None = None,
) -> Plan:
    """The plan that drives these orders of stops.

    Whatever of them cannot be driven is taken out, and put in elsewhere where it fits: what a
    solver says is an offer, and only what our own reckoning of times allows becomes a plan.

    Args:
        sheet: the problem.
        orders: for each shift its trips, each of numbers of visits.
        made: who made them.
        refused: what `impossible` said; it is asked where none is given.
    """
    refused = impossible(sheet) if refused is None else refused
    rounds = Rounds(sheet)
    for car, trips in enumerate(orders):
        rounds.take(car, [[n for n in trip if n not in refused] for trip in trips])
    served = rounds.served()
    missing = [n for n in sheet.open if n not in served and n not in refused]
    missing = rounds.fill(in_order(sheet, missing))
    reasons = {**refused, **left_out(rounds, missing)}
    vain = [each for shift in sheet.problem.shifts for each in tried(sheet, shift.driven)]
    planned = tuple(_rounds(rounds))
    prizes = sum(_prize(sheet, number) for number in reasons)
    return Plan(
        rounds=planned,
        unserved=(*vain, *(reasons[number] for number in sorted(reasons))),
        cost_dong=sum(each.cost_dong for each in planned) + prizes,
        metres=sum(each.metres for each in planned),
        seed=sheet.problem.seed,
        solver=made.solver,
        iterations=made.iterations,
        stopped=made.stopped,
    )


def _prize(sheet: Sheet, number: int) -> int:
    visit = sheet.problem.visits[number]
    return 0 if visit.must else visit.prize_dong


def _rounds(rounds: Rounds) -> list[PlannedRound]:
    found = []
    for number, shift in enumerate(rounds.sheet.problem.shifts):
        timed = rounds.timed[number]
        if shift.under_way or any(rounds.trips[number]):
            found.append(_round(rounds.sheet, number, shift, timed))
    return found


def _round(sheet: Sheet, number: int, shift: Shift, timed: Timed | None) -> PlannedRound:
    stops, trips = _driven(sheet, shift)
    if timed is not None:
        stops += [
            PlannedStop(
                visit=sheet.problem.visits[each.visit].id,
                trip=each.trip,
                arrive=sheet.moment(each.arrive),
                begin=sheet.moment(each.begin),
                leave=sheet.moment(each.leave),
                metres=each.metres,
            )
            for each in timed.stops
        ]
        trips = _joined(sheet, number, trips, timed)
    metres = sum(each.metres for each in trips)
    return PlannedRound(
        shift=shift.id,
        stops=tuple(stops),
        trips=tuple(trips),
        lunch=_lunch(sheet, shift, timed),
        metres=metres,
        cost_dong=_cost(sheet, shift, trips, metres),
    )


def _driven(sheet: Sheet, shift: Shift) -> tuple[list[PlannedStop], list[PlannedTrip]]:
    """What is behind it: its stops, and its trips; the last of them may still be under way."""
    problem, stops, trips = sheet.problem, [], []
    for trip in dict.fromkeys(each.trip for each in shift.driven):
        place, metres = shift.depot, 0
        made = [each for each in shift.driven if each.trip == trip]
        for each in made:
            goal = problem.visits[sheet.numbers[each.visit]].place
            leg = problem.travel.metres[place][goal]
            place, metres = goal, metres + leg
            times = (each.arrive, each.begin, each.leave)
            stops.append(PlannedStop(each.visit, trip, *times, leg, driven=True))
        trips.append(_past_trip(sheet, shift, trip, (place, metres)))
    return stops, trips


def _past_trip(sheet: Sheet, shift: Shift, trip: int, end: tuple[int, int]) -> PlannedTrip:
    problem = sheet.problem
    made = [each for each in shift.driven if each.trip == trip]
    visits = [problem.visits[sheet.numbers[each.visit]] for each in made]
    if trip == shift.driven[-1].trip and not shift.at_depot:
        visits += [problem.visits[sheet.numbers[each]] for each in shift.aboard]
    place, metres = end
    left = shift.left_at if trip == 0 else None
    back = timedelta(seconds=problem.travel.seconds[place][shift.depot])
    return PlannedTrip(
        leave=left or made[0].arrive - _leg(sheet, shift, made[0].visit),
        back=made[-1].leave + back,
        load_items=sum(each.deliver_items for each in visits),
        load_grams=sum(each.deliver_grams for each in visits),
        metres=metres + problem.travel.metres[place][shift.depot],
    )


def _leg(sheet: Sheet, shift: Shift, visit: str) -> timedelta:
    place = sheet.problem.visits[sheet.numbers[visit]].place
    return timedelta(seconds=sheet.problem.travel.seconds[shift.depot][place])


def _joined(sheet: Sheet, number: int, past: list[PlannedTrip], timed: Timed) -> list[PlannedTrip]:
    """The trips behind it and before it; the one that is under way is both."""
    car, shift = sheet.cars[number], sheet.problem.shifts[number]
    ahead = [
        PlannedTrip(
            leave=sheet.moment(each.leave),
            back=sheet.moment(each.back),
            load_items=each.items,
            load_grams=each.grams,
            metres=each.metres,
        )
        for each in timed.trips
    ]
    if not (car.mid_trip and ahead):
        return past + ahead
    if not past:
        first = ahead[0]
        left = shift.left_at or first.leave
        joined = PlannedTrip(left, first.back, first.load_items, first.load_grams, first.metres)
        return [joined, *ahead[1:]]
    begun, rest = past[-1], ahead[0]
    way_back = sheet.problem.travel.metres[car.place][shift.depot]
    joined = PlannedTrip(
        leave=begun.leave,
        back=rest.back,
        load_items=begun.load_items,
        load_grams=begun.load_grams,
        metres=begun.metres - way_back + rest.metres,
    )
    return [*past[:-1], joined, *ahead[1:]]


def _lunch(sheet: Sheet, shift: Shift, timed: Timed | None) -> Window | None:
    if shift.lunch and shift.lunch_taken:
        length = timedelta(seconds=shift.lunch.seconds)
        return Window(shift.lunch_taken, shift.lunch_taken + length)
    if timed is None or timed.lunch is None:
        return None
    return Window(sheet.moment(timed.lunch[0]), sheet.moment(timed.lunch[1]))


def _cost(sheet: Sheet, shift: Shift, trips: list[PlannedTrip], metres: int) -> int:
    problem = sheet.problem
    under_way = (trips[-1].back - trips[0].leave).total_seconds() if trips else 0
    hours = int(under_way) * problem.dong_per_hour // _AN_HOUR
    return metres * problem.dong_per_km // _METRES_A_KM + hours + shift.fixed_dong
