"""What subscriptions need from outside: their store, the ledger, somebody who sends, a seal."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from postal_bridge.subscriptions.announcements import LedgerEntry
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    Subscription,
)
from postal_bridge.subscriptions.schedule import Heard


class Subscriptions(Protocol):
    """Subscribers, what waits for them, and how far the ledger has been announced."""

    async def find(self, subscription_id: str) -> Subscription | None:
        """A subscriber."""
        ...

    async def hold(self, subscription_id: str) -> Subscription | None:
        """A subscriber, held until the transaction ends."""
        ...

    async def listed(self) -> Sequence[Subscription]:
        """All of them, in the order in which they came."""
        ...

    async def put(self, subscription: Subscription) -> None:
        """Write or renew a subscriber."""
        ...

    async def remove(self, subscription_id: str) -> None:
        """Forget a subscriber with all that was meant for it."""
        ...

    async def add(self, deliveries: Iterable[Delivery]) -> int:
        """Keep deliveries; those whose id is known are left as they are. How many were new."""
        ...

    async def claim(
        self, *, now: datetime, until: datetime, limit: int, each: int
    ) -> Sequence[Delivery]:
        """Due deliveries of active subscribers that nobody else sends now, oldest first.

        At most `each` of one subscriber, so that one that hangs keeps no other waiting.
        """
        ...

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """A delivery."""
        ...

    async def put_delivery(self, delivery: Delivery) -> None:
        """Renew a delivery; whoever has claimed it gives it back with this."""
        ...

    async def add_attempt(self, attempt: DeliveryAttempt) -> None:
        """Keep an attempt."""
        ...

    async def deliveries(
        self, subscription_id: str, *, limit: int, after: str | None
    ) -> Sequence[Delivery]:
        """A subscriber's deliveries, newest first, behind the id `after`."""
        ...

    async def attempts(self, delivery_id: str) -> Sequence[DeliveryAttempt]:
        """Every attempt of a delivery, in order."""
        ...

    async def forget(self, *, before: datetime) -> int:
        """Remove deliveries that came to their end before then, with their attempts; how many."""
        ...

    async def hold_place(self) -> str | None:
        """How far the ledger has been announced, held; None before the first look."""
        ...

    async def move_place(self, cursor: str) -> None:
        """Write how far the ledger has been announced."""
        ...

    async def ledger_end(self) -> str:
        """Where the ledger ends now."""
        ...

    async def ledger_after(self, cursor: str, *, limit: int) -> Sequence[LedgerEntry]:
        """Events behind the cursor, in the order in which they became readable."""
        ...


class SubscriptionWork(Protocol):
    """The stores of one transaction."""

    @property
    def subscriptions(self) -> Subscriptions:
        """Subscribers and what waits for them."""
        ...


class SubscriptionTransactions(Protocol):
    """Where transactions come from."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[SubscriptionWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


class Sender(Protocol):
    """Brings one request to a subscriber."""

    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Heard:
        """Send it once; whatever goes wrong is what was heard, and never raised."""
        ...


class Seal(Protocol):
    """Keeps secrets with a key that is not in the database."""

    def close(self, secret: str) -> str:
        """The sealed secret."""
        ...

    def open(self, sealed: str) -> str:
        """The secret.

        Raises:
            ValueError: it was sealed with another key, or spoilt.
        """
        ...
