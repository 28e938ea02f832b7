"""The stand-in of a Tân Dân system is as strict as the reference says."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.sandbox.tandan import TANDAN, TanDanStand, make_tandan
from postal_bridge.sandbox.tandan_access import TanDanCredentials
from postal_bridge.sandbox.tandan_state import COLUMNS, MOVES, STATUS_TEXT, TanDanState

NOW = datetime(2019, 1, 31, 17, 0, tzinfo=LOCAL)
USER = {"userName": "cau-noi", "password": "cau-noi"}
HOSOS = "/api/v1/HoSos"
REPORTS = "/api/v1/BaoCaoTongHops"
CITIZEN = {"hoVaTen": "Đặng Thị Ánh", "diaChi": "12 Lê Lợi", "soDienThoai": "0912345678"}

Client = TestClient[Any, Any]


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def client(clock: ReplayClock) -> AsyncIterator[Client]:
    app = make_tandan(clock=clock, seed=7, credentials=TanDanCredentials(daily_quota=2))
    async with TestClient(TestServer(app)) as opened:
        await sign_in(opened)
        yield opened


@pytest.fixture
def stand(client: Client) -> TanDanStand:
    assert client.app is not None
    opened: TanDanStand = client.app[TANDAN]
    return opened


async def sign_in(client: Client, **changes: str) -> dict[str, Any]:
    response = await client.post("/api/tokens", json={**USER, **changes})
    assert response.status == 200
    body: dict[str, Any] = await response.json()
    token = body.get("Token")
    client.session.headers["Authorization"] = f"Bearer {token}"
    return body


async def call(client: Client, method: str, path: str, **sent: Any) -> tuple[int, Any]:
    response = await client.request(method, path, **sent)
    return response.status, await response.json()


async def control(client: Client, *rows: Mapping[str, object]) -> list[dict[str, Any]]:
    status, body = await call(client, "POST", "/_control/dossiers", json={"dossiers": rows})
    assert status == 200, body
    stored: list[dict[str, Any]] = body["data"]
    return stored


async def search(client: Client, **body: object) -> dict[str, Any]:
    status, answer = await call(client, "POST", f"{HOSOS}/search", json=body)
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


async def codes(client: Client, **body: object) -> list[str]:
    return sorted(row["MaHoSo"] for row in (await search(client, **body))["data"])


# --- tokens ---------------------------------------------------------------------------------------


async def test_a_token_opens_until_it_expires(client: Client, clock: ReplayClock) -> None:
    pair = await sign_in(client)
    assert pair.keys() == {"Token", "RefreshToken", "RefreshTokenExpiryTime"}
    assert pair["RefreshTokenExpiryTime"] == "2019-02-07T17:00:00"
    assert (await search(client))["totalCount"] == 0
    clock.advance_to(NOW + timedelta(hours=1))
    status, body = await call(client, "POST", f"{HOSOS}/search", json={})
    assert (status, body["succeeded"], body["failed"]) == (401, False, True)


@pytest.mark.parametrize("wrong", [{"userName": "ai"}, {"password": "sai"}])
async def test_a_wrong_password_is_no_http_error(client: Client, wrong: dict[str, str]) -> None:
    body = await sign_in(client, **wrong)
    assert body["succeeded"] is False
    assert "mật khẩu" in body["message"]
    assert "Token" not in body


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic Y2F1LW5vaTpjYXUtbm9p"])
async def test_strangers_are_turned_away(client: Client, header: str) -> None:
    client.session.headers["Authorization"] = header
    for path in (f"{HOSOS}/x", f"{HOSOS}/GetByMa/A", f"{REPORTS}/TiepNhanBuuChinh", "/api/v1/x"):
        assert (await call(client, "GET", path))[0] == 401


async def test_a_refresh_token_works_once_and_not_for_ever(
    client: Client, clock: ReplayClock
) -> None:
    pair = await sign_in(client)
    body = {"token": pair["Token"], "refreshToken": pair["RefreshToken"]}
    _, again = await call(client, "POST", "/api/tokens/refresh", json=body)
    assert again["Token"] != pair["Token"]
    status, twice = await call(client, "POST", "/api/tokens/refresh", json=body)
    assert (status, twice["succeeded"]) == (200, False)
    clock.advance_to(NOW + timedelta(days=7))
    old = {"refreshToken": again["RefreshToken"]}
    assert (await call(client, "POST", "/api/tokens/refresh", json=old))[1]["failed"] is True


async def test_tokens_can_be_made_to_expire_at_once(client: Client, stand: TanDanStand) -> None:
    stand.access.forget_tokens()
    assert (await call(client, "POST", f"{HOSOS}/search", json={}))[0] == 401
    await sign_in(client)
    assert (await search(client))["totalCount"] == 0


# --- the list -------------------------------------------------------------------------------------


async def test_a_row_has_every_column_and_what_is_missing_is_null(client: Client) -> None:
    await control(
        client, {"MaHoSo": "A", "MaTrangThai": "2", "NgayTiepNhan": "2019-01-10T08:00:00"}
    )
    [row] = (await search(client))["data"]
    assert row.keys() == COLUMNS.keys()
    assert (row["NgayTiepNhan"], row["NgayTra"]) == ("2019-01-10T08:00:00", None)
    assert (row["MaTrangThai"], row["TrangThai"]) == ("2", "Được tiếp nhận")
    assert len(row["Id"]) == 36


async def test_pages_begin_at_one_and_tell_how_many_there_are(client: Client) -> None:
    await control(client, *({"MaHoSo": f"N{serial}"} for serial in range(5)))
    page = await search(client, page=2, pageSize=2)
    assert [row["MaHoSo"] for row in page.pop("data")] == ["N2", "N1"]
    assert page == {
        "currentPage": 2,
        "totalPages": 3,
        "totalCount": 5,
        "pageSize": 2,
        "hasPreviousPage": True,
        "hasNextPage": True,
    }
    last = await search(client, pageNumber=3, pageSize=2)
    assert (len(last["data"]), last["hasNextPage"]) == (1, False)
    assert (await search(client, page=9))["data"] == []


async def test_a_page_is_never_larger_than_the_largest(client: Client) -> None:
    await control(client, *({"MaHoSo": f"N{serial}"} for serial in range(120)))
    page = await search(client, page=1, pageSize=1000)
    assert (len(page["data"]), page["pageSize"], page["totalPages"]) == (100, 100, 2)
    assert (await search(client))["pageSize"] == 10


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"page": 0}, "page"),
        ({"pageSize": 0}, "pageSize"),
        ({"page": "một"}, "pageNumber"),
        ({"pageSize": True}, "pageSize"),
        ({"page": 1, "pageNumber": 1}, "pageNumber"),
        ({"InMaTrangThais": ["2", "11"]}, "11"),
        ({"InMaTrangThais": "2,x"}, "x"),
        ({"MaTrangThai": "0"}, "MaTrangThai"),
        ({"KenhThucHien": "4"}, "KenhThucHien"),
        ({"HinhThucTra": "2"}, "HinhThucTra"),
        ({"TiepNhanFrom": "10/01/2019"}, "tiepnhanfrom"),
        ({"TiepNhanTo": "2019-02-30"}, "tiepnhanto"),
        ({"TiepNhan": "2019-01-10"}, "tiepnhan"),
        ([], "body"),
    ],
)
async def test_a_wrong_question_is_answered_with_400(
    client: Client, body: object, named: str
) -> None:
    status, answer = await call(client, "POST", f"{HOSOS}/search", json=body)
    assert (status, answer["succeeded"]) == (400, False)
    assert named in answer["message"]


async def test_filters_narrow_and_a_backward_range_is_empty(client: Client) -> None:
    await control(
        client,
        {
            "MaHoSo": "A",
            "MaTrangThai": "10",
            "GroupCode": "H37.04",
            "NgayTiepNhan": "2019-01-10T23:59:59",
            "NgayHenTra": "2019-01-20T17:00:00",
            "NgayTra": "2019-01-18T09:00:00",
        },
        {
            "MaHoSo": "B",
            "MaTrangThai": "4",
            "KenhThucHien": "3",
            "HinhThucTra": "1",
            "DonViTraKq": "H37.05",
            "NgayTiepNhan": "2019-01-11T00:00:00",
            "NgayDangKyBuuDien": "2019-01-11T00:00:00",
            "NgayTraBuuDien": "2019-01-12T10:00:00",
        },
    )
    assert await codes(client, MaTrangThai="10") == ["A"]
    assert await codes(client, MaTrangThai=10) == ["A"]
    assert await codes(client, InMaTrangThais=["4", "10"]) == ["A", "B"]
    assert await codes(client, InMaTrangThais="4", MaTrangThai="10") == []
    assert await codes(client, KenhThucHien="3") == ["B"]
    assert await codes(client, HinhThucTra="0") == ["A"]
    assert await codes(client, GroupCode="H37.04") == ["A"]
    assert await codes(client, DonViTraKq="H37.05") == ["B"]
    assert await codes(client, TiepNhanTo="2019-01-10") == ["A"]
    assert await codes(client, tiepNhanFrom="2019-01-11") == ["B"]
    assert await codes(client, TiepNhanFrom="2019-01-10T23:59:59", TiepNhanTo=None) == ["A", "B"]
    assert await codes(client, TiepNhanTo="2019-01-10T16:59:59Z") == ["A"]
    assert await codes(client, TiepNhanTo="2019-01-10T23:59:59.999+07:00") == ["A"]
    assert await codes(client, HenTraFrom="2019-01-20", HenTraTo="2019-01-20") == ["A"]
    assert await codes(client, NgayTraFrom="2019-01-18", NgayTraTo="2019-01-18") == ["A"]
    assert await codes(client, DangKyBuuDienTuNgay="2019-01-11") == ["B"]
    assert await codes(client, DangKyBuuDienDenNgay="2019-01-10") == []
    assert await codes(client, TraKqBuuDienTuNgay="2019-01-12") == ["B"]
    assert await codes(client, TraKqBuuDienDenNgay="2019-01-11") == []
    assert await codes(client, TiepNhanFrom="2019-01-11", TiepNhanTo="2019-01-10") == []


async def test_paths_and_names_are_taken_in_any_case(client: Client) -> None:
    await control(client, {"MaHoSo": "A"})
    status, body = await call(client, "POST", "/api/v1/hosos/Search", json={"PAGESIZE": 5})
    assert (status, body["pageSize"]) == (200, 5)
    assert (await call(client, "GET", "/api/v1/hoSos/getByMa/A"))[1]["succeeded"] is True


# --- one dossier ----------------------------------------------------------------------------------


async def test_a_dossier_is_found_by_its_id_and_by_its_code(client: Client) -> None:
    [row] = await control(client, {"MaHoSo": "000.00.04.H37-190110-0001"})
    for path in (row["Id"], f"GetByMa/{row['MaHoSo']}"):
        status, body = await call(client, "GET", f"{HOSOS}/{path}")
        assert (status, body["succeeded"], body["failed"]) == (200, True, False)
        assert body["data"] == row


async def test_an_unknown_id_is_404_and_an_unknown_code_failed(client: Client) -> None:
    status, body = await call(client, "GET", f"{HOSOS}/nothing")
    assert (status, body["succeeded"]) == (404, False)
    status, body = await call(client, "GET", f"{HOSOS}/GetByMa/nothing")
    assert (status, body["succeeded"], body["data"]) == (200, False, None)


async def test_fees_stand_in_the_list_and_in_the_detail(client: Client, clock: ReplayClock) -> None:
    fee = {
        "SoTien": 150_000,
        "Phi": 100_000,
        "LePhi": 50_000,
        "TrangThai": "Đã thanh toán",
        "HinhThucThanhToan": "tien-mat",
        "NgayThuPhi": "2019-01-31T09:00:00",
    }
    [row] = await control(client, {"MaHoSo": "A", "YeuCauThanhToan": [fee]})
    clock.advance_to(NOW + timedelta(minutes=1))
    [again] = await control(client, {"MaHoSo": "A", "MaTrangThai": "2"})
    assert again["YeuCauThanhToan"] == row["YeuCauThanhToan"]
    [listed] = (await search(client))["data"]
    [shown] = listed["YeuCauThanhToan"]
    assert {**shown, **fee} == shown
    assert shown["Ma"] == "A-20190131170000"


# --- moves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", STATUS_TEXT)
async def test_only_the_moves_of_the_table_are_possible(
    client: Client, stand: TanDanStand, start: str
) -> None:
    for goal in STATUS_TEXT:
        code = f"{start}-{goal}"
        await control(client, {"MaHoSo": code, "MaTrangThai": start})
        if goal in MOVES.get(start, set()):
            assert stand.state.act(code, goal)["MaTrangThai"] == goal
        else:
            with pytest.raises(Exception, match="not from this status"):
                stand.state.act(code, goal)


@pytest.mark.parametrize("status", STATUS_TEXT)
async def test_only_what_is_finished_is_handed_to_the_citizen(client: Client, status: str) -> None:
    [row] = await control(client, {"MaHoSo": "A", "MaTrangThai": status})
    code, body = await call(client, "PUT", f"{HOSOS}/TraKetQua/{row['Id']}")
    assert (code, body["succeeded"]) == (200, status == "9")
    [now] = (await search(client))["data"]
    assert now["MaTrangThai"] == ("10" if status == "9" else status)
    assert now["NgayTra"] == ("2019-01-31T17:00:00" if status == "9" else None)


async def test_clerks_stamp_the_time_of_the_stand_ins_clock(
    stand: TanDanStand, clock: ReplayClock
) -> None:
    stand.state.put({"MaHoSo": "A"})
    for status in ("2", "4", "9", "10"):
        clock.advance_to(clock.now() + timedelta(hours=1))
        stand.state.act("A", status)
    [row] = stand.state.rows()
    assert row["NgayTiepNhan"] == "2019-01-31T18:00:00"
    assert row["NgayKetThucXuLy"] == "2019-01-31T20:00:00"
    assert row["NgayTra"] == row["NgayCapNhatTrangThai"] == "2019-01-31T21:00:00"


async def test_return_by_post_is_registered_and_withdrawn(client: Client) -> None:
    [row] = await control(client, {"MaHoSo": "A", "MaTrangThai": "4"})
    path = f"{HOSOS}/DangKyNhanKqQuaBCCI/{row['Id']}"
    status, body = await call(client, "PUT", path, json=CITIZEN)
    assert (status, body["succeeded"]) == (200, True)
    assert body["data"]["HinhThucTra"] == "1"
    assert body["data"]["NgayDangKyBuuDien"] == "2019-01-31T17:00:00"
    assert body["data"]["DangKyNhanHoSoQuaBCCIData"]["hoVaTen"] == "Đặng Thị Ánh"
    wrapped = {"DangKyNhanHoSoQuaBCCIData": {**CITIZEN, "diaChi": "13 Lê Lợi"}}
    assert (await call(client, "PUT", path, json=wrapped))[1]["succeeded"] is True
    back = f"{HOSOS}/ThuHoiDangKyNhanKqQuaBCCI"
    _, body = await call(client, "POST", back, json={"MaHoSo": "A"})
    assert (body["data"]["HinhThucTra"], body["data"]["NgayDangKyBuuDien"]) == ("0", None)
    assert (await call(client, "POST", back, json={"Id": row["Id"]}))[1]["succeeded"] is False


@pytest.mark.parametrize(("status", "possible"), [("9", True), ("10", False), ("3", False)])
async def test_a_closed_dossier_is_not_registered_any_more(
    client: Client, status: str, *, possible: bool
) -> None:
    [row] = await control(client, {"MaHoSo": "A", "MaTrangThai": status})
    path = f"{HOSOS}/DangKyNhanKqQuaBCCI/{row['Id']}"
    code, body = await call(client, "PUT", path, json=CITIZEN)
    assert (code, body["succeeded"]) == (200, possible)
    assert (await search(client))["data"][0]["HinhThucTra"] == ("1" if possible else "0")


@pytest.mark.parametrize("block", [{}, {**CITIZEN, "diaChi": " "}, {**CITIZEN, "tuoi": 5}, []])
async def test_a_registration_without_an_address_is_400(client: Client, block: object) -> None:
    [row] = await control(client, {"MaHoSo": "A"})
    path = f"{HOSOS}/DangKyNhanKqQuaBCCI/{row['Id']}"
    assert (await call(client, "PUT", path, json=block))[0] == 400


# --- waybill numbers ------------------------------------------------------------------------------


async def pool(client: Client, *numbers: str) -> None:
    for number in numbers:
        _, body = await call(client, "POST", "/api/v1/MaVanDonBuuDiens", json={"Ma": number})
        assert body["succeeded"], body


async def test_a_dossier_has_one_live_number_that_can_be_freed(client: Client) -> None:
    ready = {"MaTrangThai": "9", "HinhThucTra": "1"}
    first, second = await control(
        client, {"MaHoSo": "A", **ready}, {"MaHoSo": "B", **ready, "NgayHenTra": None}
    )
    await pool(client, "CH167101882VN")
    hand = f"{HOSOS}/YeuCauBCCILayKetQua"
    _, body = await call(client, "GET", f"{hand}/{first['Id']}")
    assert body["data"]["MaVanDonBuuDien"] == "CH167101882VN"
    assert body["data"]["TrangThaiTraBuuDien"] == "1"
    assert body["data"]["NgayTraBuuDien"] == "2019-01-31T17:00:00"
    assert (await call(client, "GET", f"{hand}/{first['Id']}"))[1]["succeeded"] is False
    assert (await call(client, "GET", f"{hand}/{second['Id']}"))[1]["succeeded"] is False
    withdraw = f"{HOSOS}/ThuHoiDangKyNhanKqQuaBCCI"
    assert (await call(client, "POST", withdraw, json={"MaHoSo": "A"}))[1]["succeeded"] is False
    free = f"{HOSOS}/ThuHoiMaVanDonBuuDien"
    _, body = await call(client, "POST", free, json={"Ma": "CH167101882VN"})
    assert (body["succeeded"], body["data"]["MaVanDonBuuDien"]) == (True, None)
    assert body["data"]["TrangThaiTraBuuDien"] is None
    for named in ({"Ma": "CH167101882VN"}, {"MaHoSo": "A"}, {"MaHoSo": "Z"}):
        assert (await call(client, "POST", free, json=named))[1]["succeeded"] is False
    _, body = await call(client, "GET", f"{hand}/{second['Id']}")
    assert body["data"]["MaVanDonBuuDien"] == "CH167101882VN"


async def test_a_number_stays_with_a_dossier_that_was_returned(client: Client) -> None:
    ready = {"MaHoSo": "A", "MaTrangThai": "9", "HinhThucTra": "1"}
    [row] = await control(client, {**ready, "MaVanDonBuuDien": "CH167101882VN"})
    assert (await call(client, "PUT", f"{HOSOS}/TraKetQua/{row['Id']}"))[1]["succeeded"] is True
    free = f"{HOSOS}/ThuHoiMaVanDonBuuDien"
    assert (await call(client, "POST", free, json={"MaHoSo": "A"}))[1]["succeeded"] is False


@pytest.mark.parametrize("change", [{"MaTrangThai": "4"}, {"HinhThucTra": "0"}])
async def test_only_a_result_that_goes_by_post_gets_a_number(
    client: Client, change: dict[str, str]
) -> None:
    [row] = await control(client, {"MaHoSo": "A", "MaTrangThai": "9", "HinhThucTra": "1", **change})
    await pool(client, "CH167101882VN")
    _, body = await call(client, "GET", f"{HOSOS}/YeuCauBCCILayKetQua/{row['Id']}")
    assert body["succeeded"] is False


async def test_the_pool_is_kept_by_hand(client: Client) -> None:
    [row] = await control(client, {"MaHoSo": "A", "MaTrangThai": "9", "HinhThucTra": "1"})
    await pool(client, "CH167101882VN", "EN980000239VN")
    path = "/api/v1/MaVanDonBuuDiens"
    assert (await call(client, "POST", path, json={"Ma": "CH167101882VN"}))[1]["failed"] is True
    _, body = await call(client, "PUT", f"{path}/EN980000239VN", json={"HoSo": row["Id"]})
    assert body["data"] == {
        "Ma": "EN980000239VN",
        "TrangThai": "1",
        "HoSo": row["Id"],
        "NgayYeuCau": "2019-01-31T17:00:00",
    }
    assert (await call(client, "DELETE", f"{path}/EN980000239VN"))[1]["succeeded"] is False
    assert (await call(client, "DELETE", f"{path}/CH167101882VN"))[1]["succeeded"] is True
    assert (await call(client, "GET", f"{path}/CH167101882VN"))[0] == 404
    assert (await call(client, "GET", f"{path}/EN980000239VN"))[1]["data"]["TrangThai"] == "1"
    await client.delete("/_control/dossiers/A")
    assert (await call(client, "GET", f"{path}/EN980000239VN"))[1]["data"]["TrangThai"] == "0"


# --- what it counts -------------------------------------------------------------------------------


async def switch(client: Client, *words: str) -> None:
    assert (await client.post("/_control/faults", json={"defects": words})).status == 204


async def report(client: Client, name: str, **query: str) -> dict[str, dict[str, Any]]:
    status, body = await call(client, "GET", f"{REPORTS}/{name}", params=query)
    assert (status, body.get("succeeded")) == (200, True), body
    return {row["GroupCode"]: row for row in body["data"]}


def received(code: str, status: str, **more: str) -> dict[str, str]:
    return {
        "MaHoSo": code,
        "GroupCode": "H37.04",
        "GroupName": "Sở Tư pháp",
        "MaTrangThai": status,
        "NgayTiepNhan": "2019-01-31T08:00:00",
        **more,
    }


async def test_the_day_is_counted_by_the_rules_of_the_reference(client: Client) -> None:
    ended = {"NgayKetThucXuLy": "2019-01-31T16:00:00"}
    fee = {"SoTien": 20_000, "TrangThai": "Đã thanh toán", "NgayThuPhi": "2019-01-31T09:00:00"}
    await control(
        client,
        received("new", "1"),
        received("refused", "3", **ended),
        received("direct", "2"),
        received("online", "4", KenhThucHien="2"),
        received("postal", "9", KenhThucHien="3", **ended),
        received("returned", "10", NgayTra="2019-01-31T16:30:00", **ended),
        received("stopped", "8", **ended),
        received("supplement", "5"),
        received("withdrawn", "7"),
        {**received("fee", "4"), "YeuCauThanhToan": [fee, {**fee, "TrangThai": "Đã hoàn phí"}]},
        received("yesterday", "4", NgayTiepNhan="2019-01-30T23:59:59"),
        received("elsewhere", "4", GroupCode="H37.05"),
    )
    counted = await report(client, "ThongKeTrongNgay", Ngay="2019-01-31")
    assert counted["H37.04"] == {
        "GroupName": "Sở Tư pháp",
        "GroupCode": "H37.04",
        "TiepNhanTrongNgay": 8,
        "TiepNhanTrucTiepTrongNgay": 6,
        "TiepNhanTrucTuyenTrongNgay": 1,
        "TiepNhanBCCITrongNgay": 1,
        "CoKetQuaTrongNgay": 2,
        "DungHanTrongNgay": 2,
        "QuaHanTrongNgay": 0,
        "DaTraCongDanTrongNgay": 1,
        "ThuPhiLePhiTrongNgay": 20_000,
        "YeuCauBoSungTrongNgay": 1,
        "YeuCauTraLaiXinRutTrongNgay": 1,
    }
    assert counted["H37.05"]["TiepNhanTrongNgay"] == 1
    assert await report(client, "ThongKeTrongNgay") == counted
    below = await call(client, "GET", f"{HOSOS}/ThongKeTrongNgay")
    assert below[1]["data"] == list(counted.values())
    only = await report(client, "ThongKeTrongNgay", MaDinhDanh="H37.05")
    assert only.keys() == {"H37.05"}
    assert (await report(client, "ThongKeTrongNgay", MaDinhDanhCha="H37")).keys() == counted.keys()
    days = await report(client, "ThongKeTrongNgay", TuNgay="2019-01-30", DenNgay="2019-01-31")
    assert days["H37.04"]["TiepNhanTrongNgay"] == 9


async def test_the_two_rules_of_being_on_time_count_differently(client: Client) -> None:
    await control(
        client,
        received(
            "A",
            "10",
            NgayHenTra="2019-01-31T10:00:00",
            NgayKetThucXuLy="2019-01-31T15:00:00",
            NgayTra="2019-01-31T16:00:00",
        ),
        received(
            "B",
            "10",
            NgayHenTra="2019-01-30T17:00:00",
            NgayKetThucXuLy="2019-01-31T15:00:00",
            NgayTra="2019-01-31T15:00:00",
        ),
        received("C", "9", NgayKetThucXuLy="2019-01-31T15:00:00"),
    )
    late = {}
    for words in ([], ["late_by_return"]):
        await switch(client, *words)
        row = (await report(client, "ThongKeTrongNgay"))["H37.04"]
        assert row["DungHanTrongNgay"] + row["QuaHanTrongNgay"] == row["CoKetQuaTrongNgay"] == 3
        late["".join(words)] = row["QuaHanTrongNgay"]
    assert late == {"": 1, "late_by_return": 2}


async def test_the_posts_part_is_counted_and_each_defect_miscounts_it(client: Client) -> None:
    by_post = {"KenhThucHien": "3", "HinhThucTra": "1"}
    await control(
        client,
        received("A", "4", **by_post),
        received(
            "B",
            "10",
            TrangThaiTraBuuDien="1",
            NgayTraBuuDien="2019-01-31T09:00:00",
            NgayTra="2019-01-31T09:30:00",
            **by_post,
        ),
        received("C", "4", NgayDangKyBuuDien="2019-01-31T09:00:00"),
        received("D", "9", NgayTraBuuDien="2019-01-31T09:00:00"),
        received("E", "3", **by_post),
        received("F", "4", **{**by_post, "NgayTiepNhan": "2019-01-30T10:00:00"}),
    )
    names = ("CountTiepNhanQuaBuuChinh", "CountBuuDienDaChuyenTraKQ", "CountDangKyQuaKQBuuDien")
    days = {"TuNgay": "2019-01-30", "DenNgay": "2019-01-31", "Catalog": "SO"}
    seen = {}
    for words in ([], ["postal_falls_out"], ["a_day_behind"]):
        await switch(client, *words)
        row = (await report(client, "TiepNhanBuuChinh", **days))["H37.04"]
        seen["".join(words)] = tuple(row[name] for name in names)
    assert seen == {
        "": (3, 1, 4),
        "postal_falls_out": (2, 1, 3),
        "a_day_behind": (1, 0, 1),
    }


@pytest.mark.parametrize(
    "query", [{"TuNgay": "31/01/2019"}, {"Ngay": "x"}, {"TuNgayy": "2019-01-31"}]
)
async def test_a_report_needs_days_it_can_read(client: Client, query: dict[str, str]) -> None:
    for name in ("ThongKeTrongNgay", "TiepNhanBuuChinh"):
        assert (await call(client, "GET", f"{REPORTS}/{name}", params=query))[0] == 400


# --- the share API --------------------------------------------------------------------------------


async def test_the_share_api_has_a_key_and_a_daily_quota(
    client: Client, clock: ReplayClock
) -> None:
    await control(client, {"MaHoSo": "A"})
    key = {"ApiKey": "khoa-chia-se"}
    detail = "/api/v1/ApiChiaSes/DetailHoSoEx"
    assert (await call(client, "GET", detail, params={"Ma": "A"}))[0] == 401
    _, body = await call(client, "GET", detail, params={"Ma": "A"}, headers=key)
    assert body["data"]["MaHoSo"] == "A"
    _, listed = await call(client, "POST", "/api/v1/ApiChiaSe/SearchHoSoEx", json={}, headers=key)
    assert listed["totalCount"] == 1
    response = await client.get(detail, params={"Ma": "A"}, headers=key)
    assert (response.status, response.headers["Retry-After"]) == (429, "25200")
    clock.advance_to(NOW + timedelta(hours=7))
    assert (await call(client, "GET", detail, params={"Ma": "A"}, headers=key))[0] == 200


# --- shapes and control ---------------------------------------------------------------------------


async def test_names_may_begin_small_tokens_come_wrapped_and_numbers_as_texts(
    client: Client,
) -> None:
    plan = {"defects": ["camel_case", "wrapped_token"], "numbers_as_text": True}
    await control(client, {"MaHoSo": "A", "MaTTHC": "1.004199"})
    assert (await client.post("/_control/faults", json=plan)).status == 204
    page = await search(client)
    assert (page["totalCount"], page["hasNextPage"]) == ("1", False)
    assert page["data"][0]["maTTHC"] == "1.004199"
    _, body = await call(client, "POST", "/api/tokens", json=USER)
    assert body["succeeded"] is True
    assert body["data"].keys() == {"token", "refreshToken", "refreshTokenExpiryTime"}


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"MauSac": "đỏ"}, "MauSac"),
        ({"MaTrangThai": 2}, "MaTrangThai"),
        ({"NgayTra": "31/01/2019"}, "NgayTra"),
        ({"YeuCauThanhToan": [{"SoTien": "5"}]}, "SoTien"),
        ({"YeuCauThanhToan": [{"TrangThai": "xong"}]}, "TrangThai"),
        ({"YeuCauThanhToan": [{"Mau": 1}]}, "YeuCauThanhToan"),
        ({"YeuCauThanhToan": [{"NgayThuPhi": "x"}]}, "NgayThuPhi"),
        ({"DangKyNhanHoSoQuaBCCIData": {}}, "hoVaTen"),
        ("A", "đối tượng"),
    ],
)
async def test_a_row_that_no_system_could_hold_is_refused_and_nothing_is_stored(
    client: Client, row: object, named: str
) -> None:
    rows = [{"MaHoSo": "good"}, row]
    status, body = await call(client, "POST", "/_control/dossiers", json=rows)
    assert status == 400
    assert named in body["message"]
    assert await codes(client) == []


async def test_a_number_that_is_live_elsewhere_cannot_be_planted(client: Client) -> None:
    await control(client, {"MaHoSo": "A", "MaVanDonBuuDien": "CH167101882VN"})
    rows = [{"MaHoSo": "B", "MaVanDonBuuDien": "CH167101882VN"}]
    assert (await call(client, "POST", "/_control/dossiers", json=rows))[0] == 400
    assert await codes(client) == ["A"]


async def test_two_dossiers_may_carry_one_code(client: Client) -> None:
    [first] = await control(client, {"MaHoSo": "A"})
    await control(client, {"MaHoSo": "A", "Id": "another"})
    assert await codes(client) == ["A", "A"]
    assert (await client.delete(f"/_control/dossiers/{first['Id']}")).status == 204
    assert await codes(client) == ["A"]
    assert (await client.delete("/_control/dossiers/A")).status == 204
    assert (await client.delete("/_control/dossiers/A")).status == 404


def test_the_same_seed_invents_the_same_numbers(clock: ReplayClock) -> None:
    def key(seed: int) -> object:
        return TanDanState(clock=clock, seed=seed).put({"MaHoSo": "A"})["Id"]

    assert key(1) == key(1)
    assert key(1) != key(2)
