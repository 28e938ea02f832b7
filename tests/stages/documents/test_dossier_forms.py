from postal_bridge.clock import format_local
from postal_bridge.documents.dossier_forms import (
    Case,
    apology,
    fee_receipt,
    receipt,
    refusal_notice,
    stop_notice,
    supplement_request,
)
from postal_bridge.documents.form_editions import FormEditions
from postal_bridge.documents.form_frame import Issuer
from postal_bridge.documents.form_values import Fields, FormPage, Paragraph, Table
from postal_bridge.dossiers.records import FeeKind, FeeReceipt, Postponement, Supplement
from postal_bridge.journey import Status
from tests.stores import DOSSIER, HOUR, NOW, a_dossier, a_line

ISSUER = Issuer(centre="HCC", post="Bưu điện", place="Lạng Sơn", editions=FormEditions({}))
MISSING = Supplement(
    dossier_code=DOSSIER,
    number=2,
    reason="Bản sao bị mờ.",
    papers="Căn cước công dân.",
    requested_at=NOW + HOUR,
    requested_by="hoa",
    promised_before=NOW + 8 * HOUR,
)


def a_case(**other: object) -> Case:
    known: dict[str, object] = {
        "dossier": a_dossier(),
        "procedure": "Cấp phiếu lý lịch tư pháp",
        "department": "Sở Tư pháp",
        "checklist": [a_line(2), a_line(1)],
    }
    return Case(**(known | other))  # type: ignore[arg-type]  # the fields of a case by name


def fields(page: FormPage) -> dict[str, str]:
    return {
        label: value
        for block in page.blocks
        if isinstance(block, Fields)
        for label, value in block.rows
    }


def table(page: FormPage) -> Table:
    return next(block for block in page.blocks if isinstance(block, Table))


def a_fee(number: str | None, amount: int, *, hours: int = 0) -> FeeReceipt:
    return FeeReceipt(
        id=f"{number}",
        dossier_code=DOSSIER,
        number=number,
        kind=FeeKind.FEE,
        amount_vnd=amount,
        collected_at=NOW + hours * HOUR,
        collected_by="lan",
        collected_place="desk-1",
    )


def test_a_receipt_lists_the_papers_in_their_order() -> None:
    page = receipt(a_case(), ISSUER)
    assert [row[0] for row in table(page).rows] == ["1", "2"]
    assert page.qr == page.barcode == DOSSIER
    assert fields(page)["Thời gian hẹn trả kết quả"] == "10/01/2019 16:30"


def test_a_procedure_without_papers_says_so() -> None:
    page = receipt(a_case(checklist=[]), ISSUER)
    assert not [block for block in page.blocks if isinstance(block, Table)]
    told = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "Danh mục của thủ tục không có giấy tờ nào." in told


def test_a_receipt_shows_the_day_promised_at_the_counter_whatever_moved_it_since() -> None:
    later = a_dossier()
    later.promised_at = NOW + 100 * HOUR
    page = receipt(a_case(dossier=later, supplements=[MISSING]), ISSUER)
    assert fields(page)["Thời gian hẹn trả kết quả"] == "10/01/2019 16:30"


def test_a_supplement_request_says_what_and_why() -> None:
    page = supplement_request(a_case(), MISSING, ISSUER)
    told = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert MISSING.papers in told
    assert MISSING.reason in told
    assert page.number.startswith("02/")
    assert page.made_at == NOW + HOUR


def test_an_apology_tells_both_days_and_why() -> None:
    later = Postponement(
        dossier_code=DOSSIER,
        number=2,
        reason="Chờ xác minh.",
        promised_before=NOW,
        promised_at=NOW + 24 * HOUR,
        postponed_at=NOW + HOUR,
        postponed_by="hoa",
    )
    page = apology(a_case(), later, ISSUER)
    told = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "Chờ xác minh." in told
    assert fields(page)["Ngày hẹn trả kết quả"] == format_local(NOW)
    assert format_local(NOW + 24 * HOUR) in told
    assert page.number.startswith("02/")


def test_a_stop_notice_says_why() -> None:
    page = stop_notice(a_case(), reason="Không bổ sung đúng hạn.", stopped_at=NOW, issuer=ISSUER)
    told = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "Không bổ sung đúng hạn." in told
    assert fields(page)["Dừng giải quyết lúc"] == format_local(NOW)


def test_a_refusal_gives_the_reason() -> None:
    refused = a_dossier(status=Status.REFUSED)
    refused.refusal = "Không thuộc thẩm quyền."
    page = refusal_notice(a_case(dossier=refused), ISSUER)
    told = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "Không thuộc thẩm quyền." in told


def test_a_fee_receipt_adds_up_what_was_taken_and_no_exemption() -> None:
    taken = [a_fee("LS-2", 20_000, hours=2), a_fee(None, 0), a_fee("LS-1", 1_000)]
    page = fee_receipt(a_case(), taken, ISSUER)
    assert [row[2:] for row in table(page).rows] == [
        ("LS-1", "1.000"),
        ("LS-2", "20.000"),
        ("", "21.000"),
    ]
    assert len(page.copies) == 3
    assert page.made_at == NOW + 2 * HOUR
