"""The tables: each derives from the record in the room that owns it, and adds only its keys.

Every key of a province's own data leads with the province, so that a cluster, or one database
per province, can divide it without a change in the code.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from postal_bridge.documents.records import Document
from postal_bridge.dossiers.records import (
    ChecklistLine,
    Dossier,
    FeeReceipt,
    Item,
    Place,
    Procedure,
    ProcedurePaper,
    Supplement,
)
from postal_bridge.inbound import AnsweredRequest, Look, RefusedRequest, SignIn, Staff
from postal_bridge.outbox import Message
from postal_bridge.reconciliation.records import Discrepancy, Night
from postal_bridge.storage.types import adopt
from postal_bridge.tracking.records import (
    Consignment,
    CustodyEvent,
    Handover,
    HandoverLine,
    Incident,
    LedgerDay,
    ManifestLine,
    Position,
    Pouch,
    RefusedScan,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata = SQLModel.metadata

_PROVINCE = 10
_LONG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts up by itself there


def _province() -> str:
    return Field(primary_key=True, max_length=_PROVINCE)  # type: ignore[no-any-return]


class PlaceRow(Place, table=True):
    """Places of a province."""

    __tablename__ = "place"
    province: str = _province()
    code: str = Field(primary_key=True, max_length=60)


class ProcedureRow(Procedure, table=True):
    """The catalogue of procedures."""

    __tablename__ = "procedure"
    province: str = _province()
    code: str = Field(primary_key=True, max_length=60)


class ProcedurePaperRow(ProcedurePaper, table=True):
    """The papers of procedures."""

    __tablename__ = "procedure_paper"
    province: str = _province()
    procedure_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class DossierRow(Dossier, table=True):
    """Dossiers; the list of a department's open ones is the commonest question."""

    __tablename__ = "dossier"
    __table_args__ = (
        Index(None, "province", "department", "status"),
        Index(None, "province", "received_at"),
    )
    province: str = _province()
    code: str = Field(primary_key=True, max_length=60)


class ChecklistRow(ChecklistLine, table=True):
    """Checklists as filled in at the counter."""

    __tablename__ = "checklist_line"
    province: str = _province()
    dossier_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class ItemRow(Item, table=True):
    """Items with their barcodes."""

    __tablename__ = "item"
    __table_args__ = (Index(None, "province", "dossier_code"),)
    province: str = _province()
    code: str = Field(primary_key=True, max_length=60)


class SupplementRow(Supplement, table=True):
    """Supplement requests."""

    __tablename__ = "supplement"
    province: str = _province()
    dossier_code: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class FeeReceiptRow(FeeReceipt, table=True):
    """Receipts and exemptions."""

    __tablename__ = "fee_receipt"
    __table_args__ = (
        Index(None, "province", "dossier_code"),
        UniqueConstraint("province", "number"),
    )
    province: str = _province()
    id: str = Field(primary_key=True, max_length=60)


class DocumentRow(Document, table=True):
    """Registered files."""

    __tablename__ = "document"
    __table_args__ = (Index(None, "province", "dossier_code"),)
    province: str = _province()
    id: str = Field(primary_key=True, max_length=60)


class CustodyEventRow(CustodyEvent, table=True):
    """The ledger: `entry` numbers all events in the order of recording.

    `written_in` is the number of the database's transaction that wrote the event (PostgreSQL; none
    on SQLite, whose one writer commits in the order of entries): whoever follows the ledger goes
    by it, because a lower entry may be committed after a higher one.
    """

    __tablename__ = "custody_event"
    __table_args__ = (
        UniqueConstraint("province", "item_code", "seq"),
        UniqueConstraint("province", "event_id", "item_code"),
        Index(None, "province", "recorded_at"),
        {"sqlite_autoincrement": True},
    )
    entry: int | None = Field(default=None, primary_key=True, sa_type=_LONG)
    province: str = Field(max_length=_PROVINCE)
    written_in: int | None = Field(default=None, sa_type=_LONG)


class PositionRow(Position, table=True):
    """Where every item is: the fold, kept."""

    __tablename__ = "position"
    __table_args__ = (
        Index(None, "province", "pouch"),
        Index(None, "province", "direction", "stage", "department", "since"),
    )
    province: str = _province()
    item_code: str = Field(primary_key=True, max_length=60)


class PouchRow(Pouch, table=True):
    """Pouches; a seal is used once."""

    __tablename__ = "pouch"
    __table_args__ = (UniqueConstraint("province", "seal"),)
    province: str = _province()
    code: str = Field(primary_key=True, max_length=60)


