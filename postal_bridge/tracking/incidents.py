"""Incidents: short, surplus, seal broken, lost, found; open until somebody explains them."""

from collections.abc import Sequence
from uuid import UUID

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import CLOSED_STAGES, STAGE_NAMES, Act, Stage
from postal_bridge.outbox import ANNOUNCEMENT_TOPIC, INCIDENT_OPENED
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.records import Incident, IncidentKind, Position

_MISSING_KINDS = frozenset({IncidentKind.SHORT, IncidentKind.LOST})


async def open_incident(
    recorder: Recorder,
    kind: IncidentKind,
    code: str,
    *,
    place: str,
    handover: str | None = None,
    event_id: UUID | None = None,
    note: str | None = None,
) -> Incident:
    """Open an incident, once for the same trouble: the same minutes, event or moment."""
    occasion = handover or event_id or recorder.now.isoformat()
    incident = await recorder.work.incidents.open_once(
        Incident(
            id=str(recorder.identifiers.new(recorder.now)),
            key=f"{kind.value}:{code}:{occasion}"[:200],
            kind=kind,
            code=code[:60],
            handover=handover,
            place=place,
            opened_at=recorder.now,
            opened_by=recorder.actor.username,
            note=note,
        )
    )
    told = {
        "id": f"incident:{incident.id}",
        "type": INCIDENT_OPENED,
        "subject": incident.code,
        "at": incident.opened_at.isoformat(),
        "data": {"kind": incident.kind.value, "code": incident.code, "place": incident.place},
    }
    key = f"incident:{incident.id}"
    await recorder.work.outbox.put(ANNOUNCEMENT_TOPIC, key=key, payload=told)
    return incident


async def report_lost(
    recorder: Recorder, *, code: str, place: str, note: str | None
) -> Incident | Refusal:
    """Somebody misses an item: it is marked missing and stays with who had it last."""
    if not recorder.actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    held = await recorder.work.custody.hold([code])
    tracked = held.get(code)
    if tracked is None or tracked.position is None:
        return refuse(Reason.ITEM_UNKNOWN, "code", code=code)
    position = tracked.position
    if position.stage in CLOSED_STAGES:
        stage = STAGE_NAMES[position.stage][0]
        return refuse(Reason.ITEM_CLOSED, "code", code=code, stage=stage)
    already = [
        incident
        for incident in await recorder.work.incidents.about(code)
        if incident.kind in _MISSING_KINDS
    ]
    if position.stage is Stage.MISSING and already:
        return already[0]
    pouch = position.pouch if position.sealed else None
    facts = Circumstances(place=place, pouch=pouch, note=note)
    missed = (await recorder.record(tracked, Act.MISS, facts)).last_event_id
    return await open_incident(
        recorder, IncidentKind.LOST, code, place=place, event_id=missed, note=note
    )


async def miss_again(
    recorder: Recorder, position: Position, *, correction: UUID
) -> Incident | None:
    """Keep an incident open for an item that is missing once more.

    A scan that was corrected may have been what somebody closed the incident with.
    """
    if position.stage is not Stage.MISSING:
        return None
    for incident in await recorder.work.incidents.about(position.item_code):
        if incident.kind in _MISSING_KINDS:
            return incident
    return await open_incident(
        recorder,
        IncidentKind.LOST,
        position.item_code,
        place=position.place,
        event_id=correction,
        note="Lần quét thấy lại đã được đính chính.",
    )


async def report_found(
    recorder: Recorder, *, code: str, place: str, note: str | None
) -> Sequence[Incident] | Refusal:
    """A missing item has turned up: it lies on this desk now, and its incidents are closed."""
    work = recorder.work
    if not recorder.actor.works_at(place):
        return refuse(Reason.OTHER_PLACE, "place", place=place)
    if await work.catalogue.place(place) is None:
        return refuse(Reason.PLACE_UNKNOWN, "place", place=place)
    held = await work.custody.hold([code])
    tracked = held.get(code)
    if tracked is None or tracked.position is None:
        found = await open_incident(recorder, IncidentKind.FOUND, code, place=place, note=note)
        return [found]
    refusal = recorder.check(tracked, Act.FIND)
    if refusal is not None:
        return refusal
    await recorder.record(tracked, Act.FIND, Circumstances(place=place, note=note))
    closed = [i for i in await work.incidents.about(code) if i.kind is not IncidentKind.SURPLUS]
    for incident in closed:
        await _close(recorder, incident, note or "Đã tìm thấy.")
    return closed


async def close_incident(
    recorder: Recorder, *, incident_id: str, explanation: str
) -> Incident | Refusal:
    """Close an incident with an explanation; what is missing must be found or written off."""
    incident = await recorder.work.incidents.find(incident_id)
    if incident is None:
        return refuse(Reason.INCIDENT_UNKNOWN, "id", id=incident_id)
    if incident.closed_at is not None:
        return refuse(Reason.INCIDENT_CLOSED, "id", id=incident_id)
    tracked = await recorder.work.custody.find(incident.code)
    position = tracked.position if tracked else None
    misses = incident.kind in _MISSING_KINDS
    if misses and position is not None and position.stage is Stage.MISSING:
        return refuse(
            Reason.ACT_NOT_POSSIBLE,
            "id",
            code=incident.code,
            stage=STAGE_NAMES[Stage.MISSING][0],
            act="đóng sự cố",
        )
    return await _close(recorder, incident, explanation)


async def _close(recorder: Recorder, incident: Incident, explanation: str) -> Incident:
    incident.closed_at = recorder.now
    incident.closed_by = recorder.actor.username
    incident.explanation = explanation
    await recorder.work.incidents.put(incident)
    return incident
