"""Labels that are stuck on papers and pouches, and sheets that part a stack of papers."""

from dataclasses import dataclass
from enum import StrEnum


class StickerSize(StrEnum):
    """What they are printed on: A4 sheets of 24, or rolls of a label printer (mm)."""

    A4 = "a4"
    ROLL_52X70 = "52x70"
    ROLL_80X80 = "80x80"


@dataclass(frozen=True, slots=True)
class Sticker:
    """One label; no citizen is named on it, since everybody on the way reads it.

    Attributes:
        code: what is scanned; it stands there as QR code, as Code 128 and in letters.
        title: what it is stuck on.
    """

    code: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StickerSheet:
    """Labels as they are printed, one after the other.

    Attributes:
        dpi: dots per inch of the label printer; a sheet has its own.
        skip: places of the first A4 sheet that are used up already; nothing on a roll.
    """

    stickers: tuple[Sticker, ...]
    size: StickerSize
    dpi: int = 203
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Divider:
    """A cover sheet: what lies below it is this paper of this dossier.

    Attributes:
        qr: what a camera reads.
    """

    qr: str
    dossier_code: str
    position: int
    paper_name: str
