"""A department stops a dossier: the notice gets a barcode and goes home instead of a result."""

from datetime import datetime

from postal_bridge.codes import make_item_code
from postal_bridge.dossiers.competence import decided_already, dossier_to_decide
from postal_bridge.dossiers.ports import Beginnings, DossierWork
from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import (
    STATUS_NAMES,
    Act,
    Direction,
    DossierAct,
    ItemKind,
    Notice,
    status_after,
)


async def stop_dossier(
    work: DossierWork,
    custody: Beginnings,
    *,
    code: str,
    reason: str,
    place: str,
    actor: Actor,
    now: datetime,
) -> Item | Refusal:
    """Stop, with a reason, what will not be decided (form 05 of Circular 03/2025/TT-VPCP).

    The limit stands no longer still for papers that nobody awaits.
    """
    dossier = await dossier_to_decide(work, code, place=place, actor=actor)
    if isinstance(dossier, Refusal):
        return dossier
    refusal = await decided_already(work, code)
    if refusal is not None:
        return refusal
    if status_after(dossier.status, DossierAct.STOP) is None:
        status = STATUS_NAMES[dossier.status][0]
        return refuse(
            Reason.DOSSIER_WRONG_STATUS, "code", code=code, status=status, act="dừng giải quyết"
        )
    item = Item(
        code=make_item_code(code, "D", 1),
        dossier_code=code,
        kind=ItemKind.STOP_NOTICE,
        direction=Direction.BACK,
        label=f"Thông báo dừng giải quyết hồ sơ {code}",
        department=dossier.department,
        created_at=now,
    )
    await custody.begin(item, Act.ISSUE, place=place, note=reason)
    await work.dossiers.change(code, decided_at=now, paused_at=None)
    notice = Notice.STOPPED
    payload = {"notice": notice, "dossier": code, "item": item.code, "at": now.isoformat()}
    await work.outbox.put("notice", key=f"{item.code}:{notice}", payload=payload)
    return item
