"""The benchmarks' own parts: a benchmark that compares something else than it says is worse than none.

Nothing here looks at how long something takes.
"""

import asyncio
import importlib.util
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from typing_extensions import override

from postal_bridge.app import open_house
from postal_bridge.tracking.ledger import verify_ledger
from scripts.bench import bare_sqlite
from scripts.bench.__main__ import main
from scripts.bench.batches import Batch, Scanning
from scripts.bench.catalogue import BENCHMARKS
from scripts.bench.figures import Goal, as_json, as_table, figure
from scripts.bench.load import drive, request
from scripts.bench.measuring import CannotMeasure, Cost, alternate
from scripts.bench.pgbench import Pgbench, as_text, read_report, script
from scripts.bench.province import Province, fill_postgres, fill_sqlite
from scripts.bench.servers import Database
from tests.conftest import MakeDatabase
from tests.journey.province import town_settings
from tests.postgres import PostgresServer

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "scripts" / "bench"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def small_province() -> Province:
    return Province(items=40, until=NOON)


def fill(url: str, province: Province) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        fill_sqlite(Path(str(address.database)), province, say=lambda _: None)
    else:
        dsn = url.replace("+asyncpg", "")
        asyncio.run(fill_postgres(dsn, province, say=lambda _: None))


def lies_in(url: str, folder: Path) -> tuple[int, tuple[object, ...]]:
    """How many events the ledger has, and what `verify-ledger` says against it."""

    async def verified() -> tuple[int, tuple[object, ...]]:
        async with (
            open_house(town_settings(url, folder)) as house,
            house.storage.begin(write=False) as work,
        ):
            found = await verify_ledger(work.ledger, signer=house.signer)
        return found.events, found.findings

    return asyncio.run(verified())


# --- the command ----------------------------------------------------------------------------------


