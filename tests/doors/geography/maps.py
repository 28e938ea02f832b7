"""What the tests of maps share: stand-ins on real sockets, and services that do not wait."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiohttp.test_utils import TestServer

from postal_bridge.clock import ReplayClock
from postal_bridge.geography.kept_lines import KeptLines
from postal_bridge.geography.service import OutsideService, ServiceTerms, make_service
from postal_bridge.sandbox.nominatim import NOMINATIM, NominatimStand, make_nominatim
from postal_bridge.sandbox.osrm import OSRM, OsrmStand, make_osrm

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
AGENT = "postal-bridge-tests (lang son)"
HASTY = ServiceTerms(seconds_between=0, timeout_seconds=0.3, failures=100)


@dataclass(kw_only=True)
class NominatimTown:
    """The service, its stand-in, and what both are made of."""

    service: OutsideService
    stand: NominatimStand
    clock: ReplayClock
    url: str

    @property
    def asked(self) -> int:
        return len(self.stand.log.of("search"))


@asynccontextmanager
async def opened_nominatim(
    *, terms: ServiceTerms = HASTY, kept: Path | None = None, agent: str = AGENT
) -> AsyncIterator[NominatimTown]:
    clock = ReplayClock(NOW)
    app = make_nominatim(clock)
    async with TestServer(app) as server:
        service = make_service(
            "nominatim", base_url=str(server.make_url("")), user_agent=agent, options={},
            terms=terms, kept=KeptLines(kept), clock=clock,
        )  # fmt: skip
        async with service:
            url = str(server.make_url(""))
            yield NominatimTown(service=service, stand=app[NOMINATIM], clock=clock, url=url)


@dataclass(kw_only=True)
class OsrmTown:
    stand: OsrmStand
    url: str


@asynccontextmanager
async def opened_osrm(*, table_size: int = 100) -> AsyncIterator[OsrmTown]:
    app = make_osrm(ReplayClock(NOW), table_size=table_size)
    async with TestServer(app) as server:
        yield OsrmTown(stand=app[OSRM], url=str(server.make_url("")))
