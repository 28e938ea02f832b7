"""What leaves from the outbox: booked once, whatever happens on the way."""

import json

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.outbox import Claimed
from postal_bridge.sandbox.carrier_memory import CarrierDown, CarrierMemory
from postal_bridge.tracking.consignments import BOOK_TOPIC, book_consignment
from postal_bridge.tracking.dispatch import NOTICE_TOPIC, Dispatch, UnknownCarrier
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER

RESULT = f"{DOSSIER}/K1"


@pytest.fixture
def carrier() -> CarrierMemory:
    return CarrierMemory("own_fleet")


@pytest.fixture
def dispatch(work: MemoryWork, carrier: CarrierMemory) -> Dispatch:
    return Dispatch(
        transactions=work,
        carriers={carrier.name: carrier},
        clock=ReplayClock(work.now),
        identifiers=work.identifiers,
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
    assert dispatch.handlers() == {BOOK_TOPIC: dispatch.book, NOTICE_TOPIC: dispatch.notify}


async def test_a_repeat_after_a_crash_is_the_same_order(
    work: MemoryWork, dispatch: Dispatch, carrier: CarrierMemory, booked: Consignment
) -> None:
    order = message(BOOK_TOPIC, number=booked.number, carrier="own_fleet")
    carrier.answered, carrier.deaf_after = 0, True
    with pytest.raises(CarrierDown):
        await dispatch.book(order)
    assert work.consignments.kept[booked.number].carrier_reference is None

    carrier.answered = None
    for _ in range(2):
        await dispatch.book(order)
    kept = work.consignments.kept[booked.number]
    assert (kept.carrier_reference, kept.state) == ("OWN_FLEET00000001", ConsignmentState.COLLECTED)
    assert [one.consignee_address for one in carrier.orders.values()] == [booked.consignee_address]


@pytest.mark.parametrize(
    ("carrier_name", "number"), [("khong-co", None), ("own_fleet", "VD-khong-co")]
)
async def test_what_a_person_must_mend_is_not_tried_again(
    dispatch: Dispatch, booked: Consignment, carrier_name: str, number: str | None
) -> None:
    order = message(BOOK_TOPIC, number=number or booked.number, carrier=carrier_name)
    with pytest.raises(UnknownCarrier) as wrong:
        await dispatch.book(order)
    assert not wrong.value.retryable


async def test_a_notice_is_told(dispatch: Dispatch) -> None:
    await dispatch.notify(message(NOTICE_TOPIC, notice="result-ready", dossier=DOSSIER))
