"""GET /transfers, fifty rows, against FastAPI with SQLModel's ORM and a response model.

All sides ask who is asking, read the same database and give the same pages in turn, at random
places of a long list. What counts is the CPU of the server and of the database's own processes
together, for one request. Two peers: one answers with the columns of the table and no more, the
other with everything that we answer.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postal_bridge.storage.migrate import upgrade
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.load import Answer, drive, request
from scripts.bench.measuring import Cost, alternate, costing, need, paired
from scripts.bench.province import Province, fill_postgres, fill_sqlite
from scripts.bench.servers import (
    Server,
    durable_postgres,
    free_port,
    programme,
    scratch_folder,
    service,
)

PATH = "/api/v1/transfers"
PEERS = {"same_answer": "/transfers", "table_only": "/positions"}
ROWS = 50
LINES = 4
REQUESTS, PEERS_REQUESTS = 3000, 600
GOALS = {"postgresql": 1 / 5, "sqlite": 1 / 8}


@dataclass(frozen=True)
class Sides:
    """What is compared on one engine, and the pages that all of them are asked for."""

    ours: Server
    peer: Server
    postmaster: int | None
    token: str
    pages: Sequence[str]

    def asked(self, server: Server, path: str, count: int) -> Cost:
        """Ask for `count` pages over several connections, and measure what they cost."""
        raw = [
            request("GET", f"{path}?limit={ROWS}&after={self.pages[number]}", token=self.token)
            for number in range(count)
        ]
        processes = {"server": server.pid}
        if self.postmaster is not None:
            processes["database"] = self.postmaster
        with costing(processes, done=count) as cost:
            answers = drive(server.port, [raw[line::LINES] for line in range(LINES)])
        for line in answers:
            _check(line)
        return cost


def _check(answers: Sequence[Answer]) -> None:
    need(all(answer.status == 200 for answer in answers), "a page was refused")  # noqa: PLR2004
    rows = answers[-1].json()["transfers"]
    need(len(rows) == ROWS, f"a page has {len(rows)} rows instead of {ROWS}")


def measure(plan: Plan) -> list[Figure]:
    """Run the whole benchmark."""
    until = datetime.now(UTC) - timedelta(hours=12)
    province = Province(items=20_000 if plan.quick else 200_000, until=until, true_hashes=False)
    with scratch_folder() as folder:
        return [*_on_postgres(plan, province, folder), *_on_sqlite(plan, province, folder)]


def _on_postgres(plan: Plan, province: Province, folder: Path) -> list[Figure]:
    with durable_postgres() as postgres, ExitStack() as stack:
        plan.say(f"PostgreSQL: {province.items:,} items")
        database = postgres.migrated("bench_list")
        asyncio.run(fill_postgres(database.dsn, province, say=plan.say))
        sides = _sides(province, database.url, folder, stack, postmaster=postgres.pid)
        return list(_compared(plan, "postgresql", sides))


def _on_sqlite(plan: Plan, province: Province, folder: Path) -> list[Figure]:
    plan.say(f"SQLite: {province.items:,} items")
    file = folder / "list.db"
    url = f"sqlite+aiosqlite:///{file}"
    upgrade(url)
    fill_sqlite(file, province, say=plan.say)
    with ExitStack() as stack:
        return list(_compared(plan, "sqlite", _sides(province, url, folder, stack)))


def _sides(
    province: Province, url: str, folder: Path, stack: ExitStack, *, postmaster: int | None = None
) -> Sides:
    chance = random.Random(50)  # noqa: S311 - a load, no secret
    codes = [
        province.item_code(chance.randrange(province.items - 2 * ROWS)) for _ in range(REQUESTS)
    ]
    return Sides(
        ours=stack.enter_context(service(url, folder)),
        peer=stack.enter_context(_peer(url)),
        postmaster=postmaster,
        token=province.couriers[0].token,
        pages=codes,
    )


def _peer(url: str) -> AbstractContextManager[Server]:
    port = free_port()
    arguments = ["-m", "scripts.bench.list_peer", url, str(port)]
    return programme(arguments, port=port, environ={}, ready="/ready")


def _compared(plan: Plan, engine: str, sides: Sides) -> Iterator[Figure]:
    share = 5 if plan.quick else 1
    measured = {"ours": lambda: sides.asked(sides.ours, PATH, REQUESTS // share)} | {
        name: lambda path=path: sides.asked(sides.peer, path, PEERS_REQUESTS // share)
        for name, path in PEERS.items()
    }
    plan.say(f"{engine}: {ROWS} rows, {LINES} connections")
    for side in measured.values():
        side()
    rounds = alternate(measured, runs=plan.runs)
    for name, anchor in (
        ("same_answer", "FastAPI + SQLModel ORM, the same answer: CPU of server and database"),
        ("table_only", "FastAPI + SQLModel ORM, the table's own columns only: the same CPU"),
    ):
        yield figure(
            f"transfer_list.{engine}.{name}",
            paired(rounds, "ours", name, by=Cost.cpu_us),
            goal=Goal(at_most=GOALS[engine]) if name == "same_answer" else None,
            anchor=anchor,
            unit="us/request",
        )
    if sides.postmaster is not None:
        yield figure(
            f"transfer_list.{engine}.server_share",
            [(each["ours"].cpu_us("server"), each["ours"].cpu_us("database")) for each in rounds],
            anchor="CPU of PostgreSQL for the same requests; ours is the server's",
            unit="us/request",
        )
