"""The ledger as a whole: read from end to end, sealed day by day."""

from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from typing import TypeVar

from sqlalchemy import ColumnElement, and_, func, select, text, union_all

from postal_bridge.dossiers.records import Item
from postal_bridge.storage.plain_rows import PlainRows, fetched
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import ItemRow, LedgerDayRow, PositionRow
from postal_bridge.tracking.ports import Chain, Entry
from postal_bridge.tracking.records import CustodyEvent, LedgerDay, Position

PART = 4000
"""Rows of a table that are read at once; a part ends with an item's last event."""

K = TypeVar("K", int, str)


class LedgerStore:
    """The chain for sealing and verifying.

    Whatever is read in parts is read by keys, each part up to the key at which it is full, and the
    database alone compares keys: PostgreSQL may sort texts in another way than Python.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._events = rows.ledger
        self._items = rows.table(ItemRow)
        self._positions = rows.table(PositionRow)

    @cached_property
    def _item(self) -> PlainRows[Item]:
        return PlainRows(Item, self._rows, self._items, order=("code",), bare=("code",))

    @cached_property
    def _position(self) -> PlainRows[Position]:
        order, bare = ("item_code",), ("item_code", "seq")
        return PlainRows(Position, self._rows, self._positions, order=order, bare=bare)

    @cached_property
    def _event(self) -> PlainRows[CustodyEvent]:
        order, bare = ("item_code", "seq", "entry"), ("item_code", "seq", "previous_hash", "hash")
        return PlainRows(
            CustodyEvent, self._rows, self._events, first="entry", order=order, bare=bare
        )

    async def barrier(self) -> None:
        """Let no event be written by others until the transaction ends.

        PostgreSQL gives out entry numbers before the transactions that took them commit; without
        the barrier a seal could miss a lower number that commits a moment later. SQLite has one
        writer, and the transaction at hand is it.
        """
        if not self._rows.is_sqlite:
            await self._rows.execute(text("LOCK TABLE custody_event IN SHARE ROW EXCLUSIVE MODE"))

    async def days(self) -> Sequence[LedgerDay]:
        """The sealed days in order."""
        table = self._rows.table(LedgerDayRow)
        read = PlainRows(LedgerDay, self._rows, table, order=("day",), bare=LedgerDay.model_fields)
        return [day for _, day, _ in await read.where(self._rows.own(table))]

    async def seal(self, day: LedgerDay) -> None:
        """Write the seal of a day."""
        await self._rows.add(LedgerDayRow, [day])

    async def hold_still(self) -> None:
        """Let all that this transaction reads be of one moment; asked before it reads anything.

        On SQLite a transaction reads so by itself. No single statement may take too long for the
        service, but counting a ledger of years may.
        """
        if not self._rows.is_sqlite:
            await self._rows.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            await self._rows.execute(text("SET LOCAL statement_timeout = 0"))

    async def hashes(
        self, *, after: int, through: int | None = None
    ) -> AsyncIterator[Sequence[tuple[int, str]]]:
        """Number and hash of every event in (after, through], in order, in parts."""
        c = self._events.c
        low: int | None = after
        while low is not None:
            high = await self._full(low, c.entry)
            last = high is None or (through is not None and high >= through)
            until = through if last else high
            part = select(c.entry, c.hash).where(self._between(c.entry, low, until))
            if found := await fetched(self._rows, part.order_by(c.entry)):
                yield [(entry, value) for entry, value in map(tuple, found)]
            low = None if last else high

    async def count(self) -> int:
        """How many events there are."""
        statement = select(func.count()).select_from(self._events)
        own = self._rows.own(self._events)
        return int((await self._rows.execute(statement.where(own))).scalar_one())

    async def chains(self) -> AsyncIterator[Sequence[Chain]]:
        """Everything that has an item, an event or a position, item by item, in parts."""
        keys = (self._items.c.code, self._events.c.item_code, self._positions.c.item_code)
        low: str | None = ""
        while low is not None:
            high = await self._full(low, *keys)
            # A key that is not even UTF-8 cannot be asked for: the rest is then one part.
            until = None if high == low else high
            part = await self._stretch(*(self._between(key, low, until) for key in keys))
            if part:
                yield part
            low = until

    async def _stretch(
        self,
        of_items: ColumnElement[bool],
        of_events: ColumnElement[bool],
        of_positions: ColumnElement[bool],
    ) -> list[Chain]:
        """The same stretch of codes out of three tables, put together."""
        items = {one.code: (one, ok) for _, one, ok in await self._item.where(of_items)}
        positions = {
            one.item_code: (one, ok) for _, one, ok in await self._position.where(of_positions)
        }
        entries: dict[str, list[Entry]] = {}
        for number, event, ok in await self._event.where(of_events):
            entries.setdefault(event.item_code, []).append(Entry(number, event, ok))
        none = (None, True)
        made = []
        for code in dict.fromkeys((*items, *entries, *positions)):
            item, position = items.get(code, none), positions.get(code, none)
            readable = item[1] and position[1]
            made.append(Chain(code, item[0], position[0], entries.get(code, ()), readable))
        return made

    async def _full(self, low: K, *keys: ColumnElement[K]) -> K | None:
        """The first key after this one at which a part is full; none where all the rest fits."""
        ends = [
            select(key.label("key"))
            .where(self._between(key, low, None))
            .order_by(key)
            .offset(PART - 1)
            .limit(1)
            .subquery()
            for key in keys
        ]
        found = union_all(*(select(end.c.key) for end in ends)).subquery()
        ((first,),) = await fetched(self._rows, select(func.min(found.c.key)))
        return first  # type: ignore[no-any-return]

    def _between(self, key: ColumnElement[K], low: K, high: K | None) -> ColumnElement[bool]:
        after = and_(self._own(key), key > low)
        return after if high is None else and_(after, key <= high)

    def _own(self, key: ColumnElement[K]) -> ColumnElement[bool]:
        if self._rows.is_sqlite and key is self._events.c.entry:
            # Left alone SQLite takes an index that begins with the province, and sorts the whole
            # ledger anew for each part; an expression keeps it to the entries.
            return self._events.c.province.concat("") == self._rows.province
        return self._rows.own(key.table)
