"""What carriers tell of a delivery: who has taken it, pictures, money collected on delivery.

Revision: 0008
After: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    for name, length in (("received_by", 400), ("pictures", 4000)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("carrier_event", column)
    op.add_column("carrier_event", sa.Column("cod_move", sa.String(length=40), nullable=True))
    op.add_column("carrier_event", sa.Column("cod_dong", sa.BigInteger(), nullable=True))
    told = sa.text("cod_move IS NOT NULL")
    op.create_index(
        "ix_carrier_event_cod",
        "carrier_event",
        ["province", "carrier", "number"],
        postgresql_where=told,
        sqlite_where=told,
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_index("ix_carrier_event_cod", "carrier_event")
    for name in ("cod_dong", "cod_move", "pictures", "received_by"):
        op.drop_column("carrier_event", name)
