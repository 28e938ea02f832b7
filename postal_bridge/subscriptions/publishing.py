"""Announcing and delivering: each event becomes a row for each subscriber, each row is sent.

A row is written in the transaction that moves the place in the ledger, so nothing is lost and
nothing is announced under another id. It is sent outside of any transaction: a process that dies
between sending and noting it sends it again, under the same id, which receivers know.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from postal_bridge.clock import Clock
from postal_bridge.logs import get_logger
from postal_bridge.subscriptions.announcements import (
    MEDIA_TYPE,
    Announced,
    deliveries_of,
    of_entry,
)
from postal_bridge.subscriptions.ports import (
    Seal,
    Sender,
    SubscriptionTransactions,
    SubscriptionWork,
)
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from postal_bridge.subscriptions.schedule import Heard, follow
from postal_bridge.subscriptions.signing import headers_of

ENTRIES_AT_ONCE = 500
AT_ONCE, OF_ONE_SUBSCRIBER = 32, 4
LEASE = timedelta(minutes=2)
"""Longer than any attempt takes; then somebody else may send it."""

_log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """On which terms subscribers are told.

    Attributes:
        source: names this installation in every event; the same for ever.
        patience: without one success for so long, a subscriber is told no more.
        kept: for how long what came to its end is kept.
    """

    source: str
    patience: timedelta
    kept: timedelta


class Publisher:
    """Announces what happened and brings it to subscribers.

    Args:
        transactions: opens transactions.
        sender: sends one request.
        seal: opens subscribers' secrets.
        terms: on which they are told.
        clock: what is due.
        chance: of the pauses.
    """

    def __init__(
        self,
        *,
        transactions: SubscriptionTransactions,
        sender: Sender,
        seal: Seal,
        terms: Terms,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._transactions = transactions
        self._sender = sender
        self._seal = seal
        self._terms = terms
        self._clock = clock
        self._chance = chance

    async def announce_ledger(self) -> int:
        """Announce what is new in the ledger; how many deliveries that made.

        The first look announces nothing: it begins where the ledger ends.
        """
        made = 0
        while True:
            async with self._transactions.begin() as work:
                cursor = await work.subscriptions.hold_place()
                if cursor is None:
                    await work.subscriptions.move_place(await work.subscriptions.ledger_end())
                    return made
                entries = await work.subscriptions.ledger_after(cursor, limit=ENTRIES_AT_ONCE)
                if not entries:
                    return made
                announced = [one for entry in entries for one in of_entry(entry)]
                made += await self.announce(work, announced)
                await work.subscriptions.move_place(entries[-1].cursor)
            if len(entries) < ENTRIES_AT_ONCE:
                return made

    async def announce(self, work: SubscriptionWork, announced: Sequence[Announced]) -> int:
        """Write down for each subscriber what it is to be told, in the transaction at hand."""
        subscribers = await work.subscriptions.listed()
        deliveries = deliveries_of(
            announced, subscribers, source=self._terms.source, now=self._clock.now()
        )
        return await work.subscriptions.add(deliveries) if deliveries else 0

    async def deliver(self) -> int:
        """Send what is due; how many reached their subscriber."""
        delivered = 0
        while True:
            now = self._clock.now()
            async with self._transactions.begin() as work:
                due = await work.subscriptions.claim(
                    now=now, until=now + LEASE, limit=AT_ONCE, each=OF_ONE_SUBSCRIBER
                )
                subscribers = {one.id: one for one in await work.subscriptions.listed()}
            if not due:
                return delivered
            async with asyncio.TaskGroup() as group:
                sending = [
                    group.create_task(self._send(one, subscribers[one.subscription_id]))
                    for one in due
                ]
            delivered += sum(task.result() for task in sending)

    async def forget(self) -> int:
        """Remove what came to its end long ago."""
        async with self._transactions.begin() as work:
            before = self._clock.now() - self._terms.kept
            return await work.subscriptions.forget(before=before)

    async def _send(self, delivery: Delivery, subscription: Subscription) -> bool:
        at = self._clock.now()
        try:
            headers = self._headers(delivery, subscription, at)
        except ValueError as error:
            heard = Heard(status=None, outcome=f"khóa bí mật hỏng (secret: {error})", duration_ms=0)
        else:
            body = delivery.body.encode()
            heard = await self._sender.send(subscription.url, headers=headers, body=body)
        async with self._transactions.begin() as work:
            await self._note(work, delivery.id, heard, at=at)
        return heard.is_well

    def _headers(
        self, delivery: Delivery, subscription: Subscription, at: datetime
    ) -> Mapping[str, str]:
        secrets = [self._seal.open(subscription.sealed_secret)]
        until = subscription.old_until
        if subscription.sealed_old is not None and until is not None and at < until:
            secrets.append(self._seal.open(subscription.sealed_old))
        signed = headers_of(delivery.id, delivery.body.encode(), at=at, secrets=secrets)
        return {"Content-Type": MEDIA_TYPE, **signed}

    async def _note(
        self, work: SubscriptionWork, delivery_id: str, heard: Heard, *, at: datetime
    ) -> None:
        store = work.subscriptions
        delivery = await store.delivery(delivery_id)
        subscription = await store.hold(delivery.subscription_id) if delivery else None
        if delivery is None or subscription is None:
            return  # removed while it was sent
        was = subscription.state
        follow(
            delivery,
            subscription,
            heard,
            now=self._clock.now(),
            chance=self._chance,
            patience=self._terms.patience,
        )
        await store.put_delivery(delivery)
        await store.put(subscription)
        await store.add_attempt(
            DeliveryAttempt(
                delivery_id=delivery.id,
                number=delivery.attempts,
                at=at,
                duration_ms=heard.duration_ms,
                status=heard.status,
                outcome=heard.outcome[:400],
                answer=heard.answer[:400],
            )
        )
        if subscription.state is SubscriptionState.DISABLED and was is not subscription.state:
            _log.error("webhook.disabled", subscription=subscription.id, why=subscription.why)


def deliver_again(delivery: Delivery, *, now: datetime) -> None:
    """Let a delivery be sent once more, from the beginning of its schedule, under its own id."""
    delivery.state, delivery.due_at, delivery.ended_at = DeliveryState.WAITING, now, None
    delivery.attempts = 0
