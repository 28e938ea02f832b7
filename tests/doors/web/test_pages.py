"""What people see at a desk: who comes in, what the board says, what happens on wrong input."""

from datetime import date, timedelta
from typing import Any

import pytest

from postal_bridge.clock import to_local
from postal_bridge.dossiers.records import Place
from postal_bridge.errors import Accident
from postal_bridge.inbound import Staff
from postal_bridge.reconciliation.records import NightState
from postal_bridge.web.reception import COOKIE
from tests.doors.web.conftest import Browser
from tests.doors.web.world import (
    EVIL,
    LAN,
    MINH,
    TODAY,
    World,
    a_night,
    code_of,
    send_out,
)

MONTH = "/bang?tu=10/01/2019&den=11/02/2019"
ITEM = f"/buu-gui/{code_of(43)}/H1"


# --- who comes in ---------------------------------------------------------------------------------


async def test_the_front_door_leads_to_the_board(browser: Browser) -> None:
    answer = await browser.get("/")
    assert (answer.status, answer.headers["Location"]) == (303, "/bang")


async def test_whoever_is_not_signed_in_is_asked_to_and_then_goes_on(browser: Browser) -> None:
    answer = await browser.get(MONTH)
    assert answer.status == 303
    where = answer.headers["Location"]
    assert where.startswith("/dang-nhap?tiep=/bang?")
    assert 'name="tiep" value="/bang?tu=10/01/2019&amp;den=11/02/2019"' in await browser.page(where)
    signed_in = await browser.sign_in(onward=MONTH)
    assert (signed_in.status, signed_in.headers["Location"]) == (303, MONTH)
    assert "Lý Quang Minh" in await browser.page(MONTH)


async def test_the_session_lives_in_a_cookie_that_no_script_and_no_other_page_can_use(
    browser: Browser,
) -> None:
    cookie = (await browser.sign_in()).cookies[COOKIE]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert not cookie["max-age"]


async def test_behind_an_encrypting_proxy_the_cookie_is_sent_over_encryption_only(
    browser: Browser,
) -> None:
    headers = {"Origin": browser.origin, "X-Forwarded-Proto": "https"}
    form = {"ten": "minh", "mat_khau": "mật khẩu đúng"}
    answer = await browser.post("/dang-nhap", data=form, headers=headers)
    assert answer.cookies[COOKIE]["secure"] is True


@pytest.mark.parametrize("username", ["minh", "nobody", "", "x" * 61, "a\x00b", EVIL])
async def test_a_wrong_password_is_refused_and_written_back_nowhere(
    browser: Browser, username: str
) -> None:
    answer = await browser.sign_in(username, "bí mật sai")
    text = await answer.text()
    assert answer.status == 403
    assert COOKIE not in answer.cookies
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in text
    assert "bí mật sai" not in text
    assert "<script>" not in text


async def test_too_many_tries_have_to_wait(browser: Browser) -> None:
    for _ in range(3):
        assert (await browser.sign_in(password="sai")).status == 403
    answer = await browser.sign_in()
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Quá nhiều lần thử" in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/dang-nhap", "/dang-xuat"])
async def test_a_form_on_somebody_elses_page_is_not_taken(
    browser: Browser, path: str, headers: dict[str, str]
) -> None:
    form = {"ten": "minh", "mat_khau": "mật khẩu đúng"}
    answer = await browser.post(path, data=form, headers=headers)
    assert answer.status == 403
    assert COOKIE not in answer.cookies
    assert "không được gửi từ trang của hệ thống" in await answer.text()


@pytest.mark.parametrize(
    "onward",
    [
        "https://elsewhere.example/bang",
        "//elsewhere.example/bang",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/dang-xuat",
        "/api/v1/me",
        "/bang\r\nSet-Cookie: a=b",
        "http://[",
        "",
    ],
)
async def test_nobody_is_led_away_after_signing_in(browser: Browser, onward: str) -> None:
    where = (await browser.sign_in(onward=onward)).headers["Location"]
    assert where == "/bang" or where.startswith("/bang%")


async def test_signing_out_ends_the_session_on_the_server_too(browser: Browser) -> None:
    token = (await browser.sign_in()).cookies[COOKIE].value
    await browser.page("/bang")
    answer = await browser.post("/dang-xuat")
    assert (answer.status, answer.headers["Location"]) == (303, "/dang-nhap")
    again = await browser.get("/bang", cookies={COOKIE: token})
    assert again.status == 303


