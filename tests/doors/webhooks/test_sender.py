"""One attempt over real HTTP: no detours, no endless answers, no accident for whoever sends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from postal_bridge.webhooks.sender import READ_BYTES, WebhookSender
from tests.doors.carriers.wires import NOW, a_clock

asked: list[str] = []


async def answer(request: web.Request) -> web.StreamResponse:
    asked.append(request.path)
    match request.path:
        case "/detour":
            return web.Response(status=302, headers={"Location": "/secret"})
        case "/long":
            return web.Response(text="x" * 100_000)
        case "/hang":
            await asyncio.sleep(5)
        case "/seconds":
            return web.Response(status=503, headers={"Retry-After": "120"})
        case "/moment":
            moment = (NOW + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
            return web.Response(status=429, headers={"Retry-After": moment})
        case "/nonsense":
            return web.Response(status=429, headers={"Retry-After": "soon"})
        case _:
            pass
    return web.Response(headers={"Set-Cookie": "a=b"})


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    asked.clear()
    app = web.Application()
    app.router.add_post("/{what:.*}", answer)
    async with TestServer(app) as running:
        yield running


def a_sender(*, allow_private: bool = True) -> WebhookSender:
    return WebhookSender(clock=a_clock(), timeout_seconds=0.3, allow_private=allow_private)


async def test_a_detour_is_not_taken(server: BaseTestServer) -> None:
    heard = await a_sender().send(str(server.make_url("/detour")), headers={}, body=b"{}")
    assert (heard.status, heard.is_well) == (302, False)
    assert asked == ["/detour"]


async def test_a_long_answer_is_read_to_its_first_letters(server: BaseTestServer) -> None:
    heard = await a_sender().send(str(server.make_url("/long")), headers={}, body=b"{}")
    assert heard.is_well
    assert len(heard.answer) <= READ_BYTES


async def test_whoever_hangs_is_left(server: BaseTestServer) -> None:
    heard = await a_sender().send(str(server.make_url("/hang")), headers={}, body=b"{}")
    assert heard.status is None
    assert "timed out" in heard.outcome


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("/seconds", timedelta(seconds=120)),
        ("/moment", timedelta(minutes=5)),
        ("/nonsense", None),
    ],
)
async def test_what_the_answer_wishes_is_read(
    server: BaseTestServer, path: str, wish: timedelta | None
) -> None:
    heard = await a_sender().send(str(server.make_url(path)), headers={}, body=b"{}")
    assert heard.retry_after == wish


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://[::1]:1/", "https://x.invalid/"])
async def test_nobody_there_is_told_and_no_accident(url: str) -> None:
    heard = await a_sender().send(url, headers={}, body=b"{}")
    assert heard.status is None
    assert heard.outcome


@pytest.mark.parametrize("path", ["/ok", "/detour"])
async def test_a_private_address_is_not_asked_unless_allowed(
    server: BaseTestServer, path: str
) -> None:
    plain = str(server.make_url(path))
    for url in (plain, plain.replace("http:", "https:"), f"https://localhost:{server.port}{path}"):
        heard = await a_sender(allow_private=False).send(url, headers={}, body=b"{}")
        assert heard.status is None
        assert "https" in heard.outcome or "nội bộ" in heard.outcome
    assert asked == []
