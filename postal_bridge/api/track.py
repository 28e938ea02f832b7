"""The public look-up: code and the last four digits of the telephone; everything masked."""

from datetime import datetime

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.journey import STATUS_NAMES
from postal_bridge.logs import mask_name


class TrackQuery(BaseModel):
    """Proof that the asker knows the dossier."""

    phone: str = Field(pattern=r"^\d{4}$")


class Tracked(BaseModel):
    """What everybody with code and telephone may know."""

    code: str
    applicant: str
    procedure: str
    status: int
    status_name: str
    received_at: datetime
    promised_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None


async def look_up(call: Call[None]) -> Tracked | Refusal:
    """A dossier's progress. A wrong telephone and an unknown code get the same answer."""
    too_many = call.keeper.track(call.address)
    if too_many is not None:
        return too_many
    if not call.services.settings.security.public_lookup:
        return refuse(Reason.NOT_FOUND)
    code = call.path["code"]
    dossier = await call.work.dossiers.find(code)
    if dossier is None or not dossier.applicant_phone.endswith(call.asked(TrackQuery).phone):
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    procedure = await call.work.catalogue.procedure(dossier.procedure_code)
    return Tracked(
        code=dossier.code,
        applicant=mask_name(dossier.applicant_name),
        procedure=procedure.name if procedure else dossier.procedure_code,
        status=int(dossier.status),
        status_name=named(STATUS_NAMES[dossier.status], call.language),
        received_at=dossier.received_at,
        promised_at=dossier.promised_at,
        resolved_at=dossier.resolved_at,
        returned_at=dossier.returned_at,
    )
