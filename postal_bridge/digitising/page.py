"""One page, from its picture to what is archived of it."""

import io

import numpy as np
from PIL import Image

from postal_bridge.digitising.codes import qr_codes
from postal_bridge.digitising.decoding import Pixels, kind_of, pixels_of
from postal_bridge.digitising.flattening import black, flattened, grey, tone_of
from postal_bridge.digitising.page_finding import find_page
from postal_bridge.digitising.quality import flags_of, ink_of, is_blank, sharpness_of
from postal_bridge.digitising.straightening import fitted, flat, levelled, turn_of, turned
from postal_bridge.documents.page_values import ArchivedPage, Corners, FileLimits, PageWish, Tone

_QUALITIES = (62, 52, 42, 32)
_SMALLER = (0.85, 0.7, 0.55, 0.4)
"""Where no quality is small enough, the page is made smaller; text stays legible to the third."""


def archive_page(content: bytes, wish: PageWish, limits: FileLimits) -> ArchivedPage:
    """Find the paper, straighten, turn, even out, and write it small.

    Raises:
        Refused: it is not taken (see `decoding`).
    """
    picture = pixels_of(content, wish.index, limits, dots_per_inch=wish.dots_per_inch)
    photographed = wish.find_edges and kind_of(content) != "application/pdf"
    corners = find_page(picture) if photographed else None
    page = _straight(picture, corners, wish)
    turn = turn_of(page) if wish.turn is None else wish.turn
    even = turned(flattened(page), turn)
    plane = grey(even)
    ink, sharpness = ink_of(plane), sharpness_of(plane)
    tone = tone_of(even) if wish.tone is Tone.AUTO else wish.tone
    image, dots, size = _written(even, plane, tone, wish)
    return ArchivedPage(
        image=image,
        media_type="image/png" if tone is Tone.BLACK else "image/jpeg",
        width_px=size[0],
        height_px=size[1],
        dots_per_inch=dots,
        tone=tone,
        turn=turn,
        sharpness=round(sharpness, 4),
        ink=round(ink, 6),
        flags=flags_of(
            picture=picture,
            blank=is_blank(plane),
            sharpness=sharpness,
            corners=corners,
            edges_wanted=photographed,
        ),
        corners=corners,
        codes=qr_codes(plane),
    )


def _straight(picture: Pixels, corners: Corners | None, wish: PageWish) -> Pixels:
    if corners is not None:
        return flat(picture, corners, dots_per_inch=wish.dots_per_inch)
    return levelled(fitted(picture, dots_per_inch=wish.dots_per_inch))


def _written(
    even: Pixels, plane: Pixels, tone: Tone, wish: PageWish
) -> tuple[bytes, int, tuple[int, int]]:
    """The file, its resolution and its size; below the limit unless even the smallest is not."""
    if tone is Tone.BLACK:
        image = Image.fromarray(black(even)).convert("1", dither=Image.Dither.NONE)
        return _png(image, wish.dots_per_inch), wish.dots_per_inch, image.size
    image = Image.fromarray(even if tone is Tone.COLOUR else plane)
    written = b""
    for quality in _QUALITIES:
        written = _jpeg(image, quality, wish.dots_per_inch)
        if len(written) <= wish.limit_bytes:
            return written, wish.dots_per_inch, image.size
    return _made_smaller(image, wish)


def _made_smaller(image: Image.Image, wish: PageWish) -> tuple[bytes, int, tuple[int, int]]:
    written, dots, size = b"", wish.dots_per_inch, image.size
    for share in _SMALLER:
        size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        dots = max(1, round(wish.dots_per_inch * share))
        written = _jpeg(image.resize(size, Image.Resampling.LANCZOS), _QUALITIES[1], dots)
        if len(written) <= wish.limit_bytes:
            break
    return written, dots, size


def _jpeg(image: Image.Image, quality: int, dots: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, dpi=(dots, dots))
    return out.getvalue()


def _png(image: Image.Image, dots: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True, dpi=(dots, dots))
    return out.getvalue()


def preview(image: bytes, *, longest_px: int) -> bytes:
    """A small JPEG of an archived page, for a telephone's list."""
    with Image.open(io.BytesIO(image)) as opened:
        small = opened.convert("L" if opened.mode == "1" else opened.mode)
        small.thumbnail((longest_px, longest_px))
        return _jpeg(Image.fromarray(np.asarray(small)), _QUALITIES[1], 96)
