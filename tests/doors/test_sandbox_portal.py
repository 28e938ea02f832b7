"""The stand-in of the national portal is as strict as the reference says, and fails as told."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.national_portal import (
    LOGIN_PATH,
    PORTAL,
    RELAY_PATH,
    SERVICE_PATH,
    make_national_portal,
)
from postal_bridge.sandbox.national_portal_access import PortalCredentials
from postal_bridge.sandbox.national_portal_catalogue import Term, published
from postal_bridge.sandbox.national_portal_state import AFTER

NOW = datetime(2019, 1, 31, 17, 0, tzinfo=LOCAL)
LOGIN = PortalCredentials()
HEADERS = {"dstcode": LOGIN.dstcode}
CODE = "000.00.04.H37-190110-0001"
SUCCESSES = [0, "0", "00"]

Client = TestClient[Any, Any]


class Asker:
    """Signs in, and asks in the portal's envelope."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.session = ""

    async def sign_in(self, **changes: str) -> dict[str, Any]:
        body = {"username": LOGIN.username, "password": LOGIN.password, **changes}
        response = await self.client.post(LOGIN_PATH, json=body, headers=HEADERS)
        assert response.status == 200
        told: dict[str, Any] = await response.json()
        self.session = told["session"]
        return told

    async def ask(self, service: str, **changes: object) -> dict[str, Any]:
        body: dict[str, object] = {
            "session": self.session,
            "madonvi": LOGIN.unit_code,
            "service": service,
            "isUpdating": "False",
            "data": [],
            **changes,
        }
        response = await self.client.post(SERVICE_PATH, json=body, headers=HEADERS)
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        assert answer.keys() == {"error_code", "message", "result"}
        return answer

    async def put(self, *items: object, updating: str = "False") -> dict[str, Any]:
        return await self.ask("DongBoHoSoMC", isUpdating=updating, data=items)

    async def progress(self, *items: object) -> dict[str, Any]:
        return await self.ask("CapNhatTienDoHoSoMC", data=items)

    async def told(self, code: str = CODE) -> dict[str, Any]:
        response = await self.client.get(f"/_control/dossiers/{code}")
        assert response.status == 200
        told: dict[str, Any] = await response.json()
        return told


def record(**changes: object) -> dict[str, object]:
    return {
        "MaHoSo": CODE,
        "MaTTHC": "1.004199",
        "TenTTHC": "Cấp lại giấy phép",
        "MaLinhVuc": "G03-GD10",
        "TenLinhVuc": "Đối ngoại",
        "ChuHoSo": "Hoàng Thị Lan",
        "LoaiDoiTuong": "1",
        "MaDoiTuong": "020190000123",
        "HinhThuc": "0",
        "NgayTiepNhan": "20190110083000",
        "TrangThaiHoSo": "2",
        "DonViXuLy": "Sở Ngoại vụ",
        **changes,
    }


def step(**changes: object) -> dict[str, object]:
    return {
        "MaHoSo": CODE,
        "NguoiXuLy": "Lý Văn Tuấn",
        "ChucDanh": "Nhân viên",
        "ThoiDiemXuLy": "20190110083000",
        "PhongBanXuLy": "Trung tâm",
        "NoiDungXuLy": "Được tiếp nhận",
        "TrangThai": "2",
        "NgayBatDau": "20190110083000",
        "NgayKetThucTheoQuyDinh": "",
        **changes,
    }


def accepted(answer: dict[str, Any]) -> bool:
    return answer["error_code"] in SUCCESSES


def said_no(answer: dict[str, Any], why: str) -> None:
    assert not accepted(answer)
    assert str(answer["error_code"]) in {"1", "3", "-3"}
    assert answer["result"] == []
    assert why in answer["message"]


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def client(clock: ReplayClock) -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_national_portal(clock=clock, seed=7))) as opened:
        yield opened


@pytest.fixture
async def asker(client: Client) -> Asker:
    signed_in = Asker(client)
    assert accepted(await signed_in.sign_in())
    return signed_in


