"""POST /scans, against what the databases could do at best and against what one writes first.

On PostgreSQL three sides take the very same batches, each on a copy of its own of one filled
database: our service over HTTP, pgbench with our own statement, and FastAPI with SQLModel row by
row. On SQLite two: our service over HTTP, and a bare loop. All of them are durable, all of them
take a batch only once it is on the disk. docs/benchmarks.md says what is fair here and what not.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postal_bridge.storage.migrate import upgrade
from scripts.bench import bare_sqlite
from scripts.bench.batches import Batch, Scanning
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.load import drive, request
from scripts.bench.measuring import Cost, alternate, costing, need, paired
from scripts.bench.pgbench import Pgbench
from scripts.bench.province import Province, fill_postgres, fill_sqlite
from scripts.bench.servers import (
    Database,
    Server,
    durable_postgres,
    free_port,
    programme,
    scratch_folder,
    service,
)

PATH, PEERS_PATH = "/api/v1/scans", "/scans"
MANY = 4
BATCHES = {1: 1500, 10: 600, 100: 200, 500: 60}
"""Size of a batch: how many of them are sent in a run, all lines together."""
PEERS_BATCHES = {1: 300, 10: 60, 100: 8, 500: 2}
"""The same for FastAPI row by row, which would take too long otherwise."""

AGAINST_PGBENCH = {1: 0.50, 10: 0.55, 100: 0.75, 500: 0.90}
AGAINST_FASTAPI = {1: 1 / 4, 10: 1 / 12, 100: 1 / 30, 500: 1 / 45}
SERVERS_SHARE = {100: 0.25, 500: 0.15}
AGAINST_BARE_SQLITE = {100: 0.70}


@dataclass(frozen=True)
class Load:
    """What one run sends: the batches of each line."""

    lines: Sequence[Sequence[Batch]]

    @property
    def events(self) -> int:
        """How many scans, replays too."""
        return sum(len(batch.scans) for line in self.lines for batch in line)

    @property
    def fresh(self) -> int:
        """How many of them have not been sent before."""
        return self.events - sum(batch.replays for line in self.lines for batch in line)


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark."""
    with scratch_folder() as folder:
        yield from _on_postgres(plan, folder)
        yield from _on_sqlite(plan, folder)


def filled_province(plan: Plan) -> Province:
    """200 thousand items, or a tenth of that when it has to be quick."""
    now = datetime.now(UTC)
    return Province(items=20_000 if plan.quick else 200_000, until=now - timedelta(hours=12))


