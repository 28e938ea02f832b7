"""What a citizen and both sides of a handover are given on paper, and given again unchanged."""

import pypdfium2
import pytest

from tests.journey.house import Town
from tests.journey.people import Person
from tests.journey.province import filing
from tests.pdfa import complaints


def words_of(content: bytes) -> str:
    with pypdfium2.PdfDocument(content) as document:
        told = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(told).split())


async def printed(person: Person, path: str, **query: int) -> bytes:
    told = "&".join(f"{name}={value}" for name, value in query.items())
    answer = await person.asks("GET", f"{path}?{told}" if told else path)
    assert answer.status == 200, answer.body
    assert complaints(answer.content) == []
    return answer.content


async def printed_plain(person: Person, path: str) -> bytes:
    answer = await person.asks("GET", path)
    assert answer.status == 200, answer.body
    return answer.content


async def test_the_receipt_again_is_the_same_file(town: Town) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    first = await printed(town.clerk, f"/dossiers/{code}/forms/receipt.pdf")
    words = words_of(first)
    for told in (
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Độc lập - Tự do - Hạnh phúc",
        "Mẫu số 01 (Thông tư 01/2018/TT-VPCP)",
        filing()["applicant_name"],
        code,
    ):
        assert told in words
    town.wait_until("14/02/2019 08:00")  # a month later
    assert await printed(town.clerk, f"/dossiers/{code}/forms/receipt.pdf") == first
    listed = (await town.clerk.asks("GET", f"/dossiers/{code}/forms")).body["forms"]
    assert [(one["form"], one["issue"]) for one in listed] == [("receipt", 1)]
    assert await town.rows("SELECT count(*) FROM look WHERE purpose = 'form'") == [(2,)]


async def test_the_control_sheet_grows_and_keeps_what_was_given_out(town: Town) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    path = f"/dossiers/{code}/forms/control.pdf"
    before = await printed(town.clerk, path)
    town.tick()
    pouch = await town.carries(f"{code}/H1", giver=town.clerk, receiver=town.justice)
    after = await printed(town.clerk, path)
    assert "Mẫu số 05" in words_of(after)
    assert "Ký nhận (hồ sơ)" in words_of(after)
    assert "Ký nhận (hồ sơ)" not in words_of(before)
    assert await printed(town.clerk, path, issue=1) == before
    assert await printed(town.clerk, path, issue=2) == after
    assert (await town.clerk.asks("GET", f"{path}?issue=3")).refuses(404, "form-not-printed")
    manifest = words_of(await printed(town.justice, f"/pouches/{pouch}/manifest.pdf"))
    assert "BẢNG KÊ TÚI HỒ SƠ" in manifest
    assert "1 bưu gửi" in manifest


async def test_minutes_and_manifest_are_signed_on_paper_too(town: Town) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    minutes = await town.handover(town.clerk, town.courier, f"{code}/H1", count=1)
    words = words_of(await printed(town.courier, f"/handovers/{minutes['number']}.pdf"))
    assert "GIẤY BÀN GIAO HỒ SƠ" in words
    assert f"{code}/H1" in "".join(
        letter for letter in words if letter.isascii() and letter.isprintable()
    ).replace(" ", "")
    assert "Bản 2: Bên nhận" in words


async def test_money_is_written_in_words_on_three_copies(town: Town) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    fee = {"kind": "charge", "amount_vnd": 1_205_000, "place": town.clerk.place}
    town.tick()
    await town.clerk.posts(f"/dossiers/{code}/fees", fee)
    words = words_of(await printed(town.clerk, f"/dossiers/{code}/forms/fees.pdf"))
    assert "Một triệu hai trăm linh năm nghìn đồng" in words
    for copy in ("Liên 1", "Liên 2", "Liên 3"):
        assert copy in words


