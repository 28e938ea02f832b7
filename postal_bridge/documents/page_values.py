"""What is known of pages and files before anything is written down of them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """Why a file, or a page of it, is not taken."""

    EMPTY = "empty"
    TYPE = "type"
    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    PIXELS = "pixels"
    PAGES = "pages"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is not taken.

    Attributes:
        detail: for the log and the support desk: what the library said; no words for people.
    """

    trouble: Trouble
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What a file may ask of us.

    Attributes:
        pixels: of one page, after decoding.
        pages: of one file.
    """

    pixels: int = 60_000_000
    pages: int = 300


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that can be taken.

    Attributes:
        media_type: by its content.
        pages: at least 1.
    """

    media_type: str
    pages: int


class Tone(StrEnum):
    """How a page is kept.

    `AUTO` keeps colour where there is a seal or coloured ink: a red seal tells an original from a
    photocopy. Everything else becomes grey.
    """

    AUTO = "auto"
    COLOUR = "colour"
    GREY = "grey"
    BLACK = "black"


class Flag(StrEnum):
    """What the person who holds the telephone should look at."""

    BLANK = "blank"
    BLURRED = "blurred"
    DARK = "dark"
    CUT_OFF = "cut_off"
    NO_EDGES = "no_edges"
    SMALL = "small"


FLAG_WORDS: dict[Flag, tuple[str, str]] = {
    Flag.BLANK: ("Trang trắng, có thể bỏ.", "The page is blank and may be left out."),
    Flag.BLURRED: ("Ảnh mờ, hãy chụp lại.", "The picture is blurred, take it again."),
    Flag.DARK: ("Ảnh quá tối, hãy bật đèn và chụp lại.", "Too dark, put a light on and try again."),
    Flag.CUT_OFF: (
        "Trang bị cắt ở mép, hãy lùi máy ra xa.",
        "The page is cut off, hold the telephone further away.",
    ),
    Flag.NO_EDGES: (
        "Không thấy mép giấy, giữ nguyên cả ảnh.",
        "No edges of a paper were found, the whole picture is kept.",
    ),
    Flag.SMALL: (
        "Chữ sẽ nhỏ: hãy đưa máy lại gần hơn.",
        "The print will be small: hold the telephone closer.",
    ),
}
"""Vietnamese and English; a hint, never a refusal: a person decides."""

TAKE_AGAIN = frozenset({Flag.BLURRED, Flag.DARK, Flag.CUT_OFF})
"""Flags that ask for another picture."""


@dataclass(frozen=True, slots=True)
class PageWish:
    """What is to become of a page.

    Attributes:
        index: which page of the file, from 0.
        turn: clockwise, in degrees, after what the picture says of itself: 0, 90, 180, 270. None
            turns it the way that the text stands.
        find_edges: look for the paper in the picture; a scanner's page is the paper already.
        limit_bytes: a page from a 12-megapixel photo stays below.
    """

    index: int = 0
    turn: int | None = None
    tone: Tone = Tone.AUTO
    find_edges: bool = True
    dots_per_inch: int = 200
    limit_bytes: int = 400_000


Corners = tuple[tuple[float, float], ...]
"""Top left, top right, bottom right, bottom left; in pixels of the upright picture."""


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page as it goes into the archive.

    Attributes:
        image: JPEG; PNG of one bit where it is black and white.
        turn: by how much it was turned, whoever asked for it.
        sharpness: 0 to 1: how steep the edges of the print are; a flag hangs on it.
        ink: share of the page that is printed on.
        corners: of the paper in the picture; none where none was looked for or found.
        codes: texts of the QR codes on it.
    """

    image: bytes
    media_type: str
    width_px: int
    height_px: int
    dots_per_inch: int
    tone: Tone
    turn: int
    sharpness: float
    ink: float
    flags: tuple[Flag, ...] = ()
    corners: Corners | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was read.

    Attributes:
        left, top, width, height: of its box, in pixels of the page.
        confidence: 0 to 100, as the reader says.
        line: number of the line on the page, from 0 in reading order.
    """

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read on a page.

    Attributes:
        layer: a PDF of one page with nothing but the text, unseen; laid under the picture it
            makes the page searchable.
    """

    words: tuple[Word, ...] = ()
    layer: bytes = b""

    @property
    def text(self) -> str:
        """The words in lines."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(words) for _, words in sorted(lines.items()))


@dataclass(frozen=True, slots=True)
class PageSheet:
    """A page on its way into a document.

    Attributes:
        layer: of `PageText`; empty where nothing was read.
    """

    image: bytes
    dots_per_inch: int
    layer: bytes = b""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a document says of itself (ISO 19005-2, 6.6: the metadata must agree everywhere).

    Attributes:
        identifier: of the document with us; the same pages and facts give the same bytes.
        made_at: ISO 8601, UTC, with seconds: `2026-11-23T08:00:00+00:00`.
    """

    title: str
    author: str
    subject: str
    identifier: str
    made_at: str
    keywords: tuple[str, ...] = field(default=())