async def test_an_expired_session_is_told_so(browser: Browser, world: World) -> None:
    await browser.sign_in()
    world.clock.advance_to(world.clock.now() + timedelta(days=2))
    answer = await browser.get("/bang")
    assert answer.status == 303
    assert "hết hạn" in await browser.page(answer.headers["Location"])


@pytest.mark.parametrize(
    "body", [b"ten=%FF&mat_khau=x", b"\xff", b"a=1&" * 50, b"ten=" + b"x" * 20000]
)
async def test_a_form_that_nobody_filled_in_on_our_page_is_refused(
    browser: Browser, body: bytes
) -> None:
    answer = await browser.post("/dang-nhap", data=body)
    assert answer.status in {400, 413}
    assert answer.content_type == "text/html"


async def test_a_clerk_has_no_board_but_sees_the_way_of_an_item(
    browser: Browser, world: World
) -> None:
    await world.fill()
    await browser.sign_in("hanh")
    answer = await browser.get("/bang")
    assert answer.status == 403
    assert "dành cho cán bộ Trung tâm" in await answer.text()
    assert "Chu Thị Lan" in await browser.page(ITEM)


# --- the board ------------------------------------------------------------------------------------


async def test_an_empty_board_says_so_kindly(browser: Browser) -> None:
    await browser.sign_in()
    page = await browser.page("/bang")
    for sentence in (
        "Hồ sơ tiếp nhận từ 01/02/2019 đến 11/02/2019",
        "Chưa có hồ sơ nào được tiếp nhận trong khoảng ngày này.",
        "Mọi hồ sơ bưu điện đã chuyển đi đều đã về.",
        "Chưa có đêm nào được đối soát đến ngày này.",
        "Không có sự cố nào đang mở.",
        "Chưa có ngày nào được niêm phong.",
        "Trung tâm Phục vụ hành chính công tỉnh Lạng Sơn",
    ):
        assert sentence in page


async def test_the_months_table_counts_bodies_under_their_department(
    browser: Browser, world: World
) -> None:
    await world.fill()
    await browser.sign_in()
    page = await browser.page(MONTH)
    rows = [cells(row) for row in page.split("<tr")[1:]]
    assert ["Sở Tư pháp", "45", "42", "42", "30", "3", "0"] in rows
    assert ["trong đó Phòng Công chứng số 1", "30", "30", "30", "30", "0", "0"] in rows
    assert ["Công ty Điện lực Lạng Sơn", "3", "3", "3", "3", "0", "0"] in rows
    assert ["Sở Y tế", "4", "4", "3", "0", "0", "0"] in rows
    assert ["Sở Ngoại vụ", "0", "0", "0", "0", "0", "0"] in rows
    assert ["Tổng cộng", "69", "58", "57", "42", "11", "2"] in rows
    for figure in ("98,3%", "840.000 đồng", "1 hồ sơ không được tiếp nhận"):
        assert figure in page


async def test_what_is_outstanding_tells_holder_place_since_and_trace(
    browser: Browser, world: World
) -> None:
    await world.fill()
    await browser.sign_in()
    page = await browser.page(MONTH)
    assert "3 bưu gửi chưa về" in page
    item = page.partition(f'href="{ITEM}"')[2].partition("</details>")[0]
    assert "<dd>Sở Tư pháp</dd>" in item
    assert "<dt>Từ lúc</dt><dd>05/02/2019 16:12</dd>" in item
    assert "<dt>Đã</dt><dd>6 ngày 5 giờ</dd>" in item
    assert "Hành trình: 7 bước" in item
    for step in ("Tiếp nhận", "Niêm phong", "Vi Văn Tuấn", "biên bản BG-H37-190205-0043"):
        assert step in item
    assert item.index("Tiếp nhận") < item.index("Ký nhận")


