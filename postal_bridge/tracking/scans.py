"""Scans: what handhelds bring, in any order, as often as they like.

A scan is refused only for what cannot depend on the order of arrival: the code is unknown, the
act does not exist for it, the person may not do it there, the clock is ahead, the item lies in a
sealed pouch or has ended its journey. Everything else is taken; a scan older than what is known
is kept and moves nothing. What is refused is kept too, with its reason.
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
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import (
    POUCH_STATE_NAMES,
    CustodyEvent,
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
        return Seen(self.code, self.act, self.place, self.at, self.corrects)


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
    await recorder.work.custody.settle_refused(batch.taken, at=recorder.now)
    return batch.outcome


class _Batch:
    """One batch on its way into the ledger."""

    def __init__(self, recorder: Recorder, *, device: str, ahead_limit: timedelta) -> None:
        self.recorder = recorder
        self.device = device
        self.latest = recorder.now + ahead_limit
        self.outcome = Outcome()
        self.taken: list[UUID] = []
        self._held: dict[str, Tracked] = {}
        self._known: dict[UUID, Seen] = {}
        self._contents: dict[str, Sequence[str]] = {}

    async def load(self, scans: Sequence[Scan]) -> None:
        """Hold everything the batch touches, in one order, before anything is decided."""
        work = self.recorder.work
        codes_of = {scan.scan_id: scan.code for scan in scans}
        events = await work.custody.by_event_id(codes_of)
        self._known = {
            scan_id: _seen(event, codes_of[scan_id]) for scan_id, event in events.items()
        }
        pouches = {scan.code for scan in scans if kind_of(scan.code) is CodeKind.POUCH}
        for code in sorted(pouches):
            self._contents[code] = [line.item_code for line in await work.pouches.manifest(code)]
        codes = {scan.code for scan in scans} - pouches
        inside = {item for items in self._contents.values() for item in items}
        self._held = dict(await work.custody.hold(codes | inside))

    async def take(self, scan: Scan) -> None:
        """One scan: known already, refused, or taken."""
        known = self._known.get(scan.scan_id)
        if known is not None:
            if known == scan.seen():
                self.outcome.duplicates += 1
            else:
                await self._refuse(scan, refuse(Reason.SCAN_ID_REUSED, "scan_id"))
            return
        if scan.code in self._contents:
            await self._take_pouch(scan)
        else:
            await self._take_item(scan)

    async def _take_item(self, scan: Scan) -> None:
        tracked = self._held.get(scan.code)
        if tracked is None or tracked.position is None:
            await self._refuse(scan, refuse(Reason.ITEM_UNKNOWN, "code", code=scan.code))
            return
        act = self._act(scan, tracked)
        refusal = act if isinstance(act, Refusal) else await self._objection(scan, act, tracked)
        if isinstance(act, Refusal) or refusal is not None:
            holder = tracked.position.holder
            await self._refuse(scan, refusal or refuse(Reason.ITEM_UNKNOWN), holder=holder)
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
            await self._refuse(scan, refusal)
            return
        if pouch.opened_at is not None and scan.at > pouch.opened_at:
            await self._refuse(scan, refuse(Reason.POUCH_OPENED, "code", code=scan.code))
            return
        members = [self._held[code] for code in self._contents[scan.code] if code in self._held]
        act = self._act(scan, members[0])
        if isinstance(act, Refusal) or act not in POUCH_ACTS:
            refusal = act if isinstance(act, Refusal) else _no_pouch_act(act)
            await self._refuse(scan, refusal)
            return
        refusal_of_first = self._standing_objection(scan, act, members[0])
        if refusal_of_first is not None:
            await self._refuse(scan, refusal_of_first)
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
            return await self._correction_objection(scan, tracked)
        older = scan.at < position.since
        if position.stage in CLOSED_STAGES and not older:
            stage = STAGE_NAMES[position.stage][0]
            return refuse(Reason.ITEM_CLOSED, "code", code=scan.code, stage=stage)
        if position.sealed and not older:
            return refuse(Reason.ITEM_IN_POUCH, "code", code=scan.code, holder=position.holder)
        if act is Act.PACK:
            return await self._packing_objection(scan)
        return None

    async def _packing_objection(self, scan: Scan) -> Refusal | None:
        pouch = await self.recorder.work.pouches.hold(scan.pouch or "")
        if pouch is None:
            return refuse(Reason.POUCH_UNKNOWN, "pouch", code=scan.pouch or "")
        if pouch.state is PouchState.OPEN:
            return None
        when = pouch.sealed_at.isoformat() if pouch.sealed_at else "–"
        return refuse(
            Reason.POUCH_SEALED, "pouch", code=pouch.code, seal=pouch.seal or "–", sealed_at=when
        )

    async def _correction_objection(self, scan: Scan, tracked: Tracked) -> Refusal | None:
        """A correction names an event of this item, and never the one that began it."""
        history = await self.recorder.work.custody.history(tracked.item.code)
        named = [event for event in history if event.event_id == scan.corrects]
        if named and named[0].seq > 1 and named[0].act is not Act.CORRECT:
            return None
        return refuse(
            Reason.CORRECTION_UNKNOWN, "corrects", corrects=scan.corrects or "–", code=scan.code
        )

    async def _record(
        self, scan: Scan, act: Act, tracked: Tracked, *, pouch: str | None = None
    ) -> None:
        facts = Circumstances(
            place=scan.place,
            occurred_at=scan.at,
            event_id=scan.scan_id,
            device=self.device,
            pouch=pouch or scan.pouch,
            corrects=scan.corrects,
            latitude=scan.latitude,
            longitude=scan.longitude,
            note=scan.note,
        )
        position = await self.recorder.record(tracked, act, facts)
        code = tracked.item.code
        self._held[code] = Tracked(tracked.item, position)
        await note_scan(self.recorder, code, act, at=scan.at)

    def _note(self, scan: Scan, before: Tracked) -> None:
        self.outcome.accepted += 1
        if before.position is not None and scan.at < before.position.latest_at:
            self.outcome.late += 1
        self.taken.append(scan.scan_id)
        self._known[scan.scan_id] = scan.seen()

    async def _refuse(self, scan: Scan, refusal: Refusal, *, holder: str | None = None) -> None:
        self.outcome.refused.append(RefusedAnswer(scan.scan_id, refusal, holder))
        await self.recorder.work.custody.keep_refused(
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


def _seen(event: CustodyEvent, code: str) -> Seen:
    """What is known of a scan from an event it left; a pouch scan left one per item inside."""
    moved_pouch = event.act in POUCH_ACTS and event.pouch == code
    return Seen(
        code=code if moved_pouch else event.item_code,
        act=event.act.value,
        place=event.place,
        at=event.occurred_at,
        corrects=event.corrects,
    )
