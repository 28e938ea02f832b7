"""A signature drawn with a finger: strokes of points, never a picture that a device made.

Strokes are small, tell how the hand moved, and hold nothing that has to be decoded with care.
"""

import msgspec
from msgspec import Struct

MOST_STROKES, MOST_POINTS = 200, 6_000
_INK = (
    'fill="none" stroke="black" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"'
)

Point = tuple[int, int, int]
"""Across and down in the drawing's own units, and milliseconds since the first point."""


class Drawing(Struct, frozen=True):
    """What was drawn, in a field of `width` by `height`."""

    width: int
    height: int
    strokes: tuple[tuple[Point, ...], ...]


def drawing_bytes(drawing: Drawing) -> bytes:
    """The drawing as it is kept; the same drawing gives the same bytes."""
    return msgspec.json.encode(drawing)


def read_drawing(content: bytes) -> Drawing:
    """A drawing that was kept.

    Raises:
        ValueError: it is none.
    """
    return msgspec.json.decode(content, type=Drawing)


def drawing_svg(drawing: Drawing) -> str:
    """The drawing as a picture."""
    lines = "".join(
        '<polyline points="'
        + " ".join(f"{x},{y}" for x, y, _ in (stroke if len(stroke) > 1 else stroke * 2))
        + f'" {_INK}/>'
        for stroke in drawing.strokes
    )
    size = f'width="{drawing.width}" height="{drawing.height}"'
    box = f'viewBox="0 0 {drawing.width} {drawing.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{lines}</svg>'
