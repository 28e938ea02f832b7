"""Messages leave once, come again when that failed, and wait for a person when it is hopeless."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Accident
from postal_bridge.jobs.outbox import LONGEST_PAUSE_SECONDS, Handler, OutboxJob, pause_after
from postal_bridge.outbox import Claimed
from postal_bridge.sections import OutboxSettings
from postal_bridge.storage.engine import Storage
from tests.stores import NOW, opened

SETTINGS = OutboxSettings(poll_seconds=2, look_seconds=60, batch=4, lease_seconds=60, attempts=3)
PROCESSES = 6


class Busy(Accident):
    retryable = True


class Hopeless(Accident):
    retryable = False


class Post:
    """Processes that share an outbox, and what the other side has received."""

    def __init__(self, storages: list[Storage]) -> None:
        self.storages = storages
        self.clock = ReplayClock(NOW)
        self.received: list[Claimed] = []

    async def put(self, *keys: str, topic: str = "notice") -> None:
        async with self.storages[0].begin() as work:
            for key in keys:
                await work.outbox.put(topic, key=key, payload={"key": key})

    async def take(self, message: Claimed) -> None:
        await asyncio.sleep(0)
        self.received.append(message)

    def process(
        self, index: int = 0, *, handler: Handler | None = None, lease_seconds: float = 60
    ) -> OutboxJob:
        return OutboxJob(
            storage=self.storages[index],
            clock=self.clock,
            settings=SETTINGS.model_copy(update={"lease_seconds": lease_seconds}),
            owner=f"process-{index}",
            handlers={"notice": handler or self.take},
        )

    async def waiting(self) -> int:
        async with self.storages[0].begin(write=False) as work:
            return await work.outbox.waiting()

    def later(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
async def post(database_url: str) -> AsyncIterator[Post]:
    async with AsyncExitStack() as stack:
        yield Post(
            [await stack.enter_async_context(opened(database_url)) for _ in range(PROCESSES)]
        )


async def test_everything_that_waits_leaves_whatever_the_size_of_a_batch(post: Post) -> None:
    await post.put(*(f"n{number}" for number in range(11)))
    assert await post.process().dispatch() == 11
    assert len(post.received) == 11
    assert await post.waiting() == 0
    assert await post.process().dispatch() == 0


async def test_six_processes_hand_every_message_over_once(post: Post) -> None:
    await post.put(*(f"n{number}" for number in range(60)))
    async with asyncio.TaskGroup() as group:
        for index in range(PROCESSES):
            group.create_task(post.process(index).dispatch())
    assert Counter(message.key for message in post.received) == {
        f"n{number}": 1 for number in range(60)
    }


async def test_a_topic_without_handler_is_left_for_others(post: Post) -> None:
    await post.put("n1", topic="somebody-else")
    assert await post.process().dispatch() == 0
    assert await post.waiting() == 1


async def test_without_any_handler_nothing_is_asked(post: Post) -> None:
    await post.put("n1")
    job = OutboxJob(
        storage=post.storages[0], clock=post.clock, settings=SETTINGS, owner="x", handlers={}
    )
    assert await job.dispatch() == 0


async def test_what_fails_comes_again_later_each_time_and_then_waits_for_a_person(
    post: Post,
) -> None:
    tried: list[int] = []

    async def busy(message: Claimed) -> None:
        tried.append(message.attempt)
        raise Busy("bưu cục đang bận")

    await post.put("n1")
    job = post.process(handler=busy)
    await job.dispatch()
    post.later(4)
    await job.dispatch()
    assert tried == [1]
    post.later(2)
    await job.dispatch()
    assert tried == [1, 2]
    post.later(11)
    await job.dispatch()
    assert tried == [1, 2, 3]
    post.later(LONGEST_PAUSE_SECONDS * 1000)
    await job.dispatch()
    assert tried == [1, 2, 3]
    assert await post.waiting() == 1


async def test_what_trying_again_cannot_help_is_set_aside_at_once(post: Post) -> None:
    async def refused(message: Claimed) -> None:
        post.received.append(message)
        raise Hopeless("địa chỉ không có")

    await post.put("n1")
    await post.process(handler=refused).dispatch()
    post.later(LONGEST_PAUSE_SECONDS * 1000)
    await post.process().dispatch()
    assert len(post.received) == 1


async def test_one_that_fails_keeps_no_other_back(post: Post) -> None:
    async def picky(message: Claimed) -> None:
        if message.key == "n2":
            raise ValueError("a mistake of ours")
        await post.take(message)

    await post.put("n1", "n2", "n3")
    assert await post.process(handler=picky).dispatch() == 2
    assert sorted(message.key for message in post.received) == ["n1", "n3"]
    post.later(6)
    assert await post.process().dispatch() == 1
    assert await post.waiting() == 0


async def test_a_handler_that_hangs_is_given_up_before_its_lease_ends(post: Post) -> None:
    async def hang(_message: Claimed) -> None:
        await asyncio.Event().wait()

    await post.put("n1")
    assert await post.process(handler=hang, lease_seconds=0.05).dispatch() == 0
    post.later(6)
    assert await post.process().dispatch() == 1


async def test_the_message_of_a_killed_process_is_taken_when_its_lease_ends(post: Post) -> None:
    await post.put("n1")
    now = post.clock.now()
    async with post.storages[0].begin() as work:
        until = now + timedelta(seconds=60)
        claimed = await work.outbox.claim(
            topics=["notice"], owner="dead", now=now, until=until, limit=1
        )
    assert len(claimed) == 1
    post.later(59)
    assert await post.process(1).dispatch() == 0
    post.later(2)
    assert await post.process(1).dispatch() == 1
    assert post.received[0].attempt == 2


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [pause_after(attempt).total_seconds() for attempt in (1, 2, 3, 10, 11, 1000)]
    assert pauses == [5, 10, 20, 2560, 3600, 3600]
    assert datetime(2019, 1, 10, tzinfo=UTC) + pause_after(10**9) > datetime(
        2019, 1, 10, tzinfo=UTC
    )
