"""Scans: what handhelds bring, in any order, as often as they like.

A scan is refused only for what no other scan could change: the code is unknown, the act does not
exist for it, the person may not do it there, the clock is ahead, or a command had sealed the item
into a pouch, returned it at the desk, kept it or offered it in minutes. Everything else is taken:
a scan older than what is known, a scan after a delivery that was scanned (which may turn out to
be a mistake), a correction that arrives before the scan it names. The fold decides what of it
counts. What is refused is kept too, with its reason.

This is the general way, and the one that says what is right. Most scans of a day are plain and go
a shorter way with the same outcome: plain_scans.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from postal_bridge.codes import CodeKind, kind_of
from postal_bridge.dossiers.records import CODE_LENGTH, TEXT_LENGTH
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import ACT_NAMES, CLOSED_STAGES, KIND_NAMES, STATUS_AFTER, Act, move_for
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.clocks import put_right
from postal_bridge.tracking.consignments import FOLLOWED, follow_scans
from postal_bridge.tracking.custody import moved_with
from postal_bridge.tracking.incidents import miss_again
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import (
    POUCH_STATE_NAMES,
    CustodyEvent,
    Pouch,
    PouchState,
    RefusedScan,
)
from postal_bridge.tracking.refused_content import facts_of, fingerprint
from postal_bridge.tracking.scan_objections import Objections

POUCH_ACTS = frozenset({Act.LOAD, Act.ARRIVE})
"""What can be done to a pouch as a whole by one scan."""

SCANNED_LENGTH, ACT_LENGTH = 200, 40
"""The longest text that is kept of what was scanned, and of the word for what was done."""

SCAN_ID_VERSION = 7
"""Ids grow with the device's time: that keeps the ledger's keys together, month by month."""

ACTS = frozenset(act.value for act in Act)


class Geo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the handheld was, in degrees."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]

    def __post_init__(self) -> None:
        """Make -0.0 the zero that it is: SQLite drops the sign, and the hash would not fit."""
        msgspec.structs.force_setattr(self, "latitude", self.latitude + 0.0)
        msgspec.structs.force_setattr(self, "longitude", self.longitude + 0.0)


class Scan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One scan, as the handheld sends it.

    Attributes:
        scan_id: UUIDv7 made on the handheld; the same for ever for the same scan.
        act: the word as sent; it may be one that nobody knows.
        at: by the handheld's clock.
        corrects: for a correction, the scan that never happened as written.
    """

    scan_id: UUID
    code: Annotated[str, Meta(min_length=1, max_length=SCANNED_LENGTH)]
    act: Annotated[str, Meta(min_length=1, max_length=ACT_LENGTH)]
    place: Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH)]
    at: Annotated[datetime, Meta(tz=True)]
    pouch: Annotated[str, Meta(max_length=CODE_LENGTH)] | None = None
    geo: Geo | None = None
    note: Annotated[str, Meta(max_length=TEXT_LENGTH)] | None = None
    corrects: UUID | None = None

    def seen(self) -> "Seen":
        """What two copies of one scan must agree on."""
        corrects = self.corrects if self.act == Act.CORRECT.value else None
        return Seen(self.code, self.act, self.place, self.at, corrects)


@dataclass(frozen=True)
class Seen:
    """What is compared when a scan id comes again: the same content, or another one."""

    code: str
    act: str
    place: str
    at: datetime
    corrects: UUID | None


@dataclass(frozen=True)
class RefusedAnswer:
    """Why one scan was not taken, and who holds the item where that explains it."""

    scan_id: UUID
    refusal: Refusal
    holder: str | None = None


@dataclass
class Outcome:
    """What became of a batch; it grows with the problems, not with the batch.

    Attributes:
        late: how many of the accepted are older than what was known of their item by then.
    """

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: list[RefusedAnswer] = field(default_factory=list)


async def apply_scans(
    recorder: Recorder,
    *,
    device: str,
    scans: Sequence[Scan],
    ahead_limit: timedelta,
    correction: timedelta = timedelta(),
    refused: Sequence[tuple[Scan, Refusal]] = (),
) -> Outcome:
    """Take a batch: each scan once, each refusal with its reason.

    `correction` says how far the device's clock is ahead, and is taken off every moment it tells;
    `ahead_limit` is how far a scan may lie ahead of the server after that. `refused` are scans of
    the same batch that have been refused already; they are only kept.
    """
    batch = _Batch(recorder, device=device, ahead_limit=ahead_limit, correction=correction)
    if scans:
        await batch.load(scans)
    for scan in scans:
        await batch.take(scan)
    for scan, refusal in refused:
        batch.keep(scan, refusal)
    await batch.finish()
    return batch.outcome


