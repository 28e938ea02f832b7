"""The job of papers: the vault is tended once a day, and what waits is read each time."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.jobs.papers import PapersJob
from postal_bridge.storage.engine import Storage
from tests.stores import NOW, opened


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    async with opened(database_url) as found:
        yield found


class Upkeep:
    """Counts how often it was asked."""

    def __init__(self, *, fails: int = 0) -> None:
        self.times, self.fails = 0, fails

    async def __call__(self) -> Mapping[str, int]:
        self.times += 1
        if self.times <= self.fails:
            raise OSError("đĩa đầy")
        return {"parts": 3}


async def two_pages() -> int:
    return 2


def a_job(storage: Storage, clock: ReplayClock, tend: Upkeep, *, owner: str = "a") -> PapersJob:
    return PapersJob(storage=storage, clock=clock, owner=owner, read=two_pages, tend=tend)


async def test_the_vault_is_tended_once_a_day_whoever_does_it(storage: Storage) -> None:
    clock, upkeep = ReplayClock(NOW), Upkeep()
    assert await a_job(storage, clock, upkeep).run_due() == {"parts": 3, "read": 2}
    assert await a_job(storage, clock, upkeep, owner="b").run_due() == {"read": 2}
    clock.advance_to(NOW + timedelta(days=1))
    await a_job(storage, clock, upkeep, owner="b").run_due()
    assert upkeep.times == 2


async def test_a_day_that_failed_is_tended_again_when_its_lease_is_over(storage: Storage) -> None:
    clock, upkeep = ReplayClock(NOW), Upkeep(fails=1)
    with pytest.raises(OSError, match="đĩa đầy"):
        await a_job(storage, clock, upkeep).run_due()
    clock.advance_to(NOW + timedelta(hours=3))
    assert (await a_job(storage, clock, upkeep, owner="b").run_due())["parts"] == 3


async def test_without_a_reader_nothing_is_read(storage: Storage) -> None:
    job = PapersJob(storage=storage, clock=ReplayClock(NOW), owner="a", read=None, tend=Upkeep())
    assert await job.run_due() == {"parts": 3}
