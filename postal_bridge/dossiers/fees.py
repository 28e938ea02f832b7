"""Fees: taken with a numbered receipt, or waived with a legal basis."""

from datetime import datetime
from uuid import UUID

from postal_bridge.clock import local_day
from postal_bridge.codes import make_receipt_number
from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import FeeKind, FeeReceipt
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor


async def collect_fee(
    work: DossierWork,
    *,
    code: str,
    kind: FeeKind,
    amount_vnd: int,
    exemption_basis: str | None,
    place: str,
    actor: Actor,
    now: datetime,
    receipt_id: UUID,
) -> FeeReceipt | Refusal:
    """Write a receipt for money taken, or note an exemption, for a dossier that is here."""
    if await work.dossiers.find(code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    if not actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    exempted = exemption_basis is not None
    if exempted and not (exemption_basis or "").strip():
        return refuse(Reason.EXEMPTION_BASIS_MISSING, "exemption_basis")
    if exempted != (amount_vnd == 0) or amount_vnd < 0:
        return refuse(Reason.FEE_AMOUNT, "amount_vnd", amount_vnd=amount_vnd)
    receipt = FeeReceipt(
        id=str(receipt_id),
        dossier_code=code,
        number=None if exempted else await _number(work, now),
        kind=kind,
        amount_vnd=amount_vnd,
        exemption_basis=exemption_basis,
        collected_at=now,
        collected_by=actor.username,
        collected_place=place,
    )
    await work.dossiers.add_receipt(receipt)
    return receipt


async def _number(work: DossierWork, now: datetime) -> str:
    year = local_day(now).year
    return make_receipt_number(year, await work.counters.next(f"receipt:{year}"))
