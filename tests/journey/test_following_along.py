"""What changed is told to whom it concerns: by asking now and then, or as it happens."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from postal_bridge.tracking.changes import BEGINNING
from tests.journey.following import STREAM, Follower, following
from tests.journey.house import Town, open_town
from tests.journey.people import Person
from tests.journey.province import COUNTER, JUSTICE
from tests.stores import a_position, an_event


@pytest.fixture
async def quick_town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """The province, with streams that look often and are few."""
    async with open_town(
        database_url,
        tmp_path,
        PB_SERVICE__STREAM_POLL_SECONDS="0.2",
        PB_SERVICE__STREAM_LIMIT="3",
    ) as opened:
        yield opened


async def follows(person: Person, **more: str) -> AbstractAsyncContextManager[Follower]:
    await person.asks("GET", "/me")  # signs in where that is due
    return following(person.town.server.make_url(STREAM), person.token, **more)


async def changed(person: Person, cursor: str) -> list[dict[str, object]]:
    """Ask until something is told: another database's transaction may hold the feed up."""
    for _ in range(500):
        found = await person.reads("/changes", after=cursor)
        if found["items"]:
            return list(found["items"])
        await asyncio.sleep(0.01)
    raise AssertionError("nothing changed")


async def now(person: Person) -> str:
    return str((await person.reads("/changes"))["cursor"])


# --- asking -----------------------------------------------------------------------------------------


async def test_a_desk_is_told_what_concerns_it_and_nothing_else(town: Town) -> None:
    start, others = await now(town.clerk), await now(town.building)
    code = await town.clerk.receives()
    [item] = await changed(town.clerk, start)
    assert item == {
        "code": f"{code}/H1",
        "stage": "counter",
        "stage_name": item["stage_name"],
        "place": COUNTER,
        "holder": COUNTER,
        "since": item["since"],
        "act": "receive",
        "at": item["at"],
        "by": "hanh",
    }
    assert (await town.building.reads("/changes", after=others))["items"] == []


async def test_whoever_hands_over_is_told_that_it_is_gone(town: Town) -> None:
    code = await town.clerk.receives()
    await town.clerk.digitises(code)
    start = await now(town.clerk)
    pouch = await town.clerk.bags(f"{code}/H1", to=JUSTICE)
    await town.handover(town.clerk, town.courier, pouch, count=1)
    after = await changed(town.clerk, start)
    assert [(one["holder"], one["by"], "gone" in one) for one in after] == [(pouch, "tuan", False)]
    await town.delivery(town.courier, town.justice, pouch, count=1)
    [last] = await changed(town.clerk, start)
    assert (last["place"], last["gone"]) == (JUSTICE, True)
    [theirs] = await changed(town.justice, start)
    assert (theirs["stage"], "gone" in theirs) == ("department", False)


async def test_an_answer_that_the_device_has_already_is_not_sent_again(town: Town) -> None:
    start = await now(town.clerk)
    for _ in range(12):
        await town.clerk.receives()
    await changed(town.clerk, start)
    headers = {"Authorization": f"Bearer {town.clerk.token}", "Accept-Encoding": "gzip"}
    url = town.server.make_url("/api/v1/changes").with_query(after=start)
    async with town.http.get(url, headers=headers) as first:
        assert first.headers["Content-Encoding"] == "gzip"
        assert first.headers["Cache-Control"] == "private, no-cache"
        headers["If-None-Match"] = first.headers["ETag"]
        assert len((await first.json())["items"]) == 12
    async with town.http.get(url, headers=headers) as again:
        assert (again.status, await again.read()) == (304, b"")


async def test_a_long_absence_is_told_in_pages(town: Town) -> None:
    cursor = start = await now(town.clerk)
    codes = [await town.clerk.receives() for _ in range(5)]
    await changed(town.clerk, start)
    told: list[str] = []
    more = True
    while more or len(told) < 5:
        page = await town.clerk.reads("/changes", after=cursor, limit="2")
        told += [item["code"] for item in page["items"]]
        cursor, more = page["cursor"], page.get("more", False)
    assert told == [f"{code}/H1" for code in codes]


