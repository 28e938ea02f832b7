"""The fold over a carrier's events: how far a consignment has come.

Events are taken in the order in which they happened, by the carrier's clock, not in the order in
which they reached us: so late, repeated and shuffled reports give the same milestone. A report
that contradicts what stands (a van "in transit" after the door was knocked at) is kept and moves
nothing. An end is left only by an explicit correction, which takes the report out of the fold.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.tracking.carrier_records import CarrierEvent, Milestone

_M = Milestone
_ON_THE_WAY = (_M.COLLECTED, _M.IN_TRANSIT, _M.FORWARDED, _M.AT_OFFICE)
_TO_THE_DOOR = (_M.OUT_FOR_DELIVERY, _M.ATTEMPTED, _M.AWAITING_COLLECTION)
_UNDERWAY = (*_ON_THE_WAY, *_TO_THE_DOOR)
_OPEN = (None, _M.ANNOUNCED, *_UNDERWAY, _M.RETURNING)

ENDS = frozenset({_M.DELIVERED, _M.RETURNED, _M.CANCELLED, _M.LOST})
"""Where a consignment stays."""

MOVES: Mapping[Milestone, Collection[Milestone | None]] = {
    _M.ANNOUNCED: (None,),
    _M.COLLECTED: (None, _M.ANNOUNCED),
    _M.IN_TRANSIT: (None, _M.ANNOUNCED, _M.COLLECTED, _M.FORWARDED),
    _M.FORWARDED: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.AT_OFFICE: (None, _M.ANNOUNCED, _M.COLLECTED, _M.IN_TRANSIT, _M.FORWARDED, _M.ATTEMPTED),
    _M.OUT_FOR_DELIVERY: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.ATTEMPTED: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.AWAITING_COLLECTION: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.RETURNING: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.RETURNED: _OPEN,
    _M.CANCELLED: (None, _M.ANNOUNCED, *_UNDERWAY),
    _M.LOST: _OPEN,
    # Whoever reports it lost or on its way back, and then hands it over, has found it.
    _M.DELIVERED: (*_OPEN, _M.LOST),
}
"""From which milestones one is reached; what stands nowhere is a contradiction and moves nothing."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a consignment stands by its carrier's word.

    Attributes:
        milestone: none before the first report that moves anything.
        since: when it came there, by the carrier.
        attempts: how often somebody stood at the door in vain.
        moved_by: key of the report that it rests on.
    """

    milestone: Milestone | None = None
    since: datetime | None = None
    attempts: int = 0
    moved_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report in its place in the fold.

    Attributes:
        moved: whether it brought the consignment on.
        is_gap: whether the status map does not know its code.
    """

    event: CarrierEvent
    moved: bool
    is_gap: bool
    progress: Progress


def follow(events: Iterable[CarrierEvent], *, struck: Collection[str] = ()) -> list[Report]:
    """Each report in the order in which it happened, with where the consignment stood after it.

    What a feed and a callback both tell (one code for one moment) is one report.

    Args:
        events: of one consignment, in any order, with any repetition.
        struck: keys of reports that a person has declared wrong.
    """
    reports: list[Report] = []
    progress = Progress()
    told = {
        (one.vocabulary, one.raw_code, one.occurred_at): one for one in sorted(events, key=_order)
    }
    for event in told.values():
        after = progress if event.key in struck else advance(progress, event)
        reports.append(
            Report(
                event=event,
                moved=after is not progress,
                is_gap=event.milestone is None,
                progress=after,
            )
        )
        progress = after
    return reports


def progress_of(events: Iterable[CarrierEvent], *, struck: Collection[str] = ()) -> Progress:
    """Where a consignment stands after these reports."""
    reports = follow(events, struck=struck)
    return reports[-1].progress if reports else Progress()


def advance(progress: Progress, event: CarrierEvent) -> Progress:
    """Where it stands after one more report; the same object where that moves nothing."""
    milestone = event.milestone
    if milestone is None or progress.milestone not in MOVES.get(milestone, ()):
        return progress
    return Progress(
        milestone=milestone,
        since=event.occurred_at,
        attempts=progress.attempts + (milestone is Milestone.ATTEMPTED),
        moved_by=event.key,
    )


_RANK = {milestone: rank for rank, milestone in enumerate(Milestone)}


def _order(event: CarrierEvent) -> tuple[datetime, int, str]:
    """By moment; what is told for one moment, in the order of the way."""
    rank = _RANK[event.milestone] if event.milestone is not None else -1
    return event.occurred_at, rank, event.key
