"""The board of a period: reads it in one transaction, and puts the page together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.dossiers.records import Place
from postal_bridge.identity import Actor, Role
from postal_bridge.reconciliation.records import CaseEntry, Discrepancy, Night
from postal_bridge.reconciliation.sign_offs import Signatures, signatures
from postal_bridge.tracking.month import Month, Tally, month_table
from postal_bridge.tracking.records import Incident, LedgerDay
from postal_bridge.web.ports import PageWork
from postal_bridge.web.trace import Names, Way, read_names, read_way
from postal_bridge.web.words import Period

READERS = frozenset({Role.OFFICER, Role.DEPARTMENT, Role.SUPERVISOR, Role.ADMIN})
"""Who may look at the board; the same as of the API's statistics."""

OVERSEERS = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMIN})
"""Who sees the night's cases; the same as of the API's discrepancies."""

OUTSTANDING_ON_A_PAGE = 40
INCIDENTS_SHOWN = 50
NIGHTS_SEARCHED = 400


@dataclass(frozen=True)
class Row:
    """A line of the month's table; what its bodies did is in the tally too.

    Attributes:
        bodies: lines of the bodies that belong to it, where they have any dossier.
    """

    name: str
    tally: Tally
    bodies: tuple["Row", ...] = ()


@dataclass(frozen=True, kw_only=True)
class BoardData:
    """Everything that the board shows.

    Attributes:
        outstanding: how many items are not home yet; `ways` holds those on this page.
        page: number of this page of them, from 1; `pages` how many there are.
        signed: who signed the night.
        cases: open ones, oldest first; none for who may not see them.
        comments: the last comment of each case that has one.
    """

    now: datetime
    actor: Actor
    period: Period
    month: Month
    rows: Sequence[Row]
    names: Names
    outstanding: int
    ways: Sequence[Way]
    page: int
    pages: int
    night: Night | None
    signed: Signatures | None
    cases: Sequence[Discrepancy] | None
    comments: Mapping[str, CaseEntry]
    incidents: Sequence[Incident]
    ledger_events: int
    sealed: LedgerDay | None


async def read_board(
    work: PageWork, *, actor: Actor, period: Period, page: int, now: datetime
) -> BoardData:
    """Read everything that the board shows to this member of staff."""
    first, end = period.bounds
    month = await month_table(work, first=first, end=end)
    names = await read_names(work)
    outstanding = await work.custody.outstanding()
    pages = max(1, -(-len(outstanding) // OUTSTANDING_ON_A_PAGE))
    page = min(max(1, page), pages)
    begin = (page - 1) * OUTSTANDING_ON_A_PAGE
    shown = outstanding[begin : begin + OUTSTANDING_ON_A_PAGE]
    days = await work.ledger.days()
    night = await _night(work, period)
    cases = await _cases(work) if actor.role in OVERSEERS else None
    return BoardData(
        now=now,
        actor=actor,
        period=period,
        month=month,
        rows=rows_of(month.departments, names.places),
        names=names,
        outstanding=len(outstanding),
        ways=[await read_way(work, position) for position in shown],
        page=page,
        pages=pages,
        night=night,
        signed=await _signed(work, night) if night else None,
        cases=cases,
        comments=await work.nights.last_comments([case.id for case in cases or ()]),
        incidents=await work.incidents.listed(open_only=True, limit=INCIDENTS_SHOWN + 1),
        ledger_events=await work.ledger.count(),
        sealed=days[-1] if days else None,
    )


async def _night(work: PageWork, period: Period) -> Night | None:
    """The night of the period's last day, or the newest one before it."""
    exact = await work.nights.night(period.last)
    if exact is not None:
        return exact
    nights = await work.nights.nights(limit=NIGHTS_SEARCHED)
    return next((night for night in nights if night.day <= period.last), None)


async def _signed(work: PageWork, night: Night) -> Signatures:
    return signatures(night, await work.nights.sign_offs(night.day))


async def _cases(work: PageWork) -> Sequence[Discrepancy]:
    cases = await work.nights.cases(open_only=True)
    return sorted(cases, key=lambda case: (case.opened_on, case.dossier_code))


def rows_of(tallies: Mapping[str, Tally], places: Mapping[str, Place]) -> list[Row]:
    """The lines of the month's table: all departments, and whoever else had a dossier.

    A body stands under its department and counts there too; one without a department, such as
    the electricity company, has a line of its own. Most dossiers first, then by name.
    """
    tops = {code: [code] for code, place in places.items() if place.kind == "department"}
    for code in tallies:
        top = _owner(code, places)
        if code not in tops.setdefault(top, []):
            tops[top].append(code)
    rows = [_row(top, codes=codes, tallies=tallies, places=places) for top, codes in tops.items()]
    return sorted(rows, key=_order)


def _owner(code: str, places: Mapping[str, Place]) -> str:
    place = places.get(code)
    if place is None or place.kind not in {"body", "desk"}:
        return code
    owner = place.department or (place.parent if place.kind == "body" else None)
    return owner if owner is not None and owner in places else code


def _row(
    top: str, *, codes: Sequence[str], tallies: Mapping[str, Tally], places: Mapping[str, Place]
) -> Row:
    total = Tally()
    bodies = []
    for code in codes:
        one = tallies.get(code, Tally())
        total = total.plus(one)
        if code != top:
            bodies.append(Row(_name(code, places), one))
    return Row(_name(top, places), total, tuple(sorted(bodies, key=_order)))


def _name(code: str, places: Mapping[str, Place]) -> str:
    place = places.get(code)
    return place.name if place else code


def _order(row: Row) -> tuple[int, str]:
    return -row.tally.received, row.name
