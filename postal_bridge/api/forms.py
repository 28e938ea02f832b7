"""Printed forms: of a dossier, of a handover, of a pouch."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Call, Reply
from postal_bridge.api.captures import papers_of
from postal_bridge.api.form_facts import case_of, issuer_of, lookup_of
from postal_bridge.api.ports import Work
from postal_bridge.clock import EARLIEST_DAY, LATEST_DAY, day_bounds
from postal_bridge.documents.dossier_forms import (
    apology,
    fee_receipt,
    receipt,
    refusal_notice,
    stop_notice,
    supplement_request,
)
from postal_bridge.documents.follow_up_book import MOST_DAYS, Book, follow_up_book
from postal_bridge.documents.form_records import PrintedForm
from postal_bridge.documents.form_values import FormPage
from postal_bridge.documents.printed import Press
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import Act, ItemKind, Status
from postal_bridge.tracking.custody_forms import control_sheet, handover_minutes, pouch_manifest
from postal_bridge.tracking.records import PouchState

PDF = "application/pdf"


class FormQuery(BaseModel):
    """Which supplement request or apology; the latest one where none is named. An earlier issue, by number."""

    number: int | None = Field(default=None, ge=1, le=1000)
    issue: int | None = Field(default=None, ge=1, le=100_000)


class BookQuery(BaseModel):
    """From which day to which, both included; an earlier issue, by number."""

    first: date = Field(ge=EARLIEST_DAY, le=LATEST_DAY)
    last: date = Field(ge=EARLIEST_DAY, le=LATEST_DAY)
    issue: int | None = Field(default=None, ge=1, le=100_000)


class FormList(BaseModel):
    """What was given out."""

    forms: list[PrintedForm]


Filled = tuple[str, FormPage]
"""The name under which a form is kept, and the form."""
Filling = Callable[[Call[None], Work, Dossier], Awaitable[Filled | Refusal]]


async def of_dossier(call: Call[None]) -> Reply | Refusal:
    """A form of a dossier; who looked is recorded."""
    code, form = call.path["code"], call.path["form"]
    filling = FORMS.get(form)
    if filling is None:
        return refuse(Reason.FORM_UNKNOWN, "form", form=form, known=", ".join(sorted(FORMS)))
    async with call.services.storage.begin() as work:
        dossier = await work.dossiers.find(code)
        if dossier is None:
            return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
        filled = await filling(call, work, dossier)
        if isinstance(filled, Refusal):
            return filled
        await note_look(call, subject=f"{code}/{filled[0]}", purpose="form", work=work)
    return await _given(call, filled, subject=code, issue=call.asked(FormQuery).issue)


async def listed(call: Call[None]) -> FormList | Refusal:
    """Every form of a dossier that was given out."""
    code = call.path["code"]
    if await call.work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    return FormList(forms=list(await call.work.printed_forms.about(code)))


async def of_handover(call: Call[None]) -> Reply | Refusal:
    """The minutes of a handover, for both sides to sign."""
    number = call.path["number"]
    async with call.services.storage.begin(write=False) as work:
        handover = await work.handovers.find(number)
        if handover is None:
            return refuse(Reason.HANDOVER_UNKNOWN, "number", number=number)
        lines = await work.handovers.lines(number)
        lookup = await lookup_of(call, work, [line.item_code for line in lines])
        issuer = await issuer_of(call, work)
    page = handover_minutes(handover, lines, lookup=lookup, issuer=issuer)
    return await _given(call, ("handover", page), subject=number, issue=call.asked(FormQuery).issue)


async def of_pouch(call: Call[None]) -> Reply | Refusal:
    """The manifest that travels with a sealed pouch."""
    code = call.path["code"]
    async with call.services.storage.begin(write=False) as work:
        pouch = await work.pouches.find(code)
        if pouch is None:
            return refuse(Reason.POUCH_UNKNOWN, "code", code=code)
        if pouch.state is PouchState.OPEN:
            return _not_due("manifest", "túi chưa niêm phong.", "the pouch is not sealed.")
        lines = await work.pouches.manifest(code)
        lookup = await lookup_of(call, work, [line.item_code for line in lines])
        issuer = await issuer_of(call, work)
    page = pouch_manifest(pouch, lines, lookup=lookup, issuer=issuer)
    return await _given(call, ("manifest", page), subject=code, issue=call.asked(FormQuery).issue)


async def book(call: Call[None]) -> Reply | Refusal:
    """The follow-up book of some days; who looked is recorded."""
    asked = call.asked(BookQuery)
    days = (asked.last - asked.first).days + 1
    if not 0 < days <= MOST_DAYS:
        return refuse(Reason.BOOK_DAYS, "last", most=MOST_DAYS)
    (begin, _), (_, end) = day_bounds(asked.first), day_bounds(asked.last)
    async with call.services.storage.begin() as work:
        dossiers = await work.dossiers.received_between(begin, end)
        told = Book(
            first=asked.first,
            last=asked.last,
            dossiers=dossiers,
            procedures=await _procedures(work, dossiers),
            departments={place.code: place.name for place in await work.catalogue.places()},
        )
        page = follow_up_book(told, await issuer_of(call, work))
        await note_look(call, subject=told.subject, purpose="form", work=work)
    return await _given(call, ("book", page), subject=told.subject, issue=asked.issue)


async def _procedures(work: Work, dossiers: Sequence[Dossier]) -> dict[str, str]:
    names = {}
    for code in sorted({dossier.procedure_code for dossier in dossiers}):
        procedure = await work.catalogue.procedure(code)
        names[code] = procedure.name if procedure else code
    return names


async def _given(
    call: Call[None], filled: Filled, *, subject: str, issue: int | None
) -> Reply | Refusal:
    press = Press(house=papers_of(call.services), setting=call.services.print_form)
    name, page = filled
    if issue is None:
        content = await press.give(name, subject, page, call.actor)
    else:
        content = await press.again(name, subject, issue)
    return content if isinstance(content, Refusal) else Reply(content, media_type=PDF)


async def _receipt(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    if dossier.status is Status.REFUSED:
        return _not_due("receipt", "hồ sơ không được tiếp nhận.", "the dossier was refused.")
    return "receipt", receipt(await case_of(work, dossier), await issuer_of(call, work))


async def _supplement(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    asked = await work.dossiers.supplements(dossier.code)
    number = call.asked(FormQuery).number or len(asked)
    found = next((one for one in asked if one.number == number), None)
    if found is None:
        return _not_due("supplement", "không có yêu cầu bổ sung này.", "no such request was made.")
    case, issuer = await case_of(work, dossier), await issuer_of(call, work)
    return f"supplement-{number}", supplement_request(case, found, issuer)


async def _refusal(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    if dossier.status is not Status.REFUSED:
        return _not_due("refusal", "hồ sơ không bị từ chối.", "the dossier was not refused.")
    return "refusal", refusal_notice(await case_of(work, dossier), await issuer_of(call, work))


async def _fees(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    receipts = await work.dossiers.receipts(dossier.code)
    if not any(one.number for one in receipts):
        return _not_due("fees", "chưa thu khoản nào.", "no money was taken.")
    case, issuer = await case_of(work, dossier), await issuer_of(call, work)
    return "fees", fee_receipt(case, receipts, issuer)


async def _control(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    case = await case_of(work, dossier)
    page = control_sheet(
        dossier,
        procedure=case.procedure,
        department=case.department,
        events=await work.custody.dossier_events(dossier.code),
        lookup=await lookup_of(call, work, []),
        issuer=await issuer_of(call, work),
    )
    return "control", page


async def _apology(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    later = await work.dossiers.postponements(dossier.code)
    number = call.asked(FormQuery).number or len(later)
    found = next((one for one in later if one.number == number), None)
    if found is None:
        return _not_due("apology", "chưa hẹn lại ngày trả.", "no later day was promised.")
    case, issuer = await case_of(work, dossier), await issuer_of(call, work)
    return f"apology-{number}", apology(case, found, issuer)


async def _stop(call: Call[None], work: Work, dossier: Dossier) -> Filled | Refusal:
    told = await work.custody.dossier_events(dossier.code)
    stopped = [
        event for kind, event in told if kind is ItemKind.STOP_NOTICE and event.act is Act.ISSUE
    ]
    if not stopped:
        return _not_due("stop", "hồ sơ không bị dừng.", "the dossier was not stopped.")
    event = stopped[-1]
    page = stop_notice(
        await case_of(work, dossier),
        reason=event.note or "–",
        stopped_at=event.occurred_at,
        issuer=await issuer_of(call, work),
    )
    return "stop", page


FORMS: Mapping[str, Filling] = {
    "receipt": _receipt,
    "supplement": _supplement,
    "refusal": _refusal,
    "fees": _fees,
    "control": _control,
    "apology": _apology,
    "stop": _stop,
}
"""By the word with which one asks for them."""


def _not_due(form: str, why: str, why_en: str) -> Refusal:
    return refuse(Reason.FORM_NOT_DUE, "form", form=form, why=why, why_en=why_en)
