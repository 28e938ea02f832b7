"""The commands as somebody at a terminal meets them: as processes, with their exit codes."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.cli import parser
from postal_bridge.clock import SystemClock, local_day

CONFIG = Path(__file__).parents[2] / "config"
Run = Callable[..., subprocess.CompletedProcess[str]]


def commands() -> list[str]:
    """Every command the parser knows."""
    choices = next(
        action.choices for action in parser()._actions if isinstance(action.choices, dict)
    )
    return list(choices)


PATH = os.environ["PATH"]  # noqa: TID251 - a child needs to find its interpreter


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation in an empty folder."""
    return {
        "PATH": PATH,
        "PYTHONPATH": str(CONFIG.parent),
        "PYTHONWARNINGS": "error",
        "PB_DATABASE__URL": f"sqlite+aiosqlite:///{tmp_path}/var/post.db",
        "PB_VAULT__URL": f"file:{tmp_path}/var/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": f"{tmp_path}/var/ledger.key",
    }


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run one command to its end."""

    def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "postal_bridge", *arguments],
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return command


@pytest.fixture
def migrated(sqlite_template: Path, tmp_path: Path) -> None:
    """The tables are there, as `migrate` leaves them."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "post.db").write_bytes(sqlite_template.read_bytes())


@pytest.mark.parametrize("command", commands())
def test_every_command_shows_help_with_an_example(run: Run, command: str) -> None:
    shown = run(command, "--help")
    assert shown.returncode == 0
    assert f"postal-bridge {command}" in shown.stdout.replace("\n", " ")
    assert "Ví dụ / example" in shown.stdout


def test_help_answers_without_loading_what_no_help_needs(run: Run) -> None:
    heavy = ("sqlalchemy", "aiohttp", "apscheduler", "rich", "pydantic")
    watched = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; from postal_bridge.cli import parser; parser().format_help(); print([name for name in {heavy!r} if name in sys.modules])",
        ],
        env={"PYTHONPATH": str(CONFIG.parent), "PATH": PATH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert watched.stdout.strip() == "[]"


def test_an_unknown_command_is_misuse(run: Run) -> None:
    assert run("tra-ket-qua").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("report", "--date", "21/11/2026"), "2026-11-21"),
        (("reconcile", "--date", "0001-01-01"), "1900-01-01"),
        (("serve", "--port", "99999"), "65535"),
        (("serve", "--processes", "0"), "1, 2"),
    ],
)
def test_a_wrong_option_is_told_how_it_is_written(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    refused = run(*arguments)
    assert refused.returncode == 2
    assert said in refused.stderr


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.usefixtures("migrated")
def test_a_port_that_is_taken_is_told_and_not_tried_for_ever(run: Run, processes: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("serve", "--role", "api", "--port", port, "--processes", processes)
    assert refused.returncode == 2
    assert "the port is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_misspelt_setting_is_misuse_and_names_the_nearest_one(run: Run) -> None:
    refused = run("migrate", PB_SERVICE__PROT="1")
    assert refused.returncode == 2
    assert "PB_SERVICE__PROT" in refused.stderr
    assert "PB_SERVICE__PORT" in refused.stderr


def test_a_database_file_that_is_missing_is_not_made_by_the_way(run: Run, tmp_path: Path) -> None:
    refused = run("verify-ledger")
    assert refused.returncode == 3
    assert "postal-bridge migrate" in refused.stderr
    assert not (tmp_path / "var" / "post.db").exists()


def test_a_database_without_tables_says_what_to_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "post.db").touch()
    refused = run("verify-ledger")
    assert refused.returncode == 2
    assert "postal-bridge migrate" in refused.stderr


def test_a_database_that_is_not_there_is_an_outside_failure(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"postgresql+asyncpg://post:bimat@127.0.0.1:{port}/none"
    refused = run("verify-ledger", PB_DATABASE__URL=url)
    assert refused.returncode == 3
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "bimat" not in refused.stderr


def test_an_installation_is_made_filled_and_found_healthy(run: Run) -> None:
    assert run("migrate").returncode == 0
    for what, name in (
        ("organisations", "organisations.toml"),
        ("procedures", "procedures.csv"),
        ("staff", "staff.toml"),
    ):
        imported = run("import", what, str(CONFIG / "province" / name))
        assert imported.returncode == 0, imported.stderr
    verified = run("verify-ledger", "--json")
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["findings"] == []
    examined = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(examined.stdout)}
    ill = [name for name, check in checks.items() if not check["well"]]
    assert ill == ["một cửa / one-stop"]
    assert "base_url" in checks["một cửa / one-stop"]["mend"]
    assert examined.returncode == 3


@pytest.mark.usefixtures("migrated")
def test_the_doctor_names_a_key_that_does_not_open_and_what_the_vault_lost(
    run: Run, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "var" / "post.db")) as database:
        database.execute(
            "INSERT INTO vault_content (province, sha256, purpose, size_bytes, kept_at, state)"
            " VALUES ('H37', ?, 'document', 1, '2019-01-01', 'lost')",
            ["ab" * 32],
        )
        database.commit()
    key = tmp_path / "key.p12"
    key.write_bytes(b"no key")
    examined = run("doctor", "--json", PB_SIGNING__KIND="file", PB_SIGNING__KEY_FILE=str(key))
    assert examined.returncode == 1
    checks = {check["name"]: check for check in json.loads(examined.stdout)}
    assert not checks["khóa ký số / signing key"]["well"]
    contents = checks["nội dung kho tệp / vault contents"]
    assert not contents["well"]
    assert "abababababab" in contents["detail"]


