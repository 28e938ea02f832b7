"""The store of orders at carriers, their reports, feeds and calls."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

from sqlalchemy import and_, case, delete, func, or_, select, text, union_all, update

from postal_bridge.storage.carrier_tables import (
    CarrierCallRow,
    CarrierEventRow,
    CarrierOrderRow,
    CredentialCheckRow,
    FeedCursorRow,
)
from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.tables import ConsignmentRow
from postal_bridge.tracking.carrier_records import (
    UNSURE,
    CarrierCall,
    CarrierEvent,
    CarrierOrder,
    CredentialCheck,
    FeedCursor,
    OrderState,
)
from postal_bridge.tracking.carrier_values import CallTally, CodeSeen

# The words of the index `ix_consignment_open`, without which all orders of all years are read.
_OPEN_CONSIGNMENT = text("consignment.state IN ('booked', 'collected', 'attempted')")


class CarrierDeskStore:
    """Orders, reports and cursors of a transaction."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._orders = rows.table(CarrierOrderRow)
        self._events = rows.table(CarrierEventRow)
        self._calls = rows.table(CarrierCallRow)

    # --- orders ---------------------------------------------------------------------------------

    async def hold_order(self, number: str) -> CarrierOrder | None:
        """The order of a consignment, held until the transaction ends."""
        return await self._rows.locked(CarrierOrder, CarrierOrderRow, number=number)

    async def put_order(self, order: CarrierOrder) -> None:
        """Write or renew an order."""
        await self._rows.put(CarrierOrderRow, order)

    async def orders(self, numbers: Iterable[str]) -> Mapping[str, CarrierOrder]:
        """Orders by their consignments' numbers; unknown ones are left out."""
        found: dict[str, CarrierOrder] = {}
        for part in chunks(sorted(set(numbers))):
            mine = and_(self._rows.own(self._orders), self._orders.c.number.in_(part))
            for one in await self._rows.all(CarrierOrder, select(self._orders).where(mine)):
                found[one.number] = one
        return found

    async def unsettled(self, *, before: datetime, limit: int) -> Sequence[CarrierOrder]:
        """Asked, unknown or being cancelled since before this moment, oldest first."""
        c = self._orders.c
        statement = (
            select(self._orders)
            .where(
                self._rows.own(self._orders),
                c.state.in_(sorted(UNSURE)),
                or_(c.asked_at.is_(None), c.asked_at <= before),
            )
            .order_by(c.asked_at.asc().nulls_first(), c.number)  # databases differ about none
            .limit(limit)
        )
        return await self._rows.all(CarrierOrder, statement)

    async def named(
        self, carrier: str, *, references: Iterable[str], waybills: Iterable[str]
    ) -> Sequence[CarrierOrder]:
        """A carrier's orders that go by one of these names."""
        found: dict[str, CarrierOrder] = {}
        c = self._orders.c
        ours, theirs = (sorted(filter(None, set(names))) for names in (references, waybills))
        for some, others in zip_longest(chunks(ours), chunks(theirs), fillvalue=()):
            # One look for each column: SQLite would use none of their indexes for an OR.
            called = union_all(
                *(
                    select(c.number).where(
                        self._rows.own(self._orders, carrier=carrier), column.in_(names)
                    )
                    for column, names in (
                        (c.reference, some),
                        (c.waybill, others),
                        (c.carrier_number, others),
                    )
                )
            )
            mine = and_(self._rows.own(self._orders), c.number.in_(called))
            for one in await self._rows.all(CarrierOrder, select(self._orders).where(mine)):
                found[one.number] = one
        return [found[number] for number in sorted(found)]

    async def open_orders(self, carrier: str, *, limit: int, after: str) -> Sequence[CarrierOrder]:
        """Placed orders whose consignment is still open, by number, behind `after`."""
        orders, consignments = self._orders, self._rows.table(ConsignmentRow)
        still = select(consignments.c.number).where(
            self._rows.own(consignments, carrier=carrier), _OPEN_CONSIGNMENT
        )
        statement = (
            select(orders)
            .where(
                self._rows.own(orders, carrier=carrier, state=OrderState.PLACED),
                orders.c.number.in_(still),
                orders.c.number > after,
            )
            .order_by(orders.c.number)
            .limit(limit)
        )
        return await self._rows.all(CarrierOrder, statement)

    # --- reports --------------------------------------------------------------------------------

    async def add_events(self, events: Iterable[CarrierEvent]) -> Sequence[CarrierEvent]:
        """Keep reports; gives those that were new, the others are known by their key."""
        told: dict[str, CarrierEvent] = {}
        for one in events:
            told.setdefault(one.key, one)
        if not told:
            return []
        insert = self._rows.insert(self._events).on_conflict_do_nothing()
        # By key: two who are told the same things at once must not wait for each other in a ring.
        values = [
            {"province": self._rows.province, **told[key].model_dump()} for key in sorted(told)
        ]
        written = await self._rows.execute(insert.returning(self._events.c.key), values)
        new = set(written.scalars())
        return [one for key, one in told.items() if key in new]

    async def adopt(self, carrier: str, *, number: str, names: Iterable[str]) -> int:
        """Give reports that came before anybody knew the order to its consignment; how many."""
        c, listed = self._events.c, sorted(filter(None, set(names)))
        result = await self._rows.execute(
            update(self._events)
            .where(
                self._rows.own(self._events, carrier=carrier),
                c.number.is_(None),
                or_(c.reference.in_(listed), c.waybill.in_(listed)),
            )
            .values(number=number)
        )
        return int(result.rowcount)

    async def events(self, number: str) -> Sequence[CarrierEvent]:
        """All reports of a consignment, by moment."""
        c, mine = self._events.c, self._rows.own(self._events, number=number)
        ordered = select(self._events).where(mine).order_by(c.occurred_at, c.received_at, c.key)
        return await self._rows.all(CarrierEvent, ordered)

    async def gaps(self) -> Sequence[CodeSeen]:
        """Raw codes without a milestone, most frequent first."""
        c = self._events.c
        count = func.count().label("count")
        statement = (
            select(
                c.carrier,
                c.vocabulary,
                c.raw_code,
                func.max(c.raw_text),
                count,
                func.min(c.received_at),
                func.max(c.received_at),
            )
            .where(self._rows.own(self._events), c.milestone.is_(None))
            .group_by(c.carrier, c.vocabulary, c.raw_code)
            .order_by(count.desc(), c.carrier, c.vocabulary, c.raw_code)
        )
        return [
            CodeSeen(
                carrier=row[0],
                vocabulary=row[1],
                raw_code=row[2],
                raw_text=row[3],
                count=row[4],
                first_at=row[5],
                last_at=row[6],
            )
            for row in await self._rows.execute(statement)
        ]

    async def map_code(self, seen: CodeSeen, *, milestone: str, why: str | None) -> Sequence[str]:
        """Give the reports of a gap their milestone; the consignments that they are about."""
        c = self._events.c
        mine = and_(
            self._rows.own(
                self._events,
                carrier=seen.carrier,
                vocabulary=seen.vocabulary,
                raw_code=seen.raw_code,
            ),
            c.milestone.is_(None),
        )
        mapped = update(self._events).where(mine).values(milestone=milestone, why=why)
        numbers = (await self._rows.execute(mapped.returning(c.number))).scalars()
        return sorted({number for number in numbers if number is not None})

    # --- feeds ----------------------------------------------------------------------------------

    async def cursor(self, carrier: str) -> FeedCursor | None:
        """How far a feed is read, held until the transaction ends."""
        return await self._rows.locked(FeedCursor, FeedCursorRow, carrier=carrier)

    async def move_cursor(self, cursor: FeedCursor) -> None:
        """Write how far a feed is read now."""
        await self._rows.put(FeedCursorRow, cursor)

    async def cursors(self) -> Sequence[FeedCursor]:
        """All of them."""
        table = self._rows.table(FeedCursorRow)
        ordered = select(table).where(self._rows.own(table)).order_by(table.c.carrier)
        return await self._rows.all(FeedCursor, ordered)

    # --- credentials ----------------------------------------------------------------------------

    async def put_check(self, check: CredentialCheck) -> None:
        """Keep what a carrier said of our credentials, instead of what it said before."""
        await self._rows.put(CredentialCheckRow, check)

    async def checks(self) -> Sequence[CredentialCheck]:
        """What each carrier last said of our credentials."""
        table = self._rows.table(CredentialCheckRow)
        ordered = select(table).where(self._rows.own(table)).order_by(table.c.carrier)
        return await self._rows.all(CredentialCheck, ordered)

    # --- calls ----------------------------------------------------------------------------------

    async def add_call(self, call: CarrierCall) -> None:
        """Keep a call."""
        await self._rows.put(CarrierCallRow, call)

    async def calls(self, carrier: str, *, limit: int, after: str | None) -> Sequence[CarrierCall]:
        """A connection's calls, newest first, behind the id `after`."""
        c = self._calls.c
        mine = select(self._calls).where(self._rows.own(self._calls, carrier=carrier))
        if after is not None:
            mine = mine.where(c.id < after)
        return await self._rows.all(CarrierCall, mine.order_by(c.id.desc()).limit(limit))

    async def tally(self, *, since: datetime) -> Sequence[CallTally]:
        """Calls and errors by connection and operation."""
        c = self._calls.c
        errors = func.sum(case((c.is_error, 1), else_=0))
        statement = (
            select(c.carrier, c.operation, func.count(), errors, func.max(c.duration_ms))
            .where(self._rows.own(self._calls), c.at >= since)
            .group_by(c.carrier, c.operation)
            .order_by(c.carrier, c.operation)
        )
        return [
            CallTally(
                carrier=row[0], operation=row[1], calls=row[2], errors=row[3], slowest_ms=row[4]
            )
            for row in await self._rows.execute(statement)
        ]

    async def forget_calls(self, carrier: str, *, before: datetime) -> int:
        """Remove a connection's calls that are older; how many."""
        old = and_(self._rows.own(self._calls, carrier=carrier), self._calls.c.at < before)
        result = await self._rows.execute(delete(self._calls).where(old))
        return int(result.rowcount)