@pytest.mark.parametrize("cursor", ["", "x", "0-1", "0-0-zzzzzzzz", "1-2-3-4", "0-0-00000001"])
async def test_a_cursor_that_nobody_gave_is_refused_in_words(town: Town, cursor: str) -> None:
    for path in ("/changes", "/stream"):
        answer = await town.clerk.asks("GET", path, params={"after": cursor})
        assert "mốc" in answer.refuses(422, "invalid-field")
        assert answer.body["field"] == "after"


async def test_a_cursor_into_another_ledger_asks_to_begin_anew(town: Town) -> None:
    await town.clerk.receives()
    for path in ("/changes", "/stream"):
        answer = await town.clerk.asks("GET", path, params={"after": "0-1-ffffffff"})
        assert "tải lại" in answer.refuses(410, "cursor-too-old")


# --- following ------------------------------------------------------------------------------------


async def test_what_happens_appears_on_the_stream_of_whom_it_concerns(quick_town: Town) -> None:
    town = quick_town
    async with await follows(town.clerk) as clerk, await follows(town.building) as other:
        assert clerk.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert clerk.response.headers["Cache-Control"] == "no-store"
        assert clerk.response.headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in clerk.response.headers
        assert "default-src 'none'" in clerk.response.headers["Content-Security-Policy"]
        assert clerk.retry == "3000"
        code = await town.clerk.receives()
        name, content = await clerk.event()
        assert name == "changes"
        assert [item["code"] for item in content["items"]] == [f"{code}/H1"]
        assert content["cursor"] == clerk.last_id
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.7):
                await other.event()


async def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(quick_town: Town) -> None:
    town = quick_town
    codes: list[str] = []
    told: list[str] = []
    last_id = ""
    for _ in range(3):
        if last_id:  # away, and something happens
            codes.append(f"{await town.clerk.receives()}/H1")
        async with await follows(town.clerk, last_id=last_id) as clerk:
            codes.append(f"{await town.clerk.receives()}/H1")
            await clerk.until(*codes[len(told) :])
            told += [item["code"] for item in clerk.items]
            last_id = clerk.last_id
    assert told == codes


async def test_the_header_says_more_than_the_address(quick_town: Town) -> None:
    town = quick_town
    start = await now(town.clerk)
    first = await town.clerk.receives()
    await changed(town.clerk, start)
    middle = await now(town.clerk)
    second = await town.clerk.receives()
    async with await follows(town.clerk, after=start) as clerk:
        await clerk.until(f"{first}/H1", f"{second}/H1")
    async with await follows(town.clerk, last_id=middle, after=start) as clerk:
        await clerk.until(f"{second}/H1")
        assert len(clerk.items) == 1


async def test_a_wrong_last_event_id_is_refused(quick_town: Town) -> None:
    async with await follows(quick_town.clerk, last_id="yesterday") as clerk:
        assert clerk.response.status == 422
        assert (await clerk.response.json())["field"] == "Last-Event-ID"


async def test_a_session_that_ends_ends_its_stream(quick_town: Town) -> None:
    town = quick_town
    async with await follows(town.clerk) as clerk:
        assert (await town.clerk.asks("DELETE", "/sessions/current")).status == 204
        ended = await clerk.ends()
        assert (ended["type"], ended["status"]) == ("/problems/not-signed-in", 401)
        assert ended["detail"].startswith("Chưa đăng nhập")


async def test_a_session_that_expires_ends_its_stream(quick_town: Town) -> None:
    town = quick_town
    async with await follows(town.clerk) as clerk:
        town.wait_until("11/01/2019 08:00")
        town.tick()
        assert (await clerk.ends())["type"] == "/problems/session-expired"


