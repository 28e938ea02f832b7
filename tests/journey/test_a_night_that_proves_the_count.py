"""A night that proves the count: both sides over their real doors, faults, three evenings.

The one-stop is the stand-in over HTTP behind the real adapter, the night is begun by the jobs of
two processes that share a database, and what comes out is read back from that database.
"""

import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from postal_bridge.clock import LOCAL, ReplayClock, at_local
from postal_bridge.dossiers.records import Dossier, Place
from postal_bridge.jobs.nightly import NightlyJob
from postal_bridge.journey import Status
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.night_house import NightHouse
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.reconciliation.records import DifferenceKind, Discrepancy, Night, NightState
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.onestop import STAND, Credentials, OneStopStand, make_onestop
from postal_bridge.sandbox.onestop_state import moment_text
from postal_bridge.sandbox.onestop_statistics import Defect
from postal_bridge.settings import load_settings
from postal_bridge.snapshots.parquet import ParquetSnapshots
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault, open_vault
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import verify_ledger
from tests.stores import a_dossier, opened

K = DifferenceKind
FIRST_EVENING = date(2019, 1, 10)
SETTINGS = load_settings({}).nightly
DEPARTMENTS = {"STP": "000.00.01.H37", "SNGV": "000.00.04.H37", "SYT": "000.00.14.H37"}
DOSSIERS = 40
PAGE_SIZE = 7
UNTIL_THE_NIGHT = 84_599
"""Seconds of the day before 23:30."""


def number(serial: int) -> str:
    return f"000.00.04.H37-190110-{serial:04d}"


async def never(seconds: float) -> None:
    """The adapter's pauses between attempts, without the waiting."""


@dataclass
class Province:
    """One-stop system, two processes of ours with their database, and the clock on the wall."""

    stand: OneStopStand
    onestop: OpenCps
    storages: list[Storage]
    vault: ObjectVault
    signer: LedgerKey
    clock: ReplayClock
    folder: Path

    async def night(self, day: date, *, process: int = 0) -> object:
        house = NightHouse(
            onestop=self.onestop,
            storage=self.storages[process],
            vault=self.vault,
            snapshots=ParquetSnapshots(self.folder),
            clock=self.clock,
            signer=self.signer,
            identifiers=Identifiers(random.Random(process)),
            province=("H37", "Lạng Sơn"),
            centre="Trung tâm Phục vụ hành chính công",
        )
        return await run_night(house, day)

    async def look(self, process: int) -> list[date]:
        """What the timetable of a process does."""

        async def night(day: date) -> object:
            return await self.night(day, process=process)

        job = NightlyJob(
            storage=self.storages[process],
            clock=self.clock,
            settings=SETTINGS,
            owner=f"process-{process}",
            night=night,
        )
        return await job.run_due()

    def evening(self, days: int, *, minutes: int = 0) -> None:
        """The clock goes on to half past eleven of that day, or a little later."""
        moment = at_local(FIRST_EVENING + timedelta(days=days), SETTINGS.at)
        self.clock.advance_to(moment + timedelta(minutes=minutes))

    async def kept(self, day: date) -> Night:
        async with self.storages[0].begin(write=False) as work:
            night = await work.nights.night(day)
        assert night is not None
        return night

    async def open_cases(self) -> dict[tuple[DifferenceKind, str], Discrepancy]:
        async with self.storages[0].begin(write=False) as work:
            cases = await work.nights.cases(open_only=True)
        return {(case.kind, case.dossier_code): case for case in cases}

    def change(self, serial: int, **columns: object) -> None:
        self.stand.sandbox.put({"dossierNo": number(serial), **columns})


def our_dossier(serial: int) -> Dossier:
    """Received from midnight until the night begins, and through all departments."""
    seconds = serial * UNTIL_THE_NIGHT // (DOSSIERS - 1)
    received_at = datetime(2019, 1, 10, tzinfo=LOCAL) + timedelta(seconds=seconds)
    resolved = serial % 4 == 0
    return a_dossier(number(serial)).model_copy(
        update={
            "department": list(DEPARTMENTS)[serial % 3],
            "status": Status.RESOLVED if resolved else Status.PROCESSING,
            "channel": 1 + serial % 3,
            "return_mode": serial % 2,
            "received_at": received_at,
            "promised_at": received_at + timedelta(days=5),
            "resolved_at": received_at + timedelta(minutes=5) if resolved else None,
        }
    )


