"""COD over the web: what each carrier owes, consignment by consignment, and what does not add up."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Body, Call
from postal_bridge.api.remittances import keeper_of
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.remittances.cases import last_day_to_pay
from postal_bridge.remittances.deciding import Decision, decide
from postal_bridge.remittances.posting import ledger, summary
from postal_bridge.remittances.records import (
    CASE_NAMES,
    CASE_STATE_NAMES,
    COD_STATE_NAMES,
    ENTRY_NAMES,
    MOST_DONG,
    CodCase,
    CodCaseEntry,
    CodCaseKind,
    CodCaseState,
    CodState,
)
from postal_bridge.remittances.values import Account, CodCaseFilter

Words = Annotated[str, Field(min_length=3, max_length=4000)]


class CodQuery(BaseModel):
    """Which accounts; what is left out does not restrict. `after` is the `next` of the last page."""

    carrier: str | None = Field(default=None, max_length=60)
    state: CodState | None = None
    after: str = Field(default="", max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class AccountOut(BaseModel):
    """How the money of a consignment stands, in đồng.

    due = remitted + withheld + written_off + open. `open_dong` below nought is too much.

    Attributes:
        told_remitted_dong: what the carrier says that it has paid; a word and no money.
        pay_by: the last day on which it may pay; none where it owes nothing.
    """

    number: str
    carrier: str
    waybill: str | None
    state: CodState
    state_name: str
    cod_dong: int
    due_dong: int
    collected_dong: int
    told_remitted_dong: int
    remitted_dong: int
    withheld_dong: int
    written_off_dong: int
    open_dong: int
    since: datetime | None
    pay_by: date | None
    payments: int
    last_paid_on: date | None


class Ledger(BaseModel):
    """Accounts by number."""

    cod: list[AccountOut]
    next: str | None = None


class SumsOut(BaseModel):
    """A carrier's money together.

    due = remitted + withheld + written_off + open; received = remitted + unassigned + difference.

    Attributes:
        waiting_dong: still to be collected.
        missing_dong, surplus_dong: the two halves of `open_dong` that do not set each other off.
        unassigned_dong: of lines that no consignment is known for.
        difference_dong: by which the payments' totals differ from their lines.
    """

    carrier: str
    accounts: int
    waiting_dong: int
    due_dong: int
    remitted_dong: int
    withheld_dong: int
    written_off_dong: int
    open_dong: int
    missing_dong: int
    surplus_dong: int
    payments: int
    received_dong: int
    unassigned_dong: int
    difference_dong: int
    ties_out: bool


class Summary(BaseModel):
    """What each carrier owes, and all of them."""

    carriers: list[SumsOut]
    total: SumsOut


class CasesQuery(BaseModel):
    """Which cases; without `state` all that are not closed."""

    state: CodCaseState | None = None
    kind: CodCaseKind | None = None
    carrier: str | None = Field(default=None, max_length=60)
    number: str | None = Field(default=None, max_length=60)
    after: str | None = Field(default=None, max_length=120)
    limit: int = Field(default=50, ge=1, le=200)


class CodCaseOut(CodCase):
    """A case with the words for people."""

    kind_name: str
    state_name: str


class CodCases(BaseModel):
    """Cases by key."""

    cases: list[CodCaseOut]
    next: str | None = None


class CodEntryOut(CodCaseEntry):
    """A line of a case's history with the words for people."""

    case_key: str = Field(exclude=True)
    kind_name: str


class CodCaseShown(CodCaseOut):
    """A case with its history, oldest first."""

    history: list[CodEntryOut]


class WriteOffIn(Body):
    """What the case stands at, as it is seen, and why it is no longer waited for."""

    amount_dong: int = Field(ge=-MOST_DONG, le=MOST_DONG)
    reason: Words


class CodDecision(Body):
    """What shall be different.

    `consignment` says which one a line is for; `write_off` no longer waits for the money, or keeps
    what is too much; `approve` answers what somebody else proposed to write off.
    """

    explanation: Words | None = None
    consignment: str | None = Field(default=None, min_length=1, max_length=60)
    write_off: WriteOffIn | None = None
    approve: bool | None = None


