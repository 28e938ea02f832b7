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
    town.tick()
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


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        pytest.param("diploma", "form-unknown", id="unknown"),
        pytest.param("refusal", "form-not-due", id="not-refused"),
        pytest.param("supplement", "form-not-due", id="nothing-missing"),
        pytest.param("fees", "form-not-due", id="no-money"),
    ],
)
async def test_what_is_not_there_to_print_is_said(town: Town, form: str, reason: str) -> None:
    code = (await town.clerk.posts("/dossiers", filing()))["code"]
    answer = await town.clerk.asks("GET", f"/dossiers/{code}/forms/{form}.pdf")
    assert answer.body["type"].endswith(reason)
    assert (await town.clerk.asks("GET", f"/dossiers/{code}/forms")).body["forms"] == []
