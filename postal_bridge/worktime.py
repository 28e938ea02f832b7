"""When the offices work, and when a dossier is due.

Deadlines are counted in working time: the morning and afternoon sessions of working days, exact
to the second. Public holidays come from the `holidays` library (Labour Code 2019 art. 112, days
off in lieu, and the yearly swaps with their make-up Saturdays); `config/calendar.toml` wins over
it, because swaps are decided each year. All moments are aware; answers are in UTC.

The end of a session belongs to working time: what is due at the end of the afternoon is due at
17:30 that day, not at 07:30 on the next. Counting never *begins* at the end of a session.
"""

import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from postal_bridge.clock import at_local, to_local, to_utc
from postal_bridge.errors import Misuse

Session = tuple[time, time]
"""Opening and closing wall time of one session in Vietnam, such as 07:30 and 11:30."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


class LimitUnit(StrEnum):
    """What a procedure's time limit is counted in."""

    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True)
class TimeLimit:
    """A procedure's time limit: 5 working days, 10 days, 4 working hours."""

    value: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"a time limit cannot be negative: {self.value}")


@dataclass(frozen=True)
class YearDays:
    """The exceptions of one year: weekdays that are off, rest days that are worked."""

    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()


class CalendarPlan(Protocol):
    """What `[calendar]` of the settings says."""

    @property
    def file(self) -> Path:
        """The file of swaps and make-up days; absolute."""
        ...

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of a working day, in order."""
        ...

    @property
    def rest_days(self) -> Sequence[str]:
        """The weekly rest days, in English, lower case."""
        ...


class WorkCalendar:
    """The offices' calendar.

    Args:
        sessions: of every working day, in order, not overlapping.
        rest_days: weekly rest days by name, such as `saturday`.
        days_off: days off whatever anybody else says.
        make_up_days: days worked whatever anybody else says.
        year_days: the exceptions of a year, asked once per year when it is first needed;
            `days_off` and `make_up_days` win over it.
    """

    def __init__(
        self,
        sessions: Sequence[Session],
        rest_days: Collection[str],
        days_off: Collection[date] = (),
        make_up_days: Collection[date] = (),
        *,
        year_days: Callable[[int], YearDays] | None = None,
    ) -> None:
        edges = [edge for session in sessions for edge in session]
        if not edges or edges != sorted(set(edges)):
            raise ValueError("sessions must follow each other and may not overlap")
        self._rest_days = frozenset(WEEKDAYS.index(name) for name in rest_days)
        if len(self._rest_days) == len(WEEKDAYS):
            raise ValueError("a week needs a working day")
        both = set(days_off) & set(make_up_days)
        if both:
            raise ValueError(f"{min(both)} cannot be a day off and worked at once")
        self._sessions = tuple(sessions)
        self._full_day = sum((_length(session) for session in sessions), timedelta())
        self._days_off = frozenset(days_off)
        self._make_up_days = frozenset(make_up_days)
        self._year_days = year_days or (lambda _year: YearDays())
        self._years: dict[int, YearDays] = {}

    @classmethod
    def load(cls, plan: CalendarPlan) -> "WorkCalendar":
        """The calendar of Vietnam as the settings describe it.

        Raises:
            Misuse: the calendar file is missing or not in order; the text names the entry.
        """
        days_off, make_up_days = read_calendar_file(plan.file)
        return cls(plan.sessions, plan.rest_days, days_off, make_up_days, year_days=public_holidays)

    @property
    def minutes_per_day(self) -> int:
        """Working minutes of a full day; 480 for the usual sessions."""
        return self._full_day // _MINUTE

    def is_working_day(self, day: date) -> bool:
        """Whether the offices work on this day."""
        if day in self._days_off or day in self._make_up_days:
            return day in self._make_up_days
        if day.year not in self._years:
            self._years[day.year] = self._year_days(day.year)
        year = self._years[day.year]
        if day in year.make_up_days:
            return True
        return day.weekday() not in self._rest_days and day not in year.days_off

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day

    def is_open(self, moment: datetime) -> bool:
        """Whether the doors are open; at 11:30 sharp they are closed."""
        local = to_local(moment)
        return self.is_working_day(local.date()) and any(
            opens <= local.time() < closes for opens, closes in self._sessions
        )

    def start_of_counting(self, received_at: datetime, *, cutoff: time | None = None) -> datetime:
        """From when a dossier's time limit is counted.

        What is received outside the sessions counts from the next session; what is received
        after the cut-off (many procedures: "sau 15 giờ") counts from the next working day.
        """
        local = to_local(received_at)
        if cutoff and local.time() > cutoff and self.is_working_day(local.date()):
            return self._opening(self.next_working_day(local.date()))
        return self._next_open(received_at)

    def add_working_minutes(self, start: datetime, minutes: int) -> datetime:
        """The moment when `minutes` (0 or more) of working time have passed since `start`."""
        if minutes < 0:
            raise ValueError(f"working time cannot be taken away: {minutes} minutes")
        return self._add(start, minutes * _MINUTE)

    def working_minutes_between(self, a: datetime, b: datetime) -> int:
        """Whole working minutes from `a` to `b`; negative when `b` lies before `a`."""
        if to_utc(b) < to_utc(a):
            return -(self._between(b, a) // _MINUTE)
        return self._between(a, b) // _MINUTE

    def deadline(
        self, received_at: datetime, limit: TimeLimit, *, cutoff: time | None = None
    ) -> datetime:
        """When a dossier is due; always in working time.

        A working day is the working time of a full day (8 hours), an hour is a working hour. A
        limit in calendar days keeps the time of day; when its last day is a rest day, it ends at
        the end of the next working day (Civil Code 2015 art. 148.5).
        """
        start = self.start_of_counting(received_at, cutoff=cutoff)
        if limit.unit is LimitUnit.WORKING_DAY:
            return self._add(start, limit.value * self._full_day)
        if limit.unit is LimitUnit.HOUR:
            return self._add(start, timedelta(hours=limit.value))
        local = to_local(start)
        last = local.date() + limit.value * _DAY
        if self.is_working_day(last):
            return at_local(last, local.time())
        return at_local(self.next_working_day(last), self._sessions[-1][1])

    def resume(
        self, promised_at: datetime, *, paused_at: datetime, resumed_at: datetime
    ) -> datetime:
        """The new promised moment after a pause, such as the wait for a supplement.

        The working time that was left when it paused is left when it resumes; a dossier that was
        overdue by some hours stays overdue by as many.
        """
        if to_utc(resumed_at) < to_utc(paused_at):
            raise ValueError("a dossier cannot resume before it paused")
        lost = self._between(paused_at, resumed_at)
        return self._add(promised_at, lost) if lost else to_utc(promised_at)

    def _opening(self, day: date) -> datetime:
        return at_local(day, self._sessions[0][0])

    def _open_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if self.is_working_day(day):
            for opens, closes in self._sessions:
                yield at_local(day, opens), at_local(day, closes)

    def _next_open(self, moment: datetime) -> datetime:
        """The moment itself while the doors are open, else when they open next."""
        day = to_local(moment).date()
        for opens, closes in self._open_spans(day):
            if moment < closes:
                return max(to_utc(moment), opens)
        return self._opening(self.next_working_day(day))

    def _add(self, start: datetime, left: timedelta) -> datetime:
        day = to_local(start).date()
        if not left and any(opens <= start <= closes for opens, closes in self._open_spans(day)):
            return to_utc(start)
        moment = self._next_open(start)
        day = to_local(moment).date()
        while True:
            if moment == self._opening(day) and left > self._full_day:
                left -= self._full_day
            else:
                for opens, closes in self._open_spans(day):
                    begin = max(opens, moment)
                    if begin < closes and left <= closes - begin:
                        return begin + left
                    left -= max(closes - begin, timedelta())
            day = self.next_working_day(day)
            moment = self._opening(day)

    def _between(self, a: datetime, b: datetime) -> timedelta:
        """Working time from `a` to `b`; nothing when `b` is not after `a`."""
        first, last = to_local(a).date(), to_local(b).date()
        total, day = timedelta(), first
        while day <= last:
            if first < day < last:
                total += self._full_day if self.is_working_day(day) else timedelta()
            else:
                for opens, closes in self._open_spans(day):
                    total += max(min(b, closes) - max(a, opens), timedelta())
            day += _DAY
        return total


def _length(session: Session) -> timedelta:
    opens, closes = session
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)


def public_holidays(year: int) -> YearDays:
    """The public holidays of Vietnam in a year, with days in lieu and make-up Saturdays.

    The library lists some make-up days only with the year of the holiday that they make up for
    (05/01/2019 for 31/12/2018), so the neighbouring years are asked too. The first call loads the
    library, about 0.4 s.
    """
    import holidays  # heavy; loaded when a calendar is first asked

    days_off: set[date] = set()
    make_up_days: set[date] = set()
    for asked in (year - 1, year, year + 1):
        found = holidays.country_holidays("VN", years=asked, expand=False)
        days_off.update(day for day in found if day.year == year)
        make_up_days.update(day for day in found.weekend_workdays if day.year == year)
    return YearDays(frozenset(days_off), frozenset(make_up_days))


def read_calendar_file(file: Path) -> tuple[frozenset[date], frozenset[date]]:
    """The days off and the days worked that `calendar.toml` states.

    Raises:
        Misuse: the file is missing or an entry is not in order.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misuse(f"{file}: the calendar cannot be read: {error}") from error
    stated: dict[str, list[date]] = {"off": [], "work": []}
    for name, keys in (("swap", ("off", "work")), ("off", ("day",)), ("work", ("day",))):
        for entry in _entries(tables.pop(name, []), where=f"{file}: [[{name}]]"):
            for key in keys:
                side = name if key == "day" else key
                stated[side].append(_stated_day(entry, key, where=f"{file}: [[{name}]]"))
            _no_more_keys(entry, {*keys, "source"}, where=f"{file}: [[{name}]]")
    if tables:
        raise Misuse(f"{file}: no such table [[{min(tables)}]]; there are swap, off and work")
    twice = set(stated["off"]) & set(stated["work"])
    if twice:
        raise Misuse(f"{file}: {min(twice)} cannot be a day off and worked at once")
    return frozenset(stated["off"]), frozenset(stated["work"])


def _entries(tables: object, *, where: str) -> list[dict[str, Any]]:
    if isinstance(tables, list) and all(isinstance(entry, dict) for entry in tables):
        return tables
    raise Misuse(f"{where} is written with two brackets, once for each entry")


def _stated_day(entry: dict[str, Any], key: str, *, where: str) -> date:
    day = entry.get(key)
    if not isinstance(day, date) or isinstance(day, datetime):
        raise Misuse(f"{where} needs {key} = YYYY-MM-DD, not {day!r}")
    return day


def _no_more_keys(entry: dict[str, Any], known: set[str], *, where: str) -> None:
    if not isinstance(entry.get("source"), str):
        raise Misuse(f"{where} needs source = the decision it rests on")
    if set(entry) - known:
        raise Misuse(f"{where} has no key {min(set(entry) - known)}; there are {sorted(known)}")
