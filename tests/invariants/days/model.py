"""The slow, obvious model of a day of scans: lists of events, read from the first one each time.

It is told what was scanned and what commands wrote, and says what `POST /scans` has to answer and
what has to be known afterwards. Nothing in it is quick, held back or worked out ahead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from postal_bridge.codes import parse_pouch_code
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import (
    CLOSED_STAGES,
    DOSSIER_MOVES,
    MOVES,
    STATUS_AFTER,
    Act,
    Direction,
    HolderAfter,
    ItemKind,
    Move,
    Stage,
    Status,
)
from postal_bridge.tracking.records import CustodyEvent
from tests.invariants.slow import Paper, way_of

AHEAD_LIMIT = timedelta(minutes=10)
"""[tracking] scan_ahead_limit_minutes, as shipped."""

KIND_OF_LETTER = {"H": ItemKind.APPLICATION, "K": ItemKind.RESULT}
WORDS = {act.value: act for act in Act}


@dataclass(frozen=True)
class Told:
    """One scan as a handheld tells it."""

    scan_id: UUID
    code: str
    act: str
    place: str
    at: datetime
    pouch: str | None = None
    geo: tuple[float, float] | None = None
    note: str | None = None
    corrects: UUID | None = None

    def content(self) -> tuple[object, ...]:
        """What makes it this scan and no other."""
        return (
            self.code,
            self.act,
            self.place,
            self.at,
            self.corrects if self.act == "correct" else None,
        )


@dataclass
class Said:
    """The answer to a batch: figures, and (scan, reason, holder) for what was not taken."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: list[tuple[UUID, str, str | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Bag:
    """A pouch as commands left it."""

    state: str
    opened_at: datetime | None
    manifest: tuple[str, ...]


@dataclass
class No(Exception):  # noqa: N818  (it is what the handheld is told)
    """Why a scan is not taken."""

    reason: str
    holder: str | None = None


def kind_of_item(code: str) -> ItemKind:
    return KIND_OF_LETTER[code.rpartition("/")[2][0]]


def move_of(code: str, act: Act) -> Move | None:
    direction = Direction.BACK if kind_of_item(code) is ItemKind.RESULT else Direction.OUT
    return MOVES.get((direction, act))


