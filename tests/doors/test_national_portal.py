"""The portal's adapter on the wire: field by field, and with every answer that was ever seen."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.journey import Status
from postal_bridge.onestop.national_codes import STATUS_NUMBER, by_post, digits_of
from postal_bridge.onestop.national_portal import DvcNationalPortal
from postal_bridge.onestop.portal_wire import REST_AFTER_REFUSAL
from postal_bridge.reconciliation.portal_ports import (
    AlreadyThere,
    KnownDossier,
    NotReportable,
    PortalDossier,
    PortalProgress,
    PortalRefused,
    PortalTerm,
    PortalUnavailable,
)
from postal_bridge.sections import NationalPortalSettings

CODE = "000.00.06.H37-190110-0001"
NOON = datetime(2019, 1, 10, 12, 30, tzinfo=LOCAL)
FIELD = {"MALINHVUC": "G15-TP03", "TENLINHVUC": "Lý lịch tư pháp"}
PUBLISHED = {
    "MATTHC": "2.000488",
    "TENTTHC": "Cấp Phiếu lý lịch tư pháp",
    "LINHVUCTHUCHIEN": [FIELD],
    "CACHTHUCTHUCHIEN": [
        {
            "KENH": "3",
            "THOIGIAN": [
                {
                    "THOIGIANGIAIQUYET": "10",
                    "DONVITINH": "Ngày làm việc",
                    "PHILEPHI": [{"SOTIEN": "200000"}, {"SOTIEN": "theo quy định"}],
                }
            ],
        }
    ],
}
Json = dict[str, Any]
Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


def a_dossier(**changes: object) -> PortalDossier:
    given: Json = {
        "code": CODE,
        "procedure_code": "2.000488",
        "procedure_name": "Cấp Phiếu lý lịch tư pháp",
        "field": "Lý lịch tư pháp",
        "applicant_name": "Nông Văn An",
        "applicant_identity": "020190000001",
        "applicant_phone": "0912345678",
        "channel": 3,
        "return_mode": 1,
        "status": Status.RECEIVED,
        "received_at": NOON,
        "promised_at": NOON + timedelta(days=5, hours=3),
        "ended_at": None,
        "returned_at": None,
        "unit": "Sở Tư pháp",
        "digitised": True,
    }
    return PortalDossier(**{**given, **changes})


def a_step(**changes: object) -> PortalProgress:
    given: Json = {
        "code": CODE,
        "status": Status.RECEIVED,
        "happened_at": NOON,
        "person": "Nông Thị Hạnh",
        "role": "nhân viên tiếp nhận",
        "place": "Quầy tiếp nhận",
        "content": "Được tiếp nhận",
        "started_at": NOON,
    }
    return PortalProgress(**{**given, **changes})


@dataclass
class Scripted:
    """An other side that answers what the test says, and keeps what it was asked.

    Attributes:
        answers: by service, the next answers, oldest first; a plain success where none is left.
        dies_after: so many calls after which a session is over.
    """

    clock: ReplayClock
    asked: list[Json] = field(default_factory=list)
    logins: list[Json] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, list[object]] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    alive: str = ""
    base_url: str = ""

    async def login(self, request: web.Request) -> web.StreamResponse:
        self.logins.append(await request.json())
        self.alive = f"s{len(self.logins)}"
        return await self._answer("login", request, {"session": self.alive, "error_code": 0})

    async def service(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.headers.append(dict(request.headers))
        if body["session"] != self.alive:
            return web.json_response({"error_code": "3", "message": "Phiên không hợp lệ"})
        self.asked.append(body)
        plain: Json = {"error_code": "00", "message": "thành công", "result": []}
        if body["service"] == "LayThuTuc":
            plain["result"] = [PUBLISHED]
        return await self._answer(body["service"], request, plain)

    async def _answer(self, service: str, request: web.Request, plain: Json) -> web.StreamResponse:
        waiting = self.answers.get(service, [])
        answer = waiting.pop(0) if waiting else plain
        if isinstance(answer, dict):
            return web.json_response(answer)
        assert callable(answer)
        made = await answer(request)
        assert isinstance(made, web.StreamResponse)
        return made

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)

    def adapter(self, **changes: object) -> DvcNationalPortal:
        given: Json = {
            "base_url": self.base_url,
            "login_path": "/login",
            "service_path": "/service",
            "username": "cau-noi",
            "password": SecretStr("bí mật"),
            "dstcode": "VN:COM:000.00.00.G22:vpcpdvcprovider",
            "unit_code": "000.00.00.H37",
            "citizen_kind": "1",
            "timeout_seconds": 60,
            "attempts": 3,
            "total_seconds": 180,
        }
        settings = NationalPortalSettings(**{**given, **changes})
        return DvcNationalPortal(settings, clock=self.clock, sleep=self.sleep)

    def told(self, service: str) -> list[Json]:
        return [one for one in self.asked if one["service"] == service]


@pytest.fixture
async def other() -> AsyncIterator[Scripted]:
    scripted = Scripted(ReplayClock(NOON))
    app = web.Application()
    app.router.add_post("/login", scripted.login)
    app.router.add_post("/service", scripted.service)
    async with TestServer(app) as server:
        scripted.base_url = str(server.make_url("")).rstrip("/")
        yield scripted


@pytest.fixture
async def portal(other: Scripted) -> AsyncIterator[DvcNationalPortal]:
    adapter = other.adapter()
    yield adapter
    await adapter.close()


async def html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html><title>Đăng nhập</title></html>", content_type="text/html")


async def hidden_html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="  <!doctype html>", content_type="application/json")


async def cut(request: web.Request) -> web.StreamResponse:
    return web.Response(text='{"error_code": 0, "resu', content_type="application/json")


async def hung_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def broken(request: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


async def unauthorized(request: web.Request) -> web.StreamResponse:
    return web.Response(status=401)


async def a_list(request: web.Request) -> web.StreamResponse:
    return web.json_response([])


async def too_late(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(20)
    return web.Response()


UNUSABLE: dict[str, Script] = {
    "a page for people": html,
    "a page that calls itself JSON": hidden_html,
    "half an answer": cut,
    "a connection that breaks": hung_up,
    "HTTP 503": broken,
    "no object": a_list,
}


# --- what is said ---------------------------------------------------------------------------------


async def test_a_call_is_made_as_the_envelope_says(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    assert await portal.find(CODE) is None
    assert other.logins == [{"username": "cau-noi", "password": "bí mật"}]
    assert other.asked == [
        {
            "session": "s1",
            "madonvi": "000.00.00.H37",
            "service": "TraCuuHoSo",
            "mahoso": CODE,
        }
    ]
    (headers,) = other.headers
    assert headers["dstcode"] == "VN:COM:000.00.00.G22:vpcpdvcprovider"
    assert (headers["Accept"], headers["Content-Type"]) == ("application/json",) * 2


async def test_a_dossier_is_told_field_by_field(other: Scripted, portal: DvcNationalPortal) -> None:
    await portal.put(a_dossier(), exists=False)
    (call,) = other.told("DongBoHoSoMC")
    assert call["isUpdating"] == "False"
    assert call["data"] == [
        {
            "MaHoSo": CODE,
            "MaTTHC": "2.000488",
            "TenTTHC": "Cấp Phiếu lý lịch tư pháp",
            "MaLinhVuc": "G15-TP03",
            "TenLinhVuc": "Lý lịch tư pháp",
            "ChuHoSo": "Nông Văn An",
            "LoaiDoiTuong": "1",
            "MaDoiTuong": "020190000001",
            "SoGiayToChuHoSo": "020190000001",
            "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": "020190000001"}],
            "SoDienThoai": "0912345678",
            "KenhThucHien": "3",
            "HinhThuc": "1",
            "NgayNopHoSo": "20190110123000",
            "NgayTiepNhan": "20190110123000",
            "NgayHenTra": "20190115153000",
            "NgayKetThucXuLy": "",
            "NgayTra": "",
            "NgayTuChoi": "",
            "TrangThaiHoSo": "2",
            "TrichYeuHoSo": "Cấp Phiếu lý lịch tư pháp",
            "DonViXuLy": "Sở Tư pháp",
            "HoSoCoThanhPhanSoHoa": "1",
        }
    ]


async def test_dates_go_with_their_states(other: Scripted, portal: DvcNationalPortal) -> None:
    evening = NOON + timedelta(hours=6)
    ends = {"ended_at": evening}
    await portal.put(a_dossier(status=Status.REFUSED, promised_at=None, **ends), exists=False)
    await portal.put(a_dossier(status=Status.RETURNED, returned_at=evening, **ends), exists=True)
    refused, returned = (call["data"][0] for call in other.told("DongBoHoSoMC"))
    assert (refused["NgayHenTra"], refused["NgayTuChoi"]) == ("", "20190110183000")
    assert (returned["NgayTra"], returned["NgayKetThucXuLy"]) == ("20190110183000",) * 2
    assert (returned["NgayTuChoi"], returned["TrangThaiHoSo"]) == ("", "10")
    assert [call["isUpdating"] for call in other.told("DongBoHoSoMC")] == ["False", "True"]


async def test_an_old_card_and_another_adapters_citizen(other: Scripted) -> None:
    portal = other.adapter(citizen_kind="0")
    await portal.put(a_dossier(applicant_identity="082123456"), exists=False)
    await portal.close()
    (item,) = other.told("DongBoHoSoMC")[0]["data"]
    assert item["LoaiDoiTuong"] == "0"
    assert item["DinhDanhCHS"] == [{"LoaiDinhDanh": "2", "SoDinhDanh": "082123456"}]


@pytest.mark.parametrize(
    "lacking",
    [
        {"applicant_identity": "0000001"},
        {"applicant_identity": "０２０１９００００００１"},
        {"unit": " "},
        {"procedure_name": ""},
    ],
)
async def test_what_is_missing_is_not_made_up(
    other: Scripted, portal: DvcNationalPortal, lacking: dict[str, str]
) -> None:
    with pytest.raises(NotReportable) as caught:
        await portal.put(a_dossier(**lacking), exists=False)
    assert not caught.value.retryable
    assert other.told("DongBoHoSoMC") == []


async def test_the_field_is_the_published_one_and_asked_for_once(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    two = {"MALINHVUC": "G01", "TENLINHVUC": "Khác"}
    other.answers["LayThuTuc"] = [
        {"error_code": 0, "result": [{**PUBLISHED, "LINHVUCTHUCHIEN": [two, FIELD]}]}
    ]
    await portal.put(a_dossier(), exists=False)
    await portal.put(a_dossier(), exists=True)
    assert len(other.told("LayThuTuc")) == 1
    assert other.told("DongBoHoSoMC")[0]["data"][0]["MaLinhVuc"] == "G15-TP03"


async def test_a_field_without_a_code_is_looked_up_in_the_list_of_fields(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    nameless = {"error_code": 0, "result": [{**PUBLISHED, "LINHVUCTHUCHIEN": ["Lý lịch tư pháp"]}]}
    other.answers["LayThuTuc"] = [nameless, nameless]
    other.answers["LayDanhMucLinhVuc"] = [
        {"error_code": 0, "result": [{"MALINHVUC": "G1", "TENLINHVUC": "LÝ LỊCH TƯ PHÁP"}]}
    ]
    await portal.put(a_dossier(), exists=False)
    assert other.told("DongBoHoSoMC")[0]["data"][0]["MaLinhVuc"] == "G1"
    with pytest.raises(NotReportable, match="lĩnh vực"):
        await portal.put(a_dossier(procedure_code="2.1", field="Đất đai"), exists=False)


async def test_steps_leave_ten_at_a_time_and_in_order(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    steps = [
        a_step(happened_at=NOON + timedelta(minutes=n), person="Hạnh " * 20) for n in range(23)
    ]
    await portal.progress(steps)
    calls = other.told("CapNhatTienDoHoSoMC")
    assert [len(call["data"]) for call in calls] == [10, 10, 3]
    items = [item for call in calls for item in call["data"]]
    assert [item["ThoiDiemXuLy"] for item in items] == [digits_of(s.happened_at) for s in steps]
    assert items[0] == {
        "MaHoSo": CODE,
        "NguoiXuLy": ("Hạnh " * 20)[:50],
        "ChucDanh": "nhân viên tiếp nhận",
        "ThoiDiemXuLy": "20190110123000",
        "PhongBanXuLy": "Quầy tiếp nhận",
        "NoiDungXuLy": "Được tiếp nhận",
        "TrangThai": "2",
        "NgayBatDau": "20190110123000",
        "NgayKetThucTheoQuyDinh": "",
    }


def test_moments_are_fourteen_digits_by_a_clock_of_24_hours() -> None:
    assert digits_of(datetime(2019, 1, 9, 17, 0, tzinfo=UTC)) == "20190110000000"
    assert digits_of(datetime(2019, 1, 10, 16, 59, 59, 999999, tzinfo=UTC)) == "20190110235959"
    assert digits_of(None) == ""


def test_no_state_stands_for_another_one() -> None:
    assert {status: str(int(status)) for status in Status} == STATUS_NUMBER
    assert [by_post(1, 0), by_post(2, 0), by_post(3, 0), by_post(1, 1)] == ["0", "0", "1", "1"]


# --- what is heard --------------------------------------------------------------------------------


@pytest.mark.parametrize("success", [0, "0", "00", " 00 "])
async def test_success_comes_as_a_number_or_as_text(
    other: Scripted, portal: DvcNationalPortal, success: object
) -> None:
    row = {"MaHoSo": CODE, "TrangThaiHoSo": "4"}
    other.answers["TraCuuHoSo"] = [{"error_code": success, "result": [row]}]
    assert await portal.find(CODE) == KnownDossier(code=CODE, status=Status.PROCESSING)


@pytest.mark.parametrize("code", [1, "3", "-3", "000", None, False, ""])
async def test_anything_else_is_a_no(
    other: Scripted, portal: DvcNationalPortal, code: object
) -> None:
    other.answers["DongBoHoSoMC"] = [{"error_code": code, "message": "sai định dạng"}] * 2
    with pytest.raises(PortalRefused, match="sai định dạng"):
        await portal.put(a_dossier(), exists=False)


@pytest.mark.parametrize(
    ("result", "known"),
    [
        ([], None),
        (None, None),
        ("", None),
        ([{"MaHoSo": "other", "TrangThaiHoSo": "4"}], None),
        ([{"MaHoSo": CODE, "TrangThaiHoSo": 10}], Status.RETURNED),
        ({"TrangThaiHoSo": "9"}, Status.RESOLVED),
        ([{"MaHoSo": CODE}], "untold"),
        ([{"MaHoSo": CODE, "TrangThaiHoSo": "11"}], "untold"),
        ([{"MaHoSo": CODE, "TrangThaiHoSo": "Đang xử lý"}], "untold"),
    ],
)
async def test_what_the_portal_has_of_a_dossier(
    other: Scripted, portal: DvcNationalPortal, result: object, known: object
) -> None:
    other.answers["TraCuuHoSo"] = [{"error_code": 0, "result": result}]
    found = await portal.find(CODE)
    assert (found is None) == (known is None)
    if found is not None:
        assert found.status == (None if known == "untold" else known)


async def test_a_dossier_that_is_there_is_told_apart_from_other_refusals(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    other.answers["DongBoHoSoMC"] = [{"error_code": 3, "message": "Hồ sơ ĐÃ TỒN TẠI"}]
    with pytest.raises(AlreadyThere):
        await portal.put(a_dossier(), exists=False)
    assert len(other.logins) == 1, "this no has nothing to do with the session"


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_reading_is_repeated_and_then_given_up(
    other: Scripted, portal: DvcNationalPortal, answer: Script
) -> None:
    other.answers["TraCuuHoSo"] = [answer, answer]
    assert await portal.find(CODE) is None
    assert other.waited == [0.5, 1.0]
    other.answers["TraCuuHoSo"] = [answer] * 3
    with pytest.raises(PortalUnavailable) as caught:
        await portal.find(CODE)
    assert caught.value.retryable


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_writing_is_never_repeated_by_itself(
    other: Scripted, portal: DvcNationalPortal, answer: Script
) -> None:
    other.answers["DongBoHoSoMC"] = [answer]
    other.answers["CapNhatTienDoHoSoMC"] = [answer]
    with pytest.raises(PortalUnavailable):
        await portal.put(a_dossier(), exists=False)
    with pytest.raises(PortalUnavailable):
        await portal.progress([a_step()])
    assert len(other.told("DongBoHoSoMC")) == len(other.told("CapNhatTienDoHoSoMC")) == 1
    assert other.waited == []


async def test_an_answer_that_takes_too_long_is_not_waited_for(other: Scripted) -> None:
    portal = other.adapter(timeout_seconds=0.05, attempts=1)
    other.answers["TraCuuHoSo"] = [too_late]
    with pytest.raises(PortalUnavailable, match="không trả lời"):
        await portal.find(CODE)
    await portal.close()


async def test_all_attempts_together_have_an_end(other: Scripted) -> None:
    portal = other.adapter(timeout_seconds=10, total_seconds=0.05)
    other.answers["TraCuuHoSo"] = [too_late]
    with pytest.raises(PortalUnavailable):
        await portal.find(CODE)
    await portal.close()


async def test_nobody_answers_at_all(other: Scripted) -> None:
    portal = other.adapter(base_url="http://127.0.0.1:1", attempts=1)
    with pytest.raises(PortalUnavailable, match="mất kết nối"):
        await portal.check()
    await portal.close()


# --- the session ----------------------------------------------------------------------------------


async def test_an_expired_session_is_renewed_once_and_nothing_is_lost(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    await portal.find(CODE)
    other.alive = "another one"
    await portal.put(a_dossier(), exists=False)
    assert len(other.logins) == 2
    assert len(other.told("DongBoHoSoMC")) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_http_401_once_is_an_expired_session(
    other: Scripted, portal: DvcNationalPortal, kept: bool
) -> None:
    if kept:
        await portal.find(CODE)
    other.answers["TraCuuHoSo"] = [unauthorized]
    if kept:
        assert await portal.find(CODE) is None
        assert len(other.logins) == 2
    else:
        with pytest.raises(PortalRefused):
            await portal.find(CODE)


async def test_many_who_find_the_session_over_sign_in_once(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    await portal.find(CODE)
    other.alive = "another one"
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(portal.find(CODE))
    assert len(other.logins) == 2


async def test_a_refused_password_is_not_tried_again_at_once(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    no = {"error_code": 1, "message": "Sai mật khẩu"}
    other.answers["login"] = [no, no]
    for _ in range(3):
        with pytest.raises(PortalRefused, match="Sai mật khẩu"):
            await portal.find(CODE)
    assert len(other.logins) == 1
    other.clock.advance_to(NOON + REST_AFTER_REFUSAL)
    with pytest.raises(PortalRefused):
        await portal.check()
    assert len(other.logins) == 2
    other.clock.advance_to(NOON + 2 * REST_AFTER_REFUSAL)
    await portal.check()


async def test_the_password_stands_in_no_sentence(
    other: Scripted, portal: DvcNationalPortal
) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error_code": 1, "message": "không hợp lệ"})

    other.answers["login"] = [echo]
    with pytest.raises(PortalRefused) as caught:
        await portal.check()
    assert "bí mật" not in json.dumps(str(caught.value), ensure_ascii=False)


# --- procedures -----------------------------------------------------------------------------------


async def test_a_procedure_as_published(other: Scripted, portal: DvcNationalPortal) -> None:
    procedure = await portal.procedure("2.000488")
    assert procedure is not None
    assert procedure.fields == (("G15-TP03", "Lý lịch tư pháp"),)
    term = PortalTerm(channel=3, time="10", unit="Ngày làm việc", fees_vnd=(200000,))
    assert procedure.terms == (term,)
    assert other.told("LayThuTuc")[0]["maTTHC"] == "2.000488"


async def test_the_list_of_procedures(other: Scripted, portal: DvcNationalPortal) -> None:
    rows = [{"MATTHC": "1.1", "TENTTHC": "A"}, {"TENTTHC": "B"}, "C", {"MATTHC": "1.2"}]
    other.answers["LayDanhSachTTHC"] = [{"error_code": 0, "result": rows}]
    found = [(one.code, one.name) for one in await portal.procedures()]
    assert found == [("1.1", "A"), ("1.2", "")]
