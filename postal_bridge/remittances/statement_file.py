"""A carrier's list of a payment, CSV or spreadsheet, read to lines: all of it, or nothing.

A list has the sum that was collected, the fee, what was paid, or two of the three; where all three
stand there, they must agree. What cannot be read surely is named by row and column.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.remittances.records import MOST_DONG
from postal_bridge.remittances.values import NewLine
from postal_bridge.tabular.cells import CellError, code_of, money_of
from postal_bridge.tabular.heading import Column, Table, find_table, weigh
from postal_bridge.tabular.reading import read_sheets
from postal_bridge.tabular.records import (
    SHOWN_PROBLEMS,
    Cell,
    Limits,
    Problem,
    Row,
    TableRefused,
    fold,
)
from postal_bridge.tracking.carrier_records import REFERENCE_LENGTH

T = TypeVar("T")
MOST_LINES = 5_000
_ORDINALS = ("STT", "TT", "Số TT", "No")
_MINUS = re.compile(r"[-\u2212]\s*(?P<bare>\d.*)|\((?P<inside>[^()]+)\)")


@dataclass(frozen=True, kw_only=True)
class ListHeadings:
    """What the columns of lists are called.

    Attributes:
        name: of the consignment, by the carrier or by us; other_name: taken where that is empty.
        sums: words with which a row of sums begins.
    """

    name: Sequence[str]
    other_name: Sequence[str]
    paid: Sequence[str]
    fee: Sequence[str]
    gross: Sequence[str]
    sums: Sequence[str]


def read_list(raw: bytes, headings: ListHeadings, *, limit_bytes: int) -> list[NewLine] | Refusal:
    """The lines of a list; refuses (`REMITTANCE_FILE`, `REMITTANCE_CELLS`)."""
    try:
        table = _table(raw, headings, limit_bytes)
    except TableRefused as refused:
        return refuse(Reason.REMITTANCE_FILE, "file", why=str(refused))
    if "paid" not in table.headings and "gross" not in table.headings:
        wanted = " | ".join((*headings.paid, *headings.gross))
        why = f"thiếu cột số tiền (no column of money): {wanted}"
        return refuse(Reason.REMITTANCE_FILE, "file", why=why)
    rows = _without_sums(table, headings.sums)
    if not 0 < len(rows) <= MOST_LINES:
        why = f"{len(rows)} dòng, cần 1–{MOST_LINES} (rows)"
        return refuse(Reason.REMITTANCE_FILE, "file", why=why)
    reader = _Reader(table)
    lines = [reader.line(row) for row in rows]
    return _refused(reader.problems) if reader.problems else lines


def _table(raw: bytes, headings: ListHeadings, limit_bytes: int) -> Table:
    if not raw.strip():
        raise TableRefused("tệp trống (the file is empty)")
    optional = {
        "other_name": headings.other_name,
        "paid": headings.paid,
        "fee": headings.fee,
        "gross": headings.gross,
    }
    columns = {"name": Column(headings=headings.name)}
    optional["ordinal"] = _ORDINALS
    columns |= {name: Column(headings=words, required=False) for name, words in optional.items()}
    limits = Limits(file_bytes=limit_bytes, unpacked_bytes=20 * limit_bytes, rows=2 * MOST_LINES)
    sheets = read_sheets(raw, limits=limits, weigh=lambda rows: weigh(rows, columns))
    return find_table(sheets, columns, sums=headings.sums)


def _without_sums(table: Table, sums: Sequence[str]) -> list[Row]:
    """The rows above the sum; below it only what has money.

    A list of money has its sum in every column of money, so `find_table` takes it for a row.
    """
    fields, words = list(table.headings), tuple(fold(word) for word in sums)
    money = [fields.index(name) for name in ("paid", "fee", "gross") if name in fields]
    begins = [fields.index(name) for name in ("name", "ordinal") if name in fields]
    rows: list[Row] = []
    summed = False
    for row in table.rows:
        told = [fold(cell) for cell in (row.cells[at] for at in begins) if isinstance(cell, str)]
        if any(one == word or one.startswith(f"{word} ") for one in told for word in words):
            summed = True
        elif not summed or any(row.cells[at] is not None for at in money):
            rows.append(row)
    return rows


def _refused(problems: Sequence[Problem]) -> Refusal:
    shown = problems[:SHOWN_PROBLEMS]
    return refuse(
        Reason.REMITTANCE_CELLS,
        "file",
        count=len(problems),
        why="; ".join(f"{one.row} · “{one.column}”: {one.text}" for one in shown),
        cells=[{"row": one.row, "column": one.column, "why": one.text} for one in shown],
    )


class _Reader:
    """Takes rows to lines, and keeps what is wrong with them."""

    def __init__(self, table: Table) -> None:
        self._headings = table.headings
        self._fields = list(table.headings)
        self.problems: list[Problem] = []

    def line(self, row: Row) -> NewLine:
        """One line; where a cell is wrong, it stands in `problems` and the line is of no use."""
        before = len(self.problems)
        name = self._take(row, "name", code_of) or self._take(row, "other_name", code_of) or ""
        paid = self._take(row, "paid", _signed)
        fee = self._take(row, "fee", money_of)
        gross = self._take(row, "gross", money_of)
        if len(self.problems) > before:
            return NewLine(said="", amount_dong=0)
        if not name or len(name) > REFERENCE_LENGTH:
            self._wrong(row, "name", f"cần mã, tối đa {REFERENCE_LENGTH} ký tự (a name is needed)")
        if paid is None and gross is None:
            money = "paid" if "paid" in self._headings else "gross"
            self._wrong(row, money, "ô trống, cần số tiền (empty)")
        if gross is not None and fee is None:
            fee = max(gross - paid, 0) if paid is not None else 0
        amount = paid if paid is not None else (gross or 0) - (fee or 0)
        if gross is not None and amount + (fee or 0) != gross:
            text = f"{gross} ≠ {amount} + {fee or 0}: thu hộ phải bằng thực trả cộng phí"
            self._wrong(row, "gross", f"{text} (must be what was paid and the fee)")
        if amount + (fee or 0) < 0 or max(abs(amount), fee or 0) > MOST_DONG:
            self._wrong(row, "paid", "số tiền không hợp lý (no reasonable amount)")
        return NewLine(said=name, amount_dong=amount, fee_dong=fee or 0)

    def _take(self, row: Row, field: str, meaning: Callable[[Cell], T]) -> T | None:
        """What a cell means; none where it is wrong, or there is no such column."""
        if field not in self._headings:
            return None
        try:
            return meaning(row.cells[self._fields.index(field)])
        except CellError as wrong:
            self._wrong(row, field, str(wrong))
            return None

    def _wrong(self, row: Row, field: str, text: str) -> None:
        self.problems.append(Problem(row.number, self._headings.get(field, field), text))


def _signed(cell: Cell) -> int | None:
    """An amount that may be below nought: -15.000, (15.000)."""
    if isinstance(cell, int) and cell < 0:
        return cell
    minus = _MINUS.fullmatch(cell) if isinstance(cell, str) else None
    if minus is None:
        return money_of(cell)
    return -(money_of(minus["bare"] or minus["inside"]) or 0)
