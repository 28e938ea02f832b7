"""The OpenCPS adapter against a stand-in that fails in every way a real one was seen to fail."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.opencps import OpenCps
from postal_bridge.onestop.opencps_statistics import IDENTITIES
from postal_bridge.onestop.questions import Question
from postal_bridge.onestop.reading import READINGS
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import (
    Counted,
    Counter,
    OneStopRefused,
    OneStopStatistics,
    OneStopUnavailable,
    Slice,
)
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.onestop import BASE_PATH, STAND, Credentials, OneStopStand, make_onestop
from postal_bridge.sandbox.onestop_statistics import Defect

NOW = datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL)
DAY = date(2019, 1, 10)
DOSSIERS = 9
PAGE_SIZE = 4
PAGES = 3
"""9 rows in pages of 4 that overlap by one: 0..3, 3..6, 6..8."""
ATTEMPTS = 3
NAMES = [f"000.00.00.H37-190110-{serial:04d}" for serial in range(DOSSIERS)]

Opener = Callable[..., OpenCps]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Waits(list[float]):
    """Notes how long somebody wanted to wait, and does not."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def server(clock: ReplayClock) -> AsyncIterator[TestServer]:
    app = make_onestop(clock=clock)
    for name in NAMES:
        row = {"dossierNo": name, "receiveDate": "10/01/2019 08:00:00", "govAgencyCode": "H37.04"}
        app[STAND].sandbox.put({**row, "dossierStatus": "processing"})
    started = TestServer(app)
    async with started:
        yield started


@pytest.fixture
def stand(server: TestServer) -> OneStopStand:
    return server.app[STAND]


