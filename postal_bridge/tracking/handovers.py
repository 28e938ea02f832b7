"""Handovers: minutes with two signatures and two counts.

The giver offers, the receiver counts and accepts. If the counts agree the papers change hands.
If they differ nothing happens until the receiver has named the codes in hand and confirmed the
difference; then both counts stay in the minutes, what is short stays with the giver, and an
incident is open for each missing or surplus paper. Under Decision 45/2016/QĐ-TTg the acceptance
of the minutes between post and agency is the filing time in law.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from postal_bridge.clock import format_local, local_day
from postal_bridge.codes import make_handover_number
from postal_bridge.dossiers.ports import day_series
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Role
from postal_bridge.journey import STAGE_NAMES, SUPERVISORS, Act, Stage, move_for
from postal_bridge.tracking.acts import Circumstances, Recorder, refused_role
from postal_bridge.tracking.incidents import open_incident
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.pouch_legs import close_legs, may_sign_for_carrier
from postal_bridge.tracking.pouches import mark_opened
from postal_bridge.tracking.records import (
    POUCH_STATE_NAMES,
    Handover,
    HandoverLine,
    HandoverState,
    IncidentKind,
    Pouch,
    PouchState,
)

PRESENT, SHORT, SURPLUS = "present", "short", "surplus"
_READY = frozenset({Stage.DIGITISED, Stage.ISSUED, Stage.POUCH, Stage.TRANSFER, Stage.COUNTER})


@dataclass(frozen=True)
class Offer:
    """What the giver offers.

    Attributes:
        receiver: user name of a courier, or code of the desk that takes the papers.
        count: items, as the giver counted them.
    """

    place: str
    receiver: str
    pouches: Sequence[str] = ()
    items: Sequence[str] = ()
    count: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class Acceptance:
    """What the receiver found.

    Attributes:
        count: items, as the receiver counted them.
        items: the codes in hand; needed when the count differs.
        confirm_difference: the receiver's word that the counts do differ.
    """

    count: int
    items: Sequence[str] | None = None
    confirm_difference: bool = False
    seals_intact: bool = True
    note: str | None = None


@dataclass
class Counted:
    """What the receiver's codes come to, held against the minutes."""

    present: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)


async def offer_handover(recorder: Recorder, offer: Offer, *, province: str) -> Handover | Refusal:
    """Minutes with the giver's signature and count; the papers stay where they are."""
    work, actor = recorder.work, recorder.actor
    if not actor.works_at(offer.place):
        return refuse(Reason.OTHER_PLACE, "place", place=offer.place)
    if await work.catalogue.place(offer.place) is None:
        return refuse(Reason.PLACE_UNKNOWN, "place", place=offer.place)
    origins = await _offered_items(recorder, offer)
    if isinstance(origins, Refusal):
        return origins
    if not origins:
        return refuse(Reason.HANDOVER_EMPTY, "items")
    held = await work.custody.hold(origins)
    carrier = await _signed_for(recorder, offer, held, origins)
    refusal = await _cannot_give(recorder, held, origins, carrier=carrier)
    if refusal is not None:
        return refusal
    if offer.count is not None and offer.count != len(origins):
        return refuse(
            Reason.COUNT_CONTRADICTS_CODES, "count", counted=offer.count, listed=len(origins)
        )
    place = await work.catalogue.place(offer.receiver)
    day = local_day(recorder.now)
    serial = await work.counters.next(day_series("handover", day))
    handover = Handover(
        number=make_handover_number(province, day, serial),
        place=offer.place,
        giver=carrier or actor.username,
        receiver=offer.receiver,
        receiver_place=place.code if place else None,
        given_count=len(origins),
        given_at=recorder.now,
        note=offer.note,
    )
    await work.handovers.put(handover)
    await work.handovers.add_lines(
        HandoverLine(number=handover.number, item_code=code, pouch=origins[code])
        for code in sorted(origins)
    )
    return handover


async def _offered_items(recorder: Recorder, offer: Offer) -> dict[str, str | None] | Refusal:
    work = recorder.work
    origins: dict[str, str | None] = dict.fromkeys(offer.items)
    for code in sorted(set(offer.pouches)):
        pouch = await work.pouches.hold(code)
        if pouch is None:
            return refuse(Reason.POUCH_UNKNOWN, "pouches", code=code)
        if pouch.state is not PouchState.SEALED:
            state = POUCH_STATE_NAMES[pouch.state][0]
            return refuse(Reason.POUCH_NOT_SEALED, "pouches", code=code, state=state)
        origins |= dict.fromkeys(await work.pouches.contents(code), code)
    return origins


