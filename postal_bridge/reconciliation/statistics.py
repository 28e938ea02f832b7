"""The other side's own count as a third witness, and the rule by which "on time" is decided.

Nothing here changes what the comparison found: a system's statistics are made by other code than
its list, and that code is known to miscount (reference one-stop 3.1, peer defect). Where the two
disagree the night says so in a sentence, and goes by the list.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.clock import local_day
from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import OneStopDossier, OneStopStatistics
from postal_bridge.tracking.month import ON_TIME_RULE, Resolved, is_late


@dataclass(frozen=True)
class OnTime:
    """How many dossiers were resolved by their promised minute, and how many later."""

    on_time: int
    late: int


def count_on_time(dossiers: Iterable[Resolved]) -> OnTime:
    """Count the resolved ones among these dossiers."""
    late = [is_late(one) for one in dossiers if one.resolved_at is not None]
    return OnTime(on_time=late.count(False), late=late.count(True))


def on_time_sentence(ours: Iterable[Resolved], theirs: Iterable[Resolved]) -> str:
    """The rule by its name, with the counts that it gives on both sides."""
    here, there = count_on_time(ours), count_on_time(theirs)
    return (
        f"{ON_TIME_RULE}. Sổ bưu điện: {here.on_time} đúng hạn, {here.late} quá hạn; "
        f"một cửa: {there.on_time} đúng hạn, {there.late} quá hạn."
    )


@dataclass(frozen=True)
class Month:
    """A calendar month, and whether the list that was read holds all its receptions so far."""

    year: int
    month: int
    whole: bool

    @property
    def shown(self) -> str:
        """As people read it: `01/2019`."""
        return f"{self.month:02d}/{self.year}"

    def has(self, moment: datetime | None) -> bool:
        """Whether a moment lies in this month, by the calendar on the wall."""
        day = None if moment is None else local_day(moment)
        return day is not None and (day.year, day.month) == (self.year, self.month)


def months_between(first_day: date, last_day: date, *, today: date) -> list[Month]:
    """The months that a window touches, in order.

    A month is whole when the window holds each of its days, or each of them so far: a count is
    always one of the present, so a window that ended before today cannot be held against it.
    """
    months = []
    year, month = first_day.year, first_day.month
    while (year, month) <= (last_day.year, last_day.month):
        begins = date(year, month, 1)
        ends = date(year, month, monthrange(year, month)[1])
        whole = first_day <= begins and (ends <= last_day or last_day == today)
        months.append(Month(year, month, whole))
        year, month = (year + month // 12, month % 12 + 1)
    return months


def examine(
    counted: OneStopStatistics, rows: Iterable[OneStopDossier], *, month: Month
) -> list[str]:
    """What does not add up in the other side's count of a month; empty where all does.

    Args:
        counted: its statistics of the month.
        rows: its own list, of the window.
        month: which month, and whether the list holds it whole.
    """
    prefix = f"Thống kê tháng {month.shown} của hệ thống một cửa: "
    listed = list(rows)
    said = [*_identities(counted), *_against_the_list(counted, listed, month)]
    return [prefix + sentence for sentence in said]


def _identities(counted: OneStopStatistics) -> Iterator[str]:
    """The identities of reference one-stop 3.1, as far as the port carries their terms."""
    timed = counted.betimes + counted.ontime + counted.overtime
    if counted.released != timed:
        yield (
            f"đã xử lý {counted.released} không bằng trước hạn {counted.betimes} + đúng hạn "
            f"{counted.ontime} + quá hạn {counted.overtime} = {timed}."
        )
    # released = done + releasing + unresolved
    if counted.done > counted.released:
        yield f"đã trả {counted.done} nhiều hơn đã xử lý {counted.released}."
    # total = denied + process, process = received + remaining
    if counted.received > counted.total:
        yield f"tiếp nhận {counted.received} nhiều hơn tổng số {counted.total}."
    # process = processing + waiting + release + cancelled
    if counted.processing + counted.released > counted.total:
        yield (
            f"đang xử lý {counted.processing} + đã xử lý {counted.released} nhiều hơn tổng số "
            f"{counted.total}."
        )


def _against_the_list(
    counted: OneStopStatistics, rows: list[OneStopDossier], month: Month
) -> Iterator[str]:
    received = sum(month.has(row.received_at) and row.status != Status.REFUSED for row in rows)
    if counted.received < received or (month.whole and counted.received != received):
        yield f"tiếp nhận {counted.received}, nhưng danh sách có {received} hồ sơ."
    closed = {Status.STOPPED, Status.RESOLVED, Status.RETURNED}
    resolved = [row for row in rows if row.status in closed and month.has(row.resolved_at)]
    if counted.released < len(resolved):
        yield f"đã xử lý {counted.released}, nhưng danh sách có {len(resolved)} hồ sơ."
    # What is resolved but not on the list was received before the window, and may all be late.
    late = sum(is_late(row) for row in resolved)
    unlisted = max(counted.released - len(resolved), 0)
    if not late <= counted.overtime <= late + unlisted:
        yield (
            f"quá hạn {counted.overtime}, nhưng theo danh sách và quy tắc của ta là {late}"
            + (f" đến {late + unlisted}." if unlisted else ".")
        )
