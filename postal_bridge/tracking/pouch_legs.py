"""Pouches that a carrier takes from one desk to another.

The carrier's word moves what is sealed in the pouch: fetched is a loading, delivered an arrival.
Whose the papers are then, only the receiving desk says, by minutes in which it counts them: a
carrier signs nothing here, so minutes may be begun by the desk that the pouch was sent to, with
the carrier as giver and the manifest's count as what was given.
"""

from collections.abc import Mapping, Sequence

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import STAGE_NAMES, Stage
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.consignments import BOOK_TOPIC, Terms, order_on, still_travelling
from postal_bridge.tracking.ports import CustodyWork, Tracked
from postal_bridge.tracking.records import (
    CONSIGNMENT_OPEN,
    POUCH_STATE_NAMES,
    Consignment,
    ConsignmentState,
    Position,
    Pouch,
    PouchState,
)
from postal_bridge.tracking.references import pouch_reference

_WITH_THE_CARRIER = frozenset(
    {ConsignmentState.COLLECTED, ConsignmentState.ATTEMPTED, ConsignmentState.DELIVERED}
)
"""The carrier has, or had, the pouch: the desk that it was sent to may have it in hand."""


async def book_pouch(
    recorder: Recorder, *, code: str, carrier: str, place: str, phone: str | None, terms: Terms
) -> Consignment | Refusal:
    """Give a sealed pouch to a carrier: its order waits in the outbox, the pouch on the desk."""
    work = recorder.work
    pouch = await work.pouches.hold(code)
    if pouch is None:
        return refuse(Reason.POUCH_UNKNOWN, "item", code=code)
    if pouch.state is not PouchState.SEALED:
        state = POUCH_STATE_NAMES[pouch.state][0]
        return refuse(Reason.POUCH_NOT_SEALED, "item", code=code, state=state)
    held = await work.custody.hold(await work.pouches.contents(code))
    refusal = await _cannot_leave(work, held, place=place)
    if refusal is not None:
        return refusal
    earlier = await work.consignments.of_item(code)
    refusal = await still_travelling(work, earlier)
    if refusal is not None:
        return refusal
    consignment = await _consignment(
        recorder, pouch, carrier, phone=phone, attempt=len(earlier) + 1
    )
    if isinstance(consignment, Refusal):
        return consignment
    number = consignment.number
    await work.consignments.put(consignment)
    await work.carrier_desk.put_order(order_on(consignment, terms))
    await work.outbox.put(BOOK_TOPIC, key=number, payload={"number": number, "carrier": carrier})
    return consignment


async def _cannot_leave(
    work: CustodyWork, held: Mapping[str, Tracked], *, place: str
) -> Refusal | None:
    """Why a pouch cannot be given away: it has left, lies elsewhere, or is promised in minutes."""
    for code, tracked in held.items():
        position = tracked.position
        if position is None or position.stage is not Stage.POUCH:
            stage = STAGE_NAMES[position.stage][0] if position else "–"
            return refuse(Reason.ACT_NOT_POSSIBLE, "item", code=code, stage=stage, act="gửi hãng")
        if position.place != place:
            return refuse(Reason.ITEM_HELD_ELSEWHERE, "item", code=code, holder=position.custodian)
    for code, number in (await work.handovers.offered_with(list(held))).items():
        return refuse(Reason.HANDOVER_PENDING, "item", code=code, number=number)
    return None


async def _consignment(
    recorder: Recorder, pouch: Pouch, carrier: str, *, phone: str | None, attempt: int
) -> Consignment | Refusal:
    destination = await recorder.work.catalogue.place(pouch.destination)
    if destination is None:
        return refuse(Reason.PLACE_UNKNOWN, "item", place=pouch.destination)
    if not (destination.address or "").strip():
        return refuse(Reason.RECEIVER_MISSING, "item", what="địa chỉ")
    if not (phone or "").strip():
        return refuse(Reason.RECEIVER_MISSING, "receiver_phone", what="số điện thoại")
    return Consignment(
        number=pouch_reference(pouch.code, attempt),
        item_code=pouch.code,
        dossier_code="",
        carrier=carrier,
        consignee_name=destination.name,
        consignee_phone=phone or "",
        consignee_address=destination.address or "",
        booked_at=recorder.now,
        booked_by=recorder.actor.username,
    )


async def may_sign_for_carrier(
    work: CustodyWork, *, pouch: str | None, position: Position, place: str
) -> bool:
    """Whether minutes about this pouch may be begun by the desk that it was sent to.

    The carrier has it by our ledger, took it for this desk, and signs nothing itself.
    """
    if pouch is None:
        return False
    sealed = await work.pouches.find(pouch)
    if sealed is None or sealed.destination != place:
        return False
    legs = await work.consignments.of_item(pouch)
    return any(one.carrier == position.custodian and one.state in _WITH_THE_CARRIER for one in legs)


async def close_legs(recorder: Recorder, pouches: Sequence[str]) -> None:
    """The desk has the pouches in hand: their consignments are at their end, whatever is told."""
    work = recorder.work
    for code in pouches:
        for leg in await work.consignments.of_item(code):
            if leg.state in CONSIGNMENT_OPEN:
                held = await work.consignments.hold(leg.number) or leg
                held.state, held.closed_at = ConsignmentState.DELIVERED, recorder.now
                await work.consignments.put(held)