def counted(batches: int, plan: Plan) -> int:
    """How many batches, when it has to be quick."""
    return max(2, batches // 5) if plan.quick else batches


def ingested(server: Server, load: Load, *, path: str = PATH, database: int | None = None) -> Cost:
    """Send a load to a server and measure what it costs.

    Args:
        server: ours, or the peer.
        load: what is sent.
        path: where to.
        database: the process of PostgreSQL, where its CPU counts too.

    Raises:
        CannotMeasure: the server took more or fewer scans than were new.
    """
    raw = [
        [request("POST", path, token=batch.courier.token, body=batch.body()) for batch in line]
        for line in load.lines
    ]
    processes = {"server": server.pid} | ({"database": database} if database else {})
    with costing(processes, done=load.events) as cost:
        answers = drive(server.port, raw)
    taken = sum(answer.json()["accepted"] for line in answers for answer in line)
    need(taken == load.fresh, f"{path} took {taken} scans of {load.fresh} that were new")
    return cost


# --- PostgreSQL -----------------------------------------------------------------------------------


def _on_postgres(plan: Plan, folder: Path) -> Iterator[Figure]:
    province = filled_province(plan)
    with durable_postgres() as postgres, ExitStack() as stack:
        plan.say(f"PostgreSQL: {province.items:,} items, {province.events:,} events")
        ours = postgres.migrated("bench_ours")
        asyncio.run(fill_postgres(ours.dsn, province, say=plan.say))
        theirs, peers = ours.copied("bench_pgbench"), ours.copied("bench_fastapi")
        sides = _PostgresSides(
            databases=(ours, theirs, peers),
            postmaster=postgres.pid,
            server=stack.enter_context(service(ours.url, folder)),
            peer=stack.enter_context(_peer(peers)),
            pgbench=Pgbench(theirs, folder),
            scanning=Scanning(province, lines=1),
            peers_scanning=Scanning(province, lines=1),
        )
        for size in BATCHES:
            yield from _one_connection(plan, sides, size=size)
        sides.scanning = Scanning(province, lines=MANY, after=sides.scanning.moment)
        for size in BATCHES:
            yield from _many_connections(plan, sides, size=size)


def _peer(database: Database) -> AbstractContextManager[Server]:
    port = free_port()
    arguments = ["-m", "scripts.bench.peer", database.url, str(port)]
    return programme(arguments, port=port, environ={}, ready="/ready")


@dataclass
class _PostgresSides:
    """Everything that is compared on PostgreSQL, and the load that lies ready for the next run.

    Attributes:
        databases: copies of one another in the beginning: ours, pgbench's, the peer's.
        scanning: makes what our service and pgbench take; peers_scanning: what the peer takes.
    """

    databases: tuple[Database, Database, Database]
    postmaster: int
    server: Server
    peer: Server
    pgbench: Pgbench
    scanning: Scanning
    peers_scanning: Scanning
    load: Load = field(default_factory=lambda: Load(()))
    peers_load: Load = field(default_factory=lambda: Load(()))

    def prepare(self, *, size: int, batches: int, peers_batches: int) -> None:
        """Lay a round's loads ready, and do the tables' housekeeping."""
        self.load = Load(self.scanning.batches(size, batches))
        self.peers_load = Load(self.peers_scanning.batches(size, peers_batches))
        self.pgbench.feed(self.load.lines, now=datetime.now(UTC))
        for database in self.databases:
            database.execute("VACUUM position", "VACUUM custody_event")

    def ours(self) -> Cost:
        """Our service over HTTP."""
        return ingested(self.server, self.load, database=self.postmaster)

    def theirs(self) -> Cost:
        """The database by itself, with our statement."""
        count, database = "SELECT count(*) FROM custody_event", self.databases[1]
        lines, before = self.load.lines, database.number(count)
        cost = self.pgbench.run(
            lines=len(lines), batches=len(lines[0]), size=len(lines[0][0].scans)
        )
        taken = database.number(count) - before
        need(taken == self.load.fresh, f"pgbench took {taken} scans of {self.load.fresh}")
        return cost

    def peers(self) -> Cost:
        """FastAPI and SQLModel, row by row."""
        return ingested(self.peer, self.peers_load, path=PEERS_PATH, database=self.postmaster)


def _one_connection(plan: Plan, sides: _PostgresSides, *, size: int) -> Iterator[Figure]:
    plan.say(f"PostgreSQL, one connection, batches of {size}")
    measured = {"ours": sides.ours, "pgbench": sides.theirs, "fastapi": sides.peers}
    _warm_up(sides, measured, size=size)
    batches, peers = counted(BATCHES[size], plan), counted(PEERS_BATCHES[size], plan)
    rounds = alternate(
        measured,
        runs=plan.runs,
        before=lambda: sides.prepare(size=size, batches=batches, peers_batches=peers),
    )
    name = f"scan_ingest.postgresql.batch_{size}"
    yield _against_pgbench(f"{name}.pgbench", rounds, goal=Goal(at_least=AGAINST_PGBENCH[size]))
    yield figure(
        f"{name}.fastapi",
        paired(rounds, "ours", "fastapi", by=Cost.cpu_us),
        goal=Goal(at_most=AGAINST_FASTAPI[size]),
        anchor="FastAPI + SQLModel row by row: CPU of server and database",
        unit="us/event",
    )
    yield _servers_share(f"{name}.server_share", rounds, size=size)


def _many_connections(plan: Plan, sides: _PostgresSides, *, size: int) -> Iterator[Figure]:
    plan.say(f"PostgreSQL, {MANY} connections, batches of {size}")
    measured = {"ours": sides.ours, "pgbench": sides.theirs}
    _warm_up(sides, measured, size=size)
    batches = max(2, counted(BATCHES[size], plan) * 2 // MANY)
    rounds = alternate(
        measured,
        runs=plan.runs,
        before=lambda: sides.prepare(size=size, batches=batches, peers_batches=0),
    )
    name = f"scan_ingest.postgresql.batch_{size}.{MANY}_connections"
    yield _against_pgbench(f"{name}.pgbench", rounds, goal=None)
    yield _servers_share(f"{name}.server_share", rounds, size=None)


def _warm_up(
    sides: _PostgresSides, measured: Mapping[str, Callable[[], Cost]], *, size: int
) -> None:
    """Let connections be opened, plans be made and pages be read before anything counts."""
    sides.prepare(size=size, batches=5, peers_batches=1)
    for side in measured.values():
        side()


def _against_pgbench(
    name: str, rounds: Sequence[Mapping[str, Cost]], *, goal: Goal | None
) -> Figure:
    made = figure(
        name,
        paired(rounds, "ours", "pgbench", by=lambda cost: cost.per_second),
        goal=goal,
        anchor="pgbench, the very same statement",
        unit="events/s",
    )
    return made.with_notes(
        [{"anchor_with_feeding": round(each["pgbench"].notes["with_feeding"])} for each in rounds]
    )


def _servers_share(name: str, rounds: Sequence[Mapping[str, Cost]], *, size: int | None) -> Figure:
    share = SERVERS_SHARE.get(size) if size else None
    return figure(
        name,
        [(each["ours"].cpu_us("server"), each["ours"].cpu_us("database")) for each in rounds],
        goal=Goal(at_most=share) if share else None,
        anchor="CPU of PostgreSQL for the same events; ours is the server's",
        unit="us/event",
    )


# --- SQLite ---------------------------------------------------------------------------------------


def _on_sqlite(plan: Plan, folder: Path) -> Iterator[Figure]:
    province = filled_province(plan)
    plan.say(f"SQLite: {province.items:,} items, {province.events:,} events")
    ours, theirs = folder / "ours.db", folder / "theirs.db"
    upgrade(f"sqlite+aiosqlite:///{ours}")
    fill_sqlite(ours, province, say=plan.say)
    shutil.copyfile(ours, theirs)
    with service(f"sqlite+aiosqlite:///{ours}", folder) as server:
        moment = province.until
        for lines in (1, MANY):
            scanning = Scanning(province, lines=lines, after=moment)
            for size in BATCHES:
                plan.say(f"SQLite, {lines} connection(s), batches of {size}")
                yield _against_bare_sqlite(plan, scanning, server, theirs, size=size)
            moment = scanning.moment


def _against_bare_sqlite(
    plan: Plan, scanning: Scanning, server: Server, file: Path, *, size: int
) -> Figure:
    load = Load(scanning.batches(size, 5))

    def prepare() -> None:
        nonlocal load
        load = Load(scanning.batches(size, max(2, counted(BATCHES[size], plan) // scanning.lines)))

    def bare() -> Cost:
        in_turn = [batch for together in zip(*load.lines, strict=True) for batch in together]
        return bare_sqlite.take(file, in_turn)

    sides = {"ours": lambda: ingested(server, load), "bare": bare}
    for side in sides.values():
        side()
    rounds = alternate(sides, runs=plan.runs, before=prepare)
    one = scanning.lines == 1
    goal = AGAINST_BARE_SQLITE.get(size) if one else None
    return figure(
        f"scan_ingest.sqlite.batch_{size}" + ("" if one else f".{scanning.lines}_connections"),
        paired(rounds, "ours", "bare", by=lambda cost: cost.per_second),
        goal=Goal(at_least=goal) if goal else None,
        anchor="a bare sqlite3 loop, same rows, synchronous=FULL",
        unit="events/s",
    )