# --- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"username": "ai"}, {"password": "sai"}])
async def test_a_wrong_password_gives_no_session_and_http_200(
    client: Client, changes: dict[str, str]
) -> None:
    told = await Asker(client).sign_in(**changes)
    assert not accepted(told)
    assert told["session"] == ""


@pytest.mark.parametrize("path", [LOGIN_PATH, SERVICE_PATH])
@pytest.mark.parametrize("headers", [{}, {"dstcode": "VN:ELSE"}])
async def test_the_header_must_be_the_agreed_one(
    asker: Asker, path: str, headers: dict[str, str]
) -> None:
    body = {
        "username": LOGIN.username,
        "password": LOGIN.password,
        "session": asker.session,
        "madonvi": LOGIN.unit_code,
        "service": "LayDanhSachTTHC",
    }
    response = await asker.client.post(path, json=body, headers=headers)
    answer = await response.json()
    assert (response.status, "dstcode" in answer["message"]) == (200, True)
    assert not accepted(answer)


async def test_a_session_ends_after_half_an_hour_whether_it_was_used_or_not(
    asker: Asker, clock: ReplayClock
) -> None:
    for minutes, alive in ((29, True), (30, False)):
        clock.advance_to(NOW + timedelta(minutes=minutes))
        assert accepted(await asker.ask("LayDanhSachTTHC")) is alive
    said_no(await asker.put(record()), "hết hạn")
    await asker.sign_in()
    assert accepted(await asker.put(record()))


async def test_two_sessions_live_side_by_side_until_all_are_ended(
    asker: Asker, client: Client
) -> None:
    other = Asker(client)
    await other.sign_in()
    assert other.session != asker.session
    assert accepted(await asker.ask("LayDanhSachTTHC"))
    assert accepted(await other.ask("LayDanhSachTTHC"))
    assert (await client.delete("/_control/sessions")).status == 204
    said_no(await other.ask("LayDanhSachTTHC"), "Phiên")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"session": ""}, "Phiên"),
        ({"session": ["a"]}, "Phiên"),
        ({"session": None}, "Phiên"),
        ({"madonvi": "000.00.99.H37"}, "đơn vị"),
        ({"service": "XoaHetHoSo"}, "XoaHetHoSo"),
        ({"service": None}, "dịch vụ"),
        ({"isUpdating": "true"}, "isUpdating"),
        ({"isUpdating": False}, "isUpdating"),
        ({"isUpdating": []}, "isUpdating"),
        ({"isUpdating": ""}, "isUpdating"),
        ({"data": {}}, "data"),
        ({"data": []}, "data"),
    ],
)
async def test_an_envelope_that_is_not_in_form_is_refused(
    asker: Asker, changes: dict[str, object], why: str
) -> None:
    whole = {"service": "DongBoHoSoMC", "data": [record()], **changes}
    said_no(await asker.ask(**whole), why)  # type: ignore[arg-type]  # that is what is wrong


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null"])
async def test_a_body_that_is_no_object_is_refused_with_http_200(
    client: Client, body: bytes
) -> None:
    response = await client.post(SERVICE_PATH, data=body, headers=HEADERS)
    assert response.status == 200
    assert not accepted(await response.json())


async def test_success_comes_as_a_number_and_as_two_texts_in_turn(asker: Asker) -> None:
    codes = [(await asker.ask("LayDanhSachTTHC"))["error_code"] for _ in range(4)]
    assert sorted(map(repr, codes[:3])) == sorted(map(repr, SUCCESSES))
    assert repr(codes[3]) == repr(codes[0])


async def test_an_error_comes_as_a_number_and_as_a_text_in_turn(asker: Asker) -> None:
    codes = {(await asker.put())["error_code"] for _ in range(2)}
    assert codes == {1, "1"}


# --- a record -------------------------------------------------------------------------------------


