"""Where the table begins in a sheet, and which of its columns are wanted.

Exports carry a title, a date and a blank line above the heading, a sum below the last row, and
repeat the heading on every printed page. The heading is the row that has the wanted names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from postal_bridge.tabular.encoding import mangled
from postal_bridge.tabular.records import (
    Cell,
    Problem,
    Row,
    Sheet,
    TableRefused,
    fold,
    refuse_rows,
    shown,
)

LAST_HEADING_ROW = 50
"""A heading further down is not looked for."""

_SUM_CELLS = 2
"""A sum fills few of the wanted columns; a dossier of a "Tổng công ty" whose code is missing fills
more, and must not be left out."""

_FOOTER_CELLS = 2
"""Below the sum, rows with so few cells are signatures and dates, no rows of the table."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that is wanted.

    Attributes:
        headings: its possible names, the first one that is there is taken; case, diacritics and
            punctuation do not matter.
    """

    headings: Sequence[str]
    required: bool = True


@dataclass(frozen=True)
class Table:
    """The wanted columns of a file.

    Attributes:
        headings: each field's name as the file writes it.
        rows: with one cell for each field, in the order of `headings`.
    """

    headings: Mapping[str, str]
    rows: Sequence[Row]


@dataclass
class _Found:
    """A possible heading: each field's place in the row."""

    row: Row
    places: dict[str, int] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def weigh(rows: Sequence[Row], columns: Mapping[str, Column]) -> int:
    """How many wanted columns the best of the first rows names."""
    return max((len(_match(row, columns).places) for row in rows[:LAST_HEADING_ROW]), default=0)


def find_table(
    sheets: Sequence[Sheet], columns: Mapping[str, Column], *, sums: Sequence[str] = ()
) -> Table:
    """The rows below the heading, without blank ones, sums, and the heading again.

    Args:
        sheets: of one file.
        columns: the wanted ones by field; the first of them is the one that every row has.
        sums: words with which a row of sums begins.

    Raises:
        TableRefused: no sheet has all required columns, or several have; or a row cannot be
            taken as it stands.
    """
    if all(sheet.keyed and len(sheet.rows) == 1 for sheet in sheets):
        return Table(headings={name: one.headings[0] for name, one in columns.items()}, rows=[])
    heads = [(sheet, _best(sheet, columns)) for sheet in sheets]
    whole = [(sheet, head) for sheet, head in heads if head and not head.missing]
    if len(whole) > 1:
        names = ", ".join(f"“{sheet.name}”" for sheet, _ in whole)
        raise TableRefused(
            f"nhiều trang tính có đủ cột: {names}; hãy chọn một trang (several sheets fit: choose"
            " one in the settings, sheet = …)"
        )
    if not whole:
        _refuse_heading(sheets, [head for _, head in heads if head], columns)
    sheet, head = whole[0]
    if head.doubled:
        raise TableRefused(
            f"dòng {head.row.number}: tên cột có hai lần: {', '.join(head.doubled)} (a heading"
            " stands twice); hãy đổi tên hoặc xóa một cột"
        )
    headings = {name: shown(head.row.cells[place])[1:-1] for name, place in head.places.items()}
    rows = _rows(sheet, head, {fold(word) for word in sums})
    _refuse_mangled(rows, headings)
    return Table(headings=headings, rows=rows)


def _match(row: Row, columns: Mapping[str, Column]) -> _Found:
    named: dict[str, list[int]] = {}
    for place, cell in enumerate(row.cells):
        if isinstance(cell, str):
            named.setdefault(fold(cell), []).append(place)
    found = _Found(row)
    for name, column in columns.items():
        key = next((key for one in column.headings if (key := fold(one)) in named), None)
        if key is not None:
            found.places[name] = named[key][0]
            if len(named[key]) > 1:
                found.doubled.append(shown(row.cells[named[key][0]]))
        elif column.required:
            found.missing.append(name)
    return found


def _best(sheet: Sheet, columns: Mapping[str, Column]) -> _Found | None:
    found = [_match(row, columns) for row in sheet.rows[:LAST_HEADING_ROW]]
    return max(found, key=lambda one: len(one.places), default=None)


