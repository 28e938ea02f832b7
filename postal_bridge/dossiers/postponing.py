"""A late result: the citizen gets an apology and a new day (form 04).

The new day is a word to the citizen. Whether the dossier is late is counted from the day that the
law gave, which stays as it is.
"""

from datetime import datetime

from postal_bridge.clock import format_local
from postal_bridge.dossiers.competence import dossier_to_decide
from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import Postponement
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor
from postal_bridge.journey import STATUS_NAMES, Notice, Status

_UNDECIDED = frozenset({Status.RECEIVED, Status.PROCESSING, Status.SUPPLEMENT})


async def postpone_result(
    work: DossierWork,
    *,
    code: str,
    reason: str,
    promised_at: datetime,
    place: str,
    actor: Actor,
    now: datetime,
) -> Postponement | Refusal:
    """Promise a later day, with the reason that the citizen is told."""
    dossier = await dossier_to_decide(work, code, place=place, actor=actor)
    if isinstance(dossier, Refusal):
        return dossier
    if dossier.status not in _UNDECIDED:
        status = STATUS_NAMES[dossier.status][0]
        return refuse(
            Reason.DOSSIER_WRONG_STATUS, "code", code=code, status=status, act="hẹn lại ngày trả"
        )
    if dossier.promised_at is None:
        return refuse(Reason.PROMISE_MISSING, "code", code=code)
    earlier = await work.dossiers.postponements(code)
    before = earlier[-1].promised_at if earlier else dossier.promised_at
    if promised_at <= max(before, now):
        return refuse(Reason.PROMISE_NOT_LATER, "promised_at", promised=format_local(before))
    postponement = Postponement(
        dossier_code=code,
        number=len(earlier) + 1,
        reason=reason,
        promised_before=before,
        promised_at=promised_at,
        postponed_at=now,
        postponed_by=actor.username,
    )
    await work.dossiers.add_postponement(postponement)
    notice = Notice.POSTPONED
    payload = {"notice": notice, "dossier": code, "item": code, "at": now.isoformat()}
    await work.outbox.put("notice", key=f"{code}:{notice}:{postponement.number}", payload=payload)
    return postponement
