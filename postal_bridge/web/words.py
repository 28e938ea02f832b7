"""How figures, ages and periods are written for people in Vietnam."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from postal_bridge.clock import day_bounds, format_day, local_day

LONGEST_PERIOD_DAYS = 400
"""All dossiers of the period are read: a year and its month before, and no more."""

FIRST_YEAR, LAST_YEAR = 2000, 2199

_WRITTEN = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", re.ASCII)


def count(number: int) -> str:
    """A whole number with dots: `1.284`."""
    return f"{number:,}".replace(",", ".")


def money(vnd: int) -> str:
    """An amount in đồng: `118.964.000 đồng`."""
    return f"{count(vnd)} đồng"


def percent(part: int, whole: int) -> str:
    """A share with at most one decimal: `98,5%`; a share of nothing is a dash.

    It says 100% only where nothing is missing, and 0% only where there is nothing.
    """
    if whole == 0:
        return "–"
    tenths = round(part * 1000 / whole)
    if part not in {0, whole}:
        tenths = min(max(tenths, 1), 999)
    return f"{tenths // 10},{tenths % 10}%" if tenths % 10 else f"{tenths // 10}%"


def how_long(since: datetime, now: datetime) -> str:
    """The time between two moments: `3 ngày 4 giờ`, `2 giờ 5 phút`, `dưới 1 phút`."""
    minutes = max(0, int((now - since).total_seconds())) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {minutes % 60} phút" if minutes % 60 else f"{hours} giờ"
    return f"{minutes} phút" if minutes else "dưới 1 phút"


def age(days: int) -> str:
    """The age of a case: `hôm nay`, `3 ngày`."""
    return f"{days} ngày" if days > 0 else "hôm nay"


def sentence(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Period:
    """Local days, both included."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment of it, and the first moment after it."""
        return day_bounds(self.first)[0], day_bounds(self.last)[1]

    @property
    def shown(self) -> str:
        """`từ 10/01/2019 đến 11/02/2019`."""
        return f"từ {format_day(self.first)} đến {format_day(self.last)}"


@dataclass(frozen=True)
class WrongPeriod:
    """A period that cannot be shown: which field is to blame, and why."""

    field: str
    why: str


def month_so_far(now: datetime) -> Period:
    """From the first of the month until today."""
    today = local_day(now)
    return Period(today.replace(day=1), today)


def read_period(first: str, last: str, *, now: datetime) -> Period | WrongPeriod:
    """The period that somebody typed; what is left empty is as in the month so far.

    Args:
        first: dd/MM/yyyy; day and month may have one digit.
        last: the same.
        now: aware.
    """
    usual = month_so_far(now)
    end = _read_day(last, usual.last)
    if end is None:
        return WrongPeriod("den", _unreadable(last))
    begin = _read_day(first, end.replace(day=1))
    if begin is None:
        return WrongPeriod("tu", _unreadable(first))
    if end < begin:
        return WrongPeriod("den", "Ngày cuối đang trước ngày đầu. Hãy đổi lại một trong hai ngày.")
    if end - begin >= timedelta(days=LONGEST_PERIOD_DAYS):
        most = LONGEST_PERIOD_DAYS
        return WrongPeriod("tu", f"Khoảng xem dài nhất là {most} ngày. Hãy chọn khoảng ngắn hơn.")
    return Period(begin, end)


def _read_day(text: str, usual: date) -> date | None:
    return read_day(text) if text.strip() else usual


def read_day(text: str) -> date | None:
    """A day as people type it, dd/MM/yyyy; None where it is none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _unreadable(text: str) -> str:
    return (
        f"“{text.strip()[:40]}” không phải là một ngày. Hãy nhập theo dạng ngày/tháng/năm, "
        "ví dụ 10/01/2019."
    )
