"""Money that carriers collect: their payments, what those are for, write-offs, cases.

Revision: 0010
After: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _money(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    _payments()
    _cases()
    _partial("ix_carrier_order_cod", "carrier_order", ["number", "carrier"], "cod_dong > 0")
    # Accounts are read by number, so all three lists that they come from are in that order.
    _events(["number", "carrier"])


def _events(columns: list[str]) -> None:
    op.drop_index("ix_carrier_event_cod", "carrier_event")
    _partial("ix_carrier_event_cod", "carrier_event", columns, "cod_move IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    words = sa.text(where)
    op.create_index(name, table, ["province", *columns], postgresql_where=words, sqlite_where=words)


def _payments() -> None:
    op.create_table(
        "remittance",
        _text("carrier", 60),
        _text("bank_reference", 60),
        _text("bank_key", 60),
        _text("content", 64),
        sa.Column("paid_on", sa.Date(), nullable=False),
        _money("total_dong"),
        sa.Column("entered_at", _MOMENT, nullable=False),
        _text("entered_by", 60),
        _text("note", 4000),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_remittance"),
        sa.UniqueConstraint(
            "province", "carrier", "bank_key", name="uq_remittance_province_carrier_bank_key"
        ),
    )
    op.create_table(
        "remittance_line",
        _text("carrier", 60),
        sa.Column("paid_on", sa.Date(), nullable=False),
        _text("said", 60),
        _money("amount_dong"),
        _money("fee_dong"),
        _text("number", 60, nullable=True),
        _text("matched_by", 40, nullable=True),
        _text("trouble", 40, nullable=True),
        _text("province", 10),
        _text("remittance_id", 60),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("province", "remittance_id", "position", name="pk_remittance_line"),
    )
    op.create_index("ix_remittance_line_province_number", "remittance_line", ["province", "number"])
    nobodys = "number IS NULL"
    _partial(
        "ix_remittance_line_unassigned", "remittance_line", ["remittance_id", "position"], nobodys
    )
    op.create_table(
        "cod_write_off",
        _text("number", 60),
        _text("carrier", 60),
        _money("amount_dong"),
        _text("reason", 4000),
        _text("written_by", 60),
        _text("approved_by", 60, nullable=True),
        sa.Column("written_at", _MOMENT, nullable=False),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_cod_write_off"),
    )
    op.create_index("ix_cod_write_off_province_number", "cod_write_off", ["province", "number"])


def _cases() -> None:
    op.create_table(
        "cod_case",
        _text("kind", 40),
        _text("carrier", 60),
        _text("number", 60, nullable=True),
        _text("remittance_id", 60, nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        _money("amount_dong"),
        sa.Column("since", sa.Date(), nullable=False),
        _text("owner_role", 40),
        _text("state", 40),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        _text("explanation", 4000, nullable=True),
        _text("explained_by", 60, nullable=True),
        _money("proposed_dong", nullable=True),
        _text("proposed_by", 60, nullable=True),
        _text("proposed_reason", 4000, nullable=True),
        _text("province", 10),
        _text("key", 120),
        sa.PrimaryKeyConstraint("province", "key", name="pk_cod_case"),
    )
    op.create_index("ix_cod_case_province_number", "cod_case", ["province", "number"])
    _partial("ix_cod_case_standing", "cod_case", ["key"], "state <> 'closed'")
    op.create_table(
        "cod_case_entry",
        _text("case_key", 120),
        _text("kind", 40),
        _text("author", 60),
        sa.Column("written_at", _MOMENT, nullable=False),
        _text("text", 4400),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_cod_case_entry"),
    )
    op.create_index(
        "ix_cod_case_entry_province_case_key_id", "cod_case_entry", ["province", "case_key", "id"]
    )


def downgrade() -> None:
    """Undo the change."""
    _events(["carrier", "number"])
    op.drop_index("ix_carrier_order_cod", "carrier_order")
    for table in ("cod_case_entry", "cod_case", "cod_write_off", "remittance_line", "remittance"):
        op.drop_table(table)
