"""Subscribers, built: who announces, who sends, with which seal."""

import json
import random
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.jobs.outbox import Handler
from postal_bridge.jobs.webhooks import WebhooksJob
from postal_bridge.outbox import ANNOUNCEMENT_TOPIC, Claimed
from postal_bridge.sections import Settings
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.sealing import KeySeal
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.subscriptions.announcements import Announced
from postal_bridge.subscriptions.publishing import Publisher, Terms
from postal_bridge.webhooks.sender import WebhookSender

SEAL_PURPOSE = "webhook secrets"


class HouseThatTells(Protocol):
    """What of the house telling subscribers needs."""

    @property
    def settings(self) -> Settings:
        """What the operator decides."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def storage(self) -> Storage:
        """The database."""
        ...

    @property
    def signer(self) -> LedgerKey:
        """The ledger's key; the seal's key is made from it."""
        ...


def make_seal(key: LedgerKey) -> KeySeal:
    """The seal of subscribers' secrets."""
    return KeySeal(key.derived(SEAL_PURPOSE))


def make_publisher(house: HouseThatTells) -> Publisher:
    """Whoever tells subscribers."""
    told = house.settings.webhooks
    return Publisher(
        transactions=house.storage,
        sender=WebhookSender(
            clock=house.clock,
            timeout_seconds=float(told.timeout_seconds),
            allow_private=told.allow_private,
        ),
        seal=make_seal(house.signer),
        terms=Terms(
            source=told.source,
            patience=timedelta(days=told.patience_days),
            kept=timedelta(days=told.kept_days),
        ),
        clock=house.clock,
        chance=random.Random(secrets.randbits(64)),  # noqa: S311 - spreads requests, no secret
    )


def make_webhooks_job(house: HouseThatTells, owner: str) -> WebhooksJob:
    """Announces and sends in the background."""
    return WebhooksJob(
        storage=house.storage, publisher=make_publisher(house), clock=house.clock, owner=owner
    )


def announcement_handlers(house: HouseThatTells) -> Mapping[str, Handler]:
    """Takes what is announced and not in the ledger out of the outbox."""
    publisher = make_publisher(house)

    async def announce(message: Claimed) -> None:
        told = json.loads(message.payload)
        announced = Announced(
            id=told["id"],
            type=told["type"],
            subject=told["subject"],
            at=datetime.fromisoformat(told["at"]),
            data=told["data"],
        )
        async with house.storage.begin() as work:
            await publisher.announce(work, [announced])

    return {ANNOUNCEMENT_TOPIC: announce}
