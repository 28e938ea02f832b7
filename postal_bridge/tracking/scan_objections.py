"""Why a scan is not taken: the standing of the person, the clock, and what commands had settled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import ROLE_NAMES, Role
from postal_bridge.journey import CLOSED_STAGES, STAGE_NAMES, SUPERVISORS, Act, move_for
from postal_bridge.tracking.acts import Circumstances, Recorder, refused_role
from postal_bridge.tracking.custody import takes_out
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.pouches import not_open
from postal_bridge.tracking.records import Position, Pouch, PouchState


class Told(Protocol):
    """What an objection reads of a scan."""

    @property
    def scan_id(self) -> UUID:
        """Its id."""
        ...

    @property
    def code(self) -> str:
        """What was scanned."""
        ...

    @property
    def pouch(self) -> str | None:
        """What it was packed into."""
        ...

    @property
    def corrects(self) -> UUID | None:
        """The scan that never happened as written."""
        ...


class Objections:
    """The objections to the scans of one batch.

    Attributes:
        known: ids of scans, among those that the batch names, which are in the ledger.
        waiting: for items to be packed, the minutes in which they wait for an acceptance.
        pouches: the pouches that the batch names, held.
    """

    def __init__(self, recorder: Recorder, *, latest: datetime) -> None:
        self.recorder = recorder
        self.latest = latest
        self.known: set[UUID] = set()
        self.waiting: Mapping[str, str] = {}
        self.pouches: Mapping[str, Pouch | None] = {}

    async def to_item(
        self, scan: Told, act: Act, tracked: Tracked, facts: Circumstances
    ) -> Refusal | None:
        """Why this scan of one item is not taken."""
        refusal = self._standing(act, tracked, facts)
        position = tracked.position
        if refusal is not None or position is None:
            return refusal
        if act is Act.CORRECT:
            return await self._correction(scan, tracked, facts)
        if position.sealed or position.stage in CLOSED_STAGES:
            refusal = await self._fixed(position, facts)
        if refusal is None and act is Act.PACK:
            refusal = self._packing(scan)
        return refusal

    async def to_pouch(
        self, scan: Told, act: Act, first: Tracked, facts: Circumstances
    ) -> Refusal | None:
        """Why this scan of a whole pouch is not taken; what is true of one inside is of all."""
        refusal = self._standing(act, first, facts)
        if refusal is None and act is Act.CORRECT:
            refusal = await self._correction(scan, first, facts)
        return refusal

    def _standing(self, act: Act, tracked: Tracked, facts: Circumstances) -> Refusal | None:
        """Why this person may not do this, there and then; nothing of it depends on the item."""
        actor = self.recorder.actor
        if not actor.works_at(facts.place):
            return refuse(Reason.OTHER_PLACE, "place", place=facts.place)
        move = move_for(tracked.item.kind, act)
        if move is not None and actor.role not in move.roles:
            return refused_role(actor, move)
        if act is Act.CORRECT and actor.role not in SUPERVISORS:
            role = ROLE_NAMES[actor.role]
            return refuse(
                Reason.ROLE_NOT_ALLOWED, "act", role=role, allowed=ROLE_NAMES[Role.SUPERVISOR]
            )
        moment = facts.occurred_at or self.recorder.now
        if moment > self.latest:
            ahead = int((moment - self.recorder.now).total_seconds() // 60)
            return refuse(Reason.SCAN_IN_FUTURE, "at", ahead_minutes=ahead)
        return None

    async def _fixed(self, position: Position, facts: Circumstances) -> Refusal | None:
        """Whether a command had put the item where no scan of it alone moves it."""
        moment, code = facts.occurred_at or self.recorder.now, position.item_code
        for event in await self.recorder.work.custody.history(code):
            if event.device is not None or moment < event.occurred_at:
                continue
            if position.sealed and event.act is Act.SEAL and event.pouch == position.pouch:
                return refuse(Reason.ITEM_IN_POUCH, "code", code=code, holder=position.holder)
            if position.stage in CLOSED_STAGES and event.event_id == position.last_event_id:
                stage = STAGE_NAMES[position.stage][0]
                return refuse(Reason.ITEM_CLOSED, "code", code=code, stage=stage)
        return None

    def _packing(self, scan: Told) -> Refusal | None:
        pouch = self.pouches.get(scan.pouch or "")
        if pouch is None:
            return refuse(Reason.POUCH_UNKNOWN, "pouch", code=scan.pouch or "")
        if pouch.state is not PouchState.OPEN:
            return not_open(pouch)
        number = self.waiting.get(scan.code)
        if number is not None:
            return refuse(Reason.HANDOVER_PENDING, "code", code=scan.code, number=number)
        return None

    async def _correction(
        self, scan: Told, tracked: Tracked, facts: Circumstances
    ) -> Refusal | None:
        """Why the scan that is named cannot be corrected; one that nobody knows may still come."""
        unknown = refuse(
            Reason.CORRECTION_UNKNOWN, "corrects", corrects=scan.corrects or "–", code=scan.code
        )
        if scan.corrects in {None, scan.scan_id}:
            return unknown
        correction = self.recorder.event(tracked, Act.CORRECT, facts)
        for event in await self.recorder.work.custody.history(tracked.item.code):
            if event.event_id == scan.corrects:
                return None if takes_out(correction, event) else unknown
        return unknown if scan.corrects in self.known else None
