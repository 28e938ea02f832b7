"""Worker processes: one that fails is replaced, one that answered is used again."""

import asyncio
import io

import pytest

from postal_bridge.workers import WorkerDied, WorkerPool, framed, read_message

ECHO = """
import os, sys
from postal_bridge.workers import framed, read_message
while (said := read_message(sys.stdin.buffer)) is not None:
    if said == b"die":
        os._exit(7)
    if said == b"hang":
        import time; time.sleep(60)
    sys.stdout.buffer.write(framed(b"%d %s" % (os.getpid(), said)))
    sys.stdout.buffer.flush()
"""


def a_pool(processes: int = 1) -> WorkerPool:
    return WorkerPool(("-c", ECHO), processes=processes)


async def asks(pool: WorkerPool, message: bytes) -> tuple[int, bytes]:
    async with pool.worker() as worker:
        await worker.say(message)
        number, _, said = (await worker.hear()).partition(b" ")
        return int(number), said


async def test_one_that_answered_is_used_again() -> None:
    pool = a_pool()
    first, said = await asks(pool, "chào".encode())
    assert said == "chào".encode()
    assert (await asks(pool, b""))[0] == first
    await pool.close()


async def test_one_that_died_is_told_with_its_code_and_replaced() -> None:
    pool = a_pool()
    first, _ = await asks(pool, b"x")
    with pytest.raises(WorkerDied, match="code 7"):
        await asks(pool, b"die")
    second, _ = await asks(pool, b"x")
    assert second != first
    await pool.close()


async def test_one_that_died_between_two_jobs_is_not_asked() -> None:
    pool = a_pool()
    async with pool.worker() as worker:
        process = worker.process
    process.kill()
    await process.wait()
    assert (await asks(pool, b"x"))[1] == b"x"
    await pool.close()


async def test_one_that_hangs_is_ended_with_whoever_waited() -> None:
    pool = a_pool()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await asks(pool, b"hang")
    assert (await asks(pool, b"x"))[1] == b"x"
    await pool.close()


async def test_no_more_work_at_once_than_there_are_processes() -> None:
    pool, most, now = a_pool(2), 0, 0

    async def job() -> None:
        nonlocal most, now
        async with pool.worker() as worker:
            now += 1
            most = max(most, now)
            await worker.say(b"x")
            await worker.hear()
            now -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(6):
            group.create_task(job())
    assert most == 2
    await pool.close()


async def test_closing_ends_what_is_at_work() -> None:
    pool = a_pool()
    asked = asyncio.create_task(asks(pool, b"hang"))
    await asyncio.sleep(0.3)
    await pool.close()
    with pytest.raises(WorkerDied):
        await asked


def test_a_message_is_read_as_it_was_framed() -> None:
    stream = io.BytesIO(framed(b"one") + framed(b"") + b"\x00\x00")
    assert [read_message(stream) for _ in range(3)] == [b"one", b"", None]
