"""Orders at carriers: asked once, settled before anything else, called off.

Between "the carrier has stored it" and "we have written that down" lies a wire that may break and
a process that may die. So an order is written down as asked before the request leaves. Whatever
happens then, nobody books the leg anew before the carrier was asked about it by our own reference,
or was given the same order again where it recognises a repeat (docs/adr/0015).
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Accident
from postal_bridge.identity import CARRIER
from postal_bridge.logs import get_logger
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.carrier_news import carry_over
from postal_bridge.tracking.carrier_ports import Books, Cancels, Carrier, Finds
from postal_bridge.tracking.carrier_records import UNSETTLED, CarrierOrder, OrderState
from postal_bridge.tracking.carrier_values import (
    Booked,
    Cancelled,
    CarrierUnavailable,
    NotThere,
    Order,
    Party,
    PendingCase,
    Refused,
    Unknown,
)
from postal_bridge.tracking.consignments import follow_scans
from postal_bridge.tracking.counter import handed_in, placed, wanted
from postal_bridge.tracking.freight import hold_freight
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import (
    CONSIGNMENT_OPEN,
    Consignment,
    ConsignmentState,
    IncidentKind,
)
from postal_bridge.tracking.references import reference_for
from postal_bridge.tracking.waybills import NoWaybillLeft, PoolTerms, release, take, warn

LOOK_BATCH = 100

_WITHOUT = frozenset({ConsignmentState.CANCELLED, ConsignmentState.BROUGHT_BACK})
"""It came to its end before the carrier was asked."""


class UnknownConnection(Accident):
    """An order names a connection that is not configured; a person must mend the settings."""


class Transactions(Protocol):
    """Opens a transaction with the stores of custody."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[CustodyWork]:
        """One transaction, committed at its normal end."""
        ...


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A carrier's adapter, and what the house knows about it.

    Attributes:
        sender: who sends, and from where.
        place: code of the place that its orders start from, for incidents.
        quiet: how long after a request nothing may be concluded from "there is no such order":
            the request itself may still be under way.
        pool: where its orders bear numbers that were given out beforehand.
    """

    carrier: Carrier
    sender: Party
    place: str
    quiet: timedelta
    pool: PoolTerms | None = None


class Orders:
    """Brings orders to carriers and back to rest.

    Args:
        transactions: opens transactions.
        connections: by name.
        locate: the code of the province that an address names, by the national statistics office;
            an address that names none lies in the sender's.
        clock: the moment of what is written down.
        identifiers: makes ids of incidents.
    """

    def __init__(
        self,
        *,
        transactions: Transactions,
        connections: Mapping[str, Connection],
        locate: Callable[[str], str | None],
        clock: Clock,
        identifiers: Identifiers,
    ) -> None:
        self._transactions = transactions
        self._connections = connections
        self._locate = locate
        self._clock = clock
        self._identifiers = identifiers
        self._log = get_logger(__name__)

    async def place(self, number: str) -> OrderState:
        """Bring an order to its carrier, or settle what became of it when it was brought before.

        Raises:
            CarrierUnavailable: the carrier did not hear it; later again.
            UnknownConnection: a person must mend the settings.
        """
        order = await self._read(number)
        if order.state not in UNSETTLED:
            return order.state
        if order.state is not OrderState.WAITING:
            settled = await self._look(order)
            if settled is not None:
                return settled
        try:
            asked = await self._ask_from_now_on(order)
        except NoWaybillLeft:
            async with self._transactions.begin() as work:
                pool = self._connection(order.carrier).pool
                await warn(self._recorder(work), order.carrier, pool, left=0)
            raise
        if isinstance(asked, OrderState):
            return asked
        carrier = self._connection(order.carrier).carrier
        try:
            outcome = await carrier.book(asked) if isinstance(carrier, Books) else handed_in(asked)
        except CarrierUnavailable:
            # Not heard this time says nothing of the time before, whose answer may have been lost.
            was_new = order.state is OrderState.WAITING
            await self._change(number, state=order.state if was_new else OrderState.UNKNOWN)
            raise
        return await self._note(number, outcome)

    async def call_off(self, number: str) -> OrderState:
        """Call an order off at its carrier, or ask how a cancellation stands there.

        Raises:
            CarrierUnavailable: it is not known whether the carrier heard it; later again.
        """
        order = await self._read(number)
        if order.state in UNSETTLED:
            return await self.place(number)
        if order.state not in {OrderState.PLACED, OrderState.CANCELLING} or not order.cancel_wanted:
            return order.state
        carrier = self._connection(order.carrier).carrier
        if not isinstance(carrier, Cancels):
            refused = Refused(code="", text="hãng không nhận hủy qua hệ thống (no cancelling)")
            return await self._not_called_off(number, refused)
        await self._change(number, state=OrderState.CANCELLING)
        return await self._note_end(order, await carrier.cancel(placed(order)))

    async def _note_end(
        self, order: CarrierOrder, outcome: Cancelled | PendingCase | Refused | Unknown
    ) -> OrderState:
        match outcome:
            case Cancelled():
                return await self._close(order.number, OrderState.CANCELLED)
            case PendingCase(case_id=case_id):
                return await self._change(order.number, case_id=case_id)
            case Refused() if order.state is OrderState.CANCELLING and not order.case_id:
                # It was told before, and the answer lost: "no" may mean "it is cancelled already".
                await self._needs_a_person(order, f"hủy chưa rõ (unclear): {outcome.text}")
                return OrderState.CANCELLING
            case Refused():
                return await self._not_called_off(order.number, outcome)
            case Unknown(why=why):
                raise CarrierUnavailable(why)

    async def settle_by_hand(self, number: str, state: OrderState, note: str) -> OrderState:
        """A person has asked the carrier by telephone: it has the order, or has not.

        Args:
            number: of the consignment.
            state: `PLACED`, or `CANCELLED` where the carrier does not carry it.
            note: what was said, and by whom.
        """
        if state is OrderState.PLACED:
            reference = (await self._read(number)).reference
            return await self._note(number, Booked(carrier_number=reference, already=True))
        async with self._transactions.begin() as work:
            order, consignment, _ = await _held(work, number)
            order.said = note
            return await self._end(work, order, consignment, OrderState.CANCELLED)

    async def settle_due(self) -> int:
        """Settle what waits for a carrier's word for too long; how many came to rest."""
        now, settled = self._clock.now(), 0
        shortest = min((one.quiet for one in self._connections.values()), default=timedelta())
        async with self._transactions.begin(write=False) as work:
            due = await work.carrier_desk.unsettled(before=now - shortest, limit=LOOK_BATCH)
        for order in due:
            if order.carrier not in self._connections:
                continue
            deed = self.call_off if order.state is OrderState.CANCELLING else self.place
            try:
                settled += await deed(order.number) not in {*UNSETTLED, OrderState.CANCELLING}
            except Accident as trouble:
                self._log.warning("order.unsettled", number=order.number, error=str(trouble))
        return settled

    async def _look(self, order: CarrierOrder) -> OrderState | None:
        """Look for an order that may exist; where it stands, or None: it may be asked for now."""
        connection = self._connection(order.carrier)
        carrier = connection.carrier
        if isinstance(carrier, Finds):
            found = await carrier.find(order.reference)
            match found:
                case Booked():
                    return await self._note(order.number, found)
                case Unknown(why=why):
                    return await self._change(order.number, state=OrderState.UNKNOWN, said=why)
                case NotThere():
                    return self._too_soon(order, connection)
        if carrier.repeatable:
            return self._too_soon(order, connection)
        await self._needs_a_person(order, "không hỏi lại được hãng (it cannot be looked up)")
        return OrderState.UNKNOWN

    def _too_soon(self, order: CarrierOrder, connection: Connection) -> OrderState | None:
        """Where it stands as long as the request may still be under way; None afterwards."""
        if order.asked_at is None or self._clock.now() - order.asked_at >= connection.quiet:
            return None
        return order.state

    async def _ask_from_now_on(self, seen: CarrierOrder) -> Order | OrderState:
        """Write down that the request leaves; the order to ask for, or where it stands already.

        Somebody who asked since we looked has another number of tries: then it is theirs.
        """
        async with self._transactions.begin() as work:
            order, consignment, _ = await _held(work, seen.number)
            if order.state not in UNSETTLED or order.tries != seen.tries:
                return order.state
            unwanted = order.cancel_wanted or consignment.state in _WITHOUT
            if unwanted and order.state is OrderState.WAITING:
                return await self._end(work, order, consignment, OrderState.CANCELLED)
            connection = self._connection(order.carrier)
            limit = connection.carrier.reference_limit
            order.reference = order.reference or reference_for(order.number, limit=limit)
            if connection.pool is not None and order.waybill is None:
                recorder = self._recorder(work)
                order.waybill = await take(recorder, order.carrier, order.number, connection.pool)
            order.state = OrderState.ASKED
            order.asked_at = self._clock.now()
            order.tries += 1
            await work.carrier_desk.put_order(order)
            sender = connection.sender
            province = self._locate(consignment.consignee_address) or sender.province
            return wanted(order, consignment, sender=sender, province=province)

    async def _note(self, number: str, outcome: Booked | Refused | Unknown) -> OrderState:
        async with self._transactions.begin() as work:
            order, consignment, item = await _held(work, number)
            if order.state not in UNSETTLED:
                return order.state
            match outcome:
                case Unknown(why=why):
                    order.state, order.said = OrderState.UNKNOWN, why
                case Refused():
                    order.refused_code, order.refused_field = outcome.code, outcome.field
                    order.said = outcome.text
                    await self._incident(work, order, outcome.text)
                    return await self._end(work, order, consignment, OrderState.REFUSED)
                case Booked():
                    await self._placed(work, order, consignment, outcome)
                    if item is not None:
                        await follow_scans(self._recorder(work), [item])
            await work.carrier_desk.put_order(order)
            names = filter(None, (order.reference, order.waybill, order.carrier_number))
            if await work.carrier_desk.adopt(order.carrier, number=number, names=names):
                # The carrier reported on it before we knew what it is called over there.
                await carry_over(self._recorder(work), number)
        if order.cancel_wanted and order.state is OrderState.PLACED:
            return await self.call_off(number)
        return order.state

    async def _placed(
        self, work: CustodyWork, order: CarrierOrder, consignment: Consignment, booked: Booked
    ) -> None:
        now = self._clock.now()
        order.state, order.said, order.settled_at = OrderState.PLACED, None, now
        order.carrier_number = booked.carrier_number
        if order.waybill and booked.waybill not in {None, order.waybill}:
            # It goes by another number of the carrier's: ours is free again.
            await release(work, order.carrier, order.waybill, order=order.number, at=now)
        order.waybill = booked.waybill or order.waybill
        order.fee_dong = booked.fee_dong
        consignment.carrier_reference = booked.carrier_number
        consignment.confirmed_at = now
        await work.consignments.put(consignment)

    async def _not_called_off(self, number: str, refused: Refused) -> OrderState:
        async with self._transactions.begin() as work:
            order, _, _ = await _held(work, number)
            order.state, order.cancel_wanted, order.case_id = OrderState.PLACED, False, None
            order.said = refused.text
            await work.carrier_desk.put_order(order)
            await self._incident(work, order, f"không hủy được (not cancelled): {refused.text}")
            return order.state

    async def _close(self, number: str, state: OrderState) -> OrderState:
        async with self._transactions.begin() as work:
            order, consignment, _ = await _held(work, number)
            return await self._end(work, order, consignment, state)

    async def _end(
        self, work: CustodyWork, order: CarrierOrder, consignment: Consignment, state: OrderState
    ) -> OrderState:
        """The carrier does not carry it: the leg is free for another consignment."""
        now = self._clock.now()
        order.state, order.settled_at = state, now
        if order.waybill is not None:
            await release(work, order.carrier, order.waybill, order=order.number, at=now)
        await work.carrier_desk.put_order(order)
        if consignment.state in CONSIGNMENT_OPEN:
            consignment.state, consignment.closed_at = ConsignmentState.CANCELLED, now
            await work.consignments.put(consignment)
        return state

    async def _needs_a_person(self, order: CarrierOrder, why: str) -> None:
        async with self._transactions.begin() as work:
            await self._incident(work, order, why)
            held = await work.carrier_desk.hold_order(order.number)
            if held is not None and held.state is OrderState.ASKED:
                held.state, held.said = OrderState.UNKNOWN, why
                await work.carrier_desk.put_order(held)

    async def _incident(self, work: CustodyWork, order: CarrierOrder, why: str) -> None:
        await open_incident(
            self._recorder(work),
            IncidentKind.CARRIER,
            order.number,
            place=self._connection(order.carrier).place,
            handover=f"{order.tries}",
            note=f"{order.carrier}: {why}",
        )

    async def _change(self, number: str, **values: object) -> OrderState:
        async with self._transactions.begin() as work:
            order, _, _ = await _held(work, number)
            for name, value in values.items():
                setattr(order, name, value)
            await work.carrier_desk.put_order(order)
            return order.state

    async def _read(self, number: str) -> CarrierOrder:
        async with self._transactions.begin(write=False) as work:
            order = (await work.carrier_desk.orders([number])).get(number)
        if order is None:
            raise UnknownConnection(number)
        self._connection(order.carrier)
        return order

    def _connection(self, name: str) -> Connection:
        connection = self._connections.get(name)
        if connection is None:
            raise UnknownConnection(name)
        return connection

    def _recorder(self, work: CustodyWork) -> Recorder:
        now = self._clock.now()
        return Recorder(work, actor=CARRIER, now=now, identifiers=self._identifiers)


async def _held(work: CustodyWork, number: str) -> tuple[CarrierOrder, Consignment, Item | None]:
    """Item (none for a pouch), consignment, order; in this order, so nobody waits in a ring."""
    known = await work.consignments.find(number)
    if known is None:
        raise UnknownConnection(number)
    freight = await hold_freight(work, known.item_code)
    consignment = await work.consignments.hold(number)
    order = await work.carrier_desk.hold_order(number)
    if consignment is None or order is None:
        raise UnknownConnection(number)
    item = freight.papers[0].item if freight.pouch is None and freight.papers else None
    return order, consignment, item