async def test_a_late_result_is_apologised_for_and_a_stopped_one_told(town: Town) -> None:
    code = await town.at_department()
    before = (await town.justice.dossier(code))["promised_at"]
    later = {"reason": "Chờ xác minh tại nơi cư trú.", "promised_at": "2019-02-18T09:30:00+07:00"}
    said = await town.justice.posts(
        f"/dossiers/{code}/postponements", {**later, "place": town.justice.place}
    )
    assert said["promised_before"] == before
    words = words_of(await printed(town.justice, f"/dossiers/{code}/forms/apology.pdf"))
    for told in ("Mẫu số 04", "18/02/2019 09:30", later["reason"], "cáo lỗi"):
        assert told in words
    reason = "Công dân không bổ sung giấy tờ đúng hạn."
    notice = await town.justice.posts(
        f"/dossiers/{code}/stop", {"reason": reason, "place": town.justice.place}
    )
    assert (await town.justice.dossier(code))["status"] == 8
    assert (await town.justice.where(f"{code}/H1"))[0] == "retained"
    words = words_of(await printed(town.justice, f"/dossiers/{code}/forms/stop.pdf"))
    assert "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ" in words
    assert reason in words
    await town.carries(notice["code"], giver=town.justice, receiver=town.desk)
    assert (await town.desk.returns(code))["status"] == 8
    assert (await town.desk.where(notice["code"]))[0] == "returned"


async def test_the_book_shows_every_dossier_of_its_days(town: Town) -> None:
    codes = [await town.clerk.receives() for _ in range(2)]
    path = "/dossiers/book.pdf?first=2019-01-01&last=2019-01-31"
    answer = await town.clerk.asks("GET", path)
    assert answer.status == 200, answer.body
    assert complaints(answer.content) == []
    words = words_of(answer.content)
    assert "Mẫu số 06" in words
    letters = "".join(one for one in words if one.isalnum() or one in ".-")
    assert all(code in letters for code in codes)
    assert (await town.clerk.asks("GET", path)).content == answer.content
    wrong = await town.clerk.asks("GET", "/dossiers/book.pdf?first=2019-01-01&last=2019-03-31")
    assert "31" in wrong.refuses(422, "book-days")


async def test_labels_and_cover_sheets_are_printed_for_what_there_is(town: Town) -> None:
    code = await town.clerk.receives()
    pouch = await town.clerk.bags(f"{code}/H1", to=town.justice.place)
    words = words_of(await printed_plain(town.clerk, f"/labels.pdf?items={code}/H1&size=52x70"))
    assert "Hẹn trả" in words
    words = words_of(await printed_plain(town.courier, f"/pouches/{pouch}/label.pdf"))
    assert "Số lượng: 1 bưu gửi" in words
    words = words_of(await printed_plain(town.clerk, f"/dossiers/{code}/cover-sheets.pdf"))
    assert words.count("TỜ BÌA HỒ SƠ") == len((await town.clerk.dossier(code))["checklist"])
    missing = await town.clerk.asks("GET", "/labels.pdf?items=nothing/H1")
    assert missing.refuses(404, "item-unknown")
    assert (await town.clerk.asks("GET", "/labels.pdf?items=,")).refuses(422, "labels-count")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        pytest.param("diploma", "form-unknown", id="unknown"),
        pytest.param("refusal", "form-not-due", id="not-refused"),
        pytest.param("supplement", "form-not-due", id="nothing-missing"),
        pytest.param("fees", "form-not-due", id="no-money"),
        pytest.param("apology", "form-not-due", id="no-later-day"),
        pytest.param("stop", "form-not-due", id="not-stopped"),
    ],
)
async def test_what_is_not_there_to_print_is_said(town: Town, form: str, reason: str) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    answer = await town.clerk.asks("GET", f"/dossiers/{code}/forms/{form}.pdf")
    assert answer.body["type"].endswith(reason)
    assert (await town.clerk.asks("GET", f"/dossiers/{code}/forms")).body["forms"] == []
