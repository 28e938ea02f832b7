"""Nights: run, listed, looked at, signed."""

from collections import Counter
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Body, Call
from postal_bridge.api.ports import Work
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, format_day, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.reconciliation.discrepancies import ages
from postal_bridge.reconciliation.ports import OneStopRefused
from postal_bridge.reconciliation.records import Night, SignOff
from postal_bridge.reconciliation.sign_offs import (
    SIDE_NAMES,
    Signatures,
    Signing,
    SigningSide,
    left_lying,
    sign_off,
    signatures,
)

Day = Annotated[date, Field(ge=EARLIEST_DAY, le=LATEST_DAY)]


class RunNight(Body):
    """The date to reconcile."""

    date: Day


class SignOffOut(SignOff):
    """A signature.

    Attributes:
        counts: it is under the report that the night has now.
    """

    side_name: str
    counts: bool


class NightOut(BaseModel):
    """A night, who signed it, and the cases that are open now.

    Attributes:
        cases: open cases by class; ages: the same by age.
        signed: both sides have signed the report that the night has now.
        left_lying: open cases of this or an earlier night that nobody answers for; while there
            are any, the night is signed with a note.
    """

    night: Night
    cases: dict[str, int]
    ages: dict[str, int]
    signed: bool
    sign_offs: list[SignOffOut]
    left_lying: int


class NightQuery(BaseModel):
    """How many nights, newest first."""

    limit: int = Field(default=31, ge=1, le=100)


class NightLine(Night):
    """A night in the list.

    Attributes:
        signed_by: sides whose signature counts.
    """

    evidence: str = Field(default="", exclude=True)
    signed: bool
    signed_by: list[str]


class NightList(BaseModel):
    """Nights, newest first."""

    nights: list[NightLine]


class SignNight(Body):
    """A signature; `report` is the report that was read, so that no other one gets signed."""

    report: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    note: str | None = Field(default=None, max_length=4000)


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
        return await _shown(call, work, night)


async def listed(call: Call[None]) -> NightList:
    """The last nights."""
    nights = call.work.nights
    lines = []
    for night in await nights.nights(limit=call.asked(NightQuery).limit):
        signed = signatures(night, await nights.sign_offs(night.day))
        sides = sorted(side.value for side in signed.standing)
        lines.append(NightLine(**night.model_dump(), signed=signed.signed, signed_by=sides))
    return NightList(nights=lines)


async def show(call: Call[None]) -> NightOut | Refusal:
    """A night as it was, and who signed it."""
    day = _day(call)
    if isinstance(day, Refusal):
        return day
    night = await call.work.nights.night(day)
    if night is None:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=format_day(day))
    return await _shown(call, call.work, night)


async def sign(call: Call[SignNight]) -> NightOut | Refusal:
    """Sign a night for one's own side."""
    day = _day(call)
    if isinstance(day, Refusal):
        return day
    signing = Signing(report=call.body.report, note=call.body.note)
    nights = call.work.nights
    signed = await sign_off(nights, day, signing, actor=call.actor, now=call.now)
    if isinstance(signed, Refusal):
        return signed
    night = await nights.night(day)
    if night is None:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=format_day(day))
    return await _shown(call, call.work, night)


def _day(call: Call[Any]) -> date | Refusal:
    try:
        return date.fromisoformat(call.path["date"])
    except ValueError:
        return refuse(Reason.NIGHT_UNKNOWN, "date", date=call.path["date"])


async def _shown(call: Call[Any], work: Work, night: Night) -> NightOut:
    cases, today = list(await work.nights.cases(open_only=True)), local_day(call.now)
    signed = signatures(night, await work.nights.sign_offs(night.day))
    return NightOut(
        night=night,
        cases=dict(Counter(case.kind.value for case in cases)),
        ages=ages(cases, today=today),
        signed=signed.signed,
        sign_offs=_signatures(signed, call.language),
        left_lying=len(left_lying(cases, night=night.day, today=today)),
    )


def _signatures(signed: Signatures, language: str) -> list[SignOffOut]:
    standing = list(signed.standing.values())
    return [
        SignOffOut(
            **one.model_dump(),
            side_name=named(SIDE_NAMES[SigningSide(one.side)], language),
            counts=one in standing,
        )
        for one in (*signed.earlier, *standing)
    ]