def their_row(dossier: Dossier) -> dict[str, object]:
    resolved_at = dossier.resolved_at
    return {
        "dossierNo": dossier.code,
        "serviceCode": dossier.procedure_code,
        "govAgencyCode": DEPARTMENTS[dossier.department],
        "dossierStatus": "releasing" if resolved_at else "processing",
        "online": dossier.channel == 2,
        "fromViaPostal": int(dossier.channel == 3),
        "viaPostal": 3 if dossier.return_mode else 0,
        "receiveDate": moment_text(dossier.received_at),
        "dueDate": moment_text(dossier.received_at + timedelta(days=5)),
        "releaseDate": moment_text(resolved_at) if resolved_at else "",
    }


@pytest.fixture
async def province(database_url: str, tmp_path: Path) -> AsyncIterator[Province]:
    clock = ReplayClock(datetime(2019, 1, 10, 7, 30, tzinfo=LOCAL))
    app = make_onestop(clock=clock)
    who = Credentials()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(app))
        storages = [await stack.enter_async_context(opened(database_url)) for _ in range(2)]
        onestop = OpenCps(
            str(server.make_url("/")),
            group_id=who.group_id,
            username=who.username,
            password=who.password,
            page_size=PAGE_SIZE,
            patience=Patience(attempts=3),
            clock=clock,
            sleep=never,
        )
        stack.push_async_callback(onestop.close)
        async with storages[0].begin() as work:
            places = [
                Place(code=code, name=code, kind="department", agency=agency)
                for code, agency in DEPARTMENTS.items()
            ]
            await work.catalogue.import_places(places)
            for serial in range(DOSSIERS):
                await work.dossiers.add(our_dossier(serial), [])
        for serial in range(DOSSIERS):
            app[STAND].sandbox.put(their_row(our_dossier(serial)))
        signer = LedgerKey(tmp_path / "ledger.key")
        vault = open_vault(f"file://{tmp_path / 'vault'}")
        yield Province(app[STAND], onestop, storages, vault, signer, clock, tmp_path)


async def plant(province: Province) -> set[tuple[DifferenceKind, str]]:
    """One difference of every class, each in another dossier."""
    sandbox = province.stand.sandbox
    sandbox.remove(next(int(r["dossierId"]) for r in sandbox.rows() if r["dossierNo"] == number(1)))
    sandbox.put({**their_row(our_dossier(2)), "dossierNo": number(900)})
    sandbox.put({**their_row(our_dossier(3)), "dossierId": 99_003})
    province.change(4, dossierStatus="processing")
    province.change(5, govAgencyCode=DEPARTMENTS["STP"])
    province.change(6, serviceCode="2.000889")
    province.change(7, online=False)
    province.change(8, viaPostal=2)
    province.change(39, receiveDate="11/01/2019 00:00:00")  # ours: 10/01/2019 23:29:59
    province.change(10, dueDate="31/01/2019 17:00:00")
    return {
        (K.MISSING_THERE, number(1)),
        (K.MISSING_HERE, number(900)),
        (K.DUPLICATE_CODE, number(3)),
        (K.STATE, number(4)),
        (K.DEPARTMENT, number(5)),
        (K.PROCEDURE, number(6)),
        (K.CHANNEL, number(7)),
        (K.RETURN_MODE, number(8)),
        (K.MIDNIGHT, number(39)),
        (K.PROMISED_DAY, number(10)),
    }


async def test_both_sides_agree_and_the_night_says_so(province: Province) -> None:
    province.evening(0)
    assert await province.look(0) == [FIRST_EVENING]
    night = await province.kept(FIRST_EVENING)
    assert (night.ours, night.theirs, night.found, night.uncompared) == (DOSSIERS, DOSSIERS, 0, 0)
    assert night.on_time_rule.endswith(
        "Sổ bưu điện: 10 đúng hạn, 0 quá hạn; một cửa: 10 đúng hạn, 0 quá hạn."
    )
    assert await province.open_cases() == {}


