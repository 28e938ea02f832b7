"""Nights that go on where they were killed, the history of cases, signatures, the portal.

Revision: 0006
After: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    with op.batch_alter_table("night") as night:
        night.add_column(
            sa.Column("sweep", sa.String(length=20), nullable=False, server_default="full")
        )
        night.add_column(sa.Column("remedied", sa.Integer(), nullable=False, server_default="0"))
        night.add_column(_text("report", 64, nullable=True))
    with op.batch_alter_table("discrepancy") as case:
        case.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        case.add_column(
            sa.Column("remedy", sa.String(length=400), nullable=False, server_default="")
        )
    # Defaults were for the rows that are there; from here on the programme says every value.
    with op.batch_alter_table("night") as night:
        night.alter_column("sweep", server_default=None)
        night.alter_column("remedied", server_default=None)
    with op.batch_alter_table("discrepancy") as case:
        case.alter_column("remedy", server_default=None)
    _runs()
    _people()
    op.create_table(
        "portal_step",
        _text("dossier_code", 60),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("happened_at", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "dossier_code", "number", name="pk_portal_step"),
    )


def _runs() -> None:
    op.create_table(
        "night_run",
        sa.Column("started_at", _MOMENT, nullable=False),
        _text("source", 60),
        _text("sweep", 20),
        _text("province", 10),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("province", "day", name="pk_night_run"),
    )
    op.create_table(
        "taped_answer",
        sa.Column("day", sa.Date(), nullable=False),
        _text("question", 64),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("sha256", 64),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "day", "question", name="pk_taped_answer"),
    )


def _people() -> None:
    op.create_table(
        "case_entry",
        _text("case_id", 60),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("kind", 40),
        _text("author", 60),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("night", sa.Date(), nullable=True),
        _text("text", 4000),
        _text("before", 4000, nullable=True),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "case_id", "number", name="pk_case_entry"),
    )
    op.create_table(
        "sign_off",
        sa.Column("day", sa.Date(), nullable=False),
        _text("report", 64),
        _text("username", 60),
        _text("name", 400),
        sa.Column("signed_at", _MOMENT, nullable=False),
        _text("note", 4000, nullable=True),
        _text("province", 10),
        _text("side", 20),
        sa.PrimaryKeyConstraint("province", "day", "report", "side", name="pk_sign_off"),
    )


def downgrade() -> None:
    """Take it back."""
    for table in ("portal_step", "sign_off", "case_entry", "taped_answer", "night_run"):
        op.drop_table(table)
    with op.batch_alter_table("discrepancy") as case:
        case.drop_column("remedy")
        case.drop_column("due_on")
    with op.batch_alter_table("night") as night:
        night.drop_column("report")
        night.drop_column("remedied")
        night.drop_column("sweep")
