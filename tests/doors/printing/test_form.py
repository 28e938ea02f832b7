"""A form as it is printed: read back by an independent decoder, with every diacritic."""

from dataclasses import replace

import pytest

from postal_bridge.documents.form_values import Fields, FormPage, Paragraph, Signature, Table
from postal_bridge.printing.form import form_pdf
from tests.doors.printing.test_round_sheet import pages_of
from tests.pdfa import complaints
from tests.stores import NOW

SENTENCE = (
    "Đề nghị ông/bà bổ sung: giấy ủy quyền, chữ ký người nhận, tiền lẻ, ngõ hẻm, vườn, nguyễn"
)
PAGE = FormPage(
    title="Phiếu yêu cầu bổ sung",
    made_at=NOW.replace(microsecond=123),
    edition="Mẫu số 02 (Thông tư 03/2025/TT-VPCP)",
    agency=("Trung tâm Phục vụ hành chính công", "Bộ phận tiếp nhận"),
    number="01/000.00.06.H37-190110-0001",
    dated="Lạng Sơn, ngày 10 tháng 01 năm 2019",
    barcode="000.00.06.H37-190110-0001",
    qr="000.00.06.H37-190110-0001",
    blocks=(
        Paragraph(SENTENCE, bold=True),
        Fields((("Người nộp", "Nông Thị Hồng Đào"),)),
        Table(("STT", "Tên giấy tờ"), (12, 0), (("1", "Căn cước"), ("", "Cộng")), bold_last=True),
    ),
    signatures=(Signature("Người nộp", name="Nông Thị Hồng Đào"), Signature("Người nhận")),
    footnote="Giữ phiếu này.",
)


def test_every_word_and_every_code_is_read_back() -> None:
    texts, codes = pages_of(form_pdf(PAGE))
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "PHIẾU YÊU CẦU BỔ SUNG",
        PAGE.edition,
        PAGE.dated,
        SENTENCE,
        "Nông Thị Hồng Đào",
        "NGƯỜI NHẬN",
        "Giữ phiếu này.",
    ):
        assert words in texts[0]
    assert codes == {("Code128", PAGE.barcode), ("QRCode", PAGE.qr)}


def test_a_form_is_pdf_a_and_the_same_form_the_same_bytes() -> None:
    printed = form_pdf(PAGE)
    assert complaints(printed) == []
    assert form_pdf(PAGE) == printed


def test_each_copy_is_a_page_and_says_which() -> None:
    texts, _ = pages_of(form_pdf(replace(PAGE, copies=("Liên 1: Lưu", "Liên 2: Giao"))))
    assert ["Liên 1: Lưu" in texts[0], "Liên 2: Giao" in texts[1]] == [True, True]


@pytest.mark.parametrize("text", ["#panic()", "$x$ *đậm* [a]", "\\ `raw` @ref <nhãn>"])
def test_what_people_write_is_never_markup(text: str) -> None:
    texts, _ = pages_of(form_pdf(replace(PAGE, blocks=(Paragraph(text),))))
    assert text in texts[0]
