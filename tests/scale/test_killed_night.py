"""A night that is killed at each of its steps, one after the other, ends as if nothing had been."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.dossiers.records import Place
from postal_bridge.reconciliation.night_house import Step
from postal_bridge.reconciliation.records import Discrepancy
from postal_bridge.reconciliation.report import NightReport, from_json
from postal_bridge.reconciliation.settling import REPORT_TOPIC
from postal_bridge.storage import migrate
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import open_vault
from tests.invariants.nights.faulty_night import EVENING, FaultyNight
from tests.invariants.nights.profiles import OpenCpsMake
from tests.scale.night_worker import REPORT
from tests.stages.reconciliation.two_sides import AGENCY, DEPARTMENT
from tests.stores import opened

pytestmark = pytest.mark.scale

ROOT = Path(__file__).parents[2]
DEATHS = (
    (Step.OURS, 1),
    (Step.LOOK_UP, 7),
    (Step.SETTLE, 1),
    (REPORT, 1),
    (Step.DONE, 1),
)
"""Where the database comes in: it is read first, looked at again, and written at the end."""

ORDER = (*(step for step in Step if step is not Step.DONE), REPORT, Step.DONE)
AT_THE_EDGES = (
    *((Step.LIST, page) for page in (1, 3, 6)),
    (Step.STATISTICS, 1),
    (Step.COMPARE, 1),
    (Step.LOOK_UP, 1),
)
"""Pages, statistics, comparison: they touch files alone, which are the same on either database."""


async def worker(database: str, folder: Path, address: str, step: str, times: int) -> str:
    """Run the worker; "" where it was killed, else what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.scale.night_worker",
        *(database, str(folder), address, step, str(times)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode in {0, -signal.SIGKILL}
    if step != "-":
        assert process.returncode == -signal.SIGKILL, f"the night never came to {step} {times}"
    return said.decode().strip()


async def planted(storage: Storage, make: OpenCpsMake, folder: Path, address: str) -> None:
    async with storage.begin() as work:
        place = Place(code=DEPARTMENT, name="Sở Ngoại vụ", kind="department", agency=AGENCY)
        await work.catalogue.import_places([place])
    house = FaultyNight(
        storage=storage,
        vault=open_vault("memory:"),
        make=make,
        onestop=make.adapter(address),
        signer=LedgerKey(folder / "ledger.key"),
        clock=ReplayClock(EVENING),
    )
    await house.plant()


async def ended(database: str, folder: Path, deaths: Sequence[tuple[str, int]]) -> NightReport:
    """The report of a night that died these deaths before it was let live."""
    make = OpenCpsMake(ReplayClock(EVENING))
    async with make.running_at() as address:
        async with opened(database) as storage:
            await planted(storage, make, folder, address)
        for step, times in deaths:
            await worker(database, folder, address, str(step), times)
        sha256 = await worker(database, folder, address, "-", 0)
    report = from_json(await open_vault(f"file:{folder}/vault").fetch(sha256))
    report.written_at = EVENING
    return report


async def cases_and_letters(database: str) -> tuple[list[Discrepancy], int]:
    async with opened(database) as storage, storage.begin() as work:
        waiting = await work.outbox.claim(
            topics=[REPORT_TOPIC], owner="t", now=EVENING, until=EVENING, limit=50
        )
        return list(await work.nights.cases(open_only=False)), len(waiting)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A place of its own for the vault, the key and the snapshots of each night."""
    named = {name: tmp_path / name for name in ("quiet", "killed")}
    for folder in named.values():
        folder.mkdir()
    return named


async def test_killed_at_each_step_and_begun_again_it_gives_the_same_report(
    database_url: str, tmp_path: Path, folders: dict[str, Path]
) -> None:
    undisturbed = f"sqlite+aiosqlite:///{tmp_path}/undisturbed.db"
    await migrate.upgrade_async(undisturbed)
    quiet = await ended(undisturbed, folders["quiet"], ())
    edges = AT_THE_EDGES if database_url.startswith("sqlite") else ()
    deaths = sorted((*DEATHS, *edges), key=lambda one: (ORDER.index(one[0]), one[1]))
    killed = await ended(database_url, folders["killed"], deaths)

    assert killed == quiet
    cases, letters = await cases_and_letters(database_url)
    assert (cases, letters) == ((await cases_and_letters(undisturbed))[0], 1)
    assert len(cases) == killed.found == 11
