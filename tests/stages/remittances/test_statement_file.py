"""Carriers' lists: read whole, or refused with every wrong cell by row and column."""

from typing import Any

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.remittances.statement_file import ListHeadings, read_list
from postal_bridge.remittances.values import NewLine
from postal_bridge.settings import load_settings
from tests.ground.workbooks import workbook

COD = load_settings({}).cod
HEADINGS = ListHeadings(
    name=COD.name,
    other_name=COD.other_name,
    paid=COD.paid,
    fee=COD.fee,
    gross=COD.gross,
    sums=COD.sums,
)


def read(raw: bytes | str) -> Any:
    content = raw.encode() if isinstance(raw, str) else raw
    return read_list(content, HEADINGS, limit_bytes=1_000_000)


def refused(raw: bytes | str) -> Refusal:
    answer = read(raw)
    assert isinstance(answer, Refusal), answer
    return answer


def wrong_cells(raw: bytes | str) -> list[tuple[int, str]]:
    answer = refused(raw)
    assert answer.reason is Reason.REMITTANCE_CELLS
    cells: Any = answer.facts["cells"]
    return [(one["row"], one["column"]) for one in cells]


@pytest.mark.parametrize(
    "below",
    [
        [],
        [["", "Tổng cộng", "", 220_000, 11_000, 209_000]],
        [["Tổng cộng: 2 đơn", "", "", 220_000, 11_000, 209_000], [], ["", "Người lập bảng"]],
    ],
)
def test_a_spreadsheet_as_carriers_send_it_with_title_and_sum(below: list[list[Any]]) -> None:
    raw = workbook(
        [
            ["BẢNG KÊ TRẢ TIỀN THU HỘ"],
            [],
            ["STT", "Mã vận đơn", "Mã đơn hàng", "Tiền thu hộ", "Tổng phí", "Thực trả"],
            [1, "CH167101882VN", "", 100_000, 11_000, 89_000],
            [2, "", "VD-1", "120.000", 0, "120.000 đ"],
            *below,
        ]
    )
    assert read(raw) == [
        NewLine(said="CH167101882VN", amount_dong=89_000, fee_dong=11_000),
        NewLine(said="VD-1", amount_dong=120_000),
    ]


@pytest.mark.parametrize(
    ("heading", "cells", "line"),
    [
        ("waybill,amount", "EE1,5000", NewLine(said="EE1", amount_dong=5_000)),
        ("waybill,COD", "EE1,5000", NewLine(said="EE1", amount_dong=5_000)),
        ("waybill,COD,fee", "EE1,5000,700", NewLine(said="EE1", amount_dong=4_300, fee_dong=700)),
        ("waybill,COD,paid", "EE1,5000,4300", NewLine(said="EE1", amount_dong=4_300, fee_dong=700)),
        ("waybill,COD,fee", "EE1,0,700", NewLine(said="EE1", amount_dong=-700, fee_dong=700)),
        ("waybill;paid;fee", "EE1;(700);700", NewLine(said="EE1", amount_dong=-700, fee_dong=700)),
        ("waybill;paid;fee", "EE1;-700;700", NewLine(said="EE1", amount_dong=-700, fee_dong=700)),
        ("Mã đơn hàng,paid", "VD-1,5", NewLine(said="VD-1", amount_dong=5)),
    ],
)
def test_two_of_the_three_sums_are_enough(heading: str, cells: str, line: NewLine) -> None:
    assert read(f"{heading}\n{cells}\n") == [line]


def test_every_wrong_cell_is_named_by_row_and_column() -> None:
    raw = "Mã vận đơn,Thực trả,Phí,COD\nEE1,năm,0,5\n,5,0,5\nEE3,5,1,7\nEE4,,,\nEE5,-9,1,\n"
    assert wrong_cells(raw) == [
        (2, "Thực trả"),
        (3, "Mã vận đơn"),
        (4, "COD"),
        (5, "Thực trả"),
        (6, "Thực trả"),
    ]
    said = refused(raw)
    assert "4 · “COD”" in said.sentence("vi")
    assert "nothing was kept" in said.sentence("en")


def test_a_waybill_that_a_spreadsheet_took_for_a_number_is_refused() -> None:
    raw = workbook([["waybill", "paid"], [660_221_765_000_123, 5]])
    assert wrong_cells(raw) == [(2, "waybill")]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "  \n",
        "waybill,note\nEE1,x\n",
        "paid,fee\n5,1\n",
        "waybill,paid\n",
        b"%PDF-1.7",
        "waybill,waybill,paid\nEE1,EE2,5\n",
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(raw: bytes | str) -> None:
    assert refused(raw).reason is Reason.REMITTANCE_FILE
