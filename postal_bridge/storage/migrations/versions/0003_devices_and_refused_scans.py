"""Devices with their clocks, and what becomes of refused scans.

Revision: 0003
After: 0002
"""

import json
from datetime import UTC
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_KEPT = (
    "code, act, place, occurred_at, device, pouch, note, reason, actor, recorded_at, settled_at, "
    "province, scan_id"
)


def upgrade() -> None:
    """Make the change."""
    op.execute("CREATE TABLE refused_scan_0001 AS SELECT * FROM refused_scan")
    op.drop_table("refused_scan")
    op.create_table(
        "refused_scan",
        *_columns_of_0001(),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("device_at", _MOMENT, nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("corrects", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.String(length=4000), nullable=True),
        sa.Column("explanation", sa.String(length=4000), nullable=True),
        sa.Column("explained_by", sa.String(length=60), nullable=True),
        sa.Column("explained_at", _MOMENT, nullable=True),
        sa.Column("settled_by", sa.String(length=60), nullable=True),
        sa.Column("settled_as", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("province", "scan_id", "fingerprint", name="pk_refused_scan"),
    )
    op.execute(
        f"INSERT INTO refused_scan ({_KEPT}, fingerprint, settled_as) "  # noqa: S608 - our names
        f"SELECT {_KEPT}, '', "
        "CASE WHEN settled_at IS NULL THEN NULL ELSE 'taken' END FROM refused_scan_0001"
    )
    op.drop_table("refused_scan_0001")
    _give_fingerprints()
    order = ["province", "recorded_at", "scan_id", "fingerprint"]
    waiting = sa.text("settled_at IS NULL")
    op.create_index(
        "ix_refused_scan_province_recorded_at_scan_id_fingerprint", "refused_scan", order
    )
    op.create_index(
        "ix_refused_scan_waiting",
        "refused_scan",
        order,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "refused_scan_step",
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("happened_at", _MOMENT, nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.String(length=4000), nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "province", "scan_id", "fingerprint", "number", name="pk_refused_scan_step"
        ),
    )
    op.create_table(
        "device",
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("measured_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("skew_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("province", "name", name="pk_device"),
    )


def _give_fingerprints() -> None:
    """Compute what the release computes, of all that had been kept until then."""
    kept = sa.table(
        "refused_scan",
        *(sa.column(name, sa.String()) for name in ("code", "act", "place", "pouch", "note")),
        sa.column("occurred_at", _MOMENT),
        sa.column("province", sa.String()),
        sa.column("scan_id", sa.Uuid()),
        sa.column("fingerprint", sa.String()),
    )
    bind = op.get_bind()
    for row in bind.execute(sa.select(kept)).all():
        at = row.occurred_at.replace(tzinfo=row.occurred_at.tzinfo or UTC).timestamp()
        said = (row.code, row.act, row.place, at, row.pouch, None, None, row.note, None)
        content = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        fingerprint = sha256(content.encode()).hexdigest()[:16]
        own = (kept.c.province == row.province) & (kept.c.scan_id == row.scan_id)
        bind.execute(sa.update(kept).where(own).values(fingerprint=fingerprint))


def downgrade() -> None:
    """Take it back; of several contents under one scan id, one is left."""
    op.drop_table("device")
    op.drop_table("refused_scan_step")
    op.execute("CREATE TABLE refused_scan_0003 AS SELECT * FROM refused_scan")
    op.drop_table("refused_scan")
    op.create_table(
        "refused_scan",
        *_columns_of_0001(),
        sa.PrimaryKeyConstraint("province", "scan_id", name="pk_refused_scan"),
    )
    op.execute(
        f"INSERT INTO refused_scan ({_KEPT}) SELECT {_KEPT} "  # noqa: S608 - our names
        "FROM refused_scan_0003 AS kept WHERE fingerprint = ("
        "SELECT min(one.fingerprint) FROM refused_scan_0003 AS one "
        "WHERE one.province = kept.province AND one.scan_id = kept.scan_id)"
    )
    op.drop_table("refused_scan_0003")


def _columns_of_0001() -> list[sa.Column[object]]:
    return [
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("occurred_at", _MOMENT, nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("pouch", sa.String(length=60), nullable=True),
        sa.Column("note", sa.String(length=4000), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("province", sa.String(length=10), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
    ]
