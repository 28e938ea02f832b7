"""What was read in the fields of forms: listed beside what the dossier says, decided by a person."""

from datetime import datetime

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Body, Call
from postal_bridge.documents.recognition import decide
from postal_bridge.documents.records import ExtractedField, FieldState
from postal_bridge.dossiers.records import Dossier
from postal_bridge.errors import Reason, Refusal, refuse

_OF_DOSSIER = {
    "identity": "applicant_identity",
    "name": "applicant_name",
    "phone": "applicant_phone",
    "code": "code",
}
"""Fields that the clerk has typed already, by their names in the form maps."""


class FieldOut(BaseModel):
    """A field; `differs` where the clerk typed something else in this dossier."""

    id: str
    page_id: str
    name: str
    value: str
    confidence: float
    box: list[int]
    state: FieldState
    differs: bool = False
    found_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_value: str | None = None


class FieldList(BaseModel):
    """All fields of a dossier, by name, the surest first."""

    fields: list[FieldOut]


class FieldDecision(Body):
    """What really stands there: the same value confirms, another one corrects, none rejects."""

    value: str | None = Field(default=None, min_length=1, max_length=400)


async def listed(call: Call[None]) -> FieldList | Refusal:
    """What was read; who looked is recorded."""
    code = call.path["code"]
    dossier = await call.work.dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    await note_look(call, subject=code, purpose="fields")
    found = await call.work.fields.of_dossier(code)
    return FieldList(fields=[_shown(one, dossier) for one in found])


async def settle(call: Call[FieldDecision]) -> FieldOut | Refusal:
    """Confirm, correct or reject a field."""
    code = call.path["code"]
    dossier = await call.work.dossiers.find(code)
    if dossier is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=code)
    field = await decide(
        call.work,
        code,
        call.path["id"],
        actor=call.actor,
        now=call.now,
        value=call.body.value,
    )
    return field if isinstance(field, Refusal) else _shown(field, dossier)


def _shown(field: ExtractedField, dossier: Dossier) -> FieldOut:
    typed = getattr(dossier, _OF_DOSSIER.get(field.name, ""), None)
    value = field.value if field.decided_value is None else field.decided_value
    return FieldOut(
        **field.model_dump(include=set(FieldOut.model_fields) - {"box", "differs"}),
        box=[field.left, field.top, field.width, field.height],
        differs=typed is not None and _plain(typed) != _plain(value),
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
