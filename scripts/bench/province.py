"""A province that has worked for a while: dossiers, items, positions and a ledger, filled in fast.

Every row is what the programme itself would have written: events are chained by their hashes,
positions are the fold, identifiers are UUIDv7. So `verify-ledger` finds nothing in a filled
database (tests/roof/test_bench.py), and the next scan continues each item's chain.
"""

import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import asyncpg

from postal_bridge.clock import months_after
from postal_bridge.events import GENESIS, instant, link
from postal_bridge.identity import Role
from postal_bridge.storage.postgres import months

Value = str | int | None
Row = tuple[Value, ...]
Part = Mapping[str, Sequence[Row]]
"""Some rows by the name of their table."""

CODE = "H37"
COUNTER, POST_OFFICE = "HCC-TN", "BDT"
DEPARTMENTS = ("STP", "SXD", "STNMT", "SNV")
COURIER_PLACES = (POST_OFFICE, COUNTER, *DEPARTMENTS)
COURIERS = 8

DOSSIERS_A_DAY = 9000
FIRST_EVENTS = ("receive", "digitise")
LATER_EVENTS = ("load", "arrive")

COLUMNS: dict[str, tuple[str, ...]] = {
    "place": ("province", "code", "name", "kind"),
    "procedure": (
        *("province", "code", "name", "field", "department"),
        *("time_limit_value", "time_limit_unit", "late_cutoff"),
    ),
    "staff": ("username", "name", "role", "places"),
    "sign_in": ("id", "token_hash", "username", "device", "created_at", "expires_at"),
    "dossier": (
        *("province", "code", "procedure_code", "department", "applicant_name"),
        *("applicant_identity", "applicant_phone", "applicant_address", "channel", "return_mode"),
        *("status", "received_at", "received_by", "received_place"),
    ),
    "item": (
        *("province", "code", "dossier_code", "kind", "direction", "label", "department"),
        "created_at",
    ),
    "custody_event": (
        *("province", "event_id", "item_code", "seq", "act", "place", "actor"),
        *("custodian_kind", "custodian", "occurred_at", "recorded_at", "device"),
        *("previous_hash", "hash"),
    ),
    "position": (
        *("province", "item_code", "dossier_code", "kind", "direction", "department", "stage"),
        *("place", "custodian_kind", "custodian", "sealed", "since", "last_event_id"),
        *("latest_at", "seq", "last_hash"),
    ),
}


@dataclass(frozen=True)
class Courier:
    """Somebody who scans, with an open session.

    Attributes:
        token: of the session; the database holds only its hash.
    """

    username: str
    token: str
    device: str
    places: tuple[str, ...] = COURIER_PLACES


