"""Carriers are asked for prices and proofs; one that does not answer keeps no other waiting."""

from datetime import timedelta

import pytest

from postal_bridge.journey import ItemKind, Stage
from postal_bridge.sandbox.carrier_memory import CarrierMemory
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState
from postal_bridge.tracking.carrier_values import (
    CarrierUnavailable,
    Label,
    NotThere,
    Order,
    Party,
    Placed,
    Proof,
    Quote,
    Refused,
)
from postal_bridge.tracking.orders import Connection, UnknownConnection
from postal_bridge.tracking.questions import Offer, Questions
from tests.stages.memory import CENTRE, MemoryWork
from tests.stores import DOSSIER, NOW

SENDER = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")


class Priced(CarrierMemory):
    """Names a price; keeps what it was asked."""

    def __init__(self, name: str, answer: Quote | Refused | CarrierUnavailable) -> None:
        super().__init__(name)
        self.answer = answer
        self.asked: list[Order] = []

    async def quote(self, order: Order) -> Quote | Refused:
        self.asked.append(order)
        if isinstance(self.answer, CarrierUnavailable):
            raise self.answer
        return self.answer


class Proven(CarrierMemory):
    """Can show who has taken an item."""

    async def proof(self, placed: Placed) -> Proof | NotThere:
        return NotThere() if placed.reference == "R0" else Proof(delivered_at=NOW, received_by="A")


def house(*carriers: CarrierMemory) -> Questions:
    connections = {
        one.name: Connection(carrier=one, sender=SENDER, place=CENTRE, quiet=timedelta(minutes=2))
        for one in carriers
    }
    return Questions(connections, locate=lambda address: "01" if "Hà Nội" in address else None)


async def test_the_cheapest_stands_first_and_who_is_silent_last(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DESK, code=f"{DOSSIER}/K1", kind=ItemKind.RESULT)
    dossier = await work.dossiers.find(DOSSIER)
    assert dossier is not None
    quick, cheap = (
        Quote(service="HOATOC", amount_dong=60_500),
        Quote(service="HCC", amount_dong=33_000),
    )
    no = Refused(code="404", text="không phát nơi này")
    first, second = Priced("a", quick), Priced("d", cheap)
    offers = await house(
        first, Priced("b", no), Priced("c", CarrierUnavailable("im lặng")), second, Proven("e")
    ).prices(dossier, cod_dong=20_000)
    assert offers == [
        Offer(carrier="d", quote=cheap),
        Offer(carrier="a", quote=quick),
        Offer(carrier="b", quote=no),
        Offer(carrier="c", trouble="im lặng"),
    ]
    (asked,) = first.asked
    assert (asked.receiver.address, asked.cod_dong) == (dossier.applicant_address, 20_000)
    assert asked.receiver.province == "20"


async def test_only_who_can_be_asked_is_asked_for_a_proof() -> None:
    questions = house(Proven("co"), CarrierMemory("khong"))

    def order(carrier: str, reference: str) -> CarrierOrder:
        return CarrierOrder(number="C1", carrier=carrier, reference=reference)

    assert await questions.proof(order("co", "R1")) == Proof(delivered_at=NOW, received_by="A")
    assert await questions.proof(order("co", "R0")) == NotThere()
    assert await questions.proof(order("khong", "R1")) is None
    with pytest.raises(UnknownConnection):
        await questions.proof(order("la", "R1"))


class Labelled(CarrierMemory):
    """Gives out labels."""

    async def label(self, placed: Placed) -> Label | Refused:
        if placed.reference == "R0":
            return Refused(code="404", text="không có đơn")
        return Label(media_type="application/pdf", content=b"%PDF")


async def test_only_an_order_that_the_carrier_has_bears_its_label() -> None:
    questions = house(Labelled("co"), CarrierMemory("khong"))

    def order(carrier: str, reference: str, state: OrderState = OrderState.PLACED) -> CarrierOrder:
        return CarrierOrder(number="C1", carrier=carrier, reference=reference, state=state)

    assert await questions.label(order("co", "R1")) == Label(
        media_type="application/pdf", content=b"%PDF"
    )
    assert isinstance(await questions.label(order("co", "R0")), Refused)
    assert await questions.label(order("co", "R1", OrderState.WAITING)) is None
    assert await questions.label(order("khong", "R1")) is None
    assert questions.sender(order("khong", "R1")) == SENDER
