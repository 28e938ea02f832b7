"""The carriers' job: what waits for a carrier's word is settled, and what they tell is read.

One process looks after a connection at a time: it claims the connection until the next look is
due, and does not give the claim back, so the claim is the timetable of all processes together.
"""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident
from postal_bridge.jobs.nightly import NightlyStorage
from postal_bridge.jobs.outbox import Handler
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Claimed
from postal_bridge.tracking.carrier_news import CALLBACK_TOPIC
from postal_bridge.tracking.carrier_values import Callback

JOB, UPKEEP = "carrier", "carrier-upkeep"
DAY = timedelta(days=1)

_log = get_logger(__name__)


class OrderSettling(Protocol):
    """Orders that wait for a carrier's word."""

    async def settle_due(self) -> int:
        """Settle what waits for too long; how many came to rest."""
        ...


class CarrierWatch(Protocol):
    """What carriers tell."""

    async def look(self, name: str) -> int:
        """Read what a connection has to tell; how many new reports."""
        ...

    async def take_callback(self, name: str, callback: Callback) -> object:
        """Apply a carrier's own request to us."""
        ...


class ConnectionUpkeep(Protocol):
    """What is done for a connection once a day."""

    async def tend(self, name: str) -> None:
        """Check credentials, close gaps, forget what is old."""
        ...


class CarriersJob:
    """Looks after the connections that are due.

    Args:
        storage: where connections are claimed.
        orders: settles orders.
        watch: reads what carriers tell.
        upkeep: tends each connection once a day.
        every: how often each connection is looked at.
        clock: decides what is due.
        owner: names this process in the claims.
    """

    def __init__(
        self,
        *,
        storage: NightlyStorage,
        orders: OrderSettling,
        watch: CarrierWatch,
        upkeep: ConnectionUpkeep,
        every: Mapping[str, timedelta],
        clock: Clock,
        owner: str,
    ) -> None:
        self._storage = storage
        self._orders = orders
        self._watch = watch
        self._upkeep = upkeep
        self._every = dict(every)
        self._clock = clock
        self._owner = owner

    def handlers(self) -> dict[str, Handler]:
        """Takes carriers' requests from the inbox; one that cannot be read waits for a person."""
        return {CALLBACK_TOPIC: self._take_callback}

    async def _take_callback(self, message: Claimed) -> None:
        told = json.loads(message.payload)
        callback = Callback(
            headers=told["headers"],
            query=told["query"],
            content_type=told["content_type"],
            body=base64.b64decode(told["body"]),
        )
        await self._watch.take_callback(told["connection"], callback)

    async def run_due(self) -> list[str]:
        """Look after what is due; gives what this call has looked after."""
        # Nobody claims this: whoever asks for an order first says so in its row.
        await self._orders.settle_due()
        done = []
        for name, every in self._every.items():
            if await self._is_ours(UPKEEP, name, DAY):
                await self._upkeep.tend(name)
            if not await self._is_ours(JOB, name, every):
                continue
            try:
                new = await self._watch.look(name)
            except Accident as trouble:
                _log.warning("carrier.not-read", carrier=name, error=str(trouble))
                continue
            done.append(name)
            if new:
                _log.info("carrier.read", carrier=name, reports=new)
        return done

    async def _is_ours(self, job: str, name: str, every: timedelta) -> bool:
        now = self._clock.now()
        async with self._storage.begin() as work:
            return await work.job_runs.claim(
                job, name, owner=self._owner, now=now, until=now + every
            )
