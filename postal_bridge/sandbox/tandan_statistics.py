"""What the Tân Dân stand-in counts of itself: the day by agency, and the post's part in it.

The rules are those of section 3.2 of the reference on one-stop systems. Two defects and the
second of the two on-time rules that one system was seen to have can be switched on; a client
must notice them and must not mend them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from postal_bridge.sandbox.row_book import Row
from postal_bridge.sandbox.tandan_query import day_span
from postal_bridge.sandbox.tandan_state import PAID, moment_text

_HANDLED = {"9", "10"}
_NOT_RECEIVED = {"1", "3"}


class TanDanSwitch(StrEnum):
    """Lasting defects, and choices that the reference leaves open.

    Attributes:
        POSTAL_FALLS_OUT: a postal dossier is counted only until its result was returned.
        A_DAY_BEHIND: nothing of the last 24 hours is counted yet.
        LATE_BY_RETURN: on time is measured by the moment of NgayTra, not the day of
            NgayKetThucXuLy.
        CAMEL_CASE: names begin with a small letter, as ASP.NET writes them unless told.
        WRAPPED_TOKEN: tokens come inside the envelope of a result.
    """

    POSTAL_FALLS_OUT = "postal_falls_out"
    A_DAY_BEHIND = "a_day_behind"
    LATE_BY_RETURN = "late_by_return"
    CAMEL_CASE = "camel_case"
    WRAPPED_TOKEN = "wrapped_token"  # noqa: S105 - a switch


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report is asked for.

    Attributes:
        first, last: days, both included.
        now: nothing later is known.
        agency, above: codes of an agency and of one above it; "" asks for all.
        switches: which defects are on.
    """

    first: date
    last: date
    now: datetime
    agency: str = ""
    above: str = ""
    switches: frozenset[str] = frozenset()

    def has(self, row: Row, column: str) -> bool:
        """Whether the row's date in this column is one of the report's days, and known."""
        start, end = day_span(self.first, self.last)
        known = self.now
        if TanDanSwitch.A_DAY_BEHIND in self.switches:
            known -= timedelta(days=1)
        value = row[column]
        return isinstance(value, str) and start <= value < end and value <= moment_text(known)


Rule = Callable[[Report, Row], int]


def daily(rows: Iterable[Row], report: Report) -> list[Row]:
    """`ThongKeTrongNgay`: one row for each agency."""
    return _by_group(rows, report, _DAILY)


def postal(rows: Iterable[Row], report: Report) -> list[Row]:
    """`TiepNhanBuuChinh`: one row for each agency."""
    return _by_group(rows, report, _POSTAL)


def _by_group(rows: Iterable[Row], report: Report, rules: Mapping[str, Rule]) -> list[Row]:
    groups: dict[str, Row] = {}
    for row in rows:
        code = str(row["GroupCode"])
        if report.agency not in {"", code} or not code.startswith(report.above):
            continue
        blank = {"GroupName": row["GroupName"], "GroupCode": code, **dict.fromkeys(rules, 0)}
        group = groups.setdefault(code, blank)
        for name, rule in rules.items():
            group[name] = int(str(group[name])) + rule(report, row)
    return [groups[code] for code in sorted(groups)]


def _received(report: Report, row: Row) -> int:
    return int(row["MaTrangThai"] not in _NOT_RECEIVED and report.has(row, "NgayTiepNhan"))


def _received_direct(report: Report, row: Row) -> int:
    return _received(report, row) * int(row["KenhThucHien"] not in {"2", "3"})


def _received_online(report: Report, row: Row) -> int:
    return _received(report, row) * int(row["KenhThucHien"] == "2")


def _received_by_post(report: Report, row: Row) -> int:
    gone = TanDanSwitch.POSTAL_FALLS_OUT in report.switches and row["MaTrangThai"] == "10"
    return _received(report, row) * int(row["KenhThucHien"] == "3" and not gone)


def _has_result(report: Report, row: Row) -> int:
    return int(row["MaTrangThai"] in _HANDLED and report.has(row, "NgayKetThucXuLy"))


def _returned(report: Report, row: Row) -> int:
    return int(row["MaTrangThai"] == "10" and report.has(row, "NgayTra"))


def _late(report: Report, row: Row) -> int:
    due = str(row["NgayHenTra"] or "")
    if TanDanSwitch.LATE_BY_RETURN in report.switches:
        late = str(row["NgayTra"] or "") > due
    else:
        late = str(row["NgayKetThucXuLy"] or "")[:10] > due[:10]
    return _has_result(report, row) * int(bool(due) and late)


def _in_time(report: Report, row: Row) -> int:
    return _has_result(report, row) - _late(report, row)


def _fees(report: Report, row: Row) -> int:
    fees = row["YeuCauThanhToan"]
    return sum(
        int(fee["SoTien"])
        for fee in (fees if isinstance(fees, list) else [])
        if fee["TrangThai"] == PAID and report.has(fee, "NgayThuPhi")
    )


def _in_status(status: str) -> Rule:
    def rule(report: Report, row: Row) -> int:
        return int(row["MaTrangThai"] == status and report.has(row, "NgayCapNhatTrangThai"))

    return rule


def _handed_back(report: Report, row: Row) -> int:
    return int(row["TrangThaiTraBuuDien"] == "1" and report.has(row, "NgayTraBuuDien"))


def _registered(report: Report, row: Row) -> int:
    wanted = row["HinhThucTra"] == "1" or row["NgayDangKyBuuDien"] is not None
    gone = TanDanSwitch.POSTAL_FALLS_OUT in report.switches and row["MaTrangThai"] == "10"
    return _received(report, row) * int(wanted and not gone)


_DAILY: dict[str, Rule] = {
    "TiepNhanTrongNgay": _received,
    "TiepNhanTrucTiepTrongNgay": _received_direct,
    "TiepNhanTrucTuyenTrongNgay": _received_online,
    "TiepNhanBCCITrongNgay": _received_by_post,
    "CoKetQuaTrongNgay": _has_result,
    "DungHanTrongNgay": _in_time,
    "QuaHanTrongNgay": _late,
    "DaTraCongDanTrongNgay": _returned,
    "ThuPhiLePhiTrongNgay": _fees,
    "YeuCauBoSungTrongNgay": _in_status("5"),
    "YeuCauTraLaiXinRutTrongNgay": _in_status("7"),
}
_POSTAL: dict[str, Rule] = {
    "CountTiepNhanQuaBuuChinh": _received_by_post,
    "CountBuuDienDaChuyenTraKQ": _handed_back,
    "CountDangKyQuaKQBuuDien": _registered,
}
