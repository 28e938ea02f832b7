"""The fold: from the events of an item to where it is.

Events are taken in the order in which they happened, by the clock of whoever reported them, not
in the order in which they arrived. So the same scans give the same position in any order of
arrival and with any repetition, and a scan that comes late is kept but moves nothing back
(docs/adr/0005).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from postal_bridge.dossiers.records import Item
from postal_bridge.events import GENESIS, link
from postal_bridge.journey import (
    CLOSED_STAGES,
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
_TAKING_OUT = frozenset({Act.ACCEPT, Act.UNPACK, Act.MISS, Act.FIND})
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
    """One event in the fold: did it move the item, and was that the usual move."""

    event: CustodyEvent
    before: Stage | None
    after: Stage | None
    moved: bool
    regular: bool


def in_order(events: Iterable[CustodyEvent]) -> list[CustodyEvent]:
    """The events as they happened; those that a correction names are left out."""
    listed = list(events)
    voided = {event.corrects for event in listed if event.corrects is not None}
    return sorted(
        (e for e in listed if e.act is not Act.CORRECT and e.event_id not in voided),
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


def advance(kind: ItemKind, standing: Standing | None, event: CustodyEvent) -> Standing | None:
    """One step of the fold.

    Three things do not move an item: anything after its journey has ended, anything that was not
    done to the sealed pouch it lies in, and what was done to a pouch that it lay in no more.
    """
    move = move_for(kind, event.act)
    if move is None:
        return standing
    if standing is not None and standing.stage in CLOSED_STAGES:
        return standing
    inside = standing.pouch if standing is not None and standing.sealed else None
    if inside is not None and event.pouch != inside:
        return standing
    if event.act in _KEEPING and event.pouch not in {None, inside}:
        return standing
    same = move.holder in {HolderAfter.SAME, HolderAfter.POUCH} or event.custodian is None
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
        case HolderAfter.POUCH | HolderAfter.SAME:
            return None, None


_UNHASHED = {"hash", "previous_hash"}


def event_hash(event: CustodyEvent) -> str:
    """The event's own hash, computed afresh from its facts and the hash before it."""
    return link(
        event.previous_hash, event.model_dump(exclude=_UNHASHED, mode="python") | _text(event)
    )


def _text(event: CustodyEvent) -> dict[str, object]:
    return {
        "event_id": str(event.event_id),
        "corrects": str(event.corrects) if event.corrects else None,
        "latitude": repr(event.latitude) if event.latitude is not None else None,
        "longitude": repr(event.longitude) if event.longitude is not None else None,
    }


def chained(event: CustodyEvent, position: Position | None) -> CustodyEvent:
    """The event with its place in the item's chain: number, previous hash and own hash."""
    event.seq = position.seq + 1 if position else 1
    event.previous_hash = position.last_hash if position else GENESIS
    event.hash = event_hash(event)
    return event


def moment_after(position: Position | None, now: datetime) -> datetime:
    """The moment of a command: now, but never before what is known of the item already."""
    if position is None or position.latest_at < now:
        return now
    return position.latest_at + _TICK


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
        latest_at=max(event.occurred_at, position.latest_at if position else event.occurred_at),
        seq=event.seq,
        last_hash=event.hash,
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
