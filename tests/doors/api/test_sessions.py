"""Signing in and out, as clerks and strangers meet it."""

import unicodedata
from datetime import timedelta

from tests.doors.api.conftest import MORNING, PASSWORD, World


async def test_a_clerk_signs_in_and_learns_who_they_are(world: World) -> None:
    body = {"username": "lan", "password": PASSWORD, "device": "HH-07"}
    answer = await world.call("POST", "/sessions", json=body)
    told = await answer.json()
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert told["server_time"] == "2019-01-10T00:30:00Z"
    assert told["expires_at"] == "2019-01-10T12:30:00Z"
    staff = {
        "username": "lan",
        "name": "Nguyễn Thị Lan",
        "role": "clerk",
        "places": ["HCC", "BD-01"],
    }
    assert told["staff"] == staff
    me = await world.call("GET", "/me", token=told["token"])
    assert await me.json() == staff
    (kept,) = world.storage.rows.sign_ins.values()
    assert told["token"] not in repr(kept)
    assert kept.device == "HH-07"


async def test_a_password_typed_on_another_keyboard_is_the_same(world: World) -> None:
    body = {"username": "lan", "password": unicodedata.normalize("NFD", PASSWORD)}
    assert (await world.call("POST", "/sessions", json=body)).status == 201


async def test_a_wrong_password_and_an_unknown_user_look_the_same(world: World) -> None:
    told = []
    for username in ("lan", "nobody"):
        body = {"username": username, "password": "sai rồi"}
        answer = await world.call("POST", "/sessions", json=body)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        told.append(await answer.json())
    assert told[0] == told[1]
    assert told[0]["type"] == "/problems/wrong-password"


async def test_of_a_wrong_password_only_name_and_reason_are_kept(world: World) -> None:
    await world.call("POST", "/sessions", json={"username": "lan", "password": "sai rồi"})
    await world.call("POST", "/sessions", json={"username": "lan", "password": "x", "zz": 1})
    (kept,) = world.storage.rows.refused
    assert (kept.username, kept.reason, kept.body) == ("lan", "wrong-password", None)
    assert "sai" not in repr(kept)


async def test_staff_without_a_password_do_not_sign_in(world: World) -> None:
    world.storage.rows.staff["lan"].password_hash = None
    body = {"username": "lan", "password": PASSWORD}
    assert (await world.call("POST", "/sessions", json=body)).status == 401


async def test_after_too_many_attempts_one_waits(world: World) -> None:
    wrong = {"username": "lan", "password": "sai"}
    for _ in range(3):
        assert (await world.call("POST", "/sessions", json=wrong)).status == 401
    answer = await world.call("POST", "/sessions", json={**wrong, "password": PASSWORD})
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "20"
    assert "20 giây" in (await answer.json())["detail"]
    assert await world.signed_in("binh")
    world.clock.advance_to(MORNING + timedelta(seconds=20))
    assert await world.signed_in()


async def test_signing_in_rightly_never_uses_up_the_attempts(world: World) -> None:
    for _ in range(5):
        await world.signed_in()


async def test_signing_out_ends_the_session(world: World) -> None:
    token = await world.signed_in()
    answer = await world.call("DELETE", "/sessions/current", token=token)
    assert answer.status == 204
    assert await answer.read() == b""
    after = await world.call("GET", "/me", token=token)
    assert (after.status, (await after.json())["type"]) == (401, "/problems/not-signed-in")


async def test_a_session_expires(world: World) -> None:
    token = await world.signed_in()
    world.clock.advance_to(MORNING + timedelta(hours=12))
    answer = await world.call("GET", "/me", token=token)
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert (await answer.json())["type"] == "/problems/session-expired"


async def test_strangers_are_sent_to_sign_in(world: World) -> None:
    for headers in ({}, {"Authorization": "Basic bGFuOng="}, {"Authorization": "Bearer nope"}):
        answer = await world.call("GET", "/me", headers=headers)
        assert (answer.status, (await answer.json())["type"]) == (401, "/problems/not-signed-in")
