from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from postal_bridge.tabular.records import Limits, Row, TableRefused
from postal_bridge.tabular.workbook import ERROR_CELL, read_workbook
from tests.ground.workbooks import with_sheet_xml, workbook

SMALL = workbook([["Mã", "Phí"], ["A", 1]])


def rows_of(raw: bytes) -> list[Row]:
    (sheet,) = read_workbook(raw, limits=Limits())
    return list(sheet.rows)


def test_cells_keep_their_kind() -> None:
    moment = datetime(2019, 1, 10, 8, 30, 15)  # noqa: DTZ001 - a spreadsheet knows no zone
    (row,) = rows_of(workbook([["Mã", 1, 2.5, 3.0, moment, date(2019, 1, 10), True, None, " x "]]))
    assert list(row.cells) == [
        *("Mã", 1, Decimal("2.5"), 3, moment),
        *(date(2019, 1, 10), "TRUE", None, "x"),
    ]


def test_rows_have_the_numbers_that_people_see() -> None:
    def lower(sheet: Any) -> None:
        sheet.insert_rows(1, 3)
        sheet.insert_cols(1, 2)

    rows = rows_of(workbook([["Mã", "Phí"], ["A", 1], [None, None], ["B", 2]], then=lower))
    found = [(row.number, [c for c in row.cells if c]) for row in rows if any(row.cells)]
    assert found == [(4, ["Mã", "Phí"]), (5, ["A", 1]), (7, ["B", 2])]


def test_a_cell_merged_downwards_says_the_same_in_each_of_its_rows() -> None:
    def merge(sheet: Any) -> None:
        sheet.merge_cells("B2:B4")
        sheet.merge_cells("A1:B1")

    rows = rows_of(
        workbook([["Danh sách", None], ["A", "Sở Xây dựng"], ["B"], ["C"], ["D"]], then=merge)
    )
    assert [list(row.cells) for row in rows] == [
        ["Danh sách", None],
        *(["A", "Sở Xây dựng"], ["B", "Sở Xây dựng"], ["C", "Sở Xây dựng"], ["D", None]),
    ]


def test_a_formula_that_failed_is_no_empty_cell() -> None:
    rows = rows_of(workbook([["Mã", "Phí"], ["A", "#N/A"], ["B", "#DIV/0!"]]))
    assert rows[1].cells[1] == ERROR_CELL
    assert rows[2].cells[1] == ERROR_CELL


def test_one_sheet_may_be_asked_for_by_its_name() -> None:
    raw = workbook([["A"]], then=lambda sheet: sheet.parent.create_sheet("Khác").append(["B"]))
    assert [sheet.name for sheet in read_workbook(raw, limits=Limits())] == ["DS", "Khác"]
    (sheet,) = read_workbook(raw, limits=Limits(), wanted="Khác")
    assert sheet.rows[0].cells == ["B"]
    with pytest.raises(TableRefused, match="“DS”, “Khác”"):
        read_workbook(raw, limits=Limits(), wanted="Nữa")


def cell_at(place: str) -> Callable[[bytes], bytes]:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ").encode()
    far = b'<row r="%s"><c r="%s"><v>1</v></c></row></sheetData>' % (row, place.encode())
    return lambda xml: xml.replace(b"</sheetData>", far)


@pytest.mark.parametrize("place", ["XFD1048576", "A600000", "XFD9", "AAA9000"])
def test_a_cell_far_out_is_refused_before_memory_is_asked_for_it(place: str) -> None:
    with pytest.raises(TableRefused, match="trải tới"):
        read_workbook(with_sheet_xml(SMALL, cell_at(place)), limits=Limits())


@pytest.mark.parametrize(
    "hidden",
    [
        b"<c x='>' r='XFD1048576'><v>1</v></c>",
        b'<c x=">" r="XFD1048576"><v>1</v></c>',
        b'<x:c xmlns:x="u" r="XFD1048576"><v>1</v></x:c>',
        b'<c\n r = "XFD1048576"><v>1</v></c>',
        b'<c r="B99999999"><v>1</v></c>',
        b'<c r="A0"><v>1</v></c>',
        b'<c r="XFD1&#48;48576"><v>1</v></c>',
        b'<c r="AAAAA1"><v>1</v></c>',
        b'<c x="' + b"y" * 100_000 + b'" r="XFD1048576"><v>1</v></c>',
    ],
)
def test_a_cell_far_out_cannot_hide(hidden: bytes) -> None:
    raw = with_sheet_xml(
        SMALL, lambda xml: xml.replace(b"</sheetData>", b"<row>" + hidden + b"</row></sheetData>")
    )
    with pytest.raises(TableRefused):
        read_workbook(raw, limits=Limits())


def test_a_sheet_under_another_name_is_looked_through_too() -> None:
    raw = with_sheet_xml(SMALL, cell_at("XFD1048576"), name="xl/elsewhere.bin")
    with pytest.raises(TableRefused, match="trải tới"):
        read_workbook(raw, limits=Limits())


def test_a_zip_bomb_is_refused() -> None:
    bomb = with_sheet_xml(SMALL, lambda xml: xml + b" " * 3_000_000)
    assert len(bomb) < 30_000
    with pytest.raises(TableRefused, match="bung ra"):
        read_workbook(bomb, limits=Limits(unpacked_bytes=1_000_000))


def test_more_rows_than_allowed_are_refused() -> None:
    with pytest.raises(TableRefused, match="trải tới dòng"):
        read_workbook(workbook([["A"]] * 20), limits=Limits(rows=10))


@pytest.mark.parametrize(
    "raw",
    [
        b"PK\x03\x04 broken",
        SMALL[: len(SMALL) // 2],
        with_sheet_xml(SMALL, lambda _: b"<worksheet><sheetData><row>"),
    ],
)
def test_a_damaged_file_is_refused_with_what_to_do(raw: bytes) -> None:
    with pytest.raises(TableRefused, match=r"\.xlsx"):
        read_workbook(raw, limits=Limits())
