"""Results: what the department issues gets its own barcode and begins its way back."""

from datetime import datetime

from postal_bridge.codes import make_item_code
from postal_bridge.dossiers.competence import may_not_decide
from postal_bridge.dossiers.ports import Beginnings, DossierWork
from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import STATUS_NAMES, Act, Direction, ItemKind, Status


async def issue_result(
    work: DossierWork,
    custody: Beginnings,
    *,
    code: str,
    label: str,
    place: str,
    actor: Actor,
    now: datetime,
) -> Item | Refusal:
    """A department issues the result of a dossier that it is processing, once."""
    dossier = await work.dossiers.hold(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    refusal = await may_not_decide(work, dossier, place=place, actor=actor)
    if refusal is not None:
        return refusal
    items = await work.dossiers.items(code)
    issued = next((item for item in items if item.kind is ItemKind.RESULT), None)
    if issued is not None:
        return refuse(Reason.RESULT_EXISTS, "code", code=code, item=issued.code)
    if dossier.status is not Status.PROCESSING:
        status = STATUS_NAMES[dossier.status][0]
        return refuse(
            Reason.DOSSIER_WRONG_STATUS, "code", code=code, status=status, act="ban hành kết quả"
        )
    item = Item(
        code=make_item_code(code, "K", 1),
        dossier_code=code,
        kind=ItemKind.RESULT,
        direction=Direction.BACK,
        label=label,
        department=dossier.department,
        created_at=now,
    )
    await custody.begin(item, Act.ISSUE, place=place)
    await work.dossiers.change(code, decided_at=now)
    return item
