"""A label as it is printed: read back by an independent decoder, with every diacritic."""

from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from postal_bridge.printing.label import label_pdf
from postal_bridge.tracking.labels import LabelFacts

FACTS = LabelFacts(
    number="VD-000.00.06.H37-190110-0001-1-1-4",
    carrier="vnpost",
    waybill="EK000000014VN",
    sender_name="Trung tâm Phục vụ hành chính công tỉnh Lạng Sơn",
    sender_address="Số 2 đường Hoàng Văn Thụ, phường Chi Lăng",
    sender_phone="02053812345",
    receiver_name="Nông Thị Hồng Đào",
    receiver_address="Số 5, đường Trần Đăng Ninh, phường Tam Thanh, thành phố Lạng Sơn",
    receiver_phone="0912•••678",
    contents="Kết quả giải quyết thủ tục hành chính",
    cod_dong=1_150_000,
    booked_on=date(2019, 1, 10),
)


def text_and_codes(content: bytes) -> tuple[str, dict[str, str]]:
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) == 1
        page = document[0]
        text: str = page.get_textpage().get_text_range()
        picture: Any = page.render(scale=3).to_pil()
        page.close()
    found = zxingcpp.read_barcodes(picture)
    return " ".join(text.split()), {one.format.name: one.text for one in found}


def test_both_codes_are_read_back_and_every_word_stands_there() -> None:
    text, codes = text_and_codes(label_pdf(FACTS))
    assert codes == {"QRCode": FACTS.number, "Code128": "EK000000014VN"}
    for words in (
        FACTS.sender_name,
        FACTS.receiver_name,
        FACTS.receiver_address,
        "0912•••678",
        "1.150.000 đ",
        "10/01/2019",
        FACTS.contents,
    ):
        assert words in text


def test_the_same_label_has_the_same_bytes() -> None:
    assert label_pdf(FACTS) == label_pdf(FACTS)


def test_a_label_without_a_waybill_says_so() -> None:
    text, codes = text_and_codes(label_pdf(replace(FACTS, waybill=None, cod_dong=0)))
    assert codes == {"QRCode": FACTS.number}
    assert "chưa cấp số hiệu" in text
    assert "0 đ" in text


@pytest.mark.parametrize("words", ["*đậm* #panic() \\ [x]", 'Tên "trong ngoặc" & <b>', "Đ" * 390])
def test_what_somebody_is_called_is_never_markup_and_always_fits(words: str) -> None:
    text, codes = text_and_codes(label_pdf(replace(FACTS, receiver_name=words)))
    assert words[:40].replace(" ", "") in text.replace(" ", "")
    assert len(codes) == 2
