"""A night's report as a spreadsheet: filters over the cases, and charts that Excel draws itself.

Codes and what people wrote are text and stay text: a cell that begins with `=` shows those very
letters, also after somebody has edited the cell beside it. The same report gives the same bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, Any

from postal_bridge.clock import format_local, to_local
from postal_bridge.reconciliation.report import NightReport, ReportedCase
from postal_bridge.reconciliation.summary import figures, scope, title, to_do, verdict

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SUMMARY, DEPARTMENTS, CASES, AGES = "Tổng hợp", "Theo sở ngành", "Chênh lệch", "Tuổi chênh lệch"
"""The sheets, in this order."""

MOST_LETTERS = 32_767
"""What a cell can hold (Excel's own limit)."""

_UNHELD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = {"bold": True, "bg_color": "#E8E8E8", "border": 1, "text_wrap": True, "valign": "vcenter"}
_TEXT = {"num_format": "@", "quote_prefix": True, "valign": "top", "text_wrap": True}
_DAY, _MOMENT, _COUNT = "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "#,##0"
_SERIES = (
    ("Tiếp nhận, bưu điện", "#A9C8E6"),
    ("Tiếp nhận, một cửa", "#F3C6A5"),
    ("Đã giải quyết, bưu điện", "#1F4E79"),
    ("Đã giải quyết, một cửa", "#B3541E"),
)
_DEPARTMENT_HEADS = (
    "Mã cơ quan",
    "Sở, ngành",
    *(name for name, _ in _SERIES),
    "Trễ hạn, bưu điện",
    "Trễ hạn, một cửa",
    "Chênh lệch",
)
_CASE_HEADS = (
    ("Mã hồ sơ", 30),
    ("Loại chênh lệch", 26),
    ("Bưu điện ghi", 28),
    ("Một cửa ghi", 28),
    ("Ngày tiếp nhận", 13),
    ("Ngày mở", 13),
    ("Tuổi (ngày)", 9),
    ("Tình trạng", 12),
    ("Mở lại (lần)", 9),
    ("Hạn xử lý", 13),
    ("Phụ trách", 18),
    ("Tự xử lý", 36),
    ("Giải trình", 60),
    ("Mã chênh lệch", 34),
)
_STATES = {"open": "đang mở", "closed": "đã đóng"}


def night_report_xlsx(report: NightReport) -> bytes:
    """The workbook with its four sheets."""
    from xlsxwriter import Workbook  # heavy

    content = BytesIO()
    book = Workbook(
        content,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    # Without it the workbook would tell when it was written, which `Lập lúc` alone does.
    created = datetime.combine(report.day, time.min)
    book.set_properties({"title": title(report), "created": created})
    pen = _Pen.of(book)
    _summary(book.add_worksheet(SUMMARY), pen, report)
    _departments(book, pen, report)
    _cases(book.add_worksheet(CASES), pen, report.cases)
    _ages(book, pen, report)
    book.close()
    return content.getvalue()


@dataclass(frozen=True)
class _Pen:
    """Writes values in the shape that is theirs."""

    head: Any
    title: Any
    text: Any
    count: Any
    total: Any
    day: Any
    moment: Any

    @classmethod
    def of(cls, book: "Workbook") -> "_Pen":
        return cls(
            head=book.add_format(_HEAD),
            title=book.add_format({"bold": True, "font_size": 14}),
            text=book.add_format(_TEXT),
            count=book.add_format({"num_format": _COUNT, "valign": "top"}),
            total=book.add_format({"num_format": _COUNT, "bold": True, "top": 1}),
            day=book.add_format({"num_format": _DAY, "align": "center", "valign": "top"}),
            moment=book.add_format({"num_format": _MOMENT, "align": "left", "valign": "top"}),
        )

    def write(self, sheet: "Worksheet", row: int, values: Sequence[object]) -> None:
        """Write a row; nothing is guessed from how a text looks."""
        for column, value in enumerate(values):
            if isinstance(value, bool) or value is None:
                continue
            if isinstance(value, int):
                sheet.write_number(row, column, value, self.count)
            elif isinstance(value, datetime):
                local = to_local(value).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self.moment)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, self.day)
            else:
                sheet.write_string(row, column, _cell(str(value)), self.text)

    def heads(self, sheet: "Worksheet", heads: Sequence[str], *, row: int = 0) -> None:
        """Write the names of the columns."""
        for column, name in enumerate(heads):
            sheet.write_string(row, column, name, self.head)


def _cell(text: str) -> str:
    """The text as XML and Excel can hold it; what they cannot becomes a replacement character."""
    return _UNHELD.sub("\ufffd", text)[:MOST_LETTERS]


