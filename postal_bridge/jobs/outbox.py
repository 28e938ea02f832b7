"""The outbox job: takes waiting messages by row and hands each to the handler of its topic.

A message may be handed over more than once (a process that dies after sending it and before
noting it), never by two at a time; its key makes the repeat recognisable to the other side.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from operator import attrgetter
from typing import Protocol

from postal_bridge.clock import Clock
from postal_bridge.errors import Accident
from postal_bridge.logs import get_logger
from postal_bridge.outbox import Claimed, Queue
from postal_bridge.sections import OutboxSettings

FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 3600
MOST_ROUNDS = 50
"""Full batches taken in one call; then others have their turn."""

PART_OF_LEASE = 0.8
"""How much of a claim a handler may use up; what is left is for writing down how it went."""

_log = get_logger(__name__)

Handler = Callable[[Claimed], Awaitable[None]]
"""Brings one message to its other side; raises when that did not work."""


class OutboxWork(Protocol):
    """The stores that the job needs of a transaction."""

    @property
    def outbox(self) -> Queue:
        """Messages on their way out."""
        ...

    @property
    def inbox(self) -> Queue:
        """Messages that came in."""
        ...


class OutboxStorage(Protocol):
    """The database: one transaction at a time."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[OutboxWork]:
        """One transaction: committed when the block ends, undone when it raises."""
        ...


def pause_after(attempt: int) -> timedelta:
    """How long a message rests after its n-th failure: 5 s, then twice as long, up to an hour."""
    doublings = min(attempt - 1, 16)
    return timedelta(seconds=min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS))


class OutboxJob:
    """Hands waiting messages over.

    Args:
        storage: where messages wait.
        clock: decides which messages may be tried again.
        settings: size of a batch, length of a claim, number of tries.
        owner: names this process in the claims.
        handlers: by topic; messages of other topics are left for whoever takes them.
        incoming: the messages are those of the inbox.
    """

    def __init__(
        self,
        *,
        storage: OutboxStorage,
        clock: Clock,
        settings: OutboxSettings,
        owner: str,
        handlers: Mapping[str, Handler],
        incoming: bool = False,
    ) -> None:
        self._storage = storage
        self._queue = attrgetter("inbox" if incoming else "outbox")
        self._clock = clock
        self._batch = settings.batch
        self._lease_seconds = float(settings.lease_seconds)
        self._attempts = settings.attempts
        self._owner = owner
        self._handlers = dict(handlers)

    async def dispatch(self) -> int:
        """Hand over what waits; gives how many messages reached their other side."""
        delivered = 0
        for _ in range(MOST_ROUNDS if self._handlers else 0):
            messages = await self._claim()
            # At once, not one after the other: the whole batch must be done before its lease ends.
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._hand_over(message)) for message in messages]
            delivered += sum(task.result() for task in tasks)
            if len(messages) < self._batch:
                break
        return delivered

    def _messages(self, work: OutboxWork) -> Queue:
        queue: Queue = self._queue(work)
        return queue

    async def _claim(self) -> list[Claimed]:
        now = self._clock.now()
        async with self._storage.begin() as work:
            return await self._messages(work).claim(
                topics=sorted(self._handlers),
                owner=self._owner,
                now=now,
                until=now + timedelta(seconds=self._lease_seconds),
                limit=self._batch,
            )

    async def _hand_over(self, message: Claimed) -> bool:
        try:
            async with asyncio.timeout(self._lease_seconds * PART_OF_LEASE):
                await self._handlers[message.topic](message)
        except Exception as error:  # noqa: BLE001 - whatever it was, it is written to the row
            await self._note_failure(message, error)
            return False
        async with self._storage.begin() as work:
            await self._messages(work).done(message.id, now=self._clock.now())
        return True

    async def _note_failure(self, message: Claimed, error: Exception) -> None:
        """Try again later, unless that cannot help or it was tried often enough."""
        hopeless = isinstance(error, Accident) and not error.retryable
        is_last = hopeless or message.attempt >= self._attempts
        retry_at = None if is_last else self._clock.now() + pause_after(message.attempt)
        said = str(error) or type(error).__name__
        async with self._storage.begin() as work:
            await self._messages(work).failed(message, error=said, retry_at=retry_at)
        tell = _log.error if is_last else _log.warning
        tell(
            "outbox.set-aside" if is_last else "outbox.retry",
            topic=message.topic,
            key=message.key,
            attempt=message.attempt,
            error=said,
        )
