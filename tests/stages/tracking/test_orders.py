"""Orders at carriers: whatever happens on the wire, there is one order, and we know of it in the end."""

from datetime import timedelta

import pytest
from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.sandbox.carrier_memory import CarrierMemory, ForgetfulCarrier, Mishap
from postal_bridge.tracking.carrier_records import OrderState
from postal_bridge.tracking.carrier_values import (
    Booked,
    CarrierUnavailable,
    Order,
    Party,
    Refused,
    Unknown,
)
from postal_bridge.tracking.consignments import book_consignment, cancel_consignment
from postal_bridge.tracking.orders import Connection, Orders, UnknownConnection
from postal_bridge.tracking.records import Consignment, ConsignmentState, IncidentKind
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER

RESULT = f"{DOSSIER}/K1"
QUIET = timedelta(minutes=2)
S = OrderState


class House:
    """A desk with a result, a carrier, and the orders between them."""

    def __init__(self, work: MemoryWork, carrier: ForgetfulCarrier) -> None:
        self.work = work
        self.carrier = carrier
        self.clock = ReplayClock(work.now)
        sender = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")
        connection = Connection(carrier=carrier, sender=sender, place=CENTRE, quiet=QUIET)
        self.orders = Orders(
            transactions=work,
            connections={carrier.name: connection},
            locate=lambda _address: None,
            clock=self.clock,
            identifiers=work.identifiers,
        )
        self.number = ""

    async def book(self) -> Consignment | Refusal:
        booked = await book_consignment(
            self.work.by(LAN), item_code=RESULT, carrier="hang", place=CENTRE, courier=None
        )
        if isinstance(booked, Consignment):
            self.number = booked.number
        return booked

    async def cancel(self) -> None:
        done = await cancel_consignment(
            self.work.by(LAN), number=self.number, place=CENTRE, note="gửi nhầm"
        )
        assert isinstance(done, Consignment)

    def later(self, minutes: float = 5) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(minutes=minutes))

    async def state(self) -> OrderState:
        return (await self.work.carrier_desk.orders([self.number]))[self.number].state

    @property
    def consignment(self) -> Consignment:
        return self.work.consignments.kept[self.number]


@pytest.fixture
async def house(work: MemoryWork) -> House:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    house = House(work, CarrierMemory("hang"))
    await house.book()
    return house


@pytest.fixture
async def forgetful(work: MemoryWork) -> House:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    house = House(work, ForgetfulCarrier("hang"))
    await house.book()
    return house


async def test_an_order_that_is_taken_leaves_the_result_on_the_desk_until_it_is_fetched(
    house: House,
) -> None:
    assert await house.orders.place(house.number) is S.PLACED
    assert (house.consignment.carrier_reference, house.consignment.state) == (
        "HANG00000001",
        ConsignmentState.BOOKED,
    )
    position = (await house.work.at(RESULT)).position
    assert position is not None
    assert position.stage is Stage.DESK
    (order,) = house.carrier.orders
    assert (order.reference, order.sender.province, order.receiver.province) == (
        house.number,
        "20",
        "20",
    )


async def test_an_order_is_brought_once(house: House) -> None:
    for _ in range(3):
        assert await house.orders.place(house.number) is S.PLACED
    assert len(house.carrier.orders) == 1


async def test_what_was_not_heard_is_said_again(house: House) -> None:
    house.carrier.mishaps.append(Mishap.NOT_HEARD)
    with pytest.raises(CarrierUnavailable):
        await house.orders.place(house.number)
    assert await house.state() is S.WAITING
    assert await house.orders.place(house.number) is S.PLACED
    assert len(house.carrier.orders) == 1


@pytest.mark.parametrize("mishap", [Mishap.ANSWER_LOST, Mishap.LOST])
async def test_a_lost_answer_is_settled_by_looking_and_never_by_a_second_order(
    house: House, mishap: Mishap
) -> None:
    house.carrier.mishaps.append(mishap)
    assert await house.orders.place(house.number) is S.UNKNOWN
    refused = await house.book()
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CONSIGNMENT_OPEN

    house.later()
    assert await house.orders.settle_due() == 1
    assert await house.state() is S.PLACED
    assert len(house.carrier.orders) == 1


async def test_there_is_no_such_order_counts_when_the_request_can_no_longer_be_under_way(
    house: House,
) -> None:
    house.carrier.mishaps.append(Mishap.LOST)
    assert await house.orders.place(house.number) is S.UNKNOWN
    house.later(minutes=1)
    assert await house.orders.place(house.number) is S.UNKNOWN
    assert house.carrier.orders == []
    house.later(minutes=1)
    assert await house.orders.place(house.number) is S.PLACED


async def test_a_look_that_finds_nothing_out_leaves_it_unknown(house: House) -> None:
    house.carrier.mishaps += [Mishap.ANSWER_LOST, Mishap.LOST]
    assert await house.orders.place(house.number) is S.UNKNOWN
    house.later()
    assert await house.orders.settle_due() == 0
    assert await house.state() is S.UNKNOWN
    assert await house.orders.settle_due() == 1


