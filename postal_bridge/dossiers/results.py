"""Results: what the department issues gets its own barcode and begins its way back."""

from datetime import datetime

from postal_bridge.codes import make_item_code
from postal_bridge.dossiers.competence import decided_already, dossier_to_decide
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
    dossier = await dossier_to_decide(work, code, place=place, actor=actor)
    if isinstance(dossier, Refusal):
        return dossier
    refusal = await decided_already(work, code)
    if refusal is not None:
        return refusal
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
