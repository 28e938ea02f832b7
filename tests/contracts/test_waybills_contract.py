"""What the store of waybill numbers must do, in memory and on every database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from postal_bridge.codes import make_s10
from postal_bridge.tracking.carrier_records import Waybill, WaybillUse
from postal_bridge.tracking.carrier_values import PoolCounts
from postal_bridge.tracking.orders import Transactions
from postal_bridge.tracking.ports import CustodyWork
from tests.stages.memory import MemoryWork
from tests.stores import HOUR, NOW, opened

PORTS = ("tracking.waybill_ports.Waybills",)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")
ONE, TWO = make_s10("EK", 1), make_s10("EK", 2)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(engine_name: str, request: pytest.FixtureRequest) -> AsyncIterator[Transactions]:
    if engine_name == "memory":
        yield MemoryWork()
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        yield storage


def a_waybill(number: str, *, carrier: str = "hang") -> Waybill:
    return Waybill(carrier=carrier, number=number, loaded_at=NOW, loaded_by="lan")


async def loaded(house: Transactions) -> None:
    async with house.begin() as work:
        await work.waybills.add([a_waybill(TWO), a_waybill(ONE), a_waybill(ONE, carrier="khac")])


async def test_numbers_are_kept_by_carrier(house: Transactions) -> None:
    await loaded(house)
    async with house.begin() as work:
        assert sorted(await work.waybills.known("hang", [ONE, TWO, "EK9"])) == [ONE, TWO]
        assert list(await work.waybills.known("khac", [ONE, TWO])) == [ONE]
        assert await work.waybills.counts("hang") == PoolCounts(free=2, live=0, used=0)
        assert await work.waybills.counts("ai") == PoolCounts(free=0, live=0, used=0)


async def test_the_first_free_one_is_next(house: Transactions) -> None:
    await loaded(house)
    async with house.begin() as work:
        first = await work.waybills.next_free("hang")
        assert first is not None
        assert first.number == ONE
        first.held_by = "VD-1"
        await work.waybills.put(first)
        following = await work.waybills.next_free("hang")
        assert following is not None
        assert following.number == TWO
        assert await work.waybills.hold("hang", ONE) == first
        assert await work.waybills.hold("hang", "EK9") is None
        assert await work.waybills.next_free("ai") is None


async def test_every_use_is_kept(house: Transactions) -> None:
    await loaded(house)
    uses = [
        WaybillUse(carrier="hang", number=ONE, order=f"VD-{n}", taken_at=NOW + n * HOUR)
        for n in (1, 2)
    ]
    async with house.begin() as work:
        for use in uses:
            await work.waybills.begin_use(use)
        await work.waybills.end_use("hang", ONE, order="VD-1", at=NOW + HOUR)
    async with house.begin(write=False) as work:
        first, second = await work.waybills.uses("hang", ONE)
        assert (first.order, first.released_at) == ("VD-1", NOW + HOUR)
        assert second == uses[1]
        assert (await work.waybills.counts("hang")).used == 1


@pytest.mark.parametrize("engine_name", DATABASES, indirect=True)
async def test_two_who_take_at_once_take_two(database_url: str) -> None:
    async with opened(database_url) as storage:
        await loaded(storage)

        async def takes(order: str) -> str:
            async with storage.begin() as work:
                return await _taken(work, order)

        async with asyncio.TaskGroup() as group:
            taking = [group.create_task(takes(f"VD-{n}")) for n in range(2)]
        assert sorted(one.result() for one in taking) == [ONE, TWO]


async def _taken(work: CustodyWork, order: str) -> str:
    found = await work.waybills.next_free("hang")
    assert found is not None
    found.held_by = order
    await asyncio.sleep(0.05)
    await work.waybills.put(found)
    return found.number
