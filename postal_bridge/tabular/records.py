"""Rows and cells as they stand in a file, and how one says no to them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import msgspec

from postal_bridge.errors import Misuse

Cell = str | int | Decimal | datetime | date | None
"""Text, a whole or a broken number, a moment without zone as the spreadsheet shows it, or empty.

Text is never empty, in composed form (NFC) and without blanks at its ends.
"""

SHOWN_PROBLEMS = 20
"""So many wrong cells are named; the others are counted."""

SHOWN_CHARS = 60


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row.

    Attributes:
        number: as the spreadsheet numbers its rows, from 1; in JSON the element's place in its
            list, from 1.
    """

    number: int
    cells: Sequence[Cell]


class Sheet(msgspec.Struct, frozen=True):
    """One sheet, or the whole of a file that has none.

    Attributes:
        exact: whether a row that is longer than the heading is a fault: in CSV a separator
            inside a value moves everything behind it.
        keyed: whether each row names its own columns, so that no rows have no heading either.
    """

    name: str
    rows: Sequence[Row]
    exact: bool = False
    keyed: bool = False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may ask of this machine.

    Attributes:
        file_bytes: of the file as it lies there; unpacked_bytes: of what a spreadsheet unpacks to.
        rows, columns: of one sheet, counted from A1; cells: rows times columns.
    """

    file_bytes: int = 64 * 1024 * 1024
    unpacked_bytes: int = 512 * 1024 * 1024
    rows: int = 500_000
    columns: int = 500
    cells: int = 10_000_000


@dataclass(frozen=True)
class Problem:
    """One cell that cannot be taken, in words; the row as people see it."""

    row: int
    column: str
    text: str


class TableRefused(Misuse):
    """The file cannot be read surely; the text names the row and says what to do."""


def refuse_rows(problems: Sequence[Problem]) -> None:
    """Raise with every wrong cell, the first ones named; nothing where there are none.

    Raises:
        TableRefused: there is at least one.
    """
    if not problems:
        return
    shown = [
        f"  dòng {one.row}, cột “{one.column}”: {one.text}" for one in problems[:SHOWN_PROBLEMS]
    ]
    if more := len(problems) - SHOWN_PROBLEMS:
        shown += [f"  … và {more} ô sai nữa / and {more} more"] if more > 0 else []
    head = (
        f"{len(problems)} ô không đọc được, chưa so gì cả; hãy sửa rồi chạy lại"
        f" / {len(problems)} cells cannot be read, nothing was compared:"
    )
    raise TableRefused("\n".join([head, *shown]))


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The text without case, diacritics and punctuation, to compare what people write freely."""
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(
        char if char.isalnum() else " " for char in plain if not unicodedata.combining(char)
    )
    return " ".join(letters.casefold().split())


def shown(cell: Cell) -> str:
    """The cell for a sentence: shortened, with identity and telephone numbers masked."""
    text = " ".join(str(cell).split())
    text = _PERSONAL.sub(
        lambda found: f"{found[0][:2]}{'*' * (len(found[0]) - 4)}{found[0][-2:]}", text
    )
    return f"“{text[:SHOWN_CHARS]}{'…' if len(text) > SHOWN_CHARS else ''}”"


def tidy(text: str) -> str | None:
    """Text as a cell keeps it: composed, without blanks at its ends; None where nothing is left."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip(_BLANKS) or None


_PERSONAL = re.compile(r"(?<![0-9])[0-9]{9,12}(?![0-9])")
"""Old and new identity numbers have 9 and 12 digits, telephones 10 or 11."""

_BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\u200b\u2060\ufeff"