@pytest.fixture
async def opened(waits: Waits, clock: ReplayClock) -> AsyncIterator[Opener]:
    made: list[OpenCps] = []

    def make(base_url: object, **changes: object) -> OpenCps:
        names = ("timeout_seconds", "total_seconds")
        limits: dict[str, Any] = {name: changes.pop(name) for name in names if name in changes}
        own = Credentials()
        given: dict[str, object] = {
            "group_id": own.group_id,
            "username": own.username,
            "password": own.password,
            "page_size": PAGE_SIZE,
            "clock": clock,
            "sleep": waits.sleep,
            "patience": Patience(**{"attempts": ATTEMPTS, "timeout_seconds": 20.0, **limits}),
            **changes,
        }
        made.append(OpenCps(str(base_url), **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for adapter in made:
        await adapter.close()


@pytest.fixture
def adapter(server: TestServer, opened: Opener) -> OpenCps:
    return opened(server.make_url("/"))


@pytest.fixture
async def answering(opened: Opener) -> AsyncIterator[Callable[[Answer], Awaitable[OpenCps]]]:
    """An adapter in front of a server that says one thing to every question."""
    servers: list[TestServer] = []

    async def start(answer: Answer) -> OpenCps:
        app = web.Application()
        app.router.add_get(BASE_PATH + "/{rest:.*}", answer)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        return opened(servers[-1].make_url(""))

    yield start
    for server in servers:
        await server.close()


async def listed(adapter: OpenCps) -> list[OneStopDossier]:
    """The rows of the last reading: a page with start 0 makes what came before it void."""
    rows: list[OneStopDossier] = []
    async for page in adapter.pages(received_from=DAY, received_to=DAY):
        rows = page.rows if page.start == 0 else rows + page.rows
    return rows


async def names(adapter: OpenCps) -> list[str]:
    return [row.code for row in await listed(adapter)]


def figure(told: OneStopStatistics, counter: Counter, agency: str = "") -> list[int]:
    return [one.value for one in told.counted if (one.counter, one.agency) == (counter, agency)]


async def january(adapter: OpenCps) -> OneStopStatistics:
    return await adapter.statistics(first=date(2019, 1, 1), last=date(2019, 1, 31))


def truth(stand: OneStopStand) -> list[str]:
    return sorted(str(row["dossierNo"]) for row in stand.sandbox.rows())


def json_answer(value: object) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response(value)

    return answer


# --- how it asks ----------------------------------------------------------------------------------


async def test_it_asks_for_overlapping_half_open_ranges_in_the_order_of_dossier_ids(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    assert await names(adapter) == NAMES
    requests = stand.log.of("dossiers")
    assert [entry.target.partition("?")[2] for entry in requests] == [
        f"fromReceiveDate=10/01/2019&toReceiveDate=10/01/2019&start={start}&end={start + 4}"
        "&sort=dossierId&order=asc"
        for start in (0, 3, 6)
    ]
    headers = dict(requests[0].headers)
    assert headers["groupId"] == "20126"
    assert headers["Authorization"] == "Basic cau-noi:***"


async def test_nothing_is_opened_before_the_first_question(opened: Opener) -> None:
    adapter = opened("http://127.0.0.1:1")
    await adapter.close()


@pytest.mark.parametrize("tail", ["", "/", BASE_PATH, BASE_PATH + "/"])
async def test_the_address_may_name_the_base_path_or_not(
    server: TestServer, opened: Opener, tail: str
) -> None:
    await opened(str(server.make_url("")).rstrip("/") + tail).check()


@pytest.mark.parametrize(
    ("address", "page_size", "named"),
    [
        ("onestop.example", 200, "base_url"),
        ("http://onestop.example", 1, "page_size"),
        ("http://onestop.example", 1001, "page_size"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(
    opened: Opener, address: str, page_size: int, named: str
) -> None:
    with pytest.raises(Misuse, match=named):
        opened(address, page_size=page_size)


async def test_a_find_looks_at_one_dossier_only(adapter: OpenCps, stand: OneStopStand) -> None:
    found = await adapter.find(NAMES[3])
    assert found is not None
    assert found.code == NAMES[3]
    assert stand.log.count() == 1
    assert await adapter.find("") is None
    assert stand.log.count() == 1


async def test_a_server_that_ignores_the_filter_cannot_pass_another_dossier_off(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    row = {"dossierId": 1, "dossierNo": NAMES[0], "dossierStatus": "done"}
    adapter = await answering(json_answer({"total": 1, "data": [row]}))
    assert await adapter.find(NAMES[1]) is None


# --- faults that pass -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (Fault(kind=FaultKind.SERVER_ERROR, status=500), [0.5]),
        (Fault(kind=FaultKind.SERVER_ERROR, status=503, times=2), [0.5, 1.0]),
        (Fault(kind=FaultKind.TRUNCATED), [0.5]),
        (Fault(kind=FaultKind.HALF_BODY), [0.5]),
        (Fault(kind=FaultKind.TOO_MANY, retry_after="7"), [7.0]),
        (Fault(kind=FaultKind.TOO_MANY, retry_after="Mon, 11 Feb 2019 10:00:12 GMT"), [12.0]),
        (Fault(kind=FaultKind.TOO_MANY, retry_after="3600"), [60.0]),
        (Fault(kind=FaultKind.TOO_MANY, retry_after="soon"), [0.5]),
        (Fault(kind=FaultKind.TOO_MANY, retry_after=""), [0.5]),
    ],
    ids=lambda value: f"{value.kind}-{value.retry_after}" if isinstance(value, Fault) else "",
)
@pytest.mark.parametrize("after", [0, 1])
async def test_a_passing_fault_costs_a_repeated_question_and_no_row(
    *,
    adapter: OpenCps,
    stand: OneStopStand,
    waits: Waits,
    fault: Fault,
    waited: list[float],
    after: int,
) -> None:
    # The parameter is shared by the runs, and a fault counts down.
    stand.plan.faults = [Fault(**{**vars(fault), "after": after})]
    assert await names(adapter) == NAMES
    assert waits == waited
    assert stand.log.count() == PAGES + len(waited)


@pytest.mark.parametrize(("times", "waited"), [(1, []), (2, [0.5])])
async def test_a_lost_connection_costs_no_row(
    *, adapter: OpenCps, stand: OneStopStand, waits: Waits, times: int, waited: list[float]
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.CONNECTION_LOST, times=times, after=1)]
    assert await names(adapter) == NAMES
    assert waits == waited
    assert stand.log.count() == PAGES + times


async def test_a_slow_answer_is_given_up_and_asked_for_again(
    server: TestServer, stand: OneStopStand, opened: Opener, waits: Waits
) -> None:
    adapter = opened(server.make_url("/"), timeout_seconds=1.0)
    stand.plan.faults = [Fault(kind=FaultKind.SLOW, seconds=61)]
    assert await names(adapter) == NAMES
    assert waits == [0.5]
    assert stand.log.count() == PAGES + 1


async def test_an_answer_that_is_slow_but_in_time_is_taken(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.SLOW, seconds=0.05)]
    assert await names(adapter) == NAMES
    assert stand.log.count() == PAGES


async def test_the_other_questions_are_repeated_too(
    adapter: OpenCps, stand: OneStopStand, waits: Waits
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.SERVER_ERROR, times=1) for _ in range(3)]
    for fault, route in zip(stand.plan.faults, ("statistics", "dossiers", "dossiers"), strict=True):
        fault.route = route
    assert figure(await january(adapter), Counter.RECEIVED) == [DOSSIERS]
    assert waits == [0.5]
    assert await adapter.find(NAMES[0]) is not None
    assert waits == [0.5, 0.5, 1.0]


# --- faults that stay -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told", "requests"),
    [
        (FaultKind.SERVER_ERROR, "HTTP 503", ATTEMPTS),
        # aiohttp itself repeats a GET once whose connection died before the answer.
        (FaultKind.CONNECTION_LOST, "connection lost", 2 * ATTEMPTS),
        (FaultKind.TRUNCATED, "connection lost", ATTEMPTS),
        (FaultKind.HALF_BODY, "JSON broken off", ATTEMPTS),
        (FaultKind.TOO_MANY, "HTTP 429", ATTEMPTS),
    ],
)
async def test_a_fault_that_stays_ends_as_unavailable_after_the_last_attempt(
    *,
    adapter: OpenCps,
    stand: OneStopStand,
    waits: Waits,
    kind: FaultKind,
    told: str,
    requests: int,
) -> None:
    stand.plan.faults = [Fault(kind=kind, times=None)]
    with pytest.raises(OneStopUnavailable, match=told) as caught:
        await names(adapter)
    assert caught.value.retryable
    assert stand.log.count() == requests
    assert len(waits) == ATTEMPTS - 1


async def test_slowness_that_stays_ends_as_unavailable(
    server: TestServer, stand: OneStopStand, opened: Opener
) -> None:
    adapter = opened(server.make_url("/"), timeout_seconds=0.1)
    stand.plan.faults = [Fault(kind=FaultKind.SLOW, times=None)]
    with pytest.raises(OneStopUnavailable, match=r"0\.1"):
        await adapter.check()
    assert stand.log.count() == ATTEMPTS


async def test_the_total_time_ends_a_single_endless_attempt(
    server: TestServer, stand: OneStopStand, opened: Opener
) -> None:
    adapter = opened(server.make_url("/"), total_seconds=0.2)
    stand.plan.faults = [Fault(kind=FaultKind.SLOW, times=None)]
    with pytest.raises(OneStopUnavailable, match=r"0\.2 s in all"):
        await adapter.check()
    assert stand.log.count() == 1


async def test_no_wait_begins_that_would_outlast_the_total_time(
    server: TestServer, stand: OneStopStand, opened: Opener, waits: Waits
) -> None:
    adapter = opened(server.make_url("/"), total_seconds=30.0)
    stand.plan.faults = [Fault(kind=FaultKind.TOO_MANY, retry_after="45", times=None)]
    with pytest.raises(OneStopUnavailable, match="429"):
        await adapter.check()
    assert waits == []
    assert stand.log.count() == 1


async def test_a_server_that_is_not_there_is_unavailable(
    server: TestServer, opened: Opener
) -> None:
    address = server.make_url("/")
    await server.close()
    with pytest.raises(OneStopUnavailable, match="connection lost"):
        await opened(address).check()


# --- answers that cannot be used ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"password": "sai"}, 401), ({"username": "mật-khẩu"}, 401), ({"group_id": "1"}, 403)],
)
async def test_wrong_credentials_are_refused_and_never_tried_twice(
    *,
    server: TestServer,
    stand: OneStopStand,
    opened: Opener,
    changes: dict[str, str],
    status: int,
) -> None:
    with pytest.raises(OneStopRefused, match=str(status)) as caught:
        await opened(server.make_url("/"), **changes).check()
    assert not caught.value.retryable
    assert stand.log.count() == 1
    assert "cau-noi" not in str(caught.value)


