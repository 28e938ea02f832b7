"""Both sides of a night, on a real database, against the stand-in in the same process."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from typing_extensions import override

from postal_bridge.clock import LOCAL, ReplayClock, at_local
from postal_bridge.dossiers.records import Dossier, Place
from postal_bridge.errors import Refusal
from postal_bridge.journey import Status
from postal_bridge.outbox import RETURNED_TOPIC
from postal_bridge.reconciliation.night_house import NightHouse, NightPolicy
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.reconciliation.records import (
    DifferenceKind,
    Discrepancy,
    Night,
    OneStopDossier,
)
from postal_bridge.reconciliation.report import NightReport, from_json
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.sandbox.onestop_state import Sandbox, moment_text
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.tracking.identifiers import Identifiers
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
EVENING = at_local(DAY, datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL).time())


class Lookups(MemoryOneStop):
    """Counts how often a single code is asked for."""

    asked: int = 0

    @override
    async def find(self, code: str) -> OneStopDossier | None:
        self.asked += 1
        return await super().find(code)


@dataclass
class Sides:
    """Both sides, and a night over them."""

    storage: Storage
    sandbox: Sandbox
    onestop: Lookups
    vault: ObjectVault
    clock: ReplayClock
    signer: LedgerKey
    identifiers: Identifiers = field(default_factory=lambda: Identifiers(random.Random(1)))

    @property
    def house(self) -> NightHouse:
        return NightHouse(
            onestop=self.onestop,
            storage=self.storage,
            vault=self.vault,
            snapshots=MemorySnapshots(),
            clock=self.clock,
            signer=self.signer,
            identifiers=self.identifiers,
            province=("H37", "Lạng Sơn"),
            centre="Trung tâm Phục vụ hành chính công",
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

    def theirs(self, serial: int, **columns: object) -> int:
        row = {
            "dossierNo": number(serial),
            "serviceCode": PROCEDURE,
            "govAgencyCode": AGENCY,
            "dossierStatus": "processing",
            "receiveDate": moment_text(RECEIVED),
            "dueDate": moment_text(PROMISED),
            **columns,
        }
        return int(self.sandbox.put(row)["dossierId"])

    async def both(self, *serials: int) -> None:
        for serial in serials:
            await self.ours(serial)
            self.theirs(serial)

    async def night(self, day: date = DAY, **changes: object) -> Night:
        """Run a night, at half past eleven of its day or later."""
        self.clock.advance_to(at_local(day, EVENING.astimezone(LOCAL).time()))
        night = await self.any_night(day, **changes)
        assert isinstance(night, Night)
        return night

    async def any_night(self, day: date, **changes: object) -> Night | Refusal:
        policy = NightPolicy(**changes)  # type: ignore[arg-type]  # a test names what it changes
        return await run_night(replace(self.house, policy=policy), day)

    async def report(self, night: Night) -> NightReport:
        assert night.report is not None
        return from_json(await self.vault.fetch(night.report))

    async def cases(self, *, open_only: bool = False) -> list[Discrepancy]:
        async with self.storage.begin(write=False) as work:
            return list(await work.nights.cases(open_only=open_only))

    async def kinds(self) -> list[tuple[DifferenceKind, str]]:
        return [(case.kind, case.dossier_code) for case in await self.cases(open_only=True)]


@asynccontextmanager
async def two_sides(url: str, folder: Path) -> AsyncIterator[Sides]:
    """A province with one department, and nothing in it yet."""
    clock = ReplayClock(RECEIVED)
    sandbox = Sandbox(clock=clock)
    async with opened(url, told=frozenset({RETURNED_TOPIC})) as storage:
        async with storage.begin() as work:
            place = Place(code=DEPARTMENT, name="Sở Ngoại vụ", kind="department", agency=AGENCY)
            await work.catalogue.import_places([place])
        yield Sides(
            storage=storage,
            sandbox=sandbox,
            onestop=Lookups(sandbox, page_size=3),
            vault=open_vault("memory:"),
            clock=clock,
            signer=LedgerKey(folder / "ledger.key"),
        )


async def plant_one_of_every_class(sides: Sides) -> set[tuple[DifferenceKind, str]]:
    """What clerks do to dossiers, one of each; ten more dossiers agree."""
    await sides.both(*range(20, 30))
    await sides.ours(1)
    sides.theirs(2)
    await sides.both(3)
    sides.theirs(3, dossierId=9001)
    planted: list[tuple[DifferenceKind, dict[str, object]]] = [
        (K.STATE, {"dossierStatus": "releasing"}),
        (K.DEPARTMENT, {"govAgencyCode": "000.00.09.H37"}),
        (K.PROCEDURE, {"serviceCode": "2.000889"}),
        (K.CHANNEL, {"fromViaPostal": 1}),
        (K.RETURN_MODE, {"viaPostal": 3}),
        (K.RECEIVED_DAY, {"receiveDate": "09/01/2019 08:00:00"}),
        (K.PROMISED_DAY, {"dueDate": "16/01/2019 16:00:00"}),
    ]
    for serial, (_, columns) in enumerate(planted, start=4):
        await sides.ours(serial)
        sides.theirs(serial, **columns)
    midnight = datetime(2019, 1, 10, 0, 0, tzinfo=LOCAL)
    await sides.ours(11, received_at=midnight.astimezone(UTC))
    sides.theirs(11, receiveDate="09/01/2019 23:59:59")
    sides.theirs(0, dossierNo="THU-NGHIEM")
    return {
        (K.MISSING_THERE, number(1)),
        (K.MISSING_HERE, number(2)),
        (K.DUPLICATE_CODE, number(3)),
        (K.MIDNIGHT, number(11)),
        (K.UNEXPECTED, "THU-NGHIEM"),
        *((kind, number(serial)) for serial, (kind, _) in enumerate(planted, start=4)),
    }