class OnlyRepeats(ForgetfulCarrier):
    """A carrier that cannot be asked, and knows an order that is said again."""

    repeatable = True

    @override
    async def book(self, order: Order) -> Booked | Refused | Unknown:
        if any(one.reference == order.reference for one in self.orders) and not self.mishaps:
            return Booked(carrier_number="HANG1", already=True)
        return await super().book(order)


async def test_not_heard_the_second_time_does_not_mean_never_stored(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    house = House(work, OnlyRepeats("hang"))
    await house.book()
    house.carrier.mishaps += [Mishap.ANSWER_LOST, Mishap.NOT_HEARD]
    assert await house.orders.place(house.number) is S.UNKNOWN
    house.later()
    with pytest.raises(CarrierUnavailable):
        await house.orders.place(house.number)
    assert await house.state() is S.UNKNOWN
    await house.cancel()
    house.later()
    assert isinstance(await house.book(), Refusal), "the leg is not free while the order may exist"
    await house.orders.call_off(house.number)
    assert await house.state() is S.CANCELLED
    assert house.carrier.cancelled == [house.carrier.orders[0].reference]
    assert len(house.carrier.orders) == 1


async def test_a_carrier_that_can_neither_be_asked_nor_knows_a_repeat_needs_a_person(
    forgetful: House,
) -> None:
    forgetful.carrier.mishaps.append(Mishap.ANSWER_LOST)
    await forgetful.orders.place(forgetful.number)
    for _ in range(3):
        forgetful.later()
        await forgetful.orders.settle_due()
    assert len(forgetful.carrier.orders) == 1
    assert await forgetful.state() is S.UNKNOWN
    (incident,) = await forgetful.work.incidents.about(forgetful.number)
    assert incident.kind is IncidentKind.CARRIER


async def test_a_refusal_frees_the_leg_and_says_why(house: House) -> None:
    house.carrier.mishaps.append(Mishap.REFUSED)
    assert await house.orders.place(house.number) is S.REFUSED
    order = (await house.work.carrier_desk.orders([house.number]))[house.number]
    assert (order.refused_code, order.refused_field, order.said) == (
        "17",
        "ReceiverTel",
        "sai số điện thoại",
    )
    (incident,) = await house.work.incidents.about(house.number)
    assert incident.note is not None
    assert "sai số điện thoại" in incident.note
    first = house.number
    assert isinstance(await house.book(), Consignment)
    assert house.number != first


async def test_an_order_that_was_never_asked_is_called_off_without_a_word(house: House) -> None:
    await house.cancel()
    assert await house.orders.place(house.number) is S.CANCELLED
    assert house.carrier.orders == []
    assert house.consignment.state is ConsignmentState.CANCELLED


async def test_the_leg_is_free_when_the_carrier_has_called_it_off(house: House) -> None:
    await house.orders.place(house.number)
    await house.cancel()
    refused = await house.book()
    assert isinstance(refused, Refusal)
    assert await house.orders.call_off(house.number) is S.CANCELLED
    assert house.carrier.cancelled == [house.number]
    assert isinstance(await house.book(), Consignment)


async def test_a_cancellation_whose_answer_is_lost_is_said_again(house: House) -> None:
    await house.orders.place(house.number)
    await house.cancel()
    house.carrier.mishaps.append(Mishap.ANSWER_LOST)
    with pytest.raises(CarrierUnavailable):
        await house.orders.call_off(house.number)
    assert await house.state() is S.CANCELLING
    house.later()
    assert await house.orders.settle_due() == 1
    assert house.carrier.cancelled == [house.number]


async def test_a_case_at_the_carrier_is_asked_about_until_it_is_decided(house: House) -> None:
    await house.orders.place(house.number)
    await house.cancel()
    house.carrier.mishaps.append(Mishap.PENDING)
    assert await house.orders.call_off(house.number) is S.CANCELLING
    order = (await house.work.carrier_desk.orders([house.number]))[house.number]
    assert order.case_id == f"VU-{house.number}"
    house.later()
    assert await house.orders.settle_due() == 1
    assert await house.state() is S.CANCELLED


async def test_a_cancellation_that_the_carrier_refuses_leaves_the_order_and_tells_people(
    house: House,
) -> None:
    await house.orders.place(house.number)
    await house.cancel()
    house.carrier.mishaps.append(Mishap.REFUSED)
    assert await house.orders.call_off(house.number) is S.PLACED
    assert house.consignment.state is ConsignmentState.BOOKED
    (incident,) = await house.work.incidents.about(house.number)
    assert incident.kind is IncidentKind.CARRIER


async def test_an_unknown_order_that_is_unwanted_is_called_off_once_it_is_known(
    house: House,
) -> None:
    house.carrier.mishaps.append(Mishap.ANSWER_LOST)
    await house.orders.place(house.number)
    await house.cancel()
    house.later()
    assert await house.orders.settle_due() == 1
    assert (len(house.carrier.orders), house.carrier.cancelled) == (1, [house.number])
    assert await house.state() is S.CANCELLED


async def test_a_connection_that_is_not_configured_waits_for_a_person(house: House) -> None:
    with pytest.raises(UnknownConnection) as wrong:
        await house.orders.place("VD-khong-co")
    assert not wrong.value.retryable
