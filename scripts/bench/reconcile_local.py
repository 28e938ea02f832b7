"""Two lists of dossiers on this machine, compared into a classified report, against plain DuckDB.

Ours is everything from the two files to the differences, dossier by dossier. The anchor joins the
same files by the code in DuckDB and classifies in SQL; it gives counts only. Beside them run the
tools that one would pick: reladiff between two tables of PostgreSQL, and datacompy; where the
environment that they need cannot be made, they are left out, loudly.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import Cost, alternate, need, paired
from scripts.bench.servers import ROOT, durable_postgres, need_disk, scratch_folder
from scripts.bench.two_lists import TwoLists, write

QUICK_SIZES = (84_000, 1_000_000)
SIZES = (*QUICK_SIZES, 10_000_000)
MILLION = 1_000_000
WARM = 84_000
TOOL_RUNS = 3
RAW = "DuckDB, full outer join by code, classified in SQL"
PLACE = ROOT / "var" / "anchors"
PINS = ROOT / "requirements" / "anchors.txt"


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark."""
    with scratch_folder() as folder:
        need_disk(folder, 2 if plan.quick else 4)
        warm = _written(plan, WARM, folder)
        for rows in QUICK_SIZES if plan.quick else SIZES:
            place = warm if rows == WARM else _written(plan, rows, folder)
            yield from _against_duckdb(plan, rows, place, warm)
            if rows == MILLION:
                yield from _against_tools(plan, place, warm)


def _written(plan: Plan, rows: int, folder: Path) -> Path:
    place = folder / str(rows)
    place.mkdir()
    spent = sum(write(rows, place).values()) / rows / 2 * 1e6
    plan.say(f"{rows:,} dossiers a side written, {spent:.2f} µs CPU a row with its digests")
    return place


def _side(name: str, rows: int, place: Path, warm: Path) -> Cost:
    """One of the two sides, once."""
    command = ["-m", "scripts.bench.reconcile_side", name, str(place), str(warm)]
    told = _told([sys.executable, *command])
    found = sum(told["found"].values())
    differing = TwoLists(rows).differing
    need(found == differing, f"{name} found {found} differing dossiers of {differing}")
    return _cost(told, rows)


def _cost(told: Mapping[str, Any], rows: int) -> Cost:
    return Cost(
        done=rows,
        wall_seconds=told["wall"],
        cpu={"process": told["cpu"]},
        notes={"memory": told["memory"]},
    )


def _told(command: Sequence[str]) -> dict[str, Any]:
    """What a process of its own says."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    need(done.returncode == 0, f"{' '.join(command[1:4])}: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _against_duckdb(plan: Plan, rows: int, place: Path, warm: Path) -> Iterator[Figure]:
    sides = {name: partial(_side, name, rows, place, warm) for name in ("ours", "duckdb")}
    rounds = alternate(sides, runs=plan.runs)
    large = rows > MILLION
    goal = Goal(at_most=0.65 if large else 0.95)
    seen: dict[str, tuple[str, Callable[[Cost], float], Goal | None]] = {
        "wall": ("s", lambda cost: cost.wall_seconds, goal),
        "cpu": ("s", lambda cost: cost.cpu["process"], goal),
        "memory": ("MiB", lambda cost: cost.notes["memory"], Goal(at_most=0.5) if large else None),
    }
    for what, (unit, by, hoped) in seen.items():
        pairs = paired(rounds, "ours", "duckdb", by=by)
        name = f"reconcile_local.{rows}.{what}"
        yield figure(name, pairs, goal=hoped, anchor=RAW, unit=unit)


# --- the tools that one would pick ------------------------------------------------------------------


def _against_tools(plan: Plan, place: Path, warm: Path) -> Iterator[Figure]:
    python = anchors_environment(plan)
    if python is None:
        return
    script = [str(python), str(Path(__file__).with_name("reconcile_anchor.py"))]
    with durable_postgres() as postgres:
        server = postgres.server
        dsn = server.create("bench_lists").replace("+asyncpg", "")
        loading = [*script, "load", str(place), dsn]
        done = subprocess.run(loading, capture_output=True, text=True, check=False)
        need(done.returncode == 0, f"load: {done.stderr[-2000:]}")
        arguments = {"reladiff": [str(place), dsn], "datacompy": [str(place)]}
        goals = {"reladiff": Goal(at_least=50), "datacompy": Goal(at_least=30)}
        for name, rest in arguments.items():
            plan.say(f"{name}, {TOOL_RUNS} times")
            sides = {
                name: partial(_tool, [*script, name, *rest]),
                "ours": partial(_side, "ours", MILLION, place, warm),
            }
            rounds = alternate(sides, runs=min(plan.runs, TOOL_RUNS))
            pairs = paired(rounds, name, "ours", by=lambda cost: cost.wall_seconds)
            yield figure(
                f"reconcile_local.{MILLION}.{name}",
                pairs,
                goal=goals[name],
                anchor=f"ours; the figure is how many times as long {name} takes",
                unit="s",
            )


def _tool(command: Sequence[str]) -> Cost:
    told = _told(command)
    differing = TwoLists(MILLION).differing
    need(told["found"] == differing, f"{command[2]} found {told['found']} of {differing}")
    return _cost(told, MILLION)


def anchors_environment(plan: Plan) -> Path | None:
    """The Python of the tools' own environment, made when it is not there; none where it cannot."""
    stamp, python = PLACE / "pins.sha256", PLACE / "bin" / "python"
    pins = hashlib.sha256(PINS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == pins:
        return python
    plan.say("making the environment of the tools beside ours in var/anchors")
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(PLACE)],
        [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(PINS)],
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            plan.say(
                "!!! BỎ QUA · SKIPPED: the tools beside ours are not measured, their environment"
                f" cannot be made: {done.stderr.strip().splitlines()[-1:]}"
            )
            return None
    stamp.write_text(pins)
    return python
