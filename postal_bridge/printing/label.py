"""An item's label as a PDF of 105 x 148 mm, with the waybill as Code 128 and our number as a QR code.

The same label gives the same bytes: nothing in it depends on the machine or the moment. Fonts are
those that Typst brings.
"""

import json
from datetime import UTC, datetime, time
from importlib.resources import files

from postal_bridge.clock import format_day
from postal_bridge.printing.codes import code128_svg, qr_svg
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
        "code128": code128_svg(facts.waybill) if facts.waybill else None,
        "qr": qr_svg(facts.number),
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
