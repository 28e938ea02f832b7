"""Streams over two processes that share one PostgreSQL: nothing is lost and nothing told twice."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from postal_bridge.tracking.identifiers import Identifiers
from tests.journey.following import STREAM, following, happens
from tests.journey.house import Town, open_town
from tests.journey.province import COUNTER
from tests.stores import a_position, an_event

WRITERS, DOSSIERS_EACH = 4, 5
Towns = tuple[Town, Town]


@pytest.fixture
def shared(make_database: Callable[..., str], postgres_template: str) -> str:
    return make_database(template=postgres_template)


async def two_towns(stack: AsyncExitStack, url: str, folder: Path, *, poll: str) -> Towns:
    towns = []
    for name in ("one", "other"):
        (folder / name).mkdir()
        opened = open_town(url, folder / name, PB_SERVICE__STREAM_POLL_SECONDS=poll)
        towns.append(await stack.enter_async_context(opened))
    for seed, town in enumerate(towns):
        town.identifiers = Identifiers(random.Random(seed))  # no two make the same key
        await town.clerk.signs_in()
    return towns[0], towns[1]


@pytest.fixture
async def patient(shared: str, tmp_path: Path) -> AsyncIterator[Towns]:
    """Two processes whose streams look by themselves once in ten minutes only."""
    async with AsyncExitStack() as stack:
        yield await two_towns(stack, shared, tmp_path, poll="600")


@pytest.fixture
async def restless(shared: str, tmp_path: Path) -> AsyncIterator[Towns]:
    async with AsyncExitStack() as stack:
        yield await two_towns(stack, shared, tmp_path, poll="0.2")


async def test_what_one_process_writes_wakes_the_streams_of_the_other(
    patient: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postal_bridge.api.stream.HEARTBEAT_SECONDS", 600.0)
    one, other = patient
    async with asyncio.timeout(60):
        async with following(other.server.make_url(STREAM), other.clerk.token) as clerk:
            await happens(lambda: other.house.wakeups.heard > 0)  # its connection listens
            for _ in range(3):
                code = await one.clerk.receives()
                waiting = asyncio.create_task(clerk.until(f"{code}/H1"))
                while not waiting.done():
                    # Where a transaction elsewhere in the cluster held the event up, nobody would
                    # call again before the poll; whoever writes next does.
                    await asyncio.wait([waiting], timeout=2)
                    if not waiting.done():
                        one.house.wakeups.announce()
                await waiting


HELD = "000.00.06.H37-190110-9999/H1"


@dataclass
class Traffic:
    """Who writes, and what the one who follows is told."""

    towns: Towns
    written: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    connections: int = 0
    held: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    async def holds(self) -> None:
        """Write first and commit late: after others, and after the follower came back twice."""
        async with self.towns[0].house.storage.begin() as work:
            event = an_event(1, item=HELD).model_copy(update={"place": COUNTER})
            await work.custody.record(event, a_position(item=HELD))
            await work.flush()
            self.held.set()
            await happens(lambda: len(self.written) >= WRITERS * DOSSIERS_EACH // 2)
            enough = self.connections + 2
            await happens(lambda: self.connections >= enough)
        self.written.append(HELD)

    async def writes(self, town: Town) -> None:
        await self.held.wait()
        for _ in range(DOSSIERS_EACH):
            code = await town.clerk.receives()
            self.written.append(f"{code}/H1")

    async def follows(self) -> None:
        """Lose the connection after every few events, or after a second without any."""
        last_id = ""
        while not (self.finished.is_set() and set(self.told) >= set(self.written)):
            town = self.towns[self.connections % 2]
            url = town.server.make_url(STREAM)
            async with following(url, town.clerk.token, last_id=last_id) as clerk:
                self.connections += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await clerk.event()
                        await clerk.event()
                self.told += [item["code"] for item in clerk.items]
                last_id = clerk.last_id


async def test_nothing_is_lost_or_told_twice_while_four_write(restless: Towns) -> None:
    """The follower loses its connection again and again; one transaction stays open over others."""
    traffic = Traffic(restless)
    async with asyncio.timeout(90), asyncio.TaskGroup() as group:
        group.create_task(traffic.follows())
        await happens(lambda: traffic.connections > 0)
        async with asyncio.TaskGroup() as writers:
            writers.create_task(traffic.holds())
            for number in range(WRITERS):
                writers.create_task(traffic.writes(restless[number % 2]))
        traffic.finished.set()
    assert len(traffic.told) == len(set(traffic.told))
    assert set(traffic.told) == set(traffic.written)
    assert len(traffic.written) == WRITERS * DOSSIERS_EACH + 1