async def test_the_night_shows_both_counts_and_each_case_with_both_sides(
    browser: Browser, world: World
) -> None:
    await world.fill()
    await browser.sign_in("ngoc")
    page = await browser.page(MONTH)
    assert "Đêm 11/02/2019" in page
    assert "<dt>Sổ bưu điện</dt><dd>68</dd>" in page
    assert "<dt>Hệ thống một cửa</dt><dd>67</dd>" in page
    assert "6 chênh lệch đang mở" in page
    state = page.partition("Lệch trạng thái")[2].partition("</details>")[0]
    for said in (code_of(33), "đã xử lý xong", "đang xử lý (processing)", "07/02/2019", "4 ngày"):
        assert said in state


async def test_a_department_sees_the_counts_of_the_night_but_not_its_cases(
    browser: Browser, world: World
) -> None:
    await world.fill()
    await browser.sign_in("lan")
    page = await browser.page(MONTH)
    assert "<dt>Hệ thống một cửa</dt><dd>67</dd>" in page
    assert "đang xử lý (processing)" not in page


async def test_no_page_shows_an_applicant(browser: Browser, world: World) -> None:
    await world.fill()
    await browser.sign_in()
    for path in (MONTH, ITEM, f"/buu-gui/{code_of(44)}/H1"):
        page = await (await browser.get(path)).text()
        for personal in ("Hoàng Văn Thụ", "020085012345", "0912345678", "Nà Sầm"):
            assert personal not in page


async def test_a_failed_night_says_why_without_telephone_numbers(
    browser: Browser, world: World
) -> None:
    async with world.house.storage.begin() as work:
        await work.nights.put_night(a_night(state=NightState.FAILED))
    await browser.sign_in()
    page = await browser.page("/bang")
    assert "Đêm này đối soát không xong" in page
    assert "Không gọi được ******5678" in page


async def test_the_night_shown_is_the_latest_up_to_the_periods_end(
    browser: Browser, world: World
) -> None:
    async with world.house.storage.begin() as work:
        await work.nights.put_night(a_night(day=date(2019, 1, 31)))
        await work.nights.put_night(a_night())
    await browser.sign_in()
    assert "Đêm 31/01/2019" in await browser.page("/bang?den=05/02/2019")
    assert "Đêm 11/02/2019" in await browser.page("/bang")


async def test_the_ledgers_last_seal_and_open_incidents_stand_below(
    browser: Browser, world: World
) -> None:
    await world.fill()
    async with world.house.storage.begin(write=False) as work:
        root = (await work.ledger.days())[-1].root
    await browser.sign_in()
    page = await browser.page(MONTH)
    assert f"{root[:16]}…" in page
    assert "Sổ có 21 sự kiện." in page
    assert "Thiếu khi giao nhận, tại Sở Tư pháp, Chu Thị Lan báo lúc 06/02/2019 21:30" in page


async def test_many_outstanding_items_are_paged(browser: Browser, world: World) -> None:
    async with world.house.storage.begin() as work:
        for serial in range(1, 43):
            await send_out(work, serial, department="STP", receiver=LAN)
    await browser.sign_in()
    first, second = await browser.page("/bang"), await browser.page("/bang?trang=2")
    assert first.count("<details>") == 40
    assert second.count("<details>") == 2
    assert "Trang này: 41–42" in second
    assert await browser.page("/bang?trang=99") == second
    assert await browser.page("/bang?trang=x") == first


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("tu=31/02/2019", "“31/02/2019” không phải là một ngày"),
        ("tu=hôm nay", "“hôm nay” không phải là một ngày"),
        ("den=2019-02-11", "“2019-02-11” không phải là một ngày"),
        ("den=01/01/0001", "không phải là một ngày"),
        ("den=31/12/9999", "không phải là một ngày"),
        ("tu=12/02/2019&den=11/02/2019", "Ngày cuối đang trước ngày đầu"),
        ("tu=01/01/2017&den=11/02/2019", "Khoảng xem dài nhất là 400 ngày"),
        (f"tu={EVIL}", "không phải là một ngày"),
    ],
)
async def test_a_wrong_period_is_told_beside_what_was_typed(
    browser: Browser, query: str, why: str
) -> None:
    await browser.sign_in()
    answer = await browser.get(f"/bang?{query}")
    text = await answer.text()
    assert answer.status == 400
    assert why in text
    assert 'aria-invalid="true"' in text
    assert "<script>" not in text