class _Batch:
    """One batch on its way into the ledger."""

    def __init__(
        self, recorder: Recorder, *, device: str, ahead_limit: timedelta, correction: timedelta
    ) -> None:
        self.recorder = recorder
        self.device = device
        self.correction = correction
        self.outcome = Outcome()
        self._objections = Objections(recorder, latest=recorder.now + ahead_limit)
        self._taken: list[UUID] = []
        self._refused: list[RefusedScan] = []
        self._held: dict[str, Tracked] = {}
        self._known: dict[UUID, Seen] = {}
        self._pouches: dict[str, Pouch | None] = {}
        self._contents: dict[str, Sequence[str]] = {}
        self._followed: set[str] = set()

    async def load(self, scans: Sequence[Scan]) -> None:
        """Hold everything the batch touches, in one order, before anything is decided.

        What is known already is read last: the same scans may have come over another connection
        while this one waited.
        """
        work = self.recorder.work
        pouches = {scan.code for scan in scans if kind_of(scan.code) is CodeKind.POUCH}
        packed = {scan.pouch for scan in scans if scan.pouch and scan.act == Act.PACK}
        for code in sorted(pouches | packed):
            self._pouches[code] = await work.pouches.hold(code)
        for code in sorted(pouches):
            self._contents[code] = [line.item_code for line in await work.pouches.manifest(code)]
        codes = {scan.code for scan in scans} - pouches
        inside = {item for items in self._contents.values() for item in items}
        self._held = dict(await work.custody.hold(codes | inside))
        await work.custody.read_ahead(inside | {s.code for s in scans if self._looks_back(s)})
        named = [scan.corrects for scan in scans if scan.corrects is not None]
        events = await work.custody.by_event_id([*(scan.scan_id for scan in scans), *named])
        self._known = {
            scan.scan_id: _seen(events[scan.scan_id]) for scan in scans if scan.scan_id in events
        }
        self._objections.known = set(events)
        packing = [scan.code for scan in scans if scan.act == Act.PACK]
        self._objections.waiting = await work.handovers.offered_with(packing)
        self._objections.pouches = self._pouches

    def _looks_back(self, scan: Scan) -> bool:
        """Whether the item's earlier events will be asked for."""
        tracked = self._held.get(scan.code)
        position = tracked.position if tracked else None
        if tracked is None or position is None or scan.act not in ACTS:
            return False
        act = Act(scan.act)
        return (
            act is Act.CORRECT
            or act in FOLLOWED
            or (tracked.item.kind, act) in STATUS_AFTER
            or position.sealed
            or position.stage in CLOSED_STAGES
            or self._moment(scan) <= position.latest_at
        )

    async def finish(self) -> None:
        """What follows from the scans as a whole, and what was refused, each in one order."""
        refused_scans = self.recorder.work.refused_scans
        await self.recorder.move_dossiers()
        if self._followed:
            items = [self._held[code].item for code in sorted(self._followed)]
            await follow_scans(self.recorder, items)
        await refused_scans.keep_refused(self._refused)
        await refused_scans.settle_refused(self._taken, at=self.recorder.now)

    async def take(self, scan: Scan) -> None:
        """One scan: known already, refused, or taken."""
        known = self._known.get(scan.scan_id)
        if known is not None:
            if known == scan.seen():
                self.outcome.duplicates += 1
            else:
                self._refuse(scan, refuse(Reason.SCAN_ID_REUSED, "scan_id"))
        elif scan.scan_id.version != SCAN_ID_VERSION:
            self._refuse(scan, refuse(Reason.SCAN_ID_NOT_V7, "scan_id"))
        elif scan.code in self._contents:
            await self._take_pouch(scan)
        else:
            await self._take_item(scan)

    async def _take_item(self, scan: Scan) -> None:
        tracked = self._held.get(scan.code)
        if tracked is None or tracked.position is None:
            self._refuse(scan, refuse(Reason.ITEM_UNKNOWN, "code", code=scan.code))
            return
        act = self._act(scan, tracked)
        if isinstance(act, Refusal):
            self._refuse(scan, act, holder=tracked.position.holder)
            return
        facts = self._facts(scan, act, pouch=None)
        refusal = await self._objections.to_item(scan, act, tracked, facts)
        if refusal is not None:
            self._refuse(scan, refusal, holder=tracked.position.holder)
            return
        await self._record(scan, act, tracked)
        self._note(scan, before=tracked)

    async def _take_pouch(self, scan: Scan) -> None:
        """One scan of a sealed pouch moves all that was sealed in it and still lies in it."""
        pouch = self._pouches[scan.code]
        if pouch is None or pouch.state is PouchState.OPEN:
            self._refuse(scan, _no_sealed_pouch(scan, pouch))
            return
        members = [self._held[code] for code in self._contents[scan.code] if code in self._held]
        act = self._act(scan, members[0])
        if not isinstance(act, Refusal) and act not in POUCH_ACTS and act is not Act.CORRECT:
            act = _no_pouch_act(act)
        opened = pouch.opened_at is not None and self._moment(scan) > pouch.opened_at
        if opened and act is not Act.CORRECT:
            act = refuse(Reason.POUCH_OPENED, "code", code=scan.code)
        if isinstance(act, Refusal):
            self._refuse(scan, act)
            return
        facts = self._facts(scan, act, pouch=scan.code)
        refusal = await self._objections.to_pouch(scan, act, members[0], facts)
        if refusal is not None:
            self._refuse(scan, refusal)
            return
        for member in members:
            await self._record(scan, act, member, pouch=scan.code)
        self._note(scan, before=members[0])

    def _act(self, scan: Scan, tracked: Tracked) -> Act | Refusal:
        kind = tracked.item.kind
        unknown = refuse(Reason.ACT_UNKNOWN, "act", act=scan.act, kind=KIND_NAMES[kind][0])
        if scan.act not in ACTS:
            return unknown
        act = Act(scan.act)
        if act is Act.CORRECT:
            return act
        move = move_for(kind, act)
        return act if move is not None and move.by_scan else unknown

    async def _record(
        self, scan: Scan, act: Act, tracked: Tracked, *, pouch: str | None = None
    ) -> None:
        facts = self._facts(scan, act, pouch=pouch)
        position = await self.recorder.record_later(tracked, act, facts)
        self._held[tracked.item.code] = Tracked(tracked.item, position)
        if act in FOLLOWED:
            self._followed.add(tracked.item.code)
        if act is Act.CORRECT:
            await miss_again(self.recorder, position, correction=scan.scan_id)

    def _moment(self, scan: Scan) -> datetime:
        return put_right(scan.at, self.correction)

    def _facts(self, scan: Scan, act: Act, *, pouch: str | None) -> Circumstances:
        """A pouch in the event means that the pouch was scanned, or that it was packed into."""
        return Circumstances(
            place=scan.place,
            occurred_at=self._moment(scan),
            device_at=scan.at if self.correction else None,
            event_id=scan.scan_id,
            device=self.device,
            pouch=scan.pouch if act is Act.PACK else pouch,
            corrects=scan.corrects if act is Act.CORRECT else None,
            latitude=scan.geo.latitude if scan.geo else None,
            longitude=scan.geo.longitude if scan.geo else None,
            note=scan.note,
        )

    def _note(self, scan: Scan, *, before: Tracked) -> None:
        self.outcome.accepted += 1
        if before.position is not None and self._moment(scan) < before.position.latest_at:
            self.outcome.late += 1
        self._taken.append(scan.scan_id)
        self._known[scan.scan_id] = scan.seen()
        self._objections.known.add(scan.scan_id)

    def _refuse(self, scan: Scan, refusal: Refusal, *, holder: str | None = None) -> None:
        self.outcome.refused.append(RefusedAnswer(scan.scan_id, refusal, holder))
        self.keep(scan, refusal)

    def keep(self, scan: Scan, refusal: Refusal) -> None:
        """Note a scan that is not taken, for the end of the batch."""
        kept = refused_scan(
            scan,
            refusal,
            recorder=self.recorder,
            device=self.device,
            correction=self.correction,
        )
        self._refused.append(kept)


