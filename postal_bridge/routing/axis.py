"""A day without its lunch: how a break is told to a solver that knows none.

The break is cut out of the time: what comes after it moves forward by its length. A round on this
shorter axis is driven in truth by stopping for the break where the cut is: a stop that has begun
is finished first (so none may begin before the cut that ends after the break's latest beginning),
a drive is interrupted. Every round that is possible on the axis can therefore be driven, with a
break that begins between its earliest and its latest moment; the cut itself is chosen once for all
shifts with the same break. Shifts that end before the cut, or begin after it, share the axis.

Second 0 of the axis is a second before planning, when rounds that are under way set out again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postal_bridge.pickup.sheet import EVER, Car, Stop

NOW = 1
"""The moment of planning on the axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A day from which `length` seconds are cut out at `cut` (both in seconds since planning).

    Attributes:
        latest: when the break begins at the latest.
    """

    cut: int = EVER
    length: int = 0
    latest: int = EVER

    def at(self, second: int) -> int:
        """Where a moment lies; all of the break lies at the cut."""
        if second <= self.cut:
            return second + NOW
        return max(second - self.length, self.cut) + NOW

    def windows(self, stop: Stop) -> list[tuple[int, int]]:
        """Where a stop's service may begin."""
        pieces: list[tuple[int, int]] = []
        for start, end in stop.windows:
            last = min(end, self.cut, self.latest - stop.service)
            if start <= last:
                pieces.append((start + NOW, last + NOW))
            first = max(start - self.length, self.cut)
            if self.length and end - self.length >= first:
                pieces.append((first + NOW, end - self.length + NOW))
        return _joined(pieces)

    def holds(self, car: Car) -> bool:
        """Whether a shift without a break can be told on it."""
        return not self.length or car.end <= self.cut or car.start >= self.cut + self.length


def _joined(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def axes(cars: Sequence[Car], stops: Sequence[Stop]) -> tuple[list[Axis], list[int]]:
    """The axes that are needed, and for each shift the number of its own."""
    found: list[Axis] = []
    hungry = [_lunch(car) for car in cars]
    for lunch in hungry:
        if lunch and not any(_same(axis, lunch) for axis in found):
            found.append(_cut(lunch, stops))
    numbers = []
    for car, lunch in zip(cars, hungry, strict=True):
        fitting = (n for n, axis in enumerate(found) if _fits(axis, car, lunch))
        number = next(fitting, None)
        if number is None:
            number = len(found)
            found.append(Axis())
        numbers.append(number)
    return found, numbers


def _lunch(car: Car) -> tuple[int, int, int] | None:
    """The break that a shift may have to hold; none where it is back before, or leaves after."""
    if car.lunch is None or car.end <= car.lunch[1] or car.start >= car.ate_before:
        return None
    return car.lunch


def _same(axis: Axis, lunch: tuple[int, int, int]) -> bool:
    earliest, latest, length = lunch
    return (axis.length, axis.latest) == (length, latest) and earliest <= axis.cut <= latest


def _fits(axis: Axis, car: Car, lunch: tuple[int, int, int] | None) -> bool:
    return _same(axis, lunch) if lunch else axis.holds(car)


def _cut(lunch: tuple[int, int, int], stops: Iterable[Stop]) -> Axis:
    """Of some moments for the break the one that leaves the stops the most of their windows."""
    earliest, latest, length = lunch
    moments = sorted({max(each, 0) for each in (earliest, (earliest + latest) // 2, latest)})
    tried = [Axis(cut, length, latest) for cut in moments]
    kept = list(stops)

    def left(axis: Axis) -> tuple[int, int]:
        pieces = [axis.windows(stop) for stop in kept]
        return sum(map(bool, pieces)), sum(end - start for each in pieces for start, end in each)

    return max(tried, key=left)
