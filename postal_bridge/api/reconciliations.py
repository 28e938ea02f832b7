"""Nights and their cases."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from postal_bridge.api.call import Body, Call
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, format_day, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.reconciliation.ports import OneStopRefused
from postal_bridge.reconciliation.records import DIFFERENCE_NAMES, Discrepancy, Night

Day = Annotated[date, Field(ge=EARLIEST_DAY, le=LATEST_DAY)]


class RunNight(Body):
    """The date to reconcile."""

    date: Day


class NightOut(BaseModel):
    """A night with its open cases by class."""

    night: Night
    cases: dict[str, int]


class DiscrepancyQuery(BaseModel):
    """`state` is `open`, `closed` or `all`."""

    state: str = Field(default="open", pattern="^(open|closed|all)$")


class DiscrepancyOut(Discrepancy):
    """A case with its age and the words for people."""

    kind_name: str
    age: int


class Discrepancies(BaseModel):
    """Cases, by class and dossier."""

    discrepancies: list[DiscrepancyOut]


class CaseChange(Body):
    """Who looks after the case, and what is known of it."""

    owner: str | None = Field(default=None, max_length=60)
    explanation: str | None = Field(default=None, max_length=4000)


async def run(call: Call[RunNight]) -> NightOut | Refusal:
    """Reconcile a date now; doing it again is no harm."""
    if not call.services.settings.onestop.base_url:
        return refuse(Reason.ONESTOP_NOT_CONNECTED)
    try:
        night = await call.services.run_night(call.body.date)
    except OneStopRefused as answer:
        # The night is written down as failed; whoever asked for it is told what came instead.
        return refuse(Reason.ONESTOP_UNUSABLE, why=str(answer))
    if isinstance(night, Refusal):
        return night
    async with call.services.storage.begin(write=False) as work:
        cases = await work.nights.cases(open_only=True)
    return NightOut(night=night, cases=_by_class(list(cases)))


async def show(call: Call[None]) -> NightOut | Refusal:
    """A night as it was."""
    try:
        day = date.fromisoformat(call.path["date"])
    except ValueError:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=call.path["date"])
    night = await call.work.nights.night(day)
    if night is None:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=format_day(day))
    return NightOut(
        night=night, cases=_by_class(list(await call.work.nights.cases(open_only=True)))
    )


def _by_class(cases: list[Discrepancy]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for case in cases:
        counted[case.kind.value] = counted.get(case.kind.value, 0) + 1
    return counted


async def discrepancies(call: Call[None]) -> Discrepancies:
    """The cases."""
    state = call.asked(DiscrepancyQuery).state
    cases = await call.work.nights.cases(open_only=state == "open")
    wanted = [case for case in cases if state != "closed" or case.closed_on is not None]
    return Discrepancies(discrepancies=[_shown(call, case) for case in wanted])


async def change(call: Call[CaseChange]) -> DiscrepancyOut | Refusal:
    """Give a case an owner or an explanation; only a night closes it."""
    case = await call.work.nights.case(call.path["id"])
    if case is None:
        return refuse(Reason.DISCREPANCY_UNKNOWN, "id", id=call.path["id"])
    if call.body.owner is not None:
        if await call.work.inbound.staff(call.body.owner) is None:
            return refuse(Reason.STAFF_UNKNOWN, "owner", username=call.body.owner)
        case.owner = call.body.owner
    if call.body.explanation is not None:
        case.explanation = call.body.explanation
    await call.work.nights.put_case(case)
    return _shown(call, case)


def _shown(call: Call[None] | Call[CaseChange], case: Discrepancy) -> DiscrepancyOut:
    names = DIFFERENCE_NAMES[case.kind]
    return DiscrepancyOut(
        **case.model_dump(),
        kind_name=names[1] if call.language == "en" else names[0],
        age=case.age_days(local_day(call.now)),
    )