async def test_names_that_look_like_markup_are_only_text(browser: Browser, world: World) -> None:
    await world.fill()
    async with world.house.storage.begin() as work:
        await work.catalogue.import_places([Place(code="STP", name=EVIL, kind="department")])
        staff = Staff(username="tuan", name=f'"><img src=x>{EVIL}', role=MINH.role)
        await work.inbound.save_staff(staff)
    await browser.sign_in()
    for path in (MONTH, ITEM):
        page = await browser.page(path)
        assert "&lt;script&gt;alert('Sở')&lt;/script&gt;" in page
        assert "<script" not in page
        assert "<img src=x" not in page


# --- one item, errors, headers --------------------------------------------------------------------


async def test_the_page_of_an_item_tells_its_whole_way(browser: Browser, world: World) -> None:
    await world.fill()
    await browser.sign_in()
    for path in (ITEM, ITEM.replace("/H1", "%2FH1")):
        page = await browser.page(path)
        assert "Hành trình bưu gửi" in page
        assert page.count("<li>") == 7
        assert "Ký nhận" in page


async def test_an_item_that_nobody_knows_gets_a_page(browser: Browser) -> None:
    await browser.sign_in()
    for code in (EVIL, "a%00b", "000.00.06.H37-190110-0001/H9"):
        answer = await browser.get(f"/buu-gui/{code}")
        assert answer.status == 404
        assert answer.content_type == "text/html"
        assert "<script>" not in await answer.text()


async def test_errors_are_pages_here_and_problems_in_the_api(browser: Browser) -> None:
    for path in ("/bang/xyz", "/static/none.css", "/dang-nhap/x", "/buu-gui/"):
        answer = await browser.get(path)
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert "Không tìm thấy trang" in await answer.text()
    assert (await browser.post("/bang")).status == 405
    for path in ("/api/v1/none", "/bangkok", "/none"):
        answer = await browser.get(path)
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "told_as"),
    [("/bang-theo-doi", "text/html"), ("/api/v1/x", "application/problem+json")],
)
async def test_a_mistyped_address_is_told_on_a_page_to_whoever_has_a_browser(
    browser: Browser, path: str, told_as: str
) -> None:
    answer = await browser.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status, answer.content_type) == (404, told_as)


async def test_an_accident_is_told_on_a_page_without_its_trace(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Asleep(Accident):
        retryable = True

    def fails(error: Exception) -> Any:
        def begin(**_: object) -> None:
            raise error

        return begin

    await browser.sign_in()
    monkeypatch.setattr(world.house.storage, "begin", fails(Asleep("secret address")))
    answer = await browser.get("/bang")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.setattr(world.house.storage, "begin", fails(ZeroDivisionError("secret address")))
    broken = await browser.get("/bang")
    text = await broken.text()
    assert broken.status == 500
    assert broken.headers["X-Request-Id"] in text
    assert "secret" not in text


async def test_pages_run_nothing_and_are_stored_nowhere(browser: Browser) -> None:
    await browser.sign_in()
    for path in ("/bang", "/dang-nhap", "/bang/xyz"):
        answer = await browser.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        text = await answer.text()
        for inline in ("<script", "<style", " style=", "onclick", "http://", "https://"):
            assert inline not in text


async def test_a_page_with_a_script_runs_ours_and_no_other(browser: Browser, world: World) -> None:
    await world.fill()
    await browser.sign_in("hanh")
    answer = await browser.get(ITEM.replace("/buu-gui/", "/giao/"))
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    text = await answer.text()
    assert text.count("<script") == 1
    assert '<script type="module" src="/static/giving.js?v=' in text


async def test_the_style_sheet_is_ours_and_kept_until_it_changes(browser: Browser) -> None:
    page = await browser.page("/dang-nhap")
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await browser.get(address)
    assert answer.content_type == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    text = await answer.text()
    assert "url(" not in text
    assert "@import" not in text
    plain = await browser.get("/static/style.css")
    assert plain.headers["Cache-Control"] == "no-cache"


def test_the_worlds_today_is_the_clocks_today() -> None:
    assert to_local(a_night().started_at).date() == TODAY


def cells(row: str) -> list[str]:
    """The texts of a table row."""
    parts = (part.partition(">") for part in row.split("<")[1:])
    return [text for name, _, text in parts if name.split(" ")[0] in {"td", "th"}]