async def test_a_record_is_kept_as_it_was_told_and_looked_up(asker: Asker) -> None:
    said_nothing = await asker.ask("TraCuuHoSo", mahoso=CODE)
    assert accepted(said_nothing)
    assert said_nothing["result"] == []
    answer = await asker.put(record(NgayHenTra="20190117170000"))
    assert accepted(answer)
    assert "thành công" in answer["message"]
    (found,) = (await asker.ask("TraCuuHoSo", mahoso=CODE))["result"]
    assert (found["MaHoSo"], found["TrangThaiHoSo"]) == (CODE, "2")
    assert (found["NgayHenTra"], found["NgayTra"]) == ("20190117170000", "")
    told = await asker.told()
    assert told["states"] == ["2"]
    (one,) = told["told"]
    assert (one["at"], one["updating"]) == ("20190131170000", False)
    assert one["item"] == record(NgayHenTra="20190117170000")


@pytest.mark.parametrize("data", [[{"mahoso": CODE}], {"mahoso": CODE}])
async def test_the_code_may_stand_in_the_data_too(asker: Asker, data: object) -> None:
    await asker.put(record())
    assert len((await asker.ask("TraCuuHoSo", data=data))["result"]) == 1


async def test_a_version_that_does_not_tell_the_state(asker: Asker) -> None:
    await asker.put(record())
    await asker.client.post("/_control/faults", json={"defects": ["no_state"]})
    assert (await asker.ask("TraCuuHoSo", mahoso=CODE))["result"] == [{"MaHoSo": CODE}]


@pytest.mark.parametrize("changes", [{}, {"mahoso": ""}, {"mahoso": 7}, {"data": ["x"]}])
async def test_a_look_up_without_a_code_is_refused(
    asker: Asker, changes: dict[str, object]
) -> None:
    said_no(await asker.ask("TraCuuHoSo", **changes), "mahoso")


