"""The HCC item services for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.vnpost_hcc import VnpostHcc
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.vnpost_hcc import (
    CUSTOMER_CODE,
    PATH,
    TOKEN,
    VNPOST_HCC,
    VnpostHccStand,
    make_vnpost_hcc,
)
from postal_bridge.sandbox.carriers.vnpost_hcc_state import numbers_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

ROUTES = {
    Capability.BOOK: "order",
    Capability.TRACK: "delivery",
    Capability.PROOF: "delivery",
    Capability.VERIFY: "acceptance",
}


@dataclass(kw_only=True)
class HccTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "vnpost_hcc"
    CAN: ClassVar[frozenset[Capability]] = frozenset(ROUTES)
    COLLECTED: ClassVar[str] = "Acceptance"
    DELIVERED: ClassVar[str] = "IsDeliverable=true"
    UNHEARD_OF: ClassVar[str] = "IsDeliverable=7"

    carrier: VnpostHcc
    settings: CarrierSettings
    stand: VnpostHccStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return numbers_of(self.stand.state.orders)

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        if raw_code == self.COLLECTED:
            self.stand.state.accepted(reference, at)
            return
        self.stand.state.attempted(reference, at, {"IsDeliverable": raw_code.split("=")[1]})

    @override
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        self.breaks(ROUTES[capability], fault, times=times, retry_after=retry_after)

    def breaks(
        self, route: str, fault: FaultKind, *, times: int | None = 1, retry_after: str = ""
    ) -> None:
        # A slow answer outlasts the patience of the wire, and not that of a person.
        seconds = 2 * HASTY.timeout_seconds
        self.stand.plan.faults.append(
            Fault(kind=fault, route=route, times=times, retry_after=retry_after, seconds=seconds)
        )

    def asked(self, route: str) -> int:
        return self.stand.log.count(route)


def settings_of(server: TestServer, **more: object) -> CarrierSettings:
    return CarrierSettings.model_validate(
        {
            "kind": "vnpost_hcc",
            "base_url": str(server.make_url(PATH)),
            "token": TOKEN,
            "customer_code": CUSTOMER_CODE,
            "sender_phone": "02053812345",
            "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
            "sender_province": "20",
            **more,
        }
    )


@asynccontextmanager
async def opened_vnpost_hcc(**more: object) -> AsyncIterator[HccTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_vnpost_hcc(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="hcc", log=log)
        carrier = VnpostHcc("hcc", settings=settings, wire=wire, clock=clock)
        try:
            yield HccTown(
                carrier=carrier,
                settings=settings,
                stand=app[VNPOST_HCC],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
