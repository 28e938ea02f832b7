"""A night in a process of its own, which is killed at the step that the test names.

Started by test_killed_night.py as `python -m tests.scale.night_worker DATABASE FOLDER ADDRESS
STEP N`: the N-th time the night comes to the step, the process kills itself. With the step `-` it
lives on and prints the report's hash.
"""

import asyncio
import os
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Refusal
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.reconciliation.night_house import NightHouse, Step
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.sandbox.onestop import Credentials
from postal_bridge.snapshots.parquet import ParquetSnapshots
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.tracking.identifiers import Identifiers
from tests.invariants.nights.faulty_night import EVENING
from tests.stages.reconciliation.two_sides import DAY
from tests.stores import opened

REPORT = "report"
"""The report is in the vault, and the transaction that names it has not ended."""


@dataclass
class Killer:
    """Kills this process when a step comes for the n-th time."""

    step: str
    left: int

    def at(self, step: str) -> None:
        if step == self.step:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class DeadlyVault:
    """A vault that is the last thing a night does."""

    def __init__(self, vault: ObjectVault, killer: Killer) -> None:
        self._vault = vault
        self._killer = killer
        self.fetch = vault.fetch
        self.check = vault.check

    async def keep(self, content: bytes) -> str:
        sha256 = await self._vault.keep(content)
        if content.startswith(b'{\n  "format"'):
            self._killer.at(REPORT)
        return sha256


async def one_night(database: str, folder: Path, address: str, killer: Killer) -> str:
    known = Credentials()
    onestop = OpenCps(
        address,
        group_id=known.group_id,
        username=known.username,
        password=known.password,
        page_size=4,
    )
    vault = open_vault(f"file:{folder}/vault")
    snapshots = folder / str(os.getpid())
    snapshots.mkdir()

    def progress(step: Step, _done: int, _total: int) -> None:
        killer.at(step.value)

    async with opened(database) as storage:
        house = NightHouse(
            onestop=onestop,
            storage=storage,
            vault=DeadlyVault(vault, killer),
            snapshots=ParquetSnapshots(snapshots),
            clock=ReplayClock(EVENING),
            signer=LedgerKey(folder / "ledger.key"),
            identifiers=Identifiers(random.Random(1)),
            province=("H37", "Lạng Sơn"),
            centre="Trung tâm",
            progress=progress,
        )
        try:
            night = await run_night(house, DAY)
        finally:
            await onestop.close()
    assert not isinstance(night, Refusal)
    return night.report or ""


if __name__ == "__main__":
    url, place, base_url, step_, times = sys.argv[1:]
    told = asyncio.run(one_night(url, Path(place), base_url, Killer(step_, int(times))))
    print(told)  # noqa: T201 - this is how it answers the test
