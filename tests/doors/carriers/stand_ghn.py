"""GHN for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.ghn import Ghn
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.ghn import GHN, SHOP_ID, TOKEN, GhnStand, make_ghn
from postal_bridge.sandbox.carriers.ghn_state import references_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

SECRET = "chuoi-bi-mat"
ROUTES = {
    Capability.BOOK: "create",
    Capability.FIND: "detail",
    Capability.CANCEL: "cancel",
    Capability.QUOTE: "fee",
    Capability.LABEL: "gen_token",
    Capability.TRACK: "detail",
    Capability.VERIFY: "shops",
}


@dataclass(kw_only=True)
class GhnTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "ghn"
    CAN: ClassVar[frozenset[Capability]] = frozenset({*ROUTES, Capability.WEBHOOK, Capability.COD})
    COLLECTED: ClassVar[str] = "picked"
    DELIVERED: ClassVar[str] = "delivered"
    UNHEARD_OF: ClassVar[str] = "on_the_moon"

    carrier: Ghn
    settings: CarrierSettings
    stand: GhnStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return references_of(self.stand.state.orders.values())

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        (order,) = self.stand.state.of_reference(reference)
        self.stand.state.happens(order.code, raw_code, at)

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
            "kind": "ghn",
            "base_url": str(server.make_url("/")),
            "token": TOKEN,
            "shop": str(SHOP_ID),
            "callback_secret": SECRET,
            **more,
        }
    )


@asynccontextmanager
async def opened_ghn(**more: object) -> AsyncIterator[GhnTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_ghn(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="ghn", log=log)
        carrier = Ghn("ghn", settings=settings, wire=wire, clock=clock)
        try:
            yield GhnTown(
                carrier=carrier,
                settings=settings,
                stand=app[GHN],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
