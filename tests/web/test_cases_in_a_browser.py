"""Cases in a real Chromium: taken, dated, explained, signed by two people, on a desk and a phone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Page

from postal_bridge.reconciliation.records import CaseEntry, EntryKind
from tests.doors.web.world import NOW, PASSWORD, TODAY, World, a_night, settings_for, world_on
from tests.web.test_board_in_a_browser import DESK, TELEPHONE, Visit, visiting

pytestmark = pytest.mark.browser

BOARD = "/bang?tu=10/01/2019&den=11/02/2019"
FIRST = str(UUID(int=1))


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
        await with_history(made)
        yield made


async def with_history(world: World) -> None:
    """A night with a report; one overdue case that an officer has, with a comment."""
    async with world.house.storage.begin() as work:
        await work.nights.put_night(a_night().model_copy(update={"report": "c" * 64}))
        case = await work.nights.case(FIRST)
        assert case is not None
        owned = {"owner": "ngoc", "due_on": TODAY - timedelta(days=1)}
        await work.nights.put_case(case.model_copy(update=owned))
        for kind, author, text in (
            (EntryKind.OPENED, "night", "Sổ bưu điện: đang xử lý; bên kia: không có"),
            (EntryKind.OWNER, "minh", "ngoc"),
            (EntryKind.COMMENT, "ngoc", "Đã gọi bộ phận Một cửa, hẹn trả lời trong tuần này"),
        ):
            await work.nights.add_entry(
                CaseEntry(
                    case_id=FIRST,
                    number=1,
                    kind=kind,
                    author=author,
                    written_at=NOW,
                    night=TODAY if author == "night" else None,
                    text=text,
                )
            )


async def sign_in(visit: Visit, username: str, *, path: str = BOARD) -> Page:
    page = visit.page
    await page.goto(visit.root + path)
    await page.get_by_label("Tên đăng nhập").fill(username)
    await page.get_by_label("Mật khẩu").fill(PASSWORD)
    await page.get_by_role("button", name="Đăng nhập").click()
    await page.get_by_role("button", name="Đăng xuất").wait_for()
    return page


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name="Đăng xuất").click()
    await page.wait_for_url("**/dang-nhap")


async def test_a_case_is_taken_from_the_board_dated_explained_and_talked_about(
    world: World, chromium_path: str
) -> None:
    async with visiting(world, chromium_path, size=DESK) as visit:
        page = await sign_in(visit, "minh")
        night = page.locator("#doi-soat")
        assert await night.get_by_text("quá hạn", exact=True).count() == 1
        assert await night.get_by_text("Nguyễn Thị Bích Ngọc").first.is_visible()
        assert await night.get_by_text("Đã gọi bộ phận Một cửa").is_visible()
        unowned = await night.get_by_role("button", name="Nhận việc").count()
        assert unowned == 5
        await night.get_by_role("button", name="Nhận việc").first.click()
        await page.wait_for_url("**/bang?**")
        assert await night.get_by_role("button", name="Nhận việc").count() == unowned - 1

        await night.locator(".cases a").first.click()
        await page.wait_for_url("**/chenh-lech/*")
        await page.get_by_label("Hạn xử lý").fill("31/02/2019")
        await page.get_by_label("Giải trình").fill("Một cửa\nnhập chậm")
        await page.get_by_role("button", name="Lưu", exact=True).click()
        assert "không phải là một ngày" in await page.get_by_role("alert").inner_text()
        assert await page.get_by_label("Giải trình").input_value() == "Một cửa\nnhập chậm"
        await page.get_by_label("Hạn xử lý").fill("15/2/2019")
        await page.get_by_label("Ý kiến").fill("Đã gửi công văn")
        await page.get_by_role("button", name="Lưu", exact=True).click()
        lines = page.locator(".history li")
        assert await page.get_by_role("alert").count() == 0
        said = " | ".join(await lines.all_inner_texts())
        for words in ("15/02/2019", "trước: ", "Đã gửi công văn", "nhập chậm"):
            assert words in said
        (refused,) = visit.complaints  # what Chromium says about the refused form
        assert "422" in refused
        assert visit.elsewhere == []


async def test_the_night_is_signed_by_two_people_with_a_note_where_cases_lie(
    world: World, chromium_path: str
) -> None:
    async with visiting(world, chromium_path, size=DESK) as visit:
        page = await sign_in(visit, "minh")
        night = page.locator("#doi-soat")
        button = night.get_by_role("button", name="Ký thay mặt bưu điện")
        await button.click()
        assert await button.is_visible()  # the browser asks for the note
        await night.get_by_label("Ghi chú").fill("Còn 6 hồ sơ đang xác minh")
        await button.click()
        await page.wait_for_url("**/bang?**")
        assert await button.count() == 0
        signed = night.locator(".signatures")
        assert "Bưu điện: Lý Quang Minh" in await signed.inner_text()
        assert "Trung tâm: chưa ký" in await signed.inner_text()
        await sign_out(page)
        await sign_in(visit, "ngoc")
        await night.get_by_label("Ghi chú").fill("Đã rà soát cùng bưu điện")
        await night.get_by_role("button", name="Ký thay mặt Trung tâm").click()
        await page.wait_for_url("**/bang?**")
        assert "Trung tâm: Nguyễn Thị Bích Ngọc" in await signed.inner_text()
        assert visit.complaints == []


@pytest.mark.parametrize("path", [BOARD, f"/chenh-lech/{FIRST}"])
async def test_on_a_telephone_nothing_of_it_sticks_out(
    world: World, chromium_path: str, path: str
) -> None:
    async with visiting(world, chromium_path, size=TELEPHONE) as visit:
        page = await sign_in(visit, "minh", path=path)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= TELEPHONE["width"]
        assert visit.complaints == []
