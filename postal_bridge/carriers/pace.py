"""How fast a carrier is given orders: no faster than it, or the contract with it, allows."""

from collections import deque
from datetime import datetime, timedelta

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident
from postal_bridge.tracking.ports import Carrier, Order

_MINUTE = timedelta(minutes=1)


class CarrierBusy(Accident):
    """The carrier has had its orders of this minute; the outbox tries again later."""

    retryable = True


class Paced:
    """A carrier that takes so many orders in any minute, and refuses the rest for now."""

    def __init__(self, carrier: Carrier, *, per_minute: int, clock: Clock) -> None:
        self.name = carrier.name
        self._carrier = carrier
        self._clock = clock
        self._moments: deque[datetime] = deque(maxlen=per_minute)

    async def book(self, order: Order) -> str:
        """Place an order, or raise `CarrierBusy`."""
        now = self._clock.now()
        full = len(self._moments) == self._moments.maxlen
        if full and now - self._moments[0] < _MINUTE:
            msg = f"{self.name}: {self._moments.maxlen} orders in this minute"
            raise CarrierBusy(msg)
        self._moments.append(now)
        return await self._carrier.book(order)
