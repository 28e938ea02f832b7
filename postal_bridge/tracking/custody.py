"""The fold: from the events of an item to where it is.

Events are taken in the order in which they happened, by the clock of whoever reported them, not
in the order in which they arrived. So the same scans give the same position in any order of
arrival and with any repetition, and a scan that comes late is kept but moves nothing back
(docs/adr/0005).

What "moves nothing back" means, exactly: without a correction an item never comes out of an end,
and while it is open the event that its position rests on is never replaced by an older one. Only
an end that becomes known late may rest on an older event, because what was scanned after the end
cannot have been this paper.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postal_bridge.dossiers.records import Item
from postal_bridge.events import GENESIS, link
from postal_bridge.journey import (
    CLOSED_STAGES,
    START,
    STATUS_AFTER,
    Act,
    DossierAct,
    HolderAfter,
    ItemKind,
    Stage,
    Status,
    move_for,
    status_after,
)
from postal_bridge.tracking.records import CITIZEN, CustodyEvent, Position

_SEALING = frozenset({Act.SEAL})
_KEEPING = frozenset({Act.LOAD, Act.ARRIVE})
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Standing:
    """What the fold carries from event to event; `Position` is this plus the chain's end."""

    stage: Stage
    place: str
    custodian_kind: HolderAfter
    custodian: str
    pouch: str | None
    sealed: bool
    since: datetime
    last_event_id: UUID


@dataclass(frozen=True)
class Step:
    """One event in the fold: did it move the item, and was that the usual move.

    Attributes:
        struck: whether a correction took it out; a correction itself moves nothing either.
    """

    event: CustodyEvent
    before: Stage | None
    after: Stage | None
    moved: bool
    regular: bool
    struck: bool = False


def moved_with(event: CustodyEvent) -> str | None:
    """The pouch that was scanned as a whole, and not its items one by one."""
    return event.pouch if event.act in _KEEPING or event.act is Act.CORRECT else None


def takes_out(correction: CustodyEvent, event: CustodyEvent) -> bool:
    """Whether this correction takes that event out of the fold.

    A correction reaches scans only, for what a command did is undone by another command; it
    reaches back only; and the scan of a pouch is corrected for the whole pouch, since what is
    sealed in it cannot part ways. Both may arrive in either order.
    """
    return (
        correction.act is Act.CORRECT
        and correction.corrects == event.event_id
        and event.device is not None
        and event.act is not Act.CORRECT
        and moved_with(correction) == moved_with(event)
        and correction.occurred_at >= event.occurred_at
    )


def in_order(events: Iterable[CustodyEvent]) -> list[CustodyEvent]:
    """The events as they happened; those that a correction takes out are left out."""
    listed = list(events)
    corrections = [event for event in listed if event.act is Act.CORRECT]
    return sorted(
        (
            event
            for event in listed
            if event.act is not Act.CORRECT
            and not any(takes_out(correction, event) for correction in corrections)
        ),
        key=lambda e: (e.occurred_at, e.event_id.bytes),
    )


def fold(kind: ItemKind, events: Iterable[CustodyEvent]) -> Standing | None:
    """Where the item is after these events; None when none of them counts."""
    standing: Standing | None = None
    for event in in_order(events):
        standing = advance(kind, standing, event)
    return standing


def walk(kind: ItemKind, events: Iterable[CustodyEvent]) -> list[Step]:
    """The item's way, step by step, for the trace that a person reads."""
    steps: list[Step] = []
    standing: Standing | None = None
    for event in in_order(events):
        after = advance(kind, standing, event)
        before = standing.stage if standing else None
        move = move_for(kind, event.act)
        steps.append(
            Step(
                event=event,
                before=before,
                after=after.stage if after else None,
                moved=after is not standing,
                regular=move is not None and before in move.before,
            )
        )
        standing = after
    return steps


def whole_way(kind: ItemKind, events: Iterable[CustodyEvent]) -> list[Step]:
    """The item's way with what was corrected, and the corrections: nothing is hidden from a trace."""
    listed = sorted(events, key=lambda e: (e.occurred_at, e.event_id.bytes))
    counted = {step.event.seq: step for step in walk(kind, listed)}
    steps: list[Step] = []
    stage: Stage | None = None
    for event in listed:
        step = counted.get(event.seq)
        if step is None:
            struck = event.act is not Act.CORRECT
            step = Step(event, stage, stage, moved=False, regular=not struck, struck=struck)
        stage = step.after
        steps.append(step)
    return steps


def advance(kind: ItemKind, standing: Standing | None, event: CustodyEvent) -> Standing | None:
    """One step of the fold.

    Four things do not move an item: what happened before its journey began (by a clock that is
    wrong), anything after its journey has ended, anything that was not done to the sealed pouch
    it lies in, and what was done to a pouch that it lay in no more.
    """
    move = move_for(kind, event.act)
    if move is None or (standing is None and START not in move.before):
        return standing
    if standing is not None and standing.stage in CLOSED_STAGES:
        return standing
    inside = standing.pouch if standing is not None and standing.sealed else None
    if (inside is not None and event.pouch != inside) or moved_with(event) not in {None, inside}:
        return standing
    same = move.holder is HolderAfter.SAME or event.custodian is None
    kept = standing if same else None
    return Standing(
        stage=move.after,
        place=event.place,
        custodian_kind=kept.custodian_kind if kept else (event.custodian_kind or HolderAfter.DESK),
        custodian=kept.custodian if kept else (event.custodian or event.place),
        pouch=_pouch_after(event, standing),
        sealed=event.act in _SEALING or (inside is not None and event.act in _KEEPING),
        since=event.occurred_at,
        last_event_id=event.event_id,
    )


