"""How carriers are spoken to: what is asked again, what is said once, and when one is left alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.carriers.wire import MayBeStoredError, Patience, Request, Wire
from postal_bridge.tracking.carrier_values import CarrierMisread, CarrierUnavailable
from tests.doors.carriers.wires import HASTY, KeptCalls, a_clock, a_wire

GET = Request(method="GET", path="/hoi")
POST = Request(method="POST", path="/ghi", body=b'{"OrderNumber":"VD-1","Tel":"0912345678"}')
Answering = Callable[[web.Request], web.StreamResponse]


@dataclass
class Server:
    """Answers what it is told, in turn; afterwards all goes well."""

    url: str = ""
    turns: list[Answering] = field(default_factory=list)
    asked: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked += 1
        if self.turns:
            return self.turns.pop(0)(request)
        return web.json_response({"status": 100})


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app) as running:
        made.url = str(running.make_url(""))
        yield made


@pytest.fixture
def log() -> KeptCalls:
    return KeptCalls()


@pytest.fixture
async def wire(server: Server, log: KeptCalls) -> AsyncIterator[Wire]:
    made = a_wire(server.url, log=log)
    yield made
    await made.close()


def status(code: int, **headers: str) -> Answering:
    return lambda _request: web.Response(status=code, headers=headers)


def hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("trouble", [status(500), status(503), status(429), hang_up])
async def test_a_question_is_asked_again(wire: Wire, server: Server, trouble: Answering) -> None:
    server.turns = [trouble]
    assert (await wire.ask("track", GET)).body == b'{"status": 100}'


async def test_patience_has_an_end(wire: Wire, server: Server) -> None:
    server.turns = [status(500)] * 10
    with pytest.raises(CarrierUnavailable):
        await wire.ask("track", GET)
    assert server.asked == HASTY.attempts


@pytest.mark.parametrize("trouble", [status(500), status(502), hang_up])
async def test_what_may_have_been_stored_is_said_once(
    wire: Wire, server: Server, trouble: Answering
) -> None:
    server.turns = [trouble]
    with pytest.raises(MayBeStoredError):
        await wire.tell("book", POST)
    assert server.asked == 1


async def test_what_was_not_heard_is_said_again(wire: Wire, server: Server) -> None:
    server.turns = [status(429)]
    assert (await wire.tell("book", POST)).status == 200
    assert server.asked == 2


async def test_where_nobody_listens_nothing_was_stored() -> None:
    wire = a_wire("http://127.0.0.1:9")
    with pytest.raises(CarrierUnavailable):
        await wire.tell("book", POST)


async def test_retry_after_is_honoured_within_our_patience(server: Server) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    made = a_wire(server.url)
    made._sleep = note
    server.turns = [
        status(429, **{"Retry-After": "1"}),
        status(503, **{"Retry-After": "Thu, 10 Jan 2019 03:05:00 GMT"}),
    ]
    await made.ask("track", GET)
    await made.close()
    assert waits == [1.0, HASTY.retry_after_seconds]


@pytest.mark.parametrize("code", [200, 302, 400, 401, 404, 409])
async def test_a_refusal_is_an_answer(wire: Wire, server: Server, code: int) -> None:
    server.turns = [status(code, Location="/dang-nhap")]
    assert (await wire.tell("book", POST)).status == code
    assert server.asked == 1


async def test_a_carrier_that_fails_is_left_alone_and_tried_again_later(server: Server) -> None:
    patience = Patience(
        timeout_seconds=0.3, attempts=1, breaker_failures=3, breaker_seconds=0.05, total_seconds=5
    )
    made = a_wire(server.url, patience=patience)
    server.turns = [status(500)] * 3
    for _ in range(3):
        with pytest.raises(CarrierUnavailable):
            await made.ask("track", GET)
    assert await made.resting() == {"track": "opened"}
    with pytest.raises(CarrierUnavailable, match="tạm nghỉ"):
        await made.ask("track", GET)
    assert server.asked == 3
    # Another operation of the same carrier goes on.
    assert (await made.ask("price", GET)).status == 200
    await _a_little_later(patience.breaker_seconds)
    assert (await made.ask("track", GET)).status == 200
    assert await made.resting() == {}
    await made.close()


async def _a_little_later(seconds: float) -> None:
    await asyncio.sleep(seconds * 1.5)


async def test_an_answer_that_is_too_large_is_not_read(server: Server) -> None:
    made = a_wire(server.url, patience=Patience(body_bytes=1000, attempts=1))
    server.turns = [lambda _request: web.Response(body=b"x" * 5000)]
    with pytest.raises(CarrierMisread):
        await made.ask("track", GET)
    await made.close()


async def test_every_attempt_is_written_down_without_persons(
    wire: Wire, server: Server, log: KeptCalls
) -> None:
    server.turns = [status(429)]
    await wire.tell("book", POST)
    assert [(one.operation, one.outcome, one.is_error) for one in log.calls] == [
        ("book", "HTTP 429", True),
        ("book", "ok", False),
    ]
    assert all("VD-1" in one.request and "0912345678" not in one.request for one in log.calls)
    assert {one.at for one in log.calls} == {a_clock().now()}
