"""Cases: each difference opens one, once; it ages, and closes on the night it has gone.

Pure: takes the cases there are and tonight's differences, gives the cases as they should be. A
person's part of a case (owner, explanation) is never touched here.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from postal_bridge.reconciliation.records import Difference, Discrepancy

_CASES = uuid.UUID("6f0b7a52-3d1c-5e0e-9a53-5d7f2f6f4c11")
"""Namespace of the cases' identifiers (RFC 9562, version 5); it must never change."""

AGE_BANDS = ((0, "trong ngày"), (3, "1–3 ngày"), (7, "4–7 ngày"), (30, "8–30 ngày"))
OLDER = "trên 30 ngày"


def case_id(difference: Difference) -> str:
    """The identifier of a difference's case: the same on every night and in every process."""
    return str(uuid.uuid5(_CASES, difference.key))


@dataclass(frozen=True)
class Settlement:
    """What a night does to the cases; each case stands in one of the lists.

    Attributes:
        opened: new ones; reopened: had been closed and are back.
        touched: open before and seen again, with what both sides say now.
        closed: gone tonight.
        left: open, but tonight could not have seen them.
        before: all cases that there were, by identifier, as they were.
    """

    opened: tuple[Discrepancy, ...]
    touched: tuple[Discrepancy, ...]
    reopened: tuple[Discrepancy, ...]
    closed: tuple[Discrepancy, ...]
    left: tuple[Discrepancy, ...]
    before: Mapping[str, Discrepancy] = field(default_factory=dict)

    @property
    def changed(self) -> list[Discrepancy]:
        """All that must be written, by identifier, so that two writers never block each other."""
        cases = (*self.opened, *self.touched, *self.reopened, *self.closed)
        return sorted(cases, key=lambda case: case.id)


def settle(
    cases: Sequence[Discrepancy],
    differences: Iterable[Difference],
    *,
    night: date,
    covered: Callable[[Discrepancy], bool],
    due_days: int,
) -> Settlement:
    """Decide about every case.

    Args:
        cases: open ones, and of the closed ones at least those whose difference is back.
        differences: tonight's; two of one class and dossier count once.
        night: the date of the night; one that is run for a past date never moves a case back.
        covered: whether tonight could have seen a case's difference.
        due_days: so many days after it opened, or came back, a case is due.
    """
    known = {case.key: case for case in cases}
    tonight = {difference.key: difference for difference in differences}
    due = night + timedelta(days=due_days)
    opened, touched, reopened = [], [], []
    for key, difference in tonight.items():
        case = known.get(key)
        if case is None:
            opened.append(_opened(difference, night, due))
        elif case.closed_on is None:
            touched.append(_seen(case, difference, night))
        else:
            again = {"closed_on": None, "reopened": case.reopened + 1, "due_on": due, "remedy": ""}
            reopened.append(_seen(case, difference, night).model_copy(update=again))
    gone = [case for case in cases if case.closed_on is None and case.key not in tonight]
    return Settlement(
        opened=tuple(opened),
        touched=tuple(touched),
        reopened=tuple(reopened),
        closed=tuple(_closed(case, night) for case in gone if covered(case)),
        left=tuple(case for case in gone if not covered(case)),
        before={case.id: case for case in cases},
    )


def ages(cases: Iterable[Discrepancy], *, today: date) -> dict[str, int]:
    """How many open cases there are of each age, youngest first; every band is named."""
    counts = dict.fromkeys([*(name for _, name in AGE_BANDS), OLDER], 0)
    for case in cases:
        if case.closed_on is None:
            counts[_band(case.age_days(today))] += 1
    return counts


def _band(days: int) -> str:
    return next((name for most, name in AGE_BANDS if days <= most), OLDER)


def _opened(difference: Difference, night: date, due: date) -> Discrepancy:
    return Discrepancy(
        **difference.model_dump(),
        id=case_id(difference),
        opened_on=night,
        last_seen_on=night,
        due_on=due,
    )


def _seen(case: Discrepancy, difference: Difference, night: date) -> Discrepancy:
    return case.model_copy(
        update={
            "ours": difference.ours,
            "theirs": difference.theirs,
            "received_on": difference.received_on,
            "last_seen_on": max(case.last_seen_on, night),
        }
    )


def _closed(case: Discrepancy, night: date) -> Discrepancy:
    return case.model_copy(update={"closed_on": max(case.last_seen_on, night)})
