"""Dossiers: intake, the whole case, supplements, results, fees, return at the desk."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from postal_bridge.api.acting import named, note_look, recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.dossiers.fees import collect_fee
from postal_bridge.dossiers.intake import Applicant, Filing, Received, receive_dossier
from postal_bridge.dossiers.records import (
    ChecklistLine,
    Dossier,
    FeeKind,
    FeeReceipt,
    Item,
    Postponement,
    Supplement,
)
from postal_bridge.dossiers.results import issue_result
from postal_bridge.dossiers.supplements import answer_supplement, request_supplement
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import STATUS_NAMES, ItemKind
from postal_bridge.tracking.consignments import return_at_desk
from postal_bridge.tracking.retention import close_request_slips, retain_papers

_TAKEN_HOME = frozenset({ItemKind.RESULT, ItemKind.STOP_NOTICE})


class GivenPaper(Body):
    """One paper as counted at the counter; `position` as in the procedure's list."""

    position: int = Field(ge=1, le=200)
    originals: int = Field(ge=0, le=100)
    copies: int = Field(default=0, ge=0, le=100)
    pages: int = Field(ge=0, le=2000)


class NewDossier(Body):
    """What the clerk has in hand. With `refusal` (reasons in words) it is not accepted.

    Without a `code` from the one-stop system our own numbering gives one.
    """

    model_config = ConfigDict(str_strip_whitespace=True)  # beside the strictness of every body

    code: str | None = Field(default=None, min_length=1, max_length=60)
    procedure: str = Field(min_length=1, max_length=60)
    place: str = Field(min_length=1, max_length=60)
    channel: int = Field(ge=1, le=3)
    return_mode: int = Field(ge=0, le=1)
    applicant_name: str = Field(min_length=1, max_length=400)
    applicant_identity: str = Field(pattern=r"^(\d{9}|\d{12})$")
    applicant_phone: str = Field(pattern=r"^0\d{8,10}$")
    applicant_address: str = Field(default="", max_length=400)
    applicant_ward: str | None = Field(default=None, max_length=400)
    papers: list[GivenPaper] = Field(default_factory=list, max_length=200)
    refusal: str | None = Field(default=None, min_length=3, max_length=4000)


class DossierOut(Dossier):
    """The case with its checklist and items."""

    status_name: str = ""
    checklist: list[ChecklistLine] = Field(default_factory=list)
    items: list[Item] = Field(default_factory=list)
    supplements: list[Supplement] = Field(default_factory=list)
    postponements: list[Postponement] = Field(default_factory=list)
    receipts: list[FeeReceipt] = Field(default_factory=list)


class SupplementWanted(Body):
    """What is missing, and why."""

    reason: str = Field(min_length=3, max_length=4000)
    papers: str = Field(min_length=1, max_length=4000)
    place: str = Field(min_length=1, max_length=60)


class SupplementBrought(Body):
    """The citizen brings the missing papers."""

    place: str = Field(min_length=1, max_length=60)
    pages: int = Field(ge=1, le=2000)


class SupplementOut(BaseModel):
    """The request, and the barcode of what travels for it."""

    supplement: Supplement
    item: Item
    promised_at: datetime | None = None


class NewResult(Body):
    """The result that the department issues."""

    place: str = Field(min_length=1, max_length=60)
    label: str = Field(default="Kết quả giải quyết", min_length=1, max_length=400)


class NewFee(Body):
    """Money taken, or an exemption with its legal basis (then the amount is 0)."""

    kind: FeeKind = FeeKind.FEE
    amount_vnd: int = Field(ge=0, le=10_000_000_000)
    exemption_basis: str | None = Field(default=None, max_length=400)
    place: str = Field(min_length=1, max_length=60)


class ReturnAtDesk(Body):
    """The citizen, or somebody with the citizen's authority, takes the result."""

    place: str = Field(min_length=1, max_length=60)
    receiver: str = Field(min_length=1, max_length=400)


async def create(call: Call[NewDossier]) -> DossierOut | Refusal:
    """Take a dossier in, or refuse it with reasons."""
    body = call.body
    received = await receive_dossier(
        call.work,
        recorder_of(call),
        Filing(
            code=body.code,
            procedure_code=body.procedure,
            applicant=Applicant(
                name=body.applicant_name,
                identity=body.applicant_identity,
                phone=body.applicant_phone,
                address=body.applicant_address,
                ward=body.applicant_ward,
            ),
            channel=body.channel,
            return_mode=body.return_mode,
            place=body.place,
            papers=[(p.position, p.originals, p.copies, p.pages) for p in body.papers],
            refusal=body.refusal,
        ),
        actor=call.actor,
        now=call.now,
        calendar=call.services.calendar,
        cutoff=call.services.settings.calendar.receive_cutoff,
    )
    if isinstance(received, Refusal):
        return received
    return _shown(received, language=call.language)


