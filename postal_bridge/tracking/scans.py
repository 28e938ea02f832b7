"""Scans: what handhelds bring, in any order, as often as they like.

A scan is refused only for what no other scan could change: the code is unknown, the act does not
exist for it, the person may not do it there, the clock is ahead, or a command had sealed the item
into a pouch, returned it at the desk, kept it or offered it in minutes. Everything else is taken:
a scan older than what is known, a scan after a delivery that was scanned (which may turn out to
be a mistake), a correction that arrives before the scan it names. The fold decides what of it
counts. What is refused is kept too, with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from postal_bridge.codes import CodeKind, kind_of
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import ROLE_NAMES, Role
from postal_bridge.journey import ACT_NAMES, CLOSED_STAGES, KIND_NAMES, STAGE_NAMES, Act, move_for
from postal_bridge.tracking.acts import Circumstances, Recorder, refused_role
from postal_bridge.tracking.consignments import note_scan
from postal_bridge.tracking.custody import moved_with, takes_out
from postal_bridge.tracking.incidents import miss_again
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.pouches import not_open
from postal_bridge.tracking.records import (
    POUCH_STATE_NAMES,
    CustodyEvent,
    Position,
    PouchState,
    RefusedScan,
)

POUCH_ACTS = frozenset({Act.LOAD, Act.ARRIVE})
"""What can be done to a pouch as a whole by one scan."""


@dataclass(frozen=True)
class Seen:
    """What is compared when a scan id comes again: the same content, or another one."""

    code: str
    act: str
    place: str
    at: datetime
    corrects: UUID | None


@dataclass(frozen=True)
class Scan:
    """One scan of the batch.

    Attributes:
        scan_id: UUIDv7 made on the handheld; the same for ever for the same scan.
        act: the word as sent; it may be one that nobody knows.
        at: by the handheld's clock.
        corrects: for a correction, the scan that never happened as written.
    """

    scan_id: UUID
    code: str
    act: str
    place: str
    at: datetime
    pouch: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    note: str | None = None
    corrects: UUID | None = None

    def seen(self) -> Seen:
        """What two copies of one scan must agree on."""
        corrects = self.corrects if self.act == Act.CORRECT.value else None
        return Seen(self.code, self.act, self.place, self.at, corrects)


@dataclass(frozen=True)
class RefusedAnswer:
    """Why one scan was not taken, and who holds the item where that explains it."""

    scan_id: UUID
    refusal: Refusal
    holder: str | None = None


@dataclass
class Outcome:
    """What became of a batch; it grows with the problems, not with the batch."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: list[RefusedAnswer] = field(default_factory=list)


async def apply_scans(
    recorder: Recorder, *, device: str, scans: Sequence[Scan], ahead_limit: timedelta
) -> Outcome:
    """Take a batch: each scan once, each refusal with its reason."""
    batch = _Batch(recorder, device=device, ahead_limit=ahead_limit)
    await batch.load(scans)
    for scan in scans:
        await batch.take(scan)
    await batch.finish()
    return batch.outcome


