"""The letter with a night's report."""

from dataclasses import replace

from postal_bridge.reconciliation.letter_ports import Attachment
from postal_bridge.reconciliation.letters import overdue_letter, report_letter
from tests.doors.printing.nights import DAY, EVENING, a_report

TO = ("giamdoc@buudien.example",)
FILE = Attachment(name="doi-soat-2019-01-31.pdf", media_type="application/pdf", content=b"%PDF")


def test_it_says_the_count_and_what_to_do_before_a_file_is_opened() -> None:
    letter = report_letter(a_report(), sha256="ab" * 32, to=TO, attachments=[FILE])
    assert letter.subject == "[Lạng Sơn] Đối soát ngày 31/01/2019: 8 chênh lệch đang mở"
    for said in (
        "Còn 8 chênh lệch đang mở.",
        "Hồ sơ theo sổ bưu điện: 12.345",
        "lệch trạng thái: 6",
        "chưa có người phụ trách",
        "Đúng hạn: xong trước phút hẹn",
        "doi-soat-2019-01-31.pdf",
        "Lập lúc 31/01/2019 23:47",
    ):
        assert said in letter.text, said
    assert letter.to == TO
    assert letter.attachments == (FILE,)


def test_a_night_that_agrees_says_so_in_its_subject() -> None:
    report = a_report(cases=[], found=0, open_cases=0, remarks=[], more_cases=0)
    letter = report_letter(report, sha256="ab" * 32, to=TO, attachments=[])
    assert letter.subject.endswith("31/01/2019: khớp")
    assert "  - Không có." in letter.text
    assert "Tệp kèm theo" not in letter.text


def test_the_same_report_is_the_same_letter_and_another_one_is_not() -> None:
    report = a_report()
    first = report_letter(report, sha256="ab" * 32, to=TO, attachments=[])
    assert first == report_letter(report, sha256="ab" * 32, to=TO, attachments=[])
    other = report_letter(report, sha256="cd" * 32, to=TO, attachments=[])
    assert replace(other, identity=first.identity) == first
    assert other.identity != first.identity


def test_no_name_breaks_out_of_the_subject() -> None:
    report = a_report(province=("H37", "Lạng\r\nBcc: ai@do.example"))
    assert "\n" not in report_letter(report, sha256="ab" * 32, to=TO, attachments=[]).subject


def test_a_night_that_has_not_run_is_told_with_what_to_do() -> None:
    letter = overdue_letter(DAY, province="Lạng Sơn", to=TO, written_at=EVENING)
    assert letter.subject == "[Lạng Sơn] Chưa đối soát ngày 31/01/2019"
    assert "postal-bridge doctor" in letter.text
    assert letter == overdue_letter(DAY, province="Lạng Sơn", to=TO, written_at=EVENING)
