"""Subscribers are told everything once, whatever happens on the way."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from typing_extensions import override

from postal_bridge.clock import ReplayClock
from postal_bridge.journey import Act
from postal_bridge.subscriptions.publishing import Publisher, deliver_again
from postal_bridge.subscriptions.records import DeliveryState, SubscriptionState
from postal_bridge.subscriptions.schedule import Heard
from tests.stages.memory import MemoryWork
from tests.stages.subscriptions.receivers import (
    WELL,
    MemorySeal,
    MemorySender,
    a_publisher,
    a_subscriber,
    an_entry,
    heard,
)
from tests.stores import NOW


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
def sender() -> MemorySender:
    return MemorySender()


@pytest.fixture
def publisher(work: MemoryWork, sender: MemorySender, clock: ReplayClock) -> Publisher:
    return a_publisher(work, sender, clock)


def ids(sender: MemorySender) -> list[str]:
    return [headers["webhook-id"] for _, headers, _ in sender.sent]


async def test_the_first_look_begins_where_the_ledger_ends(
    work: MemoryWork, publisher: Publisher, sender: MemorySender
) -> None:
    await work.subscriptions.put(a_subscriber())
    work.subscriptions.ledger = [an_entry(1), an_entry(2)]
    assert await publisher.announce_ledger() == 0
    work.subscriptions.ledger.append(an_entry(3))
    assert await publisher.announce_ledger() == 1
    assert await publisher.announce_ledger() == 0
    assert await publisher.deliver() == 1
    assert len(sender.sent) == 1


async def test_a_long_ledger_is_announced_to_its_end(
    work: MemoryWork, publisher: Publisher, clock: ReplayClock
) -> None:
    await work.subscriptions.put(a_subscriber(types="item.* dossier.*"))
    await publisher.announce_ledger()
    work.subscriptions.ledger = [an_entry(number, act=Act.ACCEPT) for number in range(1, 1202)]
    assert await publisher.announce_ledger() == 2 * 1201
    assert await publisher.deliver() == 2 * 1201


async def test_a_failure_is_tried_again_under_the_same_id_and_logged(
    work: MemoryWork, publisher: Publisher, sender: MemorySender, clock: ReplayClock
) -> None:
    await work.subscriptions.put(a_subscriber())
    await publisher.announce_ledger()
    work.subscriptions.ledger = [an_entry(1)]
    await publisher.announce_ledger()
    sender.answers = [heard(None), heard(503, answer="bảo trì")]
    outcomes = []
    for hours in (0, 0, 1, 2):
        clock.advance_to(clock.now() + timedelta(hours=hours))
        outcomes.append(await publisher.deliver())
    assert outcomes == [0, 0, 0, 1]
    assert len(set(ids(sender))) == 1
    (delivery,) = work.subscriptions.waiting.values()
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 3)
    log = await work.subscriptions.attempts(delivery.id)
    assert [(one.number, one.status, one.answer) for one in log] == [
        (1, None, ""),
        (2, 503, "bảo trì"),
        (3, 200, ""),
    ]


class OneIsDown(MemorySender):
    """Only what is not sent to a.example arrives."""

    @override
    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Heard:
        self.sent.append((url, headers, body))
        return heard(None) if "a.example" in url else WELL


async def test_one_that_fails_keeps_no_other_waiting(
    work: MemoryWork, publisher: Publisher, clock: ReplayClock
) -> None:
    await publisher.announce_ledger()
    for name in ("a", "b"):
        await work.subscriptions.put(a_subscriber(name, url=f"https://{name}.example/"))
    work.subscriptions.ledger = [an_entry(number) for number in range(1, 60)]
    await publisher.announce_ledger()

    down = OneIsDown()
    assert await a_publisher(work, down, clock).deliver() == 59
    assert sum("a.example" in url for url, _, _ in down.sent) == 59


async def test_the_old_secret_signs_beside_the_new_one_for_a_while(
    work: MemoryWork, publisher: Publisher, sender: MemorySender, clock: ReplayClock
) -> None:
    await publisher.announce_ledger()
    subscriber = a_subscriber()
    subscriber.sealed_old = subscriber.sealed_secret
    subscriber.sealed_secret = MemorySeal().close("whsec_" + "QUJD" * 8)
    subscriber.old_until = NOW + timedelta(hours=24)
    await work.subscriptions.put(subscriber)
    work.subscriptions.ledger = [an_entry(1), an_entry(2)]
    await publisher.announce_ledger()
    await publisher.deliver()
    clock.advance_to(NOW + timedelta(hours=25))
    work.subscriptions.ledger.append(an_entry(3))
    await publisher.announce_ledger()
    await publisher.deliver()
    counts = [len(headers["webhook-signature"].split()) for _, headers, _ in sender.sent]
    assert counts == [2, 2, 1]


async def test_a_secret_that_cannot_be_opened_is_no_accident(
    work: MemoryWork, publisher: Publisher, sender: MemorySender
) -> None:
    await publisher.announce_ledger()
    subscriber = a_subscriber()
    subscriber.sealed_secret = "khác"
    await work.subscriptions.put(subscriber)
    work.subscriptions.ledger = [an_entry(1)]
    await publisher.announce_ledger()
    assert await publisher.deliver() == 0
    (delivery,) = work.subscriptions.waiting.values()
    assert "secret" in (delivery.outcome or "")
    assert sender.sent == []


async def test_paused_means_later_and_disabled_means_never(
    work: MemoryWork, publisher: Publisher, sender: MemorySender, clock: ReplayClock
) -> None:
    await publisher.announce_ledger()
    for name, state in (("a", SubscriptionState.PAUSED), ("b", SubscriptionState.DISABLED)):
        subscriber = a_subscriber(name)
        subscriber.state = state
        await work.subscriptions.put(subscriber)
    work.subscriptions.ledger = [an_entry(1)]
    await publisher.announce_ledger()
    assert await publisher.deliver() == 0
    for subscriber in await work.subscriptions.listed():
        subscriber.state = SubscriptionState.ACTIVE
        await work.subscriptions.put(subscriber)
    assert await publisher.deliver() == 1


async def test_a_delivery_is_sent_once_more_when_somebody_asks(
    work: MemoryWork, publisher: Publisher, sender: MemorySender, clock: ReplayClock
) -> None:
    await publisher.announce_ledger()
    await work.subscriptions.put(a_subscriber())
    work.subscriptions.ledger = [an_entry(1)]
    await publisher.announce_ledger()
    await publisher.deliver()
    (delivery,) = work.subscriptions.waiting.values()
    again = delivery.model_copy()
    deliver_again(again, now=clock.now())
    await work.subscriptions.put_delivery(again)
    assert await publisher.deliver() == 1
    assert len(set(ids(sender))) == 1
    clock.advance_to(NOW + timedelta(days=31))
    assert await publisher.forget() == 1
    assert work.subscriptions.log == {}