class SlowTown:
    """All that is known of the papers of one day, as plain lists."""

    def __init__(self) -> None:
        self.events: dict[str, list[CustodyEvent]] = {}
        self.bags: dict[str, Bag] = {}
        self.offered: set[str] = set()
        self.taken: dict[UUID, tuple[object, ...]] = {}
        self.commands: set[UUID] = set()
        self.refusals: dict[UUID, list[str]] = {}
        self.unsettled: set[UUID] = set()
        self.notices: set[str] = set()
        self.arrivals: dict[tuple[UUID, str], int] = {}
        self._arrival = 0

    # --- what commands wrote ------------------------------------------------------------------

    def learn(
        self,
        events: Iterable[CustodyEvent],
        *,
        bags: Mapping[str, Bag],
        offered: Iterable[str],
    ) -> None:
        """Take over what a command did: it is a fact here, and not what is being tested."""
        self._arrival += 1
        for event in events:
            self.commands.add(event.event_id)
            self._write(event)
        self.bags = dict(bags)
        self.offered = set(offered)

    # --- what handhelds send ------------------------------------------------------------------

    def scan(self, actor: Actor, device: str, scans: Sequence[Told], *, now: datetime) -> Said:
        """What a batch is answered, and what it leaves behind."""
        said = Said()
        self._arrival += 1
        for scan in scans:
            try:
                members = self._members_of(scan, actor, now=now)
            except No as no:
                said.refused.append((scan.scan_id, no.reason, no.holder))
                self.refusals.setdefault(scan.scan_id, []).append(no.reason)
                self.unsettled.add(scan.scan_id)
                continue
            if members is None:
                said.duplicates += 1
                continue
            said.late += scan.at < self.latest(members[0])
            for code in members:
                self._write(written(scan, code, actor, device, now))
            self.taken[scan.scan_id] = scan.content()
            self.unsettled.discard(scan.scan_id)
            said.accepted += 1
        return said

    def _members_of(self, scan: Told, actor: Actor, *, now: datetime) -> Sequence[str] | None:
        """The items that this scan is an event of; none of them where it is known already."""
        if self.taken.get(scan.scan_id) == scan.content():
            return None
        if scan.scan_id in self.taken or scan.scan_id in self.commands:
            raise No("scan-id-reused")
        if scan.scan_id.version != 7:
            raise No("scan-id-not-v7")
        if not isinstance(parse_pouch_code(scan.code), Refusal):
            return self._inside(scan, actor, now=now)
        return self._alone(scan, actor, now=now)

    def _alone(self, scan: Told, actor: Actor, *, now: datetime) -> Sequence[str]:
        if scan.code not in self.events:
            raise No("item-unknown")
        try:
            self._may_be_done(scan, scan.code, actor, whole=None, now=now)
            if scan.act != "correct":
                self._not_fixed(scan)
            if scan.act == "pack":
                self._can_be_packed(scan)
        except No as no:
            raise No(no.reason, self.paper(scan.code).holder) from no
        return [scan.code]

    def _inside(self, scan: Told, actor: Actor, *, now: datetime) -> Sequence[str]:
        bag = self.bags.get(scan.code)
        if bag is None:
            raise No("pouch-unknown")
        if bag.state == "open":
            raise No("pouch-not-sealed")
        if scan.act != "correct" and bag.opened_at is not None and scan.at > bag.opened_at:
            raise No("pouch-opened")
        if scan.act not in {"load", "arrive", "correct"}:
            raise No("act-unknown")
        one = bag.manifest[0]
        self._may_be_done(scan, one, actor, whole=scan.code, now=now)
        return bag.manifest

    def _exists(self, scan: Told, item: str) -> None:
        act = WORDS.get(scan.act)
        move = move_of(item, act) if act is not None else None
        if act is not Act.CORRECT and (move is None or not move.by_scan):
            raise No("act-unknown")

    def _may_be_done(
        self, scan: Told, item: str, actor: Actor, *, whole: str | None, now: datetime
    ) -> None:
        self._exists(scan, item)
        everywhere = actor.role in {Role.SUPERVISOR, Role.ADMIN}
        if not everywhere and scan.place not in actor.places:
            raise No("other-place")
        move = move_of(item, WORDS[scan.act])
        allowed = everywhere if scan.act == "correct" else move and actor.role in move.roles
        if not allowed:
            raise No("role-not-allowed")
        if scan.at > now + AHEAD_LIMIT:
            raise No("scan-in-future")
        if scan.act == "correct":
            self._can_be_corrected(scan, item, whole)

    def _can_be_corrected(self, scan: Told, item: str, whole: str | None) -> None:
        if scan.corrects is None or scan.corrects == scan.scan_id:
            raise No("correction-unknown")
        named = [e for e in self.events[item] if e.event_id == scan.corrects]
        for event in named:
            as_a_pouch = event.pouch if event.act in {Act.LOAD, Act.ARRIVE} else None
            if (
                event.device is None
                or event.act is Act.CORRECT
                or as_a_pouch != whole
                or event.occurred_at > scan.at
            ):
                raise No("correction-unknown")
        if not named and (scan.corrects in self.taken or scan.corrects in self.commands):
            raise No("correction-unknown")

    def _not_fixed(self, scan: Told) -> None:
        """A command had put it into the sealed pouch, or had ended its journey."""
        here = self.paper(scan.code)
        for event in self.events[scan.code]:
            if event.device is not None or scan.at < event.occurred_at:
                continue
            if here.sealed and event.act is Act.SEAL and event.pouch == here.pouch:
                raise No("item-in-pouch")
            if here.stage in CLOSED_STAGES and here.by is event:
                raise No("item-closed")

    def _can_be_packed(self, scan: Told) -> None:
        bag = self.bags.get(scan.pouch or "")
        if bag is None:
            raise No("pouch-unknown")
        if bag.state != "open":
            raise No("pouch-opened" if bag.state == "opened" else "pouch-sealed")
        if scan.code in self.offered:
            raise No("handover-pending")

    def _write(self, event: CustodyEvent) -> None:
        code = event.item_code
        self.events.setdefault(code, []).append(event)
        self.arrivals[event.event_id, code] = self._arrival
        move = move_of(code, event.act)
        if move is not None and move.notice is not None and self.paper(code).by is event:
            self.notices.add(f"{code}:{move.notice}:{event.event_id}")

    # --- what is known afterwards -------------------------------------------------------------

    def way(self, code: str) -> list[Paper]:
        return way_of(kind_of_item(code), self.events[code])

    def paper(self, code: str) -> Paper:
        return self.way(code)[-1]

    def holders(self) -> dict[str, str]:
        return {code: self.paper(code).holder for code in self.events}

    def latest(self, code: str) -> datetime:
        return max(event.occurred_at for event in self.events[code])

    def position(self, code: str) -> dict[str, Any]:
        """Where an item is, as the columns of its position."""
        paper = self.paper(code)
        return {
            "stage": paper.stage,
            "place": paper.place,
            "custodian": paper.bearer,
            "pouch": paper.pouch,
            "sealed": paper.sealed,
            "since": paper.by.occurred_at,
            "last_event_id": paper.by.event_id,
            "latest_at": self.latest(code),
            "seq": len(self.events[code]),
        }

    def dossier(self, dossier: str) -> dict[str, Any]:
        """The dossier's status and the moments that the law counts by."""
        moved = [
            (kind_of_item(code), paper.by)
            for code in self.events
            if code.startswith(f"{dossier}/")
            for paper in self.way(code)
        ]
        moved.sort(key=lambda pair: (pair[1].occurred_at, str(pair[1].event_id)))
        status, resolved, returned = Status.RECEIVED, None, None
        for kind, event in moved:
            act = STATUS_AFTER.get((kind, event.act))
            after = DOSSIER_MOVES.get((status, act)) if act is not None else None
            if act is None or after is None:
                continue
            status = after
            resolved = event.occurred_at if act == "resolve" else resolved
            returned = event.occurred_at if act == "return" else returned
        filed = [
            event.occurred_at
            for kind, event in moved
            if kind is ItemKind.APPLICATION and event.act in {Act.ACCEPT, Act.TAKE_UP}
        ]
        return {
            "status": status,
            "resolved_at": resolved,
            "returned_at": returned,
            "filed_at": min(filed, default=None),
        }

    def consignment(self, code: str, number: str) -> tuple[str, int]:
        """State and attempts of a consignment that nobody called off."""
        state, attempts, ours = "booked", 0, False
        for paper in self.way(code):
            act = paper.by.act
            if act is Act.SEND_OUT:
                ours = paper.by.consignment == number
            elif ours and state not in {"delivered", "brought_back"}:
                attempts += act in {Act.FAIL, Act.DELIVER}
                state = {
                    Act.FAIL: "attempted",
                    Act.DELIVER: "delivered",
                    Act.BRING_BACK: "brought_back",
                }.get(act, state)
        return state, attempts

    def loose(self) -> list[str]:
        """Papers under way that lie in no sealed pouch."""
        papers = {code: self.paper(code) for code in self.events}
        return [
            code
            for code, paper in papers.items()
            if not paper.sealed and paper.stage not in CLOSED_STAGES
        ]

    def missing(self) -> set[str]:
        return {code for code in self.events if self.paper(code).stage is Stage.MISSING}


def written(scan: Told, item: str, actor: Actor, device: str, now: datetime) -> CustodyEvent:
    """The event that a scan is, but for its place in the chain."""
    act = WORDS[scan.act]
    move = move_of(item, act)
    bearer: tuple[HolderAfter | None, str | None] = (None, None)
    if move is not None and move.holder is not HolderAfter.SAME:
        bearers = {
            HolderAfter.DESK: scan.place,
            HolderAfter.PERSON: actor.username,
            HolderAfter.CITIZEN: "citizen",
        }
        bearer = (move.holder, bearers[move.holder])
    pouch = scan.pouch if act is Act.PACK else None
    return CustodyEvent.model_construct(
        event_id=scan.scan_id,
        item_code=item,
        act=act,
        place=scan.place,
        actor=actor.username,
        custodian_kind=bearer[0],
        custodian=bearer[1],
        occurred_at=scan.at,
        recorded_at=now,
        device_at=None,
        device=device,
        pouch=scan.code if scan.code != item else pouch,
        handover=None,
        consignment=None,
        corrects=scan.corrects if act is Act.CORRECT else None,
        latitude=scan.geo[0] if scan.geo else None,
        longitude=scan.geo[1] if scan.geo else None,
        note=scan.note,
    )
