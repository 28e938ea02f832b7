"""A round in a real Chromium, on a telephone: left, driven door by door, closed with a count."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.journey.house import Town, open_town
from tests.journey.province import PASSWORD
from tests.journey.test_a_round_of_collections import HOMES, asks_for, planned
from tests.web.test_board_in_a_browser import TELEPHONE, Visit, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the stories of rounds run on both."""
    path = tmp_path / "round.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    off = {"PB_SHIFTS__XE_MAY_2__COURIER": ""}
    async with open_town(database_url, tmp_path, **off) as opened:
        yield opened


async def signed_in(visit: Visit, username: str, *, path: str = "/tuyen") -> Page:
    page = visit.page
    await page.goto(visit.root + path)
    await page.get_by_label("Tên đăng nhập").fill(username)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("button", name="Đăng xuất").wait_for()
    return page


async def test_a_courier_drives_a_round_with_a_thumb(
    town: Town, chromium_path: str, tmp_path: Path
) -> None:
    for home in HOMES[:3]:
        await asks_for(town.clerk, home, note="Gọi trước khi tới")
    plan = await planned(town)
    number = plan["rounds"][0]["number"]
    town.wait_until("10/01/2019 13:20")
    town.tick()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "tuan")
        await expect(page.get_by_text("0/3 điểm")).to_be_visible()
        await page.get_by_role("link", name=number).click()
        await page.get_by_role("button", name="Xuất phát").click()

        await expect(page.get_by_role("heading", name="Điểm 1:")).to_be_visible()
        await page.screenshot(path=tmp_path / "stop.png", full_page=True)
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(overflow)
        await page.get_by_label("Quét mã từng bưu gửi").fill("A1\nA2\nA3")
        await page.get_by_role("button", name="Đã xong").click()

        await expect(page.get_by_role("heading", name="Điểm 2:")).to_be_visible()
        await page.get_by_text("Không giao nhận được").click()
        await page.get_by_label("Vì sao").select_option("nobody_home")
        await page.get_by_role("button", name="Ghi không thành").click()

        await page.get_by_label("Số bưu gửi thực giao nhận").fill("1")
        await page.get_by_role("button", name="Đã xong").click()

        await expect(page.get_by_text("Theo các điểm: 4 bưu gửi thu gom.")).to_be_visible()
        await page.get_by_label("Số bưu gửi bàn giao tại quầy").fill("3")
        await page.get_by_role("button", name="Ký và đóng tuyến").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        assert await page.get_by_label("Số bưu gửi bàn giao tại quầy").input_value() == "3"
        await page.get_by_label("Ghi chú").fill("một bì thư còn ở nhà dân")
        await page.get_by_label("Km theo đồng hồ").fill("12,5")
        await page.get_by_role("button", name="Ký và đóng tuyến").click()
        await expect(page.get_by_role("heading", name="Tuyến đã đóng")).to_be_visible()
        await page.screenshot(path=tmp_path / "closed.png", full_page=True)

        sheet = await page.request.get(f"{visit.root}/tuyen/{number}/phieu.pdf")
        assert (await sheet.body()).startswith(b"%PDF-")
    closed = (await town.supervisor.reads(f"/rounds/{number}"))["round"]
    assert (closed["expected"], closed["counted"], closed["metres_driven"]) == (4, 3, 12_500)
    assert closed["signed_by"] == "tuan"


async def test_somebody_else_s_round_and_a_department_see_nothing(
    town: Town, chromium_path: str
) -> None:
    await asks_for(town.clerk, HOMES[0])
    number = (await planned(town))["rounds"][0]["number"]
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "minh")
        await expect(page.get_by_text("Chưa có tuyến nào cho ngày này.")).to_be_visible()
        for path in (f"/tuyen/{number}", f"/tuyen/{number}/phieu.pdf", "/tuyen/TX-0"):
            answer = await page.goto(visit.root + path)
            assert answer is not None
            assert answer.status == 404


async def test_a_clerk_settles_an_address_in_doubt(
    town: Town, chromium_path: str, tmp_path: Path
) -> None:
    asked = await asks_for(town.clerk, ("Lương Thị Sen", "xã Hòa Bình, Lạng Sơn"))
    number = asked["request"]["number"]
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "hanh", path="/dia-chi")
        await expect(page.get_by_text("“xã Hòa Bình, Lạng Sơn”")).to_be_visible()
        await page.screenshot(path=tmp_path / "doubtful.png", full_page=True)
        await page.get_by_text("Phường, xã khác").click()
        await page.get_by_label("Mã phường, xã").fill("99999")
        await page.get_by_role("button", name="Xác định").click()
        await expect(page.get_by_role("alert")).to_contain_text("99999")
        await page.locator("li form button.quiet").first.click()
        await expect(page.get_by_text("Không còn địa chỉ nào chờ xác định.")).to_be_visible()
    shown = await town.clerk.reads(f"/pickups/{number}")
    assert shown["request"]["state"] == "confirmed"
    again = await asks_for(town.clerk, ("Người khác", "xa hoa binh, lang son"))
    assert again["request"]["ward_code"] == shown["request"]["ward_code"]
