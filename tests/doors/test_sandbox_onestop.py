"""The stand-in of the one-stop system is as strict as the reference says, and fails as told."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.sandbox.faults import Fault, FaultKind, read_plan
from postal_bridge.sandbox.onestop import BASE_PATH, STAND, make_onestop
from postal_bridge.sandbox.onestop_state import MOVES, STATUS_TEXT, OneStopError, Sandbox
from postal_bridge.sandbox.onestop_statistics import (
    Defect,
    StatisticRow,
    broken_identities,
    month_statistics,
)

NOW = datetime(2019, 1, 31, 17, 0, tzinfo=LOCAL)
AUTH = {"Authorization": aiohttp.encode_basic_auth("cau-noi", "cau-noi"), "groupId": "20126"}
LIST = BASE_PATH + "/dossiers"

Client = TestClient[Any, Any]


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def client(clock: ReplayClock) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_onestop(clock=clock, seed=7)), headers=AUTH) as opened:
        yield opened


async def control(client: Client, *rows: Mapping[str, object]) -> list[dict[str, Any]]:
    response = await client.post("/_control/dossiers", json={"dossiers": rows})
    assert response.status == 200, await response.text()
    stored: list[dict[str, Any]] = (await response.json())["data"]
    return stored


async def ask(client: Client, path: str = LIST, **query: str) -> tuple[int, dict[str, Any]]:
    response = await client.get(path, params=query)
    return response.status, await response.json()


async def numbers(client: Client, **query: str) -> list[str]:
    status, body = await ask(client, **query)
    assert status == 200, body
    return [row["dossierNo"] for row in body["data"]]


# --- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({**AUTH, "Authorization": "Bearer x"}, 401),
        ({**AUTH, "Authorization": "Basic ???"}, 401),
        ({**AUTH, "Authorization": aiohttp.encode_basic_auth("cau-noi", "sai")}, 401),
        ({"Authorization": AUTH["Authorization"]}, 403),
        ({**AUTH, "groupId": "1"}, 403),
    ],
)
async def test_strangers_are_turned_away(
    clock: ReplayClock, headers: dict[str, str], status: int
) -> None:
    async with TestClient(TestServer(make_onestop(clock=clock))) as stranger:
        response = await stranger.get(LIST, headers=headers)
        assert response.status == status
        assert (await response.json())["code"] == status


# --- the list -------------------------------------------------------------------------------------


async def test_a_row_has_every_column_and_null_is_an_empty_text(client: Client) -> None:
    await control(client, {"dossierNo": "A", "receiveDate": "10/01/2019 08:00:00"})
    _, body = await ask(client)
    row = body["data"][0]
    assert body["total"] == 1
    assert row["receiveDate"] == "10/01/2019 08:00:00"
    assert row["finishDate"] == ""
    assert row["dossierStatusText"] == "Mới đăng ký"
    assert (row["dossierId"], row["online"], row["viaPostal"]) == (1001, False, 0)
    assert len(row["referenceUid"]) == 36


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"start": "x"}, "start"),
        ({"start": "-1", "end": "3"}, "start"),
        ({"start": "5", "end": "4"}, "start"),
        ({"start": "0", "end": "1001"}, "1000"),
        ({"fromReceiveDate": "2019-01-10"}, "fromReceiveDate"),
        ({"fromReceiveDate": "1/1/2019"}, "fromReceiveDate"),
        ({"toDueDate": "31/02/2019"}, "toDueDate"),
        ({"order": "upwards"}, "order"),
        ({"sort": "colour"}, "sort"),
        ({"recieveDate": "10/01/2019"}, "recieveDate"),
        ({"month": "1"}, "year"),
    ],
)
async def test_a_wrong_question_is_answered_with_400(
    client: Client, query: dict[str, str], named: str
) -> None:
    status, body = await ask(client, **query)
    assert status == 400
    assert named in body["message"]


async def test_ranges_are_half_open_and_the_total_counts_everything(client: Client) -> None:
    await control(client, *({"dossierNo": f"N{serial}"} for serial in range(5)))
    _, body = await ask(client, start="1", end="3")
    assert [row["dossierNo"] for row in body["data"]] == ["N1", "N2"]
    assert body["total"] == 5
    assert await numbers(client, start="5", end="9") == []
    assert await numbers(client, start="0", end="1000") == [f"N{serial}" for serial in range(5)]


async def test_filters_narrow_and_a_backward_range_is_empty(client: Client) -> None:
    await control(
        client,
        {
            "dossierNo": "A",
            "receiveDate": "10/01/2019 23:59:59",
            "dossierStatus": "done",
            "govAgencyCode": "H37.04",
            "applicantName": "Đặng Thị Ánh",
        },
        {
            "dossierNo": "B",
            "receiveDate": "11/01/2019 00:00:00",
            "serviceCode": "1.004199",
            "fromViaPostal": True,
            "viaPostal": 3,
        },
        {"dossierNo": "C", "receiveDate": "01/02/2019 08:00:00", "online": True},
    )
    assert await numbers(client, status="done,denied") == ["A"]
    assert await numbers(client, agency="H37.04") == ["A"]
    assert await numbers(client, service="1.004199") == ["B"]
    assert await numbers(client, fromViaPostal="1") == ["B"]
    assert await numbers(client, viapostal="3") == ["B"]
    assert await numbers(client, online="true") == ["C"]
    assert await numbers(client, dossierNo="C") == ["C"]
    assert await numbers(client, keyword="thị ánh") == ["A"]
    assert await numbers(client, toReceiveDate="10/01/2019") == ["A"]
    assert await numbers(client, fromReceiveDate="11/01/2019") == ["B", "C"]
    assert await numbers(client, year="2019", month="1") == ["A", "B"]
    days = {"fromReceiveDate": "11/01/2019", "toReceiveDate": "10/01/2019"}
    assert await numbers(client, **days) == []


async def test_dates_are_sorted_by_time_not_by_their_letters(client: Client) -> None:
    await control(
        client,
        {"dossierNo": "late", "dueDate": "01/02/2019 08:00:00"},
        {"dossierNo": "early", "dueDate": "31/01/2019 08:00:00"},
    )
    assert await numbers(client, sort="dueDate") == ["early", "late"]
    assert await numbers(client, sort="dueDate", order="desc") == ["late", "early"]


# --- one dossier and its moves --------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/dossiers/999", "/dossiers/abc", "/nothing"])
async def test_what_is_not_there_is_404_with_a_body(client: Client, path: str) -> None:
    status, body = await ask(client, BASE_PATH + path)
    assert (status, body["code"]) == (404, 404)


@pytest.mark.parametrize("start", STATUS_TEXT)
async def test_only_the_moves_of_the_table_are_possible(client: Client, start: str) -> None:
    for goal in STATUS_TEXT:
        [row] = await control(client, {"dossierNo": f"{start}-{goal}", "dossierStatus": start})
        path = f"{LIST}/{row['dossierId']}/actions"
        response = await client.post(path, json={"actionCode": goal})
        possible = goal in MOVES.get(start, set())
        assert response.status == (200 if possible else 409), (start, goal)
        _, now = await ask(client, f"{LIST}/{row['dossierId']}")
        assert now["dossierStatus"] == (goal if possible else start)


async def test_moves_stamp_the_time_of_the_stand_ins_clock(
    client: Client, clock: ReplayClock
) -> None:
    [row] = await control(client, {"dossierNo": "A", "dossierStatus": "receiving"})
    for action in ("processing", "releasing", "done"):
        clock.advance_to(clock.now() + timedelta(hours=1))
        path = f"{LIST}/{row['dossierId']}/actions"
        assert (await client.post(path, data={"actionCode": action})).status == 200
    _, done = await ask(client, f"{LIST}/{row['dossierId']}")
    assert done["receiveDate"] == "31/01/2019 18:00:00"
    assert done["releaseDate"] == "31/01/2019 19:00:00"
    assert done["finishDate"] == "31/01/2019 20:00:00"
    assert done["dossierStatusText"] == "Đã trả kết quả"


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"actionCode": 7}'])
async def test_an_action_without_a_name_is_400(client: Client, body: bytes) -> None:
    [row] = await control(client, {"dossierNo": "A"})
    path = f"{LIST}/{row['dossierId']}/actions"
    headers = {"Content-Type": "application/json"}
    assert (await client.post(path, data=body, headers=headers)).status == 400


# --- control --------------------------------------------------------------------------------------


async def test_control_changes_only_the_columns_it_names(client: Client) -> None:
    [first] = await control(client, {"dossierNo": "A", "serviceCode": "1.004199"})
    [second] = await control(client, {"dossierNo": "A", "dossierStatus": "done"})
    assert second["dossierId"] == first["dossierId"]
    assert (second["serviceCode"], second["dossierStatus"]) == ("1.004199", "done")
    assert second["referenceUid"] == first["referenceUid"]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"viaPostal": "2"}, "viaPostal"),
        ({"online": 1}, "online"),
        ({"dueDate": "2019-01-10"}, "dueDate"),
        ("A", "đối tượng"),
    ],
)
async def test_a_row_that_no_one_stop_could_hold_is_refused_and_nothing_is_stored(
    client: Client, row: object, named: str
) -> None:
    rows = [{"dossierNo": "good"}, row]
    response = await client.post("/_control/dossiers", json=rows)
    assert response.status == 400
    assert named in (await response.json())["message"]
    assert await numbers(client) == []


async def test_control_takes_a_dossier_away(client: Client) -> None:
    [row] = await control(client, {"dossierNo": "A"})
    path = f"/_control/dossiers/{row['dossierId']}"
    assert (await client.delete(path)).status == 204
    assert await numbers(client) == []
    assert (await client.delete(path)).status == 404


async def test_every_request_is_logged_as_it_came_without_the_password(client: Client) -> None:
    await numbers(client, dossierNo="Đ 1")
    await client.post(LIST + "/5/actions", json={"actionCode": "done"})
    await client.get(LIST + "/5", headers={"Authorization": ""})
    body = await (await client.get("/_control/requests")).json()
    assert body["total"] == 3
    first, second, third = body["data"]
    assert (first["route"], first["method"], first["status"]) == ("dossiers", "GET", 200)
    assert first["target"] == f"{LIST}?dossierNo=%C4%90+1"
    assert ["Authorization", "Basic cau-noi:***"] in first["headers"]
    assert (second["route"], second["body"]) == ("actions", '{"actionCode": "done"}')
    assert (second["status"], third["status"]) == (404, 401)
    only = await (await client.get("/_control/requests", params={"route": "actions"})).json()
    assert only["total"] == 1
    assert (await client.delete("/_control/requests")).status == 204
    assert (await (await client.get("/_control/requests")).json())["total"] == 0


async def test_faults_are_planted_over_the_control_route_and_wear_off(client: Client) -> None:
    plan = {"faults": [{"kind": "server_error", "route": "dossiers", "after": 1, "times": 1}]}
    assert (await client.post("/_control/faults", json=plan)).status == 204
    asked = [(await client.get(LIST)).status for _ in range(3)]
    assert asked == [200, 503, 200]
    entries = (await (await client.get("/_control/requests")).json())["data"]
    assert [entry["fault"] for entry in entries] == ["", "server_error", ""]


@pytest.mark.parametrize(
    "plan",
    [
        [],
        {"fault": []},
        {"faults": {}},
        {"faults": ["slow"]},
        {"faults": [{"kind": "sloow"}]},
        {"faults": [{"kind": "slow", "minutes": 1}]},
        {"faults": [{"kind": "slow", "route": "dossier s"}]},
        {"defects": ["z"]},
    ],
)
async def test_a_misspelt_plan_is_refused_and_the_old_one_stays(
    client: Client, plan: object
) -> None:
    await client.post("/_control/faults", json={"faults": [{"kind": "too_many", "times": None}]})
    assert (await client.post("/_control/faults", json=plan)).status == 400
    assert (await client.get(LIST)).status == 429


def test_a_plan_from_json_is_the_plan() -> None:
    plan = read_plan(
        {"faults": [{"kind": "slow", "seconds": 5}], "defects": ["a", "c"]},
        routes=(),
        defects=frozenset(Defect),
    )
    assert plan.faults == [Fault(kind=FaultKind.SLOW, seconds=5)]
    assert plan.defects == {Defect.VIA_POSTAL_ONLY_TWO, Defect.A_DAY_BEHIND}


async def test_a_duplicated_action_is_done_once_and_refused_once(
    client: Client,
) -> None:
    [row] = await control(client, {"dossierNo": "A", "dossierStatus": "releasing"})
    await client.post("/_control/faults", json={"faults": [{"kind": "duplicate"}]})
    path = f"{LIST}/{row['dossierId']}/actions"
    assert (await client.post(path, json={"actionCode": "done"})).status == 409
    _, now = await ask(client, f"{LIST}/{row['dossierId']}")
    assert now["dossierStatus"] == "done"


async def test_a_slow_answer_does_not_hold_up_the_end_of_the_stand_in(clock: ReplayClock) -> None:
    app = make_onestop(clock=clock)
    app[STAND].plan.faults = [Fault(kind=FaultKind.SLOW, seconds=3600)]
    async with TestClient(TestServer(app), headers=AUTH) as client:
        with pytest.raises(TimeoutError):
            await client.get(LIST, timeout=aiohttp.ClientTimeout(total=0.05))


def test_the_same_seed_invents_the_same_numbers(clock: ReplayClock) -> None:
    def uid(seed: int) -> object:
        return Sandbox(clock=clock, seed=seed).put({"dossierNo": "A"})["referenceUid"]

    assert uid(1) == uid(1)
    assert uid(1) != uid(2)


def test_a_dossier_that_left_is_unknown_by_its_number_too(clock: ReplayClock) -> None:
    sandbox = Sandbox(clock=clock)
    first = sandbox.put({"dossierNo": "A"})["dossierId"]
    sandbox.remove(int(first))
    with pytest.raises(OneStopError):
        sandbox.get(int(first))
    assert sandbox.put({"dossierNo": "A"})["dossierId"] != first


# --- statistics -----------------------------------------------------------------------------------

MOMENTS = st.one_of(
    st.just(""),
    st.datetimes(min_value=datetime(2018, 12, 20), max_value=datetime(2019, 2, 10)).map(  # noqa: DTZ001 - local wall time
        lambda moment: f"{moment:%d/%m/%Y %H:%M:%S}"
    ),
)
ROWS = st.fixed_dictionaries(
    {
        "dossierStatus": st.sampled_from([*STATUS_TEXT, "unheard-of"]),
        "govAgencyCode": st.sampled_from(["H37.04", "H37.05"]),
        "viaPostal": st.integers(0, 4),
        "fromViaPostal": st.integers(0, 1),
        "online": st.booleans(),
        "submitDate": MOMENTS,
        "receiveDate": MOMENTS,
        "dueDate": MOMENTS,
        "releaseDate": MOMENTS,
        "finishDate": MOMENTS,
        "cancellingDate": MOMENTS,
    },
)


def assert_identities(row: StatisticRow) -> None:
    n = {name: int(value) for name, value in row.items() if name.endswith("Count")}
    assert n["totalCount"] == n["deniedCount"] + n["processCount"]
    assert n["processCount"] == n["receivedCount"] + n["remainingCount"]
    assert n["receivedCount"] == n["onlineCount"] + n["onegateCount"]
    assert n["processCount"] == (
        n["processingCount"] + n["waitingCount"] + n["releaseCount"] + n["cancelledCount"]
    )
    assert n["processingCount"] == n["undueCount"] + n["overdueCount"]
    assert n["processingCount"] == n["insideCount"] + n["outsideCount"]
    assert n["releaseCount"] == n["betimesCount"] + n["ontimeCount"] + n["overtimeCount"]
    assert n["releaseCount"] == n["doneCount"] + n["releasingCount"] + n["unresolvedCount"]
    assert n["processCount"] == n["viaPostalCount"] + n["notViaPostalCount"]
    assert n["doneCount"] == n["doneViaPostalCount"] + n["doneOnegateCount"]


MISCOUNTS = sorted(set(Defect) - {Defect.TOTAL_OFF_BY_ONE})


@given(rows=st.lists(ROWS, max_size=25), defects=st.frozensets(st.sampled_from(MISCOUNTS)))
def test_the_identities_hold_for_all_agencies_and_for_each(
    rows: list[dict[str, object]], defects: frozenset[Defect]
) -> None:
    sandbox = Sandbox(clock=ReplayClock(NOW))
    for serial, row in enumerate(rows):
        sandbox.put({**row, "dossierNo": f"N{serial}"})
    counted = month_statistics(sandbox.rows(), year=2019, month=1, now=NOW, defects=defects)
    for counts in counted:
        assert_identities(counts)
        assert broken_identities(counts) == []
    sums: Counter[str] = Counter()
    for counts in counted[1:]:
        sums.update({name: int(figure) for name, figure in counts.items() if name[-5:] == "Count"})
    assert all(counted[0][name] == figure for name, figure in sums.items())


async def month(client: Client, **query: str) -> dict[str, Any]:
    status, body = await ask(client, BASE_PATH + "/statistics", **query)
    assert status == 200, body
    first: dict[str, Any] = body["data"][0]
    return first


async def test_each_defect_miscounts_in_its_own_way(client: Client) -> None:
    await control(
        client,
        {
            "dossierNo": "delivered",
            "receiveDate": "10/01/2019 08:00:00",
            "createDate": "10/01/2019 08:00:00",
            "dueDate": "20/01/2019 17:00:00",
            "releaseDate": "15/01/2019 08:00:00",
            "dossierStatus": "done",
            "viaPostal": 4,
        },
        {
            "dossierNo": "today",
            "receiveDate": "31/01/2019 16:00:00",
            "dueDate": "05/02/2019 17:00:00",
            "dossierStatus": "processing",
            "viaPostal": 2,
        },
    )
    names = ("totalCount", "viaPostalCount", "betimesCount", "overtimeCount")
    seen = {}
    for defects in ([], ["a"], ["b"], ["c"]):
        await client.post("/_control/faults", json={"defects": defects})
        row = await month(client, year="2019", month="1")
        seen["".join(defects)] = tuple(row[name] for name in names)
    assert seen == {"": (2, 2, 1, 0), "a": (2, 1, 1, 0), "b": (2, 2, 0, 1), "c": (1, 1, 1, 0)}


async def test_a_total_that_is_no_sum_is_found_by_its_identity(client: Client) -> None:
    await control(client, {"dossierNo": "A", "receiveDate": "10/01/2019 08:00:00"})
    assert broken_identities(await month(client, year="2019", month="1")) == []
    await client.post("/_control/faults", json={"defects": ["d"]})
    (sentence,) = broken_identities(await month(client, year="2019", month="1"))
    assert sentence == (
        "Thống kê tháng 01/2019, tất cả cơ quan: totalCount = 2 khác deniedCount 0 + processCount 1"
    )


async def test_who_waits_to_be_received_is_in_no_count(client: Client) -> None:
    waiting = {"receiveDate": "10/01/2019 08:00:00", "dossierStatus": "receiving"}
    await control(client, {"dossierNo": "A", **waiting})
    assert (await month(client, year="2019", month="1"))["totalCount"] == 0


async def test_a_month_that_is_over_is_counted_as_it_stood_at_its_end(
    client: Client, clock: ReplayClock
) -> None:
    clock.advance_to(datetime(2019, 2, 11, 3, 0, tzinfo=UTC))
    await control(
        client,
        {
            "dossierNo": "A",
            "receiveDate": "30/01/2019 08:00:00",
            "releaseDate": "02/02/2019 08:00:00",
            "dossierStatus": "releasing",
        },
    )
    january = await month(client, year="2019", month="1")
    february = await month(client, year="2019", month="2")
    assert (january["receivedCount"], january["processingCount"]) == (1, 1)
    assert (february["remainingCount"], february["releaseCount"]) == (1, 1)


async def test_statistics_can_be_asked_for_one_agency(client: Client) -> None:
    received = "10/01/2019 08:00:00"
    await control(
        client,
        {"dossierNo": "A", "receiveDate": received, "govAgencyCode": "H37.04"},
        {"dossierNo": "B", "receiveDate": received, "govAgencyCode": "H37.05"},
    )
    assert (await month(client, year="2019", month="1"))["totalCount"] == 2
    assert (await month(client, year="2019", month="1", agency="H37.05"))["totalCount"] == 1


@pytest.mark.parametrize("query", [{}, {"year": "2019"}, {"year": "2019", "month": "0"}])
async def test_statistics_need_a_month(client: Client, query: dict[str, str]) -> None:
    status, _ = await ask(client, BASE_PATH + "/statistics", **query)
    assert status == 400
