"""What the printed report says, in its own words and order: one JSON object for the template."""

import hashlib
from collections.abc import Sequence

from postal_bridge.clock import format_day, format_local
from postal_bridge.printing.characters import breakable, printable
from postal_bridge.reconciliation.report import (
    AgeBand,
    DepartmentLine,
    NightReport,
    ReportedCase,
)
from postal_bridge.reconciliation.summary import (
    by_class,
    class_counts,
    figures,
    number,
    scope,
    title,
    to_do,
    verdict,
)

MOST_HASHES = 400
"""So many are printed; of more, the hash of their list is."""

_LONGEST_WORD = 60
"""A longer one would not fit into a line of the text."""
_LONGEST_CODE, _LONGEST_SAID = 26, 18
"""The same in the columns of the cases."""
_CITIES = {"Hà Nội", "Hải Phòng", "Huế", "Đà Nẵng", "Cần Thơ", "Hồ Chí Minh"}
_CENTRE = "Trung tâm Phục vụ hành chính công"


def page_facts(report: NightReport) -> dict[str, object]:
    """Everything that the template shows; all of it is text, but for shares of bars (0 to 1)."""
    return {
        **_heading(report),
        "scope": printable(scope(report)),
        "well": not report.open_cases,
        "verdict": printable(verdict(report)),
        "figures": [[name, number(value)] for name, value in figures(report)],
        "classes": [[printable(name), number(count)] for name, count in class_counts(report)],
        "bars": _bars(report.departments),
        "ages": _ages(report.ages),
        "departments": [_department(line) for line in report.departments],
        "remarks": [breakable(remark, longest=_LONGEST_WORD) for remark in report.remarks],
        "to-do": [breakable(wanted, longest=_LONGEST_WORD) for wanted in to_do(report)],
        "on-time-rule": breakable(report.on_time_rule, longest=_LONGEST_WORD),
        "ledger-root": printable(report.ledger_root) or "–",
        **_cases(report),
        **_evidence(report.evidence),
    }


def _heading(report: NightReport) -> dict[str, object]:
    code, name = report.province
    heading = printable(title(report))
    return {
        "title": heading,
        "title-upper": heading.upper(),
        "author": printable(f"{_CENTRE}, {name}"),
        "date": [report.day.year, report.day.month, report.day.day],
        "province": printable(f"{_kind_of(name)}{name} ({code})").upper(),
        "centre": printable(_centre(report.centre)).upper(),
        "subtitle": printable(
            f"Giữa sổ giao nhận của bưu điện và hệ thống một cửa ({report.source}), "
            f"bắt đầu lúc {format_local(report.started_at)}"
        ),
        "footer": printable(f"{title(report)} · {name} ({code})"),
        "written-at": f"Lập lúc {format_local(report.written_at)}",
    }


def _kind_of(name: str) -> str:
    if name.lower().startswith(("tỉnh ", "thành phố ")):
        return ""
    return "thành phố " if name in _CITIES else "tỉnh "


def _centre(centre: str) -> str:
    """The centre's name; where only its place code is known, what the law calls every centre."""
    return centre if " " in centre.strip() else f"{_CENTRE} ({centre})"


def _bars(lines: Sequence[DepartmentLine]) -> list[dict[str, object]]:
    each = [line for line in lines if line.agency]
    most = max((max(_heights(line).values()) for line in each), default=0) or 1
    return [
        {
            "name": breakable(line.name),
            **{name: height / most for name, height in _heights(line).items()},
            "here": f"{number(line.received_here)} / {number(line.handled_here)}",
            "there": f"{number(line.received_there)} / {number(line.handled_there)}",
        }
        for line in each
    ]


def _heights(line: DepartmentLine) -> dict[str, int]:
    return {
        "received_here": line.received_here,
        "handled_here": line.handled_here,
        "received_there": line.received_there,
        "handled_there": line.handled_there,
    }


def _ages(bands: Sequence[AgeBand]) -> list[dict[str, object]]:
    most = max((band.cases for band in bands), default=0) or 1
    return [
        {"name": printable(band.name), "cases": number(band.cases), "share": band.cases / most}
        for band in bands
    ]


def _department(line: DepartmentLine) -> dict[str, object]:
    counts = (
        line.received_here,
        line.received_there,
        line.handled_here,
        line.handled_there,
        line.late_here,
        line.late_there,
        line.differences,
    )
    cells = [breakable(line.name), *(number(count) for count in counts)]
    return {"total": not line.agency, "cells": cells}


def _cases(report: NightReport) -> dict[str, object]:
    serial, classes = 0, []
    for name, cases in by_class(report):
        rows = []
        for case in cases:
            serial += 1
            rows.append([number(serial), *_case(case)])
        classes.append({"name": f"{printable(name)} ({number(len(cases))})", "rows": rows})
    more = f"Ngoài ra còn {number(report.more_cases)} chênh lệch đang mở mà đêm nay không gặp lại."
    return {"cases": classes, "more-cases": more if report.more_cases else ""}


def _case(case: ReportedCase) -> list[str]:
    told = [case.remedy, case.explanation or ""]
    if case.reopened:
        told.insert(0, f"Mở lại {case.reopened} lần.")
    if case.state != "open":
        told.insert(0, "Đã đóng.")
    return [
        breakable(case.dossier_code, longest=_LONGEST_CODE),
        breakable(case.ours, longest=_LONGEST_SAID) or "–",
        breakable(case.theirs, longest=_LONGEST_SAID) or "–",
        format_day(case.received_on),
        format_day(case.opened_on),
        number(case.age_days),
        format_day(case.due_on) if case.due_on else "–",
        breakable(case.owner or "–"),
        breakable(" ".join(one for one in told if one), longest=_LONGEST_SAID),
    ]


def _evidence(hashes: Sequence[str]) -> dict[str, object]:
    count = f"{number(len(hashes))} tệp"
    note = "Nội dung nằm trong kho tệp dưới chính mã băm của nó."
    if not hashes:
        note = "Không có."
    elif len(hashes) > MOST_HASHES:
        whole = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
        note += (
            f" In {number(MOST_HASHES)} mã đầu trong {number(len(hashes))} mã; danh sách đủ nằm "
            f"trong báo cáo JSON, mỗi mã một dòng, và có mã băm {whole}."
        )
    shown = [printable(one) for one in hashes[:MOST_HASHES]]
    return {"evidence-count": count, "evidence-note": breakable(note), "evidence": shown}
