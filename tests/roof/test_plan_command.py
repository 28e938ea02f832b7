"""Planning rounds as a supervisor does it on the command line: exit codes and what is said."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.clock import at_local
from postal_bridge.dossiers.records import Place
from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from postal_bridge.pickup.records import Deed, Half, PickupEvent, PickupRequest, PickupState
from tests.contracts.test_pickup_stores_contract import a_request
from tests.stores import NOW, PROVINCE, opened

CONFIG = Path(__file__).parents[2] / "config"
PATH = os.environ["PATH"]  # noqa: TID251 - a child needs to find its interpreter
Run = Callable[..., subprocess.CompletedProcess[str]]
DAY = date(2031, 1, 7)
MORNING = at_local(DAY, time(7, 30))


def wanted(number: int, **other: Any) -> PickupRequest:
    usual: dict[str, Any] = {
        "day": DAY,
        "half": Half.MORNING,
        "opens_at": MORNING,
        "closes_at": MORNING + timedelta(hours=4),
        "latitude": 21.85 + number / 200,
        "longitude": 106.76,
        "ward": "Phường Tam Thanh, Tỉnh Lạng Sơn",
    }
    return a_request(f"LH-310107-{number:04d}-0", **{**usual, **other})


@pytest.fixture
def run(sqlite_template: Path, tmp_path: Path) -> Run:
    """Run one command on an installation with four requests, one of them too heavy."""
    url = f"sqlite+aiosqlite:///{tmp_path}/post.db"
    environment = {
        "PATH": PATH,
        "PYTHONPATH": str(CONFIG.parent),
        "PYTHONWARNINGS": "error",
        "PB_PROVINCE__CODE": PROVINCE,
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

    async def furnish() -> None:
        office = Place(code="BDT", name="Bưu điện tỉnh", kind="post_office")
        office.latitude, office.longitude = 21.85, 106.76
        heavy = wanted(4, grams=90_000)
        async with opened(url) as storage, storage.begin() as work:
            await work.catalogue.import_places([office])
            for one in (wanted(1), wanted(2), wanted(3), heavy):
                event = PickupEvent(
                    id=one.number, request=one.number, deed=Deed.ASKED,
                    state=PickupState.CONFIRMED, at=NOW, by="lan",
                )  # fmt: skip
                await work.pickups.put(one, event)

    (tmp_path / "post.db").write_bytes(sqlite_template.read_bytes())
    asyncio.run(furnish())
    return command


def test_the_rounds_are_shown_and_who_is_left_out_with_the_reason(run: Run) -> None:
    done = run("plan", "--date", DAY.isoformat(), "--seconds", "1", "--seed", "3")
    assert done.returncode == 1, done.stderr
    assert "BDT: 1 tuyến, 3 điểm" in done.stdout
    assert "TX-310107-0001-" in done.stdout
    assert "LH-310107-0001-0  Phường Tam Thanh, Tỉnh Lạng Sơn" in done.stdout
    assert "90000 g" in done.stdout

    again = run("plan", "--date", DAY.isoformat(), "--seconds", "1", "--seed", "3", "--json")
    (told,) = json.loads(again.stdout)
    assert (told["office"], told["seed"], len(told["rounds"])) == ("BDT", 3, 1)
    assert sorted(stop["request"] for stop in told["rounds"][0]["stops"]) == [
        f"LH-310107-{number:04d}-0" for number in (1, 2, 3)
    ]
    assert [(one["request"], one["why"]) for one in told["unserved"]] == [
        ("LH-310107-0004-0", "too_heavy")
    ]
    assert "Nông" not in again.stdout.replace("LH-310107-0004-0 Nông Thị Hoa", "")


def test_an_office_that_nobody_knows_is_a_mistake_of_the_caller(run: Run) -> None:
    done = run("plan", "--date", DAY.isoformat(), "--office", "KHONG")
    assert done.returncode == 2
    assert "KHONG" in done.stderr
    off = {"PB_SHIFTS__XE_MAY_1__COURIER": "", "PB_SHIFTS__XE_MAY_2__COURIER": ""}
    nobody = run("plan", "--date", DAY.isoformat(), **off)
    assert nobody.returncode == 2
    assert "[shifts.NAME]" in nobody.stderr


def test_the_doctor_names_a_shift_whose_courier_nobody_knows(run: Run, tmp_path: Path) -> None:
    async def hire() -> None:
        lan = Staff(username="lan", name="Hoàng Thị Lan", role=Role.CLERK, places="BDT")
        url = f"sqlite+aiosqlite:///{tmp_path}/post.db"
        async with opened(url) as storage, storage.begin() as work:
            await work.inbound.save_staff(lan)

    asyncio.run(hire())
    examined = json.loads(run("doctor", "--json", PB_SHIFTS__XE_MAY_2__COURIER="").stdout)
    rounds = next(one for one in examined if one["name"].startswith("ca xe"))
    assert not rounds["well"]
    assert "xe_may_1: courier buuta1" in rounds["detail"]
    assert "so_tttt: place STTTT" in rounds["detail"]
    assert "[shifts.NAME]" in rounds["mend"]
