"""Where the paper lies in a photograph: its four corners, or none.

Two looks at a small copy of the picture: by brightness (paper is lighter than what it lies on) and
by edges (paper as light as the table still has a rim). Each gives quadrangles; the one whose sides
really lie on edges wins, and its sides are then laid through the rim at full resolution.
"""

from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from postal_bridge.digitising.decoding import Pixels
from postal_bridge.documents.page_values import Corners

Quad = np.ndarray[Any, Any]
"""Four rows of x and y: top left, top right, bottom right, bottom left."""

_SMALL_SIDE = 640
_SMALLEST_SHARE = 0.15
"""Of the picture; a smaller bright patch is no page that somebody wanted to photograph."""
_LARGEST_SHARE = 0.985
_LEAST_SUPPORT = 0.45
"""Share of the rim that must lie on edges of the picture."""
_SAMPLES = 48
_CORNERS, _TOLERANCES = 4, (0.02, 0.03, 0.05, 0.08)
_STEEP = 24
"""Levels of brightness from one side of a rim to the other."""
_ASKEW = 0.5
"""Cosine of the sharpest corner that a paper has in a photograph: 60 degrees."""
_WINDOW, _DARKEST = (9, 9), 8.0
_FEWEST_POINTS, _PARALLEL = 8, 1e-4


def find_page(picture: Pixels) -> Corners | None:
    """The corners of the paper, in pixels of the picture; none where no paper stands out."""
    height, width = picture.shape[:2]
    scale = min(1.0, _SMALL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = _stretched(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    slope = _slope(grey)
    best, best_score = None, _LEAST_SUPPORT
    for quad in _candidates(small, grey):
        score = _support(quad, slope)
        if score > best_score:
            best, best_score = quad, score
    if best is None:
        return None
    refined = _refined(picture, best / scale)
    return tuple((float(x), float(y)) for x, y in refined)


def _stretched(small: Pixels) -> Pixels:
    """In low light the rim of a paper is as faint as the light: all levels are spread out first."""
    dark, bright = np.percentile(small[::4, ::4], (1, 99))
    spread = (small.astype(np.float32) - dark) * (255 / max(24.0, bright - dark))
    return np.asarray(np.clip(spread, 0, 255), np.uint8)


def _candidates(small: Pixels, grey: Pixels) -> list[Quad]:
    masks = [_light(grey), _light(_colourless(small)), _framed(grey), _calm(small)]
    found = []
    for mask in masks:
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:3]:
            quad = _quad(contour, grey.shape[0] * grey.shape[1])
            if quad is not None:
                found.append(quad)
    return found


def _light(grey: Pixels) -> Pixels:
    """What is lighter than the rest, without the holes that print makes in it."""
    _, mask = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    kernel = np.ones((9, 9), np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel), np.uint8)


def _colourless(small: Pixels) -> Pixels:
    """White paper on a coloured table: bright and without colour."""
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    plain = cv2.subtract(hsv[:, :, 2], hsv[:, :, 1])
    return np.asarray(cv2.GaussianBlur(plain, (5, 5), 0), np.uint8)


