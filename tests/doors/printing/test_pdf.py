"""The printed report, read back by another programme."""

import unicodedata
from datetime import timedelta
from typing import Any

import msgspec
import pypdfium2
import pytest

from postal_bridge.printing.facts import MOST_HASHES
from postal_bridge.printing.pdf import night_report_pdf
from postal_bridge.reconciliation.report import AgeBand
from tests.doors.printing.nights import DAY, TONES, VOWELS, K, a_case, a_report, departments

HOSTILE = '=1+1 #let x = 1; #panic("a") $x$ \\u{41} "kép" \'đơn\' *b* _i_ <nhãn> @ref // hết'
LETTERS = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in VOWELS + VOWELS.upper()
    for tone in ("", *TONES)
] + ["đ", "Đ"]
A4_WIDTH, A4_HEIGHT = 595.28, 841.89


def pages(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as document:
        read = []
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            read.append(" ".join(text.get_text_range().split()))
            text.close()
            page.close()
        return read


def text_of(**facts: Any) -> str:
    return " ".join(pages(night_report_pdf(a_report(**facts))))


def test_every_vietnamese_letter_is_printed_and_can_be_read_back() -> None:
    words = [" ".join(LETTERS[start : start + 6]) for start in range(0, len(LETTERS), 6)]
    text = text_of(cases=[a_case(serial, explanation=word) for serial, word in enumerate(words)])
    assert len(LETTERS) == 146
    assert [letter for letter in LETTERS if letter not in text] == []


def test_decomposed_letters_are_printed_composed() -> None:
    owner = unicodedata.normalize("NFD", "Nguyễn Thị Ngọc Điệp")
    assert "Nguyễn Thị Ngọc Điệp" in text_of(cases=[a_case(1, explanation=owner)])


def test_it_has_all_that_the_report_says() -> None:
    text = text_of()
    for said in (
        "TỈNH LẠNG SƠN (H37)",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "BÁO CÁO ĐỐI SOÁT HỒ SƠ NGÀY 31/01/2019",
        "12.345",
        "Còn 8 chênh lệch đang mở.",
        "hồ sơ bưu chính được đếm 2 lần",
        "Đúng hạn: xong trước phút hẹn",
        "5f" * 32,
        f"{3:064x}",
        "biên bản đối soát",
        "ĐẠI DIỆN BƯU ĐIỆN TỈNH",
        "ĐẠI DIỆN TRUNG TÂM PVHCC",
        "trên 30 ngày",
        "Sở Lao động - Thương binh và Xã hội",
        "lệch phí, lệ phí (1)",
        "000.00.04.H37-190131-0009",
        "Đã đóng. Mở lại 1 lần. Bên một cửa đã cập nhật.",
        "Lập lúc 31/01/2019 23:47",
        "Trang 1 / 3",
    ):
        assert said in text, said


def test_it_names_itself_pdf_a_2b_and_brings_its_fonts() -> None:
    content = night_report_pdf(a_report())
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in content
    with pypdfium2.PdfDocument(content) as document:
        assert document.get_metadata_dict()["Title"] == "Báo cáo đối soát hồ sơ ngày 31/01/2019"
        assert document.get_metadata_dict()["CreationDate"].startswith("D:20190131000000")
        sizes = {document.get_page_size(number) for number in range(len(document))}
    assert len(sizes) == 2  # upright, and lying for the annexes
    for size in sizes:
        assert sorted(size) == pytest.approx([A4_WIDTH, A4_HEIGHT], abs=0.1)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert night_report_pdf(a_report()) == night_report_pdf(a_report())


def test_only_the_moment_of_writing_tells_two_runs_of_one_night_apart() -> None:
    report = a_report()
    later = msgspec.structs.replace(report, written_at=report.written_at + timedelta(hours=3))
    first, second = pages(night_report_pdf(report)), pages(night_report_pdf(later))
    changed = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
    ((before, after),) = changed
    assert before.replace("Lập lúc 31/01/2019 23:47", "Lập lúc 01/02/2019 02:47") == after


def test_two_thousand_cases_break_over_pages_with_their_heads() -> None:
    kinds = list(K)
    cases = [a_case(serial, kinds[serial * len(kinds) // 2000]) for serial in range(2000)]
    read = pages(night_report_pdf(a_report(cases=cases)))
    annex = [page for page in read if "Mã hồ sơ Bưu điện ghi" in page]
    assert len(annex) > 40
    assert all("Tuổi (ngày)" in page for page in annex)
    everything = " ".join(read)
    assert [case.dossier_code for case in cases if case.dossier_code not in everything] == []
    assert f"Trang {len(read)} / {len(read)}" in read[-1]


def test_a_class_that_goes_on_over_the_page_is_named_there_again() -> None:
    read = pages(night_report_pdf(a_report(cases=[a_case(serial) for serial in range(100)])))
    assert sum("lệch trạng thái (100)" in page for page in read) == 3


@pytest.mark.parametrize("field", ["explanation", "ours", "theirs", "owner", "remedy"])
def test_what_somebody_wrote_is_printed_and_never_obeyed(field: str) -> None:
    said: dict[str, Any] = {field: HOSTILE}
    text = text_of(cases=[a_case(1, **said)])
    for word in HOSTILE.split():
        assert word in text


def test_remarks_names_and_the_rule_are_only_printed_as_well() -> None:
    lines = departments(1)
    lines[0].name = HOSTILE
    text = text_of(
        remarks=[HOSTILE], on_time_rule=HOSTILE, departments=lines, source="#eval", centre="#x y"
    )
    assert text.count("#panic") == 4
    assert "(#eval)" in text
    assert "#X Y" in text


def test_a_character_without_a_glyph_is_shown_by_its_number() -> None:
    text = text_of(cases=[a_case(1, explanation="gói 📦 \u202exyz \x00 ก \ue000 hết")])
    assert "gói ‹U+1F4E6› ‹U+202E›xyz ‹U+0000› ‹U+0E01› ‹U+E000› hết" in text


def test_the_longest_explanation_is_printed_to_its_end() -> None:
    text = text_of(cases=[a_case(1, explanation="dài " * 999 + "hết")])
    assert text.count("dài") == 999
    assert "dài hết" in text


def test_words_without_an_end_are_broken_and_stay_whole_in_the_text() -> None:
    code = "000.00.04.H37-190131-0001/" + "9" * 34
    text = text_of(cases=[a_case(1, dossier_code=code, explanation="x" * 4000)])
    assert code in text.replace(" ", "")
    assert text.count("x" * 30) >= 4000 // 30 - 4  # but for a line at each page's end
    assert text.count("x") >= 4000
    assert "\u200b" not in text


def test_a_night_without_anything_is_a_page_that_says_so() -> None:
    text = text_of(
        cases=[],
        departments=[],
        remarks=[],
        evidence=[],
        ages=[AgeBand(name="trong ngày", cases=0)],
        found=0,
        open_cases=0,
        more_cases=0,
        ledger_root="",
        province=("H26", "Hà Nội"),
    )
    assert "THÀNH PHỐ HÀ NỘI (H26)" in text
    assert "Hai bên khớp nhau" in text
    assert "PHỤ LỤC I." not in text
    assert "Không có chênh lệch nào đang mở." in text


def test_departments_of_a_large_province_have_room() -> None:
    read = pages(night_report_pdf(a_report(departments=departments(60), cases=[])))
    assert " ".join(read).count("Sở Tư pháp") == 8  # four in the chart, four in the table
    assert sum("Tiếp nhận Đã giải quyết Trễ hạn" in page for page in read) == 2


def test_more_evidence_than_is_printed_is_named_by_the_hash_of_its_list() -> None:
    text = text_of(evidence=[f"{serial:064x}" for serial in range(MOST_HASHES + 1)])
    assert f"{MOST_HASHES - 1:064x}" in text
    assert f"{MOST_HASHES:064x}" not in text
    assert "401 tệp" in text
    assert "danh sách đủ nằm trong báo cáo JSON" in text


def test_a_night_of_any_date_can_be_printed() -> None:
    assert "BÁO CÁO ĐỐI SOÁT HỒ SƠ NGÀY 29/02/2024" in text_of(
        day=DAY.replace(year=2024, month=2, day=29)
    )