class ManifestRow(ManifestLine, table=True):
    """What was in a pouch when it was sealed."""

    __tablename__ = "manifest_line"
    province: str = _province()
    pouch_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class HandoverRow(Handover, table=True):
    """Minutes of handovers."""

    __tablename__ = "handover"
    province: str = _province()
    number: str = Field(primary_key=True, max_length=60)


class HandoverLineRow(HandoverLine, table=True):
    """Lines of the minutes."""

    __tablename__ = "handover_line"
    __table_args__ = (Index(None, "province", "item_code"),)
    province: str = _province()
    number: str = Field(primary_key=True, max_length=60)
    item_code: str = Field(primary_key=True, max_length=60)


class ConsignmentRow(Consignment, table=True):
    """Consignments."""

    __tablename__ = "consignment"
    __table_args__ = (Index(None, "province", "item_code"),)
    province: str = _province()
    number: str = Field(primary_key=True, max_length=60)


class IncidentRow(Incident, table=True):
    """Incidents; one per trouble."""

    __tablename__ = "incident"
    __table_args__ = (UniqueConstraint("province", "key"), Index(None, "province", "code"))
    province: str = _province()
    id: str = Field(primary_key=True, max_length=60)


class RefusedScanRow(RefusedScan, table=True):
    """Scans that were not taken, kept for a supervisor."""

    __tablename__ = "refused_scan"
    province: str = _province()
    scan_id: UUID = Field(primary_key=True)


class LedgerDayRow(LedgerDay, table=True):
    """Sealed days of the ledger."""

    __tablename__ = "ledger_day"
    province: str = _province()
    day: date = Field(primary_key=True)


class NightRow(Night, table=True):
    """Nights."""

    __tablename__ = "night"
    province: str = _province()
    day: date = Field(primary_key=True)


class DiscrepancyRow(Discrepancy, table=True):
    """Cases; one per difference."""

    __tablename__ = "discrepancy"
    __table_args__ = (
        UniqueConstraint("province", "kind", "dossier_code"),
        Index(None, "province", "closed_on"),
    )
    province: str = _province()
    id: str = Field(primary_key=True, max_length=60)


class StaffRow(Staff, table=True):
    """Staff."""

    __tablename__ = "staff"
    username: str = Field(primary_key=True, max_length=60)


class SignInRow(SignIn, table=True):
    """Sessions."""

    __tablename__ = "sign_in"
    id: str = Field(primary_key=True, max_length=60)
    token_hash: str = Field(max_length=64, unique=True)


class AnsweredRequestRow(AnsweredRequest, table=True):
    """Answers to creating requests, by idempotency key."""

    __tablename__ = "answered_request"
    username: str = Field(primary_key=True, max_length=60)
    key: str = Field(primary_key=True, max_length=200)


class RefusedRequestRow(RefusedRequest, table=True):
    """Requests that were not taken."""

    __tablename__ = "refused_request"
    id: str = Field(primary_key=True, max_length=60)


class LookRow(Look, table=True):
    """Looks at personal data."""

    __tablename__ = "look"
    id: str = Field(primary_key=True, max_length=60)


class QueueRow(Message):
    """What both queues have in common: the claim and its lease."""

    id: int | None = Field(default=None, primary_key=True, sa_type=_LONG)
    created_at: datetime
    not_before: datetime
    attempts: int = 0
    owner: str | None = Field(default=None, max_length=80)
    held_until: datetime | None = None
    done_at: datetime | None = None
    error: str | None = Field(default=None, max_length=4000)


class OutboxRow(QueueRow, table=True):
    """What must be told to somebody outside."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("topic", "key"),
        Index(None, "done_at", "not_before"),
    )


class InboxRow(QueueRow, table=True):
    """What somebody outside told us, raw, until it is applied."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("topic", "key"),
        Index(None, "done_at", "not_before"),
    )


class JobRunRow(SQLModel, table=True):
    """Claims of scheduled work: one row per job and slot."""

    __tablename__ = "job_run"
    job: str = Field(primary_key=True, max_length=60)
    slot: str = Field(primary_key=True, max_length=60)
    owner: str = Field(max_length=80)
    held_until: datetime
    done_at: datetime | None = None


class CounterRow(SQLModel, table=True):
    """Running numbers, such as a day's pouches: never reused, no two the same."""

    __tablename__ = "counter"
    province: str = _province()
    name: str = Field(primary_key=True, max_length=60)
    value: int = 0


adopt(metadata)


def table_of(row: type[SQLModel]) -> Table:
    """The table behind a row class."""
    return metadata.tables[str(row.__tablename__)]
