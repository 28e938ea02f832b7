"""A carrier's export as its feed: CSV, XLSX or JSON with a row for each parcel or each event.

Names of columns and of states differ with every carrier, so both are configured; what stands here
by itself is what the postal service's own formats call them (reference one-stop 1.1 to 1.3).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from postal_bridge.clock import local_day
from postal_bridge.errors import Misuse
from postal_bridge.reconciliation.feed_ports import FeedUnavailable, Parcel, ParcelState
from postal_bridge.tabular.cells import CellError, code_of, text_of
from postal_bridge.tabular.dates import DayOrder, moment_of, settle_order
from postal_bridge.tabular.heading import Column, Table, find_table, weigh
from postal_bridge.tabular.reading import read_file, read_sheets
from postal_bridge.tabular.records import (
    Limits,
    Problem,
    Row,
    TableRefused,
    fold,
    refuse_rows,
)

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": ("OrderNumber", "Số đơn hàng", "SoDonHang", "Mã đơn hàng", "Mã tham chiếu"),
    "waybill": ("ItemCode", "Mã bưu gửi", "MaBuuGui", "Số hiệu bưu gửi", "Mã vận đơn"),
    "state": ("StatusCode", "Trạng thái", "Status", "TrangThai"),
    "at": ("EventTime", "Thời gian", "Ngày trạng thái", "CreateTime", "Ngày phát"),
}
SUMS = ("Tổng", "Tổng cộng", "Tổng số", "Cộng")

STATES: Mapping[str, ParcelState] = {
    fold(word): state
    for state, words in {
        ParcelState.ACCEPTED: ("Đã nhận đơn", "Chấp nhận gửi", "Đã tiếp nhận"),
        ParcelState.ON_WAY: ("Đang vận chuyển", "Đang chuyển", "Đang phát", "Giao bưu tá"),
        ParcelState.DELIVERED: ("Phát thành công", "Đã phát", "Phát thành công tới người nhận"),
        ParcelState.RETURNED: ("Đã chuyển hoàn", "Chuyển hoàn", "Phát hoàn thành công"),
        ParcelState.CANCELLED: ("Đã hủy", "Hủy", "Huỷ", "Đã huỷ"),
    }.items()
    for word in words
}
"""Words only: one number means "accepted" in one table and "delivered" in another (1.3, trap)."""


class FeedFile:
    """The parcels in a carrier's export; it is read each time it is asked.

    Args:
        path: of the export.
        columns: pairs such as `reference = Số đơn hàng`, before the names that are known.
        states: pairs such as `Phát thành công = delivered`, beside the words that are known.
        limits: what the file may ask for.

    Raises:
        Misuse: a pair names no column, or no state.
    """

    def __init__(
        self,
        path: Path,
        *,
        columns: Iterable[str] = (),
        states: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> None:
        self._path = path
        self._limits = limits or Limits()
        named: dict[str, list[str]] = {name: [] for name in HEADINGS}
        for pair in columns:
            name, _, heading = (part.strip() for part in pair.partition("="))
            if name not in named:
                raise Misuse(f"feed_columns: “{pair}”: phải là / must be one of {', '.join(named)}")
            named[name].append(heading)
        self._columns = {
            name: Column(headings=(*named[name], *known), required=name in {"reference", "state"})
            for name, known in HEADINGS.items()
        }
        self._states = {**STATES, **dict(map(_state_pair, states))}

    async def parcels(self, first: date, last: date) -> Sequence[Parcel]:
        """The latest state of each parcel with something on these local days."""
        try:
            found = await asyncio.to_thread(self._read)
        except TableRefused as refused:
            raise FeedUnavailable(f"{self._path.name}: {refused}") from refused
        return [one for one in found if one.at is None or first <= local_day(one.at) <= last]

    def _read(self) -> list[Parcel]:
        raw = read_file(self._path, limits=self._limits)
        sheets = read_sheets(
            raw, limits=self._limits, weigh=lambda rows: weigh(rows, self._columns)
        )
        table = find_table(sheets, self._columns, sums=SUMS)
        order = _order(table)
        problems: list[Problem] = []
        latest: dict[tuple[str, str], Parcel] = {}
        for row in table.rows:
            try:
                parcel = self._parcel(row, list(table.headings), order)
            except CellError as wrong:
                problems.append(Problem(row.number, "–", str(wrong)))
                continue
            key = (parcel.reference, parcel.waybill)
            before = latest.get(key)
            if not (before and before.at and parcel.at and before.at > parcel.at):
                latest[key] = parcel
        refuse_rows(problems)
        return [latest[key] for key in sorted(latest)]

    def _parcel(self, row: Row, fields: Sequence[str], order: DayOrder | None) -> Parcel:
        cells = dict(zip(fields, row.cells, strict=True))
        reference, waybill = code_of(cells.get("reference")), code_of(cells.get("waybill"))
        raw = text_of(cells.get("state"))
        if not (reference or waybill):
            raise CellError("không có số đơn hàng lẫn mã bưu gửi (neither reference nor waybill)")
        return Parcel(
            reference=reference,
            waybill=waybill,
            state=self._states.get(fold(raw) or raw, ParcelState.UNKNOWN),
            at=moment_of(cells.get("at"), order),
            raw=raw,
        )


def _order(table: Table) -> DayOrder | None:
    fields = list(table.headings)
    if "at" not in fields:
        return None
    place = fields.index("at")
    settled = settle_order(
        ((row.number, row.cells[place]) for row in table.rows), DayOrder.DAY_FIRST
    )
    if settled.why:
        raise TableRefused(f"cột “{table.headings['at']}”: {settled.why}")
    return settled.order


def _state_pair(pair: str) -> tuple[str, ParcelState]:
    word, _, name = (part.strip() for part in pair.rpartition("="))
    try:
        return fold(word) or word, ParcelState(name)
    except ValueError:
        known = ", ".join(state.value for state in ParcelState if state is not ParcelState.UNKNOWN)
        raise Misuse(f"feed_states: “{pair}”: phải là / must be one of {known}") from None