def _pouch_after(event: CustodyEvent, standing: Standing | None) -> str | None:
    if event.act in {Act.PACK, Act.SEAL}:
        return event.pouch
    if event.act in _KEEPING and standing is not None and standing.sealed:
        return standing.pouch
    return None


def custodian_after(
    holder: HolderAfter, *, place: str, actor: str, carrier: str | None
) -> tuple[HolderAfter | None, str | None]:
    """Who bears the item after a move: kind and code; nothing where it stays as it was."""
    match holder:
        case HolderAfter.DESK:
            return holder, place
        case HolderAfter.PERSON:
            return holder, actor
        case HolderAfter.CARRIER:
            return holder, carrier or actor
        case HolderAfter.CITIZEN:
            return holder, CITIZEN
        case HolderAfter.POUCH:
            # The pouch is the holder; the desk that sealed it bears all that is in it, whoever
            # had brought the papers, so that one person can hand it over as a whole.
            return HolderAfter.DESK, place
        case HolderAfter.SAME:
            return None, None


_HASHED = sorted(set(CustodyEvent.model_fields) - {"hash", "previous_hash"})
_SPELLED: dict[str, Callable[[object], str]] = {
    "event_id": str,
    "corrects": str,
    "latitude": repr,
    "longitude": repr,
}
"""What JSON has no kind for, or more than one spelling of."""


def event_hash(event: CustodyEvent) -> str:
    """The event's own hash, computed afresh from its facts and the hash before it."""
    written = event.__dict__  # a fifth of the time that model_dump takes
    facts = {name: value for name in _HASHED if (value := written[name]) is not None}
    for name, spell in _SPELLED.items():
        if name in facts:
            facts[name] = spell(facts[name])
    return link(event.previous_hash, facts)


def chained(event: CustodyEvent, position: Position | None) -> CustodyEvent:
    """The event with its place in the item's chain: number, previous hash and own hash."""
    event.seq = position.seq + 1 if position else 1
    event.previous_hash = position.last_hash if position else GENESIS
    event.hash = event_hash(event)
    return event


def moment_after(latest: datetime | None, now: datetime) -> datetime:
    """The moment of a command: now, but always after the latest that is known already."""
    return now if latest is None or latest < now else latest + _TICK


def placed(
    item: Item, position: Position | None, event: CustodyEvent, history: Sequence[CustodyEvent]
) -> Position:
    """The item's position once the chained event is part of its history.

    The history is the item's earlier events; it is needed only where the event does not simply
    come last, that is for a late scan and for a correction.
    """
    standing: Standing | None
    newest = position is None or position.latest_at < event.occurred_at
    if newest and event.act is not Act.CORRECT:
        standing = advance(item.kind, _standing(position), event)
    else:
        standing = fold(item.kind, [*history, event])
    if standing is None:
        msg = f"no event of {item.code} places it anywhere"
        raise ValueError(msg)
    latest = max(event.occurred_at, position.latest_at if position else event.occurred_at)
    return _position(item, standing, end=event, latest_at=latest)


def replayed(item: Item, history: Sequence[CustodyEvent]) -> Position | None:
    """The position that follows from an item's whole history, by number; none without one."""
    standing = fold(item.kind, history)
    if standing is None:
        return None
    latest = max(event.occurred_at for event in history)
    return _position(item, standing, end=history[-1], latest_at=latest)


def _position(
    item: Item, standing: Standing, *, end: CustodyEvent, latest_at: datetime
) -> Position:
    return Position(
        item_code=item.code,
        dossier_code=item.dossier_code,
        kind=item.kind,
        direction=item.direction,
        department=item.department,
        stage=standing.stage,
        place=standing.place,
        custodian_kind=standing.custodian_kind,
        custodian=standing.custodian,
        pouch=standing.pouch,
        sealed=standing.sealed,
        since=standing.since,
        last_event_id=standing.last_event_id,
        latest_at=latest_at,
        seq=end.seq,
        last_hash=end.hash,
    )


def _standing(position: Position | None) -> Standing | None:
    if position is None:
        return None
    return Standing(
        stage=position.stage,
        place=position.place,
        custodian_kind=position.custodian_kind,
        custodian=position.custodian,
        pouch=position.pouch,
        sealed=position.sealed,
        since=position.since,
        last_event_id=position.last_event_id,
    )


def dossier_status(
    accepted: Status, events: Iterable[tuple[ItemKind, CustodyEvent]]
) -> tuple[Status, dict[DossierAct, datetime]]:
    """The dossier's status: the fold over what happened to all its items.

    Args:
        accepted: the status with which intake ended.
        events: kind of item and event, for events that moved their item.

    Returns:
        The status, and when each act that counted happened last.
    """
    status = accepted
    moments: dict[DossierAct, datetime] = {}
    ordered = sorted(events, key=lambda pair: (pair[1].occurred_at, pair[1].event_id.bytes))
    for kind, event in ordered:
        act = STATUS_AFTER.get((kind, event.act))
        after = status_after(status, act) if act is not None else None
        if act is not None and after is not None:
            status = after
            moments[act] = event.occurred_at
    return status, moments
