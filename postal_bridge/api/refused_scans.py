"""Refused scans: listed, explained, applied again, dismissed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn
from uuid import UUID

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named, recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.api.ports import Work
from postal_bridge.api.recognition import actor_of
from postal_bridge.api.refusal_advice import advice_for
from postal_bridge.api.transfers import TransferOut, shown
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import ACT_NAMES, Act
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.records import (
    Pouch,
    RefusalStep,
    RefusedScan,
    RefusedScanStep,
)
from postal_bridge.tracking.refused_content import refusal_of, was_taken
from postal_bridge.tracking.refused_scans import (
    Stays,
    dismiss,
    explain,
    one_content,
    reapply,
    sent_again,
)
from postal_bridge.tracking.scan_ports import RefusedFilter

_KEY = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9a-f]{16}$"
_WAITING = "waiting"


class RefusedScanQuery(BaseModel):
    """Which ones; what is left out does not restrict. `after` is the `next` of the last page."""

    state: Literal["waiting", "settled", "all"] = "waiting"
    reason: str | None = Field(default=None, max_length=60)
    device: str | None = Field(default=None, max_length=60)
    actor: str | None = Field(default=None, max_length=60)
    place: str | None = Field(default=None, max_length=60)
    after: str | None = Field(default=None, pattern=_KEY)
    limit: int = Field(default=50, ge=1, le=200)


class RefusedScanShown(RefusedScan):
    """A refused scan as it was sent, with the words for people.

    Attributes:
        state: `waiting`, or what became of it.
        detail: why it was refused; advice: what can be done.
        holder_code, holder_name: who has the item now, where anybody is known to.
    """

    facts: str | None = Field(default=None, exclude=True)
    state: str
    detail: str
    advice: str
    actor_name: str
    act_name: str
    place_name: str
    holder_code: str | None = None
    holder_name: str | None = None


class RefusedScanPage(BaseModel):
    """Refused scans, newest first."""

    scans: list[RefusedScanShown]
    next: str | None = None


class StepShown(BaseModel):
    """One line of the history: who did what about it, when, and what was said."""

    step: RefusalStep
    actor: str
    actor_name: str
    happened_at: datetime
    text: str | None = None
    reason: str | None = None
    detail: str | None = None


class IfReapplied(BaseModel):
    """What applying it again would say today; nothing has been done."""

    taken: bool
    reason: str | None = None
    detail: str | None = None


class RefusedScanKnown(RefusedScanShown):
    """All that is known: history, the item and the pouch as they are now, and what would be.

    Attributes:
        in_ledger: the ledger has this very content: also where it had been dismissed, and then
            came again and fitted.
    """

    steps: list[StepShown]
    in_ledger: bool
    item: TransferOut | None = None
    pouch_now: Pouch | None = None
    if_reapplied: IfReapplied | None = None


class RefusedContents(BaseModel):
    """All contents that were refused under one scan id."""

    scans: list[RefusedScanKnown]


class ScanExplanation(Body):
    """What a supervisor found out; `fingerprint` says which content, where there are several."""

    text: str = Field(min_length=3, max_length=4000)
    fingerprint: str | None = Field(default=None, max_length=16)


class Reapplication(Body):
    """Apply it again."""

    note: str | None = Field(default=None, max_length=4000)
    fingerprint: str | None = Field(default=None, max_length=16)


class ScanDismissal(Body):
    """Why it shall never count."""

    explanation: str = Field(min_length=3, max_length=4000)
    fingerprint: str | None = Field(default=None, max_length=16)


class _Undone(Exception):  # noqa: N818 - it carries an answer out of a transaction, it is no error
    """Takes an answer out of a transaction so that nothing of it stays."""

    def __init__(self, answer: IfReapplied) -> None:
        super().__init__()
        self.answer = answer


async def listed(call: Call[None]) -> RefusedScanPage:
    """A page of refused scans."""
    asked = call.asked(RefusedScanQuery)
    scan_id, _, fingerprint = (asked.after or "").partition(".")
    found = await call.work.refused_scans.listed(
        RefusedFilter(
            settled={"waiting": False, "settled": True}.get(asked.state),
            reason=asked.reason,
            device=asked.device,
            actor=asked.actor,
            place=asked.place,
            after=(UUID(scan_id), fingerprint) if fingerprint else None,
            limit=asked.limit,
        )
    )
    full = len(found) == asked.limit
    return RefusedScanPage(
        scans=await _worded(call, found),
        next=f"{found[-1].scan_id}.{found[-1].fingerprint}" if found and full else None,
    )


async def show(call: Call[None]) -> RefusedContents | Refusal:
    """All contents under one scan id, with what is known now and what would be said today."""
    scan_id = _scan_id(call)
    if isinstance(scan_id, Refusal):
        return scan_id
    storage = call.services.storage
    async with storage.begin(write=False) as work:
        contents = list(await work.refused_scans.of(scan_id))
        known = [await _known(replace(call, transaction=work), one) for one in contents]
    if not known:
        return refuse(Reason.REFUSED_SCAN_UNKNOWN, "scan_id", scan_id=scan_id)
    for one, content in zip(known, contents, strict=True):
        if not one.in_ledger:
            one.if_reapplied = await _asked_only(call, content)
    return RefusedContents(scans=known)


async def explanation(call: Call[ScanExplanation]) -> RefusedScanShown | Refusal:
    """Write an explanation to it."""
    scan = await _meant(call, call.work)
    if isinstance(scan, Refusal):
        return scan
    explained = await explain(recorder_of(call), scan, text=call.body.text)
    return (await _worded(call, [explained]))[0]


async def dismissal(call: Call[ScanDismissal]) -> RefusedScanShown | Refusal:
    """Decide that it never counts."""
    scan = await _meant(call, call.work)
    if isinstance(scan, Refusal):
        return scan
    became = await dismiss(recorder_of(call), scan, explanation=call.body.explanation)
    if isinstance(became, Stays):
        return _stays(call, became)
    return (await _worded(call, [became]))[0]


async def reapplication(call: Call[Reapplication]) -> RefusedScanShown | Refusal:
    """Send the very scan through once more.

    The transaction is its own and is kept when the scan is refused again: the attempt is noted.
    """
    async with call.services.storage.begin() as work:
        inside = replace(call, transaction=work)
        scan = await _meant(call, work)
        if isinstance(scan, Refusal):
            return scan
        scanner = await _scanner(inside, scan)
        if isinstance(scanner, Refusal):
            return _stays(call, Stays(scan, scanner))
        became = await reapply(
            scanner,
            scan,
            decided=recorder_of(inside),
            note=call.body.note,
            ahead_limit=_ahead_limit(call),
        )
        if isinstance(became, Stays):
            return _stays(call, became)
        return (await _worded(inside, [became]))[0]


async def _asked_only(call: Call[Any], scan: RefusedScan) -> IfReapplied:
    """What applying it again would say; the transaction that was needed to know is undone."""
    try:
        await _try_and_undo(call, scan)
    except _Undone as undone:
        return undone.answer


async def _try_and_undo(call: Call[Any], scan: RefusedScan) -> NoReturn:
    async with call.services.storage.begin() as work:
        scanner = await _scanner(replace(call, transaction=work), scan)
        if isinstance(scanner, Refusal):
            raise _Undone(_would_be(scanner, call.language))
        outcome = await sent_again(scanner, scan, ahead_limit=_ahead_limit(call))
        refusal = outcome.refused[0].refusal if outcome.refused else None
        raise _Undone(_would_be(refusal, call.language))


def _would_be(refusal: Refusal | None, language: str) -> IfReapplied:
    if refusal is None:
        return IfReapplied(taken=True)
    slug, detail = refusal.reason.slug, refusal.sentence(language)
    return IfReapplied(taken=False, reason=slug, detail=detail)


def _ahead_limit(call: Call[Any]) -> timedelta:
    return timedelta(minutes=call.services.settings.tracking.scan_ahead_limit_minutes)


def _stays(call: Call[Any], stays: Stays) -> Refusal:
    slug = stays.why.reason.slug if isinstance(stays.why, Refusal) else stays.scan.settled_as
    facts = {
        "scan_id": stays.scan.scan_id,
        "why": stays.sentence(call.language),
        "because": slug,
    }
    return Refusal(Reason.REFUSED_SCAN_STAYS, "scan_id", facts)


def _scan_id(call: Call[Any]) -> UUID | Refusal:
    try:
        return UUID(call.path["scan_id"])
    except ValueError:
        return refuse(Reason.REFUSED_SCAN_UNKNOWN, "scan_id", scan_id=call.path["scan_id"])


async def _meant(call: Call[Any], work: Work) -> RefusedScan | Refusal:
    scan_id = _scan_id(call)
    if isinstance(scan_id, Refusal):
        return scan_id
    return await one_content(work, scan_id=scan_id, fingerprint=call.body.fingerprint)


async def _scanner(call: Call[Any], scan: RefusedScan) -> Recorder | Refusal:
    """Records as the person who scanned, in the role and at the places of today."""
    staff = await call.work.inbound.staff(scan.actor)
    if staff is None:
        return refuse(Reason.STAFF_UNKNOWN, "actor", username=scan.actor)
    actor, identifiers = actor_of(staff), call.services.identifiers
    return Recorder(call.work, actor=actor, now=call.now, identifiers=identifiers)


# --- in words -------------------------------------------------------------------------------------


async def _known(call: Call[Any], scan: RefusedScan) -> RefusedScanKnown:
    (worded,) = await _worded(call, [scan])
    work = call.work
    people = await _people(work)
    pouch = await work.pouches.find(scan.code) or await work.pouches.find(scan.pouch or "")
    items = await shown(call, [scan.code])
    events = await work.custody.by_event_id([scan.scan_id])
    return RefusedScanKnown(
        **worded.model_dump(),
        steps=[
            _step(one, people=people, language=call.language)
            for one in await work.refused_scans.steps(scan.scan_id)
            if one.fingerprint == scan.fingerprint
        ],
        in_ledger=was_taken(scan, events.get(scan.scan_id)),
        item=items[0] if items else None,
        pouch_now=pouch,
    )


def _step(step: RefusedScanStep, *, people: dict[str, str], language: str) -> StepShown:
    refusal = refusal_of(step)
    return StepShown(
        **step.model_dump(include={"step", "actor", "happened_at", "text", "reason"}),
        actor_name=people.get(step.actor, step.actor),
        detail=refusal.sentence(language) if refusal else None,
    )


async def _worded(call: Call[Any], scans: Sequence[RefusedScan]) -> list[RefusedScanShown]:
    work, language = call.work, call.language
    places = {place.code: place.name for place in await work.catalogue.places()}
    people = await _people(work)
    codes = sorted({scan.code for scan in scans})
    items = {one.item_code: one for one in await shown(call, codes)}
    worded = []
    for scan in scans:
        refusal, item = refusal_of(scan), items.get(scan.code)
        act = Act(scan.act) if scan.act in {one.value for one in Act} else None
        worded.append(
            RefusedScanShown(
                **scan.model_dump(),
                state=scan.settled_as or _WAITING,
                detail=refusal.sentence(language) if refusal else scan.reason,
                advice=named(advice_for(refusal.reason if refusal else None), language),
                actor_name=people.get(scan.actor, scan.actor),
                act_name=named(ACT_NAMES[act], language) if act else scan.act,
                place_name=places.get(scan.place, scan.place),
                holder_code=item.holder_code if item else None,
                holder_name=item.holder_name if item else None,
            )
        )
    return worded


async def _people(work: Work) -> dict[str, str]:
    return {staff.username: staff.name for staff in await work.inbound.all_staff()}
