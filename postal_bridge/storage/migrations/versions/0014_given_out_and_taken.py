"""Apologies with a new day, what is said to papers, proofs of delivery.

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


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Make the change."""
    _postponements()
    _papers()
    _proofs()


def _postponements() -> None:
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


def _papers() -> None:
    key = ("province", "dossier_code", "position", "number")
    op.create_table(
        "paper_reuse",
        _number("digitisation"),
        _text("source", 60),
        sa.Column("from_national_store", sa.Boolean(), nullable=False),
        sa.Column("noted_at", _MOMENT, nullable=False),
        _text("noted_by", 60),
        _text("province", 10),
        _text("dossier_code", 60),
        _number("position"),
        _number("number"),
        sa.PrimaryKeyConstraint(*key, name="pk_paper_reuse"),
    )
    op.create_table(
        "paper_approval",
        sa.Column("approved", sa.Boolean(), nullable=False),
        _text("contents_sha256", 64),
        _text("remark", 4000),
        sa.Column("decided_at", _MOMENT, nullable=False),
        _text("decided_by", 60),
        _text("province", 10),
        _text("dossier_code", 60),
        _number("position"),
        _number("number"),
        sa.PrimaryKeyConstraint(*key, name="pk_paper_approval"),
    )


def _proofs() -> None:
    op.create_table(
        "delivery_proof",
        _text("dossier_code", 60),
        _text("event_hash", 64),
        _text("receiver", 400),
        _text("relation", 40),
        _text("relation_note", 400),
        _text("signature_sha256", 64, nullable=True),
        _text("photo_sha256", 64, nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("taken_at", _MOMENT, nullable=False),
        _text("place", 60),
        _text("documents", 200000),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        _text("recorded_by", 60),
        _text("seal", 64),
        _text("province", 10),
        _text("item_code", 60),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("province", "item_code", "event_id", name="pk_delivery_proof"),
    )


def downgrade() -> None:
    """Undo the change."""
    for name in ("delivery_proof", "paper_approval", "paper_reuse", "postponement"):
        op.drop_table(name)
