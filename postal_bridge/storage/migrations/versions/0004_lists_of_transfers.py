"""Indexes for the lists of transfers.

Revision: 0004
After: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ENDED = "stage = 'retained' OR stage = 'returned'"
_INDEXES = (
    ("ix_position_pouch", "position", ["province", "pouch"], "pouch IS NOT NULL"),
    ("ix_position_open", "position", ["province", "item_code"], "NOT ended"),
    (
        "ix_position_open_of",
        "position",
        ["province", "department", "item_code"],
        "NOT ended",
    ),
    ("ix_dossier_late", "dossier", ["province", "promised_at"], "status IN (1, 2, 4, 5, 6)"),
    (
        "ix_consignment_open",
        "consignment",
        ["province", "carrier", "item_code"],
        "state IN ('booked', 'collected', 'attempted')",
    ),
)


def upgrade() -> None:
    """Make the change."""
    op.drop_index("ix_position_province_direction_stage_department_since", table_name="position")
    op.drop_index("ix_position_province_pouch", table_name="position")
    if op.get_bind().dialect.name == "sqlite":
        # A stored column would need the whole table to be copied; to an index it makes no
        # difference.
        op.execute(
            f"ALTER TABLE position ADD COLUMN ended BOOLEAN NOT NULL"
            f" GENERATED ALWAYS AS ({_ENDED}) VIRTUAL"
        )
    else:
        # Room on each page for the next version of a row: a scan then touches no index. Rows are
        # rewritten by the new column, so it comes first.
        op.execute("ALTER TABLE position SET (fillfactor = 80)")
        op.add_column(
            "position",
            sa.Column("ended", sa.Boolean(), sa.Computed(_ENDED, persisted=True), nullable=False),
        )
    for name, table, columns, where in _INDEXES:
        words = sa.text(where)
        op.create_index(name, table, columns, postgresql_where=words, sqlite_where=words)


def downgrade() -> None:
    """Take it back."""
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("ALTER TABLE position DROP COLUMN ended")
    else:
        op.drop_column("position", "ended")
        op.execute("ALTER TABLE position RESET (fillfactor)")
    op.create_index("ix_position_province_pouch", "position", ["province", "pouch"])
    op.create_index(
        "ix_position_province_direction_stage_department_since",
        "position",
        ["province", "direction", "stage", "department", "since"],
    )
