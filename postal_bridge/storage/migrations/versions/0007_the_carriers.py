"""Orders at carriers, what was reported of them, how far feeds are read, calls.

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    _orders()
    _events()
    op.create_table(
        "feed_cursor",
        _text("cursor", 400),
        sa.Column("moved_at", _MOMENT, nullable=False),
        _text("province", 10),
        _text("carrier", 60),
        sa.PrimaryKeyConstraint("province", "carrier", name="pk_feed_cursor"),
    )
    op.create_table(
        "carrier_call",
        _text("carrier", 60),
        _text("operation", 40),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        _text("outcome", 400),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        _text("request", 4000),
        _text("response", 4000),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_carrier_call"),
    )
    op.create_index(
        "ix_carrier_call_province_carrier_id", "carrier_call", ["province", "carrier", "id"]
    )
    op.create_index("ix_carrier_call_province_at", "carrier_call", ["province", "at"])
    # An order that was given to a carrier before is one that the carrier has.
    op.execute(
        sa.text(
            "INSERT INTO carrier_order (province, number, carrier, reference, state,"
            " carrier_number, settled_at, tries, cancel_wanted, cod_dong)"
            " SELECT province, number, carrier, number,"
            " CASE WHEN state = 'cancelled' THEN 'cancelled'"
            " WHEN carrier_reference IS NULL THEN 'waiting' ELSE 'placed' END,"
            " carrier_reference, confirmed_at, 0, :no, 0 FROM consignment"
        ).bindparams(sa.bindparam("no", value=False, type_=sa.Boolean()))
    )


def _orders() -> None:
    op.create_table(
        "carrier_order",
        _text("carrier", 60),
        _text("reference", 60),
        _text("state", 40),
        _text("carrier_number", 60, nullable=True),
        _text("waybill", 60, nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        _text("refused_code", 40, nullable=True),
        _text("refused_field", 40, nullable=True),
        _text("said", 4000, nullable=True),
        _text("case_id", 60, nullable=True),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("cod_dong", sa.BigInteger(), nullable=False),
        sa.Column("fee_dong", sa.BigInteger(), nullable=True),
        _text("province", 10),
        _text("number", 60),
        sa.PrimaryKeyConstraint("province", "number", name="pk_carrier_order"),
    )
    for columns in (
        ("carrier", "reference"),
        ("carrier", "waybill"),
        ("carrier", "carrier_number"),
        ("state", "asked_at"),
    ):
        name = "_".join(("ix_carrier_order_province", *columns))
        op.create_index(name, "carrier_order", ["province", *columns])


def _events() -> None:
    op.create_table(
        "carrier_event",
        _text("carrier", 60),
        _text("number", 60, nullable=True),
        _text("reference", 60),
        _text("waybill", 60),
        _text("vocabulary", 40),
        _text("raw_code", 40),
        _text("raw_text", 4000),
        _text("place", 400),
        _text("note", 4000),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        _text("source", 40),
        _text("milestone", 40, nullable=True),
        _text("why", 40, nullable=True),
        _text("province", 10),
        _text("key", 64),
        sa.PrimaryKeyConstraint("province", "key", name="pk_carrier_event"),
    )
    op.create_index(
        "ix_carrier_event_province_number_occurred_at",
        "carrier_event",
        ["province", "number", "occurred_at"],
    )
    gap = sa.text("milestone IS NULL")
    op.create_index(
        "ix_carrier_event_gap",
        "carrier_event",
        ["province", "carrier", "vocabulary", "raw_code"],
        postgresql_where=gap,
        sqlite_where=gap,
    )


def downgrade() -> None:
    """Undo the change."""
    for table in ("carrier_call", "feed_cursor", "carrier_event", "carrier_order"):
        op.drop_table(table)