def _summary(sheet: "Worksheet", pen: _Pen, report: NightReport) -> None:
    code, name = report.province
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 72)
    sheet.write_string(0, 0, title(report), pen.title)
    facts: list[tuple[str, object]] = [
        ("Tỉnh", f"{name} ({code})"),
        ("Trung tâm", report.centre),
        ("Hệ thống một cửa", report.source),
        ("Ngày đối soát", report.day),
        ("So từ ngày", report.compared_from),
        ("Cách so", scope(report)),
        ("Bắt đầu lúc", report.started_at),
        ("Kết luận", verdict(report)),
        *figures(report),
        ("Đang mở, đêm nay không gặp lại", report.more_cases),
        ("Quy tắc đúng hạn", report.on_time_rule),
        *(("Nhận xét về số liệu một cửa", remark) for remark in report.remarks),
        *(("Việc cần làm", wanted) for wanted in to_do(report)),
        ("Gốc sổ giao nhận đã niêm phong", report.ledger_root),
        *(("Chứng cứ (SHA-256)", one) for one in report.evidence),
        ("Lập lúc", format_local(report.written_at)),
    ]
    for row, fact in enumerate(facts, start=2):
        pen.write(sheet, row, fact)
    _on_paper(sheet, landscape=False)


def _departments(book: "Workbook", pen: _Pen, report: NightReport) -> None:
    sheet = book.add_worksheet(DEPARTMENTS)
    pen.heads(sheet, _DEPARTMENT_HEADS)
    sheet.set_row(0, 32)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, len(_DEPARTMENT_HEADS) - 1, 13)
    sheet.freeze_panes(1, 2)
    each = [line for line in report.departments if line.agency]
    together = [line for line in report.departments if not line.agency]
    for row, line in enumerate([*each, *together], start=1):
        counts = (
            line.received_here,
            line.received_there,
            line.handled_here,
            line.handled_there,
            line.late_here,
            line.late_there,
            line.differences,
        )
        pen.write(sheet, row, (line.agency, line.name, *counts))
        if not line.agency:
            for column, count in enumerate(counts, start=2):
                sheet.write_number(row, column, count, pen.total)
    _on_paper(sheet, landscape=True)
    if each:
        sheet.insert_chart(0, len(_DEPARTMENT_HEADS) + 1, _department_chart(book, len(each)))


def _department_chart(book: "Workbook", count: int) -> Any:
    chart = book.add_chart({"type": "bar"})
    for column, (name, colour) in enumerate(_SERIES, start=2):
        chart.add_series(
            {
                "name": name,
                "categories": [DEPARTMENTS, 1, 1, count, 1],
                "values": [DEPARTMENTS, 1, column, count, column],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    chart.set_title({"name": "Hồ sơ theo sở, ngành", "overlay": False})
    # Excel draws bars from below; the first department is to stand on top, as in the table.
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"num_format": _COUNT, "major_gridlines": {"visible": True}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 160 + 58 * count})
    return chart


def _cases(sheet: "Worksheet", pen: _Pen, cases: Sequence[ReportedCase]) -> None:
    pen.heads(sheet, [name for name, _ in _CASE_HEADS])
    sheet.set_row(0, 32)
    for column, (_, width) in enumerate(_CASE_HEADS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    for row, case in enumerate(cases, start=1):
        pen.write(sheet, row, _case(case))
    sheet.autofilter(0, 0, len(cases), len(_CASE_HEADS) - 1)
    _on_paper(sheet, landscape=True)


def _case(case: ReportedCase) -> tuple[object, ...]:
    return (
        case.dossier_code,
        case.kind_name,
        case.ours,
        case.theirs,
        case.received_on,
        case.opened_on,
        case.age_days,
        _STATES.get(case.state, case.state),
        case.reopened,
        case.due_on,
        case.owner,
        case.remedy,
        case.explanation,
        case.id,
    )


def _ages(book: "Workbook", pen: _Pen, report: NightReport) -> None:
    sheet = book.add_worksheet(AGES)
    pen.heads(sheet, ("Tuổi", "Chênh lệch đang mở"))
    sheet.set_column(0, 1, 24)
    for row, band in enumerate(report.ages, start=1):
        pen.write(sheet, row, (band.name, band.cases))
    _on_paper(sheet, landscape=False)
    if not report.ages:
        return
    last = len(report.ages)
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "Chênh lệch đang mở",
            "categories": [AGES, 1, 0, last, 0],
            "values": [AGES, 1, 1, last, 1],
            "fill": {"color": "#B3541E"},
            "gap": 60,
            "data_labels": {"value": True, "num_format": _COUNT},
        }
    )
    chart.set_title({"name": "Chênh lệch đang mở theo tuổi", "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis({"num_format": _COUNT, "min": 0})
    sheet.insert_chart(0, 3, chart)


def _on_paper(sheet: "Worksheet", *, landscape: bool) -> None:
    """A4, as wide as the paper, heads on every page."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
        sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&A&RTrang &P / &N")
