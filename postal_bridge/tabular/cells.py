"""One cell to what it means: a code, an amount of money, a word of a table."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from postal_bridge.tabular.records import Cell, fold, shown


class CellError(Exception):
    """The cell cannot be taken at its word; the text says why and what to do."""


_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?[eE][+-]?[0-9]+")
_MONEY = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?:(?P<mark>[.,\s])[0-9]{3})(?:(?P=mark)[0-9]{3})*)"
    r"(?P<rest>[.,]0{1,2})?"
)
_CURRENCY = re.compile(r"(?:đồng|vnđ|vnd|đ|₫)\.?$", re.IGNORECASE)
AS_TEXT = "hãy định dạng cột là Text trước khi xuất (format the column as text)"


def code_of(cell: Cell) -> str:
    """A code, exactly as it is written; "" where the cell is empty.

    Raises:
        CellError: a number or a date, which a spreadsheet may have made of it: zeros in front
            and digits behind the fifteenth are lost, and nobody sees it.
    """
    match cell:
        case None:
            return ""
        case int() | Decimal():
            raise CellError(f"mã {shown(cell)} nằm dưới dạng số, có thể đã mất chữ số; {AS_TEXT}")
        case date():
            raise CellError(f"mã đã bị đổi thành ngày {shown(cell)}; {AS_TEXT}")
        case str():
            if _SCIENTIFIC.fullmatch(cell):
                raise CellError(f"mã {shown(cell)} đã bị đổi thành số và mất chữ số; {AS_TEXT}")
            return cell


def text_of(cell: Cell) -> str:
    """What a cell says, whatever it is kept as; "" where it is empty."""
    return "" if cell is None else str(cell)


def money_of(cell: Cell) -> int | None:
    """An amount in đồng, written with or without points between the thousands; None if empty.

    Raises:
        CellError: no whole amount of zero or more.
    """
    match cell:
        case None:
            return None
        case int() if cell >= 0:
            return cell
        case Decimal() if cell >= 0 and cell == cell.to_integral_value():
            return int(cell)
        case str():
            found = _MONEY.fullmatch(_CURRENCY.sub("", cell).strip())
            if found and found["rest"] and found["rest"][0] == found["mark"]:
                found = None
            if found:
                return int(re.sub(r"\D", "", found["whole"]))
        case _:
            pass
    raise CellError(
        f"{shown(cell)} không phải số tiền; viết 30000 hoặc 30.000 (no amount of money)"
    )


EMPTY = "(trống)"
"""Stands for an empty cell where words are mapped."""


def number_of(cell: Cell, words: Mapping[str, int], numbers: frozenset[int]) -> int:
    """The number that a word stands for, or the number itself where it is written.

    Args:
        cell: the word.
        words: by the folded word.
        numbers: those that may be written as they are.

    Raises:
        CellError: a word that nobody mapped.
    """
    word = text_of(cell)
    if isinstance(cell, int) or word.isdecimal():
        number = int(word) if len(word) <= _LONGEST_NUMBER else -1
        if number in numbers:
            return number
    folded = fold(word) if word else fold(EMPTY)
    if folded in words:
        return words[folded]
    if not word:
        raise CellError("ô trống (empty)")
    raise CellError(f"{shown(cell)} chưa có trong bảng từ của cấu hình (no such word is mapped)")


_LONGEST_NUMBER = 6