async def test_a_single_401_is_told_and_the_next_question_works(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.UNAUTHORIZED)]
    with pytest.raises(OneStopRefused, match="401"):
        await names(adapter)
    assert stand.log.count() == 1
    assert await names(adapter) == NAMES


async def test_a_login_page_with_status_200_is_named_for_what_it_is(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.LOGIN_PAGE)]
    with pytest.raises(OneStopRefused) as caught:
        await names(adapter)
    told = str(caught.value)
    assert "trang HTML “Đăng nhập - Cổng dịch vụ công”" in told
    assert "HTML page came instead of JSON" in told
    assert stand.log.count() == 1


async def test_html_that_calls_itself_json_is_found_out(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="\n <html></html>", content_type="application/json")

    with pytest.raises(OneStopRefused, match="HTML"):
        await (await answering(answer)).check()


async def test_a_redirect_is_not_followed_with_our_credentials(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/c/portal/login"})

    with pytest.raises(OneStopRefused, match=r"302.*/c/portal/login"):
        await (await answering(answer)).check()


async def test_a_400_is_told_in_the_servers_own_words(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put({"dossierNo": NAMES[0], "dossierId": 7})
    adapter_of_too_much = adapter._wire
    question = Question(path="/dossiers", query={"start": "0", "end": "1001"})
    with pytest.raises(OneStopRefused, match=r"end - start"):
        await adapter_of_too_much.ask(question, msgspec.json.decode)
    assert stand.log.count() == 1


GOOD_ROW = {"dossierId": 1, "dossierNo": NAMES[0], "dossierStatus": "done"}


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "một đối tượng"),
        ({"data": []}, "total"),
        ({"total": "many", "data": []}, "total"),
        ({"total": 1}, "data"),
        ({"total": 1, "data": {}}, "data"),
        ({"total": 1, "data": ["x"]}, r"data\[0\]"),
        ({"total": 1, "data": [{**GOOD_ROW, "dossierId": None}]}, r"data\[0\].dossierId"),
        ({"total": 1, "data": [{**GOOD_ROW, "dossierId": "A"}]}, r"data\[0\].dossierId"),
        ({"total": 9_000_000, "data": [GOOD_ROW]}, "9000000"),
    ],
)
async def test_json_of_another_shape_is_refused_by_the_fields_name(
    answering: Callable[[Answer], Awaitable[OpenCps]], answer: object, field: str
) -> None:
    adapter = await answering(json_answer(answer))
    with pytest.raises(OneStopRefused, match=field):
        await names(adapter)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("dossierNo", ""),
        ("dossierNo", None),
        ("dossierNo", []),
        ("dossierStatus", None),
        ("serviceCode", {}),
        ("receiveDate", "2019-13-10"),
        ("dueDate", "31/02/2019 00:00:00"),
        ("releaseDate", True),
        ("finishDate", "hôm qua"),
        ("viaPostal", "yes"),
        ("viaPostal", 5),
        ("online", "maybe"),
        ("fromViaPostal", ["1"]),
    ],
)
async def test_a_row_with_a_column_that_cannot_be_read_is_strange_and_no_other_row_is(
    answering: Callable[[Answer], Awaitable[OpenCps]], column: str, value: object
) -> None:
    good = {**GOOD_ROW, "dossierId": 2, "dossierNo": NAMES[1], "viaPostal": 2}
    rows = [{**GOOD_ROW, "receiveDate": "10/01/2019 08:00:00", column: value}, good]
    odd, plain = await listed(await answering(json_answer({"total": 2, "data": rows})))
    assert f"Trường “{column}”" in odd.strange
    assert (plain.strange, plain.code, plain.return_mode) == ("", NAMES[1], 1)
    if column != "dossierNo":
        assert odd.code == NAMES[0]
    if column != "receiveDate":
        assert odd.received_at == datetime(2019, 1, 10, 1, 0, tzinfo=UTC)


