"""The demo's clients: patient with a service that is away, honest with one that says no."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.demo.client import Clients, NotTaken, Request
from postal_bridge.demo.paper import draw_stack
from postal_bridge.demo.service import free_port
from postal_bridge.digitising.decoding import examine
from postal_bridge.documents.page_values import FileLimits

AT = datetime(2019, 1, 10, 1, tzinfo=UTC)
Answer = Callable[[web.Request, int], web.StreamResponse]


class Desk:
    """A service that answers as the test wants; remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None, str | None]] = []
        self.answer: Answer = lambda _request, _n: web.json_response({"code": "TUI-1"})
        self.app = web.Application()
        self.app.router.add_post("/api/v1/sessions", self.sign_in)
        self.app.router.add_route("*", "/api/v1/{rest:.*}", self.work)

    async def sign_in(self, request: web.Request) -> web.Response:
        return web.json_response({"token": (await request.json())["username"]}, status=201)

    async def work(self, request: web.Request) -> web.StreamResponse:
        headers = request.headers
        self.seen.append(
            (
                headers["Authorization"],
                headers.get("Idempotency-Key"),
                headers.get("Postal-Bridge-Time"),
            )
        )
        return self.answer(request, len(self.seen))


@pytest.fixture
async def desk() -> AsyncIterator[tuple[Desk, Clients]]:
    desk = Desk()
    server = TestServer(desk.app)
    await server.start_server()
    clients = Clients(str(server.make_url("")).rstrip("/"), password="x")
    yield desk, clients
    await clients.close()
    await server.close()


def packing(key: str = "thang-1:pack") -> Request:
    return Request(method="POST", path="/pouches", at=AT, key=key, body={"items": []})


async def test_each_member_of_staff_has_a_token_and_each_request_its_moment(
    desk: tuple[Desk, Clients],
) -> None:
    service, clients = desk
    await clients.send("tiepnhan1", packing())
    await clients.send("buuta1", packing())
    tokens = [token for token, _, _ in service.seen]
    assert tokens == ["Bearer tiepnhan1", "Bearer buuta1"]
    assert {moment for _, _, moment in service.seen} == {AT.isoformat()}


async def test_a_lost_connection_is_tried_again_with_the_same_key(
    desk: tuple[Desk, Clients],
) -> None:
    service, clients = desk

    def drop_first(request: web.Request, n: int) -> web.StreamResponse:
        if n == 1 and request.transport is not None:
            request.transport.close()
        return web.json_response({"code": "TUI-1"})

    service.answer = drop_first
    assert await clients.send("tiepnhan1", packing()) == {"code": "TUI-1"}
    assert [key for _, key, _ in service.seen] == ["thang-1:pack"] * 2


@pytest.mark.parametrize(
    ("status", "kind"), [(503, "/problems/accident"), (409, "/problems/still-running")]
)
async def test_a_service_that_is_busy_is_asked_again(
    desk: tuple[Desk, Clients], status: int, kind: str
) -> None:
    service, clients = desk

    def busy_first(_request: web.Request, n: int) -> web.StreamResponse:
        body: dict[str, Any] = {"type": kind} if n == 1 else {"code": "TUI-1"}
        return web.json_response(body, status=status if n == 1 else 201)

    service.answer = busy_first
    assert await clients.send("tiepnhan1", packing()) == {"code": "TUI-1"}


async def test_a_refusal_is_not_asked_again(desk: tuple[Desk, Clients]) -> None:
    service, clients = desk
    service.answer = lambda _request, _n: web.json_response(
        {"type": "/problems/pouch-empty", "detail": "Túi chưa có gì."}, status=409
    )
    with pytest.raises(NotTaken, match="Túi chưa có gì"):
        await clients.send("tiepnhan1", packing())
    assert len(service.seen) == 1


def test_the_next_free_port_is_taken() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port
    assert free_port(0) > 0


@pytest.mark.parametrize("pages", [1, 2, 37])
def test_a_stack_is_a_real_pdf_with_its_pages(pages: int) -> None:
    content = draw_stack("000.00.06.H37-190110-0001", pages)
    seen = examine(content, FileLimits())
    assert (seen.media_type, seen.pages) == ("application/pdf", pages)
    assert content.count(b"endobj") == 3 + 2 * pages
    assert draw_stack("000.00.06.H37-190110-0001", pages) == content