class _Batch:
    """One batch on its way into the ledger."""

    def __init__(self, recorder: Recorder, *, device: str, ahead_limit: timedelta) -> None:
        self.recorder = recorder
        self.device = device
        self.latest = recorder.now + ahead_limit
        self.outcome = Outcome()
        self._taken: list[UUID] = []
        self._refused: list[RefusedScan] = []
        self._held: dict[str, Tracked] = {}
        self._known: dict[UUID, Seen] = {}
        self._contents: dict[str, Sequence[str]] = {}

    async def load(self, scans: Sequence[Scan]) -> None:
        """Hold everything the batch touches, in one order, before anything is decided.

        What is known already is read last: the same scans may have come over another connection
        while this one waited.
        """
        work = self.recorder.work
        pouches = {scan.code for scan in scans if kind_of(scan.code) is CodeKind.POUCH}
        packed = {scan.pouch for scan in scans if scan.pouch and scan.act == Act.PACK}
        for code in sorted(pouches | packed):
            await work.pouches.hold(code)
        for code in sorted(pouches):
            self._contents[code] = [line.item_code for line in await work.pouches.manifest(code)]
        codes = {scan.code for scan in scans} - pouches
        inside = {item for items in self._contents.values() for item in items}
        self._held = dict(await work.custody.hold(codes | inside))
        events = await work.custody.by_event_id(scan.scan_id for scan in scans)
        self._known = {scan_id: _seen(event) for scan_id, event in events.items()}

    async def finish(self) -> None:
        """Keep what was refused, in one order too, and settle what had been refused earlier."""
        custody = self.recorder.work.custody
        for refused in sorted(self._refused, key=lambda one: one.scan_id):
            await custody.keep_refused(refused)
        await custody.settle_refused(self._taken, at=self.recorder.now)

    async def take(self, scan: Scan) -> None:
        """One scan: known already, refused, or taken."""
        known = self._known.get(scan.scan_id)
        if known is not None:
            if known == scan.seen():
                self.outcome.duplicates += 1
            else:
                self._refuse(scan, refuse(Reason.SCAN_ID_REUSED, "scan_id"))
            return
        if scan.code in self._contents:
            await self._take_pouch(scan)
        else:
            await self._take_item(scan)

    async def _take_item(self, scan: Scan) -> None:
        tracked = self._held.get(scan.code)
        if tracked is None or tracked.position is None:
            self._refuse(scan, refuse(Reason.ITEM_UNKNOWN, "code", code=scan.code))
            return
        act = self._act(scan, tracked)
        refusal = act if isinstance(act, Refusal) else await self._objection(scan, act, tracked)
        if isinstance(act, Refusal) or refusal is not None:
            holder = tracked.position.holder
            self._refuse(scan, refusal or refuse(Reason.ITEM_UNKNOWN), holder=holder)
            return
        await self._record(scan, act, tracked)
        self._note(scan, tracked)

    async def _take_pouch(self, scan: Scan) -> None:
        """One scan of a sealed pouch moves all that was sealed in it and still lies in it."""
        work = self.recorder.work
        pouch = await work.pouches.find(scan.code)
        if pouch is None or pouch.state is PouchState.OPEN:
            refusal = (
                refuse(Reason.POUCH_UNKNOWN, "code", code=scan.code)
                if pouch is None
                else refuse(
                    Reason.POUCH_NOT_SEALED,
                    "code",
                    code=scan.code,
                    state=POUCH_STATE_NAMES[pouch.state][0],
                )
            )
            self._refuse(scan, refusal)
            return
        members = [self._held[code] for code in self._contents[scan.code] if code in self._held]
        act = self._act(scan, members[0])
        if not isinstance(act, Refusal) and act not in POUCH_ACTS and act is not Act.CORRECT:
            act = _no_pouch_act(act)
        opened = pouch.opened_at is not None and scan.at > pouch.opened_at
        if opened and act is not Act.CORRECT:
            act = refuse(Reason.POUCH_OPENED, "code", code=scan.code)
        if isinstance(act, Refusal):
            self._refuse(scan, act)
            return
        refusal_of_first = self._standing_objection(scan, act, members[0])
        if refusal_of_first is None and act is Act.CORRECT:
            refusal_of_first = await self._correction_objection(scan, members[0], pouch=scan.code)
        if refusal_of_first is not None:
            self._refuse(scan, refusal_of_first)
            return
        for tracked in members:
            await self._record(scan, act, tracked, pouch=scan.code)
        self._note(scan, members[0])

    def _act(self, scan: Scan, tracked: Tracked) -> Act | Refusal:
        kind = tracked.item.kind
        unknown = refuse(Reason.ACT_UNKNOWN, "act", act=scan.act, kind=KIND_NAMES[kind][0])
        if scan.act not in {act.value for act in Act}:
            return unknown
        act = Act(scan.act)
        if act is Act.CORRECT:
            return act
        move = move_for(kind, act)
        return act if move is not None and move.by_scan else unknown

    def _standing_objection(self, scan: Scan, act: Act, tracked: Tracked) -> Refusal | None:
        """Why this person may not do this, there and then; nothing of it depends on the item."""
        actor = self.recorder.actor
        if not actor.works_at(scan.place):
            return refuse(Reason.OTHER_PLACE, "place", place=scan.place)
        move = move_for(tracked.item.kind, act)
        if move is not None and actor.role not in move.roles:
            return refused_role(actor, move)
        if act is Act.CORRECT and actor.role not in {Role.SUPERVISOR, Role.ADMIN}:
            role = ROLE_NAMES[actor.role]
            return refuse(
                Reason.ROLE_NOT_ALLOWED, "act", role=role, allowed=ROLE_NAMES[Role.SUPERVISOR]
            )
        if scan.at > self.latest:
            ahead = int((scan.at - self.recorder.now).total_seconds() // 60)
            return refuse(Reason.SCAN_IN_FUTURE, "at", ahead_minutes=ahead)
        return None

    async def _objection(self, scan: Scan, act: Act, tracked: Tracked) -> Refusal | None:
        refusal = self._standing_objection(scan, act, tracked)
        position = tracked.position
        if refusal is not None or position is None:
            return refusal
        if act is Act.CORRECT:
            return await self._correction_objection(scan, tracked, pouch=None)
        if position.sealed or position.stage in CLOSED_STAGES:
            refusal = await self._fixed_objection(scan, position)
        if refusal is None and act is Act.PACK:
            refusal = await self._packing_objection(scan)
        return refusal

    async def _fixed_objection(self, scan: Scan, position: Position) -> Refusal | None:
        """Whether a command had put the item where no scan of it alone moves it."""
        for event in await self.recorder.work.custody.history(position.item_code):
            if event.device is not None or scan.at < event.occurred_at:
                continue
            if position.sealed and event.act is Act.SEAL and event.pouch == position.pouch:
                return refuse(Reason.ITEM_IN_POUCH, "code", code=scan.code, holder=position.holder)
            if position.stage in CLOSED_STAGES and event.event_id == position.last_event_id:
                stage = STAGE_NAMES[position.stage][0]
                return refuse(Reason.ITEM_CLOSED, "code", code=scan.code, stage=stage)
        return None

    async def _packing_objection(self, scan: Scan) -> Refusal | None:
        pouch = await self.recorder.work.pouches.hold(scan.pouch or "")
        if pouch is None:
            return refuse(Reason.POUCH_UNKNOWN, "pouch", code=scan.pouch or "")
        if pouch.state is not PouchState.OPEN:
            return not_open(pouch)
        waiting = await self.recorder.work.handovers.offered_with([scan.code])
        for number in waiting.values():
            return refuse(Reason.HANDOVER_PENDING, "code", code=scan.code, number=number)
        return None

    async def _correction_objection(
        self, scan: Scan, tracked: Tracked, *, pouch: str | None
    ) -> Refusal | None:
        """Why the scan that is named cannot be corrected; one that nobody knows may still come."""
        work = self.recorder.work
        unknown = refuse(
            Reason.CORRECTION_UNKNOWN, "corrects", corrects=scan.corrects or "–", code=scan.code
        )
        if scan.corrects in {None, scan.scan_id}:
            return unknown
        facts = self._facts(scan, Act.CORRECT, pouch=pouch)
        correction = self.recorder.event(tracked, Act.CORRECT, facts)
        for event in await work.custody.history(tracked.item.code):
            if event.event_id == scan.corrects:
                return None if takes_out(correction, event) else unknown
        elsewhere = await work.custody.by_event_id([scan.corrects])
        return unknown if elsewhere else None

    async def _record(
        self, scan: Scan, act: Act, tracked: Tracked, *, pouch: str | None = None
    ) -> None:
        facts = self._facts(scan, act, pouch=pouch)
        position = await self.recorder.record(tracked, act, facts)
        self._held[tracked.item.code] = Tracked(tracked.item, position)
        await note_scan(self.recorder, tracked.item, act)
        if act is Act.CORRECT:
            await miss_again(self.recorder, position, correction=scan.scan_id)

    def _facts(self, scan: Scan, act: Act, *, pouch: str | None) -> Circumstances:
        """A pouch in the event means that the pouch was scanned, or that it was packed into."""
        return Circumstances(
            place=scan.place,
            occurred_at=scan.at,
            event_id=scan.scan_id,
            device=self.device,
            pouch=scan.pouch if act is Act.PACK else pouch,
            corrects=scan.corrects if act is Act.CORRECT else None,
            latitude=scan.latitude,
            longitude=scan.longitude,
            note=scan.note,
        )

    def _note(self, scan: Scan, before: Tracked) -> None:
        self.outcome.accepted += 1
        if before.position is not None and scan.at < before.position.latest_at:
            self.outcome.late += 1
        self._taken.append(scan.scan_id)
        self._known[scan.scan_id] = scan.seen()

    def _refuse(self, scan: Scan, refusal: Refusal, *, holder: str | None = None) -> None:
        self.outcome.refused.append(RefusedAnswer(scan.scan_id, refusal, holder))
        self._refused.append(
            RefusedScan(
                scan_id=scan.scan_id,
                code=scan.code[:200],
                act=scan.act[:40],
                place=scan.place[:60],
                occurred_at=scan.at,
                device=self.device,
                pouch=scan.pouch,
                note=scan.note,
                reason=refusal.reason.slug,
                actor=self.recorder.actor.username,
                recorded_at=self.recorder.now,
            )
        )


def _no_pouch_act(act: Act) -> Refusal:
    return refuse(Reason.ACT_UNKNOWN, "act", act=ACT_NAMES[act][0], kind="túi thư")


def _seen(event: CustodyEvent) -> Seen:
    """What is known of a scan from an event it left; a pouch scan left one per item inside."""
    return Seen(
        code=moved_with(event) or event.item_code,
        act=event.act.value,
        place=event.place,
        at=event.occurred_at,
        corrects=event.corrects,
    )
