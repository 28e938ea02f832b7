"""The letter with a night's report: what it says before anybody opens a file."""

from collections.abc import Sequence

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
