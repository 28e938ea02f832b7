"""Plays a day through the HTTP door and holds everything against the slow model."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from postal_bridge.events import GENESIS
from postal_bridge.identity import Actor
from postal_bridge.tracking.custody import event_hash
from postal_bridge.tracking.records import CustodyEvent
from tests.invariants.days.day import Command, Day, Parcel, Teller
from tests.invariants.days.model import Said, SlowTown, Told
from tests.invariants.days.morning import furnish
from tests.invariants.days.town import MINUTE, Papers, Town, as_event
from tests.journey.province import Json

HASHED_ELSEWHERE = {"seq", "previous_hash", "hash"}
DAYS_WITH_THE_SAME_PAPERS = 4
ROUNDS = 6
"""A scan that was refused may be taken when it is sent again, once; not again and again."""


class Wrong(AssertionError):  # noqa: N818  (it says what was found)
    """The house and the model do not agree; it names the day that shows it."""


@dataclass
class Tally:
    """What a run of days came to."""

    days: int = 0
    scans: int = 0
    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    crashes: int = 0

    def add(self, said: Said, scans: int) -> None:
        self.scans += scans
        self.accepted += said.accepted
        self.duplicates += said.duplicates
        self.late += said.late
        self.refused.update(reason for _, reason, _ in said.refused)


class Playing:
    """A few days in one town with the same papers."""

    def __init__(self, town: Town, seed: int, tally: Tally) -> None:
        self.town = town
        self.seed = seed
        self.tally = tally
        self.model = SlowTown()
        self.papers = Papers()
        self.seen: dict[str, Any] = {}

    async def play(self) -> None:
        """Each day, and then the same day again until nothing of it is news."""
        chance = random.Random(self.seed)
        self.papers = await furnish(self.town, chance, sends=self.send, learns=self.learn)
        for _ in range(DAYS_WITH_THE_SAME_PAPERS):
            await self.one_day(chance)

    async def one_day(self, chance: random.Random) -> None:
        town, model = self.town, self.model
        known = [(e.item_code, e.event_id) for one in model.events.values() for e in one]
        begins = (town.clock.now() + MINUTE).replace(second=0, microsecond=0)
        day = Teller(chance, self.papers, begins, loose=model.loose()).day(known)
        for step in day.steps:
            town.clock.advance_to(step.at)
            if isinstance(step, Parcel):
                await self.deliver(step)
            else:
                await self.command(step)
        await self.look()
        await self.everything_again(day)
        town.clock.advance_to(town.clock.now() + timedelta(hours=1))
        self.tally.days += 1

    # --- steps --------------------------------------------------------------------------------

    async def learn(self, papers: Papers) -> None:
        await self.town.teach(self.model, papers)

    async def send(self, actor: Actor, device: str, scans: list[Told]) -> None:
        await self.deliver(Parcel(self.town.clock.now(), device, actor, tuple(scans)))

    async def deliver(self, parcel: Parcel) -> Said:
        """Send a batch; the answer must be the model's."""
        told = await self._answer(parcel)
        if parcel.crash:
            # Nobody read that answer. What it stands for is there, and it is sent again.
            await self.town.open_anew()
            self.tally.crashes += 1
            self.model.scan(parcel.actor, parcel.device, parcel.scans, now=self.town.clock.now())
            told = await self._answer(parcel)
        before = self.model.holders()
        now = self.town.clock.now()
        said = self.model.scan(parcel.actor, parcel.device, parcel.scans, now=now)
        self.tally.add(said, len(parcel.scans))
        shown = {
            "accepted": said.accepted,
            "duplicates": said.duplicates,
            "refused": sorted((str(scan_id), why) for scan_id, why, _ in said.refused),
        }
        heard = {name: told[name] for name in shown if name != "refused"}
        heard["refused"] = sorted((one["scan_id"], one["reason"]) for one in told["refused"])
        self._same("the answer to a batch", heard, shown, parcel)
        self._holders_are_told(parcel, told, said, before)
        whole = sum(scan.code in self.papers.pouches for scan in parcel.scans)
        if not abs(told["late"] - said.late) <= whole:
            self._same("how many were late", told["late"], said.late, parcel)
        if not all(one["detail"].strip() for one in told["refused"]):
            raise Wrong(f"day {self.seed}: a refusal without words: {told}")
        return said

    def _holders_are_told(
        self, parcel: Parcel, told: Json, said: Said, before: dict[str, str]
    ) -> None:
        """Whoever holds it is named where the model names somebody.

        A batch is one happening: it may be the holder from before it, or from after it.
        """
        code_of = {str(scan.scan_id): scan.code for scan in parcel.scans}
        after = self.model.holders()
        named: dict[tuple[str, str], set[str | None]] = {}
        for scan_id, why, holder in said.refused:
            named.setdefault((str(scan_id), why), set()).add(holder)
        for one in told["refused"]:
            right = named[one["scan_id"], one["reason"]]
            code = code_of[one["scan_id"]]
            if right != {None}:
                right = right | {before.get(code), after.get(code)}
            if one.get("holder") not in right:
                raise Wrong(f"day {self.seed}: {one} names another holder than one of {right}")

    async def _answer(self, parcel: Parcel) -> Json:
        body = {"device": parcel.device, "scans": [body_of(scan) for scan in parcel.scans]}
        status, told = await self.town.sends(parcel.actor, "/scans", body)
        if status != 200:
            raise Wrong(f"day {self.seed}: {status} {told} for {parcel}")
        return told

    async def command(self, command: Command) -> None:
        """Somebody at a screen; if it is done, the model takes it as a fact."""
        body = dict(command.body)
        if body.get("seal") == "next":
            body["seal"] = self.town.next_seal()
        status, told = await self.town.sends(command.actor, command.path, body)
        if status >= 500:
            raise Wrong(f"day {self.seed}: {status} {told} for {command}")
        if status in {200, 201}:
            await self.learn(self.papers)

    async def everything_again(self, day: Day) -> None:
        """In other parcels; a second time at the latest nothing changes any more."""
        before = await self.dump()
        for _ in range(ROUNDS):
            accepted = 0
            for parcel in day.said_again(self.town.clock.now()):
                accepted += (await self.deliver(parcel)).accepted
            after = await self.dump()
            if accepted == 0:
                self._same("the tables after the day was sent again", after, before, day)
                await self.look()
                return
            before = after
        raise Wrong(f"day {self.seed}: it is never at rest")

    # --- looking ------------------------------------------------------------------------------

    async def look(self) -> None:
        """Events, chains, positions, dossiers, consignments, notices, refused scans."""
        await self._look_at_events()
        for row in await self.town.rows("position", "item_code", self.papers.codes):
            expected = self.model.position(row.item_code)
            expected["last_hash"] = self.seen[row.item_code]
            found = {name: row._mapping[name] for name in expected}
            self._same(row.item_code, found, expected, self.model.events[row.item_code])
        for row in await self.town.rows("dossier", "code", self.papers.dossiers):
            expected = self.model.dossier(row.code)
            found = {name: row._mapping[name] for name in expected}
            self._same(row.code, found, expected, row.code)
        for row in await self.town.rows("consignment", "item_code", self.papers.codes):
            if row.state != "cancelled":
                way = self.model.consignment(row.item_code, row.number)
                self._same(row.number, (str(row.state), row.attempts), way, row.item_code)
        await self._look_at_the_rest()

    async def _look_at_events(self) -> None:
        by_item: dict[str, list[CustodyEvent]] = {code: [] for code in self.papers.codes}
        for row in await self.town.rows("custody_ledger", "item_code", self.papers.codes):
            by_item[row.item_code].append(as_event(row))
        for code, found in by_item.items():
            found.sort(key=lambda event: event.seq)
            # Within a batch a pouch and a paper that had lain in it may come either way round.
            arrivals = self.model.arrivals
            order = [arrivals.get((event.event_id, code), 0) for event in found]
            self._same(f"the order of {code}", order, sorted(order), [facts(e) for e in found])
            self._same(
                f"the events of {code}",
                sorted((facts(event) for event in found), key=by_id),
                sorted((facts(event) for event in self.model.events[code]), key=by_id),
                code,
            )
            end = GENESIS
            for number, event in enumerate(found, start=1):
                if (event.seq, event.previous_hash, event.hash) != (number, end, event_hash(event)):
                    raise Wrong(f"day {self.seed}: the chain of {code} breaks at {number}")
                end = event.hash
            self.seen[code] = end

    async def _look_at_the_rest(self) -> None:
        model, town = self.model, self.town
        keys = sorted(model.notices)
        told = {row.key for row in await town.rows("outbox", "key", keys) if row.topic == "notice"}
        self._same("the notices", sorted(told), keys, None)
        missing = model.missing()
        incidents = await town.rows("incident", "code", sorted(missing))
        explained = {row.code for row in incidents if row.closed_at is None}
        self._same("open incidents", missing - explained, set(), None)
        kept: dict[UUID, list[Any]] = {}
        for row in await town.rows("refused_scan", "scan_id", list(model.refusals)):
            kept.setdefault(row.scan_id, []).append(row)
        for scan_id, reasons in model.refusals.items():
            rows = kept.get(scan_id, [])
            if not rows or not {row.reason for row in rows} <= set(reasons):
                raise Wrong(f"day {self.seed}: {scan_id} was refused ({reasons}), kept: {rows}")
            if scan_id not in model.taken and all(row.settled_at for row in rows):
                raise Wrong(f"day {self.seed}: {scan_id} is settled, but nobody took it")

    async def dump(self) -> list[str]:
        """Every row that the day's scans could touch, but for the book of refusals."""
        codes, dossiers = self.papers.codes, self.papers.dossiers
        keys: Sequence[tuple[str, str, Sequence[str]]] = (
            ("custody_ledger", "item_code", codes),
            ("position", "item_code", codes),
            ("item", "code", codes),
            ("dossier", "code", dossiers),
            ("consignment", "item_code", codes),
            ("pouch", "code", self.papers.pouches),
            ("incident", "code", codes),
            ("outbox", "key", sorted(self.model.notices)),
        )
        lines = [
            f"{table}: {tuple(row)!r}"
            for table, column, values in keys
            for row in await self.town.rows(table, column, values)
        ]
        return sorted(lines)

    def _same(self, what: str, found: object, expected: object, about: object) -> None:
        if found != expected:
            msg = f"day {self.seed}: {what}\n  house: {found}\n  model: {expected}\n  of: {about}"
            raise Wrong(msg)


