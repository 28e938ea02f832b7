"""The carrier in memory, as the contract suite sees the others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar

from typing_extensions import override

from postal_bridge.sandbox.carrier_memory import CarrierMemory, Mishap
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.tracking.carrier_values import Capability, CarrierScan
from tests.carrier_stands import Stand

_MISHAPS = {
    FaultKind.REPLY_LOST: Mishap.ANSWER_LOST,
    FaultKind.TRUNCATED: Mishap.ANSWER_LOST,
    FaultKind.LOGIN_PAGE: Mishap.LOST,
    FaultKind.SERVER_ERROR: Mishap.LOST,
    FaultKind.TIMEOUT: Mishap.LOST,
    FaultKind.CONNECTION_LOST: Mishap.LOST,
    FaultKind.TOO_MANY: Mishap.NOT_HEARD,
    FaultKind.UNAUTHORIZED: Mishap.NOT_HEARD,
}


class MemoryStand(Stand):
    """One carrier, without a wire."""

    KIND: ClassVar[str] = "memory"
    CAN: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.BOOK, Capability.FIND, Capability.CANCEL, Capability.FEED}
    )
    COLLECTED: ClassVar[str] = "collected"
    DELIVERED: ClassVar[str] = "delivered"
    UNHEARD_OF: ClassVar[str] = "777"
    carrier: CarrierMemory

    def __init__(self) -> None:
        self.carrier = CarrierMemory("hang")

    @override
    async def stored(self) -> Sequence[str]:
        gone = self.carrier.cancelled
        return [one.reference for one in self.carrier.orders if one.reference not in gone]

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        scan = CarrierScan(
            vocabulary="memory", raw_code=raw_code, occurred_at=at, reference=reference
        )
        self.carrier.reports.append(scan)

    @override
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        self.carrier.mishaps += [_MISHAPS[fault]] * times


@asynccontextmanager
async def opened_memory() -> AsyncIterator[MemoryStand]:
    """One stand for the block."""
    yield MemoryStand()
