"""Whatever lies in a file, it is read or refused; nothing else happens."""

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st

from postal_bridge.tabular.cells import CellError, code_of, money_of, number_of
from postal_bridge.tabular.dates import DayOrder, moment_of, settle_order
from postal_bridge.tabular.heading import Column, find_table, weigh
from postal_bridge.tabular.reading import read_sheets
from postal_bridge.tabular.records import Cell, Limits, TableRefused
from tests.ground.old_encodings import OLD
from tests.ground.workbooks import workbook

COLUMNS = {"code": Column(headings=["Mã"]), "fee": Column(headings=["Phí"], required=False)}
LIMITS = Limits(rows=1000, columns=50, cells=10_000, unpacked_bytes=5_000_000)
BOOK = workbook([["Mã", "Phí"], ["A", 1]])


def read(raw: bytes) -> None:
    with contextlib.suppress(TableRefused):
        sheets = read_sheets(raw, limits=LIMITS, weigh=lambda rows: weigh(rows, COLUMNS))
        find_table(sheets, COLUMNS, sums=["Tổng"])


@given(st.binary(max_size=400))
@example(b"sep=")
@example(b"sep=\n")
@example(b'sep="\nM')
@example(b"sep=\r\n")
@example(b"\xff\xfe")
@example(b"[]")
@example(b"{}")
@example(b"PK")
def test_bytes_are_read_or_refused(raw: bytes) -> None:
    read(raw)
    for encode in OLD.values():
        read(encode("Mã;Phí\n") + raw)


@given(st.text(max_size=200))
def test_text_below_a_heading_is_read_or_refused(text: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        read(f"Mã;Phí\n{text}".encode(encoding, errors="surrogatepass"))


@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_spreadsheet_is_read_or_refused(place: int, damage: bytes) -> None:
    read(BOOK[:place] + damage + BOOK[place + len(damage) :])


CELLS = st.one_of(
    st.none(),
    st.text(min_size=1, max_size=30),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.datetimes(),
    st.from_regex(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}( [0-9]{2}:[0-9]{2})?", fullmatch=True),
)


@given(CELLS)
def test_a_cell_is_taken_or_refused(cell: Cell) -> None:
    order = settle_order([(2, cell)], DayOrder.DAY_FIRST).order
    for meaning in (code_of, money_of, lambda one: number_of(one, {}, frozenset({1}))):
        with contextlib.suppress(CellError):
            meaning(cell)
    with contextlib.suppress(CellError):
        moment_of(cell, order)
