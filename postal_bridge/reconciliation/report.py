"""A night's report: what is kept, signed, printed and sent, all made from these facts.

Its bytes depend on nothing but the facts: a night that was killed and went on, and a report that
is printed again years later, give the same ones, but for `written_at`.
"""

from datetime import date, datetime

import msgspec


class DepartmentLine(msgspec.Struct, kw_only=True):
    """One department's dossiers on both sides; the last line, with agency "", is all of them.

    Attributes:
        name: as our catalogue has it; the agency's code where it has none.
        differences: of this night.
    """

    agency: str
    name: str
    received_here: int = 0
    received_there: int = 0
    handled_here: int = 0
    handled_there: int = 0
    late_here: int = 0
    late_there: int = 0
    differences: int = 0


class ReportedCase(msgspec.Struct, kw_only=True):
    """A case as it stood when the night was over.

    Attributes:
        kind_name: Vietnamese.
        state: `open` or `closed`.
    """

    id: str
    kind: str
    kind_name: str
    dossier_code: str
    ours: str
    theirs: str
    received_on: date
    opened_on: date
    age_days: int
    state: str
    reopened: int = 0
    due_on: date | None = None
    owner: str | None = None
    explanation: str | None = None
    remedy: str = ""


class AgeBand(msgspec.Struct, kw_only=True):
    """How many open cases are of this age."""

    name: str
    cases: int


class NightReport(msgspec.Struct, kw_only=True):
    """Everything a reader of the report sees.

    Attributes:
        format: of this file; a later release that changes it reads the older ones too.
        province: code and name.
        compared_from, day: first and last day of reception that were compared.
        sweep: `full` or `counts`; counted_days is how many days' counts agreed and were not
            compared row by row.
        remarks: Vietnamese sentences about the other side's own statistics.
        cases: tonight's differences, and those that tonight closed, by kind and code.
        more_cases: open cases that tonight did not look at.
        evidence: SHA-256 of the raw answers and of both snapshots, in the vault.
        written_at: the only thing in which two reports of one night may differ.
    """

    format: int = 1
    province: tuple[str, str]
    centre: str
    source: str
    day: date
    compared_from: date
    started_at: datetime
    sweep: str
    counted_days: int
    ours: int
    theirs: int
    uncompared: int
    found: int
    opened: int
    closed: int
    open_cases: int
    remedied: int
    on_time_rule: str
    remarks: list[str]
    departments: list[DepartmentLine]
    ages: list[AgeBand]
    cases: list[ReportedCase]
    more_cases: int
    ledger_root: str
    evidence: list[str]
    written_at: datetime


def as_json(report: NightReport) -> bytes:
    """The report's one spelling, in UTF-8, indented for people."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2)


def from_json(content: bytes) -> NightReport:
    """A report that was kept.

    Raises:
        msgspec.ValidationError: it is no report of a format that this release knows.
    """
    return msgspec.json.decode(content, type=NightReport)