@pytest.mark.parametrize(
    "column",
    [
        *("MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "ChuHoSo", "LoaiDoiTuong"),
        *("MaDoiTuong", "HinhThuc", "NgayTiepNhan", "TrangThaiHoSo", "DonViXuLy"),
    ],
)
async def test_what_is_required_must_be_there_and_not_empty(asker: Asker, column: str) -> None:
    whole = record()
    said_no(await asker.put({**whole, column: ""}), column)
    del whole[column]
    said_no(await asker.put(whole), column)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"MauSac": "đỏ"}, "MauSac"),
        ({"TrangThaiHoSo": 2}, "TrangThaiHoSo"),
        ({"Email": None}, "Email"),
        ({"TrangThaiHoSo": "0"}, "TrangThaiHoSo"),
        ({"TrangThaiHoSo": "11"}, "TrangThaiHoSo"),
        ({"TrangThaiHoSo": "02"}, "TrangThaiHoSo"),
        ({"MaTTHC": "1.00419"}, "MaTTHC"),
        ({"MaTTHC": "1.004199.000.00.00.37"}, "MaTTHC"),
        ({"LoaiDoiTuong": "0"}, "LoaiDoiTuong"),
        ({"LoaiDoiTuong": "5"}, "LoaiDoiTuong"),
        ({"HinhThuc": "2"}, "HinhThuc"),
        ({"KenhThucHien": "0"}, "KenhThucHien"),
        ({"KenhThucHien": "4"}, "KenhThucHien"),
        ({"NoiNopHoSo": "3"}, "NoiNopHoSo"),
        ({"HoSoCoThanhPhanSoHoa": "2"}, "HoSoCoThanhPhanSoHoa"),
        ({"TaiKhoanDuocXacThucVoiVNeID": "True"}, "TaiKhoanDuocXacThucVoiVNeID"),
        ({"DuocThanhToanTrucTuyen": "4"}, "DuocThanhToanTrucTuyen"),
        ({"TrichYeuHoSo": "a" * 1001}, "TrichYeuHoSo"),
        ({"NgayTiepNhan": "10/01/2019 08:30"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": "20190110"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": "20190229083000"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": "20190110240000"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": "20190110083060"}, "NgayTiepNhan"),
        ({"NgayTiepNhan": "2019011008300 "}, "NgayTiepNhan"),
        ({"NgayHenTra": "20190110082959"}, "NgayHenTra"),
        ({"NgayTra": "20190111083000"}, "NgayTra"),
        ({"NgayKetThucXuLy": "20190111083000"}, "NgayKetThucXuLy"),
        ({"DinhDanhCHS": {}}, "DinhDanhCHS"),
        ({"DinhDanhCHS": ["012345678901"]}, "DinhDanhCHS"),
        ({"DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "012345678"}]}, "SoDinhDanh"),
        ({"DinhDanhCHS": [{"LoaiDinhDanh": "2", "SoDinhDanh": "012345678901"}]}, "SoDinhDanh"),
        ({"DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "01234567890A"}]}, "SoDinhDanh"),
        ({"DinhDanhCHS": [{"LoaiDinhDanh": "3", "SoDinhDanh": "012345678"}]}, "LoaiDinhDanh"),
        ({"DinhDanhCHS": [{"LoaiDinhDanh": "1"}]}, "SoDinhDanh"),
        ({"TaiLieuNop": [{"TenTepDinhKem": "a" * 4001}]}, "TenTepDinhKem"),
        ({"TaiLieuNop": [{"IsDeleted": "false"}]}, "IsDeleted"),
        ({"TaiLieuNop": [{"DuocSoHoa": "2"}]}, "DuocSoHoa"),
        ({"TaiLieuNop": [{"DuocTaiSuDung": "3"}]}, "DuocTaiSuDung"),
        ({"TaiLieuNop": [{"DuocLayTuKhoDMQG": "x"}]}, "DuocLayTuKhoDMQG"),
        ({"DanhSachLePhi": [{"HinhThucThu": "3"}]}, "HinhThucThu"),
        ({"DanhSachLePhi": [{"LoaiPhiLePhi": "0"}]}, "LoaiPhiLePhi"),
        ({"DanhSachLePhi": [{"Gia": "30.000"}]}, "Gia"),
        ({"DanhSachHoSoBoSung": [{"NgayBoSung": "20190231000000"}]}, "NgayBoSung"),
        ({"DanhSachGiayToKetQua": [{"TenGiayTo": "a" * 2001}]}, "TenGiayTo"),
        ({"DSKetNoiCSDL": [{"Ma": "1"}]}, "Ma"),
    ],
)
async def test_a_column_that_is_not_as_the_reference_says_is_refused_by_name(
    asker: Asker, changes: dict[str, object], why: str
) -> None:
    said_no(await asker.put(record(**changes)), why)
    assert (await asker.ask("TraCuuHoSo", mahoso=CODE))["result"] == []


async def test_a_record_with_everything_is_taken(asker: Asker) -> None:
    whole = record(
        MaTTHC="1.004199.000.00.00.H37",
        SoBienNhan="1",
        KenhThucHien="3",
        HinhThuc="1",
        NgayNopHoSo="20190110080000",
        NgayHenTra="20190110083000",
        NgayTuChoi="",
        TrichYeuHoSo="a" * 1000,
        DinhDanhCHS=[
            {"LoaiDinhDanh": "1", "SoDinhDanh": "012345678901"},
            {"LoaiDinhDanh": "2", "SoDinhDanh": "012345678"},
        ],
        NoiNopHoSo="2",
        HoSoCoThanhPhanSoHoa="1",
        TaiKhoanDuocXacThucVoiVNeID="0",
        DuocThanhToanTrucTuyen="2",
        DSKetNoiCSDL=[{"MaCSDL": "1"}],
        TaiLieuNop=[
            {
                "TepDinhKemId": "1",
                "TenTepDinhKem": "đơn.pdf",
                "IsDeleted": "False",
                "DuocSoHoa": "1",
                "DuocTaiSuDung": "2",
            }
        ],
        DanhSachLePhi=[{"HinhThucThu": "4", "Gia": "30000", "LoaiPhiLePhi": "1"}],
        DanhSachHoSoBoSung=[
            {"NgayBoSung": "20190111080000", "DanhSachGiayToBoSung": [{"TenGiayTo": "Đơn"}]}
        ],
        DanhSachGiayToKetQua=[{"TenGiayTo": "Giấy phép"}],
    )
    answer = await asker.put(whole)
    assert accepted(answer), answer
    assert "Cảnh báo" not in answer["message"]
    assert (await asker.told())["told"][0]["item"] == whole


async def test_the_postal_channel_with_a_return_at_the_desk_is_taken_with_a_warning(
    asker: Asker,
) -> None:
    answer = await asker.put(record(KenhThucHien="3"))
    assert accepted(answer)
    assert "Cảnh báo" in answer["message"]
    assert (await asker.told())["states"] == ["2"]


async def test_the_other_table_of_applicants_is_taken_by_a_switch(asker: Asker) -> None:
    await asker.client.post("/_control/faults", json={"defects": ["kinds_from_zero"]})
    said_no(await asker.put(record(LoaiDoiTuong="3")), "LoaiDoiTuong")
    assert accepted(await asker.put(record(LoaiDoiTuong="0")))


async def test_what_is_there_is_not_created_and_what_is_not_there_is_not_renewed(
    asker: Asker,
) -> None:
    said_no(await asker.put(record(), updating="True"), "không tồn tại")
    assert accepted(await asker.put(record()))
    said_no(await asker.put(record(TrangThaiHoSo="4")), "đã tồn tại")
    assert (await asker.told())["states"] == ["2"]
    assert accepted(await asker.put(record(TrangThaiHoSo="4"), updating="True"))
    assert (await asker.told())["states"] == ["2", "4"]


async def test_several_records_are_taken_all_or_none(asker: Asker) -> None:
    other = record(MaHoSo="B")
    said_no(await asker.put(record(), {**other, "HinhThuc": "9"}), "HinhThuc")
    said_no(await asker.put(record(), record()), "MaHoSo")
    said_no(await asker.put(record(), "B"), "đối tượng")
    assert (await asker.ask("TraCuuHoSo", mahoso=CODE))["result"] == []
    answer = await asker.put(record(), other)
    assert answer["result"] == [{"MaHoSo": CODE}, {"MaHoSo": "B"}]


# --- states ---------------------------------------------------------------------------------------

DATES = {
    "3": {"NgayKetThucXuLy": "20190111083000"},
    "8": {"NgayKetThucXuLy": "20190111083000"},
    "9": {"NgayKetThucXuLy": "20190111083000"},
    "10": {"NgayKetThucXuLy": "20190111083000", "NgayTra": "20190112083000"},
}
STATES = [str(number) for number in range(1, 11)]


def in_state(state: str, code: str = CODE) -> dict[str, object]:
    return record(MaHoSo=code, TrangThaiHoSo=state, **DATES.get(state, {}))


@pytest.mark.parametrize("before", STATES)
async def test_only_a_state_that_can_follow_is_taken(asker: Asker, before: str) -> None:
    for now in STATES:
        code = f"{before}-{now}"
        filed = {"MaHoSo": code, "TrangThaiHoSo": before}
        assert (await asker.client.post("/_control/dossiers", json=filed)).status == 200
        answer = await asker.put(in_state(now, code), updating="True")
        possible = now == before or now in AFTER.get(before, frozenset())
        assert accepted(answer) is possible, (before, now)


def test_the_table_is_that_of_the_reference() -> None:
    assert AFTER["1"] == {"2", "3", "7"}
    assert AFTER["2"] == {"4", "5", "6", "7", "8", "9"}
    assert AFTER["4"] >= {"5", "6"}
    assert "4" in AFTER["5"] & AFTER["6"]
    assert AFTER.keys().isdisjoint({"3", "10"})
    assert [state for state, after in AFTER.items() if "10" in after] == ["9"]


@pytest.mark.parametrize("state", STATES)
async def test_any_state_but_the_last_may_be_the_first_that_is_told(
    asker: Asker, state: str
) -> None:
    assert accepted(await asker.put(in_state(state))) is (state != "10")


async def test_a_dossiers_whole_way_is_kept_with_what_was_told_twice(asker: Asker) -> None:
    await asker.put(in_state("2"))
    for state in ("4", "5", "4", "9", "10"):
        assert accepted(await asker.put(in_state(state), updating="True"))
    assert (await asker.told())["states"] == ["2", "4", "5", "4", "9", "10"]
    assert [(await asker.told())[name] for name in ("repeats", "rewrites")] == [0, 0]

    assert accepted(await asker.put(in_state("10"), updating="True"))
    assert accepted(await asker.put({**in_state("10"), "GhiChu": "sửa"}, updating="True"))
    told = await asker.told()
    assert [told[name] for name in ("repeats", "rewrites")] == [1, 1]
    assert told["states"] == ["2", "4", "5", "4", "9", "10"]
    assert len(told["told"]) == 8


# --- progress -------------------------------------------------------------------------------------


async def test_progress_is_taken_only_after_the_record(asker: Asker) -> None:
    said_no(await asker.progress(step()), "không tồn tại")
    await asker.put(record())
    said_no(await asker.progress(step(), step(MaHoSo="B")), "B không tồn tại")
    assert (await asker.told())["progress"] == []
    assert accepted(await asker.progress(step()))
    assert (await asker.told())["progress"] == [step()]


async def test_ten_steps_are_taken_at_once_and_no_more(asker: Asker) -> None:
    await asker.put(record())
    steps = [step(NoiDungXuLy=f"Bước {number}") for number in range(11)]
    said_no(await asker.progress(*steps), "1..10")
    said_no(await asker.progress(), "1..10")
    assert (await asker.told())["progress"] == []
    assert accepted(await asker.progress(*steps[:10]))
    assert (await asker.told())["progress"] == steps[:10]


async def test_the_same_step_twice_stands_once_and_is_counted(asker: Asker) -> None:
    await asker.put(record())
    for _ in range(2):
        assert accepted(await asker.progress(step(), step(NoiDungXuLy="Khác")))
    told = await asker.told()
    assert (len(told["progress"]), told["repeated_steps"]) == (2, 2)
    assert accepted(await asker.progress(step(ThoiDiemXuLy="20190110083001")))
    assert len((await asker.told())["progress"]) == 3


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"NguoiXuLy": "a" * 51}, "NguoiXuLy"),
        ({"ThoiDiemXuLy": ""}, "ThoiDiemXuLy"),
        ({"ThoiDiemXuLy": "20190231083000"}, "ThoiDiemXuLy"),
        ({"NgayBatDau": "2019"}, "NgayBatDau"),
        ({"NgayKetThucTheoQuyDinh": "20191301000000"}, "NgayKetThucTheoQuyDinh"),
        ({"TrangThai": "11"}, "TrangThai"),
        ({"TrangThai": 2}, "TrangThai"),
        ({"NoiDungXuLy": ""}, "NoiDungXuLy"),
        ({"MaHoSo": ""}, "MaHoSo"),
        ({"GhiChu": "x"}, "GhiChu"),
    ],
)
async def test_a_step_that_is_not_in_form_is_refused_by_name(
    asker: Asker, changes: dict[str, object], why: str
) -> None:
    await asker.put(record())
    said_no(await asker.progress(step(**changes)), why)


