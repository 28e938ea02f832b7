"""Making a night's report from what it found and from the cases as they stand."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.reconciliation.counting import Span
from postal_bridge.reconciliation.discrepancies import ages
from postal_bridge.reconciliation.findings import Findings
from postal_bridge.reconciliation.listing import EVERYBODY
from postal_bridge.reconciliation.ports import Counter
from postal_bridge.reconciliation.records import DIFFERENCE_NAMES, Discrepancy
from postal_bridge.reconciliation.report import (
    AgeBand,
    DepartmentLine,
    NightReport,
    ReportedCase,
)
from postal_bridge.reconciliation.settling import Settled
from postal_bridge.reconciliation.statistics import on_time_sentence

ALL_TOGETHER = "Tất cả"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What stands above the figures.

    Attributes:
        province: code and name.
        names: our names of the agencies, by their codes.
    """

    province: tuple[str, str]
    centre: str
    source: str
    day: date
    window: Span
    started_at: datetime
    sweep: str
    ledger_root: str
    names: Mapping[str, str]


def make_report(
    heading: Heading, findings: Findings, settled: Settled, *, now: datetime
) -> NightReport:
    """The report of a night; the same facts give the same one, but for `written_at`."""
    day = heading.day
    tonight = {difference.key for difference in settled.differences}
    told = [case for case in settled.cases if case.key in tonight or case.closed_on == day]
    still_open = [case for case in settled.cases if case.closed_on is None]
    compared = sum((last - first).days + 1 for first, last in findings.gathered.days)
    first, last = heading.window
    return NightReport(
        province=heading.province,
        centre=heading.centre,
        source=heading.source,
        day=day,
        compared_from=first,
        started_at=heading.started_at,
        sweep=heading.sweep,
        counted_days=(last - first).days + 1 - compared,
        ours=findings.gathered.ours.rows,
        theirs=findings.gathered.theirs.rows,
        uncompared=findings.comparison.uncompared,
        found=len(settled.differences),
        opened=sum(case.opened_on == day for case in settled.cases),
        closed=sum(case.closed_on == day for case in settled.cases),
        open_cases=len(still_open),
        remedied=settled.remedied,
        on_time_rule=on_time_sentence(findings.gathered.ours, findings.gathered.theirs),
        remarks=[*findings.gathered.witness.remarks, *findings.remarks],
        departments=_departments(heading.names, findings, settled),
        ages=[AgeBand(name=name, cases=n) for name, n in ages(still_open, today=day).items()],
        cases=[_told(case, day) for case in sorted(told, key=lambda case: case.key)],
        more_cases=sum(case.key not in tonight for case in still_open),
        ledger_root=heading.ledger_root,
        evidence=list(findings.gathered.evidence),
        written_at=now,
    )


def _told(case: Discrepancy, day: date) -> ReportedCase:
    return ReportedCase(
        id=case.id,
        kind=case.kind.value,
        kind_name=DIFFERENCE_NAMES[case.kind][0],
        dossier_code=case.dossier_code,
        ours=case.ours or "",
        theirs=case.theirs or "",
        received_on=case.received_on,
        opened_on=case.opened_on,
        age_days=case.age_days(day),
        state="open" if case.closed_on is None else "closed",
        reopened=case.reopened,
        due_on=case.due_on,
        owner=case.owner,
        explanation=case.explanation,
        remedy=case.remedy,
    )


def _departments(
    names: Mapping[str, str], findings: Findings, settled: Settled
) -> list[DepartmentLine]:
    """A line for each agency that either side names, by code; the last one is all together."""
    columns = {
        f"{what}_{side}": listing.over_all(name)
        for side, listing in (("here", findings.gathered.ours), ("there", findings.gathered.theirs))
        for what, name in (
            ("received", Counter.RECEIVED.value),
            ("handled", Counter.RESOLVED.value),
            ("late", "late:minute"),
        )
    }
    differing = _differing(findings, settled)
    agencies = sorted({agency for column in columns.values() for agency in column} | {*differing})
    return [
        DepartmentLine(
            agency=agency,
            name=names.get(agency, agency) if agency else ALL_TOGETHER,
            differences=differing[agency],
            **{name: column.get(agency, 0) for name, column in columns.items()},
        )
        for agency in (*_without(agencies, EVERYBODY), EVERYBODY)
    ]


def _without(agencies: Sequence[str], left_out: str) -> Iterable[str]:
    return [agency for agency in agencies if agency != left_out]


def _differing(findings: Findings, settled: Settled) -> Tally[str]:
    """Tonight's differences by the agency whose dossiers they are about, as we have it."""
    counted: Tally[str] = Tally()
    for one in settled.differences:
        counted[EVERYBODY] += 1
        agency = findings.agency_of(one)
        if agency:
            counted[agency] += 1
    return counted
