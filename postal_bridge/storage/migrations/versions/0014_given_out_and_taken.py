"""Apologies with a new day.

Revision: 0014
After: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "postponement",
        _text("reason", 4000),
        sa.Column("promised_before", _MOMENT, nullable=False),
        sa.Column("promised_at", _MOMENT, nullable=False),
        sa.Column("postponed_at", _MOMENT, nullable=False),
        _text("postponed_by", 60),
        _text("province", 10),
        _text("dossier_code", 60),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("province", "dossier_code", "number", name="pk_postponement"),
    )


def downgrade() -> None:
    """Undo the change."""
    op.drop_table("postponement")
