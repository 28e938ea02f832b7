"""The time: one clock for the whole house, and how moments are shown to people in Vietnam.

Inside, every moment is an aware `datetime` in UTC. At the edges it is shown in the local time of
Vietnam, dates as dd/MM/yyyy. A moment without a time zone is a mistake and raises `ValueError`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
"""The one time zone of Vietnam: UTC+7, without summer time."""

_MONTHS_A_YEAR = 12

EARLIEST_DAY, LATEST_DAY = date(1900, 1, 1), date(9998, 12, 31)
"""The days that one may ask for: beyond the calendar's end there is no midnight to count to."""

EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""The moments that can be told in every time zone."""


class Clock(Protocol):
    """Tells the time to whoever is handed it; nobody asks the machine directly."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place where the machine is asked


class ReplayClock:
    """A clock that stands still until it is told to go on; for the demo and for tests."""

    def __init__(self, start: datetime) -> None:
        """Set the clock to `start` (aware)."""
        self._now = to_utc(start)

    def now(self) -> datetime:
        """The moment it was last advanced to, aware, in UTC."""
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Go on to `moment` (aware); an earlier moment changes nothing: time never goes back."""
        self._now = max(self._now, to_utc(moment))


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the moment has no time zone, so nobody can know when it was.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        msg = f"the moment {moment.isoformat()} has no time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def to_local(moment: datetime) -> datetime:
    """The same moment as a clock on a wall in Vietnam shows it (aware)."""
    return to_utc(moment).astimezone(LOCAL)


def local_day(moment: datetime) -> date:
    """The calendar day in Vietnam on which the moment lies."""
    return to_local(moment).date()


def at_local(day: date, wall_time: time) -> datetime:
    """The moment, in UTC, when clocks in Vietnam show `wall_time` on `day`."""
    return datetime.combine(day, wall_time, LOCAL).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a local day and the first moment of the next one, both in UTC."""
    return at_local(day, time.min), at_local(day + timedelta(days=1), time.min)


def months_after(month: date, months: int) -> date:
    """The first day of the month so many months after this one, or before it."""
    year, index = divmod(month.year * _MONTHS_A_YEAR + month.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, index + 1, 1)


def format_local(moment: datetime) -> str:
    """The moment as people read it in Vietnam: `10/01/2019 07:30`."""
    return f"{to_local(moment):%d/%m/%Y %H:%M}"


def format_day(day: date) -> str:
    """The day as people read it in Vietnam: `10/01/2019`."""
    return f"{day:%d/%m/%Y}"
