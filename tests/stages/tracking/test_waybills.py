"""Numbers given out beforehand: one live order each, the same for every repeat, back when free."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postal_bridge.clock import ReplayClock
from postal_bridge.codes import make_s10
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import ItemKind, Stage
from postal_bridge.sandbox.carrier_memory import CarrierMemory, Mishap
from postal_bridge.tracking.carrier_records import OrderState
from postal_bridge.tracking.carrier_values import CarrierUnavailable, Party, PoolCounts
from postal_bridge.tracking.consignments import book_consignment, cancel_consignment
from postal_bridge.tracking.orders import Connection, Orders
from postal_bridge.tracking.records import Consignment
from postal_bridge.tracking.waybills import (
    NoWaybillLeft,
    PoolTerms,
    load,
    numbers_between,
    release,
    take,
)
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stages.tracking.carriers import RESULT

TERMS = PoolTerms(warn_below=1, place=CENTRE)
NUMBERS = [make_s10("EK", serial) for serial in range(1, 4)]


class House:
    """Results on the desk, a carrier with a pool, and the orders between them."""

    def __init__(self, work: MemoryWork) -> None:
        self.work = work
        self.carrier = CarrierMemory("hang")
        self.clock = ReplayClock(work.now)
        sender = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")
        connection = Connection(
            carrier=self.carrier,
            sender=sender,
            place=CENTRE,
            quiet=timedelta(minutes=2),
            pool=TERMS,
        )
        self.orders = Orders(
            transactions=work,
            connections={"hang": connection},
            locate=lambda _address: None,
            clock=self.clock,
            identifiers=work.identifiers,
        )

    async def booked(self, number: int = 1) -> str:
        code = RESULT[:-1] + str(number)
        await self.work.an_item_at(Stage.DESK, code=code, kind=ItemKind.RESULT)
        booked = await book_consignment(
            self.work.by(LAN), item_code=code, carrier="hang", place=CENTRE, courier=None
        )
        assert isinstance(booked, Consignment)
        return booked.number

    async def waybill(self, number: str) -> str | None:
        return (await self.work.carrier_desk.orders([number]))[number].waybill

    async def counts(self) -> PoolCounts:
        return await self.work.waybills.counts("hang")


@pytest.fixture
def house(work: MemoryWork) -> House:
    return House(work)


async def loaded(work: MemoryWork, numbers: Sequence[str] = NUMBERS) -> None:
    assert not isinstance(await load(work.by(LAN), "hang", numbers), Refusal)


def test_a_range_is_written_with_its_check_digits() -> None:
    assert numbers_between("EK", 1, 3) == NUMBERS
    for first, last in ((3, 1), (0, 10_000), (99_999_999, 100_000_000)):
        assert isinstance(numbers_between("EK", first, last), Refusal)


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ([*NUMBERS, "EK000000018VN"], Reason.WAYBILL_MALFORMED),
        ([NUMBERS[0], NUMBERS[0].lower()], Reason.WAYBILL_LOADED),
    ],
)
async def test_a_list_with_one_wrong_number_is_not_taken_at_all(
    work: MemoryWork, house: House, numbers: list[str], reason: Reason
) -> None:
    refused = await load(work.by(LAN), "hang", numbers)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert (await house.counts()).free == 0


async def test_what_is_in_the_pool_is_not_loaded_again(work: MemoryWork, house: House) -> None:
    await loaded(work)
    refused = await load(work.by(LAN), "hang", [NUMBERS[1]])
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.WAYBILL_LOADED


async def test_every_repeat_of_an_order_bears_the_same_number(
    work: MemoryWork, house: House
) -> None:
    await loaded(work)
    number = await house.booked()
    house.carrier.mishaps += [Mishap.LOST, Mishap.NOT_HEARD]
    await house.orders.place(number)
    first = await house.waybill(number)
    for minutes in (5, 10):
        house.clock.advance_to(house.clock.now() + timedelta(minutes=minutes))
        with suppress(CarrierUnavailable):
            await house.orders.place(number)
        assert await house.waybill(number) == first == NUMBERS[0]
    assert await house.counts() == PoolCounts(free=2, live=1, used=0)


async def test_a_number_comes_back_with_the_order_that_is_called_off(
    work: MemoryWork, house: House
) -> None:
    await loaded(work)
    number = await house.booked()
    await house.orders.place(number)
    done = await cancel_consignment(work.by(LAN), number=number, place=CENTRE, note="gửi nhầm")
    assert isinstance(done, Consignment)
    assert (await house.counts()).live == 1, "the carrier has not said yes"
    assert await house.orders.call_off(number) is OrderState.CANCELLED
    assert await house.counts() == PoolCounts(free=3, live=0, used=1)
    (use,) = await work.waybills.uses("hang", NUMBERS[0])
    assert (use.order, use.released_at) == (number, house.clock.now())


async def test_a_refused_order_gives_its_number_back(work: MemoryWork, house: House) -> None:
    await loaded(work)
    number = await house.booked()
    house.carrier.mishaps.append(Mishap.REFUSED)
    assert await house.orders.place(number) is OrderState.REFUSED
    assert (await house.counts()).free == 3


async def test_an_empty_pool_lets_the_order_wait_and_says_so_once_a_day(
    work: MemoryWork, house: House
) -> None:
    number = await house.booked()
    for _ in range(2):
        with pytest.raises(NoWaybillLeft):
            await house.orders.place(number)
    assert house.carrier.orders == []
    (incident,) = await work.incidents.about("hang")
    assert "còn 0" in (incident.note or "")
    await loaded(work)
    assert await house.orders.place(number) is OrderState.PLACED


async def test_when_few_are_left_somebody_is_told(work: MemoryWork, house: House) -> None:
    await loaded(work, NUMBERS[:2])
    await house.orders.place(await house.booked())
    assert await work.incidents.about("hang") == []
    work.consignments.kept.clear()
    await take(work.by(LAN), "hang", "VD-2", TERMS)
    (incident,) = await work.incidents.about("hang")
    assert "còn 0" in (incident.note or "")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40),
)
async def test_a_number_is_never_live_on_two_orders(moves: list[tuple[int, bool]]) -> None:
    work = MemoryWork()
    await loaded(work)
    has: dict[str, str] = {}
    for order, takes in moves:
        name = f"VD-{order}"
        if takes and name not in has:
            try:
                has[name] = await take(work.by(LAN), "hang", name, TERMS)
            except NoWaybillLeft:
                assert len(has) == len(NUMBERS)
        elif not takes and name in has:
            await release(work, "hang", has.pop(name), order=name, at=work.now)
        assert len(set(has.values())) == len(has)
        counts = await work.waybills.counts("hang")
        assert (counts.free, counts.live) == (len(NUMBERS) - len(has), len(has))


async def test_anothers_number_is_not_given_back(work: MemoryWork) -> None:
    await loaded(work)
    number = await take(work.by(LAN), "hang", "VD-1", TERMS)
    await release(work, "hang", number, order="VD-2", at=work.now)
    await release(work, "hang", "EK000000000VN", order="VD-1", at=work.now)
    assert (await work.waybills.counts("hang")).live == 1
