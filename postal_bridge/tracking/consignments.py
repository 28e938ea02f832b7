"""Consignments: a result's way home with a carrier, attempt by attempt.

The reference of a consignment is made from the dossier, the leg and the attempt, never from
chance, so that sending the same order twice is recognised by the carrier as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postal_bridge.codes import make_consignment_number
from postal_bridge.dossiers.records import Dossier, Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.carrier_records import (
    ORDER_STATE_NAMES,
    UNSURE,
    CarrierOrder,
)
from postal_bridge.tracking.carrier_values import Window
from postal_bridge.tracking.custody import Step, walk
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import (
    CONSIGNMENT_OPEN,
    Consignment,
    ConsignmentState,
    CustodyEvent,
)

HOME_LEG = 1
"""The leg from the return desk to the citizen; further legs come with further carriers."""

BOOK_TOPIC = "consignment.book"
CANCEL_TOPIC = "consignment.cancel"

_STATE_AFTER: dict[Act, ConsignmentState] = {
    Act.FAIL: ConsignmentState.ATTEMPTED,
    Act.DELIVER: ConsignmentState.DELIVERED,
    Act.BRING_BACK: ConsignmentState.BROUGHT_BACK,
}
_CLOSING = frozenset({ConsignmentState.DELIVERED, ConsignmentState.BROUGHT_BACK})
_SENT_HOME = frozenset({ItemKind.RESULT, ItemKind.STOP_NOTICE})
_AT_THE_DOOR = frozenset({Act.FAIL, Act.DELIVER})

FOLLOWED = frozenset({*_STATE_AFTER, Act.CORRECT})
"""Acts after which a consignment may stand otherwise."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms a carrier takes a result.

    Attributes:
        cod_dong: to be collected from the receiver.
        collect: the carrier fetches it, in the window where it takes one; otherwise we bring it.
        waybill: the number that it was handed in with over the counter, for a carrier whose
            connection takes no orders and only tells where things are.
    """

    cod_dong: int = 0
    collect: bool = True
    window: Window | None = None
    waybill: str | None = None


async def book_consignment(
    recorder: Recorder,
    *,
    item_code: str,
    carrier: str,
    place: str,
    courier: str | None,
    terms: Terms = Terms(),
) -> Consignment | Refusal:
    """Send a result home: the carrier's order waits in the outbox.

    With a courier, a member of staff, it leaves the desk now. A carrier that sends somebody to
    fetch it has none: until it is collected, the result lies on the desk.
    """
    work = recorder.work
    held = await work.custody.hold([item_code])
    tracked = held.get(item_code)
    if tracked is None or tracked.position is None:
        return refuse(Reason.ITEM_UNKNOWN, "item", code=item_code)
    earlier = await work.consignments.of_item(item_code)
    refusal = await still_travelling(work, earlier) or recorder.check(tracked, Act.SEND_OUT)
    refusal = refusal or await _taken(work, carrier, terms.waybill)
    if refusal is not None:
        return refusal
    if tracked.position.place != place:
        holder = tracked.position.holder
        return refuse(Reason.ITEM_HELD_ELSEWHERE, "item", code=item_code, holder=holder)
    dossier = await work.dossiers.find(tracked.item.dossier_code)
    missing = _missing_receiver(tracked.item.kind, dossier)
    if dossier is None or missing is not None:
        return missing or refuse(Reason.DOSSIER_UNKNOWN, code=tracked.item.dossier_code)
    number = make_consignment_number(dossier.code, HOME_LEG, len(earlier) + 1)
    consignment = _consignment(
        recorder, number, item_code=item_code, dossier=dossier, carrier=carrier
    )
    await work.consignments.put(consignment)
    await work.carrier_desk.put_order(order_on(consignment, terms))
    if courier is not None:
        facts = Circumstances(place=place, consignment=number, custodian=courier)
        await recorder.record(tracked, Act.SEND_OUT, facts)
    await work.outbox.put(BOOK_TOPIC, key=number, payload={"number": number, "carrier": carrier})
    return consignment


def _consignment(
    recorder: Recorder, number: str, *, item_code: str, dossier: Dossier, carrier: str
) -> Consignment:
    return Consignment(
        number=number,
        item_code=item_code,
        dossier_code=dossier.code,
        carrier=carrier,
        consignee_name=dossier.applicant_name,
        consignee_phone=dossier.applicant_phone,
        consignee_address=dossier.applicant_address,
        booked_at=recorder.now,
        booked_by=recorder.actor.username,
    )


def order_on(consignment: Consignment, terms: Terms) -> CarrierOrder:
    """The order of a consignment, not sent yet."""
    window = terms.window
    return CarrierOrder(
        number=consignment.number,
        carrier=consignment.carrier,
        reference="",
        waybill=terms.waybill,
        cod_dong=terms.cod_dong,
        collect=terms.collect and terms.waybill is None,
        collect_from=window.start if window else None,
        collect_until=window.end if window else None,
    )


async def still_travelling(work: CustodyWork, earlier: Sequence[Consignment]) -> Refusal | None:
    """Why the leg is not free: an open consignment, or an order that a carrier may have."""
    for consignment in earlier:
        if consignment.state in CONSIGNMENT_OPEN:
            code, number = consignment.item_code, consignment.number
            return refuse(Reason.CONSIGNMENT_OPEN, "item", code=code, number=number)
    orders = await work.carrier_desk.orders(one.number for one in earlier)
    for order in orders.values():
        if order.state in UNSURE:
            state = ORDER_STATE_NAMES[order.state][0]
            return refuse(Reason.ORDER_UNSETTLED, "item", number=order.number, state=state)
    return None


async def _taken(work: CustodyWork, carrier: str, waybill: str | None) -> Refusal | None:
    """Why a number from a receipt cannot be this one's: reports of another would move it."""
    if not waybill:
        return None
    if not await work.carrier_desk.named(carrier, references=(), waybills=[waybill]):
        return None
    return refuse(Reason.WAYBILL_TAKEN, "waybill", waybill=waybill, name=carrier)


