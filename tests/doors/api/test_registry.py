"""What happens to a request between the wire and its handler, and on the way back."""

import gzip
import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlmodel import SQLModel

from postal_bridge.api.idempotency import Running
from postal_bridge.api.registry import Door
from tests.doors.api.conftest import MORNING, World, make_thing, route


async def patch(world: World, body: Any, token: str | None = None, **more: Any) -> ClientResponse:
    data = BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    token = token or await world.signed_in()
    return await world.call("PATCH", "/things", token=token, data=data, **more)


async def test_an_answer_leaves_out_what_is_null(world: World) -> None:
    scan_id = "01900000-0000-7000-8000-000000000001"
    body = {"name": "túi", "at": "2019-01-10T07:30:00+07:00", "scan_id": scan_id, "role": "clerk"}
    answer = await patch(world, body)
    assert answer.status == 200
    assert await answer.json() == {"name": "túi", "count": 1}
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"name":', b"\xff\xfe", b"[" * 10_000])
async def test_a_body_that_is_not_json_is_called_that(world: World, body: bytes) -> None:
    answer = await patch(world, body)
    assert (answer.status, (await answer.json())["type"]) == (400, "/problems/malformed-json")
    assert world.storage.rows.things == {}


async def test_all_wrong_fields_are_named_in_vietnamese(world: World) -> None:
    body = {"count": False, "at": "hôm qua", "role": "boss", "zz": 1, "parts": [{"count": 0}]}
    answer = await patch(world, body)
    told = await answer.json()
    assert answer.status == 422
    assert answer.headers["Content-Language"] == "vi"
    assert told["type"] == "/problems/invalid-field"
    assert told["field"] == "name"
    assert told["detail"] == ("Trường “name” không hợp lệ: bắt buộc phải có. Hãy sửa rồi gửi lại.")
    why = {each["field"]: each["detail"] for each in told["errors"]}
    assert set(why) == {"name", "count", "at", "role", "zz", "parts.0.code", "parts.0.count"}
    assert why["count"] == "phải là số nguyên"
    assert why["parts.0.count"] == "không được nhỏ hơn 1"
    assert " hoặc " in why["role"]


async def test_english_is_spoken_on_request(world: World) -> None:
    answer = await patch(world, {"name": "x" * 21}, headers={"Accept-Language": "en-GB,vi;q=0.5"})
    told = await answer.json()
    assert answer.headers["Content-Language"] == "en"
    assert told["errors"] == [{"field": "name", "detail": "it is longer than 20 characters"}]


async def test_a_nul_character_is_refused_wherever_it_hides(world: World) -> None:
    token = await world.signed_in()
    in_body = await patch(world, {"name": "a\x00b"}, token)
    assert (await in_body.json())["errors"][0]["field"] == "name"
    in_path = await world.call("GET", "/things/a%00b", token=token)
    in_query = await world.call("GET", "/things?role=%00", token=token)
    assert [each.status for each in (in_body, in_path, in_query)] == [422, 422, 422]
    assert (await patch(world, {"name": r"\u0000"}, token)).status == 200


async def test_a_query_is_checked_word_by_word(world: World) -> None:
    token = await world.signed_in()
    good = await world.call("GET", "/things?limit=5&role=clerk", token=token)
    assert (await good.json())["limit"] == 5
    for query, field in (
        ("limit=0", "limit"),
        ("limit=5&limit=6", "limit"),
        ("limt=5", "limt"),
        ("role=boss", "role"),
    ):
        answer = await world.call("GET", f"/things?{query}", token=token)
        assert (answer.status, (await answer.json())["field"]) == (422, field)


async def test_a_code_with_a_slash_travels_escaped(world: World) -> None:
    token = await world.signed_in()
    path = "/things/000.00.06.H37-190110-0001%2FH1"
    answer = await world.call("GET", path, token=token)
    assert answer.status == 200
    assert (await answer.json())["name"] == "000.00.06.H37-190110-0001/H1"


async def test_a_body_where_none_belongs_is_not_ignored(world: World) -> None:
    token = await world.signed_in()
    for data, status in ((b"", 200), (b"{}", 200), (b'{"force": true}', 422), (b"x", 400)):
        answer = await world.call("POST", "/things/T1/open", token=token, data=data)
        assert answer.status == status


async def test_a_large_body_is_not_read(world: World) -> None:
    answer = await patch(world, b"x" * 10_000_000)
    told = await answer.json()
    assert (answer.status, told["type"]) == (413, "/problems/body-too-large")
    assert told["facts"] == {"limit_bytes": 100_000}
    (kept,) = world.storage.rows.refused
    assert (kept.body, kept.body_bytes) == (None, 10_000_000)
    assert world.storage.rows.things == {}


