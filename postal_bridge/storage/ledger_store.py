"""The ledger as a whole: read from end to end, sealed day by day."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func, select, text

from postal_bridge.storage.rows import Rows, records
from postal_bridge.storage.tables import CustodyEventRow, ItemRow, LedgerDayRow, PositionRow
from postal_bridge.tracking.ports import Entry
from postal_bridge.tracking.records import CustodyEvent, LedgerDay, Position

PART = 2000


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
        """All events in order, in parts."""
        last = 0
        while True:
            statement = (
                select(self._events)
                .where(self._rows.own(self._events), self._events.c.entry > last)
                .order_by(self._events.c.entry)
                .limit(PART)
            )
            found = (await self._rows.execute(statement)).freeze()
            numbers = list(found().scalars("entry"))
            if not numbers:
                return
            yield [
                Entry(*both) for both in zip(numbers, records(CustodyEvent, found()), strict=True)
            ]
            last = numbers[-1]

    async def count(self) -> int:
        """How many events there are."""
        statement = select(func.count()).select_from(self._events)
        own = self._rows.own(self._events)
        return int((await self._rows.execute(statement.where(own))).scalar_one())

    async def positions(self) -> AsyncIterator[Sequence[Position]]:
        """All positions in order of their items, in parts."""
        table = self._rows.table(PositionRow)
        last = ""
        while True:
            statement = (
                select(table)
                .where(self._rows.own(table), table.c.item_code > last)
                .order_by(table.c.item_code)
                .limit(PART)
            )
            part = await self._rows.all(Position, statement)
            if not part:
                return
            yield part
            last = part[-1].item_code

    async def item_codes(self) -> Sequence[str]:
        """All items, also those without an event."""
        table = self._rows.table(ItemRow)
        statement = select(table.c.code).where(self._rows.own(table)).order_by(table.c.code)
        return list((await self._rows.execute(statement)).scalars())
