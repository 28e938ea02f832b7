"""The ledger by month, in the order of commits.

On PostgreSQL the one table becomes two that are divided by month: `custody_event`, which is
written, and `custody_archive`, to which old months are moved. Its primary key starts the division:
an id made by a handheld begins with its moment, so a month is a range of ids. What the migration
needs to know of that is written down here once more, because it must do in ten years what it does
today, whatever becomes of storage/postgres/months.py.

Revision: 0002
After: 0001
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("event_id", "item_code", "seq", "act", "place", "actor", "custodian_kind", "custodian"),
    *("occurred_at", "recorded_at", "device", "pouch", "handover", "consignment", "corrects"),
    *("latitude", "longitude", "note", "previous_hash", "hash", "entry", "province"),
)
_NAMES = ", ".join(_COLUMNS)
_ALL_NAMES = f"{_NAMES}, device_at, written_in"
_ENTRY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A month is made where a handheld's id agrees with the moment of recording: an id from a device
# that lives in 1970, or one that holds no moment at all, shall not make a month of its own.
_MONTHS = """
    SELECT DISTINCT date_trunc('month', to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC') AS month
    FROM (
        SELECT recorded_at,
               ('x' || translate(left(event_id::text, 13), '-', ''))::bit(48)::bigint AS ms
        FROM custody_event_0001 WHERE substr(event_id::text, 15, 1) = '7'
    ) AS seen
    WHERE abs(ms / 1000.0 - extract(epoch FROM recorded_at)) < 45 * 86400
    ORDER BY month
"""


def upgrade() -> None:
    """Make the change."""
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgres()


def downgrade() -> None:
    """Take it back."""
    op.execute("DROP VIEW custody_ledger")
    if op.get_bind().dialect.name == "sqlite":
        _downgrade_sqlite()
    else:
        _downgrade_postgres()


# --- SQLite: one file, one table ------------------------------------------------------------------


def _upgrade_sqlite() -> None:
    with op.batch_alter_table("custody_event") as batch_op:
        batch_op.drop_index("ix_custody_event_province_recorded_at")
        batch_op.add_column(sa.Column("device_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("written_in", _ENTRY, nullable=True))
    op.execute(f"CREATE VIEW custody_ledger AS SELECT {_ALL_NAMES} FROM custody_event")  # noqa: S608


def _downgrade_sqlite() -> None:
    with op.batch_alter_table("custody_event") as batch_op:
        batch_op.drop_column("written_in")
        batch_op.drop_column("device_at")
        batch_op.create_index(
            "ix_custody_event_province_recorded_at", ["province", "recorded_at"], unique=False
        )


# --- PostgreSQL: by month -------------------------------------------------------------------------


def _upgrade_postgres() -> None:
    op.rename_table("custody_event", "custody_event_0001")
    _make_parents()
    for (month,) in op.get_bind().execute(sa.text(_MONTHS)).all():
        _make_month(month)
    op.execute("CREATE TABLE custody_event_other PARTITION OF custody_event DEFAULT")
    # Who follows the ledger begins after these: they were written before anybody could follow it.
    op.execute(
        f"INSERT INTO custody_event ({_NAMES}, written_in)"  # noqa: S608 - names of this file
        f" SELECT {_NAMES}, 0 FROM custody_event_0001 ORDER BY entry"
    )
    # The numbers go on where they stopped, and do not go with the table that is dropped.
    op.execute("ALTER SEQUENCE custody_event_entry_seq OWNED BY custody_event.entry")
    op.execute(
        "SELECT setval('custody_event_entry_seq', greatest(max(entry), last_value))"
        " FROM custody_event, custody_event_entry_seq GROUP BY last_value"
    )
    op.drop_table("custody_event_0001")
    for table in ("custody_event", "custody_archive"):  # after the rows: much quicker
        op.create_primary_key(f"pk_{table}", table, ["province", "event_id", "item_code"])
        for columns in (
            ["item_code", "seq"],
            ["entry"],
            ["written_in", "entry"],
        ):
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    op.execute(
        f"CREATE VIEW custody_ledger AS SELECT {_ALL_NAMES} FROM custody_event"  # noqa: S608
        f" UNION ALL SELECT {_ALL_NAMES} FROM custody_archive"
    )
    op.execute("ANALYZE custody_event")


def _make_parents() -> None:
    op.create_table(
        "custody_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("item_code", sa.String(length=60), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("custodian_kind", sa.String(length=40), nullable=True),
        sa.Column("custodian", sa.String(length=60), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=60), nullable=True),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("handover", sa.String(length=60), nullable=True),
        sa.Column("consignment", sa.String(length=60), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "entry",
            sa.BigInteger(),
            server_default=sa.text("nextval('custody_event_entry_seq')"),
            nullable=False,
        ),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column(
            "written_in",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=True,
        ),
        postgresql_partition_by="RANGE (event_id)",
    )
    op.execute("CREATE TABLE custody_archive (LIKE custody_event) PARTITION BY RANGE (event_id)")


def _make_month(month: datetime) -> None:
    next_month = datetime(month.year + month.month // 12, month.month % 12 + 1, 1)  # noqa: DTZ001
    low, high = _first_id(month), _first_id(next_month)
    # The check lets the month be moved to the archive without being read through once more.
    op.execute(
        f"CREATE TABLE custody_event_{month:%Y_%m} PARTITION OF custody_event"
        f" (CONSTRAINT month CHECK (event_id >= '{low}' AND event_id < '{high}'))"
        f" FOR VALUES FROM ('{low}') TO ('{high}')"
    )


def _first_id(month: datetime) -> UUID:
    seconds = (month - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 - UTC by the query
    return UUID(int=int(seconds) * 1000 << 80)


def _downgrade_postgres() -> None:
    op.execute("ALTER TABLE custody_event RENAME TO custody_event_0002")
    op.execute(
        "CREATE TABLE custody_event (LIKE custody_event_0002 INCLUDING DEFAULTS)"  # columns only
    )
    op.drop_column("custody_event", "written_in")
    op.drop_column("custody_event", "device_at")
    for table in ("custody_event_0002", "custody_archive"):
        op.execute(f"INSERT INTO custody_event ({_NAMES}) SELECT {_NAMES} FROM {table}")  # noqa: S608
    op.execute("ALTER SEQUENCE custody_event_entry_seq OWNED BY custody_event.entry")
    op.drop_table("custody_archive")
    op.drop_table("custody_event_0002")
    op.create_primary_key("pk_custody_event", "custody_event", ["entry"])
    for columns in (["province", "event_id", "item_code"], ["province", "item_code", "seq"]):
        name = f"uq_custody_event_{'_'.join(columns)}"
        op.create_unique_constraint(name, "custody_event", columns)
    op.create_index(
        "ix_custody_event_province_recorded_at", "custody_event", ["province", "recorded_at"]
    )
