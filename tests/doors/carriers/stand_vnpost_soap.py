"""VNPost's TrackAndTrace for the contract suite: the adapter and its stand-in over real HTTP."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from aiohttp.test_utils import TestServer
from typing_extensions import override

from postal_bridge.carriers.vnpost_soap import VnpostSoap
from postal_bridge.sandbox.carriers.vnpost_soap import (
    PATH,
    VNPOST_SOAP,
    SoapCredentials,
    VnpostSoapStand,
    make_vnpost_soap,
)
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Capability
from tests.carrier_stands import Stand
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

ITEM = "CH167101882VN"


@dataclass(kw_only=True)
class TrackAndTraceTown(Stand):
    """The adapter, its stand-in, and what both are made of."""

    KIND: ClassVar[str] = "vnpost_soap"
    CAN: ClassVar[frozenset[Capability]] = frozenset({Capability.TRACK, Capability.VERIFY})
    COLLECTED: ClassVar[str] = "Chấp nhận gửi"
    DELIVERED: ClassVar[str] = "IsDeliverable=true"
    UNHEARD_OF: ClassVar[str] = "Bưu gửi đang được làm sạch"

    carrier: VnpostSoap
    stand: VnpostSoapStand
    server: TestServer
    log: KeptCalls

    @override
    async def stored(self) -> Sequence[str]:
        return []

    @override
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        """TrackAndTrace knows no references of ours; the contract suite tracks this one item."""
        name, attempt, value = raw_code.partition("=")
        words = {name: value} if attempt else {"StatusText": raw_code}
        self.stand.happens({"itemCode": ITEM, **words}, at)

    @override
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        # A slow answer outlasts the patience of the wire, and not that of a person.
        seconds = 2 * HASTY.timeout_seconds
        self.stand.plan.faults.append(
            Fault(kind=fault, route="track", times=times, retry_after=retry_after, seconds=seconds)
        )

    def switch(self, *defects: str) -> None:
        """Turn lasting defects on, and the others off."""
        self.stand.plan.defects = frozenset(defects)


def settings_of(server: TestServer, **more: object) -> CarrierSettings:
    credentials = SoapCredentials()
    given = {
        "kind": "vnpost_soap",
        "base_url": str(server.make_url(PATH)),
        "username": credentials.user,
        "password": credentials.password,
        **more,
    }
    return CarrierSettings.model_validate(given)


@asynccontextmanager
async def opened_vnpost_soap(**more: object) -> AsyncIterator[TrackAndTraceTown]:
    """The stand-in listens on loopback until the end of the block."""
    clock, log = a_clock(), KeptCalls()
    app = make_vnpost_soap(clock=clock)
    server = TestServer(app)
    async with server:
        settings = settings_of(server, **more)
        wire = a_wire(settings.base_url, name="dinh_vi", log=log)
        carrier = VnpostSoap("dinh_vi", settings=settings, wire=wire, clock=clock)
        try:
            yield TrackAndTraceTown(carrier=carrier, stand=app[VNPOST_SOAP], server=server, log=log)
        finally:
            await carrier.close()
