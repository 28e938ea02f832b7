"""Counts first: only the days on which the two sides count differently are listed.

A count says nothing about two faults that make up for each other, and nothing about what it does
not count by (procedure, promised day, fee). So every so many nights the whole list is compared
all the same, and the report says which kind of night it was.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from postal_bridge.clock import local_day
from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import OneStop, Slice, Tape
from postal_bridge.reconciliation.records import OurDossier

FULL, COUNTS = "full", "counts"
"""The two kinds of sweep, as nights and reports name them."""

_VALUES: Mapping[str, Sequence[int]] = {
    "status": [status for status in Status if status != Status.REFUSED],
    "channel": (1, 2, 3),
    "return_mode": (0, 1),
}
Span = tuple[date, date]


class OurCounts:
    """What our side counts to, by day and by one further field at a time."""

    def __init__(self, agencies: Mapping[str, str]) -> None:
        self._agencies = agencies
        self._counts: Tally[tuple[date, str, object]] = Tally()
        self.agencies: set[str] = set(agencies.values())

    def add(self, dossiers: Iterable[OurDossier]) -> None:
        """Count some more dossiers."""
        for one in dossiers:
            day = local_day(one.received_at)
            agency = self._agencies.get(one.department, one.department)
            self.agencies.add(agency)
            for field, value in (
                ("", None),
                ("status", one.status),
                ("agency", agency),
                ("channel", one.channel),
                ("return_mode", one.return_mode),
            ):
                self._counts[day, field, value] += 1

    def of(self, span: Span, field: str = "", value: object = None) -> int:
        """How many were received in the span, with this value of this field."""
        return sum(self._counts[day, field, value] for day in _days(span))


async def differing_days(
    ours: OurCounts, onestop: OneStop, span: Span, *, tape: Tape
) -> list[Span]:
    """The days whose counts differ, as spans; empty where every count agrees.

    First the days are counted as they are. Then, over the whole span, by each value of each
    field that the other side can count by; a value that differs is counted day by day. Refused
    dossiers are not ours to count, so where states can be counted theirs are left out too.
    """
    asking = _Asking(ours, onestop, span, tape)
    differing = {day for day in _days(span) if await asking.differs((day, day))}
    for field, value in asking.parts():
        if await asking.differs(span, field, value):
            for day in _days(span):
                if day not in differing and await asking.differs((day, day), field, value):
                    differing.add(day)
    return list(_spans(sorted(differing)))


class _Asking:
    def __init__(self, ours: OurCounts, onestop: OneStop, span: Span, tape: Tape) -> None:
        self._span = span
        self._refused: bool | None = None
        self._ours = ours
        self._onestop = onestop
        self._tape = tape

    def parts(self) -> Iterator[tuple[str, object]]:
        for field in sorted(self._onestop.countable - {"days"}):
            values = sorted(self._ours.agencies) if field == "agency" else _VALUES[field]
            yield from ((field, value) for value in values)

    async def differs(self, span: Span, field: str = "", value: object = None) -> bool:
        part = Slice(first=span[0], last=span[1])
        if field:
            part = replace(part, **{field: value})  # type: ignore[arg-type]  # the field's own kind
        there = await self._onestop.count(part, tape=self._tape)
        if field != "status" and await self._knows_refused():
            refused = replace(part, status=int(Status.REFUSED))
            there -= await self._onestop.count(refused, tape=self._tape)
        return there != self._ours.of(span, field, value)

    async def _knows_refused(self) -> bool:
        """Whether their counts hold refused dossiers that have to be taken off."""
        if self._refused is None:
            first, last = self._span
            refused = Slice(first=first, last=last, status=int(Status.REFUSED))
            countable = "status" in self._onestop.countable
            self._refused = countable and await self._onestop.count(refused, tape=self._tape) > 0
        return self._refused


def _days(span: Span) -> Iterator[date]:
    first, last = span
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _spans(days: Sequence[date]) -> Iterator[Span]:
    """Days in order as spans of neighbours: fewer lists to ask for."""
    start = end = None
    for day in days:
        if start is None or end is None:
            start = end = day
        elif day - end == timedelta(days=1):
            end = day
        else:
            yield start, end
            start = end = day
    if start is not None and end is not None:
        yield start, end