def facts(event: CustodyEvent) -> dict[str, object]:
    """What an event says, but for its place in the chain."""
    told = event.model_dump(exclude=HASHED_ELSEWHERE)
    return {name: value for name, value in told.items() if value is not None}


def by_id(told: dict[str, object]) -> str:
    return str(told["event_id"])


def body_of(scan: Told) -> Json:
    """As the handheld writes it."""
    said: Json = {
        "scan_id": str(scan.scan_id),
        "code": scan.code,
        "act": scan.act,
        "place": scan.place,
        "at": scan.at.isoformat(),
    }
    if scan.pouch is not None:
        said["pouch"] = scan.pouch
    if scan.geo is not None:
        said["geo"] = {"latitude": scan.geo[0], "longitude": scan.geo[1]}
    if scan.note is not None:
        said["note"] = scan.note
    if scan.corrects is not None:
        said["corrects"] = str(scan.corrects)
    return said


async def play_days(town: Town, seeds: Sequence[int]) -> Tally:
    """Day after day in one town; at the end the whole ledger proves itself.

    Each seed is worth `DAYS_WITH_THE_SAME_PAPERS` days.
    """
    tally = Tally()
    for seed in seeds:
        await Playing(town, seed, tally).play()
    findings = await town.findings()
    if findings:
        raise Wrong(f"days {seeds}: {findings}")
    return tally
