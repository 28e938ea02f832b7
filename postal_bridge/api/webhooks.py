"""Webhooks out: who is told what, what became of telling it, secrets that are changed over."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from postal_bridge.api.acting import named
from postal_bridge.api.call import Body, Call
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.subscriptions.announcements import TEST, TYPES, Announced, deliveries_of
from postal_bridge.subscriptions.publishing import deliver_again
from postal_bridge.subscriptions.records import (
    SUBSCRIPTION_STATE_NAMES,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from postal_bridge.subscriptions.signing import SECRET_BYTES, secret_of

Types = list[str]


class NewWebhook(Body):
    """Whom to tell of what; `types` are those of docs/webhooks.md, `item.*` stands for many."""

    url: str = Field(min_length=8, max_length=2000)
    types: Types = Field(min_length=1, max_length=60)
    note: str = Field(default="", max_length=400)


class WebhookChange(Body):
    """What is to be otherwise; what is left out stays."""

    url: str | None = Field(default=None, min_length=8, max_length=2000)
    types: Types | None = Field(default=None, min_length=1, max_length=60)
    note: str | None = Field(default=None, max_length=400)
    state: SubscriptionState | None = None


class WebhookOut(BaseModel):
    """A subscriber. `secret` is shown by `POST /webhooks/{id}/secret` only, once each time."""

    id: str
    url: str
    types: Types
    note: str
    state: SubscriptionState
    state_name: str
    created_at: datetime
    created_by: str
    failing_since: datetime | None = None
    why: str | None = None
    old_secret_until: datetime | None = None
    secret: str | None = None


class Webhooks(BaseModel):
    """All subscribers, and every type of event there is."""

    webhooks: list[WebhookOut]
    types: Types


class DeliveriesQuery(BaseModel):
    """A page; `after` is the id of the last one seen."""

    after: str | None = Field(default=None, max_length=60)
    limit: int = Field(default=50, ge=1, le=200)


class DeliveryOut(Delivery):
    """A delivery with its attempts."""

    log: list[DeliveryAttempt] = Field(default_factory=list)


class Deliveries(BaseModel):
    """Deliveries, newest first."""

    deliveries: list[DeliveryOut]
    next: str | None = None


async def listed(call: Call[None]) -> Webhooks:
    """The subscribers."""
    found = await call.work.subscriptions.listed()
    return Webhooks(webhooks=[_shown(call, one) for one in found], types=list(TYPES))


async def create(call: Call[NewWebhook]) -> WebhookOut | Refusal:
    """Tell somebody from now on; the secret of its signatures is asked for by itself.

    Answers to requests that create something are kept for repeats, and a secret must not be.
    """
    objection = _objection(call, call.body.url, call.body.types)
    if objection is not None:
        return objection
    subscription = Subscription(
        id=str(call.services.identifiers.new(call.now)),
        url=call.body.url,
        types=" ".join(call.body.types),
        note=call.body.note,
        sealed_secret=call.services.seal.close(secret_of(secrets.token_bytes(SECRET_BYTES))),
        created_at=call.now,
        created_by=call.actor.username,
    )
    await call.work.subscriptions.put(subscription)
    return _shown(call, subscription)


async def show(call: Call[None]) -> WebhookOut | Refusal:
    """A subscriber."""
    found = await call.work.subscriptions.find(call.path["id"])
    return _unknown(call) if found is None else _shown(call, found)


async def change(call: Call[WebhookChange]) -> WebhookOut | Refusal:
    """Change address, types or state; who was disabled begins anew when made active."""
    subscription = await call.work.subscriptions.hold(call.path["id"])
    if subscription is None:
        return _unknown(call)
    body = call.body
    objection = _objection(call, body.url or subscription.url, body.types or [])
    if objection is not None:
        return objection
    subscription.url = body.url or subscription.url
    subscription.types = " ".join(body.types) if body.types else subscription.types
    subscription.note = subscription.note if body.note is None else body.note
    if body.state is not None and body.state is not subscription.state:
        subscription.state, subscription.why, subscription.failing_since = body.state, None, None
    await call.work.subscriptions.put(subscription)
    return _shown(call, subscription)


async def remove(call: Call[None]) -> Refusal | None:
    """Tell somebody no more, and forget what was meant for them."""
    if await call.work.subscriptions.hold(call.path["id"]) is None:
        return _unknown(call)
    await call.work.subscriptions.remove(call.path["id"])
    return None


async def change_over(call: Call[None]) -> WebhookOut | Refusal:
    """A new secret; the old one signs beside it for a while, so that no delivery is refused."""
    subscription = await call.work.subscriptions.hold(call.path["id"])
    if subscription is None:
        return _unknown(call)
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    hours = call.services.settings.webhooks.old_secret_hours
    subscription.sealed_old = subscription.sealed_secret
    subscription.old_until = call.now + timedelta(hours=hours)
    subscription.sealed_secret = call.services.seal.close(secret)
    await call.work.subscriptions.put(subscription)
    return _shown(call, subscription, secret=secret)


async def try_it(call: Call[None]) -> DeliveryOut | Refusal:
    """Send an event of no consequence, to see whether a receiver is set up well."""
    subscription = await call.work.subscriptions.find(call.path["id"])
    if subscription is None:
        return _unknown(call)
    event = Announced(
        id=str(call.services.identifiers.new(call.now)),
        type=TEST,
        subject=subscription.id,
        at=call.now,
        data={"note": "Thử kết nối (a test)"},
    )
    told = subscription.model_copy(update={"types": TEST, "state": SubscriptionState.ACTIVE})
    source = call.services.settings.webhooks.source
    (delivery,) = deliveries_of([event], [told], source=source, now=call.now)
    await call.work.subscriptions.add([delivery])
    return DeliveryOut(**delivery.model_dump())


async def deliveries(call: Call[None]) -> Deliveries | Refusal:
    """What a subscriber was told, and every attempt."""
    asked, subscription_id = call.asked(DeliveriesQuery), call.path["id"]
    if await call.work.subscriptions.find(subscription_id) is None:
        return _unknown(call)
    found = await call.work.subscriptions.deliveries(
        subscription_id, limit=asked.limit, after=asked.after
    )
    shown = [
        DeliveryOut(**one.model_dump(), log=list(await call.work.subscriptions.attempts(one.id)))
        for one in found
    ]
    full = len(found) == asked.limit
    return Deliveries(deliveries=shown, next=found[-1].id if found and full else None)


async def redeliver(call: Call[None]) -> DeliveryOut | Refusal:
    """Send a delivery once more, under its own id; one that still waits is due at once."""
    delivery = await call.work.subscriptions.delivery(call.path["delivery"])
    if delivery is None or delivery.subscription_id != call.path["id"]:
        return refuse(Reason.DELIVERY_UNKNOWN, "delivery", id=call.path["delivery"])
    if delivery.state is DeliveryState.WAITING:
        delivery.due_at = call.now
    else:
        deliver_again(delivery, now=call.now)
    await call.work.subscriptions.put_delivery(delivery)
    return DeliveryOut(**delivery.model_dump())


def _objection(call: Call[Any], url: str, types: Types) -> Refusal | None:
    """Why nobody can be told there, or of that."""
    parts = urlsplit(url)
    allowed = {"https", "http"} if call.services.settings.webhooks.allow_private else {"https"}
    if parts.scheme not in allowed or not parts.hostname or parts.username is not None:
        return refuse(Reason.WEBHOOK_URL, "url", url=url)
    for one in types:
        is_known = one in TYPES or (
            one.endswith("*") and any(known.startswith(one[:-1]) for known in TYPES)
        )
        if not is_known:
            return refuse(Reason.WEBHOOK_TYPE, "types", type=one)
    return None


def _unknown(call: Call[Any]) -> Refusal:
    return refuse(Reason.WEBHOOK_UNKNOWN, "id", id=call.path["id"])


def _shown(call: Call[Any], one: Subscription, *, secret: str | None = None) -> WebhookOut:
    until = one.old_until
    return WebhookOut(
        id=one.id,
        url=one.url,
        types=one.types.split(),
        note=one.note,
        state=one.state,
        state_name=named(SUBSCRIPTION_STATE_NAMES[one.state], call.language),
        created_at=one.created_at,
        created_by=one.created_by,
        failing_since=one.failing_since,
        why=one.why,
        old_secret_until=until if until is not None and until > call.now else None,
        secret=secret,
    )
