"""Runs a stand-in on loopback for as long as somebody needs it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from postal_bridge.clock import Clock
from postal_bridge.sandbox.onestop import STAND, Credentials, make_onestop


@asynccontextmanager
async def opened_app(app: web.Application, *, port: int) -> AsyncIterator[str]:
    """Any stand-in on 127.0.0.1; gives its address. Port 0 takes one that is free."""
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opened_onestop(*, clock: Clock, port: int) -> AsyncIterator[tuple[str, Credentials]]:
    """The one-stop stand-in on 127.0.0.1; gives its address and what one signs in with."""
    app = make_onestop(clock=clock)
    async with opened_app(app, port=port) as url:
        yield url, app[STAND].credentials
