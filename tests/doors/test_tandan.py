"""What is Tân Dân's own: its tokens, its numbered pages, its spellings, the post's report."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest
from aiohttp import web

from postal_bridge.clock import LOCAL, ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.onestop.tandan import TanDan
from postal_bridge.onestop.wire import Patience
from postal_bridge.reconciliation.ports import Counter, OneStopRefused, OneStopUnavailable, Slice
from postal_bridge.reconciliation.records import OneStopDossier
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.tandan_statistics import TanDanSwitch
from tests.onestop_systems import AGENCY, Answer, Fact, Planted, answering, codes, facts, tandan

DAY = date(2019, 1, 10)
NOW = datetime(2019, 2, 11, 17, 0, tzinfo=LOCAL)
CODES = codes(9)


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOW)


@pytest.fixture
async def system(clock: ReplayClock) -> AsyncIterator[Planted]:
    async with tandan(clock) as opened:
        yield opened


@pytest.fixture
def adapter(system: Planted) -> TanDan:
    return cast("TanDan", system.onestop)


async def listed(adapter: TanDan, *, last: date = DAY) -> list[OneStopDossier]:
    rows: list[OneStopDossier] = []
    async for page in adapter.pages(received_from=DAY, received_to=last):
        rows = page.rows if page.start == 0 else rows + page.rows
    return rows


async def told(answer: Answer) -> list[OneStopDossier]:
    """What the adapter lists from a server that says one thing to everything."""
    async with answering(answer) as address:
        adapter = TanDan(address, username="a", password="b", patience=Patience(attempts=1))
        try:
            return await listed(adapter)
        finally:
            await adapter.close()


def saying(value: object) -> Answer:
    """A server with tokens whose list is this."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/tokens":
            return web.json_response({"Token": "t", "RefreshToken": "r"})
        return web.json_response(value)

    return answer


# --- how it asks ----------------------------------------------------------------------------------


async def test_it_asks_for_numbered_pages_and_for_the_row_between_them(
    system: Planted, adapter: TanDan
) -> None:
    system.plant(*facts(9))
    assert len(await listed(adapter)) == 9
    asked = [json.loads(entry.body) for entry in system.http.log.of("search")]
    assert [(one["PageNumber"], one["PageSize"]) for one in asked] == [
        (1, 4),
        (2, 4),
        (4, 1),
        (3, 4),
        (8, 1),
    ]
    assert {one["TiepNhanFrom"] for one in asked} == {"2019-01-10T00:00:00"}
    assert {one["TiepNhanTo"] for one in asked} == {"2019-01-10T23:59:59"}


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/"])
async def test_the_address_may_name_the_base_path_or_not(system: Planted, tail: str) -> None:
    root = str(system.onestop._wire._base_url).removesuffix("/api/v1")  # type: ignore[attr-defined]
    adapter = TanDan(root + tail, username="cau-noi", password="cau-noi")
    await adapter.check()
    await adapter.close()


