"""The spreadsheet, read back by another programme."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
import openpyxl
import pytest

from postal_bridge.printing.xlsx import AGES, CASES, DEPARTMENTS, SUMMARY, night_report_xlsx
from tests.doors.printing.nights import DAY, a_case, a_report

FORMULAS = (
    "=1+1",
    "+84912345678",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "{=1}",
    "\t=1",
    '=HYPERLINK("x")',
)


def book_of(**facts: Any) -> Any:
    return openpyxl.load_workbook(BytesIO(night_report_xlsx(a_report(**facts))))


def cells(book: Any) -> Iterator[Any]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from row


def test_it_has_four_sheets_and_two_charts_of_excels_own() -> None:
    book = book_of()
    assert book.sheetnames == [SUMMARY, DEPARTMENTS, CASES, AGES]
    assert [len(sheet._charts) for sheet in book] == [0, 1, 0, 1]
    departments, ages = book[DEPARTMENTS]._charts[0], book[AGES]._charts[0]
    assert [one.val.numRef.f for one in departments.series] == [
        f"'{DEPARTMENTS}'!${letter}$2:${letter}$16" for letter in "CDEF"
    ]
    assert ages.series[0].val.numRef.f == f"'{AGES}'!$B$2:$B$6"


def test_the_summary_says_what_the_report_says() -> None:
    rows = [row[:2] for row in book_of()[SUMMARY].iter_rows(values_only=True)]
    said = {name: value for name, value in rows if name}
    assert rows[0][0] == "Báo cáo đối soát hồ sơ ngày 31/01/2019"
    assert said["Hồ sơ theo sổ bưu điện"] == 12_345
    assert said["Ngày đối soát"] == datetime(2019, 1, 31)  # noqa: DTZ001 - as Excel has it
    assert said["Bắt đầu lúc"] == datetime(2019, 1, 31, 23, 30)  # noqa: DTZ001 - as Excel has it
    assert said["Gốc sổ giao nhận đã niêm phong"] == "5f" * 32
    assert said["Lập lúc"] == "31/01/2019 23:47"


def test_departments_end_with_the_line_of_all_together() -> None:
    rows = list(book_of()[DEPARTMENTS].iter_rows(values_only=True))
    assert rows[0][:3] == ("Mã cơ quan", "Sở, ngành", "Tiếp nhận, bưu điện")
    assert rows[1][:2] == ("000.00.01.H37", "Sở Tư pháp")
    assert rows[-1][1] == "Tất cả"
    assert rows[-1][2] == sum(row[2] for row in rows[1:-1])


def test_cases_can_be_filtered_and_their_days_are_days() -> None:
    sheet = book_of()[CASES]
    assert sheet.auto_filter.ref == "A1:N10"
    assert sheet.freeze_panes == "B2"
    assert sheet.column_dimensions["A"].width > 25
    first = [cell.value for cell in sheet[2]]
    assert first[:4] == ["000.00.04.H37-190131-0001", "lệch phí, lệ phí", "120.000 đồng", "0 đồng"]
    assert sheet["E2"].is_date
    assert sheet["E2"].number_format == "dd/mm/yyyy"
    assert sheet["E2"].value.date() == DAY - timedelta(days=1)
    assert sheet["G2"].data_type == "n"


def test_a_code_of_digits_stays_text() -> None:
    sheet = book_of(cases=[a_case(1, dossier_code="000123456789012345")])[CASES]
    assert sheet["A2"].value == "000123456789012345"
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].number_format == "@"


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_that_somebody_wrote_is_a_formula(formula: str) -> None:
    fields = ("dossier_code", "ours", "theirs", "owner", "remedy", "explanation", "id")
    said: dict[str, Any] = dict.fromkeys(fields, formula)
    book = book_of(
        cases=[a_case(1, kind_name=formula, **said)],
        remarks=[formula],
        on_time_rule=formula,
        source=formula,
        centre=formula,
        ledger_root=formula,
        evidence=[formula],
    )
    written = [cell for cell in cells(book) if cell.value == formula]
    assert len(written) == 14
    assert {(cell.data_type, cell.quotePrefix, cell.hyperlink) for cell in written} == {
        ("s", True, None)
    }
    assert all(cell.data_type != "f" for cell in cells(book))


def test_an_address_in_an_explanation_is_no_link() -> None:
    sheet = book_of(cases=[a_case(1, explanation="xem example.vn và mailto:a@b.example")])[CASES]
    assert sheet["M2"].hyperlink is None


def test_what_no_spreadsheet_can_hold_is_replaced_and_the_rest_stays() -> None:
    text = "gói 📦\x00\x0b\ud800\uffff\nhết"
    sheet = book_of(cases=[a_case(1, explanation=text)])[CASES]
    assert sheet["M2"].value == "gói 📦\ufffd\ufffd\ufffd\ufffd\nhết"


def test_the_same_report_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    first = night_report_xlsx(a_report())
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    assert night_report_xlsx(a_report()) == first


def test_only_the_moment_of_writing_tells_two_runs_of_one_night_apart() -> None:
    report = a_report()
    later = msgspec.structs.replace(report, written_at=report.written_at + timedelta(hours=3))
    first, second = (
        [cell.value for cell in cells(openpyxl.load_workbook(BytesIO(night_report_xlsx(one))))]
        for one in (report, later)
    )
    assert [(a, b) for a, b in zip(first, second, strict=True) if a != b] == [
        ("31/01/2019 23:47", "01/02/2019 02:47")
    ]


def test_two_thousand_cases_with_long_explanations() -> None:
    cases = [a_case(serial, explanation="Đã gọi. " * 500) for serial in range(2000)]
    sheet = book_of(cases=cases)[CASES]
    assert sheet.max_row == 2001
    assert sheet["M2001"].value == "Đã gọi. " * 500


def test_a_night_without_anything_has_its_sheets_all_the_same() -> None:
    book = book_of(cases=[], departments=[], ages=[], remarks=[], evidence=[])
    assert [len(sheet._charts) for sheet in book] == [0, 0, 0, 0]
    assert book[CASES].max_row == 1
