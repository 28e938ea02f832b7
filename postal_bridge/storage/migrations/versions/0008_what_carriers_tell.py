"""What carriers tell: who has taken an item, pictures, money collected; what of our credentials.

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
    yes: sa.Column[bool] = sa.Column(
        "collect", sa.Boolean(), nullable=False, server_default=sa.true()
    )
    op.add_column("carrier_order", yes)
    for name in ("collect_from", "collect_until"):
        moment = sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        op.add_column("carrier_order", moment)
    told = sa.text("cod_move IS NOT NULL")
    op.create_index(
        "ix_carrier_event_cod",
        "carrier_event",
        ["province", "carrier", "number"],
        postgresql_where=told,
        sqlite_where=told,
    )
    op.create_table(
        "credential_check",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("well", sa.Boolean(), nullable=False),
        sa.Column("said", sa.String(length=4000), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("carrier", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("province", "carrier", name="pk_credential_check"),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("credential_check")
    for name in ("collect_until", "collect_from", "collect"):
        op.drop_column("carrier_order", name)
    op.drop_index("ix_carrier_event_cod", "carrier_event")
    for name in ("cod_dong", "cod_move", "pictures", "received_by"):
        op.drop_column("carrier_event", name)
