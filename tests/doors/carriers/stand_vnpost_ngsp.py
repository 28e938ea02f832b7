"""VNPost's NGSP service for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.vnpost_ngsp import VnpostNgsp
from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.carriers.vnpost_ngsp import (
    CUSTOMER_CODE,
    LGSP_PATH,
    NGSP_PATH,
    TANDAN_PATH,
    TOKEN_PATH,
    VNPOST_NGSP,
    VTU_PATH,
    NgspCredentials,
    VnpostNgspStand,
    make_vnpost_ngsp,
)
from postal_bridge.sandbox.carriers.vnpost_ngsp_state import VNPOST_PROVINCES, numbers_of
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

PATHS = {"": NGSP_PATH, "lgsp": LGSP_PATH, "vtu": VTU_PATH, "tandan": TANDAN_PATH}
ROUTES = {
    Capability.BOOK: "post",
    Capability.CANCEL: "cancel",
    Capability.FEED: "tracking",
    Capability.QUOTE: "price",
    Capability.VERIFY: "token",
}


@dataclass(kw_only=True)
class NgspTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "vnpost_ngsp"
    CAN: ClassVar[frozenset[Capability]] = frozenset(ROUTES)
    # Nobody has published what the feed calls a collection; only 4 is proven.
    COLLECTED: ClassVar[str] = "1"
    DELIVERED: ClassVar[str] = "4"
    UNHEARD_OF: ClassVar[str] = "777"

    carrier: VnpostNgsp
    settings: CarrierSettings
    stand: VnpostNgspStand
    server: TestServer
    clock: ReplayClock
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return numbers_of(self.stand.state.orders.values())

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        self.stand.state.happens(
            {
                "OrderNumber": reference,
                "StatusCode": int(raw_code),
                "EventTime": int(at.timestamp() * 1000),
            }
        )

    @override
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        # A slow answer outlasts the patience of the wire, and not that of a person.
        seconds = 2 * HASTY.timeout_seconds
        self.stand.plan.faults.append(
            Fault(
                kind=fault,
                route=ROUTES[capability],
                times=times,
                retry_after=retry_after,
                seconds=seconds,
            )
        )

    def asked(self, route: str) -> int:
        return self.stand.log.count(route)


def settings_of(server: TestServer, variant: str = "", **more: object) -> CarrierSettings:
    credentials = NgspCredentials()
    return CarrierSettings.model_validate(
        {
            "kind": "vnpost_ngsp",
            "base_url": str(server.make_url(PATHS[variant])),
            "variant": variant,
            "username": credentials.key,
            "password": credentials.secret,
            "token_url": str(server.make_url(TOKEN_PATH)),
            "customer_code": CUSTOMER_CODE,
            "sender_phone": "02053812345",
            "sender_address": "Đường Hùng Vương, phường Chi Lăng, thành phố Lạng Sơn",
            "sender_province": "20",
            **more,
        }
    )


@asynccontextmanager
async def opened_vnpost_ngsp(
    variant: str = "", *, provinces: frozenset[int] = VNPOST_PROVINCES, **more: object
) -> AsyncIterator[NgspTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_vnpost_ngsp(clock=clock, provinces=provinces)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, variant, **more)
        wire = a_wire(settings.base_url, name="vnpost", log=log)
        carrier = VnpostNgsp("vnpost", settings=settings, wire=wire, clock=clock)
        try:
            yield NgspTown(
                carrier=carrier,
                settings=settings,
                stand=app[VNPOST_NGSP],
                server=server,
                clock=clock,
                log=log,
            )
        finally:
            await carrier.close()
