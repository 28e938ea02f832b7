"""Eight handhelds on the road: what they scan, and what has to be true however it was sent.

The scans overlap: the same scan comes over several devices, pouches are scanned by several couriers
at once, and their items one by one as well. What the events come to is computed by the slow model.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from postal_bridge.identity import Actor
from postal_bridge.tracking.records import CustodyEvent
from tests.invariants.days.model import SlowTown, Told
from tests.invariants.days.town import (
    COURIERS,
    HANH,
    MINUTE,
    PEOPLE,
    Commands,
    Papers,
    Town,
    as_event,
    new_scan_id,
)
from tests.journey.province import COUNTER, CRIMINAL_RECORD, JUSTICE, POST_OFFICE, Json

DEVICES: tuple[tuple[str, Actor], ...] = (
    *((f"HH-{number}", actor) for number, actor in enumerate(COURIERS * 2, start=1)),
    ("HH-7", PEOPLE["sang"]),
    ("HH-8", PEOPLE["sang"]),
)
REASONS = {"item-in-pouch", "item-closed", "pouch-opened", "correction-unknown", "role-not-allowed"}
"""Why one of these scans may be refused, depending on what came first; nothing else is right."""


async def furnish(town: Town, *, pouches: int = 4, loose: int = 12) -> Papers:
    """Sealed pouches of four, one that is still open, and papers by themselves."""
    papers = Papers()

    async def work(commands: Commands) -> None:
        async def some(count: int) -> list[str]:
            made = [await commands.receives(CRIMINAL_RECORD) for _ in range(count)]
            papers.codes += made
            return made

        for item in await some(loose):
            await commands.digitises(item)
        for _ in range(pouches):
            items = await some(4)
            pouch = await commands.packs(HANH, items, origin=COUNTER, to=JUSTICE)
            await commands.seals(HANH, pouch)
            papers.sealed.append(pouch)
        items = await some(2)
        papers.unsealed.append(await commands.packs(HANH, items, origin=COUNTER, to=JUSTICE))

    await town.transaction(work)
    town.clock.advance_to(town.clock.now() + timedelta(hours=6))
    return papers


@dataclass
class Road:
    """Makes scans, and remembers what devices were told of them."""

    papers: Papers
    chance: random.Random
    made: list[Told] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    accepted: int = 0

    def scan(self, town: Town) -> Told:
        """One scan, often of a pouch, at one of few moments, so that many tie."""
        chance = self.chance
        at = town.clock.now() - chance.randint(1, 300) * MINUTE
        if self.made and chance.random() < 0.1:
            wrong = chance.choice(self.made)
            later = wrong.at + MINUTE
            made = Told(
                new_scan_id(chance, later), wrong.code, "correct", POST_OFFICE, later,
                corrects=wrong.scan_id,
            )  # fmt: skip
        else:
            whole = chance.random() < 0.3
            code = chance.choice(self.papers.sealed if whole else self.papers.codes)
            act = chance.choice(("load", "arrive"))
            made = Told(new_scan_id(chance, at), code, act, POST_OFFICE, at)
        self.made.append(made)
        return made

    def heard(self, batch: Iterable[Told], answer: Json) -> None:
        """Take note of what a batch was answered; it must add up."""
        told = {str(scan.scan_id) for scan in batch}
        refused = {one["scan_id"]: one["reason"] for one in answer["refused"]}
        assert set(refused) <= told
        assert set(refused.values()) <= REASONS, refused
        assert all(one["detail"].strip() for one in answer["refused"])
        assert answer["accepted"] + answer["duplicates"] + len(refused) == len(told), answer
        self.accepted += answer["accepted"]
        self.taken |= told - set(refused)
        self.refused |= refused

    # --- what has to be true --------------------------------------------------------------------

    async def nothing_is_lost(self, town: Town) -> None:
        """Whatever a device was told is taken is in the ledger."""
        written = {str(event.event_id) for event in await scanned(town, self.papers)}
        assert self.taken <= written, sorted(self.taken - written)

    async def everything_is_right(self, town: Town) -> None:
        """Each scan once, chains unbroken, positions and dossiers as the slow model says."""
        events = await scanned(town, self.papers)
        by_scan = Counter(str(event.event_id) for event in events)
        assert set(by_scan) == self.taken
        inside = {code: bag.manifest for code, bag in (await town.bags(self.papers.sealed)).items()}
        for scan in self.made:
            if str(scan.scan_id) in self.taken:
                wanted = len(inside.get(scan.code, (scan.code,)))
                assert by_scan[str(scan.scan_id)] == wanted, scan
        assert await town.findings() == []
        await positions_are_the_models(town, self.papers)


async def scanned(town: Town, papers: Papers) -> list[CustodyEvent]:
    """The events that came from handhelds."""
    rows = await town.rows("custody_ledger", "item_code", papers.codes)
    return [as_event(row) for row in rows if row.device is not None]


async def positions_are_the_models(town: Town, papers: Papers) -> None:
    """Read every event of every item from the first one, and believe nothing else."""
    model = SlowTown()
    for row in await town.rows("custody_ledger", "item_code", papers.codes):
        model.events.setdefault(row.item_code, []).append(as_event(row))
    for code, events in model.events.items():
        events.sort(key=lambda event: event.seq)
        assert [event.seq for event in events] == list(range(1, len(events) + 1)), code
    for row in await town.rows("position", "item_code", papers.codes):
        expected = model.position(row.item_code)
        assert {name: row._mapping[name] for name in expected} == expected, row.item_code
    for row in await town.rows("dossier", "code", papers.dossiers):
        expected = model.dossier(row.code)
        assert {name: row._mapping[name] for name in expected} == expected, row.code


def with_a_slip(scan: Told, chance: random.Random) -> Told:
    """The same scan with other small print: it is the same scan all the same."""
    return replace(scan, note="gửi lại") if chance.random() < 0.1 else scan