@pytest.mark.parametrize(
    ("address", "page_size", "named"),
    [
        ("onestop.example", 100, "base_url"),
        ("http://onestop.example", 0, "page_size"),
        ("http://onestop.example", 1001, "page_size"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(
    address: str, page_size: int, named: str
) -> None:
    with pytest.raises(Misuse, match=named):
        TanDan(address, username="a", password="b", page_size=page_size)


async def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_whole(
    clock: ReplayClock,
) -> None:
    async with tandan(clock, page_size=150) as system:
        system.plant(*facts(230))
        adapter = cast("TanDan", system.onestop)
        rows = await listed(adapter, last=date(2019, 1, 11))
        assert sorted(row.code for row in rows) == codes(230)


@pytest.mark.parametrize("code", ["a/b", "../../tokens"])
async def test_a_code_that_is_no_part_of_a_path_is_not_asked_for(
    system: Planted, adapter: TanDan, code: str
) -> None:
    assert await adapter.find(code) is None
    assert system.http.log.count() == 0


@pytest.mark.parametrize("code", ["a?b=c", "a#b", "hồ sơ 1", "a%2Fb", "a&b"])
async def test_a_code_of_odd_letters_is_asked_for_as_it_is(
    system: Planted, adapter: TanDan, code: str
) -> None:
    system.plant(Fact(code=code))
    found = await adapter.find(code)
    assert found is not None
    assert found.code == code


async def test_a_small_first_letter_is_read_as_well(system: Planted, adapter: TanDan) -> None:
    system.plant(Fact(code=CODES[0], channel=3, fee=7_000), Fact(code=CODES[1], status=9))
    large = await listed(adapter)
    system.http.plan.defects = frozenset({TanDanSwitch.CAMEL_CASE})
    assert await listed(adapter) == large
    assert await adapter.find(CODES[0]) == large[1]
    assert (await adapter.statistics(first=DAY, last=DAY)).counted


# --- tokens ---------------------------------------------------------------------------------------


async def test_a_token_may_come_inside_a_result(system: Planted, adapter: TanDan) -> None:
    system.http.plan.defects = frozenset({TanDanSwitch.WRAPPED_TOKEN})
    await adapter.check()


async def test_an_expired_token_is_renewed_with_the_refresh_token(
    system: Planted, adapter: TanDan, clock: ReplayClock
) -> None:
    await adapter.check()
    clock.advance_to(clock.now() + timedelta(hours=2))
    await adapter.check()
    assert (system.token_requests("token"), system.token_requests("refresh")) == (1, 1)


async def test_when_the_refresh_token_is_over_too_one_signs_in_again(
    system: Planted, adapter: TanDan, clock: ReplayClock
) -> None:
    await adapter.check()
    clock.advance_to(clock.now() + timedelta(days=30))
    await adapter.check()
    assert (system.token_requests("token"), system.token_requests("refresh")) == (2, 1)


async def test_a_wrong_password_is_told_with_status_200_and_understood(clock: ReplayClock) -> None:
    async with tandan(clock, password="sai") as system:
        with pytest.raises(OneStopRefused, match="credentials refused"):
            await system.onestop.check()


async def test_a_token_that_cannot_be_had_now_is_unavailable(
    system: Planted, adapter: TanDan
) -> None:
    system.fail(Fault(kind=FaultKind.SERVER_ERROR, route="token", times=None))
    with pytest.raises(OneStopUnavailable, match="/api/tokens"):
        await adapter.check()


# --- rows -----------------------------------------------------------------------------------------

GOOD = {"Id": "1", "MaHoSo": CODES[0], "MaTrangThai": "4"}


def page_of(*rows: object) -> dict[str, object]:
    return {"data": list(rows), "totalCount": len(rows), "pageSize": 100, "currentPage": 1}


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "một đối tượng"),
        ({"data": []}, "totalCount"),
        ({"totalCount": 1}, "data"),
        (page_of("x"), r"data\[0\]"),
        (page_of({"MaHoSo": "A"}), r"data\[0\].Id"),
        (page_of(GOOD, {**GOOD, "Id": None}), r"data\[1\].Id"),
        ({**page_of(), "totalCount": 9_000_000}, "9000000"),
    ],
)
async def test_json_of_another_shape_is_refused_by_the_fields_name(
    answer: object, field: str
) -> None:
    with pytest.raises(OneStopRefused, match=field):
        await told(saying(answer))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("MaHoSo", ""),
        ("MaHoSo", ["x"]),
        ("MaTTHC", {}),
        ("MaTrangThai", "11"),
        ("MaTrangThai", "đang xử lý"),
        ("MaTrangThai", None),
        ("KenhThucHien", "9"),
        ("HinhThucTra", "2"),
        ("NgayTiepNhan", "2019-02-30T08:00:00"),
        ("NgayHenTra", "mai"),
        ("YeuCauThanhToan", [{"SoTien": "nhiều", "TrangThai": "Đã thanh toán"}]),
        ("YeuCauThanhToan", "x"),
    ],
)
async def test_a_row_with_a_column_that_cannot_be_read_is_strange_and_no_other_row_is(
    column: str, value: object
) -> None:
    other = {**GOOD, "Id": "2", "MaHoSo": CODES[1], "YeuCauThanhToan": []}
    odd, plain = await told(saying(page_of({**GOOD, column: value}, other)))
    assert f"“{column}”" in odd.strange
    assert (plain.code, plain.strange, plain.status, plain.fee_vnd) == (CODES[1], "", 4, 0)
    if column != "MaHoSo":
        assert odd.code == CODES[0]
    if column == "MaTrangThai":
        assert odd.status == 0
        assert value is None or odd.raw_status == value


