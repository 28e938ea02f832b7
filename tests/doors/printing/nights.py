"""Reports of made-up nights, for whoever prints, sends or shows them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from postal_bridge.reconciliation.records import DIFFERENCE_NAMES, DifferenceKind
from postal_bridge.reconciliation.report import (
    AgeBand,
    DepartmentLine,
    NightReport,
    ReportedCase,
)

DAY = date(2019, 1, 31)
EVENING = datetime(2019, 1, 31, 16, 30, tzinfo=UTC)
K = DifferenceKind

VOWELS = "aăâeêioôơuưy"
TONES = "\u0300\u0301\u0303\u0309\u0323"
"""Grave, acute, tilde, hook above, dot below: as combining marks."""

DEPARTMENTS = (
    "Sở Tư pháp",
    "Sở Ngoại vụ",
    "Sở Kế hoạch và Đầu tư",
    "Sở Giao thông vận tải",
    "Sở Lao động - Thương binh và Xã hội",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Tài nguyên và Môi trường",
    "Sở Nông nghiệp và Phát triển nông thôn",
    "Sở Thông tin và Truyền thông",
    "Sở Giáo dục và Đào tạo",
    "Sở Khoa học và Công nghệ",
    "Sở Công Thương",
    "Sở Xây dựng",
    "Sở Y tế",
    "Ban Quản lý Khu kinh tế cửa khẩu Đồng Đăng - Lạng Sơn",
)


def a_case(serial: int, kind: K = K.STATE, **other: Any) -> ReportedCase:
    facts: dict[str, Any] = {
        "id": f"{kind.value}-{serial:05d}",
        "kind": kind.value,
        "kind_name": DIFFERENCE_NAMES[kind][0],
        "dossier_code": f"000.00.04.H37-190131-{serial:04d}",
        "ours": "4 Đang xử lý",
        "theirs": "9 Đã xử lý xong",
        "received_on": DAY - timedelta(days=serial % 40),
        "opened_on": DAY - timedelta(days=serial % 9),
        "age_days": serial % 9,
        "state": "open",
        "due_on": DAY + timedelta(days=3 - serial % 9),
    }
    return ReportedCase(**{**facts, **other})


def departments(count: int = len(DEPARTMENTS)) -> list[DepartmentLine]:
    lines = []
    for place in range(count):
        received = 20 + 137 * (place % 7)
        lines.append(
            DepartmentLine(
                agency=f"000.00.{place + 1:02d}.H37",
                name=DEPARTMENTS[place % len(DEPARTMENTS)],
                received_here=received,
                received_there=received + place % 3,
                handled_here=received * 9 // 10,
                handled_there=received * 9 // 10 - place % 2,
                late_here=place % 5,
                late_there=place % 4,
                differences=place % 3,
            )
        )
    names = ("received", "handled", "late")
    totals = {
        f"{name}_{side}": sum(getattr(line, f"{name}_{side}") for line in lines)
        for name in names
        for side in ("here", "there")
    }
    total = DepartmentLine(
        agency="",
        name="Tất cả",
        differences=sum(line.differences for line in lines),
        **totals,
    )
    return [*lines, total]


def a_report(**other: Any) -> NightReport:
    """A night of Lạng Sơn's with a few differences; any field may be said otherwise."""
    cases = other.get("cases")
    if cases is None:
        cases = [
            a_case(1, K.FEE, ours="120.000 đồng", theirs="0 đồng", owner="giamsat1"),
            a_case(2, K.MISSING_HERE, ours="", theirs="Sở Tư pháp, 31/01/2019"),
            *(a_case(serial) for serial in range(3, 9)),
            a_case(9, state="closed", explanation="Bên một cửa đã cập nhật.", reopened=1),
        ]
    facts: dict[str, Any] = {
        "province": ("H37", "Lạng Sơn"),
        "centre": "HCC",
        "source": "opencps",
        "day": DAY,
        "compared_from": DAY - timedelta(days=44),
        "started_at": EVENING,
        "sweep": "full",
        "counted_days": 0,
        "ours": 12_345,
        "theirs": 12_349,
        "uncompared": 2,
        "found": len(cases),
        "opened": 3,
        "closed": 1,
        "open_cases": 8,
        "remedied": 1,
        "on_time_rule": "Đúng hạn: xong trước phút hẹn. Sổ bưu điện: 12000 đúng hạn, 45 quá hạn; "
        "một cửa: 11990 đúng hạn, 55 quá hạn.",
        "remarks": ["Tháng 01/2019: hồ sơ bưu chính được đếm 2 lần (đếm 40, liệt kê 20)."],
        "departments": departments(),
        "ages": [
            AgeBand(name="trong ngày", cases=3),
            AgeBand(name="1–3 ngày", cases=2),
            AgeBand(name="4–7 ngày", cases=2),
            AgeBand(name="8–30 ngày", cases=1),
            AgeBand(name="trên 30 ngày", cases=0),
        ],
        "cases": cases,
        "more_cases": 1,
        "ledger_root": "5f" * 32,
        "evidence": [f"{serial:064x}" for serial in range(7)],
        "written_at": datetime(2019, 1, 31, 16, 47, tzinfo=UTC),
    }
    return NightReport(**{**facts, **other})
