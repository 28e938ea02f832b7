"""How far MyVNPost's list of orders is read, and what is read next.

`GetListOrder` knows days only, 31 of them at most, and numbered pages of a list that changes while
it is read. An order that is updated meanwhile takes another place, so rows behind it move up and
one of them may slip from a page not yet read into one that was. Three rules lose none:

- Days that may still get rows, today and the two before it, are read forwards, and read again by
  every later look: a cursor never comes nearer to today than two days. What slipped is there then.
- Older days are settled: an update takes a row out of them and puts none in. They are read
  forwards to find the last page, and then backwards. Rows that move go to pages with smaller
  numbers, which going backwards are still to be read. Each day comes to that once it is old enough,
  also after a stop of any length, in windows of 31 days.
- A window begins with the day that the one before it ended with, as nobody has published whether
  the last day of a window is in it or only bounds it.

So whatever is the last word on an order is read for certain two days later, and mostly at once. It
is taken for granted that the list keeps its order where nothing in it changes. The cursor names
the next page, and is kept together with what the page before it told: a process that dies reads
one page again. What is read twice is known by its key.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from typing_extensions import override

LONGEST_WINDOW = timedelta(days=30)
"""From a window's first day to its last: 31 days with both."""

UNSETTLED = timedelta(days=2)
"""How far back days may still get rows: clocks differ, and a day ends when Vietnam's does."""

_BETWEEN = "/"


class Way(StrEnum):
    """How a window is read: a new one forwards, a settled one forwards and then backwards."""

    NEW = "new"
    FORTH = "forth"
    BACK = "back"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The page that is read next."""

    since: date
    until: date
    way: Way
    page: int = 0

    @override
    def __str__(self) -> str:
        """As a cursor."""
        parts = (self.since.isoformat(), self.until.isoformat(), self.way, str(self.page))
        return _BETWEEN.join(parts)


def place_of(cursor: str, *, today: date) -> Place:
    """The page that a cursor names; what is no cursor of ours begins with the longest window.

    A cursor is a page, or only the day with which the next window begins.
    """
    parts = cursor.split(_BETWEEN)
    try:
        if len(parts) == 1:
            return _beginning(date.fromisoformat(parts[0]), today)
        since, until, way, page = parts
        return Place(
            since=date.fromisoformat(since),
            until=date.fromisoformat(until),
            way=Way(way),
            page=int(page),
        )
    except ValueError:
        return _beginning(today - LONGEST_WINDOW, today)


def behind(place: Place, *, is_full: bool) -> tuple[str, bool]:
    """The cursor behind a page that was read, and whether there is more to read at once.

    Args:
        place: the page.
        is_full: it had as many rows as were asked for, so that another page may follow.
    """
    match place.way:
        case Way.NEW | Way.FORTH if is_full:
            return str(replace(place, page=place.page + 1)), True
        case Way.NEW:
            return (place.until - UNSETTLED).isoformat(), False
        # The page that turned out to be the last is the first one of the way back.
        case Way.FORTH | Way.BACK if place.page > 0:
            return str(replace(place, way=Way.BACK, page=place.page - 1)), True
        case _:
            return place.until.isoformat(), True


def _beginning(since: date, today: date) -> Place:
    """The first page of the window that begins with this day."""
    settled = today - UNSETTLED
    if since < settled:
        return Place(since=since, until=min(since + LONGEST_WINDOW, settled), way=Way.FORTH)
    return Place(since=min(since, today), until=today, way=Way.NEW)