def test_without_a_name_every_benchmark_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    measuring = {
        path.stem for path in BENCH.glob("*.py") if "\ndef measure(plan: Plan)" in path.read_text()
    }
    assert main([]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert set(listed) == measuring
    assert len(listed) == len(measuring)


@pytest.mark.parametrize("name", [each.name for each in BENCHMARKS])
def test_every_benchmark_is_described(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "benchmarks.md").read_text()
    assert importlib.util.find_spec(f"scripts.bench.{name}") is not None


@pytest.mark.parametrize("arguments", [["scan_ingets"], ["scan_ingest", "--runs", "0"]])
def test_a_wrong_call_is_a_misuse(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "scan_ingest" in capsys.readouterr().err


# --- figures --------------------------------------------------------------------------------------


def test_a_figure_is_the_median_of_the_runs_ratios() -> None:
    made = figure(
        "a.b", [(1, 2), (3, 4), (9, 10)], goal=Goal(at_least=0.7), anchor="b", unit="events/s"
    )
    assert (made.ratio, made.spread) == (0.75, (0.5, 0.9))
    told = json.loads(as_json([made]))
    assert set(told) == {"name", "goal", "ratio", "spread", "anchor", "runs"}
    assert told["goal"] == ">= 0.7"
    assert told["runs"][2] == {"ours": 9, "anchor": 10, "ratio": 0.9}
    assert len(json.loads(as_json([made, made]))) == 2
    assert "đạt/met" in as_table([made])


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [
        (Goal(at_least=0.7), 0.7, True),
        (Goal(at_least=0.7), 0.69, False),
        (Goal(at_most=1.3), 1.3, True),
        (Goal(at_most=1.3), 1.4, False),
    ],
)
def test_a_goal_says_whether_it_is_met(goal: Goal, ratio: float, met: bool) -> None:
    assert goal.met_by(ratio) is met


def test_sides_take_turns_and_each_begins_once() -> None:
    order: list[str] = []

    def side(name: str) -> Cost:
        order.append(name)
        return Cost(done=1)

    names = ("a", "b", "c")
    rounds = alternate({name: lambda name=name: side(name) for name in names}, runs=3)  # type: ignore[misc]
    assert "".join(order) == "abcbcacab"
    assert [set(each) for each in rounds] == [set(names)] * 3


# --- the province and its scans -------------------------------------------------------------------


def test_a_filled_province_is_one_that_verify_ledger_believes(
    database_url: str, tmp_path: Path
) -> None:
    province = small_province()
    fill(database_url, province)
    assert lies_in(database_url, tmp_path) == (province.events, ())


def test_the_items_of_a_batch_are_different_ones_and_a_few_scans_are_replays() -> None:
    scanning = Scanning(Province(items=2000, until=NOON), lines=2)
    seen: dict[str, Batch] = {}
    replays = 0
    for line in range(2):
        for batch in (scanning.batch(100, line=line) for _ in range(40)):
            assert len({scan.code for scan in batch.scans}) == len(batch.scans) == 100
            again = [scan for scan in batch.scans if scan.scan_id in seen]
            assert len(again) == batch.replays
            assert all(seen[scan.scan_id].courier == batch.courier for scan in again)
            replays += batch.replays
            seen |= {scan.scan_id: batch for scan in batch.scans}
    assert 0 < replays < 400


def test_the_bare_loop_writes_what_the_programme_would_have_written(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = Path(shutil.copyfile(sqlite_template, tmp_path / "bare.db"))
    url, province = f"sqlite+aiosqlite:///{file}", small_province()
    fill(url, province)
    scanning = Scanning(province, lines=1)
    batches = [scanning.batch(10) for _ in range(20)]
    bare_sqlite.take(file, batches)
    fresh = 200 - sum(batch.replays for batch in batches)
    assert lies_in(url, tmp_path) == (province.events + fresh, ())


# --- pgbench --------------------------------------------------------------------------------------


def test_pgbench_takes_the_services_own_statement(
    postgres_server: PostgresServer,
    postgres_template: str,
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    url, province = make_database(template=postgres_template), small_province()
    fill(url, province)
    scanning = Scanning(province, lines=2)
    lines = scanning.batches(10, 3)
    try:
        pgbench = Pgbench(Database(postgres_server, str(make_url(url).database)), tmp_path)
    except CannotMeasure as missing:
        pytest.skip(f"benchmarks: {missing}")
    pgbench.feed(lines, now=NOON)
    cost = pgbench.run(lines=2, batches=3, size=10)
    assert cost.done == 60
    fresh = 60 - sum(batch.replays for line in lines for batch in line)
    assert lies_in(url, tmp_path) == (province.events + fresh, ())


def test_pgbench_sees_no_variable_where_there_is_none() -> None:
    written = script(
        "SELECT to_char($2, 'HH24:MI') || E'\\n:a' || 'b: c' WHERE $1", ["bool", "time"]
    )
    assert r"to_char(:p2::time, E'HH24\x3aMI') || E'\n\x3aa' || 'b: c' WHERE :p1::bool;" in written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["a", None, 'say "x\\y"'], r'{"a",NULL,"say \"x\\y\""}'),
        ([datetime(2026, 1, 2, tzinfo=UTC)], '{"2026-01-02T00:00:00+00:00"}'),
        (120, "120"),
    ],
)
def test_a_value_becomes_the_text_that_the_database_reads(value: object, text: str) -> None:
    assert as_text(value) == text


def test_only_the_statement_counts_in_a_report_of_pgbench() -> None:
    report = """
tps = 250.000000 (without initial connection time)
statement latencies in milliseconds and failures:
         0.001           0 \\set n :n + 1
         0.500           0 SELECT p1 FROM bench_feed WHERE number = :number \\gset
         2.500           0 WITH me AS MATERIALIZED (
"""
    cost = read_report(report, lines=4, batches=10, size=100)
    assert (cost.done, cost.wall_seconds) == (4000, 0.025)
    assert cost.notes == {"statement_ms": 2.5, "with_feeding": 25_000}
    with pytest.raises(CannotMeasure):
        read_report("tps = 1.0", lines=1, batches=1, size=1)


# --- the load -------------------------------------------------------------------------------------


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, and whose it is."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        said = json.dumps({"token": self.headers["Authorization"], "body": body.decode()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test is quiet."""


@pytest.fixture
def echo() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_every_line_gets_its_own_answers_in_order(echo: int) -> None:
    lines = [
        [request("POST", "/", token=f"t{line}", body=f"{line}-{n}".encode()) for n in range(3)]
        for line in range(4)
    ]
    answers = drive(echo, lines)
    assert [[one.json()["body"] for one in line] for line in answers] == [
        [f"{line}-{n}" for n in range(3)] for line in range(4)
    ]
    assert answers[2][0].json()["token"] == "Bearer t2"
