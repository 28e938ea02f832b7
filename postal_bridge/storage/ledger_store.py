"""The ledger as a whole: read from end to end, sealed day by day."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select, text

from postal_bridge.storage.rows import Rows, records
from postal_bridge.storage.tables import CustodyEventRow, ItemRow, LedgerDayRow, PositionRow
from postal_bridge.tracking.ports import Entry
from postal_bridge.tracking.records import CustodyEvent, LedgerDay, Position

PART = 2000

K = TypeVar("K", int, str)
_UNREADABLE = (ValueError, LookupError)
"""What a column's type raises for a value that none of us wrote."""


class LedgerStore:
    """The chain for sealing and verifying."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._events = rows.table(CustodyEventRow)

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
        return await self._rows.all(
            LedgerDay, select(table).where(self._rows.own(table)).order_by(table.c.day)
        )

    async def seal(self, day: LedgerDay) -> None:
        """Write the seal of a day."""
        await self._rows.add(LedgerDayRow, [day])

    async def hashes(self, *, after: int) -> Sequence[tuple[int, str]]:
        """Number and hash of every event after this one, in order."""
        statement = (
            select(self._events.c.entry, self._events.c.hash)
            .where(self._rows.own(self._events), self._events.c.entry > after)
            .order_by(self._events.c.entry)
        )
        result = await self._rows.execute(statement)
        return [(entry, value) for entry, value in result]

    async def entries(self) -> AsyncIterator[Sequence[Entry]]:
        """All events in order, in parts; a row that cannot be read is given as such."""
        last = 0
        key = self._events.c.entry
        while numbers := await self._keys(key, after=last):
            try:
                part = await self._read(numbers)
            except _UNREADABLE:
                part = [await self._read_one(number) for number in numbers]
            yield part
            last = numbers[-1]

    async def _keys(self, key: ColumnElement[K], *, after: K) -> list[K]:
        """The next keys of a table, in order."""
        own = self._rows.own(key.table)
        statement = select(key).where(own, key > after).order_by(key).limit(PART)
        return list((await self._rows.execute(statement)).scalars())

    async def _read(self, numbers: Sequence[int]) -> list[Entry]:
        key = self._events.c.entry
        statement = (
            select(self._events)
            .where(self._rows.own(self._events), key.between(numbers[0], numbers[-1]))
            .order_by(key)
        )
        found = records(CustodyEvent, await self._rows.execute(statement))
        return [Entry(*both) for both in zip(numbers, found, strict=True)]

    async def _read_one(self, number: int) -> Entry:
        try:
            return (await self._read([number]))[0]
        except _UNREADABLE:
            c = self._events.c
            plain = select(c.item_code, c.seq, c.previous_hash, c.hash).where(c.entry == number)
            row: dict[str, Any] = dict((await self._rows.execute(plain)).mappings().one())
            return Entry(number, CustodyEvent.model_construct(**row), readable=False)

    async def count(self) -> int:
        """How many events there are."""
        statement = select(func.count()).select_from(self._events)
        own = self._rows.own(self._events)
        return int((await self._rows.execute(statement.where(own))).scalar_one())

    async def positions(self) -> AsyncIterator[Sequence[Position]]:
        """All positions in order of their items, in parts; an unreadable one has its key only."""
        table = self._rows.table(PositionRow)
        key, last = table.c.item_code, ""
        while codes := await self._keys(key, after=last):
            statement = select(table).where(self._rows.own(table), key.between(codes[0], codes[-1]))
            try:
                yield await self._rows.all(Position, statement.order_by(key))
            except _UNREADABLE:
                yield [await self._position(code) for code in codes]
            last = codes[-1]

    async def _position(self, code: str) -> Position:
        try:
            found = await self._rows.one(Position, PositionRow, item_code=code)
        except _UNREADABLE:
            found = None
        if found is not None:
            return found
        table = self._rows.table(PositionRow)
        seq = select(table.c.seq).where(self._rows.own(table, item_code=code))
        bare: dict[str, Any] = {
            "item_code": code,
            "seq": (await self._rows.execute(seq)).scalar_one(),
        }
        return Position.model_construct(**bare)

    async def item_codes(self) -> Sequence[str]:
        """All items, also those without an event."""
        table = self._rows.table(ItemRow)
        statement = select(table.c.code).where(self._rows.own(table)).order_by(table.c.code)
        return list((await self._rows.execute(statement)).scalars())
