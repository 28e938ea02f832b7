"""Pouches go to a desk with a carrier, which signs nothing: the desk signs for it."""

import pytest

from postal_bridge.codes import make_seal_code
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.consignments import Terms
from postal_bridge.tracking.pouch_legs import book_pouch, close_legs, may_sign_for_carrier
from postal_bridge.tracking.pouches import make_pouch, seal_pouch
from postal_bridge.tracking.records import Consignment, ConsignmentState, Pouch
from tests.stages.memory import CENTRE, DEPARTMENT, LAN, TUAN, MemoryWork
from tests.stores import DOSSIER, ITEM

BOTH = (ITEM, f"{DOSSIER[:-1]}2/H1")
PHONE = "02053812345"


async def a_sealed_pouch(work: MemoryWork) -> str:
    """Two applications in a sealed pouch for the department, whose address is known."""
    for place in work.catalogue.kept_places.values():
        place.address = place.address or "Đường Hùng Vương, tỉnh Lạng Sơn"
    for code in BOTH:
        await work.an_item_at(Stage.COUNTER, code=code, kind=ItemKind.APPLICATION)
    made = await make_pouch(work.by(LAN), origin=CENTRE, destination=DEPARTMENT, items=BOTH)
    assert isinstance(made, Pouch)
    await seal_pouch(work.by(LAN), code=made.code, seal=make_seal_code(1))
    return made.code


async def booked(work: MemoryWork, pouch: str, **facts: str | None) -> Consignment | Refusal:
    said = {"place": CENTRE, "phone": PHONE, **facts}
    return await book_pouch(
        work.by(LAN),
        code=pouch,
        carrier="hang",
        place=said["place"] or "",
        phone=said["phone"],
        terms=Terms(),
    )


async def test_an_order_for_a_pouch_waits_in_the_outbox(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    consignment = await booked(work, pouch)
    assert isinstance(consignment, Consignment)
    assert consignment.number.startswith(f"VT-{pouch}-1-")
    assert (consignment.item_code, consignment.consignee_phone) == (pouch, PHONE)
    again = await booked(work, pouch)
    assert isinstance(again, Refusal)
    assert again.reason is Reason.CONSIGNMENT_OPEN


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"phone": " "}, Reason.RECEIVER_MISSING), ({"place": "SXD"}, Reason.ITEM_HELD_ELSEWHERE)],
)
async def test_a_pouch_that_cannot_go_stays(
    work: MemoryWork, facts: dict[str, str], reason: Reason
) -> None:
    refused = await booked(work, await a_sealed_pouch(work), **facts)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert not work.consignments.kept


async def test_a_pouch_that_a_courier_has_is_not_given_to_a_carrier(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    for code in BOTH:
        await work.does(TUAN, code, Act.LOAD, pouch=pouch)
    refused = await booked(work, pouch)
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.ACT_NOT_POSSIBLE


async def test_the_desk_signs_only_for_the_carrier_that_has_its_pouch(work: MemoryWork) -> None:
    pouch = await a_sealed_pouch(work)
    consignment = await booked(work, pouch)
    assert isinstance(consignment, Consignment)
    for code in BOTH:
        await work.does(TUAN, code, Act.LOAD, pouch=pouch, custodian="hang")
    position = (await work.at(ITEM)).position
    assert position is not None

    async def may(place: str = DEPARTMENT, of: str | None = pouch) -> bool:
        return await may_sign_for_carrier(work, pouch=of, position=position, place=place)

    assert not await may(), "the carrier has not said that it has it"
    work.consignments.kept[consignment.number].state = ConsignmentState.COLLECTED
    assert await may()
    assert not await may(place=CENTRE)
    assert not await may(of=None)
    await close_legs(work.by(LAN), [pouch])
    assert work.consignments.kept[consignment.number].state is ConsignmentState.DELIVERED