async def _signed_for(
    recorder: Recorder,
    offer: Offer,
    held: Mapping[str, Tracked],
    origins: Mapping[str, str | None],
) -> str | None:
    """The carrier for which the receiving desk signs, as a carrier signs nothing here itself."""
    if offer.receiver != offer.place:
        return None
    carriers = set()
    for code, pouch in origins.items():
        position = held[code].position if code in held else None
        if position is None or not await may_sign_for_carrier(
            recorder.work, pouch=pouch, position=position, place=offer.place
        ):
            return None
        carriers.add(position.custodian)
    return carriers.pop() if len(carriers) == 1 else None


async def _cannot_give(
    recorder: Recorder,
    held: Mapping[str, Tracked],
    origins: Mapping[str, str | None],
    *,
    carrier: str | None,
) -> Refusal | None:
    """Why these items are not the giver's to give; `carrier` is whom the actor signs for."""
    actor = recorder.actor
    for code, pouch in origins.items():
        tracked = held.get(code)
        if tracked is None or tracked.position is None:
            return refuse(Reason.ITEM_UNKNOWN, "items", code=code)
        position = tracked.position
        if position.stage not in _READY:
            stage = STAGE_NAMES[position.stage][0]
            return refuse(Reason.ACT_NOT_POSSIBLE, "items", code=code, stage=stage, act="bàn giao")
        if position.sealed and pouch is None:
            return refuse(Reason.ITEM_IN_POUCH, "items", code=code, holder=position.holder)
        bearer = position.custodian
        # A courier calls at many desks but gives only what is in the courier's own hands.
        theirs = actor.role is not Role.COURIER and actor.works_at(bearer)
        if bearer not in {actor.username, carrier} and not theirs:
            return refuse(Reason.ITEM_HELD_ELSEWHERE, "items", code=code, holder=bearer)
    waiting = await recorder.work.handovers.offered_with(origins)
    for code, number in waiting.items():
        return refuse(Reason.HANDOVER_PENDING, "items", code=code, number=number)
    return None


async def accept_handover(
    recorder: Recorder, number: str, acceptance: Acceptance
) -> Handover | Refusal:
    """The receiver's signature and count; the papers change hands."""
    work = recorder.work
    handover = await work.handovers.hold(number)
    if handover is None:
        return refuse(Reason.HANDOVER_UNKNOWN, "number", number=number)
    if handover.state is not HandoverState.OFFERED:
        return _closed(handover)
    if not _may_receive(recorder, handover):
        return refuse(Reason.NOT_THE_RECEIVER, "number", receiver=handover.receiver)
    lines = await work.handovers.lines(number)
    counted = _count(lines, acceptance)
    if isinstance(counted, Refusal):
        return counted
    # Pouches before their items, as everywhere: so nobody waits for each other.
    codes = sorted({line.pouch for line in lines if line.pouch})
    pouches = [await work.pouches.hold(code) for code in codes]
    refusal = await _take(recorder, handover, lines, counted=counted)
    if refusal is not None:
        return refusal
    await _settle_pouches(recorder, handover, pouches, seals_intact=acceptance.seals_intact)
    handover.state = HandoverState.ACCEPTED
    handover.accepted_count = acceptance.count
    handover.accepted_at = recorder.now
    handover.seals_intact = acceptance.seals_intact
    handover.note = acceptance.note or handover.note
    await work.handovers.put(handover)
    if handover.receiver_place is not None:
        await close_legs(recorder, codes)
    await work.handovers.set_outcomes(
        number, dict.fromkeys(counted.present, PRESENT) | dict.fromkeys(counted.short, SHORT)
    )
    return handover


async def withdraw_handover(recorder: Recorder, number: str, *, note: str) -> Handover | Refusal:
    """The giver takes an offer back, with a reason; the papers are free for other minutes."""
    handover = await recorder.work.handovers.hold(number)
    if handover is None:
        return refuse(Reason.HANDOVER_UNKNOWN, "number", number=number)
    if handover.state is not HandoverState.OFFERED:
        return _closed(handover)
    actor = recorder.actor
    if actor.username != handover.giver and actor.role not in SUPERVISORS:
        return refuse(Reason.NOT_THE_GIVER, "number", giver=handover.giver)
    handover.state = HandoverState.WITHDRAWN
    handover.note = note
    await recorder.work.handovers.put(handover)
    return handover


def _closed(handover: Handover) -> Refusal:
    if handover.state is HandoverState.WITHDRAWN:
        return refuse(Reason.HANDOVER_WITHDRAWN, "number", number=handover.number)
    when = format_local(handover.accepted_at) if handover.accepted_at else "–"
    return refuse(Reason.HANDOVER_CLOSED, "number", number=handover.number, accepted_at=when)