# --- what is published ----------------------------------------------------------------------------


async def test_a_procedure_comes_in_the_shape_of_the_reference(asker: Asker) -> None:
    own = published(
        "1.004199",
        "Cấp lại giấy phép",
        domain=("G03-GD10", "Đối ngoại"),
        unit=("G03", "Bộ Ngoại giao"),
        terms=[Term(time="5", channels=("1", "3"), fees_vnd=(30_000, 5_000))],
    )
    assert (await asker.client.post("/_control/procedures", json=own)).status == 200
    (found,) = (await asker.ask("LayThuTuc", maTTHC="1.004199"))["result"]
    assert found == own
    way = found["CACHTHUCTHUCHIEN"][1]
    (time,) = way["THOIGIAN"]
    assert (way["KENH"], time["THOIGIANGIAIQUYET"], time["DONVITINH"]) == (
        "3",
        "5",
        "Ngày làm việc",
    )
    assert [fee["SOTIEN"] for fee in time["PHILEPHI"]] == ["30000", "5000"]
    assert (await asker.ask("LayThuTuc", maTTHC="9.999999"))["result"] == []
    said_no(await asker.ask("LayThuTuc"), "maTTHC")


async def test_lists_of_procedures_bodies_and_fields(asker: Asker) -> None:
    procedures = (await asker.ask("LayDanhSachTTHC"))["result"]
    assert [one["MATTHC"] for one in procedures] == ["1.000390", "1.013830", "2.002139"]
    fields = (await asker.ask("LayDanhMucLinhVuc"))["result"]
    assert fields[0].keys() == {"MALINHVUC", "TENLINHVUC", "MANGANH"}
    bodies = (await asker.ask("LayDanhMucCoQuan"))["result"]
    assert bodies[0].keys() == {"MADONVI", "TENDONVI", "CAPDONVI"}


