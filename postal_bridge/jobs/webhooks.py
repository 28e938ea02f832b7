"""The job of webhooks: what happened is announced by one process at a time, and sent by any."""

from datetime import timedelta
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.jobs.nightly import NightlyStorage

FORGETTING = "webhooks-forget"
DAY = timedelta(days=1)


class Announcing(Protocol):
    """Tells subscribers."""

    async def announce_ledger(self) -> int:
        """Announce what is new in the ledger; how many deliveries that made."""
        ...

    async def deliver(self) -> int:
        """Send what is due; how many reached their subscriber."""
        ...

    async def forget(self) -> int:
        """Remove what came to its end long ago."""
        ...


class WebhooksJob:
    """Announces, sends, and forgets once a day.

    Nobody claims the announcing: whoever moves the place in the ledger holds it for that long.
    """

    def __init__(
        self, *, storage: NightlyStorage, publisher: Announcing, clock: Clock, owner: str
    ) -> None:
        self._storage = storage
        self._publisher = publisher
        self._clock = clock
        self._owner = owner

    async def run_due(self) -> int:
        """Do what is due; how many deliveries reached their subscriber."""
        await self._publisher.announce_ledger()
        delivered = await self._publisher.deliver()
        now = self._clock.now()
        async with self._storage.begin() as work:
            is_ours = await work.job_runs.claim(
                FORGETTING, "", owner=self._owner, now=now, until=now + DAY
            )
        if is_ours:
            await self._publisher.forget()
        return delivered
