"""What those who wait for something new may rely on, in one process and between several."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from postal_bridge.api.ports import Wakeups
from postal_bridge.storage.postgres.wakeups import PostgresWakeups
from postal_bridge.storage.wakeups import InProcessWakeups

PORT = "api.ports.Wakeups"
IMPLEMENTATIONS = ("in process", "postgresql")


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(implementation: str, request: pytest.FixtureRequest) -> str:
    if implementation == "in process":
        return ""
    make = request.getfixturevalue("make_database")
    return str(make())


@pytest.fixture
async def wakeups(address: str) -> AsyncIterator[Wakeups]:
    made = PostgresWakeups(address) if address else InProcessWakeups()
    yield made
    await made.close()


async def waits(wakeups: Wakeups) -> bool:
    """Whether somebody who has heard everything so far is still waiting after a moment."""
    try:
        async with asyncio.timeout(0.05):
            await wakeups.wait(heard=wakeups.heard)
    except TimeoutError:
        return True
    return False


async def settled(wakeups: Wakeups) -> None:
    """Wait until the connection stands: its beginning is a call by itself."""
    while not await waits(wakeups):
        pass
    if isinstance(wakeups, PostgresWakeups):
        async with asyncio.timeout(20):
            while wakeups.heard == 0:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)


async def test_everybody_who_waits_is_called(wakeups: Wakeups) -> None:
    await settled(wakeups)
    heard = wakeups.heard
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(wakeups.wait(heard=heard))
        await asyncio.sleep(0)
        wakeups.announce()
    assert wakeups.heard > heard


async def test_a_call_between_looking_and_waiting_is_not_missed(wakeups: Wakeups) -> None:
    heard = wakeups.heard
    wakeups.announce()
    async with asyncio.timeout(20):
        await wakeups.wait(heard=heard)


async def test_many_calls_are_one_for_whoever_looks_afterwards(wakeups: Wakeups) -> None:
    await settled(wakeups)
    heard = wakeups.heard
    for _ in range(1000):
        wakeups.announce()
    await wakeups.wait(heard=heard)
    assert await waits(wakeups)


async def test_whoever_waits_for_nothing_can_stop_waiting(wakeups: Wakeups) -> None:
    await settled(wakeups)
    assert await waits(wakeups)
    assert await waits(wakeups)
