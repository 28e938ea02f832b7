"""Whether the other side's clock is off as a whole, which is one fault and not a thousand.

A server that takes local time for UTC moves every moment by seven hours (reference one-stop 3.3:
the offsets of one product are easily lost). Most moments stay on their day; those that do not
would each become a case.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median

from postal_bridge.reconciliation.records import Difference, DifferenceKind

FEWEST_PAIRS = 5
"""Fewer dossiers say nothing about a clock."""

LEAST_OFFSET = timedelta(minutes=30)
"""Clerks enter dossiers some minutes apart in the two systems."""

_SPREAD = timedelta(minutes=2)
_SHARE = 0.8
SUBJECT = "clock"


def clock_offset(pairs: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """How far the other side's clock is ahead of ours; zero where it is not off as a whole.

    Args:
        pairs: for dossiers that both sides have, the moment of reception as we and as they say.
    """
    if len(pairs) < FEWEST_PAIRS:
        return timedelta(0)
    gaps = [theirs - ours for ours, theirs in pairs]
    middle = timedelta(seconds=round(median(gap.total_seconds() for gap in gaps)))
    alike = sum(abs(gap - middle) <= _SPREAD for gap in gaps)
    if abs(middle) < LEAST_OFFSET or alike < _SHARE * len(gaps):
        return timedelta(0)
    return middle


def clock_difference(offset: timedelta, *, pairs: int, day: date) -> Difference:
    """The one difference that stands for all moments."""
    minutes = round(abs(offset).total_seconds() / 60)
    way = "nhanh" if offset > timedelta(0) else "chậm"
    return Difference(
        kind=DifferenceKind.CLOCK,
        dossier_code=SUBJECT,
        ours=f"so {pairs} hồ sơ có ở cả hai bên",
        theirs=f"giờ tiếp nhận {way} hơn {minutes // 60} giờ {minutes % 60:02d} phút",
        received_on=day,
    )
