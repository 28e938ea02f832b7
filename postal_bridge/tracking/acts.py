"""Writing an act down: event, position, dossier status and notice, in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from postal_bridge.dossiers.records import Item
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import CARRIER, ROLE_NAMES, Actor, Role
from postal_bridge.journey import (
    ACT_NAMES,
    KIND_NAMES,
    STAGE_NAMES,
    STATUS_AFTER,
    Act,
    DossierAct,
    HolderAfter,
    ItemKind,
    Move,
    Notice,
    Status,
    move_for,
)
from postal_bridge.outbox import PORTAL_TOPIC, RETURNED_TOPIC
from postal_bridge.tracking.custody import (
    chained,
    custodian_after,
    dossier_status,
    moment_after,
    placed,
    walk,
)
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ports import CustodyWork, Tracked
from postal_bridge.tracking.records import CustodyEvent, Position

_MOMENT_OF: dict[DossierAct, str] = {
    DossierAct.RESOLVE: "resolved_at",
    DossierAct.RETURN: "returned_at",
}
_FILING = frozenset({(ItemKind.APPLICATION, Act.ACCEPT), (ItemKind.APPLICATION, Act.TAKE_UP)})
"""The agency signs for the application, or takes it up in the centre: the first time that happens
is the filing time in law (Decision 45/2016/QĐ-TTg)."""
_TOLD_OF = frozenset({ItemKind.APPLICATION, ItemKind.RESULT})
"""The citizen is told of the dossier and of its result; a request slip on the same way is no result
(its own notice goes out when it is issued)."""


@dataclass(frozen=True)
class Circumstances:
    """What belongs to an event besides the act: all of it goes into the hash.

    Attributes:
        occurred_at: by the device; none for a command, which happens now.
        device_at: what the device said, where its clock was put right.
        event_id: made on the device; none for a command.
        custodian: who bears the item afterwards, where the move's own rule does not say: a
            carrier, or the courier who takes over from minutes that another person signs.
    """

    place: str
    occurred_at: datetime | None = None
    device_at: datetime | None = None
    event_id: UUID | None = None
    device: str | None = None
    pouch: str | None = None
    handover: str | None = None
    consignment: str | None = None
    corrects: UUID | None = None
    custodian: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    note: str | None = None


class Recorder:
    """Records acts of one actor at one moment."""

    def __init__(
        self, work: CustodyWork, *, actor: Actor, now: datetime, identifiers: Identifiers
    ) -> None:
        self.work = work
        self.actor = actor
        self.now = now
        self.identifiers = identifiers
        self._moved: dict[str, UUID] = {}

    def moment_of_all(self, tracked: Iterable[Tracked]) -> datetime:
        """One moment for an act on many papers: now, but after what is known of each of them.

        What lies in a sealed pouch must not part ways: with moments of their own, a scan of the
        pouch that falls between two of them would move some of its papers and not the others.
        """
        latest = [one.position.latest_at for one in tracked if one.position is not None]
        return moment_after(max(latest, default=None), self.now)

    async def begin(self, item: Item, act: Act, *, place: str, note: str | None = None) -> None:
        """Write a new item and the first event of its chain.

        It happens after everything that is known of the dossier: where a handheld's clock is a
        little ahead, the dossier's status would otherwise not follow from its events.
        """
        known = await self.work.custody.dossier_events(item.dossier_code)
        latest = max((event.occurred_at for _, event in known), default=None)
        await self.work.custody.add_item(item)
        facts = Circumstances(place=place, occurred_at=moment_after(latest, self.now), note=note)
        await self.record(Tracked(item, None), act, facts)

    def check(self, tracked: Tracked, act: Act) -> Refusal | None:
        """Why a command may not do this now: wrong stage, wrong kind, wrong role."""
        move = move_for(tracked.item.kind, act)
        if move is None:
            kind = KIND_NAMES[tracked.item.kind][0]
            return refuse(Reason.ACT_UNKNOWN, "act", act=ACT_NAMES[act][0], kind=kind)
        if self.actor.role not in move.roles:
            return refused_role(self.actor, move)
        stage = tracked.position.stage if tracked.position else None
        if stage not in move.before:
            return refuse(
                Reason.ACT_NOT_POSSIBLE,
                "code",
                code=tracked.item.code,
                stage=STAGE_NAMES[stage][0] if stage else "–",
                act=ACT_NAMES[act][0],
            )
        return None

    async def record(self, tracked: Tracked, act: Act, facts: Circumstances) -> Position:
        """Append the event, keep the position, move the dossier, write the notice."""
        position = await self.record_later(tracked, act, facts)
        await self.move_dossiers()
        return position

    async def record_later(self, tracked: Tracked, act: Act, facts: Circumstances) -> Position:
        """The same for one of many: `move_dossiers` ends them, in the same transaction."""
        item, position = tracked.item, tracked.position
        event = chained(self.event(tracked, act, facts), position)
        simple = (
            position is None or position.latest_at < event.occurred_at
        ) and act is not Act.CORRECT
        history: Sequence[CustodyEvent] = (
            () if simple else await self.work.custody.history(item.code)
        )
        after = placed(item, position, event, history)
        await self.work.custody.record(event, after)
        if (item.kind, act) in STATUS_AFTER or act is Act.CORRECT:
            self._moved[item.dossier_code] = event.event_id
        move = move_for(item.kind, act)
        if (
            move is not None
            and move.notice is not None
            and item.kind in _TOLD_OF
            and after.last_event_id == event.event_id
        ):
            await self._notify(move.notice, item, event)
        return after

    async def _notify(self, notice: Notice, item: Item, event: CustodyEvent) -> None:
        await self.work.outbox.put(
            "notice",
            key=f"{item.code}:{notice}:{event.event_id}",
            payload={
                "notice": notice,
                "dossier": item.dossier_code,
                "item": item.code,
                "at": event.occurred_at.isoformat(),
            },
        )

    async def move_dossiers(self) -> None:
        """Let the dossiers follow what was recorded of their items."""
        moved, self._moved = self._moved, {}
        for code, event_id in moved.items():
            status = await self._move_dossier(code)
            await self._tell(code, status, event_id)

    async def _tell(self, dossier_code: str, status: Status, event_id: UUID) -> None:
        """Whoever must be told of states hears that this one's way has gone on, or was corrected.

        What is told then follows from the ledger: the message says only whose way to look at.
        """
        key, told = f"{dossier_code}:{event_id}", {"dossier": dossier_code}
        await self.work.outbox.put(PORTAL_TOPIC, key=key, payload=told)
        if status is Status.RETURNED:
            await self.work.outbox.put(RETURNED_TOPIC, key=key, payload=told)

    def event(self, tracked: Tracked, act: Act, facts: Circumstances) -> CustodyEvent:
        """The event of an act as this actor would write it now, not chained yet."""
        move = move_for(tracked.item.kind, act)
        kind, custodian = None, None
        if move is not None:
            kind, custodian = custodian_after(
                move.holder, place=facts.place, actor=self.actor.username, carrier=facts.custodian
            )
            if facts.custodian is not None and custodian is not None:
                custodian = facts.custodian
            if kind is HolderAfter.PERSON and self.actor == CARRIER:
                kind = HolderAfter.CARRIER  # a carrier's own report: nobody of ours has it
        return CustodyEvent(
            event_id=facts.event_id or self.identifiers.new(self.now),
            item_code=tracked.item.code,
            seq=1,
            act=act,
            place=facts.place,
            actor=self.actor.username,
            custodian_kind=kind,
            custodian=custodian,
            occurred_at=facts.occurred_at
            or moment_after(tracked.position.latest_at if tracked.position else None, self.now),
            recorded_at=self.now,
            device_at=facts.device_at,
            device=facts.device,
            pouch=facts.pouch,
            handover=facts.handover,
            consignment=facts.consignment,
            corrects=facts.corrects,
            latitude=facts.latitude,
            longitude=facts.longitude,
            note=facts.note,
            previous_hash="",
            hash="",
        )

    async def _move_dossier(self, dossier_code: str) -> Status:
        by_item: dict[str, list[CustodyEvent]] = {}
        kinds = {}
        for kind, one in await self.work.custody.dossier_events(dossier_code):
            by_item.setdefault(one.item_code, []).append(one)
            kinds[one.item_code] = kind
        moved = [
            (kinds[code], step.event)
            for code, events in by_item.items()
            for step in walk(kinds[code], events)
            if step.moved
        ]
        status, moments = dossier_status(Status.RECEIVED, moved)
        values: dict[str, datetime | None] = {
            name: moments.get(act) for act, name in _MOMENT_OF.items()
        }
        values["filed_at"] = min(
            (one.occurred_at for kind, one in moved if (kind, one.act) in _FILING), default=None
        )
        await self.work.dossiers.change(dossier_code, status=status, **values)
        return status


def refused_role(actor: Actor, move: Move) -> Refusal:
    """The refusal of an act that another role has to do."""
    allowed = ", ".join(ROLE_NAMES[role] for role in Role if role in move.roles)
    return refuse(Reason.ROLE_NOT_ALLOWED, "act", role=ROLE_NAMES[actor.role], allowed=allowed)
