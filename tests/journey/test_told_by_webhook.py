"""Another system is told what happens: signed, until it has heard it, each thing once."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.announcing import make_webhooks_job
from tests.journey.house import Town, open_town
from tests.journey.province import Json


@dataclass
class Receiver:
    """The other system; its patience and its memory are the test's."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def events(self) -> list[Json]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def kinds(self) -> list[str]:
        return [one["type"].removeprefix("vn.postal-bridge.") for one in self.events]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


def is_signed(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether a receiver with this secret would take it; written from the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/tin", receiver.take)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/tin"))
        yield receiver


class KilledError(Exception):
    """The process goes no further."""


Two = tuple[Town, Receiver]


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        a_receiver() as receiver,
        open_town(database_url, tmp_path, PB_WEBHOOKS__ALLOW_PRIVATE="true") as town,
    ):
        yield town, receiver


async def subscribed(town: Town, receiver: Receiver, *types: str) -> tuple[str, str]:
    """A subscriber with its secret; the ledger is announced from now on."""
    said = {"url": receiver.url, "types": list(types)}
    made = await town.admin.posts("/webhooks", said)
    assert "secret" not in made
    shown = await town.admin.posts(f"/webhooks/{made['id']}/secret", {})
    await worker(town)
    return str(made["id"]), str(shown["secret"])


async def worker(town: Town, *, hours: float = 0) -> None:
    """The scheduled work, once, some time later."""
    town.clock.advance_to(town.clock.now() + timedelta(hours=hours))
    jobs = town.house.jobs()
    await jobs._outside["subscribers"].dispatch()
    await make_webhooks_job(town.house, "mot").run_due()


async def log_of(town: Town, webhook: str) -> list[dict[str, Any]]:
    return list((await town.admin.reads(f"/webhooks/{webhook}/deliveries"))["deliveries"])


async def test_a_dossiers_way_is_told_signed_and_without_anybodys_name(both: Two) -> None:
    town, receiver = both
    _, secret = await subscribed(town, receiver, "dossier.*", "item.accept", "incident.opened")
    code = await town.at_department()
    await town.desk.reports("lost", f"{code}/H1")
    await worker(town)
    assert sorted(receiver.kinds) == ["dossier.begun", "incident.opened", "item.accept"]
    by_kind = dict(zip(receiver.kinds, receiver.events, strict=True))
    assert by_kind["dossier.begun"]["subject"] == code
    assert by_kind["incident.opened"]["data"]["kind"] == "lost"
    for headers, body in receiver.requests:
        assert is_signed(headers, body, secret)
        assert headers["Content-Type"] == "application/cloudevents+json"
        assert "Nông Văn An" not in body.decode()
    await worker(town, hours=1)
    assert len(receiver.requests) == 3


async def test_a_receiver_that_was_down_for_two_days_gets_everything_once(both: Two) -> None:
    town, receiver = both
    webhook, _ = await subscribed(town, receiver, "dossier.begun")
    await town.at_department()
    receiver.statuses = [503] * 6
    for hours in (0, 0.1, 1, 3, 8, 36):
        await worker(town, hours=hours)
    assert receiver.statuses == []
    await worker(town, hours=12)
    assert len(set(receiver.ids)) == 1
    (delivery,) = await log_of(town, webhook)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 7)
    assert [one["status"] for one in delivery["log"]] == [503] * 6 + [200]
    await worker(town, hours=24)
    assert len(receiver.ids) == 7


async def test_what_was_sent_and_not_noted_is_sent_again_under_its_id(both: Two) -> None:
    town, receiver = both
    await subscribed(town, receiver, "dossier.begun")
    await town.at_department()
    job = make_webhooks_job(town.house, "chết giữa chừng")

    async def dies(*_: object, **__: object) -> None:
        raise KilledError

    job._publisher._note = dies  # type: ignore[attr-defined]
    with pytest.raises(ExceptionGroup):
        await job.run_due()
    assert len(receiver.ids) == 1
    await worker(town)
    assert len(receiver.ids) == 1, "another process holds it still"
    await worker(town, hours=0.1)
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


async def test_secrets_are_changed_over_without_a_gap(both: Two) -> None:
    town, receiver = both
    webhook, first = await subscribed(town, receiver, "webhook.test")
    second = (await town.admin.posts(f"/webhooks/{webhook}/secret", {}))["secret"]
    for hours, holds in ((0, [True, True]), (25, [False, True])):
        town.clock.advance_to(town.clock.now() + timedelta(hours=hours))
        await town.admin.posts(f"/webhooks/{webhook}/test", {})
        await worker(town)
        headers, body = receiver.requests[-1]
        assert [is_signed(headers, body, one) for one in (first, second)] == holds
    rows = await town.rows("SELECT sealed_secret, sealed_old FROM subscription")
    assert not any("whsec" in str(value) for row in rows for value in row)


async def test_who_is_gone_is_told_no_more_until_a_person_revives_it(both: Two) -> None:
    town, receiver = both
    webhook, _ = await subscribed(town, receiver, "dossier.begun")
    receiver.statuses = [410]
    await town.at_department()
    await worker(town)
    shown = await town.admin.reads(f"/webhooks/{webhook}")
    assert shown["state"] == "disabled"
    assert "410" in shown["why"]
    await town.at_department()
    await worker(town, hours=1)
    assert len(receiver.ids) == 1

    await town.admin.asks("PATCH", f"/webhooks/{webhook}", {"state": "active"})
    (given_up,) = await log_of(town, webhook)
    path = f"/webhooks/{webhook}/deliveries/{given_up['id']}/redelivery"
    await town.admin.posts(path, {})
    await worker(town)
    assert receiver.ids == [given_up["id"]] * 2
    answer = await town.admin.asks("DELETE", f"/webhooks/{webhook}")
    assert answer.status == 204
    assert await town.rows("SELECT count(*) FROM webhook_delivery") == [(0,)]


async def test_a_webhook_that_cannot_be_is_refused_by_field(both: Two) -> None:
    town, receiver = both
    for said, slug, name in (
        ({"url": "ftp://x.example/", "types": ["item.*"]}, "webhook-url", "url"),
        ({"url": "https://ten:mat@x.example/", "types": ["item.*"]}, "webhook-url", "url"),
        ({"url": receiver.url, "types": ["item.fly"]}, "webhook-type", "types"),
    ):
        answer = await town.admin.asks("POST", "/webhooks", said)
        answer.refuses(422, slug)
        assert answer.body["errors"][0]["field"] == name
    (await town.desk.asks("GET", "/webhooks")).refuses(403, "role-not-allowed")
    assert (await town.admin.reads("/webhooks"))["webhooks"] == []


async def test_without_leave_no_request_goes_to_an_address_of_the_house(
    database_url: str, tmp_path: Path
) -> None:
    async with a_receiver() as receiver, open_town(database_url, tmp_path) as town:
        answer = await town.admin.asks(
            "POST", "/webhooks", {"url": receiver.url, "types": ["webhook.test"]}
        )
        answer.refuses(422, "webhook-url")
        url = receiver.url.replace("http:", "https:")
        made = await town.admin.posts("/webhooks", {"url": url, "types": ["webhook.test"]})
        await town.admin.posts(f"/webhooks/{made['id']}/test", {})
        await worker(town)
        (delivery,) = await log_of(town, made["id"])
        assert delivery["state"] == "waiting"
        assert "nội bộ" in delivery["outcome"]
        assert receiver.requests == []
