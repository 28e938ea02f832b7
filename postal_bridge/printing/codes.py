"""Bar codes as SVG: Code 128 and QR."""

import io

import barcode
import segno
from barcode.writer import SVGWriter

_QUIET_ZONE_MM = 2.5


def code128_svg(text: str) -> str:
    """The bars alone (ISO/IEC 15417); the text below them is set by the template."""
    code = barcode.get("code128", text, writer=SVGWriter())
    drawn: bytes = code.render({"write_text": False, "quiet_zone": _QUIET_ZONE_MM})
    return drawn.decode()


def qr_svg(text: str) -> str:
    """A QR code (ISO/IEC 18004) that bears a quarter of itself being spoilt."""
    drawn = io.BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="svg", border=2, xmldecl=False)
    return drawn.getvalue().decode()
