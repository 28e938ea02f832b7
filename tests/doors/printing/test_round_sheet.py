"""A round sheet as it is printed: read back by an independent decoder, with every diacritic."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp

from postal_bridge.printing.round_sheet import round_sheet_pdf
from tests.doors.printing.rounds import a_sheet, a_stop


def pages_of(content: bytes) -> tuple[list[str], set[tuple[str, str]]]:
    """The words of each page, and every bar code on any of them."""
    texts, codes = [], set()
    with pypdfium2.PdfDocument(content) as document:
        for page in document:
            text: str = page.get_textpage().get_text_range()
            texts.append(" ".join(text.split()))
            picture: Any = page.render(scale=3).to_pil()
            codes |= {(one.format.name, one.text) for one in zxingcpp.read_barcodes(picture)}
            page.close()
    return texts, codes


def test_a_courier_reads_everything_and_scans_every_code() -> None:
    stops = [a_stop(number) for number in range(1, 9)]
    stops += [a_stop(9, trip=1, note="Cổng sau, gọi trước", doubt="“Tam Thanh” là tên cũ.")]
    sheet = a_sheet(*stops, notes=("Khoảng cách là ước tính.",))
    texts, codes = pages_of(round_sheet_pdf(sheet))
    whole = " ".join(texts)
    for words in (
        "PHIẾU TUYẾN THU GOM, TRẢ KẾT QUẢ",
        "Bưu điện tỉnh Lạng Sơn (BDT)",
        "Vi Văn Tuấn (buuta1)",
        "24/11/2026",
        "11:30 – 12:30",
        "21,4 km",
        "Khoảng cách là ước tính.",
        "Nông Thị Hồng Đào · 0912000123",
        "đường Trần Đăng Ninh, p. Tam Thanh",
        "Cổng sau, gọi trước",
        "“Tam Thanh” là tên cũ.",
        "Chuyến 2 · rời bưu cục 10:30",
        "thu gom tại nhà",
        "SỐ ĐẾM KHI VỀ",
    ):
        assert words in whole
    assert ("Code128", sheet.number) in codes
    assert {text for kind, text in codes if kind == "QRCode"} == {
        sheet.number,
        *(stop.number for stop in stops),
    }


def test_a_long_round_has_pages_with_headings_and_one_count_sheet() -> None:
    texts, _ = pages_of(round_sheet_pdf(a_sheet(*(a_stop(number) for number in range(1, 61)))))
    assert len(texts) >= 4
    assert sum("SỐ ĐẾM KHI VỀ" in text for text in texts) == 1
    assert all("Mã lịch hẹn" in text for text in texts[:-1])
    assert f"Trang {len(texts)} / {len(texts)}" in texts[-1]


def test_a_round_without_stops_is_a_sheet_too() -> None:
    (text,), _ = pages_of(round_sheet_pdf(a_sheet(lunch=None)))
    assert "Tuyến không có điểm nào" in text


def test_the_same_round_has_the_same_bytes() -> None:
    sheet = a_sheet(a_stop(1), a_stop(2))
    assert round_sheet_pdf(sheet) == round_sheet_pdf(sheet)


@pytest.mark.parametrize("text", ["#pagebreak() *x*", "$ _", "<a>", '"\\', "[]"])
def test_nobody_s_words_become_markup(text: str) -> None:
    stop = a_stop(1, name=text, address=text, note=text)
    (words,), _ = pages_of(round_sheet_pdf(a_sheet(stop)))
    assert words.count(" ".join(text.split())) >= 3
