"""The tables: each derives from the record in the room that owns it, and adds only its keys.

Every key of a province's own data leads with the province, so that a cluster, or one database
per province, can divide it without a change in the code.
"""

from datetime import date, datetime

from sqlalchemy import Boolean, Column, Computed, Index, MetaData, Table, UniqueConstraint
from sqlmodel import Field, SQLModel

from postal_bridge.documents.records import Document
from postal_bridge.dossiers.records import (
    ChecklistLine,
    Dossier,
    FeeReceipt,
    Item,
    Place,
    Postponement,
    Procedure,
    ProcedurePaper,
    Supplement,
)
from postal_bridge.inbound import AnsweredRequest, Look, RefusedRequest, SignIn, Staff
from postal_bridge.outbox import Message
from postal_bridge.storage import (  # noqa: F401 - their tables are ours
    carrier_tables,
    cod_tables,
    journey_table,
    night_tables,
    paper_tables,
    pickup_tables,
    proof_tables,
    scan_tables,
    subscription_tables,
)
from postal_bridge.storage.columns import LONG, PROVINCE_LENGTH, partial_index, province_key
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
)

metadata = SQLModel.metadata

ONLY = "only"
"""Key in the `info` of a constraint or an index that one engine has and the other has not."""


class PlaceRow(Place, table=True):
    """Places of a province."""

    __tablename__ = "place"
    province: str = province_key()
    code: str = Field(primary_key=True, max_length=60)


class ProcedureRow(Procedure, table=True):
    """The catalogue of procedures."""

    __tablename__ = "procedure"
    province: str = province_key()
    code: str = Field(primary_key=True, max_length=60)


class ProcedurePaperRow(ProcedurePaper, table=True):
    """The papers of procedures."""

    __tablename__ = "procedure_paper"
    province: str = province_key()
    procedure_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class DossierRow(Dossier, table=True):
    """Dossiers; the list of a department's open ones is the commonest question."""

    __tablename__ = "dossier"
    __table_args__ = (
        Index(None, "province", "department", "status"),
        Index(None, "province", "received_at"),
        partial_index(
            "ix_dossier_late", "province", "promised_at", where="status IN (1, 2, 4, 5, 6)"
        ),
    )
    province: str = province_key()
    code: str = Field(primary_key=True, max_length=60)


class ChecklistRow(ChecklistLine, table=True):
    """Checklists as filled in at the counter."""

    __tablename__ = "checklist_line"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class ItemRow(Item, table=True):
    """Items with their barcodes."""

    __tablename__ = "item"
    __table_args__ = (Index(None, "province", "dossier_code"),)
    province: str = province_key()
    code: str = Field(primary_key=True, max_length=60)


class SupplementRow(Supplement, table=True):
    """Supplement requests."""

    __tablename__ = "supplement"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class PostponementRow(Postponement, table=True):
    """Apologies with a new day."""

    __tablename__ = "postponement"
    province: str = province_key()
    dossier_code: str = Field(primary_key=True, max_length=60)
    number: int = Field(primary_key=True)


class FeeReceiptRow(FeeReceipt, table=True):
    """Receipts and exemptions."""

    __tablename__ = "fee_receipt"
    __table_args__ = (
        Index(None, "province", "dossier_code"),
        UniqueConstraint("province", "number"),
    )
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class DocumentRow(Document, table=True):
    """Registered files."""

    __tablename__ = "document"
    __table_args__ = (Index(None, "province", "dossier_code"),)
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class CustodyEventRow(CustodyEvent, table=True):
    """The ledger: `entry` numbers all events in the order of recording.

    `written_in` is the number of the database's transaction that wrote the event (PostgreSQL; none
    on SQLite, whose one writer commits in the order of entries): whoever follows the ledger goes
    by it, because a lower entry may be committed after a higher one.

    On PostgreSQL the table is divided by month (docs/adr/0009), so its key there is the event's
    own; the database gives `entry` and `written_in`, and nobody writes either. No other index there
    begins with the province: on a month that is still empty all would look as good as the key, and
    the plan that looks a scan's id up is made once.
    """

    __tablename__ = "custody_event"
    __table_args__ = (
        UniqueConstraint("province", "item_code", "seq", info={ONLY: "sqlite"}),
        UniqueConstraint("province", "event_id", "item_code", info={ONLY: "sqlite"}),
        Index(None, "item_code", "seq", info={ONLY: "postgresql"}),
        Index(None, "entry", info={ONLY: "postgresql"}),
        Index(None, "written_in", "entry", info={ONLY: "postgresql"}),
        {"sqlite_autoincrement": True},
    )
    entry: int | None = Field(default=None, primary_key=True, sa_type=LONG)
    province: str = Field(max_length=PROVINCE_LENGTH)
    written_in: int | None = Field(default=None, sa_type=LONG)


