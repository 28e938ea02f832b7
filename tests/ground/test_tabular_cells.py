from datetime import datetime
from decimal import Decimal

import pytest

from postal_bridge.tabular.cells import CellError, code_of, money_of, number_of
from postal_bridge.tabular.records import Cell, Problem, TableRefused, fold, refuse_rows, shown


@pytest.mark.parametrize("cell", ["000.00.06.H37-190110-0001", "1.004199", "0012"])
def test_a_code_is_taken_exactly_as_it_is_written(cell: str) -> None:
    assert code_of(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        190110,
        Decimal("2.0002"),
        "1.23E+15",
        "1,23e15",
        datetime(2019, 1, 10),  # noqa: DTZ001 - as a spreadsheet keeps it
    ],
)
def test_a_code_that_a_spreadsheet_made_a_number_or_a_date_of_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError, match="Text"):
        code_of(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        (30000, 30000),
        (Decimal("30000.00"), 30000),
        ("30000", 30000),
        ("30.000", 30000),
        ("1,500,000", 1500000),
        ("1.500.000,00 đồng", 1500000),
        ("1 500 000 ₫", 1500000),
        ("30.000đ", 30000),
        ("0", 0),
        (None, None),
    ],
)
def test_an_amount_is_read_with_or_without_points(cell: Cell, amount: int | None) -> None:
    assert money_of(cell) == amount


@pytest.mark.parametrize("cell", [-1, Decimal("0.5"), "30,5", "1.50.000", "abc", "1.500,000", "-3"])
def test_what_is_no_whole_amount_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError):
        money_of(cell)


WORDS = {fold("Trực tiếp"): 1, fold("(trống)"): 1, fold("Bưu chính"): 3}
NUMBERS = frozenset({1, 2, 3})


@pytest.mark.parametrize(
    ("cell", "number"),
    [("TRỰC  TIẾP", 1), ("truc tiep", 1), ("Bưu-chính", 3), ("2", 2), (2, 2), (None, 1)],
)
def test_a_word_stands_for_its_number_however_it_is_typed(cell: Cell, number: int) -> None:
    assert number_of(cell, WORDS, NUMBERS) == number


@pytest.mark.parametrize("cell", ["Qua mạng", "4", 4, "²", "9" * 5000])
def test_a_word_that_nobody_mapped_is_refused(cell: Cell) -> None:
    with pytest.raises(CellError):
        number_of(cell, WORDS, NUMBERS)


def test_an_empty_cell_means_nothing_where_nobody_said_what() -> None:
    with pytest.raises(CellError, match="trống"):
        number_of(None, {}, NUMBERS)


def test_twenty_wrong_cells_are_named_and_the_others_counted() -> None:
    problems = [Problem(number, "Kênh", "x") for number in range(2, 25)]
    with pytest.raises(TableRefused) as refused:
        refuse_rows(problems)
    lines = str(refused.value).splitlines()
    assert lines[0].startswith("23 ô")
    assert len(lines) == 22
    assert "3 ô sai nữa" in lines[-1]


def test_identity_and_telephone_numbers_are_not_shown() -> None:
    assert "001190012345" not in shown("CCCD 001190012345")
    assert "0912345678" not in shown("0912345678")
    assert shown("10/01/2019") == "“10/01/2019”"
    assert shown("20190110083015") == "“20190110083015”"
