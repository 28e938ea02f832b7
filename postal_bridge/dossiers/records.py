"""The records of a dossier; tables in storage/ and shapes in api/ derive from these."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from postal_bridge.journey import Direction, ItemKind, Status
from postal_bridge.worktime import LimitUnit

CODE_LENGTH = 60
NAME_LENGTH = 400
TEXT_LENGTH = 4000


class Place(SQLModel):
    """A place where papers can lie: centre, desk, department, other body, post office.

    Attributes:
        parent: the place that this one is part of, such as the centre for a desk.
        department: whose desk it is, for desks of departments at the centre.
        agency: the agency part of the dossier codes that are given out here.
    """

    code: str = Field(max_length=CODE_LENGTH)
    name: str = Field(max_length=NAME_LENGTH)
    kind: str = Field(max_length=20)
    parent: str | None = Field(default=None, max_length=CODE_LENGTH)
    department: str | None = Field(default=None, max_length=CODE_LENGTH)
    agency: str | None = Field(default=None, max_length=CODE_LENGTH)
    address: str | None = Field(default=None, max_length=NAME_LENGTH)
    ward: str | None = Field(default=None, max_length=NAME_LENGTH)
    latitude: float | None = None
    longitude: float | None = None


class Procedure(SQLModel):
    """An administrative procedure with its time limit.

    Attributes:
        department: code of the place that decides.
        late_cutoff: whether reception after the cut-off counts from the next working day
            (stated procedure by procedure on the national portal).
        fee_vnd: the plain fee in đồng, where there is one.
    """

    code: str = Field(max_length=CODE_LENGTH)
    name: str = Field(max_length=TEXT_LENGTH)
    field: str = Field(default="", max_length=NAME_LENGTH)
    department: str = Field(max_length=CODE_LENGTH)
    time_limit_value: int = Field(ge=0)
    time_limit_unit: LimitUnit = LimitUnit.WORKING_DAY
    late_cutoff: bool = False
    fee_vnd: int | None = Field(default=None, ge=0)


class ProcedurePaper(SQLModel):
    """One paper of a procedure's published list."""

    procedure_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    paper_name: str = Field(max_length=TEXT_LENGTH)
    originals: int = Field(default=1, ge=0)
    copies: int = Field(default=0, ge=0)
    form_code: str | None = Field(default=None, max_length=CODE_LENGTH)


class Dossier(SQLModel):
    """A citizen's case.

    Attributes:
        status: national number 1..10.
        channel: 1 direct, 2 online, 3 postal.
        return_mode: 0 at the desk, 1 by post.
        received_at: the clerk's reception.
        filed_at: the filing time in law: acceptance of the handover minutes between post and
            agency (Decision 45/2016/QĐ-TTg); kept apart from the clerk's.
        promised_at: the end of the time limit, moved by the pauses of supplements.
        paused_at: since when the limit stands still, while a supplement is awaited.
        decided_at: when the department issued the result, or stopped.
        resolved_at: when the result was at the one-stop desk (status 9).
        returned_at: when the citizen had it (status 10).
    """

    code: str = Field(max_length=CODE_LENGTH)
    procedure_code: str = Field(max_length=CODE_LENGTH)
    department: str = Field(max_length=CODE_LENGTH)
    applicant_name: str = Field(max_length=NAME_LENGTH)
    applicant_identity: str = Field(max_length=20)
    applicant_phone: str = Field(max_length=20)
    applicant_address: str = Field(max_length=NAME_LENGTH)
    applicant_ward: str | None = Field(default=None, max_length=NAME_LENGTH)
    channel: int = Field(ge=1, le=3)
    return_mode: int = Field(ge=0, le=1)
    status: Status
    received_at: datetime
    received_by: str = Field(max_length=CODE_LENGTH)
    received_place: str = Field(max_length=CODE_LENGTH)
    promised_at: datetime | None = None
    filed_at: datetime | None = None
    paused_at: datetime | None = None
    decided_at: datetime | None = None
    resolved_at: datetime | None = None
    returned_at: datetime | None = None
    refusal: str | None = Field(default=None, max_length=TEXT_LENGTH)


class ChecklistLine(SQLModel):
    """One line of the clerk's checklist: what the list asks for and what was handed in."""

    dossier_code: str = Field(max_length=CODE_LENGTH)
    position: int = Field(ge=1)
    paper_name: str = Field(max_length=TEXT_LENGTH)
    originals_wanted: int = Field(ge=0)
    copies_wanted: int = Field(ge=0)
    originals_given: int = Field(ge=0)
    copies_given: int = Field(ge=0)
    pages: int = Field(ge=0)


class Item(SQLModel):
    """What travels: one barcode, one kind, one direction."""

    code: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    kind: ItemKind
    direction: Direction
    label: str = Field(max_length=NAME_LENGTH)
    department: str = Field(max_length=CODE_LENGTH)
    created_at: datetime


class Supplement(SQLModel):
    """A request for missing papers; while it is open the time limit stands still."""

    dossier_code: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    reason: str = Field(max_length=TEXT_LENGTH)
    papers: str = Field(max_length=TEXT_LENGTH)
    requested_at: datetime
    requested_by: str = Field(max_length=CODE_LENGTH)
    promised_before: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = Field(default=None, max_length=CODE_LENGTH)


class Postponement(SQLModel):
    """An apology with a new day for the result; what was promised before still counts as late.

    Attributes:
        promised_before: the day that the citizen had been told until then.
    """

    dossier_code: str = Field(max_length=CODE_LENGTH)
    number: int = Field(ge=1)
    reason: str = Field(max_length=TEXT_LENGTH)
    promised_before: datetime
    promised_at: datetime
    postponed_at: datetime
    postponed_by: str = Field(max_length=CODE_LENGTH)


class FeeKind(StrEnum):
    """Phí or lệ phí; receipts split them."""

    FEE = "fee"
    CHARGE = "charge"


class FeeReceipt(SQLModel):
    """Money taken, or an exemption granted, for a dossier.

    Attributes:
        number: receipt number; none for an exemption, since no receipt is written.
        amount_vnd: whole đồng; 0 for an exemption.
        exemption_basis: the legal basis; present exactly when the citizen was exempted.
    """

    id: str = Field(max_length=CODE_LENGTH)
    dossier_code: str = Field(max_length=CODE_LENGTH)
    number: str | None = Field(default=None, max_length=CODE_LENGTH)
    kind: FeeKind
    amount_vnd: int = Field(ge=0)
    exemption_basis: str | None = Field(default=None, max_length=NAME_LENGTH)
    collected_at: datetime
    collected_by: str = Field(max_length=CODE_LENGTH)
    collected_place: str = Field(max_length=CODE_LENGTH)
