"""Subscribers: who is told what happened, what waits for them, every attempt.

Revision: 0009
After: 0008
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str, length: int | None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "subscription",
        _text("url", 2000),
        _text("types", 4000),
        _text("note", 400),
        _text("state", 40),
        _text("sealed_secret", 400),
        _text("sealed_old", 400, nullable=True),
        _moment("old_until", nullable=True),
        _moment("created_at"),
        _text("created_by", 60),
        _moment("failing_since", nullable=True),
        _text("why", 400, nullable=True),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_subscription"),
    )
    _deliveries()
    op.create_table(
        "webhook_attempt",
        _moment("at"),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        _text("outcome", 400),
        _text("answer", 400),
        _text("province", 10),
        _text("delivery_id", 60),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("province", "delivery_id", "number", name="pk_webhook_attempt"),
    )
    op.create_table(
        "ledger_place",
        _text("cursor", 60),
        _text("province", 10),
        _text("reader", 60),
        sa.PrimaryKeyConstraint("province", "reader", name="pk_ledger_place"),
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        _text("subscription_id", 60),
        _text("event_id", 400),
        _text("type", 60),
        _text("subject", 60),
        _text("body", None),
        _moment("created_at"),
        _text("state", 40),
        _moment("due_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("outcome", 400, nullable=True),
        _moment("ended_at", nullable=True),
        _text("province", 10),
        _text("id", 60),
        _moment("held_until", nullable=True),
        sa.PrimaryKeyConstraint("province", "id", name="pk_webhook_delivery"),
    )
    for columns in (("subscription_id", "id"), ("ended_at",)):
        name = "_".join(("ix_webhook_delivery_province", *columns))
        op.create_index(name, "webhook_delivery", ["province", *columns])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_webhook_delivery_due",
        "webhook_delivery",
        ["province", "due_at"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )


def downgrade() -> None:
    """Undo the change."""
    for table in ("ledger_place", "webhook_attempt", "webhook_delivery", "subscription"):
        op.drop_table(table)