async def test_a_page_with_a_strange_row_tells_its_other_rows_as_any_other_page() -> None:
    rows: list[dict[str, object]] = [
        {
            "Id": str(number),
            "MaHoSo": code,
            "MaTTHC": "1.004199",
            "GroupCode": AGENCY,
            "MaTrangThai": number % 10 + 1 if number % 2 else str(number % 10 + 1),
            "KenhThucHien": str(number % 3 + 1),
            "HinhThucTra": number % 2,
            "NgayTiepNhan": "2019-01-10T08:00:00",
            "NgayHenTra": "2019-01-20T17:00:00.5" if number % 3 else None,
            "YeuCauThanhToan": [{"SoTien": 5.0, "TrangThai": "Đã thanh toán"}] * (number % 3),
        }
        for number, code in enumerate(codes(20))
    ]
    fast = await told(saying(page_of(*rows)))
    *exact, odd = await told(saying(page_of(*rows, {**GOOD, "Id": "x", "MaTTHC": {}})))
    assert exact == fast
    assert odd.strange


async def test_a_dossier_that_nobody_gave_a_channel_came_directly() -> None:
    (row,) = await told(saying(page_of(GOOD)))
    assert (row.channel, row.return_mode, row.strange) == (1, 0, "")


async def test_a_registration_at_the_post_is_a_way_home_whatever_the_form_said() -> None:
    registered = {**GOOD, "HinhThucTra": "0", "NgayDangKyBuuDien": "2019-01-11T08:00:00"}
    (row,) = await told(saying(page_of(registered)))
    assert row.return_mode == 1


async def test_only_what_was_paid_and_kept_is_a_fee() -> None:
    states = {
        "Đã thanh toán": 1,
        "Chờ thanh toán": 10,
        "Chưa thanh toán": 100,
        "Huỷ thanh toán": 1000,
        "Đã hoàn phí": 10_000,
    }
    requests = [{"SoTien": amount, "TrangThai": state} for state, amount in states.items()]
    paid_twice = [*requests, {"SoTien": "2", "TrangThai": "Đã thanh toán"}]
    (row,) = await told(saying(page_of({**GOOD, "YeuCauThanhToan": paid_twice})))
    assert row.fee_vnd == 3


async def test_a_row_without_payments_does_not_say_that_nothing_was_taken() -> None:
    (row,) = await told(saying(page_of(GOOD)))
    assert row.fee_vnd is None


async def test_the_first_day_of_the_calendar_is_no_date() -> None:
    (row,) = await told(saying(page_of({**GOOD, "NgayTra": "0001-01-01T00:00:00"})))
    assert (row.returned_at, row.strange) == (None, "")


async def test_a_date_with_a_zone_is_believed() -> None:
    (row,) = await told(saying(page_of({**GOOD, "NgayTiepNhan": "2019-01-10T08:00:00+08:00"})))
    assert row.received_at == datetime(2019, 1, 10, 0, 0, tzinfo=UTC)


# --- its own figures ------------------------------------------------------------------------------


async def test_the_posts_report_is_about_all_days_and_the_days_figures_about_the_last(
    system: Planted, adapter: TanDan
) -> None:
    next_day = datetime(2019, 1, 11, 8, 0, tzinfo=LOCAL)
    system.plant(
        Fact(code=CODES[0], channel=3, return_mode=1),
        Fact(code=CODES[1], channel=3, received=next_day),
    )
    told = await adapter.statistics(first=DAY, last=date(2019, 1, 11))
    figures = {(one.counter, one.first, one.agency): one.value for one in told.counted}
    assert figures[Counter.RECEIVED, date(2019, 1, 11), AGENCY] == 1
    assert figures[Counter.RECEIVED_POSTAL, DAY, ""] == 2
    assert figures[Counter.POSTAL_REGISTERED, DAY, AGENCY] == 1


async def test_where_the_report_may_mean_either_of_two_things_it_is_not_held_against_the_list(
    system: Planted, adapter: TanDan
) -> None:
    system.plant(Fact(code=CODES[0], channel=3), Fact(code=CODES[1], channel=3, status=3))
    told = await adapter.statistics(first=date(2019, 1, 1), last=DAY)
    postal = {one.counter for one in told.counted if one.first != DAY}
    assert postal == {Counter.POSTAL_REGISTERED}
    assert "chưa được tiếp nhận" in told.missing[0]


