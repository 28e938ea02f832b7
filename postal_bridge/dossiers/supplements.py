"""Supplements: what is missing is asked for once, and the time limit stands still meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from postal_bridge.codes import make_item_code
from postal_bridge.dossiers.competence import dossier_to_decide
from postal_bridge.dossiers.ports import Beginnings, DossierWork
from postal_bridge.dossiers.records import Dossier, Item, Supplement
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import (
    STATUS_NAMES,
    Act,
    Direction,
    DossierAct,
    ItemKind,
    Notice,
    Status,
    status_after,
)
from postal_bridge.worktime import WorkCalendar


async def request_supplement(
    work: DossierWork,
    custody: Beginnings,
    *,
    code: str,
    reason: str,
    papers: str,
    place: str,
    actor: Actor,
    now: datetime,
) -> tuple[Supplement, Item] | Refusal:
    """A department asks for papers: the slip gets a barcode, the limit pauses."""
    dossier = await dossier_to_decide(work, code, place=place, actor=actor)
    if isinstance(dossier, Refusal):
        return dossier
    earlier = await work.dossiers.supplements(code)
    refusal = _may_not_ask(dossier, earlier, await work.dossiers.items(code))
    if refusal is not None:
        return refusal
    number = len(earlier) + 1
    supplement = Supplement(
        dossier_code=code,
        number=number,
        reason=reason,
        papers=papers,
        requested_at=now,
        requested_by=actor.username,
        promised_before=dossier.promised_at,
    )
    await work.dossiers.put_supplement(supplement)
    await work.dossiers.change(code, paused_at=now)
    item = Item(
        code=make_item_code(code, "P", number),
        dossier_code=code,
        kind=ItemKind.SUPPLEMENT_REQUEST,
        direction=Direction.BACK,
        label=f"Phiếu yêu cầu bổ sung số {number} của hồ sơ {code}",
        department=dossier.department,
        created_at=now,
    )
    await custody.begin(item, Act.ISSUE, place=place, note=reason)
    notice = Notice.SUPPLEMENT_WANTED
    payload = {"notice": notice, "dossier": code, "item": item.code, "at": now.isoformat()}
    await work.outbox.put("notice", key=f"{item.code}:{notice}", payload=payload)
    return supplement, item


def _may_not_ask(
    dossier: Dossier, earlier: Sequence[Supplement], items: Sequence[Item]
) -> Refusal | None:
    code = dossier.code
    open_one = next((one for one in earlier if one.answered_at is None), None)
    if open_one is not None:
        return refuse(Reason.SUPPLEMENT_OPEN, "code", code=code, number=open_one.number)
    issued = next((item for item in items if item.kind is ItemKind.RESULT), None)
    if issued is not None:
        # The result would come home to a dossier that still waits, and never count as resolved.
        return refuse(Reason.RESULT_EXISTS, "code", code=code, item=issued.code)
    if status_after(dossier.status, DossierAct.ASK_SUPPLEMENT) is None:
        return _wrong_status(dossier, "yêu cầu bổ sung")
    return None


async def answer_supplement(
    work: DossierWork,
    custody: Beginnings,
    *,
    code: str,
    place: str,
    pages: int,
    actor: Actor,
    now: datetime,
    calendar: WorkCalendar,
) -> tuple[Supplement, Item] | Refusal:
    """The citizen brings the papers: they get a barcode, the limit goes on where it stood."""
    dossier = await work.dossiers.hold(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    if not actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    if dossier.status is Status.STOPPED:
        return _wrong_status(dossier, "nhận bổ sung")
    earlier = await work.dossiers.supplements(code)
    supplement = next((one for one in earlier if one.answered_at is None), None)
    if supplement is None:
        return refuse(Reason.SUPPLEMENT_NOT_OPEN, "code", code=code)
    supplement.answered_at = now
    supplement.answered_by = actor.username
    await work.dossiers.put_supplement(supplement)
    promised = dossier.promised_at
    if promised is not None and dossier.paused_at is not None:
        promised = calendar.resume(promised, paused_at=dossier.paused_at, resumed_at=now)
    await work.dossiers.change(code, paused_at=None, promised_at=promised)
    item = Item(
        code=make_item_code(code, "B", supplement.number),
        dossier_code=code,
        kind=ItemKind.SUPPLEMENT,
        direction=Direction.OUT,
        label=f"Giấy tờ bổ sung lần {supplement.number} của hồ sơ {code}, {pages} trang",
        department=dossier.department,
        created_at=now,
    )
    await custody.begin(item, Act.RECEIVE, place=place)
    return supplement, item


def _wrong_status(dossier: Dossier, act: str) -> Refusal:
    status = STATUS_NAMES[dossier.status][0]
    return refuse(Reason.DOSSIER_WRONG_STATUS, "code", code=dossier.code, status=status, act=act)
