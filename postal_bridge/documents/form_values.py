"""What is printed on a form, in blocks that one template sets: no form has a layout of its own.

Everything is text for people, in Vietnamese; moments and sums are written out already.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Lines of a label and what stands behind it."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        widths: of the columns, in millimetres; 0 takes what is left.
        bold_last: the last row is a sum.
    """

    heads: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    bold_last: bool = False


Block = Paragraph | Fields | Table


@dataclass(frozen=True, slots=True)
class Signature:
    """A place to sign.

    Attributes:
        name: printed under the place, where it is known who signs.
    """

    role: str
    hint: str = "(Ký và ghi rõ họ tên)"
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """A form, filled in.

    Attributes:
        edition: which form of which regulation it is; small, above the heading.
        agency: whose form it is, in one or two lines.
        number: its own number, below the agency.
        dated: place and day, below the motto.
        barcode, qr: what is to be scanned; empty where nothing is.
        copies: what is written on each copy (liên); one copy without a word where there are none.
        landscape: lies across.
        made_at: the moment of the matter itself, never of printing: so it prints the same again.
    """

    title: str
    made_at: datetime
    edition: str = ""
    agency: tuple[str, ...] = ()
    number: str = ""
    dated: str = ""
    subtitle: str = ""
    barcode: str = ""
    qr: str = ""
    blocks: tuple[Block, ...] = ()
    signatures: tuple[Signature, ...] = ()
    footnote: str = ""
    copies: tuple[str, ...] = field(default=())
    landscape: bool = False
