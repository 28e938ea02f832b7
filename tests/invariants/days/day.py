"""A day on the road, made from a seed: what is scanned, when it is sent, and what goes wrong.

Every device keeps its own line of scans by its own clock. It is online or not; it sends in
batches, in order or not, once or twice, or all over again in other parcels; answers are lost and
the house is opened anew; meanwhile people give commands.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from postal_bridge.clock import LOCAL
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import MOVES, Act, Direction
from tests.invariants.days.model import Told
from tests.invariants.days.town import (
    COURIERS,
    HANH,
    MINUTE,
    PEOPLE,
    SANG,
    THANG,
    TUAN,
    Papers,
    new_scan_id,
)
from tests.journey.province import BUILDING, COUNTER, JUSTICE, POST_OFFICE, RETURN_DESK, Json

PLACES = (COUNTER, RETURN_DESK, JUSTICE, BUILDING, POST_OFFICE)
DEVICES = tuple(
    (f"HH-{who}-{number}", actor)
    for who, actor in PEOPLE.items()
    for number in range(1, 3 if actor.role is Role.COURIER else 2)
)
BY_SCAN = {
    direction: [move for move in MOVES.values() if move.by_scan and move.direction is direction]
    for direction in Direction
}
STORIES = {
    Direction.OUT: (
        ("load", "arrive", "load", "arrive"),
        ("pack", "unpack", "load", "arrive"),
        ("pack", "unpack", "pack"),
        ("load", "arrive", "take_up"),
        ("take_up",),
    ),
    Direction.BACK: (
        ("fail", "fail", "deliver"),
        ("fail", "bring_back"),
        ("load", "arrive", "load", "arrive"),
        ("pack", "unpack", "load"),
        ("hand_back",),
        ("deliver",),
    ),
}
NOWHERE = ("TUI-190110-9999-0", "000.00.06.H37-180110-0001/H1", "giấy lạ", "NP-0000001-8")


@dataclass(frozen=True)
class Parcel:
    """A batch on its way.

    Attributes:
        crash: the answer is lost with the house, and the device sends once more.
    """

    at: datetime
    device: str
    actor: Actor
    scans: tuple[Told, ...]
    crash: bool = False


@dataclass(frozen=True)
class Command:
    """A request of somebody at a screen, whatever becomes of it."""

    at: datetime
    actor: Actor
    path: str
    body: Json


@dataclass(frozen=True)
class Day:
    """Everything that happens, in the order in which the house learns of it."""

    steps: tuple[Parcel | Command, ...]

    def said_again(self, now: datetime) -> list[Parcel]:
        """Every scan of the day once more, device by device."""
        lines: dict[tuple[str, str], list[Told]] = {}
        for step in self.steps:
            if isinstance(step, Parcel):
                lines.setdefault((step.device, step.actor.username), []).extend(step.scans)
        return [
            Parcel(now, device, PEOPLE[who], tuple(scans[first : first + 400]))
            for (device, who), scans in lines.items()
            for first in range(0, len(scans), 400)
        ]


class Teller:
    """Makes up a day around the papers that are there; `loose` can be scanned one by one."""

    def __init__(
        self, chance: random.Random, papers: Papers, begins: datetime, *, loose: list[str]
    ) -> None:
        self.chance = chance
        self.papers = papers
        self.loose = loose or papers.codes
        self.begins = begins
        self.ends = begins + 240 * MINUTE
        self.lines: dict[str, list[Told]] = {device: [] for device, _ in DEVICES}
        self.made: list[tuple[str, Told]] = []

    def day(self, commands_known: list[tuple[str, UUID]]) -> Day:
        for code in self.loose:
            if self.chance.random() < 0.6:
                self._story(code)
        for pouch in self.papers.sealed:
            self._pouch_story(pouch)
        for _ in range(self.chance.randint(8, 30)):
            self._anything()
        for _ in range(self.chance.randint(0, 8)):
            self._correction(commands_known)
        for _ in range(self.chance.randint(0, 4)):
            self._again_in_other_hands()
        steps: list[Parcel | Command] = [*self._parcels(), *self._commands()]
        return Day(tuple(sorted(steps, key=lambda step: step.at)))

    # --- what is scanned ----------------------------------------------------------------------

    def _moment(self) -> datetime:
        """Often the same minute as others: then the scan's id decides what came first."""
        minutes = self.chance.randint(0, 239)
        if self.chance.random() < 0.6:
            return self.begins + (minutes - minutes % 5) * MINUTE
        return self.begins + timedelta(
            minutes=minutes, microseconds=self.chance.choice((0, 1, 1000, 777_123))
        )

    def _tell(self, device: str, code: str, act: str, place: str, at: datetime) -> None:
        chance = self.chance
        zoned = at.astimezone(LOCAL if chance.random() < 0.5 else UTC)
        scan = Told(new_scan_id(chance, at), code, act, place, zoned)
        if act == "pack" or chance.random() < 0.1:
            scan = replace(scan, pouch=self._a_pouch())
        if chance.random() < 0.1:
            scan = replace(scan, geo=(chance.uniform(-90, 90), chance.randint(-180, 180)))
        if chance.random() < 0.1:
            scan = replace(scan, note=chance.choice(("Nhận hộ", 'ghi "chú"\n\t\\', "ườ 😀", "")))
        if chance.random() < 0.01:
            scan = replace(scan, scan_id=UUID(int=chance.getrandbits(128), version=4))
        self._keep(device, scan)

    def _keep(self, device: str, scan: Told) -> None:
        self.lines[device].append(scan)
        self.made.append((device, scan))

    def _a_pouch(self) -> str | None:
        chosen = self.chance.random()
        if chosen < 0.75 and self.papers.unsealed:
            return self.chance.choice(self.papers.unsealed)
        if chosen < 0.9 and self.papers.sealed:
            return self.chance.choice(self.papers.sealed)
        return self.chance.choice((None, "TUI-190110-9999-0"))

    def _story(self, code: str) -> None:
        """One after the other, each by somebody who may, where they may."""
        way = Direction.BACK if "/K" in code else Direction.OUT
        at = self._moment()
        for word in self.chance.choice(STORIES[way]):
            move = MOVES[way, Act(word)]
            device, actor = self.chance.choice(
                [one for one in DEVICES if one[1].role in move.roles]
            )
            self._tell(device, code, word, self._place_of(actor), at)
            at += self.chance.randint(0, 40) * MINUTE
            if at > self.ends:
                return

    def _pouch_story(self, pouch: str) -> None:
        at = self._moment()
        for word in ("load", "arrive", "load", "arrive")[: self.chance.randint(0, 4)]:
            device, actor = self.chance.choice(
                [one for one in DEVICES if one[1] in COURIERS or one[1] is SANG]
            )
            self._tell(device, pouch, word, self._place_of(actor), at)
            at += self.chance.randint(0, 60) * MINUTE
            if at > self.ends:
                return

    def _place_of(self, actor: Actor) -> str:
        if self.chance.random() < 0.05 or actor.role is Role.SUPERVISOR:
            return self.chance.choice(PLACES)
        return self.chance.choice(actor.places)

    def _anything(self) -> None:
        chance = self.chance
        device, actor = chance.choice(DEVICES)
        code = chance.choice(self.loose if chance.random() < 0.8 else self.papers.codes)
        if chance.random() < 0.12:
            code = chance.choice(self.papers.pouches)
        elif chance.random() < 0.08:
            code = chance.choice(NOWHERE)
        way = Direction.BACK if "/K" in code else Direction.OUT
        fitting = [one.act.value for one in BY_SCAN[way] if actor.role in one.roles]
        word = chance.choice(fitting or ["load"])
        if chance.random() < 0.08:
            word = chance.choice([*(act.value for act in Act if act is not Act.CORRECT), "vẽ"])
        at = self._moment()
        if chance.random() < 0.04:
            at = self.ends + chance.choice((9, 11, 200)) * MINUTE
        self._tell(device, code, word, self._place_of(actor), at)

    def _correction(self, commands_known: list[tuple[str, UUID]]) -> None:
        chance = self.chance
        code, named, since = chance.choice(self.papers.codes), None, self.begins
        if chance.random() < 0.9 and self.made:
            _, wrong = chance.choice(self.made)
            code, named, since = wrong.code, wrong.scan_id, wrong.at
        elif commands_known and chance.random() < 0.7:
            code, named = chance.choice(commands_known)
        if chance.random() < 0.1:
            code = chance.choice([*self.papers.codes, *self.papers.pouches])
        late = chance.choice((0, 1, 5, 30, -1, -5))
        scan_id = new_scan_id(chance, since)
        scan = Told(
            scan_id if chance.random() < 0.98 else named or scan_id,
            code,
            "correct",
            chance.choice(PLACES),
            since + late * MINUTE,
            corrects=named,
        )
        device = "HH-sang-1" if chance.random() < 0.9 else chance.choice(DEVICES)[0]
        self._keep(device, scan)

    def _again_in_other_hands(self) -> None:
        """The same scan over another device, or its id with another content."""
        if not self.made:
            return
        chance = self.chance
        _, scan = chance.choice(self.made)
        device = chance.choice(DEVICES)[0]
        if chance.random() < 0.6:
            other = chance.choice(
                (
                    replace(scan, code=chance.choice(self.papers.codes)),
                    replace(scan, act="arrive" if scan.act != "arrive" else "load"),
                    replace(scan, place=chance.choice(PLACES)),
                    replace(scan, at=scan.at + timedelta(microseconds=1)),
                    replace(scan, note="khác"),
                )
            )
            scan = other
        self._keep(device, scan)

    # --- how it is sent -----------------------------------------------------------------------

    def _parcels(self) -> list[Parcel]:
        chance = self.chance
        parcels: list[Parcel] = []
        for device, actor in DEVICES:
            line = self.lines[device]
            if chance.random() < 0.8:
                line = sorted(line, key=lambda scan: (scan.at, scan.scan_id))
            offline = chance.random() < 0.4
            while line:
                size = len(line) if offline and chance.random() < 0.5 else chance.randint(1, 8)
                part, line = list(line[:size]), line[size:]
                parcels += self._sent(device, actor, part, offline=offline)
        if parcels and chance.random() < 0.15:
            hit = chance.randrange(len(parcels))
            parcels[hit] = replace(parcels[hit], crash=True)
        return parcels

    def _sent(self, device: str, actor: Actor, part: list[Told], *, offline: bool) -> list[Parcel]:
        chance = self.chance
        if chance.random() < 0.3:
            chance.shuffle(part)
        if chance.random() < 0.1:
            part.append(chance.choice(part))
        known = min(max(scan.at for scan in part), self.ends)
        at = self.ends if offline else known
        at += chance.randint(0, 45) * MINUTE
        parcels = [Parcel(at, device, actor, tuple(part))]
        if chance.random() < 0.25:
            again = chance.sample(part, chance.randint(1, len(part)))
            later = at + chance.randint(0, 60) * MINUTE
            parcels.append(Parcel(later, device, actor, tuple(again)))
        if chance.random() < 0.1 and self.lines[device]:
            line = self.lines[device]
            whole = chance.sample(line, len(line))
            parcels.append(Parcel(self.ends + 30 * MINUTE, device, actor, tuple(whole)))
        return parcels

    # --- what people do meanwhile -------------------------------------------------------------

    def _commands(self) -> list[Command]:
        chance = self.chance
        return [Command(self._moment(), *self._one_command()) for _ in range(chance.randint(0, 6))]

    def _one_command(self) -> tuple[Actor, str, Json]:
        chance = self.chance
        item, paper = chance.choice(self.loose), chance.choice(self.papers.codes)
        inside = chance.choice(self.papers.inside)
        result = chance.choice([code for code in self.loose if "/K" in code] or [item])
        pouch = chance.choice(self.papers.pouches)
        number = chance.choice([*self.papers.consignments.values(), "VD-0"])
        dossier = result.partition("/")[0]
        choices: list[tuple[Actor, str, Json]] = [
            (SANG, f"/pouches/{pouch}/open", {"place": COUNTER, "note": "túi rách"}),
            (SANG, f"/pouches/{pouch}/seal", {"seal": "next"}),
            (HANH, "/handovers", _offer(COUNTER, TUAN, item)),
            (SANG, "/handovers", _offer(COUNTER, TUAN, item)),
            (TUAN, "/handovers", _offer(POST_OFFICE, chance.choice(COURIERS), item)),
            (SANG, "/incidents", {"kind": "lost", "code": paper, "place": COUNTER}),
            (SANG, "/incidents", {"kind": "found", "code": paper, "place": COUNTER}),
            (SANG, "/incidents", {"kind": "lost", "code": inside, "place": COUNTER}),
            (THANG, f"/dossiers/{dossier}/return", {"place": RETURN_DESK, "receiver": "Đào"}),
            (THANG, f"/consignments/{number}/cancel", {"place": RETURN_DESK, "note": "tự lấy"}),
        ]
        return chance.choice(choices)


def _offer(place: str, courier: Actor, item: str) -> Json:
    return {"place": place, "receiver": courier.username, "items": [item]}