def refused_scan(
    scan: Scan, refusal: Refusal, *, recorder: Recorder, device: str, correction: timedelta
) -> RefusedScan:
    """A scan that was not taken, as it is kept."""
    kept = RefusedScan(
        scan_id=scan.scan_id,
        fingerprint="",
        code=scan.code,
        act=scan.act,
        place=scan.place,
        occurred_at=put_right(scan.at, correction),
        device_at=scan.at if correction else None,
        device=device,
        pouch=scan.pouch,
        latitude=scan.geo.latitude if scan.geo else None,
        longitude=scan.geo.longitude if scan.geo else None,
        note=scan.note,
        corrects=scan.corrects,
        reason=refusal.reason.slug,
        facts=facts_of(refusal),
        actor=recorder.actor.username,
        recorded_at=recorder.now,
    )
    kept.fingerprint = fingerprint(kept)
    return kept


def _no_sealed_pouch(scan: Scan, pouch: Pouch | None) -> Refusal:
    if pouch is None:
        return refuse(Reason.POUCH_UNKNOWN, "code", code=scan.code)
    state = POUCH_STATE_NAMES[pouch.state][0]
    return refuse(Reason.POUCH_NOT_SEALED, "code", code=scan.code, state=state)


def _no_pouch_act(act: Act) -> Refusal:
    return refuse(Reason.ACT_UNKNOWN, "act", act=ACT_NAMES[act][0], kind="túi thư")


def _seen(event: CustodyEvent) -> Seen:
    """What is known of a scan from an event it left; a pouch scan left one per item inside."""
    return Seen(
        code=moved_with(event) or event.item_code,
        act=event.act.value,
        place=event.place,
        at=event.device_at or event.occurred_at,
        corrects=event.corrects,
    )
