"""Text with separators: which one it uses, and its rows."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from postal_bridge.tabular.records import Limits, Row, Sheet, TableRefused, tidy

DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "dấu phẩy", ";": "dấu chấm phẩy", "\t": "tab", "|": "gạch đứng"}
_LOOKED_AT = 60
"""Rows in which the separator has to show itself."""

_HINT = "sep="
Weigh = Callable[[Sequence[Row]], int]
"""How many of the wanted headings some rows have."""


def read_delimited(text: str, *, limits: Limits, weigh: Weigh) -> Sheet:
    """The rows of a text; the separator is the one with which most headings are found.

    Excel's own first line `sep=;` is obeyed, and is no row, as in Excel. A line break inside
    quotes belongs to its cell, so rows are numbered as the spreadsheet numbers them.

    Raises:
        TableRefused: quotes that never end, or more than the limits allow.
    """
    delimiter = None
    first, _, rest = text.partition("\n")
    hint = first.strip().strip('"')
    if hint.lower().startswith(_HINT) and len(hint) == len(_HINT) + 1:
        delimiter, text = hint[-1], rest
    chosen = delimiter or _separator(text, limits, weigh)
    return Sheet(name="", rows=list(_rows(text, chosen, limits)), exact=True)


def _separator(text: str, limits: Limits, weigh: Weigh) -> str:
    """The separator that shows most headings, then the one that gives the most even table."""
    best, chosen = (0, 0), ","
    for delimiter in DELIMITERS:
        rows = []
        try:
            for row in _rows(text, delimiter, limits):
                rows.append(row)
                if len(rows) >= _LOOKED_AT:
                    break
        except TableRefused:
            # With a wrong separator a quote may open that nobody closes; the right one says so.
            pass
        widths = [len(row.cells) for row in rows if len(row.cells) > 1]
        score = (weigh(rows), max(map(widths.count, set(widths)), default=0))
        if score > best:
            best, chosen = score, delimiter
    return chosen


def _rows(text: str, delimiter: str, limits: Limits) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = cells = 0
    try:
        for number, values in enumerate(reader, start=1):
            cells += len(values)
            if number > limits.rows or len(values) > limits.columns or cells > limits.cells:
                raise TableRefused(
                    f"dòng {number}: tệp lớn hơn mức cho phép ({limits.rows} dòng,"
                    f" {limits.columns} cột, {limits.cells} ô) / more than is allowed; hãy xuất"
                    " ít ngày hơn (export fewer days)"
                )
            yield Row(number, [tidy(value) for value in values])
    except csv.Error as wrong:
        raise TableRefused(
            f"dòng {number + 1}: dấu ngoặc kép không đóng hoặc đặt sai chỗ, với {_named(delimiter)}"
            f" ngăn cột (quotes are wrong: {wrong}); hãy mở tệp và sửa dòng này"
        ) from None


def _named(delimiter: str) -> str:
    return _NAMES.get(delimiter, f"“{delimiter}”")
