"""The post's timetable between the centre and the offices: two runs on every working day.

A run leaves the centre, is at the office within the same half-day, takes what lies ready there and
is back before the session ends. What a run brings can therefore go back with the next one at the
earliest.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from postal_bridge.clock import at_local, day_bounds
from postal_bridge.worktime import WorkCalendar

RUN_TIMES = (
    (time(10), time(10, 30), time(11, 10)),
    (time(15, 30), time(16), time(16, 40)),
)
"""Local times at which each run leaves the centre, is at the office, and is back."""

SORTING = timedelta(minutes=30)
"""What is accepted later than this before a run leaves goes with the next one: so a dossier taken
before 15:00 leaves on the same day."""

HANDING_OVER = timedelta(minutes=10)
"""What is ready later than this before the courier comes waits at the office for the next run."""


@dataclass(frozen=True, order=True)
class Run:
    """One round trip; aware moments in UTC."""

    leaves_at: datetime
    at_office_at: datetime
    back_at: datetime


class Timetable:
    """The working days of a period and their runs."""

    def __init__(self, calendar: WorkCalendar, *, first_day: date, last_day: date) -> None:
        """Take the working days from `first_day` to `last_day` inclusive."""
        days = (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1))
        self.days = tuple(day for day in days if calendar.is_working_day(day))
        self.runs = tuple(
            Run(*(at_local(day, moment) for moment in times))
            for day in self.days
            for times in RUN_TIMES
        )
        start, end = day_bounds(self.days[-1])
        self._minutes = calendar.working_minutes_between(start, end)
        self._calendar = calendar
        self.closing = self.at_minute(self.days[-1], self._minutes - 1)
        """The last working minute of the period."""

    def at_minute(self, day: date, minute: int) -> datetime:
        """The open moment when about `minute` (1 or more) minutes of a working day have passed."""
        return self.after(day_bounds(day)[0], minute)

    def after(self, moment: datetime, minutes: int) -> datetime:
        """The open moment `minutes` (1 or more) working minutes later.

        Where that would be the very end of a session, it is a minute earlier: nobody is served
        while the doors close.
        """
        later = self._calendar.add_working_minutes(moment, minutes)
        if self._calendar.is_open(later):
            return later
        return self._calendar.add_working_minutes(moment, minutes - 1)

    @property
    def minutes_a_day(self) -> int:
        """Working minutes of one day."""
        return self._minutes

    def out_after(self, ready_at: datetime) -> Run | None:
        """The run that takes what was accepted at the centre at `ready_at`; None after the last."""
        later = bisect_right(self.runs, ready_at, key=lambda run: run.leaves_at - SORTING)
        return self.runs[later] if later < len(self.runs) else None

    def back_after(self, ready_at: datetime, *, brought_by: Run) -> Run | None:
        """The run that takes what an office has ready at `ready_at`; None after the last.

        It is never the run that brought the papers: the courier does not wait for a decision.
        """
        later = bisect_left(self.runs, ready_at, key=lambda run: run.at_office_at - HANDING_OVER)
        later = max(later, self.runs.index(brought_by) + 1)
        return self.runs[later] if later < len(self.runs) else None
