"""Even paper: shadows, creases and yellow lamps are divided out, the print stays.

A naive threshold at this point loses a third of the words to a reader; grey keeps them, so black
and white is only made where it is asked for.
"""

import cv2
import numpy as np

from postal_bridge.digitising.decoding import Pixels
from postal_bridge.documents.page_values import Tone

_COARSE = 8
"""The paper's own brightness changes slowly: it is looked for in a copy so many times smaller."""
_WHITE, _BLACK = 0.86, 0.20
"""Share of the paper's brightness above which everything is paper, and below which all is ink."""
_COLOURED, _LEAST_COLOUR = 70, 0.0012
"""Saturation (0 to 255) that counts as colour, and the share of a page that a seal covers."""
_LEAST_LIGHT = 60
_NO_GREY = 0.6


def flattened(page: Pixels) -> Pixels:
    """Red, green and blue, each against the paper's own brightness there."""
    even = np.empty_like(page)
    curve = _curve()
    for channel in range(3):
        plane = np.ascontiguousarray(page[:, :, channel])
        paper = _paper(plane)
        even[:, :, channel] = cv2.LUT(cv2.divide(plane, paper, scale=255), curve)
    return even


def tone_of(even: Pixels) -> Tone:
    """Colour where there is a seal or coloured ink, else grey."""
    small = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    hsv = cv2.cvtColor(small, cv2.COLOR_RGB2HSV)
    coloured = (hsv[:, :, 1] > _COLOURED) & (hsv[:, :, 2] > _LEAST_LIGHT)
    # Single coloured points are the sensor's noise; a seal is a stretch of them.
    solid = cv2.morphologyEx(coloured.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return Tone.COLOUR if float(solid.mean()) > _LEAST_COLOUR else Tone.GREY


def grey(even: Pixels) -> Pixels:
    """One plane."""
    return np.asarray(cv2.cvtColor(even, cv2.COLOR_RGB2GRAY), np.uint8)


def black(even: Pixels) -> Pixels:
    """One plane of 0 and 255."""
    plane = grey(even)
    level = min(int(255 * _NO_GREY), _otsu(plane))
    return np.asarray(np.where(plane > level, 255, 0), np.uint8)


def _otsu(plane: Pixels) -> int:
    level, _ = cv2.threshold(plane, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return int(level)


def _paper(plane: Pixels) -> Pixels:
    height, width = plane.shape
    size = (max(8, width // _COARSE), max(8, height // _COARSE))
    small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    without_ink = cv2.dilate(small, np.ones((7, 7), np.uint8))
    without_ink = cv2.medianBlur(np.asarray(without_ink, np.uint8), 21)
    smooth = cv2.GaussianBlur(without_ink, (15, 15), 0)
    whole = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(whole, 24), np.uint8)


def _curve() -> Pixels:
    levels = np.arange(256) / 255
    stretched = np.clip((levels - _BLACK) / (_WHITE - _BLACK), 0, 1)
    return np.asarray(np.rint(255 * stretched), np.uint8)
