"""A night against a system that fails: planted differences, and what must come of them."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.dossiers.records import Dossier, Place
from postal_bridge.errors import Refusal
from postal_bridge.journey import Status
from postal_bridge.reconciliation.night_house import NightHouse, NightPolicy
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.reconciliation.ports import OneStop, OneStopRefused, OneStopUnavailable
from postal_bridge.reconciliation.records import DifferenceKind, Night
from postal_bridge.reconciliation.settling import REPORT_TOPIC
from postal_bridge.storage import migrate
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.tracking.identifiers import Identifiers
from tests.invariants.nights.profiles import Make, fact
from tests.stages.memory_snapshots import MemorySnapshots
from tests.stages.reconciliation.two_sides import (
    AGENCY,
    DAY,
    DEPARTMENT,
    PROCEDURE,
    PROMISED,
    RECEIVED,
    number,
)
from tests.stores import a_dossier, opened

K = DifferenceKind
EVENING = datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL)
MOST_TRIES = 8
"""A job tries a night again every quarter of an hour; every planned fault has worn off by then."""

Found = set[tuple[DifferenceKind, str]]


@dataclass
class FaultyNight:
    """Our house and a one-stop system of some make."""

    storage: Storage
    vault: ObjectVault
    make: Make
    onestop: OneStop
    signer: LedgerKey
    clock: ReplayClock
    here: list[str] = field(default_factory=list)
    tries: int = 0

    @property
    def house(self) -> NightHouse:
        return NightHouse(
            onestop=self.onestop,
            storage=self.storage,
            vault=self.vault,
            snapshots=MemorySnapshots(),
            clock=self.clock,
            signer=self.signer,
            identifiers=Identifiers(random.Random(1)),
            province=("H37", "Lạng Sơn"),
            centre="Trung tâm",
        )

    async def ours(self, serial: int, **changes: object) -> None:
        plain = a_dossier(number(serial), status=Status.PROCESSING).model_copy(
            update={
                "procedure_code": PROCEDURE,
                "department": DEPARTMENT,
                "return_mode": 0,
                "received_at": RECEIVED,
                "promised_at": PROMISED,
                **changes,
            }
        )
        async with self.storage.begin() as work:
            await work.dossiers.add(Dossier(**plain.model_dump()), [])
        self.here.append(number(serial))

    async def both(self, *serials: int) -> None:
        for serial in serials:
            await self.ours(serial)
            self.make.put(fact(serial))

    async def plant(self) -> Found:
        """One dossier for every class that clerks cause; ten more agree."""
        await self.both(*range(20, 30))
        await self.ours(1)
        self.make.put(fact(2))
        await self.ours(3)
        self.make.put(fact(3), twice=True)
        later = PROMISED + timedelta(days=2)
        midnight = datetime(2019, 1, 10, tzinfo=LOCAL)
        for serial, facts in (
            (4, {"status": 9, "resolved": RECEIVED + timedelta(hours=4)}),
            (5, {"agency": "000.00.09.H37"}),
            (6, {"procedure": "2.000889"}),
            (7, {"channel": 3}),
            (8, {"return_mode": 1}),
            (9, {"received": RECEIVED - timedelta(days=2)}),
            (10, {"promised": later}),
        ):
            await self.ours(serial)
            self.make.put(fact(serial, **facts))
        await self.ours(11, received_at=midnight.astimezone(UTC))
        self.make.put(fact(11, received=midnight - timedelta(seconds=1)))
        fees: Found = set()
        if self.onestop.tells_fees:
            await self.ours(12)
            self.make.put(fact(12, fee=50_000))
            fees = {(K.FEE, number(12))}
        return fees | {
            (K.MISSING_THERE, number(1)),
            (K.MISSING_HERE, number(2)),
            (K.DUPLICATE_CODE, number(3)),
            (K.STATE, number(4)),
            (K.DEPARTMENT, number(5)),
            (K.PROCEDURE, number(6)),
            (K.CHANNEL, number(7)),
            (K.RETURN_MODE, number(8)),
            (K.RECEIVED_DAY, number(9)),
            (K.PROMISED_DAY, number(10)),
            (K.MIDNIGHT, number(11)),
        }

    def moved(self) -> Found:
        """What the faults themselves have done to the other side's list, told by its rows.

        A planted row may have left, and rows that nobody planted may have appeared.
        """
        there = Counter(self.make.codes())
        strangers = there.keys() - set(self.here) - {number(2)}
        return {
            *((K.UNEXPECTED, code) for code in strangers),
            *((K.MISSING_THERE, code) for code in self.here if code not in there),
        }

    async def until_done(self) -> Night:
        """Run the night as the job does: again a quarter of an hour later where it failed."""
        for _ in range(MOST_TRIES):
            self.tries += 1
            try:
                night = await run_night(replace(self.house, policy=NightPolicy()), DAY)
            except (OneStopUnavailable, OneStopRefused):
                self.clock.advance_to(self.clock.now() + timedelta(minutes=15))
                continue
            assert not isinstance(night, Refusal)
            return night
        msg = f"not done after {MOST_TRIES} tries"
        raise AssertionError(msg)

    async def found(self) -> list[tuple[DifferenceKind, str]]:
        async with self.storage.begin(write=False) as work:
            cases = await work.nights.cases(open_only=False)
        return [(case.kind, case.dossier_code) for case in cases]

    async def letters(self) -> int:
        async with self.storage.begin() as work:
            now = self.clock.now() + timedelta(days=400)
            waiting = await work.outbox.claim(
                topics=[REPORT_TOPIC], owner="t", now=now, until=now, limit=50
            )
        return len(waiting)


@asynccontextmanager
async def faulty_night(make: type[Make], folder: Path) -> AsyncIterator[FaultyNight]:
    """A house with one department, and a system of this make without any fault yet."""
    url = f"sqlite+aiosqlite:///{folder}/night.db"
    await migrate.upgrade_async(url)
    clock = ReplayClock(EVENING)
    system = make(clock)
    async with opened(url) as storage, system.running() as onestop:
        async with storage.begin() as work:
            place = Place(code=DEPARTMENT, name="Sở Ngoại vụ", kind="department", agency=AGENCY)
            await work.catalogue.import_places([place])
        yield FaultyNight(
            storage=storage,
            vault=open_vault("memory:"),
            make=system,
            onestop=onestop,
            signer=LedgerKey(folder / "ledger.key"),
            clock=clock,
        )