@dataclass
class Province:
    """What is filled in.

    Attributes:
        items: each of a dossier of its own, the newest last.
        fewest, most: events of an item; the items take turns.
        until: the last event is a little earlier.
        true_hashes: whether old events carry their true hashes. Where nobody will verify them any
            number does, and filling goes faster; the chain goes on from it in any case.
    """

    items: int
    until: datetime
    fewest: int = 2
    most: int = 4
    true_hashes: bool = True
    couriers: tuple[Courier, ...] = field(
        default_factory=lambda: tuple(
            Courier(f"buu-ta-{n}", f"phien-cua-buu-ta-{n}", f"HH-{n}")
            for n in range(1, COURIERS + 1)
        )
    )

    @property
    def events(self) -> int:
        """How many events there are."""
        return sum(self._events_of(number) for number in range(self.items))

    @property
    def since(self) -> datetime:
        """When the first dossier came in."""
        return self._received(0)

    def _events_of(self, number: int) -> int:
        return self.fewest + number % (self.most - self.fewest + 1)

    def _received(self, number: int) -> datetime:
        before = timedelta(days=1, seconds=(self.items - number) * 86400 / DOSSIERS_A_DAY)
        return self.until - before

    def item_code(self, number: int) -> str:
        """The barcode of the item with this number, 0 being the oldest."""
        return f"{self._dossier_code(number)}/H1"

    def _dossier_code(self, number: int) -> str:
        day, serial = divmod(number, DOSSIERS_A_DAY)
        taken = self.since.date() + timedelta(days=day)
        return f"000.00.06.{CODE}-{taken:%y%m%d}-{serial + 1:04}"

    def people(self) -> Iterator[tuple[str, Row]]:
        """Rows of places, procedures, staff and sessions, with the name of their table."""
        for code in (COUNTER, *DEPARTMENTS, POST_OFFICE):
            kind = "department" if code in DEPARTMENTS else "desk"
            yield "place", (CODE, code, f"Nơi {code}", kind)
        for number, code in enumerate(DEPARTMENTS):
            name = f"Thủ tục của {code}"
            yield "procedure", (CODE, f"2.00{number}", name, "", code, 5, "working_day", 0)
        opened, ends = self.until - timedelta(days=1), self.until + timedelta(days=30)
        yield "staff", ("hanh", "Nông Thị Hạnh", Role.CLERK.value, COUNTER)
        for one in self.couriers:
            yield "staff", (one.username, "Vi Văn Tuấn", Role.COURIER.value, " ".join(one.places))
            yield (
                "sign_in",
                (
                    *(one.username, hashlib.sha256(one.token.encode()).hexdigest(), one.username),
                    *(one.device, stored(opened), stored(ends)),
                ),
            )

    def papers(self) -> Iterator[dict[str, list[Row]]]:
        """The rows of each item, by table."""
        for number in range(self.items):
            yield self._paper(number)

    def _paper(self, number: int) -> dict[str, list[Row]]:
        dossier, code = self._dossier_code(number), self.item_code(number)
        which = number % len(DEPARTMENTS)
        department, received = DEPARTMENTS[which], self._received(number)
        events = list(self._events(number, code, received))
        last = events[-1]
        digitised = len(events) <= len(FIRST_EVENTS)
        stage = ("counter", "digitised")[len(events) - 1] if digitised else "transfer"
        kind, custodian = ("desk", COUNTER) if digitised else ("person", self._courier(number))
        return {
            "dossier": [
                (
                    *(CODE, dossier, f"2.00{which}", department, "Nông Văn An", "020190000001"),
                    *("0912345678", "Số 12 đường Trần Phú, phường Lương Văn Tri", 1, 0, 2),
                    *(stored(received), "hanh", COUNTER),
                )
            ],
            "item": [
                (
                    *(CODE, code, dossier, "application", "out", "Hồ sơ", department),
                    stored(received),
                )
            ],
            "custody_event": events,
            "position": [
                (
                    *(CODE, code, dossier, "application", "out", department, stage, last[5]),
                    *(kind, custodian, 0, last[9], last[1], last[9], last[3], last[-1]),
                )
            ],
        }

    def _courier(self, number: int) -> str:
        return self.couriers[number % len(self.couriers)].username

    def _events(self, number: int, code: str, received: datetime) -> Iterator[Row]:
        """The item's chain: taken in and digitised at the counter, then carried about."""
        previous = GENESIS
        courier = self.couriers[number % len(self.couriers)]
        for seq in range(1, self._events_of(number) + 1):
            moment = received + timedelta(hours=seq - 1)
            event_id = scan_id(moment, number * 64 + seq)
            act, place, actor = FIRST_EVENTS[(seq - 1) % 2], COUNTER, "hanh"
            kind, custodian = ("desk", COUNTER) if seq == 1 else (None, None)
            device = None
            if seq > len(FIRST_EVENTS):
                act, actor, device = LATER_EVENTS[(seq - 1) % 2], courier.username, courier.device
                place = courier.places[(number + seq) % len(courier.places)]
                kind, custodian = ("person", actor) if act == "load" else (None, None)
            if self.true_hashes:
                own = link(
                    previous,
                    {
                        "event_id": event_id,
                        "item_code": code,
                        "seq": seq,
                        "act": act,
                        "place": place,
                        "actor": actor,
                        "custodian_kind": kind,
                        "custodian": custodian,
                        "occurred_at": instant(moment),
                        "recorded_at": instant(moment),
                        "device": device,
                    },
                )
            else:
                own = f"{number * 64 + seq:064x}"
            at = stored(moment)
            yield (
                *(CODE, event_id.replace("-", ""), code, seq, act, place, actor, kind, custodian),
                *(at, at, device, previous, own),
            )
            previous = own


