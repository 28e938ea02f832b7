"""Incidents: reported, listed, closed with an explanation."""

from enum import StrEnum

from pydantic import BaseModel, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Refusal
from postal_bridge.tracking.incidents import close_incident, report_found, report_lost
from postal_bridge.tracking.records import Incident


class Report(StrEnum):
    """What somebody reports by hand; the other kinds open by themselves at a handover."""

    LOST = "lost"
    FOUND = "found"


class NewIncident(Body):
    """A paper is missed, or has turned up."""

    kind: Report
    code: str = Field(min_length=1, max_length=60)
    place: str = Field(min_length=1, max_length=60)
    note: str | None = Field(default=None, max_length=4000)


class Explanation(Body):
    """Why it can be closed."""

    explanation: str = Field(min_length=3, max_length=4000)


class IncidentQuery(BaseModel):
    """Open ones only, unless asked otherwise."""

    open_only: bool = True
    limit: int = Field(default=50, ge=1, le=500)


class Incidents(BaseModel):
    """Incidents, newest first."""

    incidents: list[Incident]


async def report(call: Call[NewIncident]) -> Incidents | Refusal:
    """Report a paper lost or found."""
    body, recorder = call.body, recorder_of(call)
    if body.kind is Report.LOST:
        lost = await report_lost(recorder, code=body.code, place=body.place, note=body.note)
        return lost if isinstance(lost, Refusal) else Incidents(incidents=[lost])
    found = await report_found(recorder, code=body.code, place=body.place, note=body.note)
    return found if isinstance(found, Refusal) else Incidents(incidents=list(found))


async def listed(call: Call[None]) -> Incidents:
    """The list."""
    asked = call.asked(IncidentQuery)
    found = await call.work.incidents.listed(open_only=asked.open_only, limit=asked.limit)
    return Incidents(incidents=list(found))


async def close(call: Call[Explanation]) -> Incident | Refusal:
    """Close an incident."""
    return await close_incident(
        recorder_of(call), incident_id=call.path["id"], explanation=call.body.explanation
    )
