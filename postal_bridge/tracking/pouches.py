"""Pouches: packed, sealed with a manifest, opened; used once."""

import hashlib
from collections.abc import Sequence

from postal_bridge.clock import format_local, local_day
from postal_bridge.codes import make_pouch_code, parse_seal_code
from postal_bridge.dossiers.ports import day_series
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import Act
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import (
    POUCH_STATE_NAMES,
    ManifestLine,
    Pouch,
    PouchState,
)


async def make_pouch(
    recorder: Recorder, *, origin: str, destination: str, items: Sequence[str]
) -> Pouch | Refusal:
    """A new pouch with its number, and what is put in at once.

    All or nothing: one item that cannot be packed, and there is no pouch.
    """
    work = recorder.work
    for field, code in (("origin", origin), ("destination", destination)):
        if await work.catalogue.place(code) is None:
            return refuse(Reason.PLACE_UNKNOWN, field, place=code)
    if not recorder.actor.works_at(origin):
        return refuse(Reason.OTHER_PLACE, "origin", place=origin)
    day = local_day(recorder.now)
    serial = await work.counters.next(day_series("pouch", day))
    pouch = Pouch(
        code=make_pouch_code(day, serial),
        origin=origin,
        destination=destination,
        created_at=recorder.now,
        created_by=recorder.actor.username,
    )
    await work.pouches.put(pouch)
    packed = await pack(recorder, pouch, items)
    return packed or pouch


async def pack(recorder: Recorder, pouch: Pouch, items: Sequence[str]) -> Refusal | None:
    """Put items into an open pouch; the refusal of the first one that cannot be packed."""
    if pouch.state is not PouchState.OPEN:
        return not_open(pouch)
    held = await recorder.work.custody.hold(items)
    waiting = await recorder.work.handovers.offered_with(items)
    for code in dict.fromkeys(items):
        tracked = held.get(code)
        if tracked is None:
            return refuse(Reason.ITEM_UNKNOWN, "items", code=code)
        if code in waiting:
            return refuse(Reason.HANDOVER_PENDING, "items", code=code, number=waiting[code])
        refusal = recorder.check(tracked, Act.PACK) or _elsewhere(tracked, pouch.origin)
        if refusal is not None:
            return refusal
        facts = Circumstances(place=pouch.origin, pouch=pouch.code)
        await recorder.record(tracked, Act.PACK, facts)
    return None


async def seal_pouch(recorder: Recorder, *, code: str, seal: str) -> Pouch | Refusal:
    """Close a pouch for good: contents are frozen in the manifest, the pouch becomes holder."""
    work = recorder.work
    pouch = await work.pouches.hold(code)
    if pouch is None:
        return refuse(Reason.POUCH_UNKNOWN, "code", code=code)
    if not recorder.actor.works_at(pouch.origin):
        return refuse(Reason.OTHER_PLACE, "code", place=pouch.origin)
    if pouch.state is not PouchState.OPEN:
        return not_open(pouch)
    number = parse_seal_code(seal)
    if isinstance(number, Refusal):
        return refuse(Reason.CODE_MALFORMED, "seal", code=seal, what="niêm phong")
    other = await work.pouches.with_seal(number.text)
    if other is not None:
        return refuse(Reason.SEAL_USED, "seal", seal=number.text, code=other.code)
    held = await _held_contents(recorder, code)
    contents = list(held)
    if not contents:
        return refuse(Reason.POUCH_EMPTY, "code", code=code)
    pouch.state = PouchState.SEALED
    pouch.seal = number.text
    pouch.sealed_at = recorder.now
    pouch.sealed_by = recorder.actor.username
    pouch.manifest_hash = manifest_hash(code, contents)
    await work.pouches.put(pouch)
    await work.pouches.write_manifest(
        ManifestLine(pouch_code=code, position=position, item_code=item)
        for position, item in enumerate(contents, start=1)
    )
    moment = recorder.moment_of_all(held.values())
    for item in contents:
        facts = Circumstances(place=pouch.origin, pouch=code, occurred_at=moment)
        await recorder.record(held[item], Act.SEAL, facts)
    return pouch


async def open_pouch(
    recorder: Recorder, *, code: str, place: str, note: str | None
) -> Pouch | Refusal:
    """Open a sealed pouch outside a handover, with a reason; its contents lie on the desk."""
    work = recorder.work
    pouch = await work.pouches.hold(code)
    if pouch is None:
        return refuse(Reason.POUCH_UNKNOWN, "code", code=code)
    if pouch.state is PouchState.OPEN:
        state = POUCH_STATE_NAMES[pouch.state][0]
        return refuse(Reason.POUCH_NOT_SEALED, "code", code=code, state=state)
    if pouch.state is PouchState.OPENED:
        return refuse(Reason.POUCH_OPENED, "code", code=code)
    if not recorder.actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    held = await _held_contents(recorder, code)
    waiting = await work.handovers.offered_with(held)
    if waiting:
        number = next(iter(waiting.values()))
        return refuse(Reason.HANDOVER_PENDING, "code", code=code, number=number)
    for item in held:
        facts = Circumstances(place=place, pouch=code, note=note)
        await recorder.record(held[item], Act.UNPACK, facts)
    return await mark_opened(recorder, pouch)


async def _held_contents(recorder: Recorder, code: str) -> dict[str, Tracked]:
    """What lies in the pouch, in order: also once nobody else can take any of it out."""
    held = await recorder.work.custody.hold(await recorder.work.pouches.contents(code))
    return {
        item: held[item]
        for item in sorted(held)
        if (position := held[item].position) is not None and position.pouch == code
    }


async def mark_opened(recorder: Recorder, pouch: Pouch) -> Pouch:
    """Note that a pouch has been opened; it is not used again."""
    pouch.state = PouchState.OPENED
    pouch.opened_at = recorder.now
    pouch.opened_by = recorder.actor.username
    await recorder.work.pouches.put(pouch)
    return pouch


def not_open(pouch: Pouch) -> Refusal:
    """Why nothing can be put into this pouch, or sealed again."""
    if pouch.state is PouchState.OPENED:
        return refuse(Reason.POUCH_OPENED, "code", code=pouch.code)
    when = format_local(pouch.sealed_at) if pouch.sealed_at else "–"
    return refuse(
        Reason.POUCH_SEALED, "code", code=pouch.code, seal=pouch.seal or "–", sealed_at=when
    )


def manifest_hash(code: str, contents: Sequence[str]) -> str:
    """What the manifest's printed check stands for: SHA-256 over pouch and contents."""
    return hashlib.sha256("\n".join((code, *contents)).encode()).hexdigest()


def _elsewhere(tracked: Tracked, place: str) -> Refusal | None:
    position = tracked.position
    if position is None or position.place == place:
        return None
    return refuse(
        Reason.ITEM_HELD_ELSEWHERE, "items", code=tracked.item.code, holder=position.holder
    )
