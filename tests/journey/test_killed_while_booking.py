"""The programme is killed between "VNPost has stored it" and "we have noted it": one order.

The real programme runs as a process of its own. VNPost stores the order and keeps its answer back;
at that moment SIGKILL ends the programme, and another one goes on.
"""

import asyncio
from pathlib import Path

from postal_bridge.sandbox.faults import Fault, FaultKind
from tests.journey.house import Town, open_town
from tests.journey.test_killed_service import free_port
from tests.journey.test_killed_while_telling import ToldService
from tests.journey.vnpost import Vnpost, vnpost_over_http

IMPATIENT = {"PB_OUTBOX__LEASE_SECONDS": "1", "PB_OUTBOX__POLL_SECONDS": "0.2"}
QUIET_SECONDS = 5
"""More than twice the connection's `total_seconds`: the request can no longer be under way."""


async def until_stored(vnpost: Vnpost) -> None:
    async with asyncio.timeout(60):
        while not vnpost.stand.stand.state.orders:  # noqa: ASYNC110 - the other side is no event
            await asyncio.sleep(0.05)


async def until_placed(town: Town) -> None:
    async with asyncio.timeout(60):
        while await town.rows("SELECT state FROM carrier_order") != [("placed",)]:  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.2)


async def test_killed_between_stored_and_noted_there_is_one_order(
    database_url: str, tmp_path: Path
) -> None:
    async with vnpost_over_http(tmp_path) as vnpost:
        variables = {**vnpost.environ, **IMPATIENT}
        service = ToldService(
            tmp_path, tmp_path / "unused.db", free_port(), url=database_url, variables=variables
        )
        async with open_town(database_url, tmp_path, **variables) as town:
            _, result = await town.at_return_desk(return_mode=1)
            number = await town.desk.gives_to("vnpost", result)
            keeps_its_answer = Fault(kind=FaultKind.ANSWER_LATE, route="post", seconds=60)
            vnpost.stand.stand.plan.faults.append(keeps_its_answer)
            try:
                await service.start()
                await until_stored(vnpost)
                await service.kill()
                assert await town.rows("SELECT state FROM carrier_order") == [("asked",)]

                await asyncio.sleep(QUIET_SECONDS)
                await service.start()
                await until_placed(town)
            finally:
                await service.kill()
            assert await vnpost.orders() == [number]
            assert vnpost.stand.asked("post") == 2
