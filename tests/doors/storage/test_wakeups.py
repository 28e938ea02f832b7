"""Calls from process to process on PostgreSQL: few, quick, and back after an interruption."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from postal_bridge.storage.postgres.wakeups import CHANNEL, PostgresWakeups


@pytest.fixture
def address(make_database: Callable[..., str]) -> str:
    return make_database()


@asynccontextmanager
async def process(address: str) -> AsyncIterator[PostgresWakeups]:
    """What one process has, once its connection stands."""
    wakeups = PostgresWakeups(address)
    try:
        async with asyncio.timeout(20):
            await wakeups.wait(heard=0)
        yield wakeups
    finally:
        await wakeups.close()


@asynccontextmanager
async def eavesdropping(address: str) -> AsyncIterator[list[str]]:
    connection = await asyncpg.connect(address.replace("+asyncpg", ""))
    heard: list[str] = []
    await connection.add_listener(CHANNEL, lambda *told: heard.append(told[3]))
    yield heard
    await connection.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - what is waited for knows nothing of events
            await asyncio.sleep(0.01)


async def test_a_call_reaches_the_other_process(address: str) -> None:
    async with process(address) as one, process(address) as other:
        heard = other.heard
        one.announce()
        async with asyncio.timeout(20):
            await other.wait(heard=heard)


async def test_a_thousand_commits_are_a_few_notifications(address: str) -> None:
    async with eavesdropping(address) as heard, process(address) as one:
        for _ in range(1000):
            one.announce()
            await asyncio.sleep(0)
        await until(lambda: bool(heard))
        assert len(heard) <= 3


async def test_ones_own_notification_is_not_heard_twice(address: str) -> None:
    async with eavesdropping(address) as heard, process(address) as one:
        before = one.heard
        one.announce()
        await until(lambda: bool(heard))
        await asyncio.sleep(0.05)
        assert one.heard == before + 1


async def test_a_connection_that_breaks_is_opened_again(address: str) -> None:
    async with process(address) as one, process(address) as other:
        before = one.heard, other.heard
        connection = await asyncpg.connect(address.replace("+asyncpg", ""))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        # Whoever waited is called when the connection stands again: they may have missed some.
        await until(lambda: one.heard > before[0] and other.heard > before[1])
        heard = other.heard
        one.announce()
        async with asyncio.timeout(20):
            await other.wait(heard=heard)


async def test_a_database_that_is_not_there_troubles_nobody() -> None:
    wakeups = PostgresWakeups("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    heard = wakeups.heard
    wakeups.announce()
    await wakeups.wait(heard=heard)
    await asyncio.sleep(0.05)
    await wakeups.close()
