"""A batch of five hundred scans of which none can be taken: explained one by one, and not dear.

What a batch costs is counted at the wire and never by the clock: on PostgreSQL a go-between counts
how often the server is ready for the next question, on SQLite the driver's own calls are counted.
"""

import asyncio
import contextlib
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url
from typing_extensions import override

from tests.journey.house import Town, open_town
from tests.journey.people import Person
from tests.journey.province import COUNTER, JUSTICE, Json

FULL = 500
FEW = 50
SLACK = 12
"""Long lists of codes are asked for in a few parts."""
SSL_REQUEST = bytes.fromhex("0000000804d2162f")


@dataclass
class Turns:
    """How often the database was asked something."""

    count: int = 0

    @contextlib.asynccontextmanager
    async def counted(self) -> AsyncIterator[list[int]]:
        before, told = self.count, [0]
        yield told
        told[0] = self.count - before


# --- PostgreSQL: a go-between that reads along ----------------------------------------------------


class GoBetween:
    """Passes on what a client and PostgreSQL say; counts the server's ReadyForQuery."""

    def __init__(self, host: str, port: int, turns: Turns) -> None:
        self.host = host
        self.port = port
        self.turns = turns
        self._tasks: set[asyncio.Task[None]] = set()

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            first = await reader.readexactly(8)
            if first == SSL_REQUEST:
                writer.write(b"N")
                first = await reader.readexactly(8)
            there, back = await asyncio.open_connection(self.host, self.port)
            back.write(first)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_on(reader, back))
                group.create_task(self._read_along(there, writer))
        writer.close()
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(65536):
                writer.write(part)
                await writer.drain()
        writer.close()

    async def _read_along(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                self.turns.count += head[:1] == b"Z"
                writer.write(head + body)
                await writer.drain()
        writer.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def overheard(url: str, turns: Turns) -> AsyncIterator[str]:
    """The address of the go-between, while it stands there."""
    address = make_url(url)
    between = GoBetween(str(address.host), int(address.port or 5432), turns)
    server = await asyncio.start_server(between.client, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield address.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        server.close()
        await between.close()


# --- SQLite: a driver that keeps count ------------------------------------------------------------


@contextlib.contextmanager
def counting_driver(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every connection that is opened from here on counts its calls."""

    class CountingCursor(sqlite3.Cursor):
        @override
        def execute(self, *arguments: Any) -> Any:
            turns.count += 1
            return super().execute(*arguments)

        @override
        def executemany(self, *arguments: Any) -> Any:
            turns.count += 1
            return super().executemany(*arguments)

    class CountingConnection(sqlite3.Connection):
        @override
        def cursor(self, factory: Any = CountingCursor) -> Any:
            return super().cursor(factory)

        @override
        def execute(self, *arguments: Any) -> Any:
            return self.cursor().execute(*arguments)

        @override
        def executemany(self, *arguments: Any) -> Any:
            return self.cursor().executemany(*arguments)

    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def counting_connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, factory=CountingConnection, **named)

    monkeypatch.setattr(sqlite3, "connect", counting_connect)
    yield


# --- the stories ----------------------------------------------------------------------------------


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
async def town(
    database_url: str, tmp_path: Path, turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    """The small province, with somebody who counts what its database is asked."""
    if database_url.startswith("sqlite"):
        with counting_driver(turns, monkeypatch):
            async with open_town(database_url, tmp_path) as opened:
                yield opened
    else:
        async with (
            overheard(database_url, turns) as address,
            open_town(address, tmp_path) as opened,
        ):
            yield opened


@dataclass
class Papers:
    """Some that can be scanned, one in a sealed pouch, one that the citizen has."""

    loose: list[str]
    inside: str
    sealed: str
    closed: str


async def papers_of(town: Town) -> Papers:
    code, result = await town.at_return_desk()
    await town.desk.returns(code)
    loose = [f"{await town.clerk.receives()}/H1" for _ in range(4)]
    inside = f"{await town.clerk.receives()}/H1"
    sealed = await town.clerk.bags(inside, to=JUSTICE)
    return Papers(loose, inside, sealed, result)


def bad_scans(town: Town, courier: Person, papers: Papers, count: int) -> list[tuple[str, Json]]:
    """Scans with the reason for which each of them cannot be taken, in turn."""
    town.tick()
    now = town.now()

    def scan(code: str, act: str = "load", **other: Any) -> Json:
        return {**courier.scan(act, code, at=now), "place": COUNTER, **other}

    item = papers.loose[0]
    made: list[tuple[str, Json]] = []
    for number in range(count):
        kinds: list[tuple[str, Json]] = [
            ("item-unknown", scan(f"000.00.06.H37-180110-{number % 9999 + 1:04}/H1")),
            ("act-unknown", scan(papers.loose[number % 4], "bay")),
            ("other-place", scan(papers.loose[number % 4], place="HCC")),
            ("role-not-allowed", scan(papers.loose[number % 4], "pack", pouch=papers.sealed)),
            ("item-in-pouch", scan(papers.inside)),
            ("item-closed", scan(papers.closed)),
            ("scan-in-future", scan(item, at=(now + timedelta(hours=2)).isoformat())),
            ("scan-id-not-v7", scan(item, scan_id=str(uuid.UUID(int=number, version=4)))),
            ("pouch-unknown", scan("TUI-180110-0001-2")),
            ("role-not-allowed", scan(item, "correct", corrects=str(uuid.UUID(int=7)))),
        ]
        made.append(kinds[number % len(kinds)])
    random.Random(count).shuffle(made)
    return made


def good_scans(town: Town, courier: Person, papers: Papers, count: int) -> list[Json]:
    town.tick()
    scans = []
    for number in range(count):
        at = town.now() - timedelta(seconds=count - number)
        act = ("load", "arrive")[number // 4 % 2]
        scans.append({**courier.scan(act, papers.loose[number % 4], at=at), "place": COUNTER})
    town.tick()
    return scans


async def test_each_of_five_hundred_is_explained_and_kept_and_nothing_else_changes(
    town: Town,
) -> None:
    papers = await papers_of(town)
    courier = town.courier.at(COUNTER)
    await courier.uploads()
    unchanged = {"refused_scan", "device", "device_clock", "session"}
    before = await town.dump(without=unchanged)
    expected = bad_scans(town, courier, papers, FULL)
    answer = await courier.uploads(*(scan for _, scan in expected))
    assert (answer["accepted"], answer["duplicates"], answer["late"]) == (0, 0, 0)
    refused = {one["scan_id"]: one for one in answer["refused"]}
    assert len(answer["refused"]) == len(refused) == FULL
    for reason, scan in expected:
        one = refused[scan["scan_id"]]
        assert one["reason"] == reason, one
        assert len(one["detail"]) > 20, one
        knows_holder = reason not in {"item-unknown", "pouch-unknown", "scan-id-not-v7"}
        assert ("holder" in one) is knows_holder, one
        if reason == "item-in-pouch":
            assert one["holder"] == papers.sealed
            assert papers.sealed in one["detail"]
        if reason == "item-unknown":
            assert scan["code"] in one["detail"]
    kept = await town.rows("SELECT scan_id, reason FROM refused_scan")
    assert Counter(reason for _, reason in kept) == Counter(reason for reason, _ in expected)
    assert {str(uuid.UUID(str(scan_id))) for scan_id, _ in kept} == set(refused)
    assert await town.dump(without=unchanged) == before
    assert await town.findings() == set()


async def test_five_hundred_bad_scans_cost_no_more_turns_than_good_ones_or_than_a_few(
    town: Town, turns: Turns
) -> None:
    papers = await papers_of(town)
    courier = town.courier.at(COUNTER)

    async def cost_of(scans: list[Json], *, accepted: int) -> int:
        async with turns.counted() as told:
            answer = await courier.uploads(*scans)
        assert answer["accepted"] == accepted
        return told[0]

    async def bad(count: int) -> int:
        scans = [scan for _, scan in bad_scans(town, courier, papers, count)]
        return await cost_of(scans, accepted=0)

    async def good(count: int) -> int:
        return await cost_of(good_scans(town, courier, papers, count), accepted=count)

    # Once for the driver's prepared statements, once for the figure.
    costs = {}
    for _ in range(2):
        costs = {
            "bad": await bad(FULL),
            "few bad": await bad(FEW),
            "good": await good(FULL),
            "few good": await good(FEW),
        }
    assert costs["bad"] <= costs["good"] + SLACK, costs
    assert costs["bad"] <= costs["few bad"] + SLACK, costs
    assert costs["good"] <= costs["few good"] + SLACK, costs
