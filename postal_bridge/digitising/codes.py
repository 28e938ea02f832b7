"""QR codes on a page: our cover sheets say what follows them, our receipts whose paper it is."""

import cv2
import zxingcpp

from postal_bridge.digitising.decoding import Pixels

_SIDE = 1400
"""Of the copy that is searched: our own codes are at least 20 mm wide, which is 90 pixels here."""


def qr_codes(plane: Pixels) -> tuple[str, ...]:
    """Their texts, from top to bottom; none where there is none."""
    height, width = plane.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    small = cv2.resize(plane, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = zxingcpp.read_barcodes(
        small,
        formats=zxingcpp.BarcodeFormat.QRCode,
        try_rotate=False,
        try_downscale=False,
    )
    placed = sorted(
        (code.position.top_left.y, code.position.top_left.x, code.text) for code in found
    )
    return tuple(text for _, _, text in placed if text)
