"""What leaves from the outbox: each topic has somebody who takes it."""

import json
from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.outbox import Claimed
from postal_bridge.sandbox.carrier_memory import CarrierMemory
from postal_bridge.tracking.carrier_values import Party
from postal_bridge.tracking.consignments import (
    BOOK_TOPIC,
    CANCEL_TOPIC,
    book_consignment,
    cancel_consignment,
)
from postal_bridge.tracking.dispatch import NOTICE_TOPIC, Dispatch
from postal_bridge.tracking.orders import Connection, Orders
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER

RESULT = f"{DOSSIER}/K1"


@pytest.fixture
def carrier() -> CarrierMemory:
    return CarrierMemory("own_fleet")


@pytest.fixture
def dispatch(work: MemoryWork, carrier: CarrierMemory) -> Dispatch:
    sender = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")
    connection = Connection(carrier=carrier, sender=sender, place=CENTRE, quiet=timedelta())
    return Dispatch(
        Orders(
            transactions=work,
            connections={carrier.name: connection},
            locate=lambda _address: None,
            clock=ReplayClock(work.now),
            identifiers=work.identifiers,
        )
    )


@pytest.fixture
async def booked(work: MemoryWork) -> Consignment:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    consignment = await book_consignment(
        work.by(LAN), item_code=RESULT, carrier="own_fleet", place=CENTRE, courier="tuan"
    )
    assert isinstance(consignment, Consignment)
    return consignment


def message(topic: str, **payload: str) -> Claimed:
    return Claimed(id=1, topic=topic, key="k", payload=json.dumps(payload), attempt=1)


async def test_each_topic_has_its_handler(dispatch: Dispatch) -> None:
    assert dispatch.handlers() == {NOTICE_TOPIC: dispatch.notify}
    assert dispatch.to_carriers() == {BOOK_TOPIC: dispatch.book, CANCEL_TOPIC: dispatch.cancel}


async def test_an_order_with_a_courier_is_collected_once_it_is_confirmed(
    work: MemoryWork, dispatch: Dispatch, carrier: CarrierMemory, booked: Consignment
) -> None:
    for _ in range(2):
        await dispatch.book(message(BOOK_TOPIC, number=booked.number, carrier="own_fleet"))
    kept = work.consignments.kept[booked.number]
    assert (kept.carrier_reference, kept.state) == ("OWN_FLEET00000001", ConsignmentState.COLLECTED)
    assert [one.receiver.address for one in carrier.orders] == [booked.consignee_address]


async def test_an_order_is_called_off(
    work: MemoryWork, dispatch: Dispatch, carrier: CarrierMemory, booked: Consignment
) -> None:
    order = message(BOOK_TOPIC, number=booked.number, carrier="own_fleet")
    await dispatch.book(order)
    await cancel_consignment(work.by(LAN), number=booked.number, place=CENTRE, note=None)
    await dispatch.cancel(message(CANCEL_TOPIC, number=booked.number, carrier="own_fleet"))
    assert carrier.cancelled == [booked.number]


async def test_a_notice_is_told(dispatch: Dispatch) -> None:
    await dispatch.notify(message(NOTICE_TOPIC, notice="result-ready", dossier=DOSSIER))