def _refuse_heading(
    sheets: Sequence[Sheet], heads: Sequence[_Found], columns: Mapping[str, Column]
) -> None:
    for sheet in sheets:
        for row in sheet.rows[:LAST_HEADING_ROW]:
            for cell in row.cells:
                if isinstance(cell, str) and (why := mangled(cell)):
                    raise TableRefused(
                        f"dòng {row.number}: {shown(cell)}: {why}; hãy chuyển sang Unicode rồi"
                        " xuất lại (convert it to Unicode and export it again)"
                    )
    best = max(heads, key=lambda one: len(one.places), default=None)
    if best is None or not best.places:
        wanted = [column.headings[0] for column in columns.values() if column.required]
        raise TableRefused(
            f"không thấy dòng tiêu đề trong {LAST_HEADING_ROW} dòng đầu (no heading found); cần"
            f" các cột / wanted: {', '.join(wanted)}"
        )
    missing = "; ".join(" | ".join(columns[name].headings) or name for name in best.missing)
    there = ", ".join(shown(cell) for cell in best.row.cells if cell is not None)
    raise TableRefused(
        f"dòng {best.row.number} là tiêu đề nhưng thiếu cột: {missing} (columns are missing);"
        f" có: {there}. Hãy đặt tên cột trong cấu hình (name the columns in the settings)"
    )


def _rows(sheet: Sheet, head: _Found, sums: set[str]) -> list[Row]:
    places = list(head.places.values())
    width = len(head.row.cells)
    taken: list[Row] = []
    problems: list[Problem] = []
    summed = False
    for row in sheet.rows:
        if row.number <= head.row.number or not any(cell is not None for cell in row.cells):
            continue
        cells = [row.cells[place] if place < len(row.cells) else None for place in places]
        kind = _kind(row, cells, head, sums)
        if kind == "sum":
            summed = True
        elif summed and cells[0] is None and _filled(row) <= _FOOTER_CELLS:
            continue
        elif kind == "row":
            if sheet.exact and any(cell is not None for cell in row.cells[width:]):
                text = (
                    f"dòng có nhiều ô hơn {width} cột của tiêu đề: dấu ngăn cột nằm trong một giá"
                    " trị? Hãy đặt giá trị đó trong dấu ngoặc kép (more cells than headings)"
                )
                problems.append(Problem(row.number, "–", text))
            taken.append(Row(row.number, cells))
    refuse_rows(problems)
    return taken


def _kind(row: Row, cells: Sequence[Cell], head: _Found, sums: set[str]) -> str:
    """What a row below the heading is: `row`, `sum`, or `heading` again."""
    key = cells[0]
    if key is None:
        key = next((cell for cell in row.cells if isinstance(cell, str)), "")
    filled = sum(cell is not None for cell in cells)
    if filled <= max(_SUM_CELLS, len(cells) // 3) and _begins(key, sums):
        return "sum"
    return "heading" if list(row.cells) == list(head.row.cells) else "row"


def _begins(cell: Cell, sums: set[str]) -> bool:
    """Whether a cell begins with a word of sums, as `Tổng cộng: 12` does."""
    if not isinstance(cell, str) or fold(cell[:1]) not in {word[:1] for word in sums}:
        return False
    text = fold(cell)
    return any(text == word or text.startswith(f"{word} ") for word in sums)


def _filled(row: Row) -> int:
    return sum(cell is not None for cell in row.cells)


def _refuse_mangled(rows: Sequence[Row], headings: Mapping[str, str]) -> None:
    names = list(headings.values())
    known: dict[str, str] = {}
    problems = []
    for row in rows:
        for name, cell in zip(names, row.cells, strict=True):
            if isinstance(cell, str):
                if cell not in known:
                    known[cell] = mangled(cell)
                if known[cell]:
                    text = f"{shown(cell)}: {known[cell]}; hãy sửa chữ trong ô này"
                    problems.append(Problem(row.number, name, text))
    refuse_rows(problems)