class PositionRow(Position, table=True):
    """Where every item is: the fold, kept.

    Every scan updates a row, and PostgreSQL renews no index for that as long as no column changes
    that an index names, be it in its predicate. So the indexes of the lists hold only what never
    changes, and open items are known by `ended`, which the database itself derives from the stage
    and which changes once in an item's life.
    """

    __tablename__ = "position"
    __table_args__ = (
        partial_index("ix_position_pouch", "province", "pouch", where="pouch IS NOT NULL"),
        partial_index("ix_position_open", "province", "item_code", where="NOT ended"),
        partial_index(
            "ix_position_open_of", "province", "department", "item_code", where="NOT ended"
        ),
    )
    province: str = province_key()
    item_code: str = Field(primary_key=True, max_length=60)
    ended: bool = Field(
        sa_column=Column(
            Boolean,
            Computed("stage = 'retained' OR stage = 'returned'", persisted=True),
            nullable=False,
        )
    )


class PouchRow(Pouch, table=True):
    """Pouches; a seal is used once."""

    __tablename__ = "pouch"
    __table_args__ = (UniqueConstraint("province", "seal"),)
    province: str = province_key()
    code: str = Field(primary_key=True, max_length=60)


class ManifestRow(ManifestLine, table=True):
    """What was in a pouch when it was sealed."""

    __tablename__ = "manifest_line"
    province: str = province_key()
    pouch_code: str = Field(primary_key=True, max_length=60)
    position: int = Field(primary_key=True)


class HandoverRow(Handover, table=True):
    """Minutes of handovers."""

    __tablename__ = "handover"
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)


class HandoverLineRow(HandoverLine, table=True):
    """Lines of the minutes."""

    __tablename__ = "handover_line"
    __table_args__ = (Index(None, "province", "item_code"),)
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)
    item_code: str = Field(primary_key=True, max_length=60)


class ConsignmentRow(Consignment, table=True):
    """Consignments."""

    __tablename__ = "consignment"
    __table_args__ = (
        Index(None, "province", "item_code"),
        partial_index(
            "ix_consignment_open",
            *("province", "carrier", "item_code"),
            where="state IN ('booked', 'collected', 'attempted')",
        ),
    )
    province: str = province_key()
    number: str = Field(primary_key=True, max_length=60)


class IncidentRow(Incident, table=True):
    """Incidents; one per trouble."""

    __tablename__ = "incident"
    __table_args__ = (UniqueConstraint("province", "key"), Index(None, "province", "code"))
    province: str = province_key()
    id: str = Field(primary_key=True, max_length=60)


class LedgerDayRow(LedgerDay, table=True):
    """Sealed days of the ledger."""

    __tablename__ = "ledger_day"
    province: str = province_key()
    day: date = Field(primary_key=True)


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

    id: int | None = Field(default=None, primary_key=True, sa_type=LONG)
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
    province: str = province_key()
    name: str = Field(primary_key=True, max_length=60)
    value: int = 0


adopt(metadata)

LEDGER = Table(
    "custody_ledger",
    MetaData(),  # a view: no migration may take it for a table
    *(Column(c.name, c.type) for c in metadata.tables["custody_event"].columns),
)
"""The whole ledger for reading: what is written today, and on PostgreSQL the archived months."""


def table_of(row: type[SQLModel]) -> Table:
    """The table behind a row class."""
    return metadata.tables[str(row.__tablename__)]