def _missing_receiver(kind: ItemKind, dossier: Dossier | None) -> Refusal | None:
    if kind not in _SENT_HOME or dossier is None:
        return refuse(Reason.ACT_UNKNOWN, "item", act="gửi phát", kind=kind.value)
    if dossier.return_mode != 1:
        return refuse(
            Reason.RETURN_MODE_DIFFERS, "item", code=dossier.code, mode="quầy trả kết quả"
        )
    if not dossier.applicant_address.strip():
        return refuse(Reason.RECEIVER_MISSING, "item", what="địa chỉ")
    if not dossier.applicant_phone.strip():
        return refuse(Reason.RECEIVER_MISSING, "item", what="số điện thoại")
    return None


async def cancel_consignment(
    recorder: Recorder, *, number: str, place: str, note: str | None
) -> Consignment | Refusal:
    """Call a consignment off before anybody stood at the door; the result lies on the desk."""
    work = recorder.work
    known = await work.consignments.find(number)
    if known is None:
        return refuse(Reason.CONSIGNMENT_UNKNOWN, "number", number=number)
    if not recorder.actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    # The item before the consignment, as a scan holds them: so neither waits for the other.
    held = await work.custody.hold([known.item_code])
    consignment = await work.consignments.hold(number) or known
    if consignment.state not in {ConsignmentState.BOOKED, ConsignmentState.COLLECTED}:
        return refuse(
            Reason.CONSIGNMENT_CLOSED, "number", number=number, state=consignment.state.value
        )
    tracked = held.get(consignment.item_code)
    if tracked is None:  # a pouch, which nobody takes back from a carrier by a command
        if consignment.state is not ConsignmentState.BOOKED:
            state = consignment.state.value
            return refuse(Reason.CONSIGNMENT_CLOSED, "number", number=number, state=state)
        return await _call_off(recorder, consignment)
    if tracked.position is None or tracked.position.stage is not Stage.DESK:
        refusal = recorder.check(tracked, Act.BRING_BACK)
        if refusal is not None:
            return refusal
        facts = Circumstances(place=place, consignment=number, note=note)
        await recorder.record(tracked, Act.BRING_BACK, facts)
        consignment.state = ConsignmentState.CANCELLED
        consignment.closed_at = recorder.now
        await work.consignments.put(consignment)
    return await _call_off(recorder, consignment)


async def _call_off(recorder: Recorder, consignment: Consignment) -> Consignment:
    work, number = recorder.work, consignment.number
    order = await work.carrier_desk.hold_order(number)
    if order is not None:
        # It ends when the carrier has said so; until then nobody books the leg anew.
        order.cancel_wanted = True
        await work.carrier_desk.put_order(order)
        await work.outbox.put(
            CANCEL_TOPIC, key=number, payload={"number": number, "carrier": order.carrier}
        )
    return consignment


async def follow_scans(recorder: Recorder, items: Sequence[Item]) -> None:
    """Carry what was scanned on the way over to the consignments of these items.

    The consignment follows from the item's events as the position does: it does not matter in
    which order they arrived, and a scan that is corrected counts no more. One that was called off
    stays as it is.
    """
    work = recorder.work
    of_items = await work.consignments.of_items([item.code for item in items])
    changed: list[Consignment] = []
    for item in items:
        consignments = of_items.get(item.code, ())
        if not consignments:
            continue
        history = await work.custody.history(item.code)
        on_the_way = _scans_by_consignment(walk(item.kind, history))
        for consignment in consignments:
            if consignment.state is not ConsignmentState.CANCELLED:
                _follow(consignment, on_the_way.get(consignment.number))
                changed.append(consignment)
    await work.consignments.put(*changed)


def _scans_by_consignment(steps: Iterable[Step]) -> dict[str, list[CustodyEvent]]:
    found: dict[str, list[CustodyEvent]] = {}
    current: list[CustodyEvent] = []
    for step in steps:
        if step.event.act is Act.SEND_OUT:
            current = found.setdefault(step.event.consignment or "", [])
        elif step.moved and step.event.act in _STATE_AFTER:
            current.append(step.event)
    return found


def _follow(consignment: Consignment, events: Sequence[CustodyEvent] | None) -> None:
    taken = events is not None and consignment.carrier_reference is not None
    consignment.state = ConsignmentState.COLLECTED if taken else ConsignmentState.BOOKED
    consignment.attempts = 0
    consignment.closed_at = None
    for event in events or ():
        consignment.state = _STATE_AFTER[event.act]
        consignment.attempts += event.act in _AT_THE_DOOR
        if consignment.state in _CLOSING:
            consignment.closed_at = event.occurred_at
            return


async def return_at_desk(
    recorder: Recorder, *, item_code: str, place: str, receiver: str
) -> Refusal | None:
    """Give a result to the citizen at the return desk; who took it is part of the event."""
    held = await recorder.work.custody.hold([item_code])
    tracked = held.get(item_code)
    if tracked is None or tracked.position is None:
        return refuse(Reason.ITEM_UNKNOWN, "code", code=item_code)
    if not recorder.actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    refusal = recorder.check(tracked, Act.RETURN)
    if refusal is not None:
        return refusal
    if tracked.position.place != place:
        return refuse(
            Reason.ITEM_HELD_ELSEWHERE, "code", code=item_code, holder=tracked.position.holder
        )
    await recorder.record(tracked, Act.RETURN, Circumstances(place=place, note=receiver))
    return None
