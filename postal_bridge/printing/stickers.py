"""Labels on A4 sheets of 24 (70 x 37 mm) and on rolls of 52 x 70 and 80 x 80 mm; cover sheets.

An item's code has 28 characters: its narrowest bar is one or two dots of a label printer, so every
bar has to be a whole number of dots, and lie on them, or no scanner reads it. On the narrow roll the
bars stand upright along the long side.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from postal_bridge.documents.sticker_values import Divider, Sticker, StickerSheet, StickerSize
from postal_bridge.printing.characters import breakable, printable
from postal_bridge.printing.codes import code128_dots, qr_svg

DPI_OF_SHEETS = 600
"""Office printers have dots finer than any bar needs."""
_MM_PER_INCH = 25.4
_TRIFLE_MM = 0.001
"""A page that is rounded up to one dot more would be stretched to it."""
_LONGEST_WORD = 24


@dataclass(frozen=True)
class _Face:
    """A label's size, and the length that its bars can have, in millimetres."""

    width: float
    height: float
    along: float
    room: float


_FACES = {
    StickerSize.A4: _Face(70, 37, along=70, room=64),
    StickerSize.ROLL_52X70: _Face(52, 70, along=70, room=66),
    StickerSize.ROLL_80X80: _Face(80, 80, along=80, room=76),
}


def stickers_pdf(sheet: StickerSheet) -> bytes:
    """The labels, one after the other."""
    face, is_sheet = _FACES[sheet.size], sheet.size is StickerSize.A4
    dot = _MM_PER_INCH / (DPI_OF_SHEETS if is_sheet else sheet.dpi)
    told = {
        "size": sheet.size.value,
        "width": _whole(face.width, dot) - _TRIFLE_MM,
        "height": _whole(face.height, dot) - _TRIFLE_MM,
        "skip": sheet.skip if is_sheet else 0,
        "stickers": [_shown(one, face, dot) for one in sheet.stickers],
    }
    return _set("stickers.typ", told)


def dividers_pdf(dividers: Sequence[Divider]) -> bytes:
    """Cover sheets, one on each page."""
    told = {
        "dividers": [
            {
                "qr": qr_svg(one.qr),
                "dossier": one.dossier_code,
                "position": str(one.position),
                "paper": breakable(one.paper_name, longest=_LONGEST_WORD),
            }
            for one in dividers
        ]
    }
    return _set("dividers.typ", told)


def _shown(one: Sticker, face: _Face, dot: float) -> dict[str, object]:
    bars, units = code128_dots(one.code)
    length = units * dot * max(1, int(face.room / (units * dot)))
    return {
        "code": one.code,
        "code128": bars,
        "long": length,
        "from": _whole((face.along - length) / 2, dot),
        "qr": qr_svg(one.code),
        "title": printable(one.title),
        "lines": [breakable(line, longest=_LONGEST_WORD) for line in one.lines],
    }


def _whole(millimetres: float, dot: float) -> float:
    """Down to whole dots."""
    return int(millimetres / dot) * dot


def _set(template: str, told: Mapping[str, object]) -> bytes:
    import typst  # heavy

    return typst.compile(
        files("postal_bridge.printing").joinpath(template).read_bytes(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
    )
