"""The store of subscribers, of what waits for them, and of the place in the ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update

from postal_bridge.journey import Act, ItemKind
from postal_bridge.storage.change_store import READABLE, ChangeStore
from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.subscription_tables import (
    DeliveryAttemptRow,
    DeliveryRow,
    LedgerPlaceRow,
    SubscriptionRow,
)
from postal_bridge.storage.transfer_store import read_moment
from postal_bridge.subscriptions.announcements import LedgerEntry
from postal_bridge.subscriptions.records import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    LedgerPlace,
    Subscription,
    SubscriptionState,
)
from postal_bridge.tracking.changes import BEGINNING, MARK_LENGTH, Cursor

READER = "webhooks"

_COLUMNS = (
    "e.event_id, e.item_code, i.kind, i.dossier_code, e.act, e.place, e.pouch, e.consignment,"
    " e.occurred_at, e.written_in, e.entry, e.hash FROM custody_event e"
    " JOIN item i ON i.province = e.province AND i.code = e.item_code"
)
_AFTER = {
    False: f"SELECT {_COLUMNS} WHERE e.province = $1"
    f" AND (e.written_in, e.entry) > ($2::bigint, $3::bigint) AND {READABLE}"
    " ORDER BY e.written_in, e.entry LIMIT $4",
    True: f"SELECT {_COLUMNS} WHERE +e.province = ?1 AND ?2 = 0 AND e.entry > ?3"
    " ORDER BY e.entry LIMIT ?4",
}


class SubscriptionStore:
    """Subscribers and deliveries of a transaction."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._subscribers = rows.table(SubscriptionRow)
        self._deliveries = rows.table(DeliveryRow)
        self._attempts = rows.table(DeliveryAttemptRow)

    # --- subscribers ----------------------------------------------------------------------------

    async def find(self, subscription_id: str) -> Subscription | None:
        """A subscriber."""
        return await self._rows.one(Subscription, SubscriptionRow, id=subscription_id)

    async def hold(self, subscription_id: str) -> Subscription | None:
        """A subscriber, held until the transaction ends."""
        return await self._rows.locked(Subscription, SubscriptionRow, id=subscription_id)

    async def listed(self) -> Sequence[Subscription]:
        """All of them, in the order in which they came."""
        table = self._subscribers
        ordered = select(table).where(self._rows.own(table)).order_by(table.c.id)
        return await self._rows.all(Subscription, ordered)

    async def put(self, subscription: Subscription) -> None:
        """Write or renew a subscriber."""
        await self._rows.put(SubscriptionRow, subscription)

    async def remove(self, subscription_id: str) -> None:
        """Forget a subscriber with all that was meant for it."""
        own, deliveries = self._rows.own, self._deliveries
        meant = select(deliveries.c.id).where(own(deliveries, subscription_id=subscription_id))
        attempts = self._attempts
        await self._rows.execute(
            delete(attempts).where(own(attempts), attempts.c.delivery_id.in_(meant))
        )
        await self._rows.execute(
            delete(deliveries).where(own(deliveries, subscription_id=subscription_id))
        )
        subscribers = self._subscribers
        await self._rows.execute(delete(subscribers).where(own(subscribers, id=subscription_id)))

    # --- deliveries -----------------------------------------------------------------------------

    async def add(self, deliveries: Iterable[Delivery]) -> int:
        """Keep deliveries; those whose id is known are left as they are. How many were new."""
        listed = {one.id: one for one in deliveries}
        insert = self._rows.insert(self._deliveries).on_conflict_do_nothing()
        values = [
            {"province": self._rows.province, **listed[key].model_dump(), "held_until": None}
            for key in sorted(listed)
        ]
        if not values:
            return 0
        written = await self._rows.execute(insert.returning(self._deliveries.c.id), values)
        return len(set(written.scalars()))

    async def claim(
        self, *, now: datetime, until: datetime, limit: int, each: int
    ) -> Sequence[Delivery]:
        """Due deliveries of active subscribers that nobody else sends now, oldest first.

        The rows are numbered for each subscriber, then taken again with a lock: PostgreSQL locks
        no rows of a window, and skips those that somebody has taken between the two.
        """
        d, s = self._deliveries.c, self._subscribers.c
        is_due = and_(
            self._rows.own(self._deliveries, state=DeliveryState.WAITING),
            d.due_at <= now,
            or_(d.held_until.is_(None), d.held_until < now),
        )
        active = select(s.id).where(
            self._rows.own(self._subscribers, state=SubscriptionState.ACTIVE)
        )
        turn = func.row_number().over(partition_by=d.subscription_id, order_by=(d.due_at, d.id))
        numbered = (
            select(d.id, d.due_at, turn.label("turn"))
            .where(is_due, d.subscription_id.in_(active))
            .subquery()
        )
        chosen = (
            select(numbered.c.id)
            .where(numbered.c.turn <= each)
            .order_by(numbered.c.due_at, numbered.c.id)
            .limit(limit)
        )
        free = (
            select(d.id)
            .where(is_due, d.id.in_(chosen))
            .order_by(d.id)
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        statement = (
            update(self._deliveries)
            .where(self._rows.own(self._deliveries), d.id.in_(select(free.c.id)))
            .values(held_until=until)
            .returning(d.id)
        )
        taken = list((await self._rows.execute(statement)).scalars())
        found = [one for key in taken if (one := await self.delivery(key)) is not None]
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """A delivery."""
        return await self._rows.one(Delivery, DeliveryRow, id=delivery_id)

    async def put_delivery(self, delivery: Delivery) -> None:
        """Renew a delivery; whoever has claimed it gives it back with this."""
        values = delivery.model_dump(exclude={"id"})
        await self._rows.change(DeliveryRow, {"id": delivery.id}, **values, held_until=None)

    async def add_attempt(self, attempt: DeliveryAttempt) -> None:
        """Keep an attempt; of a delivery that is sent again, the new one of that number."""
        await self._rows.put(DeliveryAttemptRow, attempt)

    async def deliveries(
        self, subscription_id: str, *, limit: int, after: str | None
    ) -> Sequence[Delivery]:
        """A subscriber's deliveries, newest first, behind the id `after`."""
        d = self._deliveries.c
        own = self._rows.own(self._deliveries, subscription_id=subscription_id)
        statement = select(self._deliveries).where(own)
        known = await self.delivery(after) if after is not None else None
        if known is not None:
            earlier = and_(d.created_at == known.created_at, d.id < known.id)
            statement = statement.where(or_(d.created_at < known.created_at, earlier))
        ordered = statement.order_by(d.created_at.desc(), d.id.desc()).limit(limit)
        return await self._rows.all(Delivery, ordered)

    async def attempts(self, delivery_id: str) -> Sequence[DeliveryAttempt]:
        """Every attempt of a delivery, in order."""
        table = self._attempts
        own = self._rows.own(table, delivery_id=delivery_id)
        return await self._rows.all(
            DeliveryAttempt, select(table).where(own).order_by(table.c.number)
        )

    async def forget(self, *, before: datetime) -> int:
        """Remove deliveries that came to their end before then, with their attempts; how many."""
        d = self._deliveries.c
        old = and_(self._rows.own(self._deliveries), d.ended_at < before)
        ids = list((await self._rows.execute(select(d.id).where(old))).scalars())
        for part in chunks(sorted(ids)):
            attempts = self._attempts
            gone = and_(self._rows.own(attempts), attempts.c.delivery_id.in_(part))
            await self._rows.execute(delete(attempts).where(gone))
            mine = and_(self._rows.own(self._deliveries), d.id.in_(part))
            await self._rows.execute(delete(self._deliveries).where(mine))
        return len(ids)

    # --- the ledger -----------------------------------------------------------------------------

    async def hold_place(self) -> str | None:
        """How far the ledger has been announced, held; None before the first look."""
        found = await self._rows.locked(LedgerPlace, LedgerPlaceRow, reader=READER)
        return found.cursor if found else None

    async def move_place(self, cursor: str) -> None:
        """Write how far the ledger has been announced."""
        await self._rows.put(LedgerPlaceRow, LedgerPlace(reader=READER, cursor=cursor))

    async def ledger_end(self) -> str:
        """Where the ledger ends now."""
        return await ChangeStore(self._rows).cursor()

    async def ledger_after(self, cursor: str, *, limit: int) -> Sequence[LedgerEntry]:
        """Events behind the cursor, in the order in which they became readable."""
        place = Cursor.read(cursor) or BEGINNING
        values = [self._rows.province, place.written_in, place.entry, limit]
        rows = await self._rows.fetch(_AFTER[self._rows.is_sqlite], values)
        return [
            LedgerEntry(
                event_id=str(UUID(str(row[0]))),
                item_code=row[1],
                kind=ItemKind(row[2]),
                dossier_code=row[3],
                act=Act(row[4]),
                place=row[5],
                pouch=row[6],
                consignment=row[7],
                occurred_at=read_moment(row[8]) if self._rows.is_sqlite else row[8],
                cursor=Cursor(row[9] or 0, row[10], row[11][:MARK_LENGTH]).text,
            )
            for row in rows
        ]
