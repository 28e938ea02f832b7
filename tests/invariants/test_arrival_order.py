"""Invariant 4: the same scans in any order, with any repetition, give the same positions.

A day of scans is told to one province in the order in which it happened, one by one, and to
another shuffled, repeated and cut into other batches.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from postal_bridge.clock import local_day
from postal_bridge.codes import make_dossier_code, make_seal_code
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import CLOSED_STAGES, MOVES, Direction
from postal_bridge.tracking.pouches import make_pouch, open_pouch, seal_pouch
from postal_bridge.tracking.records import Pouch
from postal_bridge.tracking.scans import Outcome, Scan
from tests.invariants.province import (
    CENTRE,
    DEPARTMENTS,
    DUNG,
    JUSTICE,
    PLACES,
    START,
    Deed,
    Province,
    Snapshot,
    World,
    an_id,
)

YEN = Actor("yen", "Chu Thị Yến", Role.SUPERVISOR)
BOTH = (DUNG, YEN)
LEVELS = (0, 0, 0, 1, 3, 4)
SCANNED_ONE_BY_ONE = {
    direction: sorted(m.act.value for m in MOVES.values() if m.by_scan and m.direction is direction)
    for direction in Direction
}
_DAYS = count(1)


@dataclass(frozen=True)
class Told:
    """One scan of the day as hypothesis thinks of it; the numbers choose."""

    target: int
    act: int
    minute: int
    rank: int
    who: int
    place: int
    correct: bool
    names: int


TOLD = st.builds(
    Told,
    target=st.integers(0, 9),
    act=st.integers(0, 11),
    minute=st.integers(0, 9),
    rank=st.integers(0, 3),
    who=st.integers(0, 1),
    place=st.integers(0, 2),
    correct=st.sampled_from((False, False, False, True)),
    names=st.integers(0, 15),
)


class Day:
    """A province with papers on every part of the way, and three pouches.

    One is sealed, one is open, and one was sealed and opened again in the midst of the day.
    """

    def __init__(self, world: World, *, serial: int) -> None:
        self.province = Province(world)
        self.codes: list[str] = []
        for number, level in enumerate(LEVELS):
            procedure = DEPARTMENTS[number % 2]
            code = make_dossier_code(
                "000.00.09.H37", local_day(START), serial * len(LEVELS) + number
            )
            self.province.get_on(procedure, level=level, code=code)
            self.codes.append(f"{code}/H1" if level < 3 else f"{code}/K1")
        self.sealed = self._pouch(self.codes[:2])
        self._do(self._seal(self.sealed, 1))
        self.open = self._pouch([])
        short_lived = self._pouch(self.codes[2:3])
        self.targets = [*self.codes, self.codes[2], self.codes[5], self.sealed, self.sealed]
        self.begins = self.province.tick()
        self.province.tick(timedelta(minutes=3))
        self._do(self._seal(short_lived, 2))
        self.province.tick(timedelta(minutes=3))
        self._do(self._open(short_lived))
        self.province.tick(timedelta(minutes=30))

    def _do(self, deed: Deed[Pouch]) -> str:
        pouch = self.province.do(DUNG, deed)
        assert isinstance(pouch, Pouch)
        return pouch.code

    def _pouch(self, items: list[str]) -> str:
        return self._do(
            lambda recorder: make_pouch(recorder, origin=CENTRE, destination=JUSTICE, items=items)
        )

    def _seal(self, code: str, number: int) -> Deed[Pouch]:
        seal = make_seal_code(number)
        return lambda recorder: seal_pouch(recorder, code=code, seal=seal)

    def _open(self, code: str) -> Deed[Pouch]:
        return lambda recorder: open_pouch(recorder, code=code, place=CENTRE, note="nhầm")

    def scans(self, told: list[Told]) -> list[tuple[Actor, Scan]]:
        made: list[tuple[Actor, Scan]] = []
        for number, one in enumerate(told):
            code = self.targets[one.target]
            way = Direction.BACK if "/K" in code else Direction.OUT
            acts = ["load", "arrive"] if code == self.sealed else SCANNED_ONE_BY_ONE[way]
            named = one.names % len(told)
            wrong = self.targets[told[named].target]
            if wrong == self.sealed and one.place:
                wrong = self.codes[0]  # one of its items alone, which is not possible
            place = CENTRE if one.correct else PLACES[one.place]
            scan = Scan(
                scan_id=an_id(one.rank * 1000 + number),
                code=wrong if one.correct else code,
                act="correct" if one.correct else acts[one.act % len(acts)],
                place=place,
                at=self.begins + timedelta(minutes=one.minute),
                pouch=(self.open, self.sealed, None)[one.rank % 3],
                corrects=an_id(told[named].rank * 1000 + named) if one.correct else None,
            )
            made.append((BOTH[one.who], scan))
        return made

    def tell(self, actor: Actor, *scans: Scan) -> Outcome:
        before = self.province.snapshot()
        outcome = self.province.scan(actor, *scans)
        if not any(scan.act == "correct" for scan in scans):
            never_back(before, self.province.snapshot())
        return outcome


def never_back(before: Snapshot, now: Snapshot) -> None:
    """No end is undone, and an open item's position never comes to rest on an older event."""
    for code, earlier in before.positions.items():
        later = now.positions[code]
        if earlier.stage in CLOSED_STAGES:
            assert later.stage in CLOSED_STAGES, f"{code} came back from its end"
        elif later.stage not in CLOSED_STAGES:
            assert (later.since, later.last_event_id.bytes) >= (
                earlier.since,
                earlier.last_event_id.bytes,
            ), f"{code} was moved back"


def facts(snapshot: Snapshot) -> dict[str, Any]:
    """What must not depend on the order: everything but the chain, which tells the order.

    A correction of what cannot be corrected is refused where that is known by then, and is in the
    trace without effect where it came first; so the trace's latest moment may differ.
    """
    order = {"seq", "last_hash", "latest_at", "province"}
    found: dict[str, Any] = {
        code: {k: v for k, v in row._mapping.items() if k not in order}
        for code, row in snapshot.positions.items()
    }
    for code, dossier in snapshot.dossiers.items():
        found[code] = (dossier.status, dossier.resolved_at, dossier.returned_at)
    for number, one in snapshot.consignments.items():
        found[number] = (one.state, one.attempts, one.closed_at)
    return found


@given(
    told=st.lists(TOLD, min_size=2, max_size=14),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=(settings().max_examples // 100 or 1) * 15)
def test_the_order_of_arrival_and_repetition_change_nothing(
    world: World, told: list[Told], chance: Any
) -> None:
    serial = next(_DAYS)
    orderly, wild = Day(world, serial=serial), Day(world, serial=serial)
    scans = orderly.scans(told)
    assert wild.scans(told) == scans
    assert facts(wild.province.snapshot()) == facts(orderly.province.snapshot())

    for actor, scan in sorted(scans, key=lambda one: (one[1].at, one[1].scan_id)):
        orderly.tell(actor, scan)
    shuffled = scans + chance.sample(scans, len(scans) // 2)
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randint(1, 4)
        batch, shuffled = shuffled[:size], shuffled[size:]
        for actor in BOTH:
            part = [scan for who, scan in batch if who is actor]
            wild.tell(actor, *part)

    assert facts(wild.province.snapshot()) == facts(orderly.province.snapshot())
