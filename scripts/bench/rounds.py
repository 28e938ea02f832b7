"""Rounds on published instances against bare PyVRP and OR-Tools, and a province's day in time.

Every side has the same seconds of wall time for an instance. Ours is the whole path: model,
search, reckoning of times, mending, explaining, and the way to the worker and back. What counts is
the distance alone (DIMACS rounding). Each plan of ours is shown to PyVRP, which has to agree.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import need
from scripts.bench.reconcile_local import anchors_environment
from scripts.bench.rounds_day import STOPS, planned_day
from scripts.bench.servers import ROOT, scratch_folder

SECONDS, QUICK_SECONDS = 10, 2
QUICK_INSTANCES = 4
DAY_SECONDS = 20
WITHIN = 1.001
"""Of bare PyVRP's distance: a tenth of a percentage point."""


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark."""
    yield from _day(plan)
    if plan.instances is None:
        plan.say("--instances DIR: no instances are given, only the day is measured")
        return
    files = sorted(plan.instances.glob("*.vrp"))
    need(files, f"there is no *.vrp in {plan.instances}")
    if plan.quick:
        files = files[:: max(len(files) // QUICK_INSTANCES, 1)][:QUICK_INSTANCES]
    python = anchors_environment(plan)
    with scratch_folder() as folder:
        yield from _against(plan, files, python, folder)


def _day(plan: Plan) -> Iterator[Figure]:
    walls = []
    for run in range(1, plan.runs + 1):
        made, wall = asyncio.run(planned_day(seed=run, seconds=DAY_SECONDS * 0.9))
        plan.say(f"{STOPS} stops: {wall:.1f} s, {len(made.rounds)} rounds, {made.metres} m")
        walls.append((wall, float(DAY_SECONDS)))
    yield figure(
        "rounds.day_of_500",
        walls,
        goal=Goal(at_most=1),
        anchor="twenty seconds, for a plan of 500 stops that the tests' checker finds right",
        unit="s",
    )


def _against(
    plan: Plan, files: Sequence[Path], python: Path | None, folder: Path
) -> Iterator[Figure]:
    seconds = QUICK_SECONDS if plan.quick else SECONDS
    runs = [
        [_instance(plan, file, python, folder, seconds=seconds, seed=run) for file in files]
        for run in range(1, plan.runs + 1)
    ]
    pair = partial(_pairs, runs)
    yield figure(
        "rounds.distance.pyvrp", pair("ours", "pyvrp"), goal=Goal(at_most=WITHIN),
        anchor=f"bare PyVRP, {seconds} s an instance, {len(files)} instances", unit="",
    )  # fmt: skip
    if python:
        yield figure(
            "rounds.distance.ortools", pair("ours", "ortools"), goal=Goal(at_most=1),
            anchor=f"OR-Tools, guided local search, {seconds} s", unit="",
        )  # fmt: skip
    if all(each["best"] for run in runs for each in run):
        for side in ("ours", "pyvrp", *(["ortools"] if python else [])):
            yield figure(
                f"rounds.gap.{side}", pair(side, "best"),
                anchor="the best distances known", unit="",
            )  # fmt: skip
    walls = [(sum(each["ours_wall"] for each in run), float(seconds * len(run))) for run in runs]
    yield figure(
        "rounds.wall",
        walls,
        goal=Goal(at_most=1.02),
        anchor="the seconds that were given",
        unit="s",
    )


def _pairs(
    runs: Sequence[Sequence[dict[str, Any]]], ours: str, theirs: str
) -> list[tuple[float, float]]:
    """Of each run the mean of the instances' ratios to the anchor: a long one counts no more."""
    runs = [[each for each in run if ours in each and theirs in each] for run in runs]
    return [(sum(each[ours] / each[theirs] for each in run) / len(run), 1.0) for run in runs]


def _instance(
    plan: Plan, file: Path, python: Path | None, folder: Path, *, seconds: int, seed: int
) -> dict[str, Any]:
    side = [sys.executable, "-m", "scripts.bench.rounds_side"]
    rest = [str(file), str(seconds), str(seed)]
    figures = _told([*side, "figures", *rest])
    told: dict[str, Any] = {"best": figures["best"]}
    written = folder / f"{file.stem}.json"
    written.write_text(json.dumps(figures), encoding="utf-8")
    commands = {"ours": [*side, "ours", *rest], "pyvrp": [*side, "pyvrp", *rest]}
    if python:
        script = str(Path(__file__).with_name("rounds_anchor.py"))
        commands["ortools"] = [str(python), script, str(written), str(seconds)]
    names = list(commands)
    first = seed % len(names)
    for name in [*names[first:], *names[:first]]:
        answer = _told(commands[name])
        missing = not answer["feasible"]
        need(name == "ortools" or not missing, f"{name} has no plan for {file.name}")
        if missing:
            plan.say(f"{file.stem}: OR-Tools found no plan; the instance is not in its figures")
            continue
        told[name], told[f"{name}_wall"] = answer["cost"], answer["wall"]
    plan.say(
        f"{file.stem}: " + ", ".join(f"{key} {value:g}" for key, value in told.items() if value)
    )
    return told


def _told(command: Sequence[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    need(done.returncode == 0, f"{' '.join(command[1:4])}: {done.stderr[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told