async def test_a_nul_in_one_row_is_a_case_and_never_the_end_of_the_night(
    province: Province,
) -> None:
    province.stand.sandbox.put({**their_row(our_dossier(2)), "dossierNo": "THU\x00NGHIEM"})
    province.change(1, govAgencyCode="000\x00")
    province.evening(0)
    assert await province.look(0) == [FIRST_EVENING]
    assert set(await province.open_cases()) == {
        (K.UNEXPECTED, "THU\N{REPLACEMENT CHARACTER}NGHIEM"),
        (K.DEPARTMENT, number(1)),
    }


async def test_what_was_planted_is_found_whatever_happens_on_the_way(province: Province) -> None:
    planted = await plant(province)
    wrong_night = (K.MIDNIGHT, number(39))

    # The first evening the one-stop shows its login page, with 200, to everybody.
    province.evening(0)
    login_page = Fault(kind=FaultKind.LOGIN_PAGE, times=None)
    province.stand.plan.faults = [login_page]
    assert await province.look(0) == []
    failed = await province.kept(FIRST_EVENING)
    assert failed.state == NightState.FAILED
    assert failed.error
    assert await province.open_cases() == {}

    # A quarter of an hour later the other process takes the date; lists move, answers get lost.
    province.evening(0, minutes=16)
    province.stand.plan.faults = [
        Fault(kind=FaultKind.SERVER_ERROR, times=2),
        Fault(kind=FaultKind.CONNECTION_LOST, route="dossiers", after=2),
        Fault(kind=FaultKind.DUPLICATE, route="dossiers", after=4),
        Fault(kind=FaultKind.HALF_BODY, route="statistics"),
    ]
    province.stand.plan.defects = frozenset({Defect.VIA_POSTAL_ONLY_TWO})
    assert await province.look(1) == [FIRST_EVENING]
    assert await province.look(0) == []
    night = await province.kept(FIRST_EVENING)
    assert (night.state, night.error) == (NightState.DONE, None)
    lost = {
        (K.LISTED_NOT_COUNTED, f"20190101-20190131:{agency}:postal_registered")
        for agency in DEPARTMENTS.values()
    }
    assert set(await province.open_cases()) == planted | lost
    assert night.opened == len(planted | lost)

    # Two evenings nobody is there. Meanwhile half of it is mended, the rest grows older.
    for serial in (4, 6, 7, 10):
        province.change(serial, **their_row(our_dossier(serial)))
    province.change(39, **their_row(our_dossier(39)))
    province.stand.plan.faults = []
    province.stand.plan.defects = frozenset()
    province.evening(3)
    assert await province.look(0) == [FIRST_EVENING + timedelta(days=days) for days in (1, 2, 3)]
    still = await province.open_cases()
    mended = {code for _, code in planted - set(still)}
    assert mended == {number(serial) for serial in (4, 6, 7, 10, 39)}
    today = FIRST_EVENING + timedelta(days=3)
    assert {case.age_days(today) for case in still.values()} == {3}
    assert (await province.kept(today)).open_cases == 5

    # What comes back comes back as the case that it was.
    province.change(39, receiveDate="11/01/2019 00:00:00")
    province.evening(4)
    await province.look(1)
    again = (await province.open_cases())[wrong_night]
    assert (again.opened_on, again.reopened) == (FIRST_EVENING, 1)


async def test_the_evidence_and_the_seals_can_be_checked_afterwards(province: Province) -> None:
    await plant(province)
    for days in range(3):
        province.evening(days)
        await province.look(days % 2)

    night = await province.kept(FIRST_EVENING)
    *names, ours_then, theirs_then = night.evidence.split()
    answers = [json.loads(await province.vault.fetch(name)) for name in names]
    for snapshot in (ours_then, theirs_then):
        assert (await province.vault.fetch(snapshot)).startswith(b"PAR1")
    listed = {
        row["dossierNo"] for answer in answers for row in answer["data"] if "dossierNo" in row
    }
    # Everything but the dossier that is missing there and the one that they received tomorrow.
    ours = {number(serial) for serial in range(DOSSIERS)}
    assert listed == ours - {number(1), number(39)} | {number(900)}

    async with province.storages[1].begin(write=False) as work:
        checked = await verify_ledger(work.ledger, signer=province.signer)
        nights = await work.nights.nights(limit=10)
    assert (checked.days, checked.findings) == (3, ())
    assert checked.root == nights[0].ledger_root
    assert [one.state for one in nights] == [NightState.DONE] * 3
