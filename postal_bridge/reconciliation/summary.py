"""A night's report in a few lines: the figures with their names, and what is to be done."""

from collections import Counter
from collections.abc import Sequence

from postal_bridge.clock import format_day
from postal_bridge.reconciliation.report import NightReport, ReportedCase

SWEEPS = {
    "full": "so từng hồ sơ của cả kỳ",
    "counts": "đếm trước, chỉ so từng hồ sơ ở những ngày số đếm khác nhau",
}
"""How the night compared, as people read it."""


def title(report: NightReport) -> str:
    """`Báo cáo đối soát hồ sơ ngày 31/01/2019`."""
    return f"Báo cáo đối soát hồ sơ ngày {format_day(report.day)}"


def file_name(report: NightReport, suffix: str) -> str:
    """`doi-soat-2019-01-31.pdf`: what the report is called where it is saved."""
    return f"doi-soat-{report.day.isoformat()}.{suffix}"


def number(value: int) -> str:
    """A count as people in Vietnam write it: `83.786`."""
    return f"{value:,}".replace(",", ".")


def figures(report: NightReport) -> list[tuple[str, int]]:
    """The counts with their names, in the order in which they are read."""
    return [
        ("Hồ sơ theo sổ bưu điện", report.ours),
        ("Hồ sơ theo hệ thống một cửa", report.theirs),
        ("Hồ sơ không so được trạng thái", report.uncompared),
        ("Chênh lệch tìm thấy đêm nay", report.found),
        ("Chênh lệch mới mở", report.opened),
        ("Chênh lệch đã đóng", report.closed),
        ("Chênh lệch tự xử lý", report.remedied),
        ("Chênh lệch đang mở", report.open_cases),
    ]


def scope(report: NightReport) -> str:
    """Which days were compared, and how."""
    told = (
        f"So hồ sơ tiếp nhận từ {format_day(report.compared_from)} đến {format_day(report.day)}, "
        f"{SWEEPS.get(report.sweep, report.sweep)}."
    )
    if report.counted_days:
        told += f" Số đếm của {number(report.counted_days)} ngày khớp nên không so từng hồ sơ."
    return told


def verdict(report: NightReport) -> str:
    """One sentence: whether the count is proven."""
    if not report.open_cases and not report.found:
        return "Hai bên khớp nhau: không có chênh lệch nào đang mở."
    if not report.open_cases:
        return "Mọi chênh lệch tìm thấy đã được xử lý: không còn chênh lệch nào đang mở."
    return f"Còn {number(report.open_cases)} chênh lệch đang mở."


def by_class(report: NightReport) -> list[tuple[str, list[ReportedCase]]]:
    """The reported cases under the names of their classes, in the report's own order."""
    classes: dict[str, list[ReportedCase]] = {}
    for case in report.cases:
        classes.setdefault(case.kind_name, []).append(case)
    return list(classes.items())


def to_do(report: NightReport) -> list[str]:
    """What somebody should do now, most urgent first; empty where nothing is."""
    still_open = [case for case in report.cases if case.state == "open"]
    late = [case for case in still_open if case.due_on is not None and case.due_on < report.day]
    nobody = [case for case in still_open if not case.owner]
    back = [case for case in still_open if case.reopened]
    wanted = []
    if late:
        wanted.append(f"{number(len(late))} chênh lệch đã quá hạn xử lý: {_codes(late)}")
    if back:
        wanted.append(f"{number(len(back))} chênh lệch đã đóng nay mở lại: {_codes(back)}")
    if nobody:
        wanted.append(f"{number(len(nobody))} chênh lệch chưa có người phụ trách: hãy giao việc.")
    if report.remarks:
        wanted.append("Số liệu thống kê của hệ thống một cửa không tự khớp: xem phần nhận xét.")
    if report.more_cases:
        wanted.append(f"{number(report.more_cases)} chênh lệch cũ nằm ngoài kỳ so đêm nay.")
    return wanted


def class_counts(report: NightReport) -> list[tuple[str, int]]:
    """How many of the reported cases that are open each class has, most first."""
    counted = Counter(case.kind_name for case in report.cases if case.state == "open")
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


_MOST_CODES = 5


def _codes(cases: Sequence[ReportedCase]) -> str:
    shown = ", ".join(case.dossier_code for case in cases[:_MOST_CODES])
    return f"{shown}, …" if len(cases) > _MOST_CODES else f"{shown}."
