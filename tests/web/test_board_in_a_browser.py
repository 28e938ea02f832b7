"""The board in a real Chromium: typed into, read, unfolded; nothing comes from elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, Request, async_playwright

from tests.doors.web.world import PASSWORD, World, code_of, settings_for, world_on
from tests.journey.house import Town

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 900}
TELEPHONE = {"width": 390, "height": 844}
HEAVIEST_BYTES = 150_000
MONTH = "/bang?tu=10/01/2019&den=11/02/2019"


class Visit:
    """A page of a browser, with everything it asked for and complained about."""

    def __init__(self, page: Page, root: str) -> None:
        self.page = page
        self.root = root
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.asked: list[Request] = []
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._ask)

    def _ask(self, request: Request) -> None:
        self.asked.append(request)
        if not request.url.startswith(self.root):
            self.elsewhere.append(request.url)

    async def weight_bytes(self) -> int:
        """Everything that was asked for, uncompressed; fetched again, as a cache keeps no size."""
        addresses = {request.url for request in self.asked}
        answers = [await self.page.request.get(address) for address in sorted(addresses)]
        assert all(answer.ok for answer in answers)
        return sum([len(await answer.body()) for answer in answers])

    async def sign_in(self, path: str) -> None:
        """Type name and password, as a person does."""
        await self.page.goto(self.root + path)
        await self.page.get_by_label("Tên đăng nhập").fill("minh")
        await self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        await self.page.get_by_role("button", name="Đăng nhập").click()
        await self.page.wait_for_url("**/bang?**")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the pages' own tests run on both."""
    path = tmp_path / "board.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with world_on(settings_for(database_url, tmp_path)) as made:
        await made.fill()
        yield made


@asynccontextmanager
async def visiting(
    world: World | Town, chromium_path: str, *, size: dict[str, int]
) -> AsyncIterator[Visit]:
    server = TestServer(world.house.web_app(), host="127.0.0.1")
    await server.start_server()
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium_path, args=["--no-sandbox"]
            )
            page = await browser.new_page(
                viewport={"width": size["width"], "height": size["height"]}, locale="vi-VN"
            )
            yield Visit(page, str(server.make_url("/"))[:-1])
            await browser.close()
    finally:
        await server.close()


async def test_a_supervisor_signs_in_reads_the_table_and_unfolds_a_trace(
    world: World, chromium_path: str
) -> None:
    async with visiting(world, chromium_path, size=DESK) as visit:
        page = visit.page
        await visit.sign_in(MONTH)
        table = page.get_by_role("table", name="Hồ sơ tiếp nhận từ 10/01/2019 đến 11/02/2019")
        total = table.get_by_role("row", name="Tổng cộng")
        assert await total.get_by_role("cell").all_text_contents() == [
            "69",
            "58",
            "57",
            "42",
            "11",
            "2",
        ]
        item = page.get_by_role("listitem").filter(has_text=f"{code_of(43)}/H1").first
        step = item.get_by_text("Nông Thị Hạnh").first
        assert not await step.is_visible()
        await item.locator("summary").click()
        assert await step.is_visible()
        await item.get_by_role("link").click()
        await page.wait_for_url("**/buu-gui/**")
        assert await page.get_by_role("heading", level=1).is_visible()
        assert visit.complaints == []
        assert visit.elsewhere == []


async def test_the_board_is_light_and_its_style_arrives(world: World, chromium_path: str) -> None:
    async with visiting(world, chromium_path, size=DESK) as visit:
        await visit.sign_in(MONTH)
        visit.asked.clear()
        await visit.page.reload()
        asked = {urlsplit(request.url).path for request in visit.asked}
        assert asked == {"/bang", "/static/style.css", "/static/favicon.svg"}
        assert 0 < await visit.weight_bytes() <= HEAVIEST_BYTES
        header = visit.page.get_by_role("banner")
        border = await header.evaluate("node => getComputedStyle(node).borderBottomColor")
        assert border == "rgb(11, 74, 111)"
        icon = visit.page.locator("header img")
        assert await icon.evaluate("node => node.complete && node.naturalWidth > 0")
        assert visit.complaints == []


async def test_a_new_period_is_typed_and_a_wrong_one_explained(
    world: World, chromium_path: str
) -> None:
    async with visiting(world, chromium_path, size=DESK) as visit:
        page = visit.page
        await visit.sign_in(MONTH)
        await page.get_by_label("Từ ngày").fill("31/02/2019")
        await page.get_by_role("button", name="Xem").click()
        assert "không phải là một ngày" in await page.get_by_role("alert").inner_text()
        assert await page.get_by_label("Từ ngày").input_value() == "31/02/2019"
        await page.get_by_label("Từ ngày").fill("1/2/2019")
        await page.get_by_role("button", name="Xem").click()
        assert await page.get_by_text("Hồ sơ tiếp nhận từ 01/02/2019").first.is_visible()


async def test_signing_out_closes_the_board(world: World, chromium_path: str) -> None:
    async with visiting(world, chromium_path, size=TELEPHONE) as visit:
        await visit.sign_in(MONTH)
        await visit.page.get_by_role("button", name="Đăng xuất").click()
        await visit.page.wait_for_url("**/dang-nhap")
        await visit.page.goto(visit.root + "/bang")
        assert "/dang-nhap" in visit.page.url


async def test_on_a_telephone_nothing_sticks_out_but_the_table_that_scrolls(
    world: World, chromium_path: str
) -> None:
    async with visiting(world, chromium_path, size=TELEPHONE) as visit:
        await visit.sign_in(MONTH)
        await visit.page.locator("#chua-ve summary").first.click()
        width = await visit.page.evaluate("document.documentElement.scrollWidth")
        assert width <= TELEPHONE["width"]
        table = visit.page.get_by_role("region", name="Bảng tổng hợp theo sở, ngành").last
        assert await table.evaluate("node => node.scrollWidth > node.clientWidth")