async def accounts(call: Call[None]) -> Ledger:
    """A page of accounts."""
    asked = call.asked(CodQuery)
    page = await ledger(
        call.work.cod_books,
        carrier=asked.carrier,
        state=asked.state,
        after=asked.after,
        limit=asked.limit,
    )
    full = len(page) == asked.limit
    return Ledger(cod=[_account(call, one) for one in page], next=page[-1].number if full else None)


async def sums(call: Call[None]) -> Summary:
    """The carriers' money; the last row is all of them."""
    rows = []
    for one in await summary(call.work.cod_books):
        facts = {name: getattr(one, name) for name in SumsOut.model_fields if hasattr(one, name)}
        bank = {name: getattr(one.bank, name) for name in _BANK}
        rows.append(SumsOut(**{**facts, **bank}))
    together = {
        name: sum(getattr(row, name) for row in rows)
        for name, field in SumsOut.model_fields.items()
        if field.annotation is int
    }
    total = SumsOut(carrier="", ties_out=all(row.ties_out for row in rows), **together)
    return Summary(carriers=rows, total=total)


_BANK = ("payments", "received_dong", "unassigned_dong", "difference_dong")


async def cases(call: Call[None]) -> CodCases:
    """A page of cases."""
    asked = call.asked(CasesQuery)
    found = await call.work.cod_cases.listed(
        CodCaseFilter(
            state=asked.state,
            standing=asked.state is None,
            kind=asked.kind,
            carrier=asked.carrier,
            number=asked.number,
            after=asked.after,
            limit=asked.limit,
        )
    )
    full = len(found) == asked.limit
    return CodCases(
        cases=[CodCaseOut(**_case(call, one)) for one in found],
        next=found[-1].key if full else None,
    )


async def show(call: Call[None]) -> CodCaseShown | Refusal:
    """A case with its history."""
    case = await call.work.cod_cases.find(call.path["key"])
    if case is None:
        return refuse(Reason.COD_CASE_UNKNOWN, "key", key=call.path["key"])
    return await _shown(call, case)


async def change(call: Call[CodDecision]) -> CodCaseShown | Refusal:
    """Explain a case, say whose money it is, write it off, agree to that."""
    body = call.body
    wanted = Decision(
        explanation=body.explanation,
        consignment=body.consignment,
        write_off_dong=body.write_off.amount_dong if body.write_off else None,
        reason=body.write_off.reason if body.write_off else "",
        approve=body.approve,
    )
    case = await decide(keeper_of(call), call.path["key"], wanted, actor=call.actor)
    return case if isinstance(case, Refusal) else await _shown(call, case)


async def _shown(call: Call[None] | Call[CodDecision], case: CodCase) -> CodCaseShown:
    history = [
        CodEntryOut(**one.model_dump(), kind_name=named(ENTRY_NAMES[one.kind], call.language))
        for one in await call.work.cod_cases.entries(case.key)
    ]
    return CodCaseShown(**_case(call, case), history=history)


def _case(call: Call[None] | Call[CodDecision], case: CodCase) -> dict[str, Any]:
    return {
        **case.model_dump(),
        "kind_name": named(CASE_NAMES[case.kind], call.language),
        "state_name": named(CASE_STATE_NAMES[case.state], call.language),
    }


def _account(call: Call[None], one: Account) -> AccountOut:
    services, pay_by = call.services, None
    if one.since is not None and one.open_dong > 0:
        days = services.settings.cod.days_to_pay
        pay_by = last_day_to_pay(one.since, days, calendar=services.calendar)
    facts = {name: getattr(one, name) for name in AccountOut.model_fields if hasattr(one, name)}
    state_name = named(COD_STATE_NAMES[one.state], call.language)
    return AccountOut(**facts, state_name=state_name, pay_by=pay_by)
