import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from postal_bridge.tabular.heading import Column, Table, find_table, weigh
from postal_bridge.tabular.reading import read_file, read_sheets
from postal_bridge.tabular.records import Limits, TableRefused
from tests.ground.workbooks import workbook

COLUMNS = {
    "code": Column(headings=["Mã hồ sơ", "Số hồ sơ"]),
    "state": Column(headings=["Trạng thái"]),
    "fee": Column(headings=["Phí/lệ phí"], required=False),
}
SUMS = ["Tổng cộng", "Cộng"]


def table(raw: bytes | str, *, sheet: str = "") -> Table:
    content = raw if isinstance(raw, bytes) else raw.encode()
    sheets = read_sheets(
        content, limits=Limits(), weigh=lambda rows: weigh(rows, COLUMNS), sheet=sheet
    )
    return find_table(sheets, COLUMNS, sums=SUMS)


def found(raw: bytes | str) -> list[tuple[int, list[Any]]]:
    return [(row.number, list(row.cells)) for row in table(raw).rows]


def test_the_heading_is_found_below_titles_and_whatever_its_spelling() -> None:
    text = "UBND TỈNH;;\nDanh sách, ngày 10/01/2019;;\n;;\nSTT;TRẠNG  THÁI;mã hồ sơ\n1;Xong;A\n"
    assert found(text) == [(5, ["A", "Xong"])]
    assert table(text).headings == {"code": "mã hồ sơ", "state": "TRẠNG THÁI"}


def test_all_formats_give_the_same_rows() -> None:
    rows: Sequence[Sequence[str | None]] = [["Mã hồ sơ", "Trạng thái"], ["A", "Xong"], ["B", "Mới"]]
    text = "\n".join(";".join(str(cell) for cell in row) for row in rows)
    objects = [{"Mã hồ sơ": a, "Trạng thái": b} for a, b in rows[1:]]
    expected = [["A", "Xong"], ["B", "Mới"]]
    assert [cells for _, cells in found(text)] == expected
    assert [cells for _, cells in found(workbook(rows))] == expected
    assert [cells for _, cells in found(json.dumps({"data": objects}))] == expected


def test_the_first_name_that_is_there_is_taken() -> None:
    assert found("Số hồ sơ,Trạng thái,Mã hồ sơ\nS,Xong,M\n") == [(2, ["M", "Xong"])]


def test_sums_repeated_headings_blank_rows_and_signatures_are_no_rows() -> None:
    text = (
        "STT;Mã hồ sơ;Trạng thái;Phí, lệ phí\n1;A;Xong;1\n;;;\nSTT;Mã hồ sơ;Trạng thái;Phí, lệ phí\n"
        "2;B;Xong;2\nCộng Sở Xây dựng;;;3\n3;C;Xong;4\n;Tổng cộng:;;7\n;;;\n"
        ";;Lạng Sơn, ngày 11 tháng 2;\nNgười lập;;;Giám đốc\n"
    )
    assert found(text) == [
        (2, ["A", "Xong", "1"]),
        (5, ["B", "Xong", "2"]),
        (7, ["C", "Xong", "4"]),
    ]


def test_a_dossier_below_the_sum_still_counts() -> None:
    assert len(found("Mã hồ sơ;Trạng thái\nTổng cộng;1\nA;Xong\n")) == 1


def test_a_dossier_of_a_corporation_without_its_code_is_no_sum() -> None:
    text = "Người nộp;Mã hồ sơ;Trạng thái;Phí/lệ phí;Ngày\nTổng công ty A;;Xong;1;\n"
    columns = {**COLUMNS, "day": Column(headings=["Ngày"], required=False)}
    wide = text.replace(";1;", ";1;10/01/2019")
    sheets = read_sheets(wide.encode(), limits=Limits(), weigh=lambda rows: weigh(rows, columns))
    assert len(find_table(sheets, columns, sums=["Tổng"]).rows) == 1


def test_a_row_of_nothing_but_numbers_is_a_row() -> None:
    raw = workbook([["Mã hồ sơ", "Trạng thái"], [None, 5]])
    assert found(raw) == [(2, [None, 5])]


def test_a_row_without_its_code_stays_to_be_refused_by_whoever_needs_it() -> None:
    assert found("Mã hồ sơ;Trạng thái\n;Xong\n") == [(2, [None, "Xong"])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1;2\n", "không thấy dòng tiêu đề"),
        ("x\nMã hồ sơ;Tình hình\n1;2\n", "dòng 2.*Trạng thái.*“Tình hình”"),
        ("Mã hồ sơ;Trạng thái;mã hồ sơ\n1;2;3\n", "hai lần"),
        ("Mã hồ sơ,Trạng thái\nA,Xong, chờ trả\n", "(?s)dòng 2.*nhiều ô hơn"),
        ("Mã hồ sơ;Trạng thái\nA;Ä\u0090ang xá»\u00ad lÃ½\n", "(?s)dòng 2.*Trạng thái"),
        ("M· hå s¬;Tr¹ng th¸i\nA;B\n", "dòng 1.*TCVN3"),
        ("Maõ hoà sô;Traïng thaùi\nA;B\n", "dòng 1.*VNI"),
        ("M? h? s?;Tr?ng th?i\nA;B\n", "dòng 1.*dấu hỏi"),
        ("<html><table><tr><td>Mã hồ sơ</td></tr></table></html>", "HTML"),
    ],
)
def test_what_is_no_such_table_is_refused_with_the_row(text: str, said: str) -> None:
    with pytest.raises(TableRefused, match=said):
        table(text)


def test_of_several_sheets_that_fit_one_must_be_chosen() -> None:
    def second(sheet: Any) -> None:
        other = sheet.parent.create_sheet("Quý II")
        for row in [["Mã hồ sơ", "Trạng thái"], ["B", "Mới"]]:
            other.append(row)

    raw = workbook([["Mã hồ sơ", "Trạng thái"], ["A", "Xong"]], title="Quý I", then=second)
    with pytest.raises(TableRefused, match="“Quý I”, “Quý II”"):
        table(raw)
    assert table(raw, sheet="Quý II").rows[0].cells[0] == "B"


def test_a_sheet_of_explanations_does_not_disturb() -> None:
    raw = workbook(
        [["Mã hồ sơ", "Trạng thái"], ["A", "Xong"]],
        then=lambda sheet: sheet.parent.create_sheet("Ghi chú").append(["Mã hồ sơ là mã của…"]),
    )
    assert [cells for _, cells in found(raw)] == [["A", "Xong"]]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", r"\.xls"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", r"\.xlsx"),
    ],
)
def test_other_files_are_named_and_refused(raw: bytes, said: str) -> None:
    with pytest.raises(TableRefused, match=said):
        table(raw)


def test_a_file_that_is_too_large_empty_or_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    for content, said in ((b"x" * 11, "quá mức"), (b" \n", "trống")):
        file.write_bytes(content)
        with pytest.raises(TableRefused, match=said):
            read_file(file, limits=Limits(file_bytes=10))
    with pytest.raises(TableRefused, match="không đọc được"):
        read_file(tmp_path / "b.csv", limits=Limits())
    with pytest.raises(TableRefused, match="không đọc được"):
        read_file(tmp_path, limits=Limits())
