"""The other side's own counts as a third witness, held against its own list.

A system's statistics are made by other code than its list, and that code is known to miscount
(reference one-stop 3.1, peer defect). Where the two disagree the figure becomes a difference of
its own, counted but not listed or the other way round; what the dossiers are is decided by the
list alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from postal_bridge.clock import format_day
from postal_bridge.dossiers.records import NAME_LENGTH
from postal_bridge.reconciliation.comparison import stored_code
from postal_bridge.reconciliation.listing import EVERYBODY, LATE_RULES, OUR_RULE, Listing
from postal_bridge.reconciliation.ports import Counted, Counter, OneStopStatistics
from postal_bridge.reconciliation.records import Difference, DifferenceKind
from postal_bridge.tracking.month import ON_TIME_RULE

COUNTER_NAMES = {
    Counter.RECEIVED: "tiếp nhận",
    Counter.RECEIVED_DIRECT: "tiếp nhận trực tiếp",
    Counter.RECEIVED_ONLINE: "tiếp nhận trực tuyến",
    Counter.RECEIVED_POSTAL: "tiếp nhận qua bưu chính",
    Counter.RESOLVED: "đã xử lý",
    Counter.LATE: "quá hạn",
    Counter.RETURNED: "đã trả công dân",
    Counter.POSTAL_REGISTERED: "đăng ký trả qua bưu chính",
    Counter.POSTAL_RETURNED: "đã trả qua bưu chính",
}

_BY_RECEPTION = frozenset(
    {
        Counter.RECEIVED,
        Counter.RECEIVED_DIRECT,
        Counter.RECEIVED_ONLINE,
        Counter.RECEIVED_POSTAL,
        Counter.POSTAL_REGISTERED,
    }
)
"""These count by the day of reception, by which the list was asked for: within the compared days
they must be equal. All others also count dossiers that were received earlier."""


@dataclass(frozen=True)
class Witness:
    """What the statistics said.

    Attributes:
        differences: one for each figure that disagrees with the list.
        checked: the names of all figures that were held against the list, right or wrong.
        remarks: Vietnamese sentences for the report.
    """

    differences: tuple[Difference, ...]
    checked: frozenset[str]
    remarks: tuple[str, ...]


def on_time_sentence(ours: Listing, theirs: Listing) -> str:
    """The rule by its name, with the counts that it gives on both sides."""
    return (
        f"{ON_TIME_RULE}. Sổ bưu điện: {ours.on_time} đúng hạn, {ours.late} quá hạn; "
        f"một cửa: {theirs.on_time} đúng hạn, {theirs.late} quá hạn."
    )


def subject(counted: Counted) -> str:
    """The name under which a figure is a case: the same on every night."""
    days = f"{counted.first:%Y%m%d}-{counted.last:%Y%m%d}"
    return stored_code(f"{days}:{counted.agency or '*'}:{counted.counter.value}")


def bear_witness(
    statistics: OneStopStatistics, listed: Listing, *, days: tuple[date, date], today: date
) -> Witness:
    """Hold the other side's statistics against its list.

    Args:
        statistics: its figures, as they are today.
        listed: its own list of dossiers received on these days.
        days: first and last compared day of reception.
        today: later days have not been yet, so a figure of the whole month holds none of them.
    """
    first, last = days
    if last == today:
        days = (first, date.max)
    remarks = [*statistics.missing, *statistics.broken]
    wrong: list[tuple[Counted, Difference]] = []
    checked: set[str] = set()
    for counted in statistics.counted:
        bounds = _bounds(counted, listed, statistics.counted, days)
        if bounds is None:
            continue
        checked.add(subject(counted))
        rule = _rule_of(counted, listed, bounds) if counted.counter is Counter.LATE else None
        if rule is not None:
            if rule != OUR_RULE and counted.agency == EVERYBODY:
                remarks.append(_said(counted, rule, by_ours=bounds[0]))
        elif not bounds[0] <= counted.value <= bounds[1]:
            wrong.append((counted, _difference(counted, bounds, day=last)))
    return Witness(
        differences=tuple(difference for _, difference in _without_sums(wrong)),
        checked=frozenset(checked),
        remarks=tuple(remarks),
    )


def _bounds(
    counted: Counted,
    listed: Listing,
    others: Iterable[Counted],
    days: tuple[date, date],
) -> tuple[int, int] | None:
    """Between which figures the list puts this one; None where the list says nothing of it."""
    first, last = days
    if counted.last < first or counted.first > last:
        return None
    name = "late:minute" if counted.counter is Counter.LATE else counted.counter.value
    here = listed.of(name, first=counted.first, last=counted.last, agency=counted.agency)
    if counted.counter in _BY_RECEPTION:
        whole = first <= counted.first and counted.last <= last
        return (here, here + counted.carried) if whole else (here, _BEYOND)
    if counted.counter is Counter.LATE:
        return here, here + _unlisted(counted, listed, others)
    return here, _BEYOND


_BEYOND = 2**62
"""No upper bound: dossiers received before the compared days may count too."""


def _unlisted(counted: Counted, listed: Listing, others: Iterable[Counted]) -> int:
    """How many resolved dossiers it counts that the list does not have; all may be late."""
    days = (counted.first, counted.last, counted.agency)
    for other in others:
        if other.counter is Counter.RESOLVED and (other.first, other.last, other.agency) == days:
            here = listed.of(
                Counter.RESOLVED.value, first=other.first, last=other.last, agency=other.agency
            )
            return max(other.value - here, 0)
    return 0


def _rule_of(counted: Counted, listed: Listing, bounds: tuple[int, int]) -> str | None:
    """The name of the rule by which the other side counts "late"; None where no known one fits."""
    unlisted = bounds[1] - bounds[0]
    for name in LATE_RULES:
        by_rule = listed.of(
            f"late:{name}", first=counted.first, last=counted.last, agency=counted.agency
        )
        if by_rule <= counted.value <= by_rule + unlisted:
            return name
    return None


def _said(counted: Counted, rule: str, *, by_ours: int) -> str:
    return (
        f"Thống kê {_span(counted)} của một cửa đếm {LATE_RULES[rule]}: {counted.value}; "
        f"theo quy tắc của ta là {by_ours}."
    )


def _span(counted: Counted) -> str:
    if counted.first == counted.last:
        return f"ngày {format_day(counted.first)}"
    return f"từ {format_day(counted.first)} đến {format_day(counted.last)}"


def _difference(counted: Counted, bounds: tuple[int, int], *, day: date) -> Difference:
    kind = DifferenceKind
    least, most = bounds
    more = counted.value > most
    what = COUNTER_NAMES[counted.counter]
    whose = counted.agency or "tất cả cơ quan"
    upto = "" if most == _BEYOND else f" đến {most}"
    listed = str(least) if least == most else f"từ {least}{upto}"
    return Difference(
        kind=kind.COUNTED_NOT_LISTED if more else kind.LISTED_NOT_COUNTED,
        dossier_code=subject(counted),
        ours=f"danh sách của một cửa có {listed}",
        theirs=f"thống kê {_span(counted)}, {whose}: {what} {counted.value}"[:NAME_LENGTH],
        received_on=min(counted.last, day),
    )


def _without_sums(
    wrong: Sequence[tuple[Counted, Difference]],
) -> Iterator[tuple[Counted, Difference]]:
    """One fault of an agency's figure makes the sum of all wrong too: that is not a second one."""
    of_agencies = {
        (one.counter, one.first, one.last) for one, _ in wrong if one.agency != EVERYBODY
    }
    for one, difference in wrong:
        if one.agency != EVERYBODY or (one.counter, one.first, one.last) not in of_agencies:
            yield one, difference
