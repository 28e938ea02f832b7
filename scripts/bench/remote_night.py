"""The bytes of two nights: `python -m scripts.bench.remote_night URL FOLDER PORT DAYS gzip|plain`.

Runs a night that lists everything and, for the day after, one that asks for counts first, both with
a look-back of so many days, over real HTTP through a proxy that counts what goes by. Prints for
each its bytes, its questions, its dossiers and what it found. With `plain` the proxy blots out
which compressions we take, letter for letter, so that answers come as they are.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from postal_bridge.app import open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Refusal
from postal_bridge.reconciliation.counting import COUNTS, FULL
from postal_bridge.sandbox.onestop import BASE_PATH, Credentials
from scripts.bench.measuring import need
from scripts.bench.year_fill import EVENING, environment, settings_of

LAST_DAY = date(2023, 12, 31)
NIGHTS = {FULL: (LAST_DAY - timedelta(days=1), 10**9), COUNTS: (LAST_DAY, 1)}
"""The date of each night, and from how many dossiers on it asks for counts first. Nobody files on
the last two days of that year, and both begin on the same day: they see the same dossiers."""

_TAKEN, _NOT_TAKEN = b"gzip, deflate", b"identity     "
_QUESTION = b" HTTP/1.1\r\n"
_CHUNK = 1 << 16


@dataclass
class Proxy:
    """Passes everything on, and counts it.

    Attributes:
        up: bytes to the other side, headers too; down: bytes from it.
    """

    port: int
    compressed: bool
    up: int = 0
    down: int = 0
    questions: int = 0

    def forget(self) -> None:
        """Count from nought."""
        self.up = self.down = self.questions = 0

    async def pass_on(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        far, forth = await asyncio.open_connection("127.0.0.1", self.port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._upwards(near, forth))
            tasks.create_task(self._downwards(far, back))

    async def _upwards(self, near: asyncio.StreamReader, forth: asyncio.StreamWriter) -> None:
        while data := await near.read(_CHUNK):
            self.up += len(data)
            self.questions += data.count(_QUESTION)
            forth.write(data if self.compressed else data.replace(_TAKEN, _NOT_TAKEN))
            await forth.drain()
        forth.close()

    async def _downwards(self, far: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        while data := await far.read(_CHUNK):
            self.down += len(data)
            back.write(data)
            await back.drain()
        back.close()


@asynccontextmanager
async def counting(proxy: Proxy) -> AsyncIterator[str]:
    """The proxy on a free port of loopback; gives its address."""
    server = await asyncio.start_server(proxy.pass_on, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def night(kind: str, url: str, folder: Path, *, days: int, proxy: Proxy) -> dict[str, object]:
    """One night of that kind, and what went by."""
    day, counts_from = NIGHTS[kind]
    login = Credentials()
    async with counting(proxy) as address:
        settings = settings_of(
            environment(
                url,
                folder,
                PB_ONESTOP__BASE_URL=address + BASE_PATH,
                PB_ONESTOP__GROUP_ID=login.group_id,
                PB_ONESTOP__USERNAME=login.username,
                PB_ONESTOP__PASSWORD=login.password,
                PB_NIGHTLY__LOOKBACK_DAYS=str(days - (LAST_DAY - day).days),
                PB_NIGHTLY__COUNTS_FIRST_FROM=str(counts_from),
            )
        )
        proxy.forget()
        begun = time.perf_counter()
        async with open_house(settings, clock=ReplayClock(EVENING)) as house:
            told = await house.night(day)
    if isinstance(told, Refusal):
        raise TypeError(told.sentence())
    need(told.sweep == kind, f"the night of {day} was {told.sweep}")
    return {
        "up": proxy.up,
        "down": proxy.down,
        "questions": proxy.questions,
        "dossiers": told.ours,
        "found": told.found,
        "seconds": round(time.perf_counter() - begun, 1),
    }


async def nights(url: str, folder: Path, port: int, days: int, *, compressed: bool) -> None:
    """Both, one after the other."""
    proxy = Proxy(port, compressed)
    told = {kind: await night(kind, url, folder, days=days, proxy=proxy) for kind in NIGHTS}
    print(json.dumps(told))


if __name__ == "__main__":
    url_, folder_, port_, days_, way = sys.argv[1:]
    asyncio.run(nights(url_, Path(folder_), int(port_), int(days_), compressed=way == "gzip"))
