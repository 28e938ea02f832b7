"""The service is killed in the middle of its work, again and again: nothing is lost or doubled.

The real programme runs as a process of its own on SQLite. Several clients create dossiers and send
scans as fast as they can; SIGKILL ends it at a moment that nobody chose well. Whatever a client
had an answer for must be there, and what it had none for it sends again, with the same key.
"""

import asyncio
import json
import random
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from postal_bridge.app import open_house
from postal_bridge.clock import SystemClock
from postal_bridge.tracking.identifiers import Identifiers
from tests.journey.province import (
    CHEAP,
    COUNTER,
    PASSWORD,
    PREFIX,
    STAFF,
    Json,
    filing,
    settle_in,
    town_settings,
)

CLIENTS = 4
ANSWERS_BEFORE_THE_KILL = (25, 40, 30)
PATIENCE = ClientTimeout(total=20)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@dataclass
class Service:
    """The programme, its database and its address."""

    folder: Path
    database: Path
    port: int
    process: asyncio.subprocess.Process | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {
            **CHEAP,
            "PATH": "",
            "PB_DATABASE__URL": f"sqlite+aiosqlite:///{self.database}",
            "PB_VAULT__URL": f"file://{self.folder}/vault",
            "PB_SECURITY__LEDGER_KEY_FILE": str(self.folder / "ledger.key"),
            "PB_SECURITY__SIGN_IN_ATTEMPTS_PER_MINUTE": "1000",
            "PB_SERVICE__PORT": str(self.port),
            "PB_SERVICE__LOG_LEVEL": "error",
            **self.more,
        }

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "postal_bridge", "serve"), env=self.environ
        )
        async with ClientSession(timeout=PATIENCE) as http:
            while self.process.returncode is None:
                try:
                    async with http.get(f"http://127.0.0.1:{self.port}/health/ready") as got:
                        if got.status == 200:
                            return
                except ClientError:
                    await asyncio.sleep(0.05)
        raise AssertionError(f"the service ended with {self.process.returncode}")

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()

    async def runs(self, *arguments: str) -> tuple[int, str]:
        """Another command of the programme: exit code and what it printed."""
        command = (sys.executable, "-m", "postal_bridge", *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, env=self.environ, stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
        return process.returncode or 0, told.decode()


@asynccontextmanager
async def running(database: Path, folder: Path, **settings: str) -> AsyncIterator[Service]:
    service = Service(folder, database, free_port(), more=settings)
    town = town_settings(service.environ["PB_DATABASE__URL"], folder)
    async with open_house(town, clock=SystemClock()) as house:
        await settle_in(house)
    await service.start()
    try:
        yield service
    finally:
        await service.kill()


@dataclass
class Wire:
    """One client's connection: it signs in when it has to, and repeats what got no answer."""

    service: Service
    username: str
    session: ClientSession
    token: str = ""

    async def once(self, path: str, body: Json, *, key: str) -> Json | None:
        """The answer; None when the line broke."""
        url = f"http://127.0.0.1:{self.service.port}{PREFIX}"
        try:
            if not self.token:
                said = {"username": self.username, "password": PASSWORD}
                async with self.session.post(f"{url}/sessions", json=said) as got:
                    self.token = (await got.json())["token"]
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
            async with self.session.post(url + path, json=body, headers=headers) as got:
                text = await got.text()
                assert got.status in {200, 201}, text
                return dict(json.loads(text))
        except (ClientError, ConnectionError, TimeoutError):
            return None

    async def until_answered(self, path: str, body: Json, *, key: str) -> Json:
        while True:
            answer = await self.once(path, body, key=key)
            if answer is not None:
                return answer
            await asyncio.sleep(0.05)


@dataclass
class Stream:
    """What all clients did and what they were told."""

    service: Service
    identifiers: Identifiers
    answers: int = 0
    dossiers: dict[str, str] = field(default_factory=dict)
    scans: dict[str, str] = field(default_factory=dict)
    begun: datetime = field(default_factory=SystemClock().now)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answered(self, more: int) -> None:
        """Return when that many more answers have come."""
        enough = self.answers + more
        async with self.changed:
            await self.changed.wait_for(lambda: self.answers >= enough)

    async def _count(self) -> None:
        async with self.changed:
            self.answers += 1
            self.changed.notify_all()

    async def client(self, number: int, *, stop: asyncio.Event) -> None:
        """Take a dossier in, load its application, let it arrive here and there."""
        async with ClientSession(timeout=PATIENCE) as session:
            clerk = Wire(self.service, STAFF["clerk"][0], session)
            courier = Wire(self.service, STAFF["courier"][0], session)
            turn = 0
            while not stop.is_set():
                turn += 1
                key = f"client-{number}-{turn}-{self.answers}"
                taken = await clerk.until_answered("/dossiers", filing(), key=key)
                assert taken["code"] not in self.dossiers, "one dossier was given to two clients"
                self.dossiers[taken["code"]] = key
                await self._count()
                await self._scans(courier, f"{taken['code']}/H1")

    async def _scans(self, courier: Wire, item: str) -> None:
        for act in ("load", "arrive", "arrive"):
            self.begun += timedelta(milliseconds=1)
            scan_id = str(self.identifiers.new(self.begun))
            made = {
                "scan_id": scan_id,
                "code": item,
                "act": act,
                "place": COUNTER,
                "at": self.begun.isoformat(),
            }
            batch = {"device": "HH-1", "scans": [made]}
            outcome = await courier.until_answered("/scans", batch, key="none")
            assert outcome["refused"] == []
            assert outcome["accepted"] + outcome["duplicates"] == 1
            self.scans[scan_id] = item
            await self._count()


async def stored(service: Service) -> dict[str, list[Any]]:
    """What the database holds, read by a house of our own."""
    settings = town_settings(service.environ["PB_DATABASE__URL"], service.folder)
    async with (
        open_house(settings, clock=SystemClock()) as house,
        house.storage.begin(write=False) as work,
    ):
        query: Callable[[str], Awaitable[Any]] = work.connection.exec_driver_sql
        return {
            "dossiers": [row[0] for row in await query("SELECT code FROM dossier")],
            "items": [row[0] for row in await query("SELECT code FROM item")],
            "scans": [
                str(UUID(row[0]))
                for row in await query("SELECT event_id FROM custody_event WHERE device = 'HH-1'")
            ],
            "notices": [row[0] for row in await query("SELECT key FROM outbox")],
        }


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated, empty SQLite file."""
    return Path(shutil.copyfile(sqlite_template, tmp_path / "killed.db"))


async def test_killed_again_and_again_the_service_loses_nothing_and_doubles_nothing(
    database: Path, tmp_path: Path
) -> None:
    async with running(database, tmp_path) as service:
        stream = Stream(service, Identifiers(random.Random(7)))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                group.create_task(stream.client(number, stop=stop))
            for more in ANSWERS_BEFORE_THE_KILL:
                await stream.answered(more)
                await service.kill()
                told_by_now = set(stream.dossiers), set(stream.scans)
                kept = await stored(service)
                assert told_by_now[0] <= set(kept["dossiers"])
                assert told_by_now[1] <= set(kept["scans"])
                await service.start()
            stop.set()

        kept = await stored(service)
        assert sorted(kept["dossiers"]) == sorted(stream.dossiers)
        assert sorted(kept["items"]) == sorted(f"{code}/H1" for code in stream.dossiers)
        assert sorted(kept["scans"]) == sorted(stream.scans)
        assert len(kept["notices"]) == len(stream.dossiers)
        code, told = await service.runs("verify-ledger", "--json")
        verified = json.loads(told)
        assert (code, verified["findings"]) == (0, [])
        assert verified["events"] == len(stream.dossiers) + len(stream.scans)
