"""Viettel Post for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.viettel_post import ViettelPost
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.viettel_post import (
    VIETTEL_POST,
    ViettelPostCredentials,
    ViettelPostStand,
    make_viettel_post,
)
from postal_bridge.sandbox.carriers.viettel_post_state import references_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

SECRET = "chuoi-bi-mat"
ROUTES = {
    Capability.BOOK: "create",
    Capability.CANCEL: "update",
    Capability.QUOTE: "price",
    Capability.LABEL: "printing_code",
    Capability.VERIFY: "login",
}


@dataclass(kw_only=True)
class ViettelPostTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "viettel_post"
    CAN: ClassVar[frozenset[Capability]] = frozenset({*ROUTES, Capability.WEBHOOK, Capability.COD})
    COLLECTED: ClassVar[str] = "105"
    DELIVERED: ClassVar[str] = "501"
    UNHEARD_OF: ClassVar[str] = "777"

    carrier: ViettelPost
    settings: CarrierSettings
    stand: ViettelPostStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return references_of(self.stand.state.orders.values())

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        (order,) = self.stand.state.of_reference(reference)
        self.stand.state.happens(order.number, int(raw_code), at)

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
    who = ViettelPostCredentials()
    return CarrierSettings.model_validate(
        {
            "kind": "viettel_post",
            "base_url": str(server.make_url("/")),
            "username": who.username,
            "password": who.password,
            "variant": "VCN",
            "sender_phone": "02053800000",
            "sender_address": "Số 1, đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
            "sender_province": "20",
            "callback_secret": SECRET,
            **more,
        }
    )


@asynccontextmanager
async def opened_viettel_post(**more: object) -> AsyncIterator[ViettelPostTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_viettel_post(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="viettel_post", log=log)
        carrier = ViettelPost("viettel_post", settings=settings, wire=wire, clock=clock)
        try:
            yield ViettelPostTown(
                carrier=carrier,
                settings=settings,
                stand=app[VIETTEL_POST],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
