"""What the pool of waybill numbers is kept in."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from postal_bridge.tracking.carrier_records import Waybill, WaybillUse
from postal_bridge.tracking.carrier_values import PoolCounts


class Waybills(Protocol):
    """Numbers that carriers gave out beforehand."""

    async def known(self, carrier: str, numbers: Iterable[str]) -> Sequence[str]:
        """Which of these are in the pool already."""
        ...

    async def add(self, waybills: Iterable[Waybill]) -> None:
        """Put numbers into the pool."""
        ...

    async def next_free(self, carrier: str) -> Waybill | None:
        """The free number that comes first, held until the transaction ends."""
        ...

    async def hold(self, carrier: str, number: str) -> Waybill | None:
        """A number, held until the transaction ends."""
        ...

    async def put(self, waybill: Waybill) -> None:
        """Renew a number."""
        ...

    async def begin_use(self, use: WaybillUse) -> None:
        """Note that an order has a number now."""
        ...

    async def end_use(self, carrier: str, number: str, *, order: str, at: datetime) -> None:
        """Note that it has it no more."""
        ...

    async def uses(self, carrier: str, number: str) -> Sequence[WaybillUse]:
        """Every order that had a number, in order."""
        ...

    async def counts(self, carrier: str) -> PoolCounts:
        """How the pool stands."""
        ...
