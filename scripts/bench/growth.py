"""What an event costs the database as the ledger grows: 10 thousand, 1 and 10 million events.

Three databases on one server, of one shape: five events an item, 9,000 dossiers a day, months as
the service makes them. In each of them the service takes batches of 100 scans of the newest items,
right after a checkpoint, when PostgreSQL writes whole pages. Compared is the CPU of the database.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postal_bridge.storage.migrate import upgrade
from scripts.bench.batches import Scanning
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import Cost, alternate, paired
from scripts.bench.province import Province, fill_postgres, fill_sqlite
from scripts.bench.scan_ingest import Load, ingested
from scripts.bench.servers import (
    Database,
    Server,
    durable_postgres,
    need_disk,
    scratch_folder,
    service,
)

SMALL = 10_000
POSTGRES_SIZES, SQLITE_SIZES = (SMALL, 1_000_000, 10_000_000), (SMALL, 1_000_000)
QUICK_SIZES = (SMALL, 100_000)
GIGABYTES_A_MILLION = 2.0
"""Tables, indexes, and what is written ahead while they are filled."""

SIZE = 100
BATCHES, SMALL_BATCHES = 300, 100
"""A measurement is what comes between two checkpoints: five minutes of a hundred scans a second. The
smallest database gets less, or it would not stay small."""
WARM_UP = 30_000
FEWEST, MOST = 3, 7
RECENT = 20
"""One item in so many is still on its way, the newest ones; a thousand at least."""
FEWEST_RECENT = 1000
GOAL = Goal(at_most=1.3)


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark."""
    with scratch_folder() as folder:
        yield from _on_postgres(plan, folder)
        yield from _on_sqlite(plan, folder)


def province_of(events: int) -> Province:
    """A province with so many events."""
    items = events * 2 // (FEWEST + MOST)
    until = datetime.now(UTC) - timedelta(hours=12)
    return Province(items=items, until=until, fewest=FEWEST, most=MOST, true_hashes=False)


def newest(province: Province) -> range:
    """The items that are scanned."""
    return range(province.items - max(province.items // RECENT, FEWEST_RECENT), province.items)


def batches_of(events: int) -> int:
    """How many batches a measurement takes of a database of that size."""
    return BATCHES if events > SMALL else SMALL_BATCHES


def _on_postgres(plan: Plan, folder: Path) -> Iterator[Figure]:
    sizes = QUICK_SIZES if plan.quick else POSTGRES_SIZES
    need_disk(folder, sum(sizes) / 1e6 * GIGABYTES_A_MILLION)
    with durable_postgres() as postgres, ExitStack() as stack:
        sides: dict[str, Callable[[], Cost]] = {}
        for events in sizes:
            plan.say(f"PostgreSQL: {events:,} events")
            database, province = postgres.migrated(f"bench_{events}"), province_of(events)
            asyncio.run(fill_postgres(database.dsn, province, say=plan.say))
            server = stack.enter_context(service(database.url, folder))
            scanning = Scanning(province, lines=1, among=newest(province))
            _warm_up(server, scanning, events)
            sides[str(events)] = _postgres_side(
                server, scanning, database, batches=batches_of(events), postmaster=postgres.pid
            )
        plan.say("PostgreSQL: measuring")
        rounds = alternate(sides, runs=plan.runs)
    yield from _figures("postgresql", "database", sizes, rounds)


def _postgres_side(
    server: Server, scanning: Scanning, database: Database, *, batches: int, postmaster: int
) -> Callable[[], Cost]:
    written = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"

    def side() -> Cost:
        load = Load(scanning.batches(SIZE, batches))
        database.execute("CHECKPOINT")
        before = database.number(written)
        cost = ingested(server, load, database=postmaster)
        cost.notes["wal_bytes"] = round((database.number(written) - before) / cost.done)
        return cost

    return side


def _on_sqlite(plan: Plan, folder: Path) -> Iterator[Figure]:
    sizes = QUICK_SIZES if plan.quick else SQLITE_SIZES
    with ExitStack() as stack:
        sides: dict[str, Callable[[], Cost]] = {}
        for events in sizes:
            plan.say(f"SQLite: {events:,} events")
            file, province = folder / f"{events}.db", province_of(events)
            upgrade(f"sqlite+aiosqlite:///{file}")
            fill_sqlite(file, province, say=plan.say)
            server = stack.enter_context(service(f"sqlite+aiosqlite:///{file}", folder))
            scanning = Scanning(province, lines=1, among=newest(province))
            _warm_up(server, scanning, events)
            sides[str(events)] = _sqlite_side(server, scanning, batches=batches_of(events))
        plan.say("SQLite: measuring")
        rounds = alternate(sides, runs=plan.runs)
    yield from _figures("sqlite", "server", sizes, rounds)


def _sqlite_side(server: Server, scanning: Scanning, *, batches: int) -> Callable[[], Cost]:
    return lambda: ingested(server, Load(scanning.batches(SIZE, batches)))


def _warm_up(server: Server, scanning: Scanning, events: int) -> None:
    """Read what a province at work has in memory; the smallest one shall not grow much by it."""
    ingested(server, Load(scanning.batches(SIZE, min(WARM_UP, events) // SIZE)))


def _figures(
    engine: str, who: str, sizes: Sequence[int], rounds: Sequence[Mapping[str, Cost]]
) -> Iterator[Figure]:
    for events in sizes[1:]:
        made = figure(
            f"growth.{engine}.{events}",
            paired(rounds, str(events), str(SMALL), by=lambda cost: cost.cpu_us(who)),
            goal=GOAL,
            anchor=f"the same with {SMALL} events: CPU of the {who}",
            unit="us/event",
        )
        yield made.with_notes(
            [
                {
                    f"{side}_{name}": value
                    for side, size in (("ours", events), ("anchor", SMALL))
                    for name, value in each[str(size)].notes.items()
                }
                for each in rounds
            ]
        )
