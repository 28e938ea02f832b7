"""The worker is killed between "stored" and "noted": the portal is told neither twice nor wrongly.

The real programme runs as a process of its own. The portal stores what it is told and keeps the
answer back; at that moment SIGKILL ends the programme, and another one goes on.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from tests.journey.house import open_town
from tests.journey.portal import PortalOverHttp, portal_over_http
from tests.journey.test_killed_service import Service, free_port
from tests.journey.test_told_to_the_portal import WHOLE_WAY, noted, whole_way

KILLED_AT = ("DongBoHoSoMC", "CapNhatTienDoHoSoMC")
IMPATIENT = {
    "PB_NATIONAL_PORTAL__TIMEOUT_SECONDS": "1",
    "PB_NATIONAL_PORTAL__TOTAL_SECONDS": "1",
    "PB_OUTBOX__LEASE_SECONDS": "1",
    "PB_OUTBOX__POLL_SECONDS": "0.2",
}
"""A dead process's claims are free again after some five seconds."""


@dataclass
class ToldService(Service):
    """The same programme, connected to a portal."""

    url: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    @override
    def environ(self) -> dict[str, str]:
        return {**super().environ, "PB_DATABASE__URL": self.url, **self.variables}


async def until_told(portal: PortalOverHttp, code: str) -> None:
    async with asyncio.timeout(60):
        while portal.way(code)[-1:] != WHOLE_WAY[-1:]:  # noqa: ASYNC110 - the other side is no event
            await asyncio.sleep(0.1)


async def test_killed_between_stored_and_noted(database_url: str, tmp_path: Path) -> None:
    async with portal_over_http() as portal:
        variables = {**portal.environ, **IMPATIENT}
        async with open_town(database_url, tmp_path, **variables) as town:
            code = await whole_way(town)
        service = ToldService(
            tmp_path, tmp_path / "unused.db", free_port(), url=database_url, variables=variables
        )
        try:
            for called in KILLED_AT:
                portal.stored.clear()
                portal.hold = {called}
                await service.start()
                async with asyncio.timeout(60):
                    await portal.stored.wait()
                await service.kill()
            await service.start()
            await until_told(portal, code)
        finally:
            await service.kill()
        # The last state may be told and not noted yet when the programme is ended here.
        async with open_town(database_url, tmp_path, **variables) as town:
            assert (await noted(town, code))[: len(WHOLE_WAY) - 1] == WHOLE_WAY[:-1]
        assert portal.states(code) == portal.way(code) == WHOLE_WAY
