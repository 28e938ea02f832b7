"""What happened to a dossier, state by state, and what of it the portal may be told next.

The states are the fold of the ledger, by the same tables that move the dossier itself; nothing is
mapped, skipped or made up on the way (reference, section 2.7: peers tell "done" for a supplement
and for a stop, and no portal that is told so can be reconciled).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from postal_bridge.clock import format_local
from postal_bridge.dossiers.records import Dossier, Supplement
from postal_bridge.journey import (
    STATUS_AFTER,
    STATUS_NAMES,
    DossierAct,
    ItemKind,
    Status,
    status_after,
)
from postal_bridge.reconciliation.portal_ports import KnownDossier
from postal_bridge.reconciliation.records import PortalStep
from postal_bridge.tracking.custody import walk
from postal_bridge.tracking.records import CustodyEvent

ENDED = frozenset({Status.REFUSED, Status.STOPPED, Status.RESOLVED, Status.RETURNED})
"""The states in which processing has ended (NgayKetThucXuLy, reference, section 8.1)."""


@dataclass(frozen=True)
class Happening:
    """A dossier came into a state.

    Attributes:
        actor: user name; place: its code.
        content: what happened, in Vietnamese; no two of a dossier have the same.
    """

    status: Status
    at: datetime
    actor: str
    place: str
    content: str


def what_happened(
    dossier: Dossier, events: Iterable[tuple[ItemKind, CustodyEvent]]
) -> list[Happening]:
    """Every state that the dossier came into, in order, from the clerk's reception on.

    Args:
        dossier: whose way it is; a refused one has no items and no further states.
        events: all events of all its items, with the items' kinds.
    """
    first = Status.REFUSED if dossier.status is Status.REFUSED else Status.RECEIVED
    content = STATUS_NAMES[first][0]
    received = dossier.received_by, dossier.received_place
    way = [Happening(first, dossier.received_at, *received, _capital(content))]
    supplements = 0
    for act, event in _acts(events):
        after = status_after(way[-1].status, act)
        if after is None or after is way[-1].status:
            continue
        supplements += act is DossierAct.ASK_SUPPLEMENT
        content = STATUS_NAMES[after][0]
        if act is DossierAct.ASK_SUPPLEMENT:
            content = f"{content}, lần {supplements}"
        elif act is DossierAct.TAKE_SUPPLEMENT:
            content = f"{content} tiếp, đã nhận giấy tờ bổ sung lần {supplements}"
        way.append(Happening(after, event.occurred_at, event.actor, event.place, _capital(content)))
    return way


def _acts(
    events: Iterable[tuple[ItemKind, CustodyEvent]],
) -> list[tuple[DossierAct, CustodyEvent]]:
    """What moved its item and can move the dossier, as it happened."""
    by_item: dict[str, list[CustodyEvent]] = {}
    kinds: dict[str, ItemKind] = {}
    for kind, event in events:
        by_item.setdefault(event.item_code, []).append(event)
        kinds[event.item_code] = kind
    moved = [
        (STATUS_AFTER[kinds[code], step.event.act], step.event)
        for code, listed in by_item.items()
        for step in walk(kinds[code], listed)
        if step.moved and (kinds[code], step.event.act) in STATUS_AFTER
    ]
    return sorted(moved, key=lambda pair: (pair[1].occurred_at, pair[1].event_id.bytes))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def contradiction(way: Sequence[Happening], told: Sequence[PortalStep]) -> str | None:
    """Why nothing more may be told: something that was told did not happen, or not then.

    A correction or a late scan can have changed what is known. What was told is not rewritten
    and nothing is built upon it; a person has to put it right at the portal.
    """
    for index, step in enumerate(told):
        shown = (
            f"{step.status.value} {STATUS_NAMES[step.status][0]}, {format_local(step.happened_at)}"
        )
        if index >= len(way):
            return f"Cổng đã được báo trạng thái {shown}, nay sổ không còn trạng thái này"
        now = way[index]
        if (now.status, now.at) != (step.status, step.happened_at):
            known = f"{now.status.value} {STATUS_NAMES[now.status][0]}, {format_local(now.at)}"
            return f"Cổng đã được báo trạng thái {shown}, nay theo sổ là {known}"
    return None


class Next(Enum):
    """What to do about a state that the portal has not been told, as far as we know."""

    CREATE = "create"
    RENEW = "renew"
    STORED = "stored"
    FORGOTTEN = "forgotten"
    FOREIGN = "foreign"


def next_step(known: KnownDossier | None, *, before: Status | None, now: Status) -> Next:
    """Compare what the portal has with the state before and the state to be told.

    Two states that follow each other are never the same, so a portal that has the new one already
    was told it by an attempt whose answer was lost: its record is not sent a second time.

    Args:
        known: what the portal has; its state is None where it does not tell.
        before: the state that was told last; none for the first.
        now: the state to be told.
    """
    if known is None:
        return Next.CREATE if before is None else Next.FORGOTTEN
    if known.status is None:
        return Next.RENEW
    if known.status is now:
        return Next.STORED
    # What a citizen has filed on the portal itself is there as 1 before anybody received it.
    expected = Status.NEW if before is None else before
    return Next.RENEW if known.status is expected else Next.FOREIGN


def promised_as_of(
    dossier: Dossier, supplements: Sequence[Supplement], moment: datetime
) -> datetime | None:
    """What had been promised by then: each answered supplement moves the promise."""
    for supplement in sorted(supplements, key=lambda one: one.number):
        if supplement.answered_at is None or supplement.answered_at > moment:
            return supplement.promised_before
    return dossier.promised_at


def ended_as_of(way: Sequence[Happening], index: int) -> datetime | None:
    """When processing had ended, in a state that it has ended in (9 before 10)."""
    if way[index].status not in ENDED:
        return None
    if way[index].status is Status.RETURNED:
        return next(one.at for one in reversed(way[:index]) if one.status is Status.RESOLVED)
    return way[index].at
