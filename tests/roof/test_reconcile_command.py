"""Reconciling with a file, as an operator does it: exit codes and what is said."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stores import DOSSIER, a_dossier, opened

CONFIG = Path(__file__).parents[2] / "config"
PATH = os.environ["PATH"]  # noqa: TID251 - a child needs to find its interpreter
Run = Callable[..., subprocess.CompletedProcess[str]]
HEADING = "Mã hồ sơ;Mã thủ tục;Cơ quan;Trạng thái;Kênh;Hình thức trả;Ngày tiếp nhận;Ngày hẹn trả"
LINE = f"{DOSSIER};1.003003;H37.01;Được tiếp nhận;Trực tiếp;Bưu chính;10/01/2019 08:30;10/01/2019"


@pytest.fixture
def run(sqlite_template: Path, tmp_path: Path) -> Run:
    """Run one command on an installation with one dossier, to its end."""
    url = f"sqlite+aiosqlite:///{tmp_path}/post.db"
    environment = {
        "PATH": PATH,
        "PYTHONPATH": str(CONFIG.parent),
        "PYTHONWARNINGS": "error",
        "PB_DATABASE__URL": url,
        "PB_VAULT__URL": f"file:{tmp_path}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": f"{tmp_path}/ledger.key",
    }

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

    async def one_dossier() -> None:
        async with opened(url) as storage, storage.begin() as work:
            await work.dossiers.add(a_dossier(), [])

    (tmp_path / "post.db").write_bytes(sqlite_template.read_bytes())
    asyncio.run(one_dossier())
    return command


def reconcile(run: Run, file: Path, *more: str, date: str = "2019-01-10") -> tuple[int, str, str]:
    done = run("reconcile", "--date", date, "--source", str(file), *more)
    return done.returncode, done.stdout, done.stderr


def write(folder: Path, *lines: str, encoding: str = "utf-8-sig") -> Path:
    file = folder / "xuat.csv"
    file.write_text("\n".join([HEADING, *lines]), encoding=encoding)
    return file


def test_a_file_that_agrees_leaves_nothing_open(run: Run, tmp_path: Path) -> None:
    code, said, _ = reconcile(run, write(tmp_path, LINE), "--json")
    night = json.loads(said)["night"]
    assert code == 0
    assert (night["source"], night["ours"], night["theirs"], night["found"]) == ("file", 1, 1, 0)
    kept = {file.name for file in (tmp_path / "vault").rglob("*") if file.is_file()}
    assert {part[:64] for part in night["evidence"].split()} <= kept
    assert (tmp_path / "xuat.csv").read_bytes() in [
        file.read_bytes() for file in (tmp_path / "vault").rglob("*") if file.is_file()
    ]


def test_what_differs_is_said_and_told_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    other = LINE.replace("Được tiếp nhận", "Đã trả kết quả")
    file = write(tmp_path, other, LINE.replace("-0001", "-0002"), encoding="utf-16")
    code, said, _ = reconcile(run, file)
    assert code == 1
    assert "lệch trạng thái" in said
    assert "bưu điện không có" in said
    again = reconcile(run, file, "--engine", "duckdb")
    assert (again[0], "mới 2" in again[1]) == (1, True)


def test_a_dossier_of_a_day_that_the_file_does_not_cover_is_not_missing(
    run: Run, tmp_path: Path
) -> None:
    later = LINE.replace("10/01/2019 08:30", "11/01/2019 08:30").replace("-0001", "-0009")
    file = write(tmp_path, later)
    _, said, _ = reconcile(run, file, "--json", date="2019-01-12")
    shown = json.loads(said)
    assert {case["kind"] for case in shown["cases"]} == {"missing_here"}
    assert shown["night"]["window_from"] == "2019-01-11"
    assert "11/01/2019" in shown["night"]["statistics"]

    code, said, _ = reconcile(run, file, "--from", "2019-01-10", "--json", date="2019-01-12")
    kinds = {case["kind"] for case in json.loads(said)["cases"]}
    assert (code, kinds) == (1, {"missing_here", "missing_there"})

    # A case that is open stays as it is while a file says nothing about its day.
    _, said, _ = reconcile(run, file, "--json", date="2019-01-12")
    assert {case["kind"] for case in json.loads(said)["cases"]} == kinds


def test_wrong_cells_are_listed_and_nothing_is_compared(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        *(LINE.replace("10/01/2019 08:30", "31/02/2019") for _ in range(22)),
        LINE.replace("Trực tiếp", "0912345678"),
    )
    code, _, said = reconcile(run, file)
    assert code == 2
    assert "dòng 2, cột “Ngày tiếp nhận”" in said
    assert "dòng 21," in said
    assert "3 ô sai nữa" in said
    assert "0912345678" not in said
    assert "Traceback" not in said
    assert run("report", "--date", "2019-01-10").returncode == 2


def test_a_wrong_call_is_told_what_to_do(run: Run, tmp_path: Path) -> None:
    write(tmp_path, LINE)
    for arguments, said in (
        (("--source", "khong-co.csv"), "khong-co.csv"),
        (("--source", "onestop", "--from", "2019-01-10"), "--source TỆP"),
        (("--source", "xuat.csv", "--engine", "oracle"), "duckdb"),
        (("--source", "xuat.csv", "--date", "2019-06-01"), "--date"),
        (("--source", "xuat.csv", "--from", "2019-02-01"), "--from"),
    ):
        refused = run("reconcile", "--date", "2019-01-10", *arguments)
        assert refused.returncode == 2
        assert said in refused.stderr


def test_a_carriers_export_is_the_third_side(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hang.csv").write_text(
        "Số đơn hàng;Mã bưu gửi;Trạng thái;Thời gian\nLA-1;CH1;Đã phát;10/01/2019 09:00\n",
        encoding="utf-8",
    )
    file = write(tmp_path, LINE)
    feed = {"PB_CARRIERS__OWN_FLEET__FEED_FILE": "hang.csv"}
    arguments = ("reconcile", "--date", "2019-01-10", "--source", str(file), "--json")
    night = run(*arguments, **feed)
    (case,) = json.loads(night.stdout)["cases"]
    assert (case["kind"], case["dossier_code"]) == ("unknown_parcel", "LA-1")

    # Without the export nobody knows: the case stays, and the report says why.
    (tmp_path / "hang.csv").unlink()
    night = run(*arguments, **feed)
    assert len(json.loads(night.stdout)["cases"]) == 1
    assert "hang.csv" in json.loads(night.stdout)["night"]["statistics"]