async def test_a_days_channels_that_do_not_add_up_are_said() -> None:
    row = {
        "GroupCode": AGENCY,
        "TiepNhanTrongNgay": 5,
        "TiepNhanTrucTiepTrongNgay": 1,
        "TiepNhanTrucTuyenTrongNgay": "1",
        "TiepNhanBCCITrongNgay": 1,
        "DaTraCongDanTrongNgay": 0,
        "CountTiepNhanQuaBuuChinh": 1,
        "CountDangKyQuaKQBuuDien": 0,
    }
    value = {"succeeded": True, "data": [row]}
    empty = page_of()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/tokens":
            return web.json_response({"Token": "t"})
        return web.json_response(empty if request.method == "POST" else value)

    async with answering(answer) as address:
        today = ReplayClock(datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL))
        adapter = TanDan(address, username="a", password="b", clock=today)
        told = await adapter.statistics(first=DAY, last=DAY)
        await adapter.close()
    assert told.broken == [
        f"Thống kê ngày 10/01/2019, {AGENCY} không khớp: TiepNhanTrongNgay 5 khác tổng ba kênh 3."
    ]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ({"succeeded": False, "message": "không có quyền"}, "không có quyền"),
        ({"data": [{}], "totalCount": 12}, "chỉ cho một phần"),
    ],
)
async def test_a_report_that_is_refused_or_cut_is_missing(
    report: dict[str, object], said: str
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/tokens":
            return web.json_response({"Token": "t"})
        return web.json_response(page_of() if request.method == "POST" else report)

    async with answering(answer) as address:
        today = ReplayClock(datetime(2019, 1, 10, 23, 30, tzinfo=LOCAL))
        adapter = TanDan(address, username="a", password="b", clock=today)
        told = await adapter.statistics(first=DAY, last=DAY)
        await adapter.close()
    assert told.counted == []
    assert len([sentence for sentence in told.missing if said in sentence]) == 2


async def test_todays_figures_are_not_taken_for_another_days() -> None:
    figures = (
        "TiepNhanTrongNgay",
        "TiepNhanTrucTiepTrongNgay",
        "TiepNhanTrucTuyenTrongNgay",
        "TiepNhanBCCITrongNgay",
        "DaTraCongDanTrongNgay",
    )
    daily = {"data": [{"GroupCode": AGENCY, **dict.fromkeys(figures, 0), figures[0]: 3}]}

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/api/tokens":
            return web.json_response({"Token": "t"})
        if "ThongKe" in request.path:
            return web.json_response(daily)
        return web.json_response(page_of() if request.method == "POST" else {"data": []})

    async with answering(answer) as address:
        adapter = TanDan(address, username="a", password="b", clock=ReplayClock(NOW))
        told = await adapter.statistics(first=DAY, last=DAY)
        today = await adapter.statistics(first=NOW.date(), last=NOW.date())
        await adapter.close()
    assert told.counted == []
    assert "10/01/2019" in told.missing[0]
    assert len(today.counted) == 2 * len(figures)
    assert len(today.broken) == 1


@pytest.mark.parametrize("switch", [TanDanSwitch.POSTAL_FALLS_OUT, TanDanSwitch.A_DAY_BEHIND])
async def test_a_miscount_is_handed_on_unmended(
    system: Planted, adapter: TanDan, switch: TanDanSwitch, clock: ReplayClock
) -> None:
    today = datetime(2019, 2, 11, 8, 0, tzinfo=LOCAL)
    returned = datetime(2019, 2, 11, 9, 0, tzinfo=LOCAL)
    system.plant(
        Fact(
            code=CODES[0],
            channel=3,
            return_mode=1,
            status=10,
            received=today,
            resolved=returned,
            returned=returned,
        )
    )
    day = today.date()

    async def figures() -> int:
        told = await adapter.statistics(first=day, last=day)
        return sum(one.value for one in told.counted)

    true = await figures()
    system.http.plan.defects = frozenset({switch})
    assert await figures() < true


async def test_a_count_asks_for_one_row_with_the_filters(system: Planted, adapter: TanDan) -> None:
    part = Slice(first=DAY, last=DAY, status=4, agency=AGENCY, channel=3)
    assert await adapter.count(part) == 0
    asked = json.loads(system.http.log.of("search")[0].body)
    assert (asked["MaTrangThai"], asked["GroupCode"], asked["KenhThucHien"]) == ("4", AGENCY, "3")
    assert (asked["PageNumber"], asked["PageSize"]) == (1, 1)
