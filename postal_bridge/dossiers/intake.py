"""Intake at a counter: accepted with a promised date, or refused with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from postal_bridge.clock import format_local, local_day
from postal_bridge.codes import DossierCode, make_dossier_code, make_item_code
from postal_bridge.dossiers.completeness import fill_in, objections
from postal_bridge.dossiers.ports import Beginnings, DossierWork, day_series
from postal_bridge.dossiers.records import ChecklistLine, Dossier, Item, Procedure
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import Act, Direction, DossierAct, ItemKind, Status, status_after
from postal_bridge.outbox import PORTAL_TOPIC, REGISTER_TOPIC
from postal_bridge.worktime import TimeLimit, WorkCalendar

BY_POST = 1
"""Return mode: the result goes home by post."""


@dataclass(frozen=True)
class Applicant:
    """Who files; personal data, shown only as far as a task needs it."""

    name: str
    identity: str
    phone: str
    address: str
    ward: str | None = None


@dataclass(frozen=True)
class Filing:
    """What a clerk has in hand.

    Attributes:
        code: as the one-stop system gave it; none where our own numbering gives it.
        papers: position, originals, copies and pages for each paper handed in.
        refusal: reasons in words, when the clerk does not accept the dossier.
    """

    code: str | None
    procedure_code: str
    applicant: Applicant
    channel: int
    return_mode: int
    place: str
    papers: Sequence[tuple[int, int, int, int]]
    refusal: str | None = None


@dataclass(frozen=True)
class Received:
    """The dossier as it was written, with its checklist and its first barcode."""

    dossier: Dossier
    checklist: Sequence[ChecklistLine]
    item: Item | None


async def receive_dossier(
    work: DossierWork,
    custody: Beginnings,
    filing: Filing,
    *,
    actor: Actor,
    now: datetime,
    calendar: WorkCalendar,
    cutoff: time | None,
) -> Received | Refusal:
    """Take a dossier in, once; incomplete ones are accepted by nobody."""
    if not actor.works_at(filing.place):
        return refuse(Reason.OTHER_PLACE, "place", place=filing.place)
    place = await work.catalogue.place(filing.place)
    if place is None:
        return refuse(Reason.PLACE_UNKNOWN, "place", place=filing.place)
    procedure = await work.catalogue.procedure(filing.procedure_code)
    if procedure is None:
        return refuse(Reason.PROCEDURE_UNKNOWN, "procedure", code=filing.procedure_code)
    code = await _code(work, filing, procedure, now=now)
    if isinstance(code, Refusal):
        return code
    checklist = fill_in(code.text, await work.catalogue.papers(procedure.code), filing.papers)
    if filing.refusal is None and (missing := objections(checklist)):
        return refuse(Reason.PAPERS_MISSING, "papers", papers="; ".join(missing))
    dossier = _dossier(filing, code, procedure, actor=actor, now=now)
    if filing.refusal is None:
        limit = TimeLimit(procedure.time_limit_value, procedure.time_limit_unit)
        late = cutoff if procedure.late_cutoff else None
        dossier.promised_at = calendar.deadline(now, limit, cutoff=late)
    if not await work.dossiers.add(dossier, checklist):
        # Another counter wrote the same code while this one was still reading.
        return _exists(await work.dossiers.find(code.text) or dossier)
    item = await _begin(custody, dossier, checklist, place=filing.place, now=now)
    await _tell(work, dossier)
    return Received(dossier, checklist, item)


def _exists(dossier: Dossier) -> Refusal:
    received_at = format_local(dossier.received_at)
    return refuse(Reason.DOSSIER_EXISTS, "code", code=dossier.code, received_at=received_at)


async def _code(
    work: DossierWork, filing: Filing, procedure: Procedure, *, now: datetime
) -> DossierCode | Refusal:
    """The code on the receipt, new to us: the one-stop's, else the next of the agency's day."""
    text = filing.code
    if text is None:
        decider = await work.catalogue.place(procedure.department)
        agency = decider.agency if decider else None
        if agency is None:
            return refuse(Reason.AGENCY_MISSING, "code", department=procedure.department)
        day = local_day(now)
        serial = await work.counters.next(day_series(f"dossier:{agency}", day))
        text = make_dossier_code(agency, day, serial)
    code = DossierCode.parse(text)
    if isinstance(code, Refusal):
        return Refusal(code.reason, "code", code.facts)
    existing = await work.dossiers.find(code.text)
    return _exists(existing) if existing else code


def _dossier(
    filing: Filing, code: DossierCode, procedure: Procedure, *, actor: Actor, now: datetime
) -> Dossier:
    act = DossierAct.ACCEPT if filing.refusal is None else DossierAct.REFUSE
    status = status_after(None, act) or Status.NEW
    return Dossier(
        code=code.text,
        procedure_code=procedure.code,
        department=procedure.department,
        applicant_name=filing.applicant.name,
        applicant_identity=filing.applicant.identity,
        applicant_phone=filing.applicant.phone,
        applicant_address=filing.applicant.address,
        applicant_ward=filing.applicant.ward,
        channel=filing.channel,
        return_mode=filing.return_mode,
        status=status,
        received_at=now,
        received_by=actor.username,
        received_place=filing.place,
        refusal=filing.refusal,
    )


async def _tell(work: DossierWork, dossier: Dossier) -> None:
    """The first state is told like every other, a refusal too."""
    told = {"dossier": dossier.code}
    await work.outbox.put(PORTAL_TOPIC, key=f"{dossier.code}:{dossier.status.value}", payload=told)
    if dossier.status is Status.RECEIVED and dossier.return_mode == BY_POST:
        await work.outbox.put(REGISTER_TOPIC, key=dossier.code, payload=told)


async def _begin(
    custody: Beginnings,
    dossier: Dossier,
    checklist: Sequence[ChecklistLine],
    *,
    place: str,
    now: datetime,
) -> Item | None:
    """The application's barcode; refused papers go home with the citizen and get none."""
    if dossier.status is Status.REFUSED:
        return None
    pages = sum(line.pages for line in checklist)
    item = Item(
        code=make_item_code(dossier.code, "H", 1),
        dossier_code=dossier.code,
        kind=ItemKind.APPLICATION,
        direction=Direction.OUT,
        label=f"Hồ sơ {dossier.code}, {pages} trang",
        department=dossier.department,
        created_at=now,
    )
    await custody.begin(item, Act.RECEIVE, place=place)
    return item
