"""How a day's papers get where they are when it begins: at every stage of the journey."""

import random
from collections.abc import Awaitable, Callable
from datetime import datetime

from postal_bridge.identity import Actor
from tests.invariants.days.model import Told
from tests.invariants.days.town import (
    BICH,
    COURIERS,
    HANH,
    PROCEDURES,
    THANG,
    TUAN,
    Commands,
    Papers,
    Town,
    new_scan_id,
)
from tests.journey.province import COUNTER, CRIMINAL_RECORD, JUSTICE, RETURN_DESK

Sends = Callable[[Actor, str, list[Told]], Awaitable[None]]


async def furnish(
    town: Town, chance: random.Random, *, sends: Sends, learns: Callable[[Papers], Awaitable[None]]
) -> Papers:
    """Receive, pack, seal, hand over, take up, issue, hand back, send home."""
    papers = Papers()
    taken_up: list[str] = []

    async def first(commands: Commands) -> None:
        await _on_the_way_out(commands, papers, chance)
        taken_up.extend(
            [await commands.receives(CRIMINAL_RECORD) for _ in range(chance.randint(3, 6))]
        )

    await town.transaction(first)
    papers.codes += taken_up
    await learns(papers)
    await sends(BICH, "HH-bich", _scans(town, chance, "take_up", taken_up, place=JUSTICE))
    results: list[str] = []

    async def second(commands: Commands) -> None:
        results.extend(
            [await commands.issues(item.partition("/")[0], BICH) for item in taken_up[1:]]
        )

    await town.transaction(second)
    papers.codes += results
    await learns(papers)
    at_desk = results[chance.randint(0, 1) :][: len(results) - chance.randint(1, 2)]
    await sends(THANG, "HH-thang", _scans(town, chance, "hand_back", at_desk, place=RETURN_DESK))

    async def third(commands: Commands) -> None:
        await _on_the_way_back(
            commands, papers, [one for one in results if one not in at_desk], at_desk, chance
        )

    await town.transaction(third)
    await learns(papers)
    return papers


async def _on_the_way_out(commands: Commands, papers: Papers, chance: random.Random) -> None:
    async def some(least: int, most: int) -> list[str]:
        made = []
        for _ in range(chance.randint(least, most)):
            procedure = chance.choice(PROCEDURES)[0]
            made.append(await commands.receives(procedure))
        papers.codes += made
        return made

    await some(0, 1)
    for item in await some(1, 2):
        await commands.digitises(item)
    papers.unsealed.append(await commands.packs(HANH, await some(0, 2), origin=COUNTER, to=JUSTICE))
    for _ in range(chance.randint(1, 2)):
        items = await some(1, 3)
        papers.inside += items
        pouch = await commands.packs(HANH, items, origin=COUNTER, to=JUSTICE)
        await commands.seals(HANH, pouch)
        papers.sealed.append(pouch)
        if chance.random() < 0.4:
            await commands.hands_over(HANH, TUAN, place=COUNTER, pouches=[pouch])
    for item in await some(0, 1):
        await commands.hands_over(HANH, TUAN, place=COUNTER, item=item)
    for item in await some(0, 1):
        await commands.misses(item)


async def _on_the_way_back(
    commands: Commands,
    papers: Papers,
    issued: list[str],
    at_desk: list[str],
    chance: random.Random,
) -> None:
    if len(issued) > 1:
        pouch = await commands.packs(BICH, issued[1:], origin=JUSTICE, to=RETURN_DESK)
        if chance.random() < 0.6:
            await commands.seals(BICH, pouch)
            papers.sealed.append(pouch)
        else:
            papers.unsealed.append(pouch)
    for item in at_desk[1:]:
        if chance.random() < 0.3:
            await commands.returns(item)
        else:
            papers.consignments[item] = await commands.sends_home(item, chance.choice(COURIERS))


def _scans(
    town: Town, chance: random.Random, act: str, items: list[str], *, place: str
) -> list[Told]:
    at: datetime = town.tick()
    return [Told(new_scan_id(chance, at), item, act, place, at) for item in items]
