"""The carriers' job: each connection when it is due, one process at a time, and no accident stops it."""

from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.jobs.carriers import CarriersJob
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.carrier_values import Callback, CarrierUnavailable
from tests.stores import NOW, opened

TEN = timedelta(minutes=10)


class Work:
    """Counts what it is asked; the connection `hong` does not answer."""

    def __init__(self) -> None:
        self.settled = 0
        self.looked: list[str] = []
        self.tended: list[str] = []

    async def settle_due(self) -> int:
        self.settled += 1
        return 0

    async def look(self, name: str) -> int:
        self.looked.append(name)
        if name == "hong":
            raise CarrierUnavailable(name)
        return 3

    async def tend(self, name: str) -> None:
        self.tended.append(name)

    async def take_callback(self, name: str, callback: Callback) -> object:
        raise LookupError(name, callback)


def a_job(storage: Storage, work: Work, clock: ReplayClock, *, owner: str = "mot") -> CarriersJob:
    return CarriersJob(
        storage=storage,
        orders=work,
        watch=work,
        upkeep=work,
        every={"hong": TEN, "vnpost": TEN},
        clock=clock,
        owner=owner,
    )


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


async def test_each_connection_is_looked_at_when_it_is_due(
    database_url: str, clock: ReplayClock
) -> None:
    async with opened(database_url) as storage:
        work = Work()
        job = a_job(storage, work, clock)
        assert await job.run_due() == ["vnpost"]
        assert await job.run_due() == []
        clock.advance_to(NOW + TEN + timedelta(seconds=1))
        assert await job.run_due() == ["vnpost"]
        assert work.looked == ["hong", "vnpost"] * 2
        assert work.settled == 3


async def test_each_connection_is_tended_once_a_day_also_one_that_does_not_answer(
    database_url: str, clock: ReplayClock
) -> None:
    async with opened(database_url) as storage:
        work = Work()
        for hours in (0, 1, 23, 25):
            clock.advance_to(NOW + timedelta(hours=hours))
            await a_job(storage, work, clock, owner=f"nguoi{hours}").run_due()
        assert work.tended == ["hong", "vnpost"] * 2


async def test_two_processes_share_the_timetable(database_url: str, clock: ReplayClock) -> None:
    async with opened(database_url) as storage:
        work = Work()
        for owner in ("mot", "hai"):
            await a_job(storage, work, clock, owner=owner).run_due()
        assert work.looked == ["hong", "vnpost"]
