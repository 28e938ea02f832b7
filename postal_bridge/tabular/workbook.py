"""Spreadsheets (.xlsx): looked over before they are unpacked, then read sheet by sheet.

A file of a few kilobytes can ask for gigabytes: one cell in A1 and one in XFD1048576 are enough.
So every sheet's XML is looked through first, in pieces, for how far it reaches.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from postal_bridge.tabular.records import Cell, Limits, Row, Sheet, TableRefused, tidy

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

ERROR_CELL = "#LỖI"
"""What a cell says whose formula failed; it is no empty cell."""

_PIECE_BYTES = 1 << 20
_LONGEST_TAG_BYTES = 1 << 16
_MOST_ENTRIES = 10_000
_MOST_ERRORS = 1000
_PLACED = re.compile(rb"""<(?:\w+:)?(c|row)\b((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_AT = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})([0-9]{1,7})["']""")
_SAYS_WHERE = re.compile(rb"""\br\s*=""")
_FAILED = re.compile(rb"""\bt\s*=\s*["']e["']""")
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError),
    *(RuntimeError, ValueError, OverflowError, OSError, MemoryError),
)
"""What the archive's reader makes of a damaged file."""

_MAIN_PART = "xl/workbook.xml"
_WIDE = (b"\xff\xfe", b"\xfe\xff")


class _Reach:
    """How far a sheet reaches, and which of its cells hold an error."""

    def __init__(self) -> None:
        self.rows = self.columns = self.cells = self.in_row = 0
        self.failed: set[tuple[int, int]] = set()

    def take(self, kind: bytes, said: bytes) -> None:
        """One cell or one row of the XML, with its attributes."""
        placed = _AT.search(said)
        if (placed and int(placed[2]) == 0) or (not placed and _SAYS_WHERE.search(said)):
            raise TableRefused(
                "bảng tính hỏng: một ô ghi sai địa chỉ (a cell has no valid address)"
            )
        if kind == b"row":
            self.rows = max(self.rows + 1, int(placed[2]) if placed else 0)
            self.in_row = 0
            return
        self.cells += 1
        self.in_row = _column(placed[1]) if placed and placed[1] else self.in_row + 1
        if placed:
            self.rows = max(self.rows, int(placed[2]))
        self.columns = max(self.columns, self.in_row)
        if _FAILED.search(said) and len(self.failed) < _MOST_ERRORS:
            self.failed.add((self.rows, self.in_row))


def read_workbook(raw: bytes, *, limits: Limits, wanted: str = "") -> list[Sheet]:
    """All sheets of a spreadsheet, or the wanted one; merged cells say downwards what they say.

    Raises:
        TableRefused: damaged, protected, or larger than the limits allow.
    """
    failed = _looked_over(raw, limits)
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            names = [wanted] if wanted else book.sheet_names
            if wanted and wanted not in book.sheet_names:
                told = ", ".join(f"“{name}”" for name in book.sheet_names)
                raise TableRefused(f"không có trang tính “{wanted}”, chỉ có {told} (no such sheet)")
            return [
                Sheet(name=name, rows=list(_rows(book.get_sheet_by_name(name), failed)))
                for name in names
            ]
    except (CalamineError, WorksheetNotFound, ValueError) as wrong:
        raise TableRefused(
            f"không đọc được bảng tính: {wrong}; hãy mở và lưu lại thành .xlsx không mật khẩu"
            " (open it and save it again as .xlsx without a password)"
        ) from wrong


def _looked_over(raw: bytes, limits: Limits) -> set[tuple[int, int]]:
    """Refuse what would not fit; gives row and column of cells with errors, of any sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > _MOST_ENTRIES or unpacked > limits.unpacked_bytes:
                raise TableRefused(
                    f"bảng tính bung ra {unpacked} byte trong {len(entries)} phần, quá mức"
                    f" {limits.unpacked_bytes} byte (unpacks to more than is allowed)"
                )
            if _MAIN_PART not in {entry.filename for entry in entries}:
                raise TableRefused("tệp nén này không phải bảng tính .xlsx (no .xlsx spreadsheet)")
            budget = [limits.unpacked_bytes]
            # A sheet may lie under any name, so all parts are looked through.
            parts = [entry for entry in entries if not entry.is_dir()]
            return set().union(*(_reach(archive, one, limits, budget) for one in parts))
    except _DAMAGES as wrong:
        raise TableRefused(
            f"bảng tính hỏng hoặc có mật khẩu: {wrong} (damaged, or protected by a password);"
            " hãy lưu lại thành .xlsx"
        ) from wrong


def _reach(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, budget: list[int]
) -> set[tuple[int, int]]:
    reach, rest = _Reach(), b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE_BYTES):
            if not rest and not reach.rows and piece.startswith(_WIDE):
                raise TableRefused("bảng tính không viết bằng UTF-8 (XML is not UTF-8)")
            # What the directory of the archive says about sizes may be a lie.
            budget[0] -= len(piece)
            text, end = rest + piece, 0
            for found in _PLACED.finditer(text):
                reach.take(found[1], found[2])
                end = found.end()
            opened = text.rfind(b"<", end)
            rest = text[opened:] if opened >= 0 else b""
            area = reach.rows * reach.columns
            if (
                budget[0] < 0
                or (len(rest) > _LONGEST_TAG_BYTES and b">" not in rest)
                or reach.rows > limits.rows
                or reach.columns > limits.columns
                or max(area, reach.cells) > limits.cells
            ):
                raise TableRefused(
                    f"bảng tính trải tới dòng {reach.rows}, cột {reach.columns}: quá mức"
                    f" {limits.rows} dòng, {limits.columns} cột, {limits.cells} ô (larger than is"
                    " allowed); hãy xóa các ô thừa ở xa hoặc xuất ít ngày hơn"
                )
    return reach.failed


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _rows(sheet: "CalamineSheet", errors: set[tuple[int, int]]) -> Iterator[Row]:
    left = sheet.start[1] if sheet.start else 0
    merged = _merged(sheet, left)
    kept: dict[int, Cell] = {}
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value) for value in values]
        for column in range(len(cells)) if errors else ():
            if cells[column] is None and (number, column + left + 1) in errors:
                cells[column] = ERROR_CELL
        for column, first in merged.get(number, ()):
            if first:
                kept[column] = cells[column]
            else:
                cells[column] = kept.get(column)
        yield Row(number, cells)


def _merged(sheet: "CalamineSheet", left: int) -> dict[int, list[tuple[int, bool]]]:
    """For each row the columns that belong to a cell merged downwards, and where it begins."""
    found: dict[int, list[tuple[int, bool]]] = {}
    height = sheet.total_height
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top and column >= left:
            for row in range(top, min(bottom + 1, height)):
                found.setdefault(row + 1, []).append((column - left, row == top))
    return found


def _cell(value: object) -> Cell:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return tidy(value) if value else None
        case int():
            return value
        case float():
            return int(value) if value.is_integer() else Decimal(repr(value))
        case datetime():
            # A spreadsheet keeps moments as broken numbers of days: a second may come out short.
            return (value + timedelta(microseconds=500_000)).replace(microsecond=0)
        case date():
            return value
        case time() | timedelta():
            return str(value)
        case _:
            return None
