"""`postal-bridge report`, as somebody at a terminal meets it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from postal_bridge.printing.forms import FORMS
from postal_bridge.reconciliation.records import Night, NightState
from postal_bridge.reconciliation.report import as_json, from_json
from postal_bridge.storage.vault import open_vault
from tests.doors.printing.nights import DAY, EVENING, a_report
from tests.stores import opened

ROOT = Path(__file__).parents[2]
PATH = os.environ["PATH"]  # noqa: TID251 - a child needs to find its interpreter
OLD = date(2019, 1, 30)
Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run(sqlite_template: Path, tmp_path: Path) -> Run:
    """An installation with a night that has a report, and one of an older release."""
    var = tmp_path / "var"
    var.mkdir()
    (var / "post.db").write_bytes(sqlite_template.read_bytes())
    environment = {
        "PATH": PATH,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
        "PB_DATABASE__URL": f"sqlite+aiosqlite:///{var}/post.db",
        "PB_VAULT__URL": f"file:{var}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": f"{var}/ledger.key",
    }
    asyncio.run(_two_nights(environment["PB_DATABASE__URL"], environment["PB_VAULT__URL"]))

    def command(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "postal_bridge", "report", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return command


async def _two_nights(database_url: str, vault_url: str) -> None:
    sha256 = await open_vault(vault_url).keep(as_json(a_report()))
    async with opened(database_url) as storage, storage.begin() as work:
        for day, report in ((DAY, sha256), (OLD, None)):
            night = Night(
                day=day,
                source="opencps",
                state=NightState.DONE,
                window_from=day,
                started_at=EVENING,
                finished_at=EVENING,
                report=report,
            )
            await work.nights.put_night(night)


def test_without_more_it_prints_json(run: Run) -> None:
    shown = run("--date", "2019-01-31")
    assert shown.returncode == 0, shown.stderr
    assert from_json(shown.stdout) == a_report()


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_pipe_gets_the_printed_form(run: Run, form: str) -> None:
    shown = run("--date", "2019-01-31", "--format", form)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == FORMS[form].make(a_report())


@pytest.mark.parametrize("form", ["pdf", "xlsx", "json"])
def test_it_writes_the_file_that_is_named(run: Run, tmp_path: Path, form: str) -> None:
    shown = run("--date", "2019-01-31", "--format", form, "--out", f"bao-cao.{form}")
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / f"bao-cao.{form}").read_bytes() == FORMS[form].make(a_report())
    assert shown.stdout == b""
    assert f"bao-cao.{form}" in shown.stderr.decode()


def test_a_folder_that_is_not_there_is_told(run: Run) -> None:
    shown = run("--date", "2019-01-31", "--format", "pdf", "--out", "khong/co/a.pdf")
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr.decode()


def test_a_night_of_an_older_release_says_to_run_it_again(run: Run) -> None:
    shown = run("--date", "2019-01-30", "--format", "pdf")
    assert shown.returncode == 2
    assert "postal-bridge reconcile --date 2019-01-30" in shown.stderr.decode()


def test_a_day_without_a_night_is_told(run: Run) -> None:
    shown = run("--date", "2019-01-01")
    assert shown.returncode == 2
    assert "01/01/2019" in shown.stderr.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals of this kind here")
def test_a_terminal_gets_a_file_named_by_the_day(run: Run, tmp_path: Path) -> None:
    import pty

    script = (
        "import sys; from postal_bridge.commands.reports import _usual; "
        "print(_usual('doi-soat-2019-01-31.pdf', 'pdf'), _usual('x.json', 'json'))"
    )
    parent, child = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env={"PATH": PATH, "PYTHONPATH": str(ROOT)},
            stdout=child,
            check=True,
        )
        said = os.read(parent, 1000).decode()
    finally:
        os.close(parent)
        os.close(child)
    assert said.split() == ["doi-soat-2019-01-31.pdf", "-"]
