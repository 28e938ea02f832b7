"""What the other side's list costs: CPU for each row on our side, and bytes on the line.

First the pages that each make's stand-in really sends are read over and over: from bytes to
dossiers, to the snapshot, to the tally, beside `json.loads` and a dictionary. Then whole nights are
run over real HTTP against the OpenCPS stand-in, with counts first and with everything listed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from postal_bridge.storage.migrate import upgrade
from scripts.bench.figures import Figure, Goal, Plan, figure
from scripts.bench.measuring import need
from scripts.bench.servers import free_port, need_disk, programme, scratch_folder
from scripts.bench.steps import step
from scripts.bench.year_stand_in import GZIP, PLANNING_SECONDS, READY

MAKES = ("opencps", "tandan", "igate")
ROWS, QUICK_ROWS = 20_000, 800
DECODE_US = 2.0
"""The goal: CPU microseconds for each row, from bytes to dossier."""

DAYS = (87, 365)
"""Look-backs: the last 20 thousand dossiers of the year, and all its 84 thousand."""

BY, QUICK_BY = 1, 100
PARTS = {
    "digest": "json.loads and a dictionary of the same bodies",
    "tally": "json.loads and a dictionary of the same bodies",
    "reading": "json.loads and a dictionary of the same bodies",
}


def measure(plan: Plan) -> Iterator[Figure]:
    """Run the whole benchmark."""
    with scratch_folder() as folder:
        need_disk(folder, 1 if plan.quick else 3)
        for make in MAKES:
            yield from _rows(plan, make, folder / make)
        yield from _nights(plan, folder)


def _rows(plan: Plan, make: str, file: Path) -> Iterator[Figure]:
    rows = QUICK_ROWS if plan.quick else ROWS
    plan.say(f"pages of {rows:,} dossiers from the stand-in of {make}")
    step("pages", ["-m", "scripts.bench.remote_pages", make, str(rows), str(file)], {})
    command = ["-m", "scripts.bench.remote_side", make, str(file), str(plan.runs)]
    rounds: list[Mapping[str, float]] = step("rows", command, {}).said
    name = f"reconcile_remote.{make}"
    notes = [{"rows": each["rows"], "bytes": each["bytes"]} for each in rounds]
    yield figure(
        f"{name}.decode",
        [(each["decode"], DECODE_US) for each in rounds],
        goal=Goal(at_most=1),
        anchor="two microseconds",
        unit="µs CPU a row",
    ).with_notes(notes)
    for what in ("decode", *PARTS):
        yield figure(
            f"{name}.{what}.json",
            [(each[what], each["anchor"]) for each in rounds],
            anchor=PARTS.get(what, PARTS["digest"]),
            unit="µs CPU a row",
        )


def _nights(plan: Plan, folder: Path) -> Iterator[Figure]:
    by = QUICK_BY if plan.quick else BY
    url, port, planted = f"sqlite+aiosqlite:///{folder}/year.db", free_port(), folder / "planted"
    upgrade(url)
    plan.say("our year is filled in, and the other side's")
    plan.say(str(step("fill", ["-m", "scripts.bench.year_fill", url, str(folder), str(by)], {})))
    command = ["-m", "scripts.bench.year_stand_in", str(port), str(by), "countable", str(planted)]
    with programme([*command, GZIP], port=port, environ={}, ready=READY, within=PLANNING_SECONDS):
        for days in DAYS:
            for way in ("plain", GZIP):
                told = _night(plan, (url, str(folder), str(port), str(days), way))
                yield from _bytes(f"reconcile_remote.{days}_days.{way}", told)


def _night(plan: Plan, arguments: tuple[str, ...]) -> dict[str, Any]:
    told: dict[str, Any] = step("nights", ["-m", "scripts.bench.remote_night", *arguments], {}).said
    for kind, each in told.items():
        plan.say(f"   {' '.join(arguments[3:])} {kind}: {each}")
    need(
        told["full"]["dossiers"] == told["counts"]["dossiers"]
        and told["full"]["found"] == told["counts"]["found"],
        f"the nights do not agree: {told}",
    )
    return told


def _bytes(name: str, told: Mapping[str, Mapping[str, int]]) -> Iterator[Figure]:
    counts, full = told["counts"], told["full"]
    notes = {f"{kind}.{what}": each[what] for kind, each in told.items() for what in each}
    pair = tuple((each["up"] + each["down"]) / 1e6 for each in (counts, full))
    yield figure(
        f"{name}.bytes",
        [(pair[0], pair[1])],
        goal=Goal(at_most=0.05),
        anchor="everything listed",
        unit="MB both ways",
    ).with_notes([notes])
    yield figure(
        f"{name}.questions",
        [(counts["questions"], full["questions"])],
        anchor="everything listed, 1000 to a page",
        unit="requests",
    )
