"""A signature drawn with a finger: strokes of points, never a picture that a device made.

Strokes are small, tell how the hand moved, and hold nothing that has to be decoded with care.
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from postal_bridge.errors import Reason, Refusal, refuse

MOST_STROKES, MOST_POINTS, WIDEST = 200, 6_000, 10_000
_LONGEST_MS = 3_600_000
_MEMBERS = 3
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


def checked_drawing(
    width: int, height: int, strokes: Sequence[Sequence[Sequence[int]]]
) -> Drawing | Refusal:
    """A drawing of what came in: some points, not too many, all of them inside its field."""
    points = [point for stroke in strokes for point in stroke]
    sized = 0 < width <= WIDEST and 0 < height <= WIDEST
    counted = len(strokes) <= MOST_STROKES and 0 < len(points) <= MOST_POINTS
    if not (sized and counted and all(_inside(point, width, height) for point in points)):
        return refuse(Reason.SIGNATURE_WRONG, "signature", most=MOST_POINTS)
    return Drawing(
        width, height, tuple(tuple((x, y, ms) for x, y, ms in one) for one in strokes if one)
    )


def _inside(point: Sequence[int], width: int, height: int) -> bool:
    if len(point) != _MEMBERS:
        return False
    x, y, ms = point
    return 0 <= x <= width and 0 <= y <= height and 0 <= ms <= _LONGEST_MS


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
