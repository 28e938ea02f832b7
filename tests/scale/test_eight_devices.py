"""Eight devices send overlapping batches at once, while people give commands.

On PostgreSQL half of the devices talk to another process's worth of house on the same database, so
that only the database stands between them; on SQLite they share the one writer.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.identity import Actor
from postal_bridge.storage.months import LedgerMonths
from tests.invariants.days.model import Told
from tests.invariants.days.play import body_of
from tests.invariants.days.town import COURIERS, HANH, PEOPLE, SANG, TUAN, Papers, Town, new_scan_id
from tests.journey.province import COUNTER, POST_OFFICE, Json
from tests.scale.devices import DEVICES, Road, furnish, with_a_slip

SCANS, SHARE, BATCH = 240, 0.5, 20
ROUNDS = 2
"""Whoever is lucky once is not lucky twice."""


@pytest.fixture
async def houses(database_url: str, tmp_path: Path) -> AsyncIterator[list[Town]]:
    """One house, or two on the same database where it is a server."""
    async with AsyncExitStack() as stack:
        opened: list[Town] = []
        for _ in range(1 if database_url.startswith("sqlite") else 2):
            town = Town(database_url, tmp_path)
            await town.open()
            stack.push_async_callback(town.close)
            opened.append(town)
        await opened[0].settle()
        yield opened


async def signed_in(houses: Sequence[Town]) -> None:
    for town in houses:
        for actor in PEOPLE.values():
            status, _ = await town.sends(actor, "/scans", {"device": "HH-0", "scans": []})
            assert status == 200


async def one_device(town: Town, device: str, actor: Actor, line: list[Told], road: Road) -> None:
    for first in range(0, len(line), BATCH):
        batch = line[first : first + BATCH]
        body = {"device": device, "scans": [body_of(scan) for scan in batch]}
        status, answer = await town.sends(actor, "/scans", body)
        assert status == 200, answer
        road.heard(batch, answer)


async def one_by_one(town: Town, device: str, actor: Actor, line: list[Told], road: Road) -> None:
    """A handheld with a network sends each scan by itself."""
    for scan in line[: 2 * BATCH]:
        body = {"device": device, "scans": [body_of(scan)]}
        status, answer = await town.sends(actor, "/scans", body)
        assert status == 200, answer
        road.heard([scan], answer)


async def people_at_screens(town: Town, papers: Papers, chance: random.Random) -> list[int]:
    """Offers, acceptances, seals, openings, losses: done or refused, never an error."""
    answered: list[int] = []

    async def says(actor: Actor, path: str, body: Json) -> Json:
        status, answer = await town.sends(actor, path, body)
        answered.append(status)
        assert status < 500, answer
        return answer

    for _ in range(3):
        item, pouch = chance.choice(papers.codes), chance.choice(papers.sealed)
        receiver = chance.choice(COURIERS)
        offer = {"place": POST_OFFICE, "receiver": receiver.username}
        await says(HANH, f"/pouches/{papers.unsealed[0]}/seal", {"seal": town.next_seal()})
        for wanted in ({"items": [item]}, {"pouches": [pouch]}):
            made = await says(SANG, "/handovers", {**offer, **wanted})
            if "number" in made:
                path = f"/handovers/{made['number']}/acceptance"
                await says(receiver, path, {"count": made["given_count"]})
        await says(TUAN, "/handovers", {**offer, "items": [item]})
        place = {"code": item, "place": COUNTER}
        await says(SANG, "/incidents", {"kind": "lost", **place})
        await says(SANG, "/incidents", {"kind": "found", **place})
    await says(
        SANG, f"/pouches/{papers.sealed[-1]}/open", {"place": COUNTER, "note": "túi bị rách"}
    )
    return answered


async def test_eight_devices_at_once_lose_nothing_and_double_nothing(houses: list[Town]) -> None:
    chance = random.Random(8)
    town = houses[0]
    for _ in range(ROUNDS):
        papers = await furnish(town)
        for other in houses:
            other.clock.advance_to(town.clock.now())
        await signed_in(houses)
        road = Road(papers, chance)
        pool = [road.scan(town) for _ in range(SCANS)]
        lines = [
            [with_a_slip(scan, chance) for scan in chance.sample(pool, int(SCANS * SHARE))]
            for _ in DEVICES
        ]
        # What the samples left out goes over the last device, so that every scan is sent.
        lines[-1] += [scan for scan in pool if scan not in lines[-1]]
        async with asyncio.TaskGroup() as group:
            for number, ((device, actor), line) in enumerate(zip(DEVICES, lines, strict=True)):
                sends = one_by_one if number == 0 else one_device
                house = houses[number % len(houses)]
                group.create_task(sends(house, device, actor, line, road))
            commands = group.create_task(people_at_screens(town, papers, chance))
        assert {200, 201} & set(commands.result())
        assert road.accepted == len(road.taken), "a scan was counted twice, or not at all"
        assert road.taken | set(road.refused) == {str(scan.scan_id) for scan in pool}
        assert len(road.taken) > SCANS // 2
        await road.everything_is_right(town)


async def test_the_same_items_scanned_at_once_in_a_month_that_has_its_own_part(
    houses: list[Town],
) -> None:
    """Who waits for a position is checked again by the database, with the month's part in its plan.

    PostgreSQL 18.4 crashes there where a plan narrows the months by parameters.
    """
    town = houses[0]
    papers = await furnish(town, pouches=0, loose=10)
    for house in houses:
        house.clock.advance_to(town.clock.now())
    await signed_in(houses)
    await LedgerMonths(town.house.storage).ensure(now=town.clock.now())

    async def loads(number: int) -> int:
        house, actor = houses[number % len(houses)], COURIERS[number % len(COURIERS)]
        chance, taken = random.Random(number), 0
        for _ in range(15):
            house.clock.advance_to(house.clock.now() + timedelta(milliseconds=10))
            at = house.clock.now()
            scans = [
                {
                    "scan_id": str(new_scan_id(chance, at)),
                    "code": code,
                    "act": "load",
                    "place": POST_OFFICE,
                    "at": at.isoformat(),
                }
                for code in papers.codes[:10]
            ]
            body = {"device": f"HH-{number}", "scans": scans}
            status, answer = await house.sends(actor, "/scans", body)
            assert status == 200, answer
            taken += answer["accepted"]
        return taken

    async with asyncio.TaskGroup() as devices:
        told = [devices.create_task(loads(number)) for number in range(6)]
    assert sum(task.result() for task in told) == 6 * 15 * 10
    assert not await town.findings()