async def test_a_large_body_without_a_length_is_cut_off(world: World) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b"x" * 10_000

    token = await world.signed_in()
    answer = await world.call("PATCH", "/things", token=token, data=chunks())
    assert answer.status == 413
    assert world.storage.rows.refused[0].body is None


async def test_a_small_parcel_that_unpacks_to_a_large_body_is_cut_off(world: World) -> None:
    packed = gzip.compress(b" " * 5_000_000)
    answer = await patch(world, packed, headers={"Content-Encoding": "gzip"})
    assert answer.status == 413


async def test_a_broken_parcel_is_no_json(world: World) -> None:
    answer = await patch(world, b"no gzip at all", headers={"Content-Encoding": "gzip"})
    assert answer.status == 400


async def test_a_raw_route_takes_and_gives_bytes_up_to_its_own_limit(world: World) -> None:
    token = await world.signed_in()
    answer = await world.call("POST", "/files", token=token, data=b"abc" * 50_000)
    assert answer.status == 200
    assert (await answer.read())[:3] == b"cba"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Seen"] == "yes"
    assert (await world.call("POST", "/files", token=token, data=b"x" * 200_001)).status == 413


async def test_another_role_is_told_whom_to_ask(world: World) -> None:
    answer = await patch(world, {"name": "túi"}, await world.signed_in("binh"))
    told = await answer.json()
    assert (answer.status, told["type"]) == (403, "/problems/role-not-allowed")
    assert "bưu tá" in told["detail"]
    assert "nhân viên tiếp nhận" in told["detail"]
    assert world.storage.rows.things == {}


async def test_a_refusal_undoes_everything_and_keeps_what_was_typed(world: World) -> None:
    answer = await patch(world, {"name": "refused", "count": 3})
    told = await answer.json()
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told["field"] == "name"
    assert told["facts"] == {"code": "refused"}
    assert told["instance"] == "/api/v1/things"
    assert world.storage.rows.things == {}
    (kept,) = world.storage.rows.refused
    assert (kept.username, kept.method, kept.path) == ("lan", "PATCH", "/api/v1/things")
    assert kept.reason == "dossier-unknown"
    assert kept.detail == told["detail"]
    assert kept.body == '{"name": "refused", "count": 3}'
    assert kept.received_at == MORNING


async def test_what_was_typed_into_an_expired_session_is_kept(world: World) -> None:
    token = await world.signed_in()
    world.clock.advance_to(MORNING + timedelta(days=1))
    assert (await patch(world, {"name": "túi"}, token)).status == 401
    assert world.storage.rows.refused[0].reason == "session-expired"
    assert world.storage.rows.refused[0].body == '{"name": "t\\u00fai"}'


async def test_of_a_long_refused_body_only_the_size_is_kept(world: World) -> None:
    await patch(world, {"name": "x" * 70_000})
    (kept,) = world.storage.rows.refused
    assert kept.body is None
    assert kept.body_bytes == 70_012


async def test_strangers_leave_nothing_behind(world: World) -> None:
    assert (await patch(world, {"name": "túi"}, "made-up")).status == 401
    assert world.storage.rows.refused == []


async def test_an_accident_that_can_pass_says_when_to_come_back(world: World) -> None:
    answer = await patch(world, {"name": "later"})
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert (await answer.json())["type"] == "/problems/temporarily-unavailable"
    assert world.storage.rows.things == {}
    assert world.storage.rows.refused[0].reason == "accident"


async def test_an_accident_shows_its_number_and_no_trace(world: World) -> None:
    answer = await patch(world, {"name": "broken"}, headers={"X-Request-Id": "made-by-client-1"})
    text = await answer.text()
    assert answer.status == 500
    assert "secret" not in text
    assert "ZeroDivision" not in text
    assert json.loads(text)["request_id"] == "made-by-client-1"
    assert "made-by-client-1" in json.loads(text)["detail"]


async def test_a_database_that_is_gone_is_an_accident(world: World) -> None:
    token = await world.signed_in()
    world.storage.broken = OSError("no such host")
    answer = await patch(world, {"name": "túi"}, token)
    assert answer.status == 500
    assert "no such host" not in await answer.text()


def test_a_body_that_would_be_read_laxly_is_found_at_the_start(world: World) -> None:
    class Lax(SQLModel):
        count: int

    class Outer(SQLModel):
        model_config = {"strict": True, "extra": "forbid"}
        inner: list[Lax] | None = None

    lax = route("POST", "/lax", make_thing, body=Outer)
    with pytest.raises(TypeError, match="Lax needs model_config"):
        Door(lax, services=None, keeper=None, running=Running())  # type: ignore[arg-type]


def test_a_creating_route_cannot_be_public() -> None:
    with pytest.raises(ValueError, match="public"):
        route("POST", "/open", make_thing, roles=None, creates=True)
