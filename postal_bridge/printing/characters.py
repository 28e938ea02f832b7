"""Which characters the embedded fonts can print; whatever else comes is shown by its number.

PDF/A forbids a character without a glyph (ISO 19005-2, 6.2.11.8), and what a stranger typed may
hold any. Nothing is dropped: an emoji becomes `‹U+1F4E6›`, which a reader can look up.
"""

import unicodedata
from bisect import bisect_right

PRINTABLE = (
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),
    (0x00AE, 0x024F),
    (0x0300, 0x0341),
    (0x0370, 0x045F),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x2070, 0x209C),
    (0x20A0, 0x20BF),
    (0x2190, 0x22FF),
    (0x2500, 0x25FF),
    (0xFFFD, 0xFFFD),
)
"""First and last of each range; all assigned ones between them are in the fonts that Typst brings."""

_STARTS = [first for first, _ in PRINTABLE]
_LONGEST_PART = 10
_AFTER = "-./_:"
_BREAK = "\u200b"


def printable(text: str) -> str:
    """The text on one line, composed, every character with a glyph."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(one if _has_glyph(one) else f"‹U+{ord(one):04X}›" for one in composed)


def breakable(text: str, *, longest: int = _LONGEST_PART) -> str:
    """The same, with places where a word of more than `longest` letters may be broken.

    Codes have no blanks; in a narrow column they would run over its edge.
    """
    words = printable(text).split(" ")
    return " ".join(word if len(word) <= longest else _with_breaks(word) for word in words)


def _has_glyph(one: str) -> bool:
    place = bisect_right(_STARTS, ord(one)) - 1
    if place < 0 or ord(one) > PRINTABLE[place][1]:
        return False
    return unicodedata.category(one)[0] != "C"


def _with_breaks(word: str) -> str:
    parts, part = [], ""
    for one in word:
        full = len(part) >= _LONGEST_PART or (len(part) > 1 and part[-1] in _AFTER)
        if full and not unicodedata.combining(one):
            parts.append(part)
            part = ""
        part += one
    return _BREAK.join([*parts, part])