@pytest.mark.parametrize("row", [{}, {"TENTTHC": "x"}, {"MATTHC": "1.1", "Ten": "x"}, 7])
async def test_a_procedure_that_no_portal_could_publish_is_refused(
    client: Client, row: object
) -> None:
    assert (await client.post("/_control/procedures", json=row)).status == 400


# --- the relay form -------------------------------------------------------------------------------


async def relayed(client: Client, body: object, **query: str) -> dict[str, Any]:
    asked = {"MaDinhDanhDV": LOGIN.unit_code, "isUpdating": "False", **query}
    response = await client.post(RELAY_PATH, params=asked, json=body)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def test_the_relay_form_takes_a_bare_list_without_a_session(asker: Asker) -> None:
    client = asker.client
    answer = await relayed(client, [record()])
    assert (answer["response_code"], answer["response_data"]) == ("00", [{"MaHoSo": CODE}])
    again = await relayed(client, [record()])
    assert (again["response_code"], again["response_data"]) == ("-1", None)
    assert "đã tồn tại" in again["response_desc"]
    renewed = await relayed(client, [record(TrangThaiHoSo="4")], isUpdating="True")
    assert renewed["response_code"] == "00"
    assert (await asker.told())["states"] == ["2", "4"]


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"data": []}, {}),
        ([], {}),
        ([record()], {"isUpdating": "true"}),
        ([record()], {"MaDinhDanhDV": "H99"}),
        ([record(HinhThuc="9")], {}),
    ],
)
async def test_the_relay_form_is_as_strict(
    client: Client, body: object, query: dict[str, str]
) -> None:
    assert (await relayed(client, body, **query))["response_code"] == "-1"


