"""A result is given at the door and signed for with a finger, in a real Chromium."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from postal_bridge.sandbox.photographs import MILD, plain
from tests.journey.house import Town, open_town
from tests.photographed import picture
from tests.web.test_board_in_a_browser import TELEPHONE, visiting
from tests.web.test_rounds_in_a_browser import signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: the stories of proofs run on both."""
    path = tmp_path / "giving.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(database_url, tmp_path) as opened:
        yield opened


async def signs(page: Page) -> None:
    box = await page.locator("canvas").bounding_box()
    assert box is not None
    for begin in (40, 120):
        await page.mouse.move(box["x"] + begin, box["y"] + 90)
        await page.mouse.down()
        for step in range(1, 12):
            height = 90 - 60 * (step % 4) / 3
            await page.mouse.move(box["x"] + begin + 8 * step, box["y"] + height)
        await page.mouse.up()


async def test_the_receiver_signs_on_the_telephone(
    town: Town, chromium_path: str, tmp_path: Path
) -> None:
    _, result = await town.at_return_desk(return_mode=1)
    await town.desk.sends_home(result, by=town.courier)
    town.tick()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "tuan", path=f"/giao/{result}")
        await page.clock.set_fixed_time(town.clock.now())
        await page.get_by_label("Họ tên người nhận").fill("Nông Thị Đào")
        await page.get_by_label("Quan hệ").select_option("family")
        await page.get_by_role("button", name="Đã giao").click()
        await expect(page.get_by_role("status")).to_contain_text("Cần chữ ký")
        await signs(page)
        shot: FilePayload = {
            "name": "a.jpg",
            "mimeType": "image/jpeg",
            "buffer": picture(2, plain(MILD), seed=2, size=(1500, 2000)).jpeg,
        }
        await page.get_by_label("Ảnh lúc giao").set_input_files(shot)
        await page.screenshot(path=tmp_path / "giving.png", full_page=True)
        overflow = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(overflow)

        await page.route(f"**/giao/{result}", lambda route: route.abort())
        await page.get_by_role("button", name="Đã giao").click()
        await expect(page.get_by_text("Mất mạng")).to_be_visible(timeout=15_000)
        await page.unroute(f"**/giao/{result}")
        await expect(page.get_by_text("Đã ghi: bưu gửi đã giao")).to_be_visible(timeout=15_000)
        await page.reload()
        await expect(page.get_by_text("Nông Thị Đào, người nhà")).to_be_visible()
        await expect(page.get_by_text("Khớp với sổ.")).to_be_visible()
        await page.screenshot(path=tmp_path / "given.png", full_page=True)
        assert visit.elsewhere == []
    (proof,) = (await town.officer.reads("/proofs", item=result))["proofs"]
    assert (proof["photo_kept"], proof["holds"]) == (True, True)
    path = f"/proofs/{proof['event_id']}/photo?item={result}"
    kept = Image.open(io.BytesIO((await town.officer.asks("GET", path)).content))
    assert kept.size == (1200, 1600), "a weak network carries no picture larger than needed"
    assert (await town.desk.where(result))[0] == "returned"


async def test_a_session_that_ended_at_the_door_loses_no_signature(
    town: Town, chromium_path: str
) -> None:
    _, result = await town.at_return_desk()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "thang", path=f"/giao/{result}")
        await page.clock.set_fixed_time(town.clock.now())
        await signs(page)
        await page.context.clear_cookies()
        await page.get_by_role("button", name="Đã giao").click()
        await expect(page.get_by_text("Hãy đăng nhập lại")).to_be_visible(timeout=15_000)
        assert (await town.officer.reads("/proofs", item=result))["proofs"] == []
        await page.reload()
        await signed_in(visit, "thang", path=f"/giao/{result}")
        await expect(page.get_by_text("Đã ghi: bưu gửi đã giao")).to_be_visible(timeout=15_000)
    (proof,) = (await town.officer.reads("/proofs", item=result))["proofs"]
    assert (proof["holds"], proof["signature_sha256"] is not None) == (True, True)


async def test_a_clerk_gives_at_the_desk_and_what_is_under_way_cannot_be_given(
    town: Town, chromium_path: str
) -> None:
    code, result = await town.at_return_desk()
    async with visiting(town, chromium_path, size=TELEPHONE) as visit:
        page = await signed_in(visit, "thang", path=f"/giao/{code}/H1")
        await expect(page.get_by_text("chưa giao được")).to_be_visible()
        await page.goto(f"{visit.root}/giao/{result}")
        await page.clock.set_fixed_time(town.clock.now())
        await signs(page)
        await page.get_by_role("button", name="Đã giao").click()
        await expect(page.get_by_text("Đã ghi: bưu gửi đã giao")).to_be_visible(timeout=15_000)
    (proof,) = (await town.officer.reads("/proofs", item=result))["proofs"]
    assert (proof["receiver"], proof["relation"]) == ("Nông Văn An", "self")
    assert (await town.desk.dossier(code))["status"] == 10
