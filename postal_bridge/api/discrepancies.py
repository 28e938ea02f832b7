"""Cases over the web: listed, looked at, owned, dated, explained, talked about, opened again."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named, note_look
from postal_bridge.api.call import Body, Call
from postal_bridge.api.ports import Work
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import NIGHT
from postal_bridge.reconciliation import cases
from postal_bridge.reconciliation.ports import CaseFilter
from postal_bridge.reconciliation.records import (
    DIFFERENCE_NAMES,
    ENTRY_NAMES,
    CaseEntry,
    DifferenceKind,
    Discrepancy,
)
from postal_bridge.reconciliation.sign_offs import is_overdue

Day = Annotated[date, Field(ge=EARLIEST_DAY, le=LATEST_DAY)]
Words = Annotated[str, Field(min_length=cases.FEWEST_LETTERS, max_length=4000)]
_KEY = f"^({'|'.join(kind.value for kind in DifferenceKind)}):.*$"  # a row may have no code


class DiscrepancyQuery(BaseModel):
    """Which cases; what is left out does not restrict. `after` is the `next` of the last page.

    Attributes:
        state: `open`, `closed` or `all`.
        owner: user name; empty for cases that nobody owns.
        department: place code.
        overdue: true for those only that are open and were due before today.
        night: those to which this date's night did something.
    """

    state: str = Field(default="open", pattern="^(open|closed|all)$")
    kind: DifferenceKind | None = None
    owner: str | None = Field(default=None, max_length=60)
    department: str | None = Field(default=None, max_length=60)
    overdue: bool = False
    night: Day | None = None
    after: str | None = Field(default=None, pattern=_KEY, max_length=200)
    limit: int = Field(default=200, ge=1, le=cases.MOST_AT_ONCE)


class DiscrepancyOut(Discrepancy):
    """A case with its age and the words for people."""

    kind_name: str
    age: int
    overdue: bool
    owner_name: str | None = None


class Discrepancies(BaseModel):
    """Cases, by class and dossier."""

    discrepancies: list[DiscrepancyOut]
    next: str | None = None


class EntryOut(CaseEntry):
    """A line of the history with the words for people."""

    case_id: str = Field(exclude=True)
    kind_name: str
    author_name: str


class CaseOut(DiscrepancyOut):
    """A case with its history, oldest first."""

    history: list[EntryOut]


class CaseChange(Body):
    """What shall be different. An empty owner or explanation takes the one there is away."""

    owner: str | None = Field(default=None, max_length=60)
    explanation: str | None = Field(default=None, max_length=4000)
    due_on: Day | None = None


class Comment(Body):
    """What is to be said about the case."""

    text: Words


class Reopening(Body):
    """Why the case is not closed."""

    reason: Words


class BulkChange(CaseChange):
    """The same change for many cases; all are changed, or none."""

    ids: list[Annotated[str, Field(max_length=60)]] = Field(
        min_length=1, max_length=cases.MOST_AT_ONCE
    )
    comment: Words | None = None


class BulkDone(BaseModel):
    """How many cases are no longer as they were, and how many were so already."""

    changed: int
    unchanged: int


async def listed(call: Call[None]) -> Discrepancies | Refusal:
    """A page of cases."""
    asked = call.asked(DiscrepancyQuery)
    agency = None
    if asked.department is not None:
        place = await call.work.catalogue.place(asked.department)
        if place is None:
            return refuse(Reason.PLACE_UNKNOWN, "department", place=asked.department)
        agency = place.agency
    found = await call.work.nights.listed(
        CaseFilter(
            open={"open": True, "closed": False}.get(asked.state),
            kind=asked.kind,
            owner=asked.owner,
            department=asked.department,
            agency=agency,
            overdue_on=local_day(call.now) if asked.overdue else None,
            night=asked.night,
            after=asked.after,
            limit=asked.limit,
        )
    )
    full = len(found) == asked.limit
    return Discrepancies(
        discrepancies=await _shown(call, found), next=found[-1].key if full else None
    )


async def show(call: Call[None]) -> CaseOut | Refusal:
    """A case with its history; what people write about it may tell of a person."""
    case = await call.work.nights.case(call.path["id"])
    if case is None:
        return refuse(Reason.DISCREPANCY_UNKNOWN, "id", id=call.path["id"])
    await note_look(call, subject=case.dossier_code, purpose="discrepancy")
    people = await _people(call.work)
    (shown,) = await _shown(call, [case])
    history = [
        EntryOut(
            **entry.model_dump(),
            kind_name=named(ENTRY_NAMES[entry.kind], call.language),
            author_name=people.get(entry.author, entry.author),
        )
        for entry in await call.work.nights.entries(case.id)
    ]
    return CaseOut(**shown.model_dump(), history=history)


async def change(call: Call[CaseChange]) -> DiscrepancyOut | Refusal:
    """Give a case an owner, a due date or an explanation; only a night closes it."""
    wanted = cases.CaseChange(**call.body.model_dump())
    return await _answered(call, await cases.change(_desk(call), call.path["id"], wanted))


async def comment(call: Call[Comment]) -> DiscrepancyOut | Refusal:
    """Say something about a case."""
    said = await cases.comment(_desk(call), call.path["id"], call.body.text)
    return await _answered(call, said)


async def reopen(call: Call[Reopening]) -> DiscrepancyOut | Refusal:
    """Open a closed case again."""
    again = await cases.reopen(_desk(call), call.path["id"], reason=call.body.reason)
    return await _answered(call, again)


async def change_many(call: Call[BulkChange]) -> BulkDone | Refusal:
    """Change many cases alike."""
    wanted = cases.CaseChange(**call.body.model_dump(exclude={"ids"}))
    done = await cases.change_many(_desk(call), call.body.ids, wanted)
    if isinstance(done, Refusal):
        return done
    return BulkDone(changed=done.changed, unchanged=len(done.cases) - done.changed)


def _desk(call: Call[Any]) -> cases.CaseDesk:
    return cases.CaseDesk(
        nights=call.work.nights,
        staff=call.work.inbound.staff,
        actor=call.actor,
        now=call.now,
        due_days=call.services.settings.nightly.case_due_days,
    )


async def _answered(call: Call[Any], case: Discrepancy | Refusal) -> DiscrepancyOut | Refusal:
    return case if isinstance(case, Refusal) else (await _shown(call, [case]))[0]


async def _shown(call: Call[Any], found: Sequence[Discrepancy]) -> list[DiscrepancyOut]:
    today, people = local_day(call.now), await _people(call.work)
    return [
        DiscrepancyOut(
            **case.model_dump(),
            kind_name=named(DIFFERENCE_NAMES[case.kind], call.language),
            age=case.age_days(today),
            overdue=is_overdue(case, today=today),
            owner_name=people.get(case.owner, case.owner) if case.owner else None,
        )
        for case in found
    ]


async def _people(work: Work) -> dict[str, str]:
    names = {staff.username: staff.name for staff in await work.inbound.all_staff()}
    return {NIGHT.username: NIGHT.name, **names}