def _calm(small: Pixels) -> Pixels:
    """Paper on a coarse table: what lies there has less grain than what is around it.

    Grain is told as a share of the light, so that a shadow over both changes nothing.
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, _WINDOW)
    spread = np.sqrt(np.maximum(cv2.blur(grey * grey, _WINDOW) - mean * mean, 0.0))
    grain = spread / (mean + _DARKEST)
    most = max(float(np.percentile(grain, 90)), 1e-3)
    calm = 255.0 - np.clip(grain * (255.0 / most), 0, 255)
    mask = _light(np.asarray(cv2.medianBlur(calm.astype(np.uint8), 15), np.uint8))
    # A window that reaches over the rim sees grain: the paper begins half a window further out.
    return np.asarray(cv2.dilate(mask, np.ones((15, 15), np.uint8)), np.uint8)


def _framed(grey: Pixels) -> Pixels:
    """What is inside a closed rim of edges."""
    middle = float(np.median(grey))
    edges = cv2.Canny(grey, 0.4 * middle, 0.9 * middle)
    rim = cv2.dilate(edges, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(rim, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(grey)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
        cv2.drawContours(filled, [cv2.convexHull(contour)], -1, 255, cv2.FILLED)
    return np.asarray(cv2.erode(filled, np.ones((5, 5), np.uint8)), np.uint8)


def _quad(contour: Any, area_of_picture: int) -> Quad | None:
    hull = cv2.convexHull(contour)
    share = cv2.contourArea(hull) / area_of_picture
    if not _SMALLEST_SHARE < share < _LARGEST_SHARE:
        return None
    around = cv2.arcLength(hull, closed=True)
    for tolerance in _TOLERANCES:
        corners = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(corners) == _CORNERS:
            return _in_order(corners.reshape(4, 2).astype(np.float32))
    return None


def _in_order(corners: Quad) -> Quad:
    """Clockwise from the top left, as the eye sees it."""
    middle = corners.mean(axis=0)
    angles = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(angles)]
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.asarray(np.roll(clockwise, -first, axis=0), np.float32)


def _slope(grey: Pixels) -> Any:
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.dstack([across, down])


def _support(quad: Quad, slope: Any) -> float:
    """How much of the rim lies on edges that run along it, weighed by how square it is.

    Along a rim one side is the lighter one; in the grain of a table each is as often.
    """
    height, width = slope.shape[:2]
    shares = []
    for start, end in _sides(quad):
        along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
        across = np.array([-along[1], along[0]], np.float32)
        points = start + np.linspace(0.04, 0.96, _SAMPLES)[:, None] * (end - start)
        steepest = np.zeros(_SAMPLES, np.float32)
        for shift in (-3, -2, -1, 0, 1, 2, 3):
            at = np.rint(points + shift * across).astype(int)
            inside = (at[:, 0] >= 0) & (at[:, 0] < width) & (at[:, 1] >= 0) & (at[:, 1] < height)
            held = np.clip(at, 0, [width - 1, height - 1])
            value = (slope[held[:, 1], held[:, 0]] @ across) * inside
            steepest = np.where(np.abs(value) > np.abs(steepest), value, steepest)
        brighter, darker = float((steepest > _STEEP).mean()), float((steepest < -_STEEP).mean())
        shares.append(abs(brighter - darker))
    return (0.5 * min(shares) + 0.5 * float(np.mean(shares))) * _squareness(quad)


def _sides(quad: Quad) -> list[tuple[Quad, Quad]]:
    return list(pairwise([*quad, quad[0]]))


def _squareness(quad: Quad) -> float:
    """1 for right angles, less for what no paper seen from above looks like."""
    worst = 0.0
    for before, corner, after in zip(
        np.roll(quad, 1, axis=0), quad, np.roll(quad, -1, axis=0), strict=True
    ):
        one, other = before - corner, after - corner
        length = float(np.linalg.norm(one) * np.linalg.norm(other)) or 1.0
        worst = max(worst, abs(float(one @ other)) / length)
    return 1.0 if worst < _ASKEW else max(0.0, 1.0 - (worst - _ASKEW) * 3)


# ---------------------------------------------------------------------------------- the fine look


def _refined(picture: Pixels, quad: Quad) -> Quad:
    """Each side through the steepest points beside it; corners where the sides meet."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (5, 5), 0)
    reach = max(6.0, 0.006 * max(picture.shape[:2]))
    lines = [_line(grey, start, end, reach) for start, end in _sides(quad)]
    corners = []
    for number, corner in enumerate(quad):
        met = _meeting(lines[number - 1], lines[number])
        near = met is not None and float(np.linalg.norm(met - corner)) < 4 * reach
        corners.append(met if met is not None and near else corner)
    return np.array(corners, np.float32)


def _line(grey: Pixels, start: Quad, end: Quad, reach: float) -> tuple[Quad, Quad]:
    """A point and a direction."""
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    across = np.array([-along[1], along[0]], np.float32)
    shifts = np.arange(-reach, reach + 1).astype(np.float32)
    points = start + np.linspace(0.06, 0.94, 2 * _SAMPLES, dtype=np.float32)[:, None] * (
        end - start
    )
    grid = points[:, None, :] + shifts[None, :, None] * across
    profile = cv2.remap(
        grey,
        grid[:, :, 0].astype(np.float32),
        grid[:, :, 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)
    steps = np.abs(np.gradient(profile, axis=1))
    best = steps.argmax(axis=1)
    strength = steps.max(axis=1)
    kept = strength >= np.median(strength) * 0.6
    rim = (points + shifts[best][:, None] * across)[kept].astype(np.float32)
    if len(rim) < _FEWEST_POINTS:
        return start, along
    vx, vy, x, y = cv2.fitLine(rim, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    return np.array([x, y], np.float32), np.array([vx, vy], np.float32)


def _meeting(one: tuple[Quad, Quad], other: tuple[Quad, Quad]) -> Quad | None:
    (p, d), (q, e) = one, other
    cross = float(d[0] * e[1] - d[1] * e[0])
    if abs(cross) < _PARALLEL:
        return None
    along = float((q[0] - p[0]) * e[1] - (q[1] - p[1]) * e[0]) / cross
    return np.asarray(p + along * d, np.float32)
