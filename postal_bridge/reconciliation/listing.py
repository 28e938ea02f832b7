"""What a list of dossiers counts to, taken while it is read: nobody holds the list itself.

The same rules count both sides, so that the report's columns mean the same.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from postal_bridge.clock import local_day
from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import Counter
from postal_bridge.reconciliation.records import OneStopDossier, OurDossier
from postal_bridge.tracking.month import is_late

EVERYBODY = ""
"""Stands for all agencies together."""

NOT_RECEIVED = frozenset({Status.NEW, Status.REFUSED})
HANDLED = frozenset({Status.STOPPED, Status.RESOLVED, Status.RETURNED})

_BY_CHANNEL = {
    1: Counter.RECEIVED_DIRECT,
    2: Counter.RECEIVED_ONLINE,
    3: Counter.RECEIVED_POSTAL,
}
OUR_RULE = "minute"
LATE_RULES = {
    OUR_RULE: "quá hạn tính đến phút theo giờ kết thúc xử lý",
    "day": "quá hạn tính theo ngày kết thúc xử lý",
    "return": "quá hạn tính theo giờ trả kết quả",
}
"""The rules by which products were found to count "late" (reference one-stop 3.2); ours is the
first one."""

Key = tuple[str, str, date]


@dataclass
class Listing:
    """Figures of a list.

    Attributes:
        agencies: our places' agency codes; a department that is a key counts as its agency.
        counts: by agency (and `EVERYBODY`), name and local day; a name is a `Counter`'s value, or
            `late:` and the rule's name.
        rows: how many there were; on_time and late: of those handled, by our rule.
    """

    agencies: Mapping[str, str]
    counts: Tally[Key] = field(default_factory=Tally)
    rows: int = 0
    on_time: int = 0
    late: int = 0

    def add_ours(self, dossiers: Iterable[OurDossier]) -> None:
        """Count dossiers of ours."""
        for one in dossiers:
            self._add(one, self.agencies.get(one.department, one.department), None)

    def add_theirs(self, dossiers: Iterable[OneStopDossier]) -> None:
        """Count rows of the other side."""
        for one in dossiers:
            department = one.department_code
            agency = self.agencies.get(department, department)
            self._add(one, agency, one.returned_at)

    def of(self, name: str, *, first: date, last: date, agency: str = EVERYBODY) -> int:
        """The figure over these days, both included."""
        days = (last - first).days + 1
        return sum(
            self.counts[agency, name, first + timedelta(days=offset)] for offset in range(days)
        )

    def over_all(self, name: str) -> Mapping[str, int]:
        """The figure of each agency over all days, `EVERYBODY` too."""
        totals: Tally[str] = Tally()
        for (agency, counted, _), value in self.counts.items():
            if counted == name:
                totals[agency] += value
        return totals

    def _add(
        self, one: OurDossier | OneStopDossier, agency: str, returned_at: datetime | None
    ) -> None:
        self.rows += 1
        late = one.status in HANDLED and one.resolved_at is not None and is_late(one)
        if one.status in HANDLED and one.resolved_at is not None:
            self.late += late
            self.on_time += not late
        for name, moment in _figures(one, returned_at, late=late):
            day = local_day(moment)
            self.counts[agency, name, day] += 1
            self.counts[EVERYBODY, name, day] += 1


def _figures(
    one: OurDossier | OneStopDossier, returned_at: datetime | None, *, late: bool
) -> Iterable[tuple[str, datetime]]:
    """The names under which a dossier counts, each with the moment that decides the day."""
    received_at, resolved_at = one.received_at, one.resolved_at
    if received_at is not None and one.status not in NOT_RECEIVED:
        yield Counter.RECEIVED, received_at
        if one.channel in _BY_CHANNEL:
            yield _BY_CHANNEL[one.channel], received_at
        if one.return_mode == 1:
            yield Counter.POSTAL_REGISTERED, received_at
    if resolved_at is not None and one.status in HANDLED:
        yield Counter.RESOLVED, resolved_at
        if late:
            yield "late:minute", resolved_at
        yield from _other_rules(one.promised_at, resolved_at, returned_at)
    if returned_at is not None and one.status == Status.RETURNED:
        yield Counter.RETURNED, returned_at
        if one.return_mode == 1:
            yield Counter.POSTAL_RETURNED, returned_at


def _other_rules(
    promised_at: datetime | None, resolved_at: datetime, returned_at: datetime | None
) -> Iterable[tuple[str, datetime]]:
    if promised_at is None:
        return
    if local_day(resolved_at) > local_day(promised_at):
        yield "late:day", resolved_at
    if returned_at is not None and returned_at > promised_at:
        yield "late:return", resolved_at
