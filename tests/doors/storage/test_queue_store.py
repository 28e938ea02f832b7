"""Outbox, inbox and job claims: whatever the number of workers, one does a thing at a time."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from datetime import timedelta

import pytest

from postal_bridge.outbox import Claimed, Outbox, Queue
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.queue_store import QueueStore
from postal_bridge.storage.unit_of_work import UnitOfWork
from tests.architecture.source_tree import ROOT
from tests.doors.storage.claiming_worker import LEASE
from tests.stores import HOUR, NOW, opened

QUEUES = ("outbox", "inbox")
MESSAGES = 1000


@pytest.fixture(params=QUEUES)
def queue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def of(work: UnitOfWork, queue: str) -> QueueStore:
    return work.outbox if queue == "outbox" else work.inbox


async def put(storage: Storage, queue: str, *keys: object, topic: str = "notice") -> None:
    async with storage.begin() as work:
        waiting: Outbox = of(work, queue)
        for key in keys:
            await waiting.put(topic, key=str(key), payload={"số": str(key)})


async def claim(
    storage: Storage, queue: str, *, at: timedelta = timedelta(0), limit: int = 10
) -> list[Claimed]:
    async with storage.begin() as work:
        waiting: Queue = of(work, queue)
        return await waiting.claim(
            topics=["notice"], owner="a", now=NOW + at, until=NOW + at + LEASE, limit=limit
        )


async def start(url: str, queue: str, how: str) -> Process:
    module = "tests.doors.storage.claiming_worker"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, url, queue, how, cwd=ROOT, stdout=PIPE
    )


async def test_messages_are_claimed_oldest_first_with_what_was_put(
    storage: Storage, queue: str
) -> None:
    await put(storage, queue, "b", "a", "c")

    first = await claim(storage, queue, limit=2)
    assert [(m.topic, m.key, json.loads(m.payload), m.attempt) for m in first] == [
        ("notice", "b", {"số": "b"}, 1),
        ("notice", "a", {"số": "a"}, 1),
    ]
    assert [message.key for message in await claim(storage, queue)] == ["c"]
    assert await claim(storage, queue) == []


async def test_the_same_key_is_written_once_even_after_it_is_done(
    storage: Storage, queue: str
) -> None:
    await put(storage, queue, "a", "a")
    (message,) = await claim(storage, queue)
    async with storage.begin() as work:
        await of(work, queue).done(message.id, now=NOW)
    await put(storage, queue, "a")

    assert await claim(storage, queue, at=HOUR) == []
    async with storage.begin() as work:
        assert await of(work, queue).waiting() == 0


async def test_a_message_of_a_transaction_that_was_undone_never_leaves(
    storage: Storage, queue: str
) -> None:
    async def put_and_fail() -> None:
        async with storage.begin() as work:
            await of(work, queue).put("notice", key="a", payload={})
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await put_and_fail()

    assert await claim(storage, queue) == []


async def test_other_topics_are_left_to_others(storage: Storage, queue: str) -> None:
    await put(storage, queue, "a", topic="consignment.book")

    assert await claim(storage, queue) == []


async def test_a_lease_that_ran_out_gives_the_message_to_the_next(
    storage: Storage, queue: str
) -> None:
    await put(storage, queue, "a")
    await claim(storage, queue)

    assert await claim(storage, queue, at=LEASE) == []
    (again,) = await claim(storage, queue, at=LEASE + timedelta(seconds=1))
    assert again.attempt == 2


async def test_a_worker_that_was_too_slow_does_not_give_back_the_next_ones_claim(
    storage: Storage, queue: str
) -> None:
    await put(storage, queue, "a")
    (slow,) = await claim(storage, queue)
    (quick,) = await claim(storage, queue, at=LEASE + timedelta(seconds=1))
    async with storage.begin() as work:
        await of(work, queue).failed(slow, error="quá chậm", retry_at=NOW)
    assert await claim(storage, queue, at=LEASE + timedelta(seconds=2)) == []
    async with storage.begin() as work:
        await of(work, queue).failed(quick, error="lỗi thật", retry_at=NOW)
    (again,) = await claim(storage, queue, at=LEASE + timedelta(seconds=3))
    assert again.attempt == 3


async def test_what_failed_waits_until_it_is_tried_again_or_for_a_person(
    storage: Storage, queue: str
) -> None:
    await put(storage, queue, "a", "b")
    later, never = await claim(storage, queue)
    async with storage.begin() as work:
        await of(work, queue).failed(later, error="x" * 9000, retry_at=NOW + HOUR)
        await of(work, queue).failed(never, error="sai địa chỉ", retry_at=None)

    assert await claim(storage, queue, at=timedelta(minutes=59)) == []
    assert [m.id for m in await claim(storage, queue, at=HOUR)] == [later.id]
    years_later = await claim(storage, queue, at=timedelta(days=4000))
    assert [message.id for message in years_later] == [later.id]
    async with storage.begin() as work:
        assert await of(work, queue).waiting() == 2


async def test_many_connections_at_once_claim_no_message_twice(
    storage: Storage, database_url: str, queue: str
) -> None:
    await put(storage, queue, *range(MESSAGES))
    taken: list[int] = []

    async def work_off(store: Storage) -> None:
        while claimed := await claim(store, queue, limit=13):
            taken.extend(message.id for message in claimed)

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        for store in (storage, other) * 4:
            tasks.create_task(work_off(store))

    assert len(taken) == len(set(taken)) == MESSAGES


async def test_many_processes_claim_no_message_twice(storage: Storage, database_url: str) -> None:
    await put(storage, "outbox", *range(MESSAGES))

    workers = [await start(database_url, "outbox", "all") for _ in range(3)]
    answers = [await worker.communicate() for worker in workers]

    taken = [number for out, _ in answers for number in json.loads(out)]
    assert len(taken) == len(set(taken)) == MESSAGES


async def test_messages_of_a_killed_worker_return(
    storage: Storage, database_url: str, queue: str
) -> None:
    await put(storage, queue, *range(10))
    worker = await start(database_url, queue, "hang")
    assert worker.stdout is not None
    held = set(json.loads(await worker.stdout.readline()))
    worker.kill()
    await worker.communicate()

    assert len(held) == 7
    meanwhile = await claim(storage, queue, at=HOUR / 4)
    assert held.isdisjoint(message.id for message in meanwhile)
    afterwards = await claim(storage, queue, at=3 * HOUR)
    assert held <= {message.id for message in afterwards}


async def test_a_slot_of_a_job_is_taken_once_by_many(storage: Storage, database_url: str) -> None:
    won: list[str] = []

    async def compete(store: Storage, owner: str) -> None:
        for slot in range(20):
            async with store.begin() as work:
                mine = await work.job_runs.claim(
                    "nightly", f"{slot:03}", owner=owner, now=NOW, until=NOW + LEASE
                )
            if mine:
                won.append(f"{slot:03}")

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        for number, store in enumerate((storage, other) * 3):
            tasks.create_task(compete(store, f"worker {number}"))

    assert sorted(won) == [f"{slot:03}" for slot in range(20)]


async def test_a_slot_returns_when_its_lease_ran_out_and_never_when_it_is_done(
    storage: Storage,
) -> None:
    async def take(owner: str, minutes: int) -> bool:
        at = NOW + timedelta(minutes=minutes)
        async with storage.begin() as work:
            return await work.job_runs.claim("nightly", "1", owner=owner, now=at, until=at + LEASE)

    assert await take("a", 0)
    assert not await take("b", 5)
    assert await take("b", 6)
    async with storage.begin() as work:
        at = NOW + timedelta(minutes=7)
        assert not await work.job_runs.hold_until("nightly", "1", owner="a", until=at)
        assert await work.job_runs.hold_until("nightly", "1", owner="b", until=at)
    assert await take("a", 8)
    async with storage.begin() as work:
        await work.job_runs.done("nightly", "1", now=NOW + HOUR)
        assert await work.job_runs.finished("nightly") == ["1"]
        assert await work.job_runs.finished("other") == []
    assert not await take("b", 600)