async def test_a_stranger_gets_no_stream(quick_town: Town) -> None:
    async with following(quick_town.server.make_url(STREAM), "nobody") as stranger:
        assert stranger.response.status == 401
        assert stranger.response.content_type == "application/problem+json"


async def test_more_streams_than_the_process_bears_are_sent_away(quick_town: Town) -> None:
    town = quick_town
    async with await follows(town.clerk), await follows(town.desk):
        async with await follows(town.justice) as third, await follows(town.building) as fourth:
            assert third.response.status == 200
            assert (fourth.response.status, fourth.response.headers["Retry-After"]) == (503, "5")
        async with asyncio.timeout(20):
            while True:  # whoever went makes room, as soon as it is noticed
                async with await follows(town.building) as again:
                    if again.response.status == 200:
                        break
                await asyncio.sleep(0.05)


async def test_no_stream_is_opened_to_look_at_its_headers(quick_town: Town) -> None:
    answer = await quick_town.clerk.asks("HEAD", "/stream")
    assert answer.status == 405


async def test_a_silent_stream_says_now_and_then_that_it_lives(
    quick_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = quick_town
    monkeypatch.setattr("postal_bridge.api.stream.HEARTBEAT_SECONDS", 0.1)
    async with await follows(town.building) as building:
        before = building.last_id
        await town.clerk.receives()
        fields = await building.block()
        while building.last_id == before:  # what is no business of theirs moves the id on
            fields = await building.block()
        assert fields == {"": "", "id": building.last_id}
        assert building.items == []


async def test_a_stream_ends_at_once_when_the_service_goes_down(
    database_url: str, tmp_path: Path
) -> None:
    """The streams would look again in ten minutes; they are told, and nobody waits for them."""
    async with (
        open_town(database_url, tmp_path, PB_SERVICE__STREAM_POLL_SECONDS="600") as town,
        await follows(town.clerk) as one,
        await follows(town.desk) as other,
    ):
        await asyncio.sleep(0.6)  # by now both wait for something to happen
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            ends = [group.create_task(each.ends()) for each in (one, other)]
            group.create_task(town.server.close())
        for end in ends:
            assert end.result()["type"] == "/problems/temporarily-unavailable"


async def test_a_reader_that_takes_nothing_is_dropped(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one place there is for a stream becomes free, though the reader never hangs up."""
    monkeypatch.setattr("postal_bridge.api.stream.WRITE_SECONDS", 0.3)
    async with open_town(database_url, tmp_path, PB_SERVICE__STREAM_LIMIT="1") as town:
        await town.clerk.signs_in()
        async with town.house.storage.begin() as work:
            for number in range(499):
                item = f"000.00.06.H37-190110-{number:04}/H1"
                event = an_event(1, item=item).model_copy(update={"place": COUNTER})
                await work.custody.record(event, a_position(item=item))
        await changed(town.clerk, BEGINNING.text)
        async with TestServer(town.house.web_app(), socket_factory=narrow) as server:
            lazy = narrow(socket.AF_INET)
            with lazy:
                await asyncio.get_running_loop().sock_connect(lazy, (server.host, server.port))
                asked = f"GET {STREAM}?limit=500&after={BEGINNING.text} HTTP/1.1\r\nHost: x\r\n"
                lazy.send(f"{asked}Authorization: Bearer {town.clerk.token}\r\n\r\n".encode())
                url = server.make_url(STREAM)
                statuses: list[int] = []
                async with asyncio.timeout(20):
                    while 503 not in statuses or statuses[-1] != 200:
                        async with following(url, town.clerk.token) as clerk:
                            statuses.append(clerk.response.status)
                        await asyncio.sleep(0.02)


def narrow(_host: object, *_more: object) -> socket.socket:
    """A socket with the smallest buffers that the system gives."""
    made = socket.socket()
    made.setblocking(False)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        made.setsockopt(socket.SOL_SOCKET, option, 2048)
    return made
