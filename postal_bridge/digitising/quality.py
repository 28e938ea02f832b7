"""What the person who holds the telephone is told at once: blank, blurred, dark, cut off."""

from typing import Any

import cv2
import numpy as np

from postal_bridge.digitising.decoding import Pixels
from postal_bridge.documents.page_values import Corners, Flag

_RIM = 0.03
_BLANK_INK = 0.0006
"""Share of the page: a page number or a stray dot is less, a line of a form is more."""
_FAINT_BELOW, _FAINT = 225, 0.004
"""Level and share of a page: blurred print leaves far more, shadows and folds leave less."""
_BLURRED_BELOW = 0.33
_INK_BELOW, _PALE, _STEP, _FEWEST_EDGES = 150, 200, 12, 200
"""Levels of an even page; with fewer edges than that there is nothing to judge."""
_DARK_BELOW = 55
"""Brightness of the paper in the picture, of 255."""
_SMALL_BELOW_PX = 1000
"""An A4 page of fewer pixels along its long side has under 90 dots to the inch."""


def ink_of(plane: Pixels) -> float:
    """Share of an even page that is printed on, rims left out."""
    inner = _inside(plane)
    solid = cv2.medianBlur(inner, 3)
    return float((solid < _INK_BELOW).mean())


def is_blank(plane: Pixels) -> bool:
    """Whether nothing is on the page: what is only pale or blurred is no blank page."""
    return ink_of(plane) < _BLANK_INK and float((_inside(plane) < _FAINT_BELOW).mean()) < _FAINT


def sharpness_of(plane: Pixels) -> float:
    """How steep the edges of the print are: 1 is from paper to ink within one pixel.

    The steepest part of all edges is looked at, against the contrast of the print, so a pale copy
    is not taken for a blurred one.
    """
    inner = cv2.medianBlur(_inside(plane), 3)
    across = np.abs(np.diff(inner.astype(np.int16), axis=1))[:-1]
    down = np.abs(np.diff(inner.astype(np.int16), axis=0))[:, :-1]
    steps = np.maximum(across, down)
    edges = steps[steps > _STEP]
    dark = inner[inner < _PALE]
    if edges.size < _FEWEST_EDGES or not dark.size:
        return 0.0  # nothing is printed, or all of it was smeared over the paper
    contrast = max(20.0, 255.0 - float(np.percentile(dark, 10)))
    return min(1.0, float(np.percentile(edges, 90)) / contrast)


def flags_of(
    *,
    picture: Pixels,
    blank: bool,
    sharpness: float,
    corners: Corners | None,
    edges_wanted: bool,
) -> tuple[Flag, ...]:
    """Everything that is worth a second look, worst first."""
    found = []
    if blank:
        found.append(Flag.BLANK)
    elif sharpness < _BLURRED_BELOW:
        found.append(Flag.BLURRED)
    if _brightness(picture) < _DARK_BELOW:
        found.append(Flag.DARK)
    if corners is not None and _cut_off(corners, picture):
        found.append(Flag.CUT_OFF)
    if edges_wanted and corners is None:
        found.append(Flag.NO_EDGES)
    if _longest(picture, corners) < _SMALL_BELOW_PX:
        found.append(Flag.SMALL)
    return tuple(found)


def _inside(plane: Pixels) -> Pixels:
    height, width = plane.shape[:2]
    y, x = round(height * _RIM), round(width * _RIM)
    return np.ascontiguousarray(plane[y : height - y or None, x : width - x or None])


def _brightness(picture: Pixels) -> float:
    sparse: Any = picture[::16, ::16]
    return float(np.percentile(sparse.max(axis=2), 85))


def _cut_off(corners: Corners, picture: Pixels) -> bool:
    """Two corners on the rim of the picture: a side of the paper lies outside."""
    height, width = picture.shape[:2]
    near = 0.004 * max(height, width)
    at_rim = [x < near or y < near or x > width - near or y > height - near for x, y in corners]
    return bool(sum(at_rim) > 1)


def _longest(picture: Pixels, corners: Corners | None) -> float:
    if corners is None:
        return float(max(picture.shape[:2]))
    quad = np.array(corners)
    return max(float(np.linalg.norm(quad[(n + 1) % 4] - quad[n])) for n in range(4))
