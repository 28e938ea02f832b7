"""Cases and signatures on the pages: who may, what a form does, what is refused and said kindly."""

from uuid import UUID

import pytest

from postal_bridge.reconciliation.records import EntryKind, SignOff
from tests.doors.web.conftest import Browser
from tests.doors.web.world import EVIL, NOW, TODAY, World, a_night

FIRST = f"/chenh-lech/{UUID(int=1)}"
SIGN = f"/dem/{TODAY.isoformat()}/ky"
REPORT = "c" * 64


@pytest.fixture
async def filled(world: World) -> World:
    await world.fill()
    async with world.house.storage.begin() as work:
        await work.nights.put_night(a_night().model_copy(update={"report": REPORT}))
    return world


async def history(world: World) -> list[tuple[EntryKind, str, str]]:
    async with world.house.storage.begin(write=False) as work:
        lines = await work.nights.entries(str(UUID(int=1)))
    return [(line.kind, line.author, line.text) for line in lines]


async def signatures(world: World) -> list[SignOff]:
    async with world.house.storage.begin(write=False) as work:
        return list(await work.nights.sign_offs(TODAY))


async def test_a_case_shows_both_sides_its_history_and_who_looked(
    browser: Browser, filled: World
) -> None:
    await browser.sign_in("ngoc")
    page = await browser.page(FIRST)
    for said in ("Một cửa không có", "không có trong danh sách", "chưa ai nhận", "Lý Quang Minh"):
        assert said in page
    assert "Chưa có gì được ghi." in page
    async with filled.house.storage.begin(write=False) as work:
        rows = await work.connection.exec_driver_sql("SELECT username, purpose FROM look")
        assert [tuple(row) for row in rows] == [("ngoc", "discrepancy")]


@pytest.mark.parametrize("username", ["hanh", "lan", "tuan"])
async def test_a_case_is_not_everybodys_business(
    browser: Browser, filled: World, username: str
) -> None:
    await browser.sign_in(username)
    for answer in (
        await browser.get(FIRST),
        await browser.post(FIRST, data={"viec": "nhan"}),
        await browser.post(SIGN, data={"bao_cao": REPORT, "ghi_chu": "Đã xem"}),
    ):
        assert answer.status == 403
        assert "dành cho cán bộ Trung tâm" in await answer.text()
    assert await history(filled) == []


@pytest.mark.parametrize("path", [FIRST, SIGN])
async def test_a_form_on_somebody_elses_page_is_not_taken(
    browser: Browser, filled: World, path: str
) -> None:
    await browser.sign_in()
    form = {"viec": "nhan", "bao_cao": REPORT, "ghi_chu": "Đã xem"}
    answer = await browser.post(path, data=form, headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    assert await history(filled) == []
    assert await signatures(filled) == []


async def test_whoever_is_not_signed_in_comes_back_to_the_case(
    browser: Browser, filled: World
) -> None:
    answer = await browser.get(FIRST)
    assert answer.headers["Location"].startswith("/dang-nhap?tiep=/chenh-lech/")
    signed_in = await browser.sign_in(onward=FIRST)
    assert signed_in.headers["Location"] == FIRST


@pytest.mark.parametrize("path", ["/chenh-lech/x", "/chenh-lech/a%00b", "/dem/hom-qua/ky"])
async def test_what_is_not_there_is_not_found(browser: Browser, filled: World, path: str) -> None:
    await browser.sign_in()
    if not path.startswith("/dem"):
        assert (await browser.get(path)).status == 404
    assert (await browser.post(path, data={"viec": "nhan"})).status == 404


async def test_a_field_that_was_left_alone_undoes_nothing(browser: Browser, filled: World) -> None:
    await browser.sign_in()
    taken = await browser.post(FIRST, data={"viec": "nhan", "ve": "/bang?tu=10/01/2019#doi-soat"})
    assert (taken.status, taken.headers["Location"]) == (303, "/bang?tu=10/01/2019#doi-soat")
    old_page = {"giao": "", "giao_truoc": "", "giai_trinh": "", "giai_trinh_truoc": ""}
    answer = await browser.post(FIRST, data={"viec": "luu", **old_page, "y_kien": "Đã gọi\r\nSở"})
    assert (answer.status, answer.headers["Location"]) == (303, FIRST)
    assert await history(filled) == [
        (EntryKind.OWNER, "minh", "minh"),
        (EntryKind.COMMENT, "minh", "Đã gọi\nSở"),
    ]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"giao": "tuan"}, "không xem được chênh lệch"),
        ({"giao": "nobody"}, "Không có nhân viên"),
        ({"han": "10/02/2019"}, "Hạn 10/02/2019 đã qua"),
        ({"han": "31/02/2019"}, "“31/02/2019” không phải là một ngày"),
        ({"y_kien": "a"}, "Hãy viết ít nhất 3 ký tự"),
        ({"viec": "mo_lai", "ly_do": "Vẫn lệch"}, "đang mở, không cần mở lại"),
    ],
)
async def test_what_cannot_be_done_is_told_beside_what_was_typed(
    browser: Browser, filled: World, form: dict[str, str], why: str
) -> None:
    await browser.sign_in()
    answer = await browser.post(FIRST, data={"viec": "luu", "giai_trinh": EVIL, **form})
    page = await answer.text()
    assert answer.status == 422
    assert why in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert await history(filled) == []


async def test_a_closed_case_can_be_opened_again(browser: Browser, filled: World) -> None:
    async with filled.house.storage.begin() as work:
        case = await work.nights.case(str(UUID(int=1)))
        assert case is not None
        await work.nights.put_case(case.model_copy(update={"closed_on": TODAY}))
    await browser.sign_in()
    page = await browser.page(FIRST)
    assert "Lý do mở lại" in page
    assert 'name="giao"' not in page
    await browser.post(FIRST, data={"viec": "mo_lai", "ly_do": "Giấy vẫn khác"})
    assert await history(filled) == [(EntryKind.REOPENED, "minh", "Giấy vẫn khác")]
    assert "Đã mở lại" in await browser.page(FIRST)


async def test_a_night_is_signed_with_a_note_and_the_board_says_by_whom(
    browser: Browser, filled: World
) -> None:
    await browser.sign_in()
    wordless = await browser.post(SIGN, data={"bao_cao": REPORT})
    assert wordless.status == 422
    assert "Còn 6 chênh lệch" in await wordless.text()
    stale = await browser.post(SIGN, data={"bao_cao": "d" * 64, "ghi_chu": "Đã xem"})
    assert "đã thay đổi từ khi bạn xem" in await stale.text()
    form = {"bao_cao": REPORT, "ghi_chu": "Đã xem", "ve": "/bang?tu=10/01/2019"}
    answer = await browser.post(SIGN, data=form)
    assert (answer.status, answer.headers["Location"]) == (303, "/bang?tu=10/01/2019#doi-soat")
    page = await browser.page("/bang")
    assert "<strong>Bưu điện: </strong>Lý Quang Minh, lúc 11/02/2019 21:30" in page
    assert "<strong>Trung tâm: </strong>chưa ký" in page
    assert "Ký thay mặt" not in page
    async with filled.house.storage.begin() as work:
        await work.nights.put_night(a_night().model_copy(update={"report": "e" * 64}))
    page = await browser.page("/bang")
    assert "1 chữ ký cho báo cáo trước của đêm này không còn hiệu lực." in page
    assert "Ký thay mặt bưu điện" in page
    assert [one.signed_at for one in await signatures(filled)] == [NOW]
