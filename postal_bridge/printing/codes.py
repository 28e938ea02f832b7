"""Bar codes as SVG: Code 128 and QR."""

import io
import re

import barcode
import segno
from barcode.writer import SVGWriter

_MODULE_MM = 0.2
_QUIET_MODULES = 12
"""On either side; the symbology asks for ten (ISO/IEC 15417, 4.2)."""
_NARROWER = 0.08


def code128_svg(text: str) -> str:
    """The bars alone (ISO/IEC 15417); the text below them is set by the template."""
    code = barcode.get("code128", text, writer=SVGWriter())
    drawn: bytes = code.render(
        {
            "write_text": False,
            "module_width": _MODULE_MM,
            "quiet_zone": _QUIET_MODULES * _MODULE_MM,
        }
    )
    return drawn.decode()


def code128_dots(text: str) -> tuple[str, int]:
    """The same bars for a printer with coarse dots, and how many units wide they are.

    A unit is as wide as the narrowest bar; the quiet zones are within.
    Bars are a little narrower than their units. A printer that paints every dot which is touched
    would otherwise paint each bar one dot too wide.
    """
    units = barcode.get("code128", text).build()[0]
    wide = len(units) + 2 * _QUIET_MODULES
    bars = "".join(
        f'<rect x="{run.start() + _QUIET_MODULES + _NARROWER}" y="0" height="10" '
        f'width="{run.end() - run.start() - 2 * _NARROWER}"/>'
        for run in re.finditer("1+", units)
    )
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} 10" '
    return f'{drawing}width="{wide}" height="10" preserveAspectRatio="none">{bars}</svg>', wide


def qr_svg(text: str) -> str:
    """A QR code (ISO/IEC 18004) that bears a quarter of itself being spoilt."""
    drawn = io.BytesIO()
    segno.make(text, error="q", micro=False).save(drawn, kind="svg", border=2, xmldecl=False)
    return drawn.getvalue().decode()
