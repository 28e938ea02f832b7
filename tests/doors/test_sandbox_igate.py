"""The stand-in of an iGate v2 system is as strict as the reference says."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.sandbox.igate import IGATE, TOKEN_PATH, IGateStand, make_igate
from postal_bridge.sandbox.igate_access import IGateCredentials
from postal_bridge.sandbox.igate_state import (
    BY_POST,
    COLUMNS,
    DIRECT,
    MOVES,
    STATUS_NAMES,
    IGateState,
    moment_text,
)
from postal_bridge.sandbox.refusal import StandInError

NOW = datetime(2025, 8, 31, 17, 0, tzinfo=LOCAL)
USER = {
    "grant_type": "password",
    "client_id": "cau-noi-buu-dien",
    "username": "cau-noi",
    "password": "cau-noi",
}
LIST = "/pa/dossier/search"

Client = TestClient[Any, Any]


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def client(clock: ReplayClock) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_igate(clock=clock, seed=7))) as opened:
        await sign_in(opened)
        yield opened


@pytest.fixture
def stand(client: Client) -> IGateStand:
    assert client.app is not None
    opened: IGateStand = client.app[IGATE]
    return opened


async def sign_in(client: Client) -> dict[str, Any]:
    response = await client.post(TOKEN_PATH, data=USER)
    assert response.status == 200
    body: dict[str, Any] = await response.json()
    client.session.headers["Authorization"] = f"{body['token_type']} {body['access_token']}"
    return body


async def control(client: Client, *rows: Mapping[str, object]) -> list[dict[str, Any]]:
    response = await client.post("/_control/dossiers", json={"dossiers": rows})
    assert response.status == 200, await response.text()
    stored: list[dict[str, Any]] = (await response.json())["data"]
    return stored


async def ask(client: Client, path: str = LIST, **query: str) -> tuple[int, Any]:
    params = {name.replace("_", "-"): value for name, value in query.items()}
    response = await client.get(path, params=params)
    return response.status, await response.json()


async def codes(client: Client, **query: str) -> list[str]:
    status, body = await ask(client, **query)
    assert status == 200, body
    return [row["code"] for row in body["content"]]


# --- tokens ---------------------------------------------------------------------------------------


async def test_a_token_lives_shortly(client: Client, clock: ReplayClock) -> None:
    token = await sign_in(client)
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 300)
    clock.advance_to(NOW + timedelta(seconds=299))
    assert (await ask(client))[0] == 200
    clock.advance_to(NOW + timedelta(seconds=300))
    status, body = await ask(client)
    assert (status, body["status"], body["error"]) == (401, 401, "Unauthorized")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic Y2F1LW5vaTpjYXUtbm9p"])
async def test_strangers_are_turned_away(client: Client, header: str) -> None:
    client.session.headers["Authorization"] = header
    for path in (LIST, "/pa/dossier/x", "/pa/dossier-fee/--by-dossiers", "/pa/x"):
        assert (await ask(client, path))[0] == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"password": "sai"}, 401, "invalid_grant"),
        ({"username": "ai"}, 401, "invalid_grant"),
        ({"client_id": "ai"}, 401, "invalid_client"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "unauthorized_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ],
)
async def test_keycloak_refuses_in_its_own_words(
    client: Client, changes: dict[str, str], status: int, error: str
) -> None:
    response = await client.post(TOKEN_PATH, data={**USER, **changes})
    assert response.status == status
    body = await response.json()
    assert body["error"] == error
    assert body["error_description"]


async def test_a_client_has_a_grant_of_its_own(client: Client) -> None:
    form = {"grant_type": "client_credentials", "client_id": USER["client_id"]}
    response = await client.post(TOKEN_PATH, data={**form, "client_secret": "cau-noi"})
    assert response.status == 200


async def test_a_refresh_token_works_once(client: Client, stand: IGateStand) -> None:
    token = await sign_in(client)
    stand.keycloak.forget_tokens()
    assert (await ask(client))[0] == 401
    form = {"grant_type": "refresh_token", "client_id": USER["client_id"]}
    form["refresh_token"] = token["refresh_token"]
    again = await client.post(TOKEN_PATH, data=form)
    fresh = (await again.json())["access_token"]
    client.session.headers["Authorization"] = f"Bearer {fresh}"
    assert (await ask(client))[0] == 200
    assert (await client.post(TOKEN_PATH, data=form)).status == 400


async def test_the_life_of_a_token_can_be_set(clock: ReplayClock) -> None:
    credentials = IGateCredentials(token_life=timedelta(seconds=1))
    app = make_igate(clock=clock, credentials=credentials)
    async with TestClient(TestServer(app)) as client:
        assert (await sign_in(client))["expires_in"] == 1


# --- the list -------------------------------------------------------------------------------------


async def test_a_row_has_its_members_and_dates_without_a_colon(client: Client) -> None:
    await control(
        client,
        {
            "code": "H48.14-250801-0001",
            "dossierStatus": {"id": 2},
            "acceptedDate": "2025-08-01T00:00:00.000+0700",
            "applicant": {"data": {"fullname": "Đặng Thị Ánh"}},
            "dossierReceivingKind": {"id": BY_POST},
            "applyMethod": {"id": 3},
            "removeStatus": 0,
        },
    )
    _, body = await ask(client)
    [row] = body["content"]
    assert row.keys() == COLUMNS.keys()
    assert len(row["id"]) == 24
    assert row["acceptedDate"] == "2025-08-01T00:00:00.000+0700"
    assert row["updatedDate"] == "2025-08-31T17:00:00.000+0700"
    assert row["dossierStatus"] == {"id": 2, "name": "Đang xử lý"}
    assert row["applyMethod"] == {"id": 3, "name": "Bưu chính công ích"}
    assert row["applicant"]["data"]["fullname"] == "Đặng Thị Ánh"
    assert row["applicant"]["data"]["phoneNumber"] == ""
    assert row["dueDate"] is None


async def test_a_page_is_springs_and_a_slice_omits_the_totals(client: Client) -> None:
    await control(client, *({"code": f"N{serial}"} for serial in range(5)))
    _, page = await ask(client, page="1", size="2", spec="page")
    assert [row["code"] for row in page["content"]] == ["N2", "N3"]
    assert (page["totalElements"], page["totalPages"]) == (5, 3)
    assert (page["number"], page["size"], page["numberOfElements"]) == (1, 2, 2)
    assert (page["first"], page["last"], page["empty"]) == (False, False, False)
    assert page["pageable"]["offset"] == 2
    _, part = await ask(client, page="2", size="2", spec="slice")
    assert part.keys() == page.keys() - {"totalElements", "totalPages"}
    assert (len(part["content"]), part["last"]) == (1, True)
    _, beyond = await ask(client, page="9", size="2")
    assert (beyond["content"], beyond["empty"], beyond["last"]) == ([], True, True)


async def test_a_page_is_never_larger_than_fifty(client: Client) -> None:
    await control(client, *({"code": f"N{serial}"} for serial in range(60)))
    _, page = await ask(client, size="1000")
    assert (len(page["content"]), page["size"], page["totalPages"]) == (50, 50, 2)
    assert (await ask(client))[1]["size"] == 20


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"page": "-1"}, "page"),
        ({"size": "0"}, "size"),
        ({"size": "x"}, "size"),
        ({"spec": "all"}, "spec"),
        ({"sort": "colour,desc"}, "sort"),
        ({"sort": "updatedDate,down"}, "sort"),
        ({"accepted-from": "2025-08-01"}, "accepted-from"),
        ({"accepted-to": "31/02/2025"}, "accepted-to"),
        ({"recieved-from": "01/08/2025"}, "recieved-from"),
    ],
)
async def test_a_wrong_question_is_answered_with_400(
    client: Client, query: dict[str, str], named: str
) -> None:
    status, body = await ask(client, **query)
    assert status == 400
    assert named in body["message"]


async def test_filters_narrow_and_a_backward_range_is_empty(client: Client) -> None:
    await control(
        client,
        {
            "code": "H48.14-250801-0001",
            "nationCode": "000.00.14.H48-250801-0001",
            "dossierStatus": {"id": 5},
            "dossierTaskStatus": {"id": "task-1"},
            "applicant": {"data": {"fullname": "Đặng Thị Ánh", "identityNumber": "048199000001"}},
            "procedure": {"id": "p1", "sector": {"id": "s1"}},
            "agency": {"id": "a1"},
            "appliedDate": "2025-08-01T23:59:59.999+0700",
            "acceptedDate": "2025-08-01T23:59:59.999+0700",
            "appointmentDate": "2025-08-10T17:00:00.000+0700",
            "returnedDate": "2025-08-09T09:00:00.000+0700",
            "paystatus": "1",
            "remindId": "r1",
        },
        {
            "code": "H48.15-250802-0001",
            "dossierStatus": {"id": 16},
            "applyMethod": {"id": 3},
            "dossierReceivingKind": {"id": BY_POST},
            "agency": {"id": "a2"},
            "ancestorAgencyIds": ["a0"],
            "acceptedDate": "2025-08-02T00:00:00.000+0700",
            "removeStatus": 1,
            "vnpostStatusReturnCode": "5",
        },
    )
    first, second = "H48.14-250801-0001", "H48.15-250802-0001"
    assert await codes(client, code="250801") == [first]
    assert await codes(client, code_match=second) == [second]
    assert await codes(client, code_match="250801") == []
    assert await codes(client, nation_code_match="000.00.14.H48-250801-0001") == [first]
    assert await codes(client, identity_number="048199000001") == [first]
    assert await codes(client, applicant_name="thị ánh") == [first]
    assert await codes(client, procedure_id="p1") == [first]
    assert await codes(client, sector_id="s1") == [first]
    assert await codes(client, apply_method_id="3") == [second]
    assert await codes(client, receiving_kind_id=DIRECT) == [first]
    assert await codes(client, dossier_status="2,3,4,5") == [first]
    assert await codes(client, dossier_status="16,5") == [first, second]
    assert await codes(client, remove_status="0") == [first]
    assert await codes(client, ancestor_agency_id="a0") == [second]
    assert await codes(client, ancestor_agency_id="a1") == [first]
    assert await codes(client, task_status_id="task-1") == [first]
    assert await codes(client, remind_id="r1") == [first]
    assert await codes(client, paystatus="1") == [first]
    assert await codes(client, vnpost_status_return_code="5") == [second]
    assert await codes(client, accepted_to="01/08/2025") == [first]
    assert await codes(client, accepted_from="02/8/2025") == [second]
    assert await codes(client, accepted_from="1/8/2025", accepted_to="") == [first, second]
    assert await codes(client, applied_from="01/08/2025", applied_to="01/08/2025") == [first]
    assert await codes(client, appointment_from="10/08/2025") == [first]
    assert await codes(client, result_returned_to="09/08/2025") == [first]
    assert await codes(client, accepted_from="02/08/2025", accepted_to="01/08/2025") == []


async def test_the_sort_is_stable_and_goes_by_several_columns(client: Client) -> None:
    early, late = "2025-08-01T08:00:00.000+0700", "2025-08-02T08:00:00.000+0700"
    await control(
        client,
        {"code": "A", "acceptedDate": late},
        {"code": "C", "acceptedDate": early},
        {"code": "B", "acceptedDate": early},
        {"code": "D"},
    )
    assert await codes(client) == ["A", "C", "B", "D"]
    assert await codes(client, sort="acceptedDate,desc") == ["A", "C", "B", "D"]
    assert await codes(client, sort="acceptedDate") == ["D", "C", "B", "A"]
    response = await client.get(LIST, params=[("sort", "acceptedDate,desc"), ("sort", "code,asc")])
    assert [row["code"] for row in (await response.json())["content"]] == ["A", "B", "C", "D"]
    assert await codes(client, sort="updatedDate,desc") == ["A", "C", "B", "D"]


@pytest.mark.parametrize("sort", ["updatedDate,desc", "acceptedDate,asc", "code,asc"])
async def test_a_swapped_row_goes_to_the_end_of_the_list_as_it_was_asked_for(
    client: Client, clock: ReplayClock, sort: str
) -> None:
    for serial in range(4):
        clock.advance_to(clock.now() + timedelta(seconds=1))
        await control(client, {"code": f"N{serial}", "acceptedDate": moment_text(clock.now())})
    before = await codes(client, sort=sort)
    await client.post("/_control/faults", json={"faults": [{"kind": "rows_swap"}]})
    assert await codes(client, sort=sort) == before
    after = await codes(client, sort=sort)
    assert after[:-1] == before[1:]
    assert after[-1].startswith(before[-1] if sort == "code,asc" else before[0])


# --- one dossier, its fees, its moves -------------------------------------------------------------


async def test_a_dossier_is_found_by_its_id_or_not_at_all(client: Client) -> None:
    [row] = await control(client, {"code": "A"})
    status, body = await ask(client, f"/pa/dossier/{row['id']}")
    assert (status, body["code"]) == (200, "A")
    assert "fees" not in body
    status, body = await ask(client, "/pa/dossier/nothing")
    assert (status, body["status"]) == (404, 404)


async def test_fees_are_asked_for_by_several_dossiers(client: Client) -> None:
    paid = {"amount": 100_000, "paid": 100_000, "quantity": 2}
    [first, second, _] = await control(
        client,
        {"code": "A", "fees": [paid, {"amount": 5_000, "id": "f2", "required": 0}]},
        {"code": "B", "fees": [{"amount": 7_000}]},
        {"code": "C", "fees": [{"amount": 9_000}]},
    )
    ids = f"{first['id']},{second['id']},unknown"
    status, fees = await ask(client, "/pa/dossier-fee/--by-dossiers", dossier_ids=ids)
    assert status == 200
    assert [(fee["dossier"]["id"], fee["amount"]) for fee in fees] == [
        (first["id"], 100_000),
        (first["id"], 5_000),
        (second["id"], 7_000),
    ]
    assert fees[0].keys() == {
        "id",
        "procost",
        "amount",
        "quantity",
        "paid",
        "required",
        "dossier",
    }
    assert fees[0]["procost"] == {"type": {"type": 1, "name": "Phí"}}
    assert (await ask(client, "/pa/dossier-fee/--by-dossiers"))[0] == 400


@pytest.mark.parametrize("start", STATUS_NAMES)
async def test_only_the_moves_of_the_table_are_possible(
    client: Client, stand: IGateStand, start: int
) -> None:
    for goal in STATUS_NAMES:
        [row] = await control(client, {"code": f"{start}-{goal}", "dossierStatus": {"id": start}})
        if goal in MOVES.get(start, set()):
            moved = stand.state.act(row["id"], goal)
            assert moved["dossierStatus"] == {"id": goal, "name": STATUS_NAMES[goal]}
        else:
            with pytest.raises(StandInError, match="not from this status"):
                stand.state.act(row["id"], goal)


async def test_clerks_stamp_the_time_of_the_stand_ins_clock(
    stand: IGateStand, clock: ReplayClock
) -> None:
    stand.state.put({"code": "A"})
    for status in (10, 2, 4, 5):
        clock.advance_to(clock.now() + timedelta(hours=1))
        stand.state.act("A", status)
    [row] = stand.state.rows()
    assert row["acceptedDate"] == "2025-08-31T18:00:00.000+0700"
    assert row["completedDate"] == "2025-08-31T20:00:00.000+0700"
    assert row["returnedDate"] == row["updatedDate"] == "2025-08-31T21:00:00.000+0700"


async def force(client: Client, body: object) -> tuple[int, Any]:
    response = await client.put("/pa/dossier/--force-end-process", json=body)
    return response.status, await response.json()


async def test_processing_is_ended_for_all_or_for_none(client: Client) -> None:
    rows = await control(
        client,
        {"code": "A", "dossierStatus": {"id": 2}},
        {"code": "B", "dossierStatus": {"id": 10}},
        {"code": "C", "dossierStatus": {"id": 5}},
    )
    named = [{"id": row["id"], "code": row["code"]} for row in rows]
    assert (await force(client, named))[0] == 409
    assert (await force(client, [named[0], {**named[1], "code": "Z"}]))[0] == 400
    assert (await force(client, [named[0], {"id": "nothing", "code": "B"}]))[0] == 404
    assert await codes(client, dossier_status="4") == []
    assert await force(client, named[:2]) == (200, {"affectedRows": 2})
    _, body = await ask(client, dossier_status="4")
    assert [row["completedDate"] for row in body["content"]] == ["2025-08-31T17:00:00.000+0700"] * 2
    assert (await force(client, named[:1]))[0] == 409


@pytest.mark.parametrize("body", [[], {}, [{"id": "x"}], ["x"], [{"id": "x", "code": "y", "z": 1}]])
async def test_a_body_of_another_shape_is_400(client: Client, body: object) -> None:
    assert (await force(client, body))[0] == 400


# --- control --------------------------------------------------------------------------------------


async def test_control_changes_only_the_parts_it_names(client: Client) -> None:
    agency = {"id": "a1", "name": "Sở Tư pháp", "code": "H48.04"}
    [first] = await control(client, {"code": "A", "agency": agency})
    [second] = await control(client, {"code": "A", "agency": {"code": "H48.05"}})
    assert second["id"] == first["id"]
    assert second["agency"] == {**agency, "code": "H48.05"}
    status = {"id": 99, "name": "Lạ"}
    [third] = await control(client, {"code": "A", "dossierStatus": status})
    assert third["dossierStatus"] == status


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"colour": "red"}, "colour"),
        ({"dossierStatus": 2}, "dossierStatus"),
        ({"acceptedDate": "2025-08-01T00:00:00.000+07:00"}, "acceptedDate"),
        ({"code": 7}, "code"),
        ({"fees": [{"price": 1}]}, "fees"),
        ({"fees": ["x"]}, "fees"),
        ("A", "đối tượng"),
    ],
)
async def test_a_row_that_no_system_could_hold_is_refused_and_nothing_is_stored(
    client: Client, row: object, named: str
) -> None:
    response = await client.post("/_control/dossiers", json=[{"code": "good"}, row])
    assert response.status == 400
    assert named in (await response.json())["message"]
    assert await codes(client) == []


async def test_two_dossiers_may_carry_one_code_and_leave_one_by_one(client: Client) -> None:
    [first] = await control(client, {"code": "A"})
    await control(client, {"code": "A", "id": "another"})
    assert await codes(client, code_match="A") == ["A", "A"]
    assert (await client.delete(f"/_control/dossiers/{first['id']}")).status == 204
    assert (await client.delete("/_control/dossiers/A")).status == 204
    assert (await client.delete("/_control/dossiers/A")).status == 404


async def test_numbers_may_come_as_texts(client: Client) -> None:
    await control(client, {"code": "A", "dossierStatus": {"id": 2}})
    await client.post("/_control/faults", json={"numbers_as_text": True})
    _, body = await ask(client)
    assert body["totalElements"] == "1"
    assert body["content"][0]["dossierStatus"]["id"] == "2"


def test_the_same_seed_invents_the_same_numbers(clock: ReplayClock) -> None:
    def key(seed: int) -> object:
        return IGateState(clock=clock, seed=seed).put({"code": "A"})["id"]

    assert key(1) == key(1)
    assert key(1) != key(2)