async def test_a_page_with_a_strange_row_tells_its_other_rows_as_any_other_page(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    rows: list[dict[str, object]] = [
        {
            **GOOD_ROW,
            "dossierId": number,
            "dossierNo": name,
            "govAgencyCode": "H37.04",
            "online": (True, "false", None)[number % 3],
            "fromViaPostal": (0, "1", 1)[number % 3],
            "viaPostal": str(number) if number % 2 else number,
            "receiveDate": 1547082000000 if number % 2 else "10/01/2019 08:00:00",
            "dueDate": None,
        }
        for number, name in enumerate(NAMES[:5])
    ]
    fast = await listed(await answering(json_answer({"total": 4, "data": rows[:4]})))
    bad = {**GOOD_ROW, "dossierId": 77, "serviceCode": {}}
    *exact, odd = await listed(await answering(json_answer({"total": 4, "data": [*rows[:3], bad]})))
    assert exact == fast[:3]
    assert [row.channel for row in fast] == [2, 3, 3, 2]
    assert fast[1].received_at == fast[0].received_at
    assert odd.strange


async def test_a_strange_row_never_shows_what_may_be_a_name(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    rows = [{**GOOD_ROW, "dueDate": "Nguyễn Văn A"}, {**GOOD_ROW, "dossierId": 2, "viaPostal": 7}]
    named, numbered = await listed(await answering(json_answer({"total": 2, "data": rows})))
    assert "Nguyễn" not in named.strange
    assert "(7)" in numbered.strange


async def test_statistics_without_a_figure_are_refused_by_its_name(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    adapter = await answering(json_answer({"total": 1, "data": [{"totalCount": 3}]}))
    with pytest.raises(OneStopRefused, match=r"data\[0\].deniedCount"):
        await january(adapter)


async def test_a_month_that_is_not_counted_yet_is_missing_not_nought(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    told = await january(await answering(json_answer({"total": 0, "data": []})))
    assert told.counted == []
    assert told.missing == ["Một cửa chưa có số liệu chung của tháng 01/2019."]


async def test_an_empty_list_may_come_without_its_data(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    adapter = await answering(json_answer({"total": 0, "data": None}))
    assert await names(adapter) == []


# --- a list that moves ----------------------------------------------------------------------------

MOVING = [FaultKind.ROW_APPEARS, FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP]


@pytest.mark.parametrize("kind", MOVING)
@pytest.mark.parametrize("after", [0, 1])
async def test_a_list_that_moves_between_two_pages_is_read_again_from_its_start(
    adapter: OpenCps, stand: OneStopStand, kind: FaultKind, after: int
) -> None:
    stand.plan.faults = [Fault(kind=kind, route="dossiers", after=after)]
    listed = await names(adapter)
    assert sorted(listed) == truth(stand)
    assert truth(stand) != NAMES
    starts = [entry.target.partition("start=")[2] for entry in stand.log.of("dossiers")]
    assert sum(start.startswith("0&") for start in starts) == 2


@pytest.mark.parametrize("kind", MOVING)
async def test_a_list_that_never_rests_is_unavailable_rather_than_wrong(
    adapter: OpenCps, stand: OneStopStand, kind: FaultKind
) -> None:
    stand.plan.faults = [Fault(kind=kind, times=None)]
    with pytest.raises(OneStopUnavailable, match="moved") as caught:
        await names(adapter)
    assert caught.value.retryable
    starts = [entry.target.partition("&start=")[2] for entry in stand.log.of("dossiers")]
    assert sum(start.startswith("0&") for start in starts) == READINGS


async def test_a_row_delivered_twice_is_counted_once(adapter: OpenCps, stand: OneStopStand) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.DUPLICATE, after=1)]
    assert await names(adapter) == NAMES
    assert stand.log.count() == 2 + PAGES


async def test_rows_that_always_come_twice_are_unavailable(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.plan.faults = [Fault(kind=FaultKind.DUPLICATE, times=None)]
    with pytest.raises(OneStopUnavailable, match="twice"):
        await names(adapter)
    assert stand.log.count() == READINGS


async def test_a_list_shorter_than_its_total_is_unavailable(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    adapter = await answering(json_answer({"total": 5, "data": []}))
    with pytest.raises(OneStopUnavailable, match="fewer rows"):
        await names(adapter)


async def test_a_server_with_a_smaller_page_than_ours_still_gives_everything(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    rows = [{**GOOD_ROW, "dossierId": serial, "dossierNo": NAMES[serial]} for serial in range(7)]

    async def answer(request: web.Request) -> web.StreamResponse:
        start = int(request.query["start"])
        return web.json_response({"total": len(rows), "data": rows[start : start + 2]})

    assert await names(await answering(answer)) == NAMES[:7]


# --- types that change between versions -----------------------------------------------------------


async def test_numbers_and_flags_may_come_as_text(adapter: OpenCps, stand: OneStopStand) -> None:
    stand.plan.numbers_as_text = True
    row = {"dossierNo": NAMES[0], "viaPostal": 3, "fromViaPostal": 1}
    stand.sandbox.put(row)
    stand.sandbox.put({"dossierNo": NAMES[1], "online": True})
    found = [await adapter.find(name) for name in NAMES[:3]]
    assert [(row.channel, row.return_mode) for row in found if row] == [(3, 1), (2, 0), (1, 0)]
    assert figure(await january(adapter), Counter.RECEIVED) == [DOSSIERS]


# --- the third witness ----------------------------------------------------------------------------


DONE: Mapping[str, object] = {
    "dossierNo": NAMES[0],
    "dossierStatus": "done",
    "createDate": "10/01/2019 08:00:00",
    "dueDate": "20/01/2019 17:00:00",
    "releaseDate": "15/01/2019 08:00:00",
}


async def test_miscounted_statistics_are_handed_on_unmended(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put(DONE)
    true = await january(adapter)
    stand.plan.defects = frozenset({Defect.DUE_FROM_CREATED})
    told = await january(adapter)
    assert figure(true, Counter.LATE) == [0]
    assert figure(told, Counter.LATE) == [1]
    assert told.broken == []


async def test_every_month_that_the_days_touch_is_counted_for_all_and_for_each_agency(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put(
        {"dossierNo": "B", "receiveDate": "01/02/2019 08:00:00", "govAgencyCode": "H37.05"}
    )
    told = await adapter.statistics(first=date(2018, 12, 20), last=date(2019, 2, 2))
    assert stand.log.count("statistics") == 3
    received = {
        (one.first, one.last, one.agency): one.value
        for one in told.counted
        if one.counter is Counter.RECEIVED
    }
    assert received[date(2018, 12, 1), date(2018, 12, 31), ""] == 0
    assert received[date(2019, 1, 1), date(2019, 1, 31), "H37.04"] == DOSSIERS
    assert received[date(2019, 2, 1), date(2019, 2, 28), ""] == 1


async def test_what_the_post_takes_home_is_told_with_what_may_be_left_from_before(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put({"dossierNo": NAMES[0], "viaPostal": 3})
    assert figure(await january(adapter), Counter.POSTAL_REGISTERED) == [1]
    february = await adapter.statistics(first=date(2019, 2, 1), last=date(2019, 2, 1))
    (postal,) = [
        one
        for one in february.counted
        if one.counter is Counter.POSTAL_REGISTERED and not one.agency
    ]
    assert (postal.value, postal.carried) == (1, DOSSIERS)


async def test_the_defect_that_forgets_sent_results_is_told_as_it_is(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put({"dossierNo": NAMES[0], "viaPostal": 3})
    stand.sandbox.put({"dossierNo": NAMES[1], "viaPostal": 2})
    stand.plan.defects = frozenset({Defect.VIA_POSTAL_ONLY_TWO})
    assert figure(await january(adapter), Counter.POSTAL_REGISTERED) == [1]


async def test_figures_that_do_not_add_up_are_said_by_name(
    answering: Callable[[Answer], Awaitable[OpenCps]],
) -> None:
    names_of_all = {name for whole, parts in IDENTITIES for name in (whole, *parts)}
    row = {**dict.fromkeys(names_of_all, 0), "viaPostalCount": 0}
    wrong = {**row, "govAgencyCode": "H37.04", "releaseCount": 2, "betimesCount": 1}
    told = await january(await answering(json_answer({"total": 2, "data": [row, wrong]})))
    assert len(told.broken) == 3
    assert "Thống kê tháng 01/2019, H37.04 không khớp: releaseCount 2 khác" in told.broken[1]
    assert all(isinstance(one, Counted) for one in told.counted)


# --- the desk -------------------------------------------------------------------------------------


async def test_a_result_on_its_way_by_post_can_be_told_as_returned(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put({"dossierNo": NAMES[0], "dossierStatus": "posting"})
    await adapter.record_returned(NAMES[0], NOW)
    action = stand.log.of("actions")[0]
    assert (action.method, action.body) == ("POST", "actionCode=done")


async def test_a_count_by_a_state_without_a_number_adds_its_words_up(
    adapter: OpenCps, stand: OneStopStand
) -> None:
    stand.sandbox.put({"dossierNo": NAMES[0], "dossierStatus": "posting"})
    stand.sandbox.put({"dossierNo": NAMES[1], "dossierStatus": "pausing"})
    assert await adapter.count(Slice(first=DAY, last=DAY, status=0)) == 2
    assert stand.log.count() == 5
