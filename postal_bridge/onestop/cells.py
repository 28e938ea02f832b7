"""One cell of the other side's row: read fast when it is as usual, exactly when it is not.

Dates are local `dd/MM/yyyy HH:mm:ss`, ISO with or without an offset (also without its colon), or
epoch milliseconds, by product and version (reference, sections 3 and 8.1). All become aware UTC
moments. A night reads millions of them, so a day's midnight and a time of day are worked out once
each and added; `strptime` would cost more than everything else together.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from postal_bridge.clock import EARLIEST, LATEST, LOCAL

Cell = str | int | float | bool | None
"""What a column holds when it is no object and no list."""

_OFFSET = timedelta(hours=7)
_SINCE_THEN_UTC_7 = 1976
"""Earlier years had other offsets in Vietnam; they are asked from the zone's own table."""

_MOST_KEPT = 200_000
_midnights: dict[str, datetime] = {}
_times: dict[str, timedelta] = {}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})|(\d{4})-(\d\d)-(\d\d)")
_TIME = re.compile(
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_MILLISECONDS = re.compile(r"-?\d{9,15}")
_NO_DATE = "0001-01-01"
"""The first day of the calendar is how one of the products writes "no date"."""
_SHOWN = re.compile(r"[\d/:. T+Z-]{1,40}")


class MisfitError(ValueError):
    """A cell that cannot be what its column promises; the text ends a Vietnamese sentence."""


def moment(value: Cell) -> datetime | None:
    """A date as an aware UTC moment; nothing is None.

    Raises:
        MisfitError: no calendar or clock has it.
    """
    if not value:
        return None
    try:
        day, at = _midnights[value[:10]], _times[value[10:]]  # type: ignore[index]
        return day + at
    except (KeyError, TypeError, OverflowError):
        return _parsed(value)


def text(value: Cell) -> str:
    """A text without blanks around it; nothing is "", a whole number is written out."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise MisfitError("không phải một chuỗi")


def required(value: Cell) -> str:
    """A text that is not empty."""
    told = text(value)
    if not told:
        raise MisfitError("để trống")
    return told


def whole(value: Cell) -> int:
    """A whole number, as a number or as text; nothing is nought."""
    if value is None or value == "":
        return 0
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise MisfitError("không phải một số nguyên")
    try:
        return int(value)
    except ValueError:
        raise MisfitError("không phải một số nguyên") from None


def flag(value: Cell) -> bool:
    """A yes or no: true, "true", or any number above nought; nothing means no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in {"true", "false"}:
            return word == "true"
    return whole(value) > 0


class Kind(NamedTuple):
    """How a column is read, and what stands there instead of what cannot be read."""

    read: Callable[[Cell], object]
    otherwise: Cell = None


def mended(row: Mapping[str, object], kinds: Mapping[str, Kind]) -> tuple[dict[str, Cell], str]:
    """The wanted columns with what cannot be read replaced, and a Vietnamese sentence for each.

    Args:
        row: as it was decoded, by the names of the wire.
        kinds: the wanted columns.
    """
    cells: dict[str, Cell] = {}
    complaints: list[str] = []
    for name, kind in kinds.items():
        value = row.get(name)
        try:
            cells[name] = _single(value)
            kind.read(cells[name])
        except MisfitError as misfit:
            complaints.append(f"Trường “{name}” {_shown(value)}{misfit}.")
            cells[name] = kind.otherwise
    return cells, " ".join(complaints)


def _single(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    raise MisfitError("không phải một giá trị đơn")


def _shown(value: object) -> str:
    """The value where it is a date or a number; never a word, which may be somebody's name."""
    told = str(value) if isinstance(value, str | int | float) else ""
    return f"({told}) " if _SHOWN.fullmatch(told) else ""


def _parsed(value: Cell) -> datetime | None:
    if isinstance(value, bool | float) or value is None:
        raise MisfitError("không phải ngày giờ")
    if isinstance(value, int) or _MILLISECONDS.fullmatch(value):
        return _told_in_all_zones(_EPOCH, timedelta(milliseconds=_clamped(int(value))))
    told = value.strip()
    if told.startswith(_NO_DATE):
        return None
    day, tail = told[:10], told[10:]
    midnight = _midnight(day)
    at = _time(tail)
    if len(_midnights) + len(_times) > _MOST_KEPT:
        _midnights.clear()
        _times.clear()
    if midnight.year < _SINCE_THEN_UTC_7:
        return _by_the_zone(midnight, tail, at)
    _midnights[day], _times[tail] = midnight, at
    return _told_in_all_zones(midnight, at)


def _clamped(milliseconds: int) -> int:
    longest = 10**15
    if abs(milliseconds) > longest:
        raise MisfitError("không có trên lịch")
    return milliseconds


def _midnight(day: str) -> datetime:
    """The day's midnight on a clock in UTC."""
    found = _DAY.fullmatch(day)
    if found is None or not day.isascii():
        raise MisfitError("không phải ngày giờ")
    day_first = found.group(1) is not None
    parts = [int(part) for part in (found.groups()[:3] if day_first else found.groups()[3:])]
    year, month, of_month = reversed(parts) if day_first else parts
    try:
        return datetime(year, month, of_month, tzinfo=UTC)
    except ValueError:
        raise MisfitError("không có trên lịch") from None


def _time(tail: str) -> timedelta:
    """What is added to the day's midnight in UTC; without an offset it is Vietnam's time."""
    found = _TIME.fullmatch(tail)
    if found is None:
        raise MisfitError("không phải ngày giờ")
    hour, minute, second = (int(part or 0) for part in found.group(1, 2, 3))
    most_hours, most = 23, 59
    if hour > most_hours or minute > most or second > most:
        raise MisfitError("không có trên đồng hồ")
    microseconds = int((found.group(4) or "0").ljust(6, "0")[:6])
    offset = found.group(5)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds) - (
        _OFFSET if offset is None else _offset(offset)
    )


def _offset(told: str) -> timedelta:
    if told == "Z":
        return timedelta()
    hours, minutes = int(told[1:3]), int(told[-2:])
    size = timedelta(hours=hours, minutes=minutes)
    return -size if told[0] == "-" else size


def _by_the_zone(midnight: datetime, tail: str, at: timedelta) -> datetime:
    if "+" in tail or "-" in tail or "Z" in tail:
        return _told_in_all_zones(midnight, at)
    try:
        wall = midnight.replace(tzinfo=None) + (at + _OFFSET)
        return _told_in_all_zones(wall.replace(tzinfo=LOCAL).astimezone(UTC), timedelta())
    except OverflowError:
        raise MisfitError("không có trên lịch") from None


def _told_in_all_zones(midnight: datetime, at: timedelta) -> datetime:
    try:
        told = midnight + at
    except OverflowError:
        raise MisfitError("không có trên lịch") from None
    if not EARLIEST <= told <= LATEST:
        raise MisfitError("không có trên lịch")
    return told
