"""What the store of subscribers must do, in memory and on every database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from postal_bridge.journey import Act
from postal_bridge.storage.engine import Storage
from postal_bridge.subscriptions.announcements import deliveries_of
from postal_bridge.subscriptions.ports import SubscriptionTransactions
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    SubscriptionState,
)
from tests.stages.memory import MemoryWork
from tests.stages.subscriptions.receivers import a_subscriber, an_announced
from tests.stores import HOUR, ITEM, NOW, a_dossier, a_position, an_event, an_item, opened

PORTS = (
    "subscriptions.ports.Subscriptions",
    "subscriptions.ports.SubscriptionWork",
    "subscriptions.ports.SubscriptionTransactions",
)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")


DATABASES = ("sqlite", "postgresql")


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(
    engine_name: str, request: pytest.FixtureRequest
) -> AsyncIterator[SubscriptionTransactions]:
    if engine_name == "memory":
        yield MemoryWork()
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        yield storage


async def told(house: SubscriptionTransactions, *names: str, events: int = 1) -> list[Delivery]:
    """Subscribers of these names, each told of so many events."""
    subscribers = [a_subscriber(name) for name in names]
    made = deliveries_of(
        [an_announced(number) for number in range(events)],
        subscribers,
        source="urn:x",
        now=NOW,
    )
    async with house.begin() as work:
        for one in subscribers:
            await work.subscriptions.put(one)
        assert await work.subscriptions.add(made) == len(made)
    return made


async def claimed(house: SubscriptionTransactions, hours: float = 0, **more: int) -> list[str]:
    now = NOW + timedelta(hours=hours)
    asked = {"limit": 100, "each": 100, **more}
    async with house.begin() as work:
        found = await work.subscriptions.claim(now=now, until=now + HOUR, **asked)
    return [one.id for one in found]


async def test_a_subscriber_is_kept_changed_and_forgotten(
    house: SubscriptionTransactions,
) -> None:
    await told(house, "b", "a")
    async with house.begin() as work:
        store = work.subscriptions
        assert [one.id for one in await store.listed()] == ["a", "b"]
        held = await store.hold("a")
        assert held is not None
        held.state, held.why = SubscriptionState.DISABLED, "410"
        await store.put(held)
        await store.remove("b")
        assert await store.find("b") is None
        assert await store.deliveries("b", limit=9, after=None) == []
    async with house.begin(write=False) as work:
        assert await work.subscriptions.find("a") == held


async def test_the_same_event_is_kept_once(house: SubscriptionTransactions) -> None:
    made = await told(house, "a", events=2)
    async with house.begin() as work:
        assert await work.subscriptions.add(made) == 0
        assert await work.subscriptions.add([]) == 0
        found = await work.subscriptions.deliveries("a", limit=9, after=None)
    assert {one.id for one in found} == {one.id for one in made}


async def test_what_is_claimed_is_nobody_elses_until_it_is_given_back_or_the_lease_ends(
    house: SubscriptionTransactions,
) -> None:
    (made,) = await told(house, "a")
    assert await claimed(house) == [made.id]
    assert await claimed(house) == []
    assert await claimed(house, 1.1) == [made.id]
    made.due_at = NOW + 9 * HOUR
    async with house.begin() as work:
        await work.subscriptions.put_delivery(made)
    assert await claimed(house, 8) == []
    assert await claimed(house, 9) == [made.id]
    made.state = DeliveryState.DELIVERED
    async with house.begin() as work:
        await work.subscriptions.put_delivery(made)
    assert await claimed(house, 99) == []


async def test_nobody_takes_all_the_turns(house: SubscriptionTransactions) -> None:
    made = await told(house, "a", "b", events=5)
    first = await claimed(house, each=2)
    of = {one.id: one.subscription_id for one in made}
    assert sorted(of[one] for one in first) == ["a", "a", "b", "b"]
    assert len(await claimed(house, limit=3)) == 3
    assert len(await claimed(house)) == 3


async def test_who_is_not_active_is_not_told(house: SubscriptionTransactions) -> None:
    await told(house, "a")
    async with house.begin() as work:
        held = await work.subscriptions.hold("a")
        assert held is not None
        held.state = SubscriptionState.PAUSED
        await work.subscriptions.put(held)
    assert await claimed(house) == []


async def test_the_log_is_read_newest_first_page_by_page(house: SubscriptionTransactions) -> None:
    made = await told(house, "a", events=5)
    newest = sorted((one.id for one in made), reverse=True)
    async with house.begin(write=False) as work:
        first = await work.subscriptions.deliveries("a", limit=3, after=None)
        rest = await work.subscriptions.deliveries("a", limit=3, after=first[-1].id)
    assert [one.id for one in (*first, *rest)] == newest


async def test_what_came_to_its_end_long_ago_is_forgotten_with_its_attempts(
    house: SubscriptionTransactions,
) -> None:
    old, young = await told(house, "a", events=2)
    old.state, old.ended_at = DeliveryState.DELIVERED, NOW
    attempt = DeliveryAttempt(
        delivery_id=old.id, number=1, at=NOW, duration_ms=5, status=200, outcome="HTTP 200"
    )
    async with house.begin() as work:
        await work.subscriptions.put_delivery(old)
        await work.subscriptions.add_attempt(attempt)
        assert list(await work.subscriptions.attempts(old.id)) == [attempt]
        assert await work.subscriptions.forget(before=NOW) == 0
        assert await work.subscriptions.forget(before=NOW + HOUR) == 1
        assert await work.subscriptions.attempts(old.id) == []
        assert await work.subscriptions.delivery(old.id) is None
        assert await work.subscriptions.delivery(young.id) is not None


async def test_the_place_in_the_ledger_is_kept(house: SubscriptionTransactions) -> None:
    async with house.begin() as work:
        assert await work.subscriptions.hold_place() is None
        await work.subscriptions.move_place(await work.subscriptions.ledger_end())
    async with house.begin() as work:
        place = await work.subscriptions.hold_place()
        assert place is not None
        assert await work.subscriptions.ledger_after(place, limit=9) == []


@pytest.mark.parametrize("engine_name", DATABASES, indirect=True)
async def test_the_ledger_is_read_in_the_order_in_which_it_became_readable(
    database_url: str,
) -> None:
    async with opened(database_url) as storage:
        await _three_events(storage)
        async with storage.begin(write=False) as work:
            first = await work.subscriptions.ledger_after("0-0-00000000", limit=2)
            rest = await work.subscriptions.ledger_after(first[-1].cursor, limit=9)
            assert await work.subscriptions.ledger_end() == rest[-1].cursor
        moments = [one.occurred_at for one in (*first, *rest)]
        assert moments == [NOW + number * HOUR for number in (3, 1, 2)]
        assert {one.item_code for one in first} == {ITEM}
        assert first[0].act is Act.RECEIVE


async def _three_events(storage: Storage) -> None:
    """Written in another order than that in which they happened."""
    async with storage.begin() as work:
        await work.dossiers.add(a_dossier(), [])
        await work.custody.add_item(an_item())
    for number, hours in enumerate((3, 1, 2), start=1):
        event = an_event(number)
        event.occurred_at = NOW + hours * HOUR
        async with storage.begin() as work:
            await work.custody.record(event, a_position(number))
