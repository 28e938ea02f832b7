"""A night from the first question to the seal, on both databases, against the stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from postal_bridge.clock import LOCAL, ReplayClock, at_local
from postal_bridge.dossiers.records import Dossier, Place
from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Status
from postal_bridge.reconciliation.nightly import run_night
from postal_bridge.reconciliation.ports import (
    NightWork,
    OneStopDossier,
    OneStopRefused,
    OneStopStatistics,
    OneStopUnavailable,
)
from postal_bridge.reconciliation.records import DifferenceKind, Discrepancy, Night, NightState
from postal_bridge.sandbox.onestop_memory import MemoryOneStop
from postal_bridge.sandbox.onestop_state import Sandbox, moment_text
from postal_bridge.sandbox.onestop_statistics import Defect
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.storage.vault import ObjectVault, open_vault
from tests.stages.reconciliation.two_sides import AGENCY, DAY, DEPARTMENT, PROCEDURE, number
from tests.stores import a_dossier, a_position, an_event, an_item, opened

K = DifferenceKind
EVENING = at_local(DAY, datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL).time())
RECEIVED = datetime(2019, 1, 10, 1, 30, tzinfo=UTC)
PROMISED = datetime(2019, 1, 15, 9, 0, tzinfo=UTC)


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

    async def night(self, day: date = DAY, **changes: int) -> Night:
        """Run a night, at half past eleven of its day or later."""
        self.clock.advance_to(at_local(day, EVENING.astimezone(LOCAL).time()))
        night = await self.any_night(day, **changes)
        assert isinstance(night, Night)
        return night

    async def any_night(
        self, day: date, *, lookback_days: int = 45, most_look_ups: int = 500
    ) -> Night | Refusal:
        return await run_night(
            day=day,
            onestop=self.onestop,
            storage=self.storage,
            vault=self.vault,
            clock=self.clock,
            signer=self.signer,
            lookback_days=lookback_days,
            most_look_ups=most_look_ups,
        )

    async def cases(self, *, open_only: bool = False) -> list[Discrepancy]:
        async with self.storage.begin(write=False) as work:
            return list(await work.nights.cases(open_only=open_only))

    async def kinds(self) -> list[tuple[DifferenceKind, str]]:
        return [(case.kind, case.dossier_code) for case in await self.cases(open_only=True)]


@pytest.fixture
async def sides(database_url: str, tmp_path: Path) -> AsyncIterator[Sides]:
    clock = ReplayClock(RECEIVED)
    sandbox = Sandbox(clock=clock)
    async with opened(database_url) as storage:
        async with storage.begin() as work:
            place = Place(code=DEPARTMENT, name="Sở Ngoại vụ", kind="department", agency=AGENCY)
            await work.catalogue.import_places([place])
        yield Sides(
            storage=storage,
            sandbox=sandbox,
            onestop=Lookups(sandbox, page_size=3),
            vault=open_vault("memory:"),
            clock=clock,
            signer=LedgerKey(tmp_path / "ledger.key"),
        )


async def test_a_quiet_night_finds_nothing_and_says_what_it_looked_at(sides: Sides) -> None:
    await sides.both(1, 2, 3, 4)
    night = await sides.night()
    assert (night.state, night.day, night.source) == (NightState.DONE, DAY, "memory")
    assert (night.ours, night.theirs, night.uncompared) == (4, 4, 0)
    assert (night.found, night.opened, night.closed, night.open_cases) == (0, 0, 0, 0)
    assert night.statistics == ""
    assert "tính đến phút" in night.on_time_rule
    assert night.window_from == DAY - timedelta(days=44)
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.night(DAY) == night


async def test_every_answer_is_kept_as_it_came(sides: Sides) -> None:
    await sides.both(1, 2, 3, 4)
    night = await sides.night()
    kept = [await sides.vault.fetch(name) for name in night.evidence.split()]
    pages = [
        page.raw
        async for page in sides.onestop.pages(received_from=night.window_from, received_to=DAY)
    ]
    assert len(pages) == 2
    assert kept[:2] == pages
    assert len(kept) == 2 + 3  # the window touches November, December and January


async def test_the_night_seals_the_day(sides: Sides) -> None:
    async with sides.storage.begin() as work:
        await work.custody.add_item(an_item())
        await work.custody.record(an_event(1), a_position(1))
    night = await sides.night()
    async with sides.storage.begin(write=False) as work:
        (sealed,) = await work.ledger.days()
    assert (sealed.day, sealed.events, sealed.root) == (DAY, 1, night.ledger_root)


async def plant_one_of_every_class(sides: Sides) -> set[tuple[DifferenceKind, str]]:
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
        (K.RECEIVED_DAY, {"receiveDate": "09/01/2019 23:59:59"}),
        (K.PROMISED_DAY, {"dueDate": "16/01/2019 16:00:00"}),
    ]
    for serial, (_, columns) in enumerate(planted, start=4):
        await sides.ours(serial)
        sides.theirs(serial, **columns)
    return {
        (K.MISSING_THERE, number(1)),
        (K.MISSING_HERE, number(2)),
        (K.DUPLICATE_CODE, number(3)),
        *((kind, number(serial)) for serial, (kind, _) in enumerate(planted, start=4)),
    }


async def test_every_planted_difference_becomes_one_case_and_nothing_else_does(
    sides: Sides,
) -> None:
    planted = await plant_one_of_every_class(sides)
    night = await sides.night()
    found = await sides.kinds()
    assert set(found) == planted
    assert len(found) == len(planted) == len(K)
    assert (night.found, night.opened, night.open_cases) == (10, 10, 10)


async def test_the_same_night_again_gives_the_same_cases_and_the_same_figures(
    sides: Sides,
) -> None:
    await plant_one_of_every_class(sides)
    first, cases = await sides.night(), await sides.cases()
    sides.clock.advance_to(EVENING + timedelta(minutes=5))
    second = await sides.night()
    assert await sides.cases() == cases
    times = {"started_at", "finished_at"}
    assert second.model_dump(exclude=times) == first.model_dump(exclude=times)
    assert second.started_at > first.started_at


async def test_two_processes_that_run_one_night_at_once_make_its_cases_once(
    sides: Sides,
) -> None:
    planted = await plant_one_of_every_class(sides)
    sides.clock.advance_to(EVENING)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(sides.night())
    assert set(await sides.kinds()) == planted
    assert len(await sides.cases()) == len(planted)


async def test_a_case_ages_closes_and_comes_back_as_the_same_case(sides: Sides) -> None:
    await sides.both(1)
    sides.theirs(1, fromViaPostal=1)
    await sides.night()
    (born,) = await sides.cases()

    night = await sides.night(DAY + timedelta(days=1))
    (case,) = await sides.cases()
    assert (case.id, case.age_days(night.day), night.opened) == (born.id, 1, 0)

    sides.theirs(1, fromViaPostal=0)
    night = await sides.night(DAY + timedelta(days=2))
    (case,) = await sides.cases()
    assert (case.closed_on, night.closed, night.open_cases) == (night.day, 1, 0)

    sides.theirs(1, fromViaPostal=1)
    night = await sides.night(DAY + timedelta(days=3))
    (case,) = await sides.cases()
    assert (case.id, case.reopened, case.closed_on) == (born.id, 1, None)
    assert (night.found, night.opened, night.open_cases) == (1, 0, 1)


async def test_what_a_supervisor_wrote_into_a_case_stays(sides: Sides) -> None:
    await sides.ours(1)
    await sides.night()
    (case,) = await sides.cases()
    async with sides.storage.begin() as work:
        mine = case.model_copy(update={"owner": "thu", "explanation": "một cửa đang sửa"})
        await work.nights.put_case(mine)
    await sides.night(DAY + timedelta(days=1))
    (case,) = await sides.cases()
    assert (case.owner, case.explanation) == ("thu", "một cửa đang sửa")
    assert case.last_seen_on == DAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("10/01/2019 23:59:59", "11/01/2019 00:00:00"),  # theirs is not in tonight's window
        ("11/01/2019 00:00:00", "10/01/2019 23:59:59"),  # ours is not
    ],
)
async def test_midnight_between_two_receptions_is_a_wrong_day_and_nobody_is_missing(
    sides: Sides, here: str, there: str
) -> None:
    ours = datetime.strptime(here, "%d/%m/%Y %H:%M:%S").replace(tzinfo=LOCAL)
    await sides.ours(1, received_at=ours.astimezone(UTC))
    sides.theirs(1, receiveDate=there)
    await sides.night()
    assert await sides.kinds() == [(K.RECEIVED_DAY, number(1))]
    # The next night has both in its window and says the same; the case is the same one.
    await sides.night(DAY + timedelta(days=1))
    assert await sides.kinds() == [(K.RECEIVED_DAY, number(1))]


async def test_the_first_and_the_last_second_of_a_day_belong_to_it(sides: Sides) -> None:
    for serial, moment in enumerate(
        ("09/01/2019 23:59:59", "10/01/2019 00:00:00", "10/01/2019 23:59:59", "11/01/2019 00:00:00")
    ):
        local = datetime.strptime(moment, "%d/%m/%Y %H:%M:%S").replace(tzinfo=LOCAL)
        await sides.ours(serial, received_at=local.astimezone(UTC))
        sides.theirs(serial, receiveDate=moment)
    night = await sides.night(lookback_days=1)
    assert (night.window_from, night.ours, night.theirs, night.found) == (DAY, 2, 2, 0)


async def test_an_old_case_outside_the_window_is_looked_up_and_closes_when_it_is_mended(
    sides: Sides,
) -> None:
    await sides.both(1, 2)
    sides.theirs(1, fromViaPostal=1)
    sides.theirs(2, fromViaPostal=1)
    await sides.night()
    sides.theirs(1, fromViaPostal=0)
    later = DAY + timedelta(days=60)
    night = await sides.night(later)
    assert (night.ours, night.theirs, night.closed) == (0, 0, 1)
    mended, still = await sides.cases()
    assert (mended.closed_on, still.closed_on, still.last_seen_on) == (later, None, later)


async def test_look_ups_are_bounded_and_what_was_not_asked_says_so(sides: Sides) -> None:
    for serial in range(1, 6):
        await sides.ours(serial)
        # Each was received the day before the window: all five are there.
        sides.theirs(serial, receiveDate="09/01/2019 08:00:00")
    night = await sides.night(lookback_days=1, most_look_ups=2)
    assert sides.onestop.asked == 2
    kinds = [case.kind for case in await sides.cases()]
    assert (kinds.count(K.RECEIVED_DAY), kinds.count(K.MISSING_THERE)) == (2, 3)
    said = {case.theirs for case in await sides.cases() if case.kind == K.MISSING_THERE}
    assert said == {"không có trong danh sách; chưa tra cứu riêng mã này"}
    assert night.found == 5


async def test_a_code_that_is_twice_outside_the_window_does_not_end_the_night(
    sides: Sides,
) -> None:
    await sides.ours(1)
    sides.theirs(1, receiveDate="09/01/2019 08:00:00")
    sides.theirs(1, dossierId=9001, receiveDate="09/01/2019 09:00:00")
    await sides.night(lookback_days=1)
    assert await sides.kinds() == [(K.DUPLICATE_CODE, number(1))]


async def test_a_dossier_that_we_refused_is_no_difference_where_they_refused_it_too(
    sides: Sides,
) -> None:
    await sides.ours(1, status=Status.REFUSED, promised_at=None)
    sides.theirs(1, dossierStatus="denied")
    await sides.ours(2, status=Status.REFUSED, promised_at=None)
    sides.theirs(2)
    sides.theirs(3, dossierStatus="denied")
    await sides.night()
    assert await sides.kinds() == [(K.STATE, number(2))]


@pytest.mark.parametrize(
    "accident", [OneStopUnavailable("503 Service Unavailable"), OneStopRefused("HTML, không JSON")]
)
async def test_a_night_without_answer_is_written_down_and_changes_no_case(
    sides: Sides, accident: OneStopUnavailable | OneStopRefused
) -> None:
    await sides.ours(1)
    await sides.night()
    before = await sides.cases()
    sides.onestop.broken = accident
    tomorrow = DAY + timedelta(days=1)
    with pytest.raises(type(accident)):
        await sides.night(tomorrow)
    assert await sides.cases() == before
    async with sides.storage.begin(write=False) as work:
        failed = await work.nights.night(tomorrow)
        days = await work.ledger.days()
    assert failed is not None
    assert (failed.state, failed.error) == (NightState.FAILED, str(accident))
    assert (failed.found, failed.open_cases) == (0, 0)
    assert days[-1].root == failed.ledger_root

    sides.onestop.broken = None
    night = await sides.night(tomorrow)
    assert (night.state, night.error, night.found) == (NightState.DONE, None, 1)


async def test_a_repeat_that_fails_does_not_wipe_out_the_night_that_was_done(
    sides: Sides,
) -> None:
    await sides.ours(1)
    done = await sides.night()
    sides.onestop.broken = OneStopUnavailable("503")
    with pytest.raises(OneStopUnavailable):
        await sides.night()
    async with sides.storage.begin(write=False) as work:
        kept = await work.nights.night(DAY)
    assert kept is not None
    assert kept.model_dump(exclude={"error"}) == done.model_dump(exclude={"error"})
    assert kept.error == "Lần chạy lại lúc 10/01/2019 23:30 không xong: 503"


async def test_a_date_that_has_not_come_is_refused_and_nothing_is_written(sides: Sides) -> None:
    sides.clock.advance_to(EVENING)
    tomorrow = DAY + timedelta(days=1)
    answer = await sides.any_night(tomorrow)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.facts) == (Reason.NIGHT_IN_FUTURE, {"date": "11/01/2019"})
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.nights(limit=10) == []
        assert await work.ledger.days() == []


async def test_statistics_that_miscount_are_told_and_change_nothing(sides: Sides) -> None:
    await sides.both(1, 2)
    sides.onestop.defects = frozenset({Defect.A_DAY_BEHIND})
    night = await sides.night()
    assert night.found == 0
    assert night.statistics == (
        "Thống kê tháng 01/2019 của hệ thống một cửa: tiếp nhận 0, nhưng danh sách có 2 hồ sơ."
    )


class WithoutCount(MemoryOneStop):
    """A system whose statistics do not answer."""

    @override
    async def statistics(self, *, year: int, month: int) -> OneStopStatistics:
        raise OneStopUnavailable(f"{month}/{year}: 503")


async def test_a_night_without_statistics_is_a_night_all_the_same(sides: Sides) -> None:
    await sides.both(1)
    silent = WithoutCount(sides.sandbox)
    sides.clock.advance_to(EVENING)
    night = await run_night(
        day=DAY,
        onestop=silent,
        storage=sides.storage,
        vault=sides.vault,
        clock=sides.clock,
        signer=sides.signer,
        lookback_days=1,
    )
    assert isinstance(night, Night)
    assert night.state == NightState.DONE
    assert night.statistics == "Không có thống kê tháng 01/2019 của hệ thống một cửa: 1/2019: 503"


class KilledError(Exception):
    """Stands for a process that ends at once."""


class DiesAt:
    """A storage whose n-th transaction dies just before its end."""

    def __init__(self, storage: Storage, *, nth: int) -> None:
        self._storage = storage
        self._left = nth

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]:
        self._left -= 1
        return self._storage.begin(write=write) if self._left else self._dying(write=write)

    def _dying(self, *, write: bool) -> AbstractAsyncContextManager[NightWork]:
        @asynccontextmanager
        async def dying() -> AsyncIterator[NightWork]:
            async with self._storage.begin(write=write) as work:
                yield work
                raise KilledError

        return dying()


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_night_killed_in_the_middle_leaves_nothing_and_is_run_again(
    sides: Sides, nth: int
) -> None:
    planted = await plant_one_of_every_class(sides)
    sides.clock.advance_to(EVENING)
    with pytest.raises(KilledError):
        await run_night(
            day=DAY,
            onestop=sides.onestop,
            storage=DiesAt(sides.storage, nth=nth),
            vault=sides.vault,
            clock=sides.clock,
            signer=sides.signer,
            lookback_days=45,
        )
    assert await sides.cases() == []
    async with sides.storage.begin(write=False) as work:
        assert await work.nights.nights(limit=10) == []
        assert await work.ledger.days() == []
    night = await sides.night()
    assert set(await sides.kinds()) == planted
    assert night.opened == len(planted)
