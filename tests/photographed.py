"""Papers with known text, printed clean and photographed badly, for tests."""

import io
import random
import re
from functools import cache
from typing import Any, Literal

import numpy as np
import pypdfium2
import typst
from PIL import Image

from postal_bridge.sandbox.photographs import MILD, Photograph, Scene, photograph

_FORM = """
#set page(paper: "a4", margin: (x: 25mm, y: 20mm))
#set text(font: "Libertinus Serif", size: 13pt, lang: "vi", hyphenate: false)
#let d = json(bytes(sys.inputs.data))
#align(center)[*CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM* \\ *Độc lập - Tự do - Hạnh phúc*]
#align(center, text(size: 16pt, weight: "bold", d.title))
Kính gửi: #d.to

1. Tên người nộp: #d.name. Ngày sinh: #d.born. Số định danh cá nhân: #d.identity

2. Địa chỉ liên hệ: #d.address. Điện thoại: #d.phone

#d.body

#table(columns: (auto, 1fr, auto), [STT], [Tên giấy tờ], [Số bản],
  ..d.papers.enumerate().map(((n, p)) => ([#{n + 1}], [#p], [01])).flatten())
#if d.seal [#place(dx: 95mm, dy: 4mm, circle(radius: 17mm, stroke: 2pt + rgb("#c8102e"),
  align(center + horizon, text(fill: rgb("#c8102e"), size: 10pt)[SỞ XÂY DỰNG])))]
#align(right)[Lạng Sơn, #d.signed \\ *NGƯỜI LÀM ĐƠN*]
"""
_TITLES = (
    "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG",
    "TỜ KHAI CẤP PHIẾU LÝ LỊCH TƯ PHÁP",
    "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG ĐẤT ĐAI",
)
_BODIES = (
    (
        "Đề nghị quý cơ quan xem xét, cấp giấy phép xây dựng nhà ở riêng lẻ tại thửa đất số 128, tờ "
        "bản đồ số 17, diện tích 120,5 mét vuông. Công trình gồm ba tầng, tổng diện tích sàn 310 mét "
        "vuông. Tôi xin cam đoan những lời khai trên là đúng sự thật và chịu trách nhiệm trước pháp luật."
    ),
    (
        "Tôi đề nghị được cấp phiếu lý lịch tư pháp số 1 để bổ sung hồ sơ xin việc làm. Trong thời "
        "gian cư trú tại địa phương, tôi luôn chấp hành đầy đủ chủ trương của Đảng, pháp luật của Nhà "
        "nước. Kết quả xin được nhận qua dịch vụ bưu chính công ích tại địa chỉ nêu trên."
    ),
    (
        "Do thửa đất được Nhà nước thu hồi một phần để mở rộng đường liên xã, nay gia đình đề nghị "
        "chỉnh lý diện tích còn lại trên giấy chứng nhận. Ranh giới đã được cán bộ địa chính đo đạc và "
        "các hộ liền kề ký xác nhận, không có tranh chấp, khiếu nại."
    ),
)
_PAPERS = (
    "Giấy chứng nhận quyền sử dụng đất",
    "Bản vẽ thiết kế xây dựng",
    "Bản sao căn cước công dân",
    "Giấy ủy quyền có chứng thực",
)
_NAMES = ("Nguyễn Thị Ngọc Điệp", "Nông Văn Đức", "Hoàng Thị Bích Phượng", "Lý Quốc Khánh")


@cache
def form(number: int, *, seal: bool = False) -> Any:
    """A filled-in form as pixels at 300 dots to the inch; the same number gives the same form."""
    png = _printed(number, seal=seal, kind="png")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@cache
def words_of_form(number: int) -> tuple[str, ...]:
    """The words that are printed on it."""
    with pypdfium2.PdfDocument(_printed(number, seal=False, kind="pdf")) as document:
        page = document[0]
        text = page.get_textpage()
        words = re.findall(r"\w+", text.get_text_range())
        text.close()
        page.close()
    return tuple(words)


def picture(
    number: int = 0,
    scene: Scene = MILD,
    *,
    seed: int = 1,
    seal: bool = False,
    size: tuple[int, int] = (1500, 2000),
) -> Photograph:
    """A form as it was photographed; three megapixels unless more are asked for."""
    return photograph(form(number, seal=seal), scene, random.Random(seed), size=size)


def _printed(number: int, *, seal: bool, kind: Literal["png", "pdf"]) -> bytes:
    import json

    rng = random.Random(number)
    data = {
        "title": rng.choice(_TITLES),
        "to": "Sở Xây dựng tỉnh Lạng Sơn",
        "name": rng.choice(_NAMES),
        "born": f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1950, 2005)}",
        "identity": f"020{rng.randint(0, 1)}{rng.randint(50, 99)}99{rng.randint(0, 9999):04d}",
        "address": f"Số {rng.randint(1, 240)} đường Trần Phú, phường Tam Thanh",
        "phone": f"090000{rng.randint(0, 9999):04d}",
        "body": rng.choice(_BODIES),
        "papers": rng.sample(_PAPERS, 3),
        "seal": seal,
        "signed": "ngày 23 tháng 11 năm 2026",
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return bytes(
        typst.compile(
            _FORM.encode(), format=kind, ppi=300, ignore_system_fonts=True, sys_inputs=inputs
        )
    )
