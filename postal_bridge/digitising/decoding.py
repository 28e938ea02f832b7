"""From the bytes of a stranger to pixels: by what they are, within limits, or not at all.

Nothing here trusts a file's name, its declared type or its own idea of how large it is. Whatever
gets past these checks and still harms is stopped by the limits of the worker process.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from postal_bridge.documents.page_values import Examined, FileLimits, Trouble, Unreadable

if TYPE_CHECKING:
    import pikepdf

Pixels = np.ndarray[Any, Any]
"""Of eight bits: rows, columns, and red, green, blue where there are colours."""

_POINTS_PER_INCH = 72
_SNIFFED = 1024
"""Readers look for `%PDF-` in so many first bytes (ISO 32000-1, annex H.3.4.1)."""

_ACTIVE = ("/JavaScript", "/JS", "/Launch", "/ImportData", "/SubmitForm", "/RichMedia")
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"}
_FAMILIAR = re.compile(rb"^....ftyp(heic|heix|mif1|hevc)", re.DOTALL)

Image.MAX_IMAGE_PIXELS = None  # ours is stricter, and says which limit it was


class Refused(Exception):  # noqa: N818 - it is an answer on its way out, not an error
    """A file is not taken; carries the answer."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(detail)
        self.answer = Unreadable(trouble, detail[:200])


def examine(content: bytes, limits: FileLimits) -> Examined:
    """Tell what a file is and how many pages it has; every page is checked against the limits.

    Raises:
        Refused: it is not taken.
    """
    media_type = kind_of(content)
    if media_type == "application/pdf":
        with _pdf(content) as document:
            _check_pdf(document, limits)
            return Examined(media_type, len(document.pages))
    with _image(content, media_type, limits) as image:
        return Examined(media_type, _frames(image, limits))


def pixels_of(content: bytes, index: int, limits: FileLimits, *, dots_per_inch: int) -> Pixels:
    """One page of a file, upright as the file says it stands.

    Raises:
        Refused: it is not taken.
    """
    media_type = kind_of(content)
    if media_type == "application/pdf":
        return _rendered(content, index, limits, dots_per_inch)
    with _image(content, media_type, limits) as image, _broken_is_refused():
        if index:
            image.seek(index)
        turned = ImageOps.exif_transpose(image)
        return np.asarray(_on_white(turned))


def kind_of(content: bytes) -> str:
    """The media type, by the first bytes."""
    if not content:
        raise Refused(Trouble.EMPTY)
    for signature, media_type in _KINDS:
        if content.startswith(signature):
            return media_type
    if b"%PDF-" in content[:_SNIFFED]:
        return "application/pdf"
    found = "HEIC" if _FAMILIAR.match(content[:12]) else content[:8].hex(" ")
    raise Refused(Trouble.TYPE, found)


# ------------------------------------------------------------------------------------- pictures


@contextmanager
def _broken_is_refused() -> Iterator[None]:
    """Whatever a decoder says about bytes that are not what they claim to be."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as error:
        raise Refused(Trouble.BROKEN, f"{type(error).__name__}: {error}") from error


@contextmanager
def _image(content: bytes, media_type: str, limits: FileLimits) -> Iterator[Image.Image]:
    with _broken_is_refused():
        image = Image.open(io.BytesIO(content), formats=[_FORMATS[media_type]])
    with image:
        _check_size(*image.size, limits)
        yield image


def _frames(image: Image.Image, limits: FileLimits) -> int:
    with _broken_is_refused():
        frames = int(getattr(image, "n_frames", 1))
        if frames > limits.pages:
            raise Refused(Trouble.PAGES, f"{frames}")
        for index in range(frames):
            image.seek(index)
            _check_size(*image.size, limits)
            image.load()
    return frames


def _check_size(width: float, height: float, limits: FileLimits) -> None:
    if width * height > limits.pixels:
        raise Refused(Trouble.PIXELS, f"{width:.0f} x {height:.0f}")
    if min(width, height) < 1:
        raise Refused(Trouble.BROKEN, f"{width} x {height}")


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, in eight bits a colour; sixteen bits of grey are scaled, not cut."""
    if image.mode.startswith("I"):
        image = image.point(_SIXTEEN_TO_EIGHT, "L") if image.mode != "I" else image.convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        paper = Image.new("RGB", image.size, "white")
        see_through = image.convert("RGBA")
        paper.paste(see_through, mask=see_through.getchannel("A"))
        return paper
    return image.convert("RGB")


_SIXTEEN_TO_EIGHT: Callable[[Any], Any] = lambda value: value * (1 / 256)  # noqa: E731


# ------------------------------------------------------------------------------------------ PDF


@contextmanager
def _pdf(content: bytes) -> Iterator["pikepdf.Pdf"]:
    import pikepdf

    try:
        document = pikepdf.open(io.BytesIO(content))
    except pikepdf.PasswordError as error:
        raise Refused(Trouble.ENCRYPTED, str(error)) from error
    except MemoryError:
        raise
    except Exception as error:
        raise Refused(Trouble.BROKEN, f"{type(error).__name__}: {error}") from error
    with document, _broken_is_refused():
        if document.is_encrypted:
            raise Refused(Trouble.ENCRYPTED, "owner's password")
        yield document


def _check_pdf(document: "pikepdf.Pdf", limits: FileLimits) -> None:
    pages = len(document.pages)
    if pages > limits.pages:
        raise Refused(Trouble.PAGES, f"{pages}")
    if not pages:
        raise Refused(Trouble.BROKEN, "no page")
    for page in document.pages:
        box = [float(edge) for edge in page.mediabox]
        width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
        scale = 200 / _POINTS_PER_INCH
        _check_size(width * scale, height * scale, limits)
    for thing in document.objects:
        _check_active(thing)
        _check_picture(thing, limits)


def _check_active(thing: object) -> None:
    """A scanner writes no programme into a page; whoever does is not let in."""
    import pikepdf

    if not isinstance(thing, pikepdf.Dictionary):
        return
    for name in _ACTIVE:
        if name in thing or thing.get("/S") == pikepdf.Name(name):
            raise Refused(Trouble.ACTIVE, name)


def _check_picture(thing: object, limits: FileLimits) -> None:
    """A small page may draw a huge picture: it would be decoded whole."""
    import pikepdf

    if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == pikepdf.Name.Image:
        _check_size(float(thing.get("/Width", 1)), float(thing.get("/Height", 1)), limits)


def _rendered(content: bytes, index: int, limits: FileLimits, dots_per_inch: int) -> Pixels:
    import pypdfium2

    with _pdf(content) as document:
        _check_pdf(document, limits)
        if index >= len(document.pages):
            raise Refused(Trouble.PAGES, f"{index}")
    with _broken_is_refused():
        opened = pypdfium2.PdfDocument(content)
        try:
            page = opened[index]
            drawn = page.render(scale=dots_per_inch / _POINTS_PER_INCH, rev_byteorder=True)
            pixels: Pixels = drawn.to_numpy()[:, :, :3].copy()
        finally:
            opened.close()
    return pixels
