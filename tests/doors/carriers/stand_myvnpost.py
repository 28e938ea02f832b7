"""MyVNPost for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.myvnpost import Myvnpost
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.myvnpost import make_myvnpost
from postal_bridge.sandbox.carriers.myvnpost_stand import (
    CUSTOMER_CODE,
    MYVNPOST,
    MyvnpostCredentials,
    MyvnpostStand,
    MyvnpostSwitch,
)
from postal_bridge.sandbox.carriers.myvnpost_state import references_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

SERVICE = "ETN031"
ROUTES = {
    Capability.BOOK: "create",
    Capability.FIND: "order",
    Capability.CANCEL: "cancel",
    Capability.QUOTE: "charge",
    Capability.LABEL: "label",
    Capability.TRACK: "history",
    Capability.FEED: "list",
    Capability.VERIFY: "token",
}


@dataclass(kw_only=True)
class MyvnpostTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "myvnpost"
    CAN: ClassVar[frozenset[Capability]] = frozenset({*ROUTES, Capability.COD})
    COLLECTED: ClassVar[str] = "6"
    DELIVERED: ClassVar[str] = "14"
    UNHEARD_OF: ClassVar[str] = "777"

    carrier: Myvnpost
    settings: CarrierSettings
    stand: MyvnpostStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return references_of(self.stand.state.orders)

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        (order,) = self.stand.state.found("2", reference)
        self.stand.state.happens(order, raw_code, at)

    @override
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        self.breaks(ROUTES[capability], fault, times=times, retry_after=retry_after)

    def breaks(
        self,
        route: str,
        fault: FaultKind,
        *,
        times: int | None = 1,
        after: int = 0,
        retry_after: str = "",
    ) -> None:
        # A slow answer outlasts the patience of the wire, and not that of a person.
        seconds = 2 * HASTY.timeout_seconds
        self.stand.plan.faults.append(
            Fault(
                kind=fault,
                route=route,
                times=times,
                after=after,
                retry_after=retry_after,
                seconds=seconds,
            )
        )

    def turn_on(self, *switches: MyvnpostSwitch) -> None:
        self.stand.plan.defects = frozenset(switches)

    def asked(self, route: str) -> int:
        return self.stand.log.count(route)


def settings_of(server: TestServer, **more: object) -> CarrierSettings:
    credentials = MyvnpostCredentials()
    return CarrierSettings.model_validate(
        {
            "kind": "myvnpost",
            "base_url": str(server.make_url("/")),
            "username": credentials.username,
            "password": credentials.password,
            "customer_code": CUSTOMER_CODE,
            "variant": SERVICE,
            "sender_phone": "02053812345",
            "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
            "sender_province": "20",
            **more,
        }
    )


@asynccontextmanager
async def opened_myvnpost(**more: object) -> AsyncIterator[MyvnpostTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_myvnpost(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="myvnpost", log=log)
        carrier = Myvnpost("myvnpost", settings=settings, wire=wire, clock=clock)
        try:
            yield MyvnpostTown(
                carrier=carrier,
                settings=settings,
                stand=app[MYVNPOST],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
