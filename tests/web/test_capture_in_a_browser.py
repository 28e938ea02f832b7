"""Papers photographed with a telephone in a real Chromium, over a network that comes and goes."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, Route, expect

from postal_bridge.sandbox.photographs import MILD, plain
from tests.journey.house import Town, open_town
from tests.photographed import picture
from tests.web.test_board_in_a_browser import TELEPHONE, Visit, visiting
from tests.web.test_rounds_in_a_browser import signed_in

pytestmark = pytest.mark.browser
SIZE = (900, 1200)
PART = re.compile(r"/tep/[0-9a-f-]+/\d+$")


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the stories of papers run on both."""
    path = tmp_path / "capture.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(database_url, tmp_path, PB_DOCUMENTS__PART_BYTES="20000") as opened:
        yield opened


def photo(number: int, **changes: Any) -> FilePayload:
    content = picture(number, plain(MILD, **changes), seed=number, size=SIZE).jpeg
    return {"name": f"IMG_{number:04}.jpg", "mimeType": "image/jpeg", "buffer": content}


def paper(page: Page, position: int) -> Any:
    return page.locator(f'[data-giay="{position}"]')


async def takes(page: Page, position: int, *photos: FilePayload) -> None:
    await paper(page, position).locator("input.file").last.set_input_files(list(photos))


async def opened(visit: Visit, code: str) -> Page:
    page = await signed_in(visit, "hanh", path="/chup")
    await page.get_by_label("Mã hồ sơ").fill(f"{code}/H1")
    await page.get_by_role("button", name="Mở hồ sơ").click()
    await expect(page.get_by_role("heading", name=code)).to_be_visible()
    return page


async def test_a_paper_is_photographed_and_becomes_a_document(
    town: Town, chromium_path: str, tmp_path: Path
) -> None:
    code = await town.clerk.receives()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await opened(visit, code)
        first = paper(page, 1)
        await takes(page, 1, photo(1), photo(2, blur=3.0))
        await expect(first.locator(".pages li")).to_have_count(2, timeout=30_000)
        await expect(first.get_by_text("Ảnh mờ, hãy chụp lại.")).to_be_visible()
        await expect(first.locator(".queue li")).to_have_count(0)
        await page.screenshot(path=tmp_path / "capture.png", full_page=True)
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(overflow)

        await first.get_by_role("button", name="Bỏ").last.click()
        await expect(paper(page, 1).locator(".pages li")).to_have_count(1)
        await page.get_by_text("Trang đã bỏ (1)").click()
        await expect(page.get_by_role("button", name="Lấy lại")).to_be_visible()
        await paper(page, 1).get_by_role("button", name="Xoay").click()
        await expect(paper(page, 1).locator("img")).to_be_visible()
        await paper(page, 1).get_by_role("button", name="Lập PDF/A").click()
        await expect(paper(page, 1).locator(".documents a")).to_be_visible()
        await page.screenshot(path=tmp_path / "made.png", full_page=True)
        href = await paper(page, 1).locator(".documents a").get_attribute("href")
        made = await page.request.get(visit.root + str(href))
        assert (await made.body()).startswith(b"%PDF-")
        assert visit.complaints == []
        assert visit.elsewhere == []


async def test_a_photograph_waits_on_the_telephone_until_there_is_a_network(
    town: Town, chromium_path: str
) -> None:
    code = await town.clerk.receives()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await opened(visit, code)
        sent: list[str] = []

        async def broken(route: Route) -> None:
            """Two parts get through, then the network is gone."""
            sent.append(route.request.url)
            await (route.continue_() if len(sent) <= 2 else route.abort())

        await page.route(PART, broken)
        await takes(page, 1, photo(1))
        await expect(page.get_by_text("Mất mạng")).to_be_visible()
        await page.unroute(PART)
        numbers: list[str] = []
        page.on(
            "request",
            lambda request: (
                numbers.append(request.url.rsplit("/", 1)[1]) if request.method == "PUT" else None
            ),
        )
        await page.reload()  # the telephone was put away and taken out again
        await expect(paper(page, 1).locator(".pages li")).to_have_count(1, timeout=30_000)
        assert "1" not in numbers
        assert "2" not in numbers
        assert numbers


async def test_what_is_no_picture_is_refused_and_can_be_dropped(
    town: Town, chromium_path: str
) -> None:
    code = await town.clerk.receives()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await opened(visit, code)
        broken: FilePayload = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"MZ" * 900}
        await takes(page, 1, broken)
        await expect(paper(page, 1).locator(".queue .wrong")).to_be_visible(timeout=30_000)
        await page.get_by_role("button", name="Bỏ tệp này").click()
        await expect(paper(page, 1).locator(".queue li")).to_have_count(0)
        await page.reload()
        await expect(paper(page, 1).locator(".queue li")).to_have_count(0)


async def test_a_department_does_not_capture_and_an_unknown_dossier_is_said(
    town: Town, chromium_path: str
) -> None:
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "bich", path="/bang")
        await page.goto(visit.root + "/chup")
        await expect(page.get_by_text("dành cho nhân viên bưu điện")).to_be_visible()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "hanh", path="/chup?ma=khong-co")
        await expect(page.get_by_role("alert")).to_contain_text("khong-co")
