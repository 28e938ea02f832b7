"""What follows from an attempt."""

import random
from datetime import timedelta

import pytest

from postal_bridge.subscriptions.announcements import deliveries_of
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from postal_bridge.subscriptions.schedule import JITTER, PAUSES, Heard, follow
from tests.stages.subscriptions.receivers import WELL, a_subscriber, an_announced, heard
from tests.stores import NOW

PATIENCE = timedelta(days=5)


@pytest.fixture
def subscriber() -> Subscription:
    return a_subscriber()


@pytest.fixture
def delivery(subscriber: Subscription) -> Delivery:
    (made,) = deliveries_of([an_announced()], [subscriber], source="urn:x", now=NOW)
    return made


def after(
    delivery: Delivery, subscriber: Subscription, answer: Heard, *, days: float = 0
) -> timedelta:
    now = NOW + timedelta(days=days)
    chance = random.Random(1)
    follow(delivery, subscriber, answer, now=now, chance=chance, patience=PATIENCE)
    return delivery.due_at - now


def test_what_was_heard_is_at_its_end(delivery: Delivery, subscriber: Subscription) -> None:
    subscriber.failing_since = NOW
    after(delivery, subscriber, heard(204))
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert subscriber.failing_since is None


@pytest.mark.parametrize("status", [None, 301, 400, 404, 500])
def test_whatever_else_comes_is_tried_for_days(
    delivery: Delivery, subscriber: Subscription, status: int | None
) -> None:
    waited = timedelta()
    for pause in PAUSES:
        assert delivery.state is DeliveryState.WAITING
        rest = after(delivery, subscriber, heard(status))
        assert pause * (1 - JITTER) <= rest <= pause * (1 + JITTER)
        waited += rest
    assert timedelta(days=2.5) < waited < timedelta(days=4.5)
    after(delivery, subscriber, heard(status))
    assert delivery.state is DeliveryState.GIVEN_UP
    assert subscriber.state is SubscriptionState.ACTIVE


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_may_ask_for_a_longer_pause_but_not_for_ever(
    delivery: Delivery, subscriber: Subscription, status: int
) -> None:
    hour = timedelta(hours=1)
    assert after(delivery, subscriber, heard(status, retry_after=hour)) == hour
    year = timedelta(days=365)
    assert after(delivery, subscriber, heard(status, retry_after=year)) == timedelta(days=1)


def test_who_is_gone_is_told_no_more(delivery: Delivery, subscriber: Subscription) -> None:
    after(delivery, subscriber, heard(410))
    assert subscriber.state is SubscriptionState.DISABLED
    assert "410" in (subscriber.why or "")
    assert delivery.state is DeliveryState.GIVEN_UP


def test_who_fails_for_days_is_told_no_more(delivery: Delivery, subscriber: Subscription) -> None:
    after(delivery, subscriber, heard(500))
    after(delivery, subscriber, heard(500), days=4.9)
    assert subscriber.why is None
    after(delivery, subscriber, heard(500), days=5)
    assert subscriber.state is SubscriptionState.DISABLED


def test_one_success_begins_the_count_anew(delivery: Delivery, subscriber: Subscription) -> None:
    after(delivery, subscriber, heard(500))
    after(delivery, subscriber, WELL, days=4)
    after(delivery, subscriber, heard(500), days=6)
    assert subscriber.state is SubscriptionState.ACTIVE
