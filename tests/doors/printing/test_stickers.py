"""Labels as a label printer of coarse dots prints them, read back by an independent decoder."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from postal_bridge.documents.sticker_values import Divider, Sticker, StickerSheet, StickerSize
from postal_bridge.printing.stickers import DPI_OF_SHEETS, dividers_pdf, stickers_pdf

ITEM = "000.00.06.H37-190110-0001/H1"
STICKERS = (
    Sticker(ITEM, "HỒ SƠ", ("Sở Lao động - Thương binh và Xã hội", "Hẹn trả: 10/01/2019")),
    Sticker("TUI-190110-0001-7", "TÚI HỒ SƠ", ("Đến: Sở Tư pháp", "Số lượng: 12 bưu gửi")),
)
OVERSAMPLING = 3
"""A scanner sees finer than a printer prints."""


def printed(
    content: bytes, dpi: int, *, finer: int = 1
) -> tuple[list[str], list[set[tuple[str, str]]]]:
    """What can be read on each page, and scanned on it once every dot is black or white."""
    texts, codes = [], []
    with pypdfium2.PdfDocument(content) as document:
        for page in document:
            texts.append(" ".join(page.get_textpage().get_text_range().split()))
            dots: Any = page.render(scale=dpi / 72).to_pil().convert("L")
            black = dots.point(lambda value: 255 if value > 127 else 0)
            size = (black.width * finer, black.height * finer)
            found = zxingcpp.read_barcodes(black.resize(size, Image.Resampling.NEAREST))
            codes.append({(one.format.name, one.text) for one in found})
            page.close()
    return texts, codes


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("size", [StickerSize.ROLL_52X70, StickerSize.ROLL_80X80])
def test_a_label_of_a_roll_can_be_scanned_as_it_is_printed(size: StickerSize, dpi: int) -> None:
    sheet = StickerSheet(stickers=STICKERS, size=size, dpi=dpi)
    texts, codes = printed(stickers_pdf(sheet), dpi, finer=OVERSAMPLING)
    assert codes == [{("QRCode", one.code), ("Code128", one.code)} for one in STICKERS]
    for one, text in zip(STICKERS, texts, strict=True):
        for words in (one.title, *one.lines):
            assert words in text.replace("\u200b", "")


def test_a_sheet_holds_twenty_four_and_begins_where_the_last_one_ended() -> None:
    many = tuple(Sticker(f"TUI-190110-{n:04}-7", "TÚI", ()) for n in range(5))
    sheet = StickerSheet(stickers=many, size=StickerSize.A4, skip=21)
    _, codes = printed(stickers_pdf(sheet), DPI_OF_SHEETS // 2)
    assert [{text for _, text in page} for page in codes] == [
        {one.code for one in many[:3]},
        {one.code for one in many[3:]},
    ]


def test_both_codes_of_an_item_are_read_from_a_sheet() -> None:
    sheet = StickerSheet(stickers=STICKERS[:1], size=StickerSize.A4)
    _, codes = printed(stickers_pdf(sheet), DPI_OF_SHEETS // 2)
    assert codes == [{("QRCode", ITEM), ("Code128", ITEM)}]


@pytest.mark.parametrize("size", StickerSize)
def test_the_same_labels_are_the_same_bytes(size: StickerSize) -> None:
    sheet = StickerSheet(stickers=STICKERS, size=size)
    assert stickers_pdf(sheet) == stickers_pdf(sheet)


def test_a_cover_sheet_says_to_the_camera_what_lies_below_it() -> None:
    sheets = [
        Divider("PBC1|D-1|1", "D-1", 1, "Tờ khai"),
        Divider("PBC1|D-1|2", "D-1", 2, "Căn cước #panic()"),
    ]
    texts, codes = printed(dividers_pdf(sheets), 200)
    assert codes == [{("QRCode", one.qr)} for one in sheets]
    assert "TỜ BÌA HỒ SƠ" in texts[0]
    assert "Căn cước #panic()" in texts[1]
