"""The job of webhooks: announces and sends whenever it looks, forgets once a day."""

from datetime import timedelta

from postal_bridge.clock import ReplayClock
from postal_bridge.jobs.webhooks import WebhooksJob
from tests.stores import NOW, opened


class Publisher:
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.did: list[str] = []

    async def announce_ledger(self) -> int:
        self.did.append("announce")
        return 2

    async def deliver(self) -> int:
        self.did.append("deliver")
        return 1

    async def forget(self) -> int:
        self.did.append("forget")
        return 0


async def test_what_is_due_is_done_and_old_things_are_forgotten_once_a_day(
    database_url: str,
) -> None:
    clock, publisher = ReplayClock(NOW), Publisher()
    async with opened(database_url) as storage:
        for owner, hours in (("mot", 0), ("hai", 1), ("mot", 25)):
            clock.advance_to(NOW + timedelta(hours=hours))
            job = WebhooksJob(storage=storage, publisher=publisher, clock=clock, owner=owner)
            assert await job.run_due() == 1
    look = ["announce", "deliver"]
    assert publisher.did == [*look, "forget", *look, *look, "forget"]
