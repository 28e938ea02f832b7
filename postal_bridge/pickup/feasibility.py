"""Why a stop cannot be served, before a plan is made, and after."""

from collections.abc import Iterable
from datetime import datetime

from postal_bridge.clock import format_local, to_local
from postal_bridge.pickup.filling import Rounds
from postal_bridge.pickup.plans import NO_ROAD, Driven, Unserved, Why, Window
from postal_bridge.pickup.sheet import Car, Sheet, Stop
from postal_bridge.pickup.timing import drive

_MILLI = 1_000


def impossible(sheet: Sheet) -> dict[int, Unserved]:
    """What nobody could serve, even alone: by number of the visit, with why."""
    found: dict[int, Unserved] = {}
    for number in sheet.open:
        if not any(_alone(sheet, car, number) for car in sheet.cars):
            found[number] = _refused(sheet, number)
    return found


def _alone(sheet: Sheet, car: Car, number: int) -> bool:
    if drive(sheet, car, [[number]]):
        return True
    return car.mid_trip and car.trips_left > 1 and drive(sheet, car, [[], [number]]) is not None


def _refused(sheet: Sheet, number: int) -> Unserved:
    visit, stop = sheet.problem.visits[number], sheet.stops[number]
    if not sheet.cars:
        return _unserved(sheet, number, Why.NO_SHIFTS)
    roomy = [car for car in sheet.cars if _holds(car, stop)]
    if not roomy:
        return _too_large(sheet, number)
    if all(_cut_off(sheet, car, stop) for car in roomy):
        return _unserved(sheet, number, Why.NO_ROAD)
    windows = [(sheet.second(each.start), sheet.until(each.end)) for each in visit.windows]
    if not any(_overlap(car, window) for car in sheet.cars for window in windows):
        return _unserved(sheet, number, Why.OUTSIDE_SHIFTS)
    if visit.release and _in_time_without_release(sheet, number):
        return _unserved(sheet, number, Why.RELEASED_TOO_LATE, release=_hour(visit.release))
    earliest = min(_earliest(sheet, car, stop) for car in roomy)
    shown = _hour(sheet.moment(earliest))
    return _unserved(sheet, number, Why.UNREACHABLE_IN_TIME, earliest=shown)


def _holds(car: Car, stop: Stop) -> bool:
    return max(stop.items) <= car.items and max(stop.grams) <= car.grams


def _too_large(sheet: Sheet, number: int) -> Unserved:
    stop = sheet.stops[number]
    most = max(car.items for car in sheet.cars)
    if max(stop.items) > most:
        return _unserved(sheet, number, Why.TOO_MANY_ITEMS, items=max(stop.items), capacity=most)
    able = [car.grams for car in sheet.cars if max(stop.items) <= car.items]
    return _unserved(sheet, number, Why.TOO_HEAVY, grams=max(stop.grams), capacity=max(able))


def _cut_off(sheet: Sheet, car: Car, stop: Stop) -> bool:
    seconds = sheet.problem.travel.seconds
    there, back = seconds[car.place][stop.place], seconds[stop.place][car.depot]
    return max(there, back) >= NO_ROAD


def _overlap(car: Car, window: tuple[int, int]) -> bool:
    return window[0] <= car.end and window[1] >= car.start


def _earliest(sheet: Sheet, car: Car, stop: Stop) -> int:
    leave = car.start if car.mid_trip else max(car.start, stop.release)
    return leave + sheet.problem.travel.seconds[car.place][stop.place]


def _in_time_without_release(sheet: Sheet, number: int) -> bool:
    """Whether it is only the release that keeps it from being served."""
    kept = sheet.stops[number]
    visit = sheet.problem.visits[number]
    windows = ((sheet.second(each.start), sheet.until(each.end)) for each in visit.windows)
    sheet.stops[number] = Stop(
        kept.place, tuple(sorted(windows)), kept.service, 0, kept.items, kept.grams
    )
    try:
        return any(_alone(sheet, car, number) for car in sheet.cars)
    finally:
        sheet.stops[number] = kept


def left_out(rounds: Rounds, numbers: Iterable[int]) -> dict[int, Unserved]:
    """Why a finished plan leaves out stops that could be served alone."""
    found: dict[int, Unserved] = {}
    for number in numbers:
        visit = rounds.sheet.problem.visits[number]
        place = None if visit.must else rounds.cheapest(number)
        if place is None:
            found[number] = _unserved(rounds.sheet, number, Why.DAY_FULL)
        else:
            extra = -(-place.added // _MILLI)
            found[number] = _unserved(
                rounds.sheet, number, Why.MAY_WAIT, prize_dong=visit.prize_dong, extra_dong=extra
            )
    return found


def tried(sheet: Sheet, stops: Iterable[Driven]) -> list[Unserved]:
    """What was driven to, in vain."""
    return [
        _unserved(sheet, sheet.numbers[each.visit], Why.TRIED, arrive=_hour(each.arrive))
        for each in stops
        if not each.served
    ]


def _unserved(sheet: Sheet, number: int, why: Why, **facts: str | int) -> Unserved:
    visit, shifts = sheet.problem.visits[number], sheet.problem.shifts
    said: dict[str, str | int] = {
        "visit": visit.label or visit.id,
        "windows": ", ".join(_hours(each) for each in visit.windows),
        "shifts": ", ".join(dict.fromkeys(_hours(each.window) for each in shifts)),
    }
    return Unserved(visit.id, why, {**said, **facts})


def _hours(window: Window) -> str:
    start, end = to_local(window.start), to_local(window.end)
    return f"{start:%H:%M}–{end:%H:%M %d/%m/%Y}"


def _hour(moment: datetime) -> str:
    return format_local(moment)
