"""The ledger by month on PostgreSQL: months are made ahead, and old ones go to the archive.

An event's id begins with the moment of the device that made it (UUIDv7), so a month is a range of
ids: a partition of `custody_event`, and later of `custody_archive`. Ids without a sensible moment,
and those of a month that has no partition, lie in the partition `custody_event_other`.

Every change here takes both tables for itself for a moment, the ledger before the archive, as the
view `custody_ledger` names them: whoever has read or written the ledger in this transaction is let
finish, and whoever comes next sees the ledger as a whole. It does not wait long, because all scans
would wait behind it: it fails, and is tried again. See docs/adr/0009.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from postal_bridge.clock import months_after
from postal_bridge.storage.tables import LEDGER

LIVE = "custody_event"
ARCHIVE = "custody_archive"
OTHER = "custody_event_other"
PATIENCE_MS = 2_000
"""How long scans may have to wait behind a change that itself waits for a long reader."""

_ONE_AT_A_TIME = 468_045  # the advisory lock of this room; any number that nobody else uses
_NAME = re.compile(rf"(?P<table>{LIVE}|{ARCHIVE})_(?P<year>\d{{4}})_(?P<month>\d{{2}})")

PARTITIONS = """
    SELECT part.relname FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent IN (to_regclass('custody_event'), to_regclass('custody_archive'))
    ORDER BY part.relname
"""
_SIZES = """
    SELECT part.relname, counted.rows, pg_total_relation_size(part.oid) AS size_bytes
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    LEFT JOIN (
        SELECT tableoid, count(*) AS rows FROM custody_event GROUP BY tableoid
        UNION ALL SELECT tableoid, count(*) FROM custody_archive GROUP BY tableoid
    ) AS counted ON counted.tableoid = part.oid
    WHERE inhparent IN (to_regclass('custody_event'), to_regclass('custody_archive'))
    ORDER BY part.relname
"""
# Rows that came while their month had no partition: a device whose clock lives in another year
# shall not make a month of its own.
_WAITING = """
    SELECT DISTINCT date_trunc('month', to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC')::date
    FROM (
        SELECT recorded_at,
               ('x' || translate(left(event_id::text, 13), '-', ''))::bit(48)::bigint AS ms
        FROM custody_event_other WHERE substr(event_id::text, 15, 1) = '7'
    ) AS seen
    WHERE abs(ms / 1000.0 - extract(epoch FROM recorded_at)) < 45 * 86400
"""
_COLUMNS = ", ".join(column.name for column in LEDGER.c)


@dataclass(frozen=True)
class LedgerMonth:
    """A part of the ledger.

    Attributes:
        first: first day of the month, by UTC; none for what belongs to no month.
        archived: whether it has gone to the archive.
        rows: how many events it holds; size_bytes: with its indexes.
    """

    first: date | None
    archived: bool
    rows: int
    size_bytes: int


def month_of(moment: datetime) -> date:
    """The first day of a moment's month, by UTC as in the ids."""
    return moment.astimezone(UTC).date().replace(day=1)


def name_of(table: str, month: date) -> str:
    """The name of a month's partition, such as custody_event_2026_11."""
    return f"{table}_{month:%Y_%m}"


def first_id(month: date) -> UUID:
    """The lowest id that a device can make in a month."""
    moment = datetime(month.year, month.month, 1, tzinfo=UTC)
    return UUID(int=int(moment.timestamp()) * 1000 << 80)


def read_names(partitions: Iterable[str]) -> dict[str, set[date]]:
    """The months of the ledger and of the archive, by the table that they are a part of."""
    found: dict[str, set[date]] = {LIVE: set(), ARCHIVE: set()}
    for name in partitions:
        if matched := _NAME.fullmatch(name):
            month = date(int(matched["year"]), int(matched["month"]), 1)
            found[matched["table"]].add(month)
    return found


def making(table: str, month: date) -> Sequence[str]:
    """Statements that make a month's partition, and move into it what lies with the others."""
    name, low, high = name_of(table, month), first_id(month), first_id(months_after(month, 1))
    inside = f"event_id >= '{low}' AND event_id < '{high}'"
    make = (
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS, CONSTRAINT month CHECK ({inside}))"
    )
    move = (
        f"WITH gone AS (DELETE FROM {OTHER} WHERE {inside} RETURNING {_COLUMNS})"  # noqa: S608 - names of this file
        f" INSERT INTO {name} ({_COLUMNS}) SELECT {_COLUMNS} FROM gone"
    )
    attach = f"ALTER TABLE {table} ATTACH PARTITION {name} {_bounds(month)}"
    return [make, move, attach] if table == LIVE else [make, attach]


