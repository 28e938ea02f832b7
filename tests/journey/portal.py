"""The stand-in of the national portal, listening, for the stories: what it was told, what fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.national_portal import (
    PORTAL,
    PortalStand,
    PortalSwitch,
    make_national_portal,
)
from postal_bridge.sandbox.national_portal_catalogue import Term, published
from postal_bridge.sandbox.national_portal_state import Kept

FAULTS = tuple(
    kind
    for kind in FaultKind
    # The portal's lists have no pages that could move; slow is timeout with another ending.
    if kind
    not in {FaultKind.ROW_APPEARS, FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP, FaultKind.SLOW}
)
PROCEDURES = [
    published(
        code,
        name,
        domain=("G15-TP03", "Lý lịch tư pháp"),
        unit=("G15", "Bộ Tư pháp"),
        terms=[Term(time="5")],
    )
    for code, name in (("2.000488", "Cấp Phiếu lý lịch tư pháp"), ("1.009794", "Cấp phép xây dựng"))
]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class PortalOverHttp:
    """What the portal holds, and what goes wrong.

    Attributes:
        hold: services whose answer is kept back, once stored, until the story ends.
        stored: set when such an answer is kept back.
    """

    stand: PortalStand
    url: str = ""
    hold: set[str] = field(default_factory=set)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self, code: str) -> Kept:
        """Everything about a dossier."""
        return self.stand.state.dossiers.get(code) or Kept()

    def states(self, code: str) -> list[int]:
        """Every state that it came into, in order."""
        return [int(state) for state in self.told(code).states]

    def way(self, code: str) -> list[int]:
        """The states that the citizen sees, in order."""
        return [int(str(step["TrangThai"])) for step in self.told(code).progress]

    def records(self, code: str) -> list[dict[str, Any]]:
        """Every record that was stored, in order."""
        return [one.item for one in self.told(code).told]

    def calls(self, service: str = "") -> int:
        """How often it was called."""
        return len(self.stand.log.of(service))

    def fails(self, kinds: Iterable[FaultKind], *, pause: int = 1) -> None:
        """These faults strike, one after the other, with so many good calls before each."""
        self.stand.plan.faults = [
            Fault(kind=kind, after=pause, seconds=0.01, retry_after="0") for kind in kinds
        ]

    def keeps_states_to_itself(self) -> None:
        """Looking a dossier up tells only that it is there."""
        self.stand.plan.defects = frozenset({PortalSwitch.NO_STATE})

    @property
    def environ(self) -> dict[str, str]:
        """What a house is told so that it finds this portal."""
        opens = self.stand.sessions.credentials
        given = {
            "BASE_URL": self.url,
            "USERNAME": opens.username,
            "PASSWORD": opens.password,
            "DSTCODE": opens.dstcode,
            "UNIT_CODE": opens.unit_code,
            "ATTEMPTS": "1",
            "TIMEOUT_SECONDS": "10",
            "TOTAL_SECONDS": "10",
        }
        return {f"PB_NATIONAL_PORTAL__{name}": value for name, value in given.items()}

    @web.middleware
    async def keeps_back(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Store, and do not answer."""
        answer = await handler(request)
        service = self.stand.route_of("service", await request.read())
        if service in self.hold:
            self.hold.discard(service)
            self.stored.set()
            await self.over.wait()
        return answer


@asynccontextmanager
async def portal_over_http() -> AsyncIterator[PortalOverHttp]:
    """The portal, listening."""
    clock = ReplayClock(datetime(2019, 1, 10, 1, 0, tzinfo=UTC))
    app = make_national_portal(clock=clock, procedures=PROCEDURES)
    portal = PortalOverHttp(app[PORTAL])
    app.middlewares.append(portal.keeps_back)
    async with TestServer(app) as server:
        portal.url = str(server.make_url("")).rstrip("/")
        yield portal
        portal.over.set()
