"""Pickups: requests with their history, slots, rounds with their stops, what driving taught.

Revision: 0012
After: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state = 'open'")


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def upgrade() -> None:
    """Make the change."""
    _requests()
    _history_and_slots()
    _rounds()
    _stops_and_runs()
    _what_was_learnt()


def _requests() -> None:
    op.create_table(
        "pickup",
        _text("kind", 40),
        _text("office", 60),
        sa.Column("day", sa.Date(), nullable=False),
        _text("half", 40),
        sa.Column("opens_at", _MOMENT, nullable=False),
        sa.Column("closes_at", _MOMENT, nullable=False),
        _text("name", 400),
        _text("phone", 20),
        _text("address", 500),
        _text("ward_code", 5, nullable=True),
        _text("ward", 400, nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        _text("located", 200000),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("grams", sa.Integer(), nullable=False),
        _text("dossier_code", 60, nullable=True),
        sa.Column("must_by", sa.Date(), nullable=True),
        _text("note", 4000, nullable=True),
        _text("state", 40),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _text("round", 60, nullable=True),
        _text("carrier", 60, nullable=True),
        _text("carrier_number", 60, nullable=True),
        _text("carrier_state", 40, nullable=True),
        sa.Column("carrier_asked_at", _MOMENT, nullable=True),
        _text("carrier_said", 400, nullable=True),
        _text("series", 60, nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        _text("asked_by", 60),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("province", 10),
        _text("number", 60),
        sa.PrimaryKeyConstraint("province", "number", name="pk_pickup"),
    )
    op.create_index("ix_pickup_province_office_day", "pickup", ["province", "office", "day"])
    op.create_index("ix_pickup_province_dossier_code", "pickup", ["province", "dossier_code"])
    op.create_index("ix_pickup_province_state_day", "pickup", ["province", "state", "day"])


def _history_and_slots() -> None:
    op.create_table(
        "pickup_event",
        _text("request", 60),
        _text("deed", 40),
        _text("state", 40),
        sa.Column("at", _MOMENT, nullable=False),
        _text("by", 60),
        _text("facts", 200000),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_pickup_event"),
    )
    op.create_index(
        "ix_pickup_event_province_request_id", "pickup_event", ["province", "request", "id"]
    )
    op.create_table(
        "pickup_slot",
        _text("office", 60),
        sa.Column("day", sa.Date(), nullable=False),
        _text("half", 40),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "office", "day", "half", name="pk_pickup_slot"),
    )


def _rounds() -> None:
    op.create_table(
        "pickup_round",
        _text("office", 60),
        sa.Column("day", sa.Date(), nullable=False),
        _text("shift", 60),
        _text("vehicle", 60),
        _text("courier", 60),
        _text("state", 40),
        sa.Column("leaves_at", _MOMENT, nullable=False),
        sa.Column("back_at", _MOMENT, nullable=False),
        sa.Column("lunch_at", _MOMENT, nullable=True),
        sa.Column("lunch_until", _MOMENT, nullable=True),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("cost_dong", sa.Integer(), nullable=False),
        _text("trips", 200000),
        _text("notes", 200000),
        sa.Column("seed", sa.Integer(), nullable=False),
        _text("solver", 60),
        sa.Column("iterations", sa.Integer(), nullable=False),
        sa.Column("planned_at", _MOMENT, nullable=False),
        _text("planned_by", 60),
        sa.Column("left_at", _MOMENT, nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("metres_driven", sa.Integer(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        _text("signed_by", 60, nullable=True),
        _text("remark", 4000, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("province", 10),
        _text("number", 60),
        sa.PrimaryKeyConstraint("province", "number", name="pk_pickup_round"),
    )
    op.create_index(
        "ix_pickup_round_province_day_office", "pickup_round", ["province", "day", "office"]
    )


def _stops_and_runs() -> None:
    op.create_table(
        "round_stop",
        _text("round", 60),
        _text("request", 60),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trip", sa.Integer(), nullable=False),
        sa.Column("arrive_at", _MOMENT, nullable=False),
        sa.Column("begin_at", _MOMENT, nullable=False),
        sa.Column("leave_at", _MOMENT, nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        _text("state", 40),
        sa.Column("arrived_at", _MOMENT, nullable=True),
        sa.Column("left_at", _MOMENT, nullable=True),
        sa.Column("counted", sa.Integer(), nullable=True),
        _text("reason", 40, nullable=True),
        _text("note", 4000, nullable=True),
        _text("province", 10),
        sa.PrimaryKeyConstraint("province", "round", "request", name="pk_round_stop"),
    )
    op.create_index(
        "uq_round_stop_open",
        "round_stop",
        ["province", "request"],
        unique=True,
        postgresql_where=_OPEN,
        sqlite_where=_OPEN,
    )
    op.create_table(
        "plan_run",
        _text("office", 60),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _text("by", 60),
        _text("solver", 60),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("cost_dong", sa.Integer(), nullable=False),
        _text("unserved", 200000),
        _text("notes", 200000),
        _text("province", 10),
        _text("id", 60),
        sa.PrimaryKeyConstraint("province", "id", name="pk_plan_run"),
    )
    op.create_index(
        "ix_plan_run_province_day_office_id", "plan_run", ["province", "day", "office", "id"]
    )


def _what_was_learnt() -> None:
    op.create_table(
        "ward_experience",
        sa.Column("stops", sa.Integer(), nullable=False),
        sa.Column("service_seconds", sa.Integer(), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=False),
        sa.Column("late_stops", sa.Integer(), nullable=False),
        _text("province", 10),
        _text("ward_code", 5),
        sa.PrimaryKeyConstraint("province", "ward_code", name="pk_ward_experience"),
    )
    op.create_table(
        "address_correction",
        _text("ward_code", 5),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        _text("by", 60),
        sa.Column("at", _MOMENT, nullable=False),
        _text("province", 10),
        _text("address", 500),
        sa.PrimaryKeyConstraint("province", "address", name="pk_address_correction"),
    )


def downgrade() -> None:
    """Undo the change."""
    for table in (
        "address_correction",
        "ward_experience",
        "plan_run",
        "round_stop",
        "pickup_round",
        "pickup_slot",
        "pickup_event",
        "pickup",
    ):
        op.drop_table(table)