def _may_receive(recorder: Recorder, handover: Handover) -> bool:
    if handover.receiver_place is None:
        return recorder.actor.username == handover.receiver
    return recorder.actor.works_at(handover.receiver_place)


def _count(lines: Sequence[HandoverLine], acceptance: Acceptance) -> Counted | Refusal:
    """Hold the receiver's count and codes against the minutes."""
    given = [line.item_code for line in lines]
    if acceptance.items is None:
        if acceptance.count == len(given):
            return Counted(present=given)
        return refuse(Reason.COUNT_DIFFERS, "count", given=len(given), counted=acceptance.count)
    listed = list(dict.fromkeys(acceptance.items))
    if acceptance.count != len(listed):
        return refuse(
            Reason.COUNT_CONTRADICTS_CODES, "count", counted=acceptance.count, listed=len(listed)
        )
    counted = Counted(
        present=[code for code in given if code in set(listed)],
        short=[code for code in given if code not in set(listed)],
        surplus=[code for code in listed if code not in set(given)],
    )
    if (counted.short or counted.surplus) and not acceptance.confirm_difference:
        return refuse(Reason.COUNT_DIFFERS, "count", given=len(given), counted=acceptance.count)
    return counted


async def _take(
    recorder: Recorder, handover: Handover, lines: Sequence[HandoverLine], *, counted: Counted
) -> Refusal | None:
    """What is there changes hands; what is short or surplus opens its incident."""
    codes = [*(line.item_code for line in lines), *counted.surplus]
    held = await recorder.work.custody.hold(codes)
    pouch_of = {line.item_code: line.pouch for line in lines}
    moment = recorder.moment_of_all(held[code] for code in counted.present)
    for code in counted.present:
        refusal = await _take_one(
            recorder, handover, held[code], pouch=pouch_of[code], moment=moment
        )
        if refusal is not None:
            return refusal
    for code in counted.short:
        facts = Circumstances(place=handover.place, pouch=pouch_of[code], handover=handover.number)
        await recorder.record(held[code], Act.MISS, facts)
        await open_incident(
            recorder, IncidentKind.SHORT, code, place=handover.place, handover=handover.number
        )
    for code in counted.surplus:
        tracked = held.get(code)
        if tracked is not None and tracked.position is not None:
            tracked = await _taken_out(recorder, handover, tracked)
            refusal = await _take_one(recorder, handover, tracked)
            if refusal is not None:
                return refusal
        await open_incident(
            recorder, IncidentKind.SURPLUS, code, place=handover.place, handover=handover.number
        )
    return None


async def _taken_out(recorder: Recorder, handover: Handover, tracked: Tracked) -> Tracked:
    """The surplus paper by itself: in somebody's hand, it lies in no sealed pouch any more.

    Else it would travel as part of a pouch that stayed where it was.
    """
    position = tracked.position
    if position is None or not position.sealed:
        return tracked
    facts = Circumstances(place=handover.place, pouch=position.pouch, handover=handover.number)
    return Tracked(tracked.item, await recorder.record(tracked, Act.UNPACK, facts))


async def _take_one(
    recorder: Recorder,
    handover: Handover,
    tracked: Tracked,
    *,
    pouch: str | None = None,
    moment: datetime | None = None,
) -> Refusal | None:
    """One item changes hands: to the courier's, or onto the receiving desk."""
    to_desk = handover.receiver_place is not None
    act = Act.ACCEPT if to_desk else Act.LOAD
    move = move_for(tracked.item.kind, act)
    if move is None or recorder.actor.role not in move.roles:
        return refused_role(recorder.actor, move) if move else recorder.check(tracked, act)
    facts = Circumstances(
        place=handover.receiver_place or handover.place,
        occurred_at=moment,
        pouch=pouch,
        handover=handover.number,
        custodian=handover.receiver if to_desk else recorder.actor.username,
    )
    await recorder.record(tracked, act, facts)
    return None


async def _settle_pouches(
    recorder: Recorder,
    handover: Handover,
    pouches: Sequence[Pouch | None],
    *,
    seals_intact: bool,
) -> None:
    """A desk opens the pouches to count; a broken seal is an incident whoever receives."""
    for pouch in filter(None, pouches):
        if handover.receiver_place is not None:
            await mark_opened(recorder, pouch)
        if not seals_intact:
            await open_incident(
                recorder,
                IncidentKind.SEAL_BROKEN,
                pouch.code,
                place=handover.place,
                handover=handover.number,
            )
