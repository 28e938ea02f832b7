"""The store of waybill numbers."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select

from postal_bridge.storage.carrier_tables import WaybillRow, WaybillUseRow
from postal_bridge.storage.rows import Rows, chunks, records
from postal_bridge.tracking.carrier_records import Waybill, WaybillUse
from postal_bridge.tracking.carrier_values import PoolCounts


class WaybillStore:
    """Numbers that carriers gave out beforehand."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._waybills = rows.table(WaybillRow)
        self._uses = rows.table(WaybillUseRow)

    async def known(self, carrier: str, numbers: Iterable[str]) -> Sequence[str]:
        """Which of these are in the pool already."""
        c = self._waybills.c
        found: list[str] = []
        for part in chunks(sorted(set(numbers))):
            mine = and_(self._rows.own(self._waybills, carrier=carrier), c.number.in_(part))
            found += (await self._rows.execute(select(c.number).where(mine))).scalars()
        return found

    async def add(self, waybills: Iterable[Waybill]) -> None:
        """Put numbers into the pool."""
        await self._rows.add(WaybillRow, waybills)

    async def next_free(self, carrier: str) -> Waybill | None:
        """The free number that comes first, held until the transaction ends.

        Two orders at once must not wait for each other: whoever comes second takes the next one.
        """
        c = self._waybills.c
        statement = (
            select(self._waybills)
            .where(self._rows.own(self._waybills, carrier=carrier), c.held_by.is_(None))
            .order_by(c.number)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        found = records(Waybill, await self._rows.execute(statement))
        return found[0] if found else None

    async def hold(self, carrier: str, number: str) -> Waybill | None:
        """A number, held until the transaction ends."""
        return await self._rows.locked(Waybill, WaybillRow, carrier=carrier, number=number)

    async def put(self, waybill: Waybill) -> None:
        """Renew a number."""
        await self._rows.put(WaybillRow, waybill)

    async def begin_use(self, use: WaybillUse) -> None:
        """Note that an order has a number now."""
        await self._rows.put(WaybillUseRow, use)

    async def end_use(self, carrier: str, number: str, *, order: str, at: datetime) -> None:
        """Note that it has it no more."""
        key = {"carrier": carrier, "number": number, "order": order}
        await self._rows.change(WaybillUseRow, key, released_at=at)

    async def uses(self, carrier: str, number: str) -> Sequence[WaybillUse]:
        """Every order that had a number, in order."""
        c, mine = self._uses.c, self._rows.own(self._uses, carrier=carrier, number=number)
        ordered = select(self._uses).where(mine).order_by(c.taken_at, c.order)
        return await self._rows.all(WaybillUse, ordered)

    async def counts(self, carrier: str) -> PoolCounts:
        """How the pool stands."""
        c = self._waybills.c
        mine = self._rows.own(self._waybills, carrier=carrier)
        all_and_held = select(func.count(), func.count(c.held_by)).where(mine)
        whole, held = (await self._rows.execute(all_and_held)).one()
        ended = and_(
            self._rows.own(self._uses, carrier=carrier), self._uses.c.released_at.is_not(None)
        )
        used = (await self._rows.execute(select(func.count()).where(ended))).scalar_one()
        return PoolCounts(free=whole - held, live=held, used=used)
