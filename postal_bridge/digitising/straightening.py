"""From the paper in a photograph to a page that lies straight, upright and in its true size."""

from typing import Any

import cv2
import numpy as np

from postal_bridge.digitising.decoding import Pixels
from postal_bridge.documents.page_values import Corners

_ROOT_TWO = 2**0.5
_A4_LONG_INCHES = 297 / 25.4
_NEAR_A4 = 0.09
"""So far from 1 : √2 a quadrangle may be and still count as a sheet of the A series: the tilt of the
telephone shortens one side."""

_TRIMMED_PX = 3
"""Cut off all round: the shadow at the rim of the paper is no part of the page."""

_SURELY = 1.25
"""So many times more ink must stand on the other side before a page is turned."""
_COARSER, _LEVEL, _HARDLY_INK = 1.5, 0.15, 0.002
_CORE, _FEWEST_LINES, _RULE = 0.55, 2, 45
_LOWEST, _HIGHEST = 6, 60
"""Rows of a line of text on the small copy."""
_WIDEST_TILT = 6.0
"""Degrees; who lays a sheet on a scanner further askew does so on purpose."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]


def flat(picture: Pixels, corners: Corners, *, dots_per_inch: int) -> Pixels:
    """The paper as if seen from straight above; a sheet near A4 comes out as A4."""
    width, height = _true_size(corners, dots_per_inch)
    quad = np.array(corners, np.float32)
    shrink = _shortest(quad) / max(1, min(width, height))
    if shrink > _COARSER:
        # A warp looks at single points: from a much finer picture it would skip thin strokes.
        size = (round(picture.shape[1] / shrink), round(picture.shape[0] / shrink))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        quad = quad / shrink
    ends = (-_TRIMMED_PX, width + _TRIMMED_PX, height + _TRIMMED_PX)
    goal = np.array(
        [[ends[0], ends[0]], [ends[1], ends[0]], [ends[1], ends[2]], [ends[0], ends[2]]], np.float32
    )
    warp = cv2.getPerspectiveTransform(quad, goal)
    mode, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    done = cv2.warpPerspective(picture, warp, (width, height), flags=mode, borderMode=border)
    return np.asarray(done, np.uint8)


def fitted(picture: Pixels, *, dots_per_inch: int) -> Pixels:
    """A whole picture, no larger than an A4 page of this resolution has it; never enlarged."""
    longest = round(_A4_LONG_INCHES * dots_per_inch)
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def levelled(page: Pixels) -> Pixels:
    """A page whose lines run level; turned by a few degrees where a scanner took it askew."""
    tilt = _tilt(page)
    if abs(tilt) < _LEVEL:
        return page
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), tilt, 1.0)
    border = cv2.BORDER_REPLICATE
    done = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(done, np.uint8)


def turned(page: Pixels, degrees: int) -> Pixels:
    """Clockwise by 0, 90, 180 or 270 degrees."""
    return np.ascontiguousarray(np.rot90(page, k=-(degrees // 90) % 4))


def turn_of(page: Pixels) -> int:
    """By how many degrees clockwise a page must be turned for its text to stand upright.

    Lines of text make the profile across them rough: that tells lying from standing. Vietnamese
    has its marks above the letters far more often than below: that tells the head from the foot.
    0 where the page does not tell (an empty one, a picture).
    """
    ink = _without_rules(_ink(page))
    if ink.mean() < _HARDLY_INK:
        return 0
    rows, columns = _roughness(ink, axis=1), _roughness(ink, axis=0)
    if columns > rows * _SURELY:
        sideways = np.rot90(ink, k=-1)
        return 90 if _head_up(sideways) >= 0 else 270
    return 180 if _head_up(ink) < 0 else 0


def _true_size(corners: Corners, dots_per_inch: int) -> tuple[int, int]:
    quad = np.array(corners, np.float64)
    top, right, bottom, left = (
        float(np.linalg.norm(quad[(side + 1) % 4] - quad[side])) for side in range(4)
    )
    width, height = (top + bottom) / 2, (left + right) / 2
    long, short = max(width, height), max(1.0, min(width, height))
    a4_long = _A4_LONG_INCHES * dots_per_inch
    if abs(long / short / _ROOT_TWO - 1) < _NEAR_A4:
        long, short = a4_long, a4_long / _ROOT_TWO
    else:
        scale = min(1.0, a4_long / long)
        long, short = long * scale, short * scale
    sizes = (round(long), round(short))
    return sizes if width > height else (sizes[1], sizes[0])


def _shortest(quad: Any) -> float:
    sides = (float(np.linalg.norm(quad[(n + 1) % 4] - quad[n])) for n in range(4))
    return min(sides)


# -------------------------------------------------------------------------------- lines of text


def _ink(page: Pixels, *, side: int = 1000) -> Numbers:
    """1 where there is print, on a small copy; rims and shadows are no print."""
    height, width = page.shape[:2]
    scale = min(1.0, side / max(height, width))
    grey = cv2.cvtColor(page, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    paper = cv2.blur(small, (31, 31)).astype(np.int16)
    ink = (small.astype(np.int16) < paper - 18).astype(np.float64)
    rim = max(4, round(0.03 * side))
    ink[:rim] = ink[-rim:] = 0
    ink[:, :rim] = ink[:, -rim:] = 0
    return ink


def _roughness(ink: Numbers, *, axis: int) -> float:
    profile = ink.sum(axis=axis)
    return float(np.square(np.diff(profile)).sum())


def _without_rules(ink: Numbers) -> Numbers:
    """Without the lines of tables and forms: they run on where no stroke of a letter does."""
    printed: Pixels = ink.astype(np.uint8)
    for shape in ((1, _RULE), (_RULE, 1)):
        rules = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        printed = cv2.subtract(printed, cv2.dilate(rules, np.ones((3, 3), np.uint8)))
    return printed.astype(np.float64)


def _head_up(ink: Numbers) -> float:
    """Above 0 where more lines have ink over them than under them; 0 when it is not certain."""
    profile = ink.sum(axis=1)
    up = down = 0
    for top, bottom in _bands(profile):
        band = profile[top:bottom]
        core = np.flatnonzero(band > _CORE * band.max())
        over, under = float(band[: core[0]].sum()), float(band[core[-1] + 1 :].sum())
        up += over > under * _SURELY
        down += under > over * _SURELY
    if max(up, down) < _FEWEST_LINES:
        return 0.0
    return 1.0 if up > down else -1.0 if down > up * _SURELY else 0.0


def _bands(profile: Numbers) -> list[tuple[int, int]]:
    """First and last row of each line of text."""
    quiet = profile <= max(1.0, 0.02 * float(profile.max()))
    edges = np.flatnonzero(np.diff(np.concatenate([[True], quiet, [True]]).astype(int)))
    starts, ends = edges[::2], edges[1::2]
    return [
        (int(a), int(b)) for a, b in zip(starts, ends, strict=True) if _LOWEST <= b - a <= _HIGHEST
    ]


def _tilt(page: Pixels) -> float:
    """Degrees counter-clockwise by which the lines must be turned to run level."""
    ink = _ink(page, side=800)
    if ink.mean() < _HARDLY_INK:
        return 0.0
    best, coarse = 0.0, np.arange(-_WIDEST_TILT, _WIDEST_TILT + 0.5, 0.5)
    for angles in (coarse, np.arange(-0.4, 0.41, 0.1)):
        scores = [(_level_score(ink, best + float(angle)), best + float(angle)) for angle in angles]
        best = max(scores)[1]
    return best


def _level_score(ink: Numbers, degrees: float) -> float:
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned_ink = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_NEAREST)
    return float(np.square(np.diff(turned_ink.sum(axis=1))).sum())
