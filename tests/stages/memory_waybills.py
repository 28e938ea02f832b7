"""Waybill numbers in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from postal_bridge.tracking.carrier_records import Waybill, WaybillUse
from postal_bridge.tracking.carrier_values import PoolCounts


class MemoryWaybills:
    """What the store keeps, as it keeps it: copies in, copies out."""

    def __init__(self) -> None:
        self._waybills: dict[tuple[str, str], Waybill] = {}
        self._uses: dict[tuple[str, str, str], WaybillUse] = {}

    async def known(self, carrier: str, numbers: Iterable[str]) -> Sequence[str]:
        return [one for one in set(numbers) if (carrier, one) in self._waybills]

    async def add(self, waybills: Iterable[Waybill]) -> None:
        for one in waybills:
            await self.put(one)

    async def next_free(self, carrier: str) -> Waybill | None:
        for key, one in sorted(self._waybills.items()):
            if key[0] == carrier and one.held_by is None:
                return one.model_copy()
        return None

    async def hold(self, carrier: str, number: str) -> Waybill | None:
        found = self._waybills.get((carrier, number))
        return found.model_copy() if found else None

    async def put(self, waybill: Waybill) -> None:
        self._waybills[waybill.carrier, waybill.number] = waybill.model_copy()

    async def begin_use(self, use: WaybillUse) -> None:
        self._uses[use.carrier, use.number, use.order] = use.model_copy()

    async def end_use(self, carrier: str, number: str, *, order: str, at: datetime) -> None:
        self._uses[carrier, number, order].released_at = at

    async def uses(self, carrier: str, number: str) -> Sequence[WaybillUse]:
        mine = [one for key, one in self._uses.items() if key[:2] == (carrier, number)]
        return sorted(mine, key=lambda one: (one.taken_at, one.order))

    async def counts(self, carrier: str) -> PoolCounts:
        mine = [one for key, one in self._waybills.items() if key[0] == carrier]
        live = sum(one.held_by is not None for one in mine)
        used = sum(
            one.released_at is not None for key, one in self._uses.items() if key[0] == carrier
        )
        return PoolCounts(free=len(mine) - live, live=live, used=used)
