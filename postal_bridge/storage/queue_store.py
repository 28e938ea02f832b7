"""Outbox, inbox and the claims of scheduled work: rows that one worker holds at a time."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, or_, select, update

from postal_bridge.clock import Clock
from postal_bridge.outbox import WHERE_CONFIGURED, Claimed
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import InboxRow, JobRunRow, OutboxRow

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a message that waits for a person may be claimed again."""


class QueueStore:
    """A queue of messages in rows: the outbox or the inbox."""

    def __init__(
        self,
        rows: Rows,
        row: type[OutboxRow] | type[InboxRow],
        clock: Clock,
        *,
        told: frozenset[str] = frozenset(),
    ) -> None:
        self._rows = rows
        self._row = row
        self._table = rows.table(row)
        self._clock = clock
        self._ignored = WHERE_CONFIGURED - told

    async def put(self, topic: str, *, key: str, payload: Mapping[str, object]) -> None:
        """Write a message into the transaction at hand; a known key is left as it is.

        A message that nobody here would take is not written.
        """
        if topic in self._ignored:
            return
        now = self._clock.now()
        text = json.dumps(payload, ensure_ascii=False, sort_keys=True, default=str)
        values = {"topic": topic, "key": key, "payload": text, "attempts": 0}
        self._rows.add_new_later(self._row, {**values, "created_at": now, "not_before": now})

    async def claim(
        self, *, topics: Sequence[str], owner: str, now: datetime, until: datetime, limit: int
    ) -> list[Claimed]:
        """Take up to `limit` messages that nobody holds, oldest first.

        One statement on both databases: PostgreSQL skips rows that others hold, SQLite's writers
        queue. SKIP LOCKED in a SELECT of its own would be dropped silently on SQLite, and in a
        plain subquery PostgreSQL may evaluate the SELECT, with its limit, more than once.
        """
        c = self._table.c
        free = (
            select(c.id)
            .where(
                c.done_at.is_(None),
                c.not_before <= now,
                or_(c.held_until.is_(None), c.held_until < now),
                c.topic.in_(topics),
            )
            .order_by(c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        statement = (
            update(self._table)
            .where(c.id.in_(select(free.c.id)))
            .values(owner=owner, held_until=until, attempts=c.attempts + 1)
            .returning(c.id, c.topic, c.key, c.payload, c.attempts)
        )
        result = await self._rows.execute(statement)
        found = [
            Claimed(id=i, topic=topic, key=key, payload=payload, attempt=attempts)
            for i, topic, key, payload, attempts in result
        ]
        return sorted(found, key=lambda message: message.id)

    async def done(self, message_id: int, *, now: datetime) -> None:
        """Say that a message has reached its other side."""
        await self._rows.change(
            self._row, {"id": message_id}, done_at=now, owner=None, held_until=None, error=None
        )

    async def failed(self, message: Claimed, *, error: str, retry_at: datetime | None) -> None:
        """Say why it did not; a claim that somebody else has taken since is left alone."""
        await self._rows.change(
            self._row,
            {"id": message.id, "attempts": message.attempt, "done_at": None},
            owner=None,
            held_until=None,
            error=error[:4000],
            not_before=retry_at or NEVER,
        )

    async def waiting(self) -> int:
        """How many messages have not reached their other side."""
        statement = select(func.count()).where(self._table.c.done_at.is_(None))
        return int((await self._rows.execute(statement)).scalar_one())


class JobRunStore:
    """Claims of scheduled work: one row per job and slot, whatever the number of processes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._table = rows.table(JobRunRow)

    async def claim(
        self, job: str, slot: str, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        """Take a slot that is new, or whose holder let its lease run out; False otherwise."""
        c = self._table.c
        statement = (
            self._rows.insert(self._table)
            .values(job=job, slot=slot, owner=owner, held_until=until, done_at=None)
            .on_conflict_do_update(
                index_elements=["job", "slot"],
                set_={"owner": owner, "held_until": until},
                where=c.done_at.is_(None) & (c.held_until < now),
            )
            .returning(c.owner)
        )
        return (await self._rows.execute(statement)).first() is not None

    async def done(self, job: str, slot: str, *, now: datetime) -> None:
        """Say that a slot's work is finished."""
        await self._rows.change(JobRunRow, {"job": job, "slot": slot}, done_at=now)

    async def hold_until(self, job: str, slot: str, *, owner: str, until: datetime) -> bool:
        """Let a lease end at this moment: later to renew it, now to give the slot back.

        False where somebody else has the slot by now.
        """
        where = {"job": job, "slot": slot, "owner": owner, "done_at": None}
        return await self._rows.change(JobRunRow, where, held_until=until) == 1

    async def release(self, job: str, slot: str, *, owner: str) -> None:
        """Give a slot back so that nothing is left of it; nothing happens where it is not ours."""
        c = self._table.c
        mine = (c.job == job) & (c.slot == slot) & (c.owner == owner) & c.done_at.is_(None)
        await self._rows.execute(delete(self._table).where(mine))

    async def finished(self, job: str) -> Sequence[str]:
        """The slots whose work is finished, in order."""
        statement = (
            select(self._table.c.slot)
            .where(self._table.c.job == job, self._table.c.done_at.is_not(None))
            .order_by(self._table.c.slot)
        )
        return list((await self._rows.execute(statement)).scalars())