def scan_id(moment: datetime, serial: int) -> str:
    """A UUIDv7 for a moment; the serial number keeps two of one millisecond apart."""
    time = f"{int(moment.timestamp() * 1000):012x}"
    tail = f"{serial:018x}"
    return f"{time[:8]}-{time[8:]}-7{tail[:3]}-8{tail[3:6]}-{tail[6:]}"


def stored(moment: datetime) -> str:
    """How SQLite keeps a moment, which PostgreSQL reads as UTC too."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


_PAPERS_AT_ONCE = 5000


def _parts(province: Province, say: Callable[[str], None]) -> Iterator[Part]:
    """All rows by table, a few thousand items at a time; tells how far it is."""
    first: dict[str, list[Row]] = {}
    for table, row in province.people():
        first.setdefault(table, []).append(row)
    yield first
    papers, done, told = province.papers(), 0, 0
    while some := list(islice(papers, _PAPERS_AT_ONCE)):
        yield {table: [row for each in some for row in each[table]] for table in some[0]}
        done += len(some)
        if done - told >= province.items // 5 and province.items > _PAPERS_AT_ONCE:
            say(f"   {done:,} of {province.items:,} items")
            told = done


def fill_sqlite(file: Path, province: Province, *, say: Callable[[str], None]) -> None:
    """Fill a migrated, empty SQLite file."""
    pour_into_sqlite(file, _parts(province, say))


def pour_into_sqlite(
    file: Path, parts: Iterable[Part], columns: Mapping[str, Sequence[str]] = COLUMNS
) -> None:
    """Write rows by table, in `columns`, into a migrated SQLite file that nobody else has open."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        for part in parts:
            for table, rows in part.items():
                names = ", ".join(columns[table])
                marks = ", ".join("?" * len(columns[table]))
                statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
                connection.executemany(statement, rows)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def fill_postgres(dsn: str, province: Province, *, say: Callable[[str], None]) -> None:
    """Fill a migrated, empty PostgreSQL database; its statistics are fresh afterwards."""
    days = (province.since, province.until)
    await pour_into_postgres(dsn, _parts(province, say), days=days)


async def pour_into_postgres(
    dsn: str,
    parts: Iterable[Part],
    columns: Mapping[str, Sequence[str]] = COLUMNS,
    *,
    days: tuple[datetime, datetime],
) -> None:
    """The same for PostgreSQL, whose months of the ledger are made for these days first."""
    connection = await asyncpg.connect(dsn)
    try:
        await _make_months(connection, *days)
        for part in parts:
            for table, rows in part.items():
                await connection.copy_to_table(
                    table, source=io.BytesIO(_copied(rows)), columns=columns[table]
                )
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _make_months(connection: asyncpg.Connection, since: datetime, until: datetime) -> None:
    """The months of the past, which the service made when they were ahead of it."""
    names = [row["relname"] for row in await connection.fetch(months.PARTITIONS)]
    there = months.read_names(names)[months.LIVE]
    month, end = months.month_of(since), months_after(months.month_of(until), 2)
    while month < end:
        if month not in there:
            for statement in months.making(months.LIVE, month):
                await connection.execute(statement)
        month = months_after(month, 1)


def _copied(rows: Sequence[Row]) -> bytes:
    """Rows as COPY reads them; no value of ours holds a tab or a backslash."""
    return "".join(
        "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n" for row in rows
    ).encode()
