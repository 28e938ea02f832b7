"""The report as it is kept: one spelling, and readable again."""

from datetime import date

import msgspec
import pytest

from postal_bridge.reconciliation.report import NightReport, as_json, from_json
from tests.stages.reconciliation.nights import EVENING
from tests.stages.reconciliation.two_sides import DAY


def a_report() -> NightReport:
    return NightReport(
        province=("H37", "Lạng Sơn"),
        centre="Trung tâm Phục vụ hành chính công",
        source="opencps",
        day=DAY,
        compared_from=date(2018, 11, 27),
        started_at=EVENING,
        sweep="full",
        counted_days=0,
        ours=596,
        theirs=596,
        uncompared=0,
        found=0,
        opened=0,
        closed=0,
        open_cases=0,
        remedied=0,
        on_time_rule="Đúng hạn: …",
        remarks=[],
        departments=[],
        ages=[],
        cases=[],
        more_cases=0,
        ledger_root="0" * 64,
        evidence=[],
        written_at=EVENING,
    )


def test_a_report_is_read_again_as_it_was_written() -> None:
    assert from_json(as_json(a_report())) == a_report()


def test_the_same_facts_have_the_same_bytes_and_people_can_read_them() -> None:
    written = as_json(a_report())
    assert written == as_json(from_json(written))
    assert "Lạng Sơn" in written.decode()
    assert written.count(b"\n") > 20


def test_what_is_no_report_is_refused() -> None:
    for content in (b"{}", b"[]", b'{"format": 1}'):
        with pytest.raises(msgspec.ValidationError):
            from_json(content)
