"""J&T for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.jt import Jt
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.jt import BASE_PATH, JT, JtCredentials, JtStand, make_jt
from postal_bridge.sandbox.carriers.jt_state import references_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

ROUTES = {
    Capability.BOOK: "add_order",
    Capability.CANCEL: "cancel_order",
    Capability.QUOTE: "cost",
    Capability.LABEL: "print_order",
    Capability.TRACK: "trace",
    Capability.PROOF: "trace",
    Capability.VERIFY: "cost",
}


@dataclass(kw_only=True)
class JtTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "jt"
    CAN: ClassVar[frozenset[Capability]] = frozenset(
        {*ROUTES, Capability.PICKUP, Capability.WEBHOOK}
    )
    COLLECTED: ClassVar[str] = "106"
    DELIVERED: ClassVar[str] = "113"
    UNHEARD_OF: ClassVar[str] = "777"

    carrier: Jt
    settings: CarrierSettings
    stand: JtStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return references_of(self.stand.state.orders.values())

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        self.stand.state.happens(reference, raw_code, at)

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
    who = JtCredentials()
    return CarrierSettings.model_validate(
        {
            "kind": "jt",
            "base_url": str(server.make_url(BASE_PATH)),
            "username": who.account,
            "token": who.key,
            "customer_code": who.customer,
            "password": who.password,
            "variant": "PP_PM",
            "sender_phone": "02053800000",
            "sender_address": "Số 1, đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
            "sender_province": "20",
            **more,
        }
    )


@asynccontextmanager
async def opened_jt(**more: object) -> AsyncIterator[JtTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_jt(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="jt", log=log)
        carrier = Jt("jt", settings=settings, wire=wire, clock=clock)
        try:
            yield JtTown(
                carrier=carrier,
                settings=settings,
                stand=app[JT],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
