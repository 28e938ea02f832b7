"""An item's label as a PDF of 105 x 148 mm, with the waybill as Code 128 and our number as a QR code.

The same label gives the same bytes: nothing in it depends on the machine or the moment. Fonts are
those that Typst brings.
"""

import io
import json
from datetime import UTC, datetime, time
from importlib.resources import files

import barcode
import segno
from barcode.writer import SVGWriter

from postal_bridge.clock import format_day
from postal_bridge.tracking.labels import LabelFacts

_WORDS = {
    "from": "NGƯỜI GỬI (from)",
    "to": "NGƯỜI NHẬN (to)",
    "phone": "ĐT",
    "cod": "TIỀN THU HỘ (COD)",
    "signed": "NGƯỜI NHẬN KÝ (signature)",
    "booked": "Ngày gửi",
    "no_waybill": "Hãng chưa cấp số hiệu (no waybill number yet)",
}
_QUIET_ZONE_MM = 2.5


def label_pdf(facts: LabelFacts) -> bytes:
    """The label; takes a tenth of a second."""
    import typst  # heavy

    return typst.compile(
        files("postal_bridge.printing").joinpath("label.typ").read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"label": json.dumps(_shown(facts), ensure_ascii=False)},
        timestamp=datetime.combine(facts.booked_on, time.min, UTC),
    )


def _shown(facts: LabelFacts) -> dict[str, object]:
    return {
        "title": f"Nhãn bưu gửi {facts.number}",
        "words": _WORDS,
        "number": facts.number,
        "carrier": facts.carrier,
        "contents": facts.contents,
        "booked": format_day(facts.booked_on),
        "waybill": facts.waybill,
        "code128": _code128(facts.waybill) if facts.waybill else None,
        "qr": _qr(facts.number),
        "cod": f"{facts.cod_dong:,}".replace(",", ".") + " đ",
        "sender": {
            "name": facts.sender_name,
            "address": facts.sender_address,
            "phone": facts.sender_phone,
        },
        "receiver": {
            "name": facts.receiver_name,
            "address": facts.receiver_address,
            "phone": facts.receiver_phone,
        },
    }


def _code128(text: str) -> str:
    """The bars alone (ISO/IEC 15417); the text below them is set by the template."""
    code = barcode.get("code128", text, writer=SVGWriter())
    drawn: bytes = code.render({"write_text": False, "quiet_zone": _QUIET_ZONE_MM})
    return drawn.decode()


def _qr(text: str) -> str:
    """A QR code (ISO/IEC 18004) that bears a quarter of itself being spoilt."""
    drawn = io.BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="svg", border=2, xmldecl=False)
    return drawn.getvalue().decode()
