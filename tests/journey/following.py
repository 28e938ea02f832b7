"""Reads a stream as a browser does: events with their ids, and the id to come back with."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout

PATIENCE_SECONDS = 30
STREAM = "/api/v1/stream"


async def happens(what: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not what():  # noqa: ASYNC110 - what is waited for knows nothing of events
            await asyncio.sleep(0.01)


@dataclass
class Follower:
    """Somebody who follows the ledger, connection after connection."""

    response: ClientResponse
    last_id: str = ""
    retry: str = ""
    items: list[dict[str, Any]] = field(default_factory=list)

    async def block(self) -> dict[str, str]:
        """The next event or comment, as fields."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                line = (await self.response.content.readline()).decode()
                if not line:
                    raise EOFError
                if line == "\n":
                    break
                name, _, value = line.rstrip("\n").partition(":")
                fields[name] = value.removeprefix(" ")
        self.last_id = fields.get("id", self.last_id)
        self.retry = fields.get("retry", self.retry)
        return fields

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event's name and content; comments and bare ids are passed over."""
        while True:
            fields = await self.block()
            if "data" in fields:
                content: dict[str, Any] = json.loads(fields["data"])
                self.items += content.get("items", [])
                return fields["event"], content

    async def until(self, *codes: str) -> None:
        """Read on until all of these have come."""
        while not set(codes) <= {item["code"] for item in self.items}:
            name, content = await self.event()
            assert name == "changes", content

    async def ends(self) -> dict[str, Any]:
        """The reason with which the stream ends, and that it does end."""
        while True:
            name, content = await self.event()
            if name == "ended":
                break
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await self.response.content.read() == b""
        return content


@asynccontextmanager
async def following(
    url: Any, token: str, *, last_id: str = "", **params: str
) -> AsyncIterator[Follower]:
    """Follow until the block ends; the connection is then dropped, as a lost network does it."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}
    if last_id:
        headers["Last-Event-ID"] = last_id
    timeout = ClientTimeout(total=None)
    async with (
        ClientSession(timeout=timeout) as http,
        http.get(url, headers=headers, params=params) as response,
    ):
        follower = Follower(response)
        if response.status == 200:
            await follower.block()
        yield follower