# --- faults and control ---------------------------------------------------------------------------


async def test_what_was_stored_before_the_reply_was_lost_is_there(asker: Asker) -> None:
    plan = {"faults": [{"kind": "reply_lost", "route": "DongBoHoSoMC"}]}
    assert (await asker.client.post("/_control/faults", json=plan)).status == 204
    assert accepted(await asker.ask("LayDanhSachTTHC"))
    with pytest.raises(aiohttp.ClientError):
        await asker.put(record())
    assert (await asker.told())["states"] == ["2"]
    said_no(await asker.put(record()), "đã tồn tại")


async def test_a_lost_reply_to_progress_leaves_the_step_once(asker: Asker) -> None:
    await asker.put(record())
    plan = {"faults": [{"kind": "reply_lost", "route": "CapNhatTienDoHoSoMC"}]}
    await asker.client.post("/_control/faults", json=plan)
    with pytest.raises(aiohttp.ClientError):
        await asker.progress(step())
    assert accepted(await asker.progress(step()))
    told = await asker.told()
    assert (len(told["progress"]), told["repeated_steps"]) == (1, 1)


async def test_a_record_that_was_delivered_twice_is_stored_once(asker: Asker) -> None:
    plan = {"faults": [{"kind": "duplicate", "route": "DongBoHoSoMC"}]}
    await asker.client.post("/_control/faults", json=plan)
    said_no(await asker.put(record()), "đã tồn tại")
    assert len((await asker.told())["told"]) == 1


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.LOGIN_PAGE, FaultKind.TOO_MANY])
async def test_faults_strike_a_service_by_its_name_and_store_nothing(
    asker: Asker, kind: FaultKind
) -> None:
    stand = asker.client.server.app[PORTAL]  # type: ignore[attr-defined]  # a TestServer has one
    stand.plan.faults = [Fault(kind=kind, route="DongBoHoSoMC", after=1)]
    assert accepted(await asker.put(record()))
    body = {
        "session": asker.session,
        "madonvi": LOGIN.unit_code,
        "service": "DongBoHoSoMC",
        "isUpdating": "True",
        "data": [in_state("4")],
    }
    response = await asker.client.post(SERVICE_PATH, json=body, headers=HEADERS)
    assert response.status != 200 or response.content_type == "text/html"
    assert (await asker.told())["states"] == ["2"]
    assert stand.log.entries[-1].fault == kind


