"""The service is killed while eight devices send: what was acknowledged is there, once.

The real programme runs as a process of its own, on either database. SIGKILL ends it at moments that
nobody chose; the devices send again whatever they had no answer for.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession
from typing_extensions import override

from postal_bridge.identity import Actor
from tests.invariants.days.model import Told
from tests.invariants.days.play import body_of
from tests.invariants.days.town import Town
from tests.journey.test_killed_service import PATIENCE, Service, Wire, free_port
from tests.scale.devices import DEVICES, Road, furnish

ANSWERS_BEFORE_THE_KILL = (20, 45, 30)
BATCH = (1, 25)


@dataclass
class AnyService(Service):
    """The same programme on whatever database is asked for."""

    url: str = ""

    @property
    @override
    def environ(self) -> dict[str, str]:
        return {**super().environ, "PB_DATABASE__URL": self.url}


@dataclass
class Load:
    """Eight devices that send for as long as they are let."""

    service: Service
    town: Town
    road: Road
    chance: random.Random
    answers: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answered(self, more: int) -> None:
        enough = self.answers + more
        async with self.changed:
            await self.changed.wait_for(lambda: self.answers >= enough)

    def batch(self) -> list[Told]:
        """New scans, and some that others have sent or are just sending."""
        chance, road = self.chance, self.road
        count = chance.randint(*BATCH)
        mine = [road.scan(self.town) for _ in range(count)]
        others = road.made[-200:-count]
        return mine + chance.sample(others, min(5, len(others)))

    async def device(self, device: str, actor: Actor) -> None:
        async with ClientSession(timeout=PATIENCE) as session:
            wire = Wire(self.service, actor.username, session)
            while not self.stop.is_set():
                batch = self.batch()
                body = {"device": device, "scans": [body_of(scan) for scan in batch]}
                answer = await wire.until_answered("/scans", body, key="none")
                self.road.heard(batch, answer)
                async with self.changed:
                    self.answers += 1
                    self.changed.notify_all()


@asynccontextmanager
async def looking(url: str, folder: Path) -> AsyncIterator[Town]:
    """A house of our own on the same database, to look at what is there."""
    town = Town(url, folder)
    await town.open()
    try:
        yield town
    finally:
        await town.close()


async def test_killed_under_the_load_of_eight_devices_nothing_acknowledged_is_lost(
    database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(9)
    town = Town(database_url, tmp_path)
    await town.open()
    await town.settle()
    papers = await furnish(town, pouches=3, loose=8)
    await town.close()
    service = AnyService(tmp_path, tmp_path / "unused.db", free_port(), url=database_url)
    load = Load(service, town, Road(papers, chance), chance)
    await service.start()
    try:
        async with asyncio.TaskGroup() as group:
            for device, actor in DEVICES:
                group.create_task(load.device(device, actor))
            for more in ANSWERS_BEFORE_THE_KILL:
                await load.answered(more)
                await asyncio.sleep(chance.uniform(0, 0.05))
                await service.kill()
                async with looking(database_url, tmp_path) as seen:
                    await load.road.nothing_is_lost(seen)
                await service.start()
            await load.answered(8)
            load.stop.set()
        async with looking(database_url, tmp_path) as seen:
            await load.road.everything_is_right(seen)
        assert load.road.accepted <= len(load.road.taken), "a scan was accepted twice"
    finally:
        await service.kill()