def _shown(received: Received, *, language: str) -> DossierOut:
    return DossierOut(
        **received.dossier.model_dump(),
        status_name=named(STATUS_NAMES[received.dossier.status], language),
        checklist=list(received.checklist),
        items=[received.item] if received.item else [],
    )


async def show(call: Call[None]) -> DossierOut | Refusal:
    """The whole case; who looked is recorded."""
    code = call.path["code"]
    dossiers = call.work.dossiers
    dossier = await dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    await note_look(call, subject=code, purpose="dossier")
    return DossierOut(
        **dossier.model_dump(),
        status_name=named(STATUS_NAMES[dossier.status], call.language),
        checklist=list(await dossiers.checklist(code)),
        items=list(await dossiers.items(code)),
        supplements=list(await dossiers.supplements(code)),
        postponements=list(await dossiers.postponements(code)),
        receipts=list(await dossiers.receipts(code)),
    )


async def ask_supplement(call: Call[SupplementWanted]) -> SupplementOut | Refusal:
    """A department asks for missing papers; the time limit stands still."""
    asked = await request_supplement(
        call.work,
        recorder_of(call),
        code=call.path["code"],
        reason=call.body.reason,
        papers=call.body.papers,
        place=call.body.place,
        actor=call.actor,
        now=call.now,
    )
    return asked if isinstance(asked, Refusal) else await _supplement_out(call, asked)


async def bring_supplement(call: Call[SupplementBrought]) -> SupplementOut | Refusal:
    """The citizen brings the papers; the time limit goes on."""
    recorder = recorder_of(call)
    brought = await answer_supplement(
        call.work,
        recorder,
        code=call.path["code"],
        place=call.body.place,
        pages=call.body.pages,
        actor=call.actor,
        now=call.now,
        calendar=call.services.calendar,
    )
    if isinstance(brought, Refusal):
        return brought
    await close_request_slips(recorder, call.path["code"], place=call.body.place)
    return await _supplement_out(call, brought)


async def _supplement_out(
    call: Call[SupplementWanted] | Call[SupplementBrought], pair: tuple[Supplement, Item]
) -> SupplementOut:
    dossier = await call.work.dossiers.find(call.path["code"])
    promised = dossier.promised_at if dossier else None
    return SupplementOut(supplement=pair[0], item=pair[1], promised_at=promised)


async def issue(call: Call[NewResult]) -> Item | Refusal:
    """A department issues the result and keeps the papers it decided on."""
    recorder = recorder_of(call)
    item = await issue_result(
        call.work,
        recorder,
        code=call.path["code"],
        label=call.body.label,
        place=call.body.place,
        actor=call.actor,
        now=call.now,
    )
    if not isinstance(item, Refusal):
        await retain_papers(recorder, call.path["code"], place=call.body.place)
    return item


async def collect(call: Call[NewFee]) -> FeeReceipt | Refusal:
    """Take money with a receipt, or note an exemption."""
    return await collect_fee(
        call.work,
        code=call.path["code"],
        kind=call.body.kind,
        amount_vnd=call.body.amount_vnd,
        exemption_basis=call.body.exemption_basis,
        place=call.body.place,
        actor=call.actor,
        now=call.now,
        receipt_id=call.services.identifiers.new(call.now),
    )


async def hand_to_citizen(call: Call[ReturnAtDesk]) -> DossierOut | Refusal:
    """Give the result, or the notice of a stop, to the citizen at the return desk."""
    code = call.path["code"]
    items = await call.work.dossiers.items(code)
    result = next((item for item in items if item.kind in _TAKEN_HOME), None)
    if result is None:
        return refuse(Reason.ITEM_UNKNOWN, "code", code=code)
    refusal = await return_at_desk(
        recorder_of(call),
        item_code=result.code,
        place=call.body.place,
        receiver=call.body.receiver,
    )
    if refusal is not None:
        return refusal
    dossier = await call.work.dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    name = named(STATUS_NAMES[dossier.status], call.language)
    return DossierOut(**dossier.model_dump(), status_name=name)
