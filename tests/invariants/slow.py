"""The slow, obvious model: read all events of an item from the first one, believe nothing else.

It says the same as tracking/custody.py in other words, so that a slip in one shows in the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postal_bridge.journey import CLOSED_STAGES, Act, HolderAfter, ItemKind, Stage, move_for
from postal_bridge.tracking.records import CustodyEvent

MOVED_AS_A_POUCH = {Act.LOAD, Act.ARRIVE}


@dataclass
class Paper:
    """Where one paper is, and who has it in hand or bears it."""

    stage: Stage
    place: str
    bearer: str
    pouch: str | None
    sealed: bool
    by: CustodyEvent

    @property
    def holder(self) -> str:
        return self.pouch if self.sealed and self.pouch is not None else self.bearer


def crossed_out(event: CustodyEvent, corrections: Sequence[CustodyEvent]) -> bool:
    if event.device is None:
        return False
    whole = event.pouch if event.act in MOVED_AS_A_POUCH else None
    return any(
        c.corrects == event.event_id and c.pouch == whole and c.occurred_at >= event.occurred_at
        for c in corrections
    )


def way_of(kind: ItemKind, events: Iterable[CustodyEvent]) -> list[Paper]:
    """Every standing of a paper, one after the other."""
    listed = list(events)
    corrections = [e for e in listed if e.act is Act.CORRECT]
    counted = [e for e in listed if e.act is not Act.CORRECT and not crossed_out(e, corrections)]
    counted.sort(key=lambda e: (e.occurred_at, str(e.event_id)))
    way: list[Paper] = []
    for event in counted:
        move = move_for(kind, event.act)
        if move is None:
            continue
        here = way[-1] if way else None
        if here is None and event.act not in {Act.RECEIVE, Act.ISSUE}:
            continue
        if here is not None and here.stage in CLOSED_STAGES:
            continue
        within = here.pouch if here is not None and here.sealed else None
        if within is not None and event.pouch != within:
            continue
        as_a_pouch = event.act in MOVED_AS_A_POUCH and event.pouch is not None
        if as_a_pouch and within is None:
            continue
        stays = move.holder is HolderAfter.SAME and here is not None
        inside = event.pouch if event.act in {Act.PACK, Act.SEAL} or as_a_pouch else None
        way.append(
            Paper(
                stage=move.after,
                place=event.place,
                bearer=here.bearer if stays and here else str(event.custodian or event.place),
                pouch=inside,
                sealed=event.act is Act.SEAL or as_a_pouch,
                by=event,
            )
        )
    return way
