"""Every stand-in fails in the same ways, when it is told to and on the route it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.sandbox.faults import LOGIN_PAGE, Fault, FaultKind, FaultPlan, read_plan
from postal_bridge.sandbox.igate import IGATE, TOKEN_PATH, make_igate
from postal_bridge.sandbox.onestop import BASE_PATH, STAND, make_onestop
from postal_bridge.sandbox.stand_in import StandIn
from postal_bridge.sandbox.tandan import TANDAN, make_tandan

NOW = datetime(2019, 1, 31, 17, 0, tzinfo=LOCAL)
CODES = [f"000.00.04.H37-190110-{serial:04d}" for serial in range(1, 5)]

Client = TestClient[Any, Any]
Ask = Callable[[], Awaitable[aiohttp.ClientResponse]]


@dataclass(frozen=True)
class House:
    """A stand-in that somebody has signed in to, and how its list is asked for."""

    stand: StandIn
    client: Client
    ask: Ask
    route: str
    code: str

    async def codes(self) -> list[str]:
        response = await self.ask()
        rows = (await response.json())[self.stand.ROWS_KEY]
        return [row[self.code] for row in rows]


async def opencps(client: Client) -> Ask:
    headers = {"Authorization": aiohttp.encode_basic_auth("cau-noi", "cau-noi"), "groupId": "20126"}
    return lambda: client.get(f"{BASE_PATH}/dossiers", headers=headers)


async def tandan(client: Client) -> Ask:
    user = {"userName": "cau-noi", "password": "cau-noi"}
    token = (await (await client.post("/api/tokens", json=user)).json())["Token"]
    headers = {"Authorization": f"Bearer {token}"}
    return lambda: client.post("/api/v1/HoSos/search", json={"page": 1}, headers=headers)


async def igate(client: Client) -> Ask:
    user = {"grant_type": "password", "client_id": "cau-noi-buu-dien", "username": "cau-noi"}
    reply = await client.post(TOKEN_PATH, data={**user, "password": "cau-noi"})
    headers = {"Authorization": f"Bearer {(await reply.json())['access_token']}"}
    return lambda: client.get("/pa/dossier/search", headers=headers)


@pytest.fixture(params=["opencps", "tandan", "igate"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    clock = ReplayClock(NOW)
    if request.param == "opencps":
        app = make_onestop(clock=clock)
        stand: StandIn = app[STAND]
        sign_in, route, code = opencps, "dossiers", "dossierNo"
    elif request.param == "tandan":
        app = make_tandan(clock=clock)
        stand, sign_in, route, code = app[TANDAN], tandan, "search", "MaHoSo"
    else:
        app = make_igate(clock=clock)
        stand, sign_in, route, code = app[IGATE], igate, "search", "code"
    stand.put_all([{code: number} for number in CODES])
    async with TestClient(TestServer(app)) as client:
        ask = await sign_in(client)
        stand.log.clear()
        yield House(stand=stand, client=client, ask=ask, route=route, code=code)


async def plant(house: House, fault: Mapping[str, object]) -> None:
    plan = {"faults": [{"route": house.route, **fault}]}
    assert (await house.client.post("/_control/faults", json=plan)).status == 204


# --- answers instead of what was asked ------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "server_error"}, 503),
        ({"kind": "server_error", "status": 500}, 500),
        ({"kind": "unauthorized"}, 401),
        ({"kind": "too_many"}, 429),
        ({"kind": "login_page"}, 200),
    ],
)
async def test_a_fault_is_answered_once_and_then_all_is_well(
    house: House, fault: Mapping[str, object], status: int
) -> None:
    await plant(house, fault)
    first = await house.ask()
    assert first.status == status
    if fault["kind"] == "login_page":
        assert (first.content_type, await first.text()) == ("text/html", LOGIN_PAGE)
    assert sorted(await house.codes()) == CODES
    assert [(entry.fault, entry.status) for entry in house.stand.log.of(house.route)] == [
        (fault["kind"], status),
        ("", 200),
    ]


@pytest.mark.parametrize("said", ["7", "Mon, 11 Feb 2019 10:00:12 GMT", ""])
async def test_a_429_says_when_to_come_back_or_does_not(house: House, said: str) -> None:
    await plant(house, {"kind": "too_many", "retry_after": said})
    assert (await house.ask()).headers.get("Retry-After", "") == said


@pytest.mark.parametrize("kind", ["connection_lost", "reply_lost", "timeout"])
async def test_a_connection_is_gone_before_any_answer(house: House, kind: str) -> None:
    await plant(house, {"kind": kind, "seconds": 0.01, "times": None})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await house.ask()


async def test_a_truncated_body_is_shorter_than_it_was_promised(house: House) -> None:
    await plant(house, {"kind": "truncated"})
    response = await house.ask()
    assert response.status == 200
    with pytest.raises(aiohttp.ClientPayloadError):
        await response.read()


async def test_half_a_body_comes_under_its_own_length(house: House) -> None:
    await plant(house, {"kind": "half_body"})
    response = await house.ask()
    body = await response.read()
    assert len(body) == int(response.headers["Content-Length"])
    with pytest.raises(ValueError, match="line 1"):
        await response.json()


async def test_a_slow_answer_outlasts_a_client_that_waits_less(house: House) -> None:
    house.stand.plan = FaultPlan(faults=[Fault(kind=FaultKind.SLOW)])
    assert house.stand.plan.faults[0].seconds == 61
    await plant(house, {"kind": "slow", "seconds": 0.01})
    assert (await house.ask()).status == 200


# --- lists that double and move -------------------------------------------------------------------


async def test_a_row_is_delivered_twice(house: House) -> None:
    await plant(house, {"kind": "duplicate"})
    seen = await house.codes()
    assert len(seen) == len(CODES) + 1
    assert seen[0] == seen[-1]


async def test_a_row_appears_in_front_behind_the_reader(house: House) -> None:
    before = await house.codes()
    await plant(house, {"kind": "row_appears"})
    assert await house.codes() == before
    after = await house.codes()
    assert after[1:] == before
    assert after[0].startswith(before[0])


async def test_a_row_leaves_behind_the_reader(house: House) -> None:
    before = await house.codes()
    await plant(house, {"kind": "row_leaves"})
    assert await house.codes() == before
    assert await house.codes() == before[1:]


async def test_rows_change_places_and_the_total_stays(house: House) -> None:
    before = await house.codes()
    await plant(house, {"kind": "rows_swap"})
    assert await house.codes() == before
    after = await house.codes()
    assert after[:-1] == before[1:]
    assert after[-1].startswith(before[0])


async def test_an_empty_list_does_not_move(house: House) -> None:
    for code in CODES:
        path = f"/_control/dossiers/{code}"
        if (await house.client.delete(path)).status == 404:
            house.stand.remove(str(1001 + CODES.index(code)))
    for kind in ("row_appears", "row_leaves", "rows_swap", "duplicate"):
        await plant(house, {"kind": kind})
        assert await house.codes() == []


# --- the plan and the log -------------------------------------------------------------------------


async def test_a_fault_waits_for_its_turn_and_for_its_route(house: House) -> None:
    faults = [
        {"kind": "server_error", "route": house.route, "after": 1, "times": 2},
        {"kind": "too_many", "route": house.route},
    ]
    assert (await house.client.post("/_control/faults", json={"faults": faults})).status == 204
    assert [(await house.ask()).status for _ in range(5)] == [429, 503, 503, 200, 200]


@pytest.mark.parametrize("route", ["no such route", "/pa/dossier/search"])
async def test_a_route_that_the_stand_in_has_not_is_refused(house: House, route: str) -> None:
    plan = {"faults": [{"kind": "slow", "route": route}]}
    response = await house.client.post("/_control/faults", json=plan)
    assert response.status == 400
    assert route in (await response.json())["message"]


async def test_the_log_can_be_read_and_forgotten_without_secrets(house: House) -> None:
    await house.ask()
    body = await (await house.client.get("/_control/requests")).json()
    assert body["total"] == 1
    headers = dict(body["data"][0]["headers"])
    assert headers["Authorization"] in {"Basic cau-noi:***", "Bearer ***"}
    assert body["data"][0]["at"] == "31/01/2019 17:00:00"
    assert (await house.client.delete("/_control/requests")).status == 204
    assert house.stand.log.count() == 0


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/api/tokens", {"json": {"userName": "cau-noi", "password": 'a"b'}}),
        ("/api/tokens", {"data": {"username": "cau-noi", "password": "a b"}}),
    ],
)
async def test_a_password_in_a_body_is_not_kept(path: str, sent: dict[str, Any]) -> None:
    app = make_tandan(clock=ReplayClock(NOW))
    async with TestClient(TestServer(app)) as client:
        await client.post(path, **sent)
    body = app[TANDAN].log.entries[0].body
    assert "cau-noi" in body
    assert "***" in body
    assert "b" not in body.partition("assword")[2]


async def test_a_reply_is_lost_after_the_thing_was_done() -> None:
    app = make_onestop(clock=ReplayClock(NOW))
    row = app[STAND].sandbox.put({"dossierNo": "A", "dossierStatus": "releasing"})
    app[STAND].plan.faults = [Fault(kind=FaultKind.REPLY_LOST, route="actions")]
    headers = {"Authorization": aiohttp.encode_basic_auth("cau-noi", "cau-noi"), "groupId": "20126"}
    async with TestClient(TestServer(app), headers=headers) as client:
        path = f"{BASE_PATH}/dossiers/{row['dossierId']}/actions"
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await client.post(path, json={"actionCode": "done"})
        assert (await client.post(path, json={"actionCode": "done"})).status == 409
    assert app[STAND].sandbox.get(int(row["dossierId"]))["dossierStatus"] == "done"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"defects": ["z"]}, "z"),
        ({"faults": [{"kind": "slow", "route": "dossier"}]}, "dossier"),
        ({"fault": []}, "fault"),
    ],
)
def test_a_misspelt_plan_names_the_word(value: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_plan(value, routes=["dossiers"], defects=["a"])