async def test_requests_are_logged_by_service_and_without_the_password(asker: Asker) -> None:
    await asker.put(record())
    await asker.client.post(SERVICE_PATH, data=b"{", headers=HEADERS)
    entries = (await (await asker.client.get("/_control/requests")).json())["data"]
    assert [entry["route"] for entry in entries] == ["login", "DongBoHoSoMC", "service"]
    assert '"password": "***"' in entries[0]["body"]
    assert entries[1]["target"] == SERVICE_PATH


@pytest.mark.parametrize(
    "plan", [{"faults": [{"kind": "slow", "route": "DongBo"}]}, {"defects": ["a"]}]
)
async def test_a_misspelt_plan_is_refused(client: Client, plan: object) -> None:
    assert (await client.post("/_control/faults", json=plan)).status == 400


async def test_somebody_else_may_have_told_of_a_dossier(asker: Asker) -> None:
    client = asker.client
    filed = [{"MaHoSo": CODE, "TrangThaiHoSo": state} for state in ("1", "2")]
    assert (await client.post("/_control/dossiers", json=filed)).status == 200
    assert (await asker.told())["states"] == ["1", "2"]
    assert (await (await client.get("/_control/dossiers")).json())["total"] == 1
    assert (await client.delete(f"/_control/dossiers/{CODE}")).status == 204
    assert (await client.delete(f"/_control/dossiers/{CODE}")).status == 404
    assert (await client.get(f"/_control/dossiers/{CODE}")).status == 404


@pytest.mark.parametrize("row", [{}, {"MaHoSo": "A"}, {"MaHoSo": "A", "TrangThaiHoSo": 2}, 7])
async def test_a_dossier_without_code_or_state_is_not_filed(client: Client, row: object) -> None:
    good = {"MaHoSo": "good", "TrangThaiHoSo": "2"}
    assert (await client.post("/_control/dossiers", json=[good, row])).status == 400
    assert (await (await client.get("/_control/dossiers")).json())["total"] == 0


async def test_the_same_seed_gives_the_same_sessions(clock: ReplayClock) -> None:
    async def session(seed: int) -> str:
        app = make_national_portal(clock=clock, seed=seed)
        async with TestClient(TestServer(app)) as client:
            return str((await Asker(client).sign_in())["session"])

    assert await session(1) == await session(1)
    assert await session(1) != await session(2)
