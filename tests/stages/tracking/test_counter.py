"""A result is handed in over the counter of a carrier whose connection only tracks."""

from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState
from postal_bridge.tracking.carrier_values import Booked, Order, Party, Refused, Window
from postal_bridge.tracking.consignments import Terms, book_consignment
from postal_bridge.tracking.counter import handed_in, window_of
from postal_bridge.tracking.orders import Connection, Orders
from postal_bridge.tracking.records import Consignment
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stages.tracking.carriers import RESULT, WAYBILL
from tests.stores import NOW

SOMEBODY = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")


class OnlyTells:
    """A connection that takes no orders."""

    name = "hang"
    reference_limit = 20
    repeatable = False

    async def close(self) -> None:
        """Nothing is open."""


def an_order(waybill: str | None) -> Order:
    return Order(
        number="C1",
        reference="C1",
        sender=SOMEBODY,
        receiver=SOMEBODY,
        contents="Kết quả",
        waybill=waybill,
    )


def test_the_number_on_the_receipt_is_the_order() -> None:
    assert handed_in(an_order(WAYBILL)) == Booked(carrier_number=WAYBILL, waybill=WAYBILL)
    assert isinstance(handed_in(an_order(None)), Refused)


def test_a_window_has_two_ends() -> None:
    order = CarrierOrder(number="C1", carrier="hang", reference="")
    assert window_of(order) is None
    order.collect_from, order.collect_until = NOW, NOW + timedelta(hours=2)
    assert window_of(order) == Window(NOW, NOW + timedelta(hours=2))


@pytest.mark.parametrize("waybill", [WAYBILL, None])
async def test_an_order_with_a_receipt_is_placed_and_one_without_is_not(
    work: MemoryWork, waybill: str | None
) -> None:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    booked = await book_consignment(
        work.by(LAN),
        item_code=RESULT,
        carrier="hang",
        place=CENTRE,
        courier=None,
        terms=Terms(waybill=waybill, cod_dong=50_000),
    )
    assert isinstance(booked, Consignment)
    connection = Connection(
        carrier=OnlyTells(), sender=SOMEBODY, place=CENTRE, quiet=timedelta(minutes=2)
    )
    orders = Orders(
        transactions=work,
        connections={"hang": connection},
        locate=lambda _address: None,
        clock=ReplayClock(work.now),
        identifiers=work.identifiers,
    )
    state = await orders.place(booked.number)
    assert state is (OrderState.PLACED if waybill else OrderState.REFUSED)
    order = (await work.carrier_desk.orders([booked.number]))[booked.number]
    assert (order.carrier_number, order.cod_dong) == (waybill, 50_000)


async def test_a_receipt_belongs_to_one_consignment(work: MemoryWork) -> None:
    terms = Terms(waybill=WAYBILL)
    outcomes = []
    for number in (1, 2):
        code = RESULT[:-1] + str(number)
        await work.an_item_at(Stage.DESK, code=code, kind=ItemKind.RESULT)
        outcomes.append(
            await book_consignment(
                work.by(LAN),
                item_code=code,
                carrier="hang",
                place=CENTRE,
                courier=None,
                terms=terms,
            )
        )
    assert isinstance(outcomes[0], Consignment)
    assert isinstance(outcomes[1], Refusal)
    assert outcomes[1].reason is Reason.WAYBILL_TAKEN
