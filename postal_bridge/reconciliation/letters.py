"""The letter with a night's report: what it says before anybody opens a file."""

from collections.abc import Sequence
from datetime import date, datetime

from postal_bridge.clock import format_day, format_local
from postal_bridge.reconciliation.letter_ports import Attachment, Letter
from postal_bridge.reconciliation.report import NightReport
from postal_bridge.reconciliation.summary import (
    class_counts,
    figures,
    number,
    scope,
    title,
    to_do,
    verdict,
)

_IDENTITY_LETTERS = 32


def report_letter(
    report: NightReport, *, sha256: str, to: Sequence[str], attachments: Sequence[Attachment]
) -> Letter:
    """The letter that takes a report to its readers.

    Args:
        report: what it is about.
        sha256: of the report's JSON in the vault; with the day it is the letter's identity.
        to: the addresses.
        attachments: the report's printed forms.
    """
    return Letter(
        identity=f"night-{report.day.isoformat()}-{sha256[:_IDENTITY_LETTERS]}",
        to=tuple(to),
        subject=_subject(report),
        text=_text(report, attachments),
        written_at=report.written_at,
        attachments=tuple(attachments),
    )


def overdue_letter(day: date, *, province: str, to: Sequence[str], written_at: datetime) -> Letter:
    """The letter that tells of a night that has not run by morning."""
    return Letter(
        identity=f"night-overdue-{day.isoformat()}",
        to=tuple(to),
        subject=" ".join(f"[{province}] Chưa đối soát ngày {format_day(day)}".split()),
        text="\n".join(
            [
                f"Đến {format_local(written_at)}, đối soát ngày {format_day(day)} chưa xong.",
                "",
                "Việc cần làm:",
                "  - Xem tiến trình `postal-bridge serve --role worker` có chạy không.",
                "  - Chạy `postal-bridge doctor` và sửa chỗ hỏng; đêm bị lỡ sẽ tự chạy bù.",
                "",
                "Thư tự động, không cần trả lời.",
                "",
            ]
        ),
        written_at=written_at,
    )


def _subject(report: NightReport) -> str:
    open_now = f"{number(report.open_cases)} chênh lệch đang mở" if report.open_cases else "khớp"
    _, province = report.province
    return " ".join(f"[{province}] Đối soát ngày {format_day(report.day)}: {open_now}".split())


def _text(report: NightReport, attachments: Sequence[Attachment]) -> str:
    lines = [f"{title(report)}.", verdict(report), scope(report), ""]
    lines += [f"  {name}: {number(value)}" for name, value in figures(report)]
    classes = class_counts(report)
    if classes:
        lines += ["", "Chênh lệch đêm nay, đang mở, theo loại:"]
        lines += [f"  {name}: {number(count)}" for name, count in classes]
    lines += ["", "Việc cần làm:"]
    lines += [f"  - {wanted}" for wanted in to_do(report) or ["Không có."]]
    lines += ["", f"Quy tắc đúng hạn: {report.on_time_rule}"]
    if attachments:
        lines += ["", "Tệp kèm theo: " + ", ".join(one.name for one in attachments) + "."]
    lines += ["", f"Lập lúc {format_local(report.written_at)}. Thư tự động, không cần trả lời.", ""]
    return "\n".join(lines)
