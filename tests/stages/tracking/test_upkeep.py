"""Connections are tended: credentials watched, gaps closed, old calls forgotten."""

from datetime import timedelta

import pytest
from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carrier_memory import CarrierMemory
from postal_bridge.tracking.carrier_news import take_scans
from postal_bridge.tracking.carrier_records import CarrierCall, Milestone, Source, Why
from postal_bridge.tracking.carrier_values import Credentials, Party
from postal_bridge.tracking.orders import Connection
from postal_bridge.tracking.upkeep import Upkeep
from postal_bridge.tracking.watching import Watched
from tests.stages.memory import CENTRE, MemoryWork
from tests.stages.tracking.carriers import Map, a_travelling_result, at, recorder, scan

DAY = timedelta(days=1)


class LearningMap(Map):
    """A status map that a newer release taught a code."""

    def __init__(self) -> None:
        self.learnt: dict[str, Milestone] = {}

    @override
    def meaning(self, vocabulary: str, raw_code: str) -> tuple[Milestone, Why | None] | None:
        if raw_code in self.learnt:
            return self.learnt[raw_code], None
        return super().meaning(vocabulary, raw_code)


class Guarded(CarrierMemory):
    """A carrier that says what it thinks of our credentials."""

    told = Credentials(well=True)

    async def verify(self) -> Credentials:
        return self.told


@pytest.fixture
def carrier() -> Guarded:
    return Guarded("hang")


@pytest.fixture
async def number(work: MemoryWork) -> str:
    return await a_travelling_result(work)


@pytest.fixture
def clock(work: MemoryWork, number: str) -> ReplayClock:
    return ReplayClock(at(work, 60))


@pytest.fixture
def meanings() -> LearningMap:
    return LearningMap()


@pytest.fixture
def upkeep(work: MemoryWork, carrier: Guarded, clock: ReplayClock, meanings: LearningMap) -> Upkeep:
    sender = Party(name="Trung tâm", phone="0205", address="Lạng Sơn", province="20")
    connection = Connection(
        carrier=carrier, sender=sender, place=CENTRE, quiet=timedelta(minutes=2)
    )
    return Upkeep(
        transactions=work,
        carriers={
            "hang": Watched(
                connection=connection,
                meanings=meanings,
                silence=3 * DAY,
                calls_kept=30 * DAY,
                warn_before=14 * DAY,
            )
        },
        clock=clock,
        identifiers=work.identifiers,
    )


async def test_refused_credentials_are_an_incident_each_time_they_begin_to_be(
    work: MemoryWork, upkeep: Upkeep, carrier: Guarded, clock: ReplayClock
) -> None:
    ill = Credentials(well=False, said="mật khẩu hết hạn")
    opened = []
    for told in (Credentials(well=True), ill, ill, Credentials(well=True), ill):
        carrier.told = told
        clock.advance_to(clock.now() + DAY)
        await upkeep.tend("hang")
        opened.append(len(await work.incidents.about("hang")))
    assert opened == [0, 1, 1, 1, 2]
    (check,) = await work.carrier_desk.checks()
    assert (check.well, check.said, check.at) == (False, "mật khẩu hết hạn", clock.now())


async def test_credentials_that_end_soon_are_an_incident_once(
    work: MemoryWork, upkeep: Upkeep, carrier: Guarded, clock: ReplayClock
) -> None:
    carrier.told = Credentials(well=True, expires_at=clock.now() + 16 * DAY)
    opened = []
    for _ in range(4):
        await upkeep.tend("hang")
        opened.append(len(await work.incidents.about("hang")))
        clock.advance_to(clock.now() + DAY + timedelta(minutes=1))
    assert opened == [0, 0, 1, 1]


async def test_reports_of_a_code_that_is_learnt_move_their_consignment(
    work: MemoryWork, upkeep: Upkeep, number: str, meanings: LearningMap
) -> None:
    for minutes, code in ((5, "collected"), (9, "ĐÃ GIAO")):
        await take_scans(
            recorder(work),
            [scan(code, at(work, minutes), reference=number)],
            carrier="hang",
            source=Source.PULL,
            meanings=meanings,
        )
    await upkeep.tend("hang")
    assert work.consignments.kept[number].state.value == "collected"
    meanings.learnt["ĐÃ GIAO"] = Milestone.DELIVERED
    await upkeep.tend("hang")
    assert work.consignments.kept[number].state.value == "delivered"
    assert await work.carrier_desk.gaps() == []


async def test_calls_are_kept_for_their_time(
    work: MemoryWork, upkeep: Upkeep, clock: ReplayClock
) -> None:
    for days, name in ((31, "hang"), (29, "hang"), (31, "khac")):
        call = CarrierCall(
            id=f"{name}{days}",
            carrier=name,
            operation="book",
            at=clock.now() - days * DAY,
            duration_ms=1,
            outcome="ok",
            is_error=False,
        )
        await work.carrier_desk.add_call(call)
    await upkeep.tend("hang")
    kept = [
        one.id
        for name in ("hang", "khac")
        for one in await work.carrier_desk.calls(name, limit=9, after=None)
    ]
    assert kept == ["hang29", "khac31"]
