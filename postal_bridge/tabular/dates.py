"""Dates as exports write them, and whether 03/04 is in March or in April.

One cell cannot tell, its column can: a first number above 12 is a day. Where no cell of the
column tells, what is configured decides, and without that the file is refused.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, LOCAL
from postal_bridge.tabular.cells import CellError
from postal_bridge.tabular.records import Cell, shown

_TIME = r"(?:(?:T|\s+|\s*,\s*)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?:\s*(?P<half>AM|PM|SA|CH))?)?"
_SLASHED = re.compile(
    r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4})" + _TIME, re.IGNORECASE
)
_TIME_FIRST = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s+(?P<half>)"
    r"(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4})"
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/])(?P<b>\d{1,2})(?P=mark)(?P<a>\d{1,2})"
    + _TIME
    + r"(?:\s*(?P<zone>Z|[+-]\d{2}:?\d{2}))?",
    re.IGNORECASE,
)
_PACKED = re.compile(
    r"(?P<year>\d{4})(?P<b>\d{2})(?P<a>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})"
)
_TWELVE = 12
WRITE_SO = "viết 10/01/2019 08:30 hoặc 2019-01-10 08:30 (write it so)"


class DayOrder(StrEnum):
    """Which of the first two numbers is the day."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Ordered(NamedTuple):
    """What a column says about its order.

    Attributes:
        order: None where no cell tells, and none needs to be told.
        why: why it cannot be settled, or "".
    """

    order: DayOrder | None
    why: str = ""


def settle_order(cells: Iterable[tuple[int, Cell]], configured: DayOrder | None) -> Ordered:
    """The order of a whole column's dates.

    Args:
        cells: rows' numbers and cells.
        configured: what holds where no cell tells.
    """
    seen: dict[str, int] = {}
    for number, cell in cells:
        found = _slashed(cell) if isinstance(cell, str) else None
        if found is not None:
            seen.setdefault(_told(int(found["a"]), int(found["b"])), number)
    day_first, month_first, unsure = (seen.get(told, 0) for told in ("day", "month", "either"))
    if day_first and month_first:
        return Ordered(
            None,
            f"dòng {day_first} viết ngày trước, dòng {month_first} viết tháng trước (days first in"
            " one row, months first in another); hãy xuất lại theo một kiểu ngày",
        )
    if day_first or month_first:
        return Ordered(DayOrder.DAY_FIRST if day_first else DayOrder.MONTH_FIRST)
    if unsure and configured is None:
        return Ordered(
            None,
            f"không biết ngày hay tháng đứng trước (dòng {unsure}), vì cả cột không có số nào lớn"
            " hơn 12; hãy đặt date_order trong cấu hình (day or month first? set date_order)",
        )
    return Ordered(configured)


def moment_of(cell: Cell, order: DayOrder | None) -> datetime | None:
    """A moment in UTC; local time where no offset is written, midnight where no time is.

    Raises:
        CellError: no date of any calendar, or not written in a way that is surely understood.
    """
    match cell:
        case None:
            return None
        case datetime():
            return _local(cell)
        case date():
            return _local(datetime.combine(cell, time.min))
        case int():
            found = _PACKED.fullmatch(str(cell))
        case str():
            found = _slashed(cell) or _ISO.fullmatch(cell) or _PACKED.fullmatch(cell)
        case _:
            found = None
    if found is None:
        kept = "" if isinstance(cell, str) else " nằm dưới dạng số (kept as a number)"
        raise CellError(f"{shown(cell)}{kept} không phải ngày hiểu được; {WRITE_SO}")
    return _moment(found, order, cell)


def _told(first: int, second: int) -> str:
    """Which comes first in such a pair: `day`, `month`, `either`, or nothing to be told."""
    if first > _TWELVE >= second:
        return "day"
    if second > _TWELVE >= first:
        return "month"
    return "either" if first != second else ""


def _slashed(text: str) -> re.Match[str] | None:
    return _SLASHED.fullmatch(text) or _TIME_FIRST.fullmatch(text)


def _moment(found: re.Match[str], order: DayOrder | None, cell: Cell) -> datetime:
    said = found.groupdict()
    day, month = int(said["a"]), int(said["b"])
    if order is DayOrder.MONTH_FIRST and "zone" not in said and found.re is not _PACKED:
        day, month = month, day
    try:
        hour = _hour(int(said["hour"] or 0), (said.get("half") or "").upper())
        naive = datetime(  # noqa: DTZ001 - the zone is put on below
            int(said["year"]), month, day, hour, int(said["minute"] or 0), int(said["second"] or 0)
        )
    except ValueError:
        raise CellError(f"{shown(cell)} là ngày giờ không có trên lịch; {WRITE_SO}") from None
    zone = said.get("zone")
    if zone:
        text = "+0000" if zone.upper() == "Z" else zone.replace(":", "")
        try:
            offset = datetime.strptime(text, "%z").tzinfo
        except ValueError:
            raise CellError(f"{shown(cell)}: múi giờ sai (wrong offset)") from None
        return _within(naive.replace(tzinfo=offset), cell)
    return _local(naive)


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= _TWELVE:
        raise ValueError("no hour of a half day")
    return hour % _TWELVE + (_TWELVE if half in {"PM", "CH"} else 0)


def _local(naive: datetime) -> datetime:
    return _within(naive.replace(tzinfo=LOCAL), naive)


def _within(moment: datetime, cell: Cell) -> datetime:
    if not EARLIEST_DAY <= moment.date() <= LATEST_DAY:
        raise CellError(f"{shown(cell)}: năm ngoài khoảng hiểu được (year out of range)")
    return moment.astimezone(UTC)
