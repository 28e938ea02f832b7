"""The application as a whole: health, metrics, headers, compression, ETags, replayed time."""

import pytest

from postal_bridge.api.middlewares import accepted_coding
from tests.doors.api.conftest import MORNING, MakeWorld, World


async def test_the_process_lives_even_when_the_database_is_gone(world: World) -> None:
    assert (await world.call("GET", "/health/ready")).status == 200
    world.storage.broken = OSError("no database at secret-host")
    answer = await world.call("GET", "/health/ready")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert "secret-host" not in await answer.text()
    assert (await world.call("GET", "/health/live")).status == 200


async def test_metrics_name_routes_and_no_codes(world: World) -> None:
    token = await world.signed_in()
    await world.call("GET", "/things/000.00.06.H37-190110-0001", token=token)
    await world.call("GET", "/nowhere/at-all")
    text = await (await world.call("GET", "/metrics")).text()
    counted = 'method="GET",route="/api/v1/things/{code}",status="200"'
    assert f"postal_bridge_http_requests_total{{{counted}}} 1.0" in text
    assert 'route="unmatched",status="404"' in text
    assert "H37" not in text


async def test_each_application_counts_for_itself(make_world: MakeWorld) -> None:
    one, other = await make_world(), await make_world()
    await one.call("GET", "/health/live")
    assert 'route="/health/live"' not in await (await other.call("GET", "/metrics")).text()


async def test_an_unknown_address_and_a_wrong_method_are_problems(world: World) -> None:
    unknown = await world.call("GET", "/nowhere")
    assert (unknown.status, (await unknown.json())["type"]) == (404, "/problems/not-found")
    wrong = await world.call("PUT", "/me")
    assert (wrong.status, (await wrong.json())["status"]) == (405, 405)
    assert wrong.headers["Allow"] == "GET,HEAD"


async def test_every_answer_is_guarded_and_numbered(world: World) -> None:
    for path in ("/me", "/nowhere", "/health/live", "/docs", "/openapi.json"):
        headers = (await world.call("GET", path)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"]
        assert headers["Server"] == "postal-bridge"


async def test_a_request_id_that_could_forge_a_log_is_replaced(world: World) -> None:
    answer = await world.call("GET", "/health/live", headers={"X-Request-Id": "a b{}"})
    assert answer.headers["X-Request-Id"] != "a b{}"


async def test_a_long_answer_is_compressed_and_a_short_one_is_not(world: World) -> None:
    token = await world.signed_in()
    for coding in ("gzip", "deflate"):
        long = await world.call("GET", "/things", token=token, headers={"Accept-Encoding": coding})
        assert long.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in long.headers["Vary"]
        assert len((await long.json())["words"]) == 200
    short = await world.call("GET", "/me", token=token)
    assert "Content-Encoding" not in short.headers


@pytest.mark.parametrize(
    ("asked", "given"),
    [("", None), ("gzip;q=0", None), ("br, deflate", "deflate"), ("deflate, gzip;q=0.5", "gzip")],
)
def test_only_an_accepted_compression_is_used(asked: str, given: str | None) -> None:
    coding = accepted_coding(asked)
    assert (coding.value if coding else None) == given


async def test_what_the_reader_has_is_not_sent_again(world: World) -> None:
    token = await world.signed_in()
    first = await world.call("GET", "/things", token=token)
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    again = await world.call("GET", "/things", token=token, headers={"If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag
    changed = await world.call(
        "GET", "/things?limit=9", token=token, headers={"If-None-Match": tag}
    )
    assert changed.status == 200


async def test_personal_data_is_stored_nowhere_on_its_way(world: World) -> None:
    token = await world.signed_in()
    personal = await world.call("GET", "/me", token=token)
    public = await world.call("GET", "/things", token=token)
    assert personal.headers["Cache-Control"] == "no-store"
    assert public.headers["Cache-Control"] == "private, no-cache"


async def test_a_head_has_the_headers_of_a_get(world: World) -> None:
    answer = await world.call("HEAD", "/me", token=await world.signed_in())
    assert (answer.status, await answer.read()) == (200, b"")


async def test_replayed_requests_move_the_clock(make_world: MakeWorld) -> None:
    world = await make_world(replay=True)
    later = {"Postal-Bridge-Time": "2019-01-10T09:00:00+07:00"}
    await world.call("GET", "/health/live", headers=later)
    assert world.clock.now().isoformat() == "2019-01-10T02:00:00+00:00"
    for wrong in ("2019-01-10T09:30:00", "soon"):
        answer = await world.call("GET", "/health/live", headers={"Postal-Bridge-Time": wrong})
        assert (answer.status, (await answer.json())["field"]) == (422, "Postal-Bridge-Time")


async def test_a_real_service_takes_no_ones_word_for_the_time(world: World) -> None:
    later = {"Postal-Bridge-Time": "2019-01-10T09:00:00+07:00"}
    await world.call("GET", "/health/live", headers=later)
    assert world.clock.now() == MORNING


async def test_a_problem_type_can_be_looked_up(world: World) -> None:
    answer = await world.client.get("/problems/pouch-empty")
    told = await answer.json()
    assert (told["status"], "chưa có gì" in told["vi"]) == (409, True)
    assert (await world.client.get("/problems/made-up")).status == 404
