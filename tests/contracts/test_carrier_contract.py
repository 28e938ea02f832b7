"""What tracking may expect of a carrier: the same number is the same order."""

from collections.abc import Callable

import pytest

from postal_bridge.carriers.own_fleet import OwnFleet
from postal_bridge.sandbox.carrier_memory import CarrierDown, CarrierMemory
from postal_bridge.tracking.ports import Carrier, Order

PORT = "tracking.ports.Carrier"
IMPLEMENTATIONS: dict[str, Callable[[str], Carrier]] = {
    "own_fleet": OwnFleet,
    "memory": CarrierMemory,
}
REFERENCE_LENGTH = 60


@pytest.fixture(params=IMPLEMENTATIONS)
def carrier(request: pytest.FixtureRequest) -> Carrier:
    return IMPLEMENTATIONS[str(request.param)]("thu_nghiem")


def an_order(attempt: int) -> Order:
    return Order(
        number=f"VD-000.00.06.H37-190110-0001-1-{attempt}-4",
        item_code="000.00.06.H37-190110-0001/K1",
        consignee_name="Nông Thị Hồng Đào",
        consignee_phone="0912345678",
        consignee_address="Thôn Nà Sầm, xã Hoàng Văn Thụ",
    )


async def test_it_goes_by_the_name_it_was_given(carrier: Carrier) -> None:
    assert carrier.name == "thu_nghiem"


async def test_an_order_gets_a_reference_that_fits_into_its_column(carrier: Carrier) -> None:
    reference = await carrier.book(an_order(1))
    assert 0 < len(reference) <= REFERENCE_LENGTH


async def test_a_repeat_is_the_same_order_and_another_number_is_another(carrier: Carrier) -> None:
    first, second = await carrier.book(an_order(1)), await carrier.book(an_order(2))
    assert await carrier.book(an_order(1)) == first
    assert first != second


async def test_the_stand_in_recognises_an_order_whose_answer_was_lost() -> None:
    carrier = CarrierMemory("xa", answered=0, deaf_after=True)
    with pytest.raises(CarrierDown) as broken:
        await carrier.book(an_order(1))
    assert broken.value.retryable

    carrier.answered = None
    assert await carrier.book(an_order(1)) == "XA00000001"
    assert len(carrier.orders) == 1
