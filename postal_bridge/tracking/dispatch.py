"""What leaves from the outbox: orders to carriers, notices to citizens."""

import json
from collections.abc import Awaitable, Callable

from postal_bridge.logs import get_logger
from postal_bridge.outbox import Claimed
from postal_bridge.tracking.consignments import BOOK_TOPIC, CANCEL_TOPIC
from postal_bridge.tracking.orders import Orders

NOTICE_TOPIC = "notice"

Handler = Callable[[Claimed], Awaitable[None]]


class Dispatch:
    """Takes messages from the outbox to where they belong."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._log = get_logger(__name__)

    def handlers(self) -> dict[str, Handler]:
        """Which topic is whose."""
        return {NOTICE_TOPIC: self.notify}

    def to_carriers(self) -> dict[str, Handler]:
        """Which topic goes to carriers: these may be slow."""
        return {BOOK_TOPIC: self.book, CANCEL_TOPIC: self.cancel}

    async def book(self, message: Claimed) -> None:
        """Bring an order to its carrier."""
        await self._orders.place(json.loads(message.payload)["number"])

    async def cancel(self, message: Claimed) -> None:
        """Call an order off at its carrier."""
        await self._orders.call_off(json.loads(message.payload)["number"])

    async def notify(self, message: Claimed) -> None:
        """Tell the citizen. Until a channel is configured, the log is where notices go."""
        facts = json.loads(message.payload)
        self._log.info("notice", notice=facts["notice"], dossier=facts["dossier"])
