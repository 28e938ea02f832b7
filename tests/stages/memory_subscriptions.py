"""Subscribers and what waits for them, in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from postal_bridge.subscriptions.announcements import LedgerEntry
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Subscription,
    SubscriptionState,
)


class MemorySubscriptions:
    """What the store keeps, as it keeps it: copies in, copies out."""

    def __init__(self) -> None:
        self.kept: dict[str, Subscription] = {}
        self.waiting: dict[str, Delivery] = {}
        self.held: dict[str, datetime] = {}
        self.log: dict[tuple[str, int], DeliveryAttempt] = {}
        self.ledger: list[LedgerEntry] = []
        self.place: str | None = None

    async def find(self, subscription_id: str) -> Subscription | None:
        found = self.kept.get(subscription_id)
        return found.model_copy() if found else None

    hold = find

    async def listed(self) -> Sequence[Subscription]:
        return [self.kept[one].model_copy() for one in sorted(self.kept)]

    async def put(self, subscription: Subscription) -> None:
        self.kept[subscription.id] = subscription.model_copy()

    async def remove(self, subscription_id: str) -> None:
        self.kept.pop(subscription_id, None)
        gone = {key for key, one in self.waiting.items() if one.subscription_id == subscription_id}
        self._drop(gone)

    def _drop(self, gone: set[str]) -> None:
        for key in gone:
            del self.waiting[key]
        self.log = {key: one for key, one in self.log.items() if key[0] not in gone}

    async def add(self, deliveries: Iterable[Delivery]) -> int:
        new = {one.id: one for one in deliveries if one.id not in self.waiting}
        self.waiting |= {key: one.model_copy() for key, one in new.items()}
        return len(new)

    async def claim(
        self, *, now: datetime, until: datetime, limit: int, each: int
    ) -> Sequence[Delivery]:
        due = [
            one
            for one in self.waiting.values()
            if one.state is DeliveryState.WAITING
            and one.due_at <= now
            and self.held.get(one.id, now) <= now
            and self.kept[one.subscription_id].state is SubscriptionState.ACTIVE
        ]
        due.sort(key=lambda one: (one.subscription_id, one.due_at, one.id))
        chosen = [
            one
            for _, some in groupby(due, key=attrgetter("subscription_id"))
            for one in list(some)[:each]
        ]
        chosen = sorted(chosen, key=lambda one: (one.due_at, one.id))[:limit]
        self.held |= {one.id: until for one in chosen}
        return [one.model_copy() for one in chosen]

    async def delivery(self, delivery_id: str) -> Delivery | None:
        found = self.waiting.get(delivery_id)
        return found.model_copy() if found else None

    async def put_delivery(self, delivery: Delivery) -> None:
        self.waiting[delivery.id] = delivery.model_copy()
        self.held.pop(delivery.id, None)

    async def add_attempt(self, attempt: DeliveryAttempt) -> None:
        self.log[attempt.delivery_id, attempt.number] = attempt.model_copy()

    async def deliveries(
        self, subscription_id: str, *, limit: int, after: str | None
    ) -> Sequence[Delivery]:
        mine = [one for one in self.waiting.values() if one.subscription_id == subscription_id]
        mine.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        known = self.waiting.get(after or "")
        if known is not None:
            mine = [one for one in mine if (one.created_at, one.id) < (known.created_at, known.id)]
        return [one.model_copy() for one in mine[:limit]]

    async def attempts(self, delivery_id: str) -> Sequence[DeliveryAttempt]:
        return [one for key, one in sorted(self.log.items()) if key[0] == delivery_id]

    async def forget(self, *, before: datetime) -> int:
        old = {
            key
            for key, one in self.waiting.items()
            if one.ended_at is not None and one.ended_at < before
        }
        self._drop(old)
        return len(old)

    async def hold_place(self) -> str | None:
        return self.place

    async def move_place(self, cursor: str) -> None:
        self.place = cursor

    async def ledger_end(self) -> str:
        return self.ledger[-1].cursor if self.ledger else "0"

    async def ledger_after(self, cursor: str, *, limit: int) -> Sequence[LedgerEntry]:
        cursors = [one.cursor for one in self.ledger]
        start = cursors.index(cursor) + 1 if cursor in cursors else 0
        return self.ledger[start : start + limit]
