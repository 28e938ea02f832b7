"""What telling subscribers may expect of whoever sends and of whoever seals."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.storage.sealing import KeySeal
from postal_bridge.subscriptions.ports import Seal, Sender
from postal_bridge.webhooks.sender import WebhookSender
from tests.doors.carriers.wires import a_clock
from tests.stages.subscriptions.receivers import MemorySeal, MemorySender, heard

PORTS = ("subscriptions.ports.Sender", "subscriptions.ports.Seal")
BODY = '{"subject":"hồ sơ"}'.encode()
HEADERS = {"webhook-id": "msg_1", "Content-Type": "application/cloudevents+json"}
Received = list[tuple[dict[str, str], bytes]]
Opened = tuple[Sender, str, Received]


@asynccontextmanager
async def over_http(statuses: Sequence[int]) -> AsyncIterator[Opened]:
    received: Received = []
    answers = list(statuses)

    async def take(request: web.Request) -> web.Response:
        received.append((dict(request.headers), await request.read()))
        return web.Response(status=answers.pop(0), text="đã nhận")

    app = web.Application()
    app.router.add_post("/tin", take)
    async with TestServer(app) as server:
        sender = WebhookSender(clock=a_clock(), timeout_seconds=2, allow_private=True)
        yield sender, str(server.make_url("/tin")), received


@asynccontextmanager
async def in_memory(statuses: Sequence[int]) -> AsyncIterator[Opened]:
    sender = MemorySender(*(heard(one) for one in statuses))
    received: Received = []
    yield sender, "https://mot-cua.example/tin", received
    received += [(dict(headers), body) for _, headers, body in sender.sent]


IMPLEMENTATIONS: dict[str, Callable[[Sequence[int]], AbstractAsyncContextManager[Opened]]] = {
    "http": over_http,
    "memory": in_memory,
}
SEALS: dict[str, Callable[[], Seal]] = {
    "key": lambda: KeySeal(bytes(range(32))),
    "memory": MemorySeal,
}


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
async def test_what_is_sent_arrives_as_it_is_and_what_is_answered_is_told(name: str) -> None:
    async with IMPLEMENTATIONS[name]([200, 410, 500]) as (sender, url, received):
        heard_of = [await sender.send(url, headers=HEADERS, body=BODY) for _ in range(3)]
    assert [(one.status, one.is_well) for one in heard_of] == [
        (200, True),
        (410, False),
        (500, False),
    ]
    for headers, body in received:
        assert body == BODY
        assert headers["webhook-id"] == "msg_1"
        assert headers["Content-Type"] == "application/cloudevents+json"


@pytest.mark.parametrize("name", SEALS)
def test_what_is_sealed_is_opened_and_nothing_else(name: str) -> None:
    seal = SEALS[name]()
    sealed = seal.close("whsec_bí mật")
    assert seal.open(sealed) == "whsec_bí mật"
    with pytest.raises(ValueError, match=r"\w"):
        seal.open("khác")


def test_another_key_opens_nothing() -> None:
    sealed = KeySeal(bytes(32)).close("whsec_x")
    with pytest.raises(ValueError, match="khóa khác"):
        KeySeal(bytes(range(32))).open(sealed)
    assert "whsec" not in sealed
