"""Whether the service lives, and whether it can take work."""

import asyncio

from aiohttp import web

from postal_bridge.api.ports import Storage
from postal_bridge.errors import Accident

READY_SECONDS = 3.0
"""How long the database may take to say that it is there."""


class NotReady(Accident):
    """The database does not answer, or its tables are not ours."""

    retryable = True


async def live(_request: web.Request) -> web.Response:
    """GET /health/live: the process answers."""
    return web.json_response({"state": "live"}, headers={"Cache-Control": "no-store"})


class Readiness:
    """GET /health/ready: the process can take work."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def ready(self, _request: web.Request) -> web.Response:
        """Say ready, or 503 where the database does not answer in time."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._storage.ready()
        except Exception as cause:
            raise NotReady(f"the database is not ready: {type(cause).__name__}") from cause
        return web.json_response({"state": "ready"}, headers={"Cache-Control": "no-store"})
