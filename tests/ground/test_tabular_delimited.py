from collections.abc import Sequence

import pytest

from postal_bridge.tabular.delimited import DELIMITERS, read_delimited
from postal_bridge.tabular.heading import Column, weigh
from postal_bridge.tabular.records import Limits, Row, Sheet, TableRefused

COLUMNS = {"code": Column(headings=["Mã hồ sơ"]), "fee": Column(headings=["Phí"])}


def read(text: str, limits: Limits | None = None) -> Sheet:
    def count(rows: Sequence[Row]) -> int:
        return weigh(rows, COLUMNS)

    return read_delimited(text, limits=limits or Limits(), weigh=count)


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_separator_is_the_one_that_shows_the_headings(delimiter: str) -> None:
    text = f"Mã hồ sơ{delimiter}Phí\nA{delimiter}1\n"
    assert [list(row.cells) for row in read(text).rows] == [["Mã hồ sơ", "Phí"], ["A", "1"]]


def test_commas_in_titles_and_values_do_not_mislead() -> None:
    text = 'Danh sách, quý I, năm 2019,,,\nMã hồ sơ;Phí;Ghi chú\nA;"30,5";a, b, c, d\n'
    assert list(read(text).rows[2].cells) == ["A", "30,5", "a, b, c, d"]


def test_excels_own_first_line_says_the_separator_and_is_no_row() -> None:
    rows = read("sep=|\r\nMã hồ sơ|Phí\r\nA|1\r\n").rows
    assert [(row.number, list(row.cells)) for row in rows] == [
        (1, ["Mã hồ sơ", "Phí"]),
        (2, ["A", "1"]),
    ]


def test_a_line_break_inside_quotes_is_one_row_as_in_the_spreadsheet() -> None:
    rows = read('Mã hồ sơ,Phí\n"A\nB",1\n\nC,2\n').rows
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert rows[1].cells[0] == "A\nB"
    assert list(rows[3].cells) == ["C", "2"]


def test_a_quote_that_nobody_closes_is_refused_with_its_row() -> None:
    with pytest.raises(TableRefused, match="dòng 3"):
        read('Mã hồ sơ,Phí\nA,1\nB,"2\nC,3\n')


@pytest.mark.parametrize(
    "limits",
    [Limits(rows=2), Limits(columns=3), Limits(cells=5)],
)
def test_more_than_allowed_is_refused(limits: Limits) -> None:
    with pytest.raises(TableRefused, match="mức cho phép"):
        read("Mã hồ sơ,Phí\n" + "A,1,,,,\n" * 3, limits)


def test_a_million_columns_are_refused() -> None:
    with pytest.raises(TableRefused, match="dòng 1"):
        read("," * 1_000_000)


def test_blanks_around_values_are_no_part_of_them() -> None:
    assert list(read("Mã hồ sơ;Phí\n \u00a0A\t; \n").rows[1].cells) == ["A", None]