async def existing(connection: AsyncConnection) -> dict[str, set[date]]:
    """The months that there are, by the table that they are a part of."""
    return read_names((await connection.execute(text(PARTITIONS))).scalars())


async def months(connection: AsyncConnection) -> Sequence[LedgerMonth]:
    """All parts of the ledger with what they hold; counts every row."""
    found = []
    for name, rows, size_bytes in await connection.execute(text(_SIZES)):
        matched = _NAME.fullmatch(name)
        first = date(int(matched["year"]), int(matched["month"]), 1) if matched else None
        archived = name.startswith(ARCHIVE)
        found.append(LedgerMonth(first, archived, rows or 0, size_bytes))
    return found


async def ensure_months(
    connection: AsyncConnection, *, now: datetime, ahead: int = 2
) -> Sequence[date]:
    """Make what is missing of this month and of those ahead; gives the months that were made.

    Months whose events had to be put with the others meanwhile are made too, and the events moved.
    The connection is inside a transaction of its own: some of what is set holds until its end.
    """
    await _alone(connection)  # before the first look: who has looked holds what he looked at
    made = await _missing(connection, now=now, ahead=ahead)
    if made:
        await _hold_all(connection)
        for month in made:
            for statement in making(LIVE, month):
                await connection.execute(text(statement))
    return made


async def archive_month(connection: AsyncConnection, month: date) -> bool:
    """Move a month to the archive; False where it is not in the ledger (any more).

    Nothing is copied: the partition changes its parent. It was made with a check of its range, so
    it need not be read through either.
    """
    await _alone(connection)
    if month not in (await existing(connection))[LIVE]:
        return False
    await _hold_all(connection)
    live, archived = name_of(LIVE, month), name_of(ARCHIVE, month)
    for statement in (
        f"ALTER TABLE {LIVE} DETACH PARTITION {live}",
        f"ALTER TABLE {live} RENAME TO {archived}",
        f"ALTER TABLE {ARCHIVE} ATTACH PARTITION {archived} {_bounds(month)}",
    ):
        await connection.execute(text(statement))
    return True


async def _missing(connection: AsyncConnection, *, now: datetime, ahead: int) -> list[date]:
    found = await existing(connection)
    this = month_of(now)
    wanted = {months_after(this, months) for months in range(ahead + 1)}
    wanted |= set((await connection.execute(text(_WAITING))).scalars())
    return sorted(wanted - found[LIVE] - found[ARCHIVE])


async def _alone(connection: AsyncConnection) -> None:
    """One process at a time changes the months; the next one finds them changed."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:room)"), {"room": _ONE_AT_A_TIME})


async def _hold_all(connection: AsyncConnection) -> None:
    # Everything at once and in the strongest mode: a lock that grows while it is held is how
    # deadlocks are made.
    await connection.execute(text(f"SET LOCAL lock_timeout = {PATIENCE_MS}"))
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    await connection.execute(text(f"LOCK TABLE {LIVE}, {ARCHIVE} IN ACCESS EXCLUSIVE MODE"))


def _bounds(month: date) -> str:
    return f"FOR VALUES FROM ('{first_id(month)}') TO ('{first_id(months_after(month, 1))}')"