def test_the_doctor_says_how_to_mend_a_missing_table(run: Run) -> None:
    examined = run("doctor")
    assert examined.returncode == 1
    assert "postal-bridge migrate" in examined.stdout


@pytest.mark.usefixtures("migrated")
def test_the_doctor_names_a_night_that_did_not_run(run: Run, tmp_path: Path) -> None:
    missed = local_day(SystemClock().now()) - timedelta(days=3)
    with closing(sqlite3.connect(tmp_path / "var" / "post.db")) as database:
        database.execute(
            "INSERT INTO job_run (job, slot, owner, held_until, done_at)"
            " VALUES ('nightly', ?, 'before', '2019-01-01', '2019-01-01')",
            [(missed - timedelta(days=1)).isoformat()],
        )
        database.commit()
    # A port that nobody listens on: only the night's own check is looked at.
    examined = run("doctor", "--json", PB_ONESTOP__BASE_URL="http://127.0.0.1:9")
    checks = {check["name"]: check for check in json.loads(examined.stdout)}
    nights = checks["đối soát ban đêm / nights"]
    assert not nights["well"]
    assert f"{missed:%d/%m/%Y}" in nights["detail"]
    assert "reconcile" in nights["mend"]


@pytest.mark.parametrize(
    ("variable", "ill"),
    [("PB_VAULT__URL", "kho tệp"), ("PB_SECURITY__LEDGER_KEY_FILE", "khóa ký sổ")],
)
def test_the_doctor_says_how_to_mend_what_keeps_the_service_from_being_built(
    run: Run, tmp_path: Path, variable: str, ill: str
) -> None:
    (tmp_path / "tep").write_text("không phải thư mục, không phải khóa", encoding="utf-8")
    value = "file:tep" if variable == "PB_VAULT__URL" else "tep"
    examined = run("doctor", **{variable: value})
    assert examined.returncode == 1
    wrong = examined.stdout.partition("HỎNG")[2]
    assert ill in wrong
    assert "→" in wrong


@pytest.mark.usefixtures("migrated")
def test_an_import_with_a_bad_row_names_it_and_imports_nothing(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "staff.toml"
    bad.write_text('[[staff]]\nusername = "an"\nname = "An"\nrole = "vua"\nplaces = []\n')
    refused = run("import", "staff", str(bad))
    assert refused.returncode == 2
    assert "staff.toml" in refused.stderr


@pytest.mark.usefixtures("migrated")
def test_a_member_of_staff_gets_a_password(run: Run, environment: dict[str, str]) -> None:
    for what in ("organisations", "staff"):
        assert run("import", what, str(CONFIG / "province" / f"{what}.toml")).returncode == 0
    for word, username, code in (
        ("ngắn", "tiepnhan1", 2),
        ("một mật khẩu dài", "khong-co", 2),
        ("một mật khẩu dài", "tiepnhan1", 0),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "postal_bridge", "password", username, "--stdin"],
            input=f"{word}\n",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr


@pytest.mark.usefixtures("migrated")
def test_reconciling_without_a_one_stop_system_is_misuse(run: Run) -> None:
    refused = run("reconcile", "--date", "2019-01-10")
    assert refused.returncode == 2
    assert "base_url" in refused.stderr


@pytest.mark.usefixtures("migrated")
def test_a_backup_is_restored_into_an_empty_place_only(run: Run, tmp_path: Path) -> None:
    run("import", "organisations", str(CONFIG / "province" / "organisations.toml"))
    kept = tmp_path / "sao-luu"
    assert run("backup", str(kept)).returncode == 0
    run("import", "staff", str(CONFIG / "province" / "staff.toml"))
    assert run("restore", str(kept)).returncode == 2
    elsewhere = {
        "PB_DATABASE__URL": f"sqlite+aiosqlite:///{tmp_path}/other/post.db",
        "PB_VAULT__URL": f"file:{tmp_path}/other/vault",
    }
    restored = run("restore", str(kept), **elsewhere)
    assert restored.returncode == 0, restored.stderr
    assert run("verify-ledger", **elsewhere).returncode == 0


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def started(
    tmp_path: Path, environment: dict[str, str]
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a command that goes on; whatever is still there afterwards is killed."""
    children: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-m", "postal_bridge", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.wait()


def answers(url: str) -> int:
    """Ask until somebody answers; the status of the answer."""
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
                return int(answer.status)
        except OSError:
            signal.sigtimedwait((), 0.1)
    raise AssertionError(url)


@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.usefixtures("migrated")
def test_the_service_answers_and_stops_when_told(
    run: Run,
    started: Callable[..., subprocess.Popen[bytes]],
    free_port: int,
    processes: str,
) -> None:
    child = started("serve", "--port", str(free_port), "--processes", processes)
    assert answers(f"http://127.0.0.1:{free_port}/health/ready") == 200
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=60) == 0


def test_the_stand_in_runs_until_it_is_told_to_stop(
    started: Callable[..., subprocess.Popen[bytes]], free_port: int
) -> None:
    child = started("sandbox", "onestop", "--port", str(free_port))
    assert answers(f"http://127.0.0.1:{free_port}/_control/requests") == 200
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=30) == 0
