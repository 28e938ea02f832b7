"""Waybill numbers that carriers gave out beforehand, and which order had which.

Revision: 0011
After: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "waybill",
        sa.Column("loaded_at", _MOMENT, nullable=False),
        _text("loaded_by", 60),
        _text("held_by", 60, nullable=True),
        _text("province", 10),
        _text("carrier", 60),
        _text("number", 60),
        sa.PrimaryKeyConstraint("province", "carrier", "number", name="pk_waybill"),
    )
    free = sa.text("held_by IS NULL")
    op.create_index(
        "ix_waybill_free",
        "waybill",
        ["province", "carrier", "number"],
        postgresql_where=free,
        sqlite_where=free,
    )
    op.create_table(
        "waybill_use",
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("released_at", _MOMENT, nullable=True),
        _text("province", 10),
        _text("carrier", 60),
        _text("number", 60),
        _text("order", 60),
        sa.PrimaryKeyConstraint("province", "carrier", "number", "order", name="pk_waybill_use"),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("waybill_use")
    op.drop_table("waybill")
