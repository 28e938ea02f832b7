"""The demo's service is killed in the middle of work, again and again: nothing is lost or doubled."""

import asyncio
import os
import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.demo.run import DemoOptions, DemoResult, run_demo
from postal_bridge.demo.score import Score, write_score
from postal_bridge.sandbox.month import DEFAULT_SEED, generate_month
from postal_bridge.sandbox.province import load_figures, load_province
from postal_bridge.settings import load_settings
from postal_bridge.worktime import WorkCalendar

pytestmark = pytest.mark.scale

CONFIG = Path(__file__).parents[2] / "config"
DAYS = 2
KILLS = 5
PAUSE_SECONDS = (0.3, 2.5)


def short_score() -> Score:
    province = load_province(CONFIG / "province")
    figures = load_figures(CONFIG / "demo" / "lang-son-2019-01.toml")
    calendar = WorkCalendar.load(load_settings({}, config_dir=CONFIG).calendar)
    plan = generate_month(province, figures, calendar=calendar, seed=DEFAULT_SEED)
    return write_score(plan, province, calendar=calendar, days=DAYS)


def options(folder: Path) -> DemoOptions:
    return DemoOptions(once=True, days=DAYS, as_json=True, port=0, folder=folder)


async def kill_now_and_then(folder: Path, *, seed: int) -> None:
    """SIGKILL the service at random moments, each time once it runs again."""
    chance = random.Random(seed)
    killed = 0
    while killed < KILLS:
        await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))
        file = folder / "service.pid"
        if (folder / "demo.db").exists() and file.exists():
            os.kill(int(file.read_text()), signal.SIGKILL)
            killed += 1


async def played(folder: Path, *, seed: int | None = None) -> DemoResult:
    killer = asyncio.create_task(kill_now_and_then(folder, seed=seed)) if seed is not None else None
    try:
        return await run_demo(CONFIG, options(folder))
    finally:
        if killer is not None:
            killer.cancel()


def comparable(result: DemoResult) -> dict[str, Any]:
    """The root holds identifiers that the server draws anew; the time is nobody's figure."""
    return {
        name: value
        for name, value in result.figures.items()
        if name not in {"ledger_root", "seconds"}
    }


def rows(folder: Path, statement: str) -> set[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "demo.db")) as connection:
        return set(connection.execute(statement).fetchall())


def acknowledged_scans(score: Score) -> set[str]:
    return {
        one["scan_id"].replace("-", "")
        for step in score.steps
        if isinstance(step.body, dict)
        for one in step.body.get("scans", ())
    }


async def test_a_service_that_is_killed_again_and_again_ends_with_the_same_figures(
    tmp_path: Path,
) -> None:
    quiet = await played(tmp_path / "quiet")
    killed = await played(tmp_path / "killed", seed=20190110)
    assert killed.restarts >= 2, "the service was to be killed while it worked"
    assert quiet.disagreements == killed.disagreements == ()
    assert comparable(killed) == comparable(quiet)

    score = short_score()
    events = rows(tmp_path / "killed", "SELECT event_id FROM custody_event")
    known = {str(one[0]).replace("-", "") for one in events}
    assert acknowledged_scans(score) <= known, "an acknowledged scan is lost"
    keys = {one[0] for one in rows(tmp_path / "killed", "SELECT key FROM answered_request")}
    assert {step.key for step in score.steps if step.creates} <= keys


async def test_a_demo_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "stopped"
    first = asyncio.create_task(run_demo(CONFIG, options(folder)))
    await asyncio.sleep(6)
    os.kill(os.getpid(), signal.SIGTERM)
    assert (await first).interrupted
    again = await run_demo(CONFIG, options(folder))
    assert again.agrees
    assert again.figures["received"] == len(short_score().dossiers)
