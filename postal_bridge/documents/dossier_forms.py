"""The forms that a citizen gets: receipt and appointment, supplement request, refusal, fee receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import format_local
from postal_bridge.documents.form_frame import Issuer, shown_dong, shown_moment
from postal_bridge.documents.form_values import Block, Fields, FormPage, Paragraph, Signature, Table
from postal_bridge.documents.money_words import money_in_words
from postal_bridge.dossiers.records import (
    ChecklistLine,
    Dossier,
    FeeKind,
    FeeReceipt,
    Postponement,
    Supplement,
)

_CHANNELS = {1: "trực tiếp", 2: "trực tuyến", 3: "qua dịch vụ bưu chính công ích"}
_RETURNS = {0: "tại Trung tâm Phục vụ hành chính công", 1: "qua dịch vụ bưu chính công ích"}
_COPIES = ("Liên 1: Lưu", "Liên 2: Giao người nộp", "Liên 3: Nội bộ")
_HEAD_OF_DEPARTMENT = Signature("Thủ trưởng đơn vị", hint="(Ký, đóng dấu và ghi rõ họ tên)")
_FEES = {FeeKind.FEE: "Phí", FeeKind.CHARGE: "Lệ phí"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the forms of a dossier are filled in with."""

    dossier: Dossier
    procedure: str
    department: str
    checklist: Sequence[ChecklistLine] = ()
    supplements: Sequence[Supplement] = ()


def receipt(case: Case, issuer: Issuer) -> FormPage:
    """Receipt of the papers, with the day that was promised at the counter (form 01).

    What a supplement moved since is on the supplement's own papers.
    """
    dossier = case.dossier
    first = case.supplements[0].promised_before if case.supplements else dossier.promised_at
    return FormPage(
        title="Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
        made_at=dossier.received_at,
        barcode=dossier.code,
        qr=dossier.code,
        number=dossier.code,
        edition=issuer.edition("receipt", dossier.received_at),
        agency=issuer.agency,
        dated=issuer.dated(dossier.received_at),
        blocks=(
            Fields(
                (
                    ("Tiếp nhận hồ sơ của ông/bà, tổ chức", dossier.applicant_name),
                    ("Số định danh/CCCD", dossier.applicant_identity),
                    ("Địa chỉ", dossier.applicant_address or "–"),
                    ("Số điện thoại", dossier.applicant_phone),
                    ("Thủ tục hành chính", case.procedure),
                    ("Cơ quan giải quyết", case.department),
                    ("Hình thức nộp", _CHANNELS[dossier.channel]),
                )
            ),
            Paragraph("Thành phần hồ sơ gồm:", bold=True),
            _papers(case.checklist),
            Fields(
                (
                    ("Số lượng hồ sơ", "01 bộ"),
                    ("Thời gian nhận hồ sơ", format_local(dossier.received_at)),
                    ("Thời gian hẹn trả kết quả", shown_moment(first)),
                    ("Nhận kết quả", _RETURNS[dossier.return_mode]),
                )
            ),
        ),
        signatures=(
            Signature("Người nộp hồ sơ", name=dossier.applicant_name),
            Signature("Người tiếp nhận hồ sơ"),
        ),
        footnote="Tra cứu tình trạng hồ sơ bằng mã hồ sơ và bốn số cuối điện thoại.",
    )


def supplement_request(case: Case, supplement: Supplement, issuer: Issuer) -> FormPage:
    """What is missing, and why (form 02)."""
    dossier = case.dossier
    return FormPage(
        title="Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ",
        made_at=supplement.requested_at,
        barcode=dossier.code,
        number=f"{supplement.number:02d}/{dossier.code}",
        edition=issuer.edition("supplement", supplement.requested_at),
        agency=issuer.agency,
        dated=issuer.dated(supplement.requested_at),
        blocks=(
            Fields(
                (
                    ("Hồ sơ của ông/bà, tổ chức", dossier.applicant_name),
                    ("Thủ tục hành chính", case.procedure),
                    ("Mã hồ sơ", dossier.code),
                )
            ),
            Paragraph("Đề nghị ông/bà bổ sung, hoàn thiện những nội dung sau:", bold=True),
            Paragraph(supplement.papers),
            Paragraph("Lý do:", bold=True),
            Paragraph(supplement.reason),
            Paragraph(
                "Thời gian chờ bổ sung không tính vào thời hạn giải quyết. Mọi vướng mắc xin liên "
                "hệ bộ phận tiếp nhận để được hướng dẫn.",
                italic=True,
            ),
        ),
        signatures=(Signature("Người yêu cầu bổ sung"),),
    )


def refusal_notice(case: Case, issuer: Issuer) -> FormPage:
    """Why the papers are not accepted (form 03); only for a dossier that was refused."""
    dossier = case.dossier
    return FormPage(
        title="Phiếu từ chối giải quyết hồ sơ",
        made_at=dossier.received_at,
        barcode=dossier.code,
        number=dossier.code,
        edition=issuer.edition("refusal", dossier.received_at),
        agency=issuer.agency,
        dated=issuer.dated(dossier.received_at),
        blocks=(
            Fields(
                (
                    ("Hồ sơ của ông/bà, tổ chức", dossier.applicant_name),
                    ("Số điện thoại", dossier.applicant_phone),
                    ("Thủ tục hành chính", case.procedure),
                )
            ),
            Paragraph("Qua kiểm tra, hồ sơ không được tiếp nhận, giải quyết với lý do:", bold=True),
            Paragraph(dossier.refusal or "–"),
            Paragraph("Xin thông báo để ông/bà được biết và thực hiện."),
        ),
        signatures=(Signature("Người nộp hồ sơ"), Signature("Người tiếp nhận hồ sơ")),
    )


def apology(case: Case, postponement: Postponement, issuer: Issuer) -> FormPage:
    """Why the result is late, and the new day (form 04)."""
    dossier = case.dossier
    return FormPage(
        title="Phiếu xin lỗi và hẹn lại ngày trả kết quả",
        made_at=postponement.postponed_at,
        barcode=dossier.code,
        number=f"{postponement.number:02d}/{dossier.code}",
        edition=issuer.edition("apology", postponement.postponed_at),
        agency=(case.department,),
        dated=issuer.dated(postponement.postponed_at),
        blocks=(
            *_letter(case, ("Ngày hẹn trả kết quả", format_local(postponement.promised_before))),
            Paragraph("Đến nay hồ sơ chưa giải quyết xong. Lý do:"),
            Paragraph(postponement.reason),
            Paragraph(
                "Sự chậm trễ này đã gây phiền hà, tốn kém cho ông/bà, tổ chức. Chúng tôi xin chân "
                "thành cáo lỗi và hẹn trả kết quả vào:"
            ),
            Paragraph(format_local(postponement.promised_at), bold=True),
            Paragraph("Rất mong ông/bà, tổ chức thông cảm."),
        ),
        signatures=(_HEAD_OF_DEPARTMENT,),
    )


def stop_notice(case: Case, *, reason: str, stopped_at: datetime, issuer: Issuer) -> FormPage:
    """That the dossier is stopped, and why (form 05 since Circular 03/2025/TT-VPCP)."""
    dossier = case.dossier
    return FormPage(
        title="Thông báo dừng giải quyết hồ sơ",
        made_at=stopped_at,
        barcode=dossier.code,
        number=dossier.code,
        edition=issuer.edition("stop", stopped_at),
        agency=(case.department,),
        dated=issuer.dated(stopped_at),
        blocks=(
            *_letter(case, ("Dừng giải quyết lúc", format_local(stopped_at))),
            Paragraph("Việc giải quyết hồ sơ được dừng với lý do:", bold=True),
            Paragraph(reason),
            Paragraph("Xin thông báo để ông/bà, tổ chức được biết và liên hệ khi cần hướng dẫn."),
        ),
        signatures=(_HEAD_OF_DEPARTMENT,),
    )


def fee_receipt(case: Case, receipts: Sequence[FeeReceipt], issuer: Issuer) -> FormPage:
    """Money taken, in three copies, with the sum in words; the post collects it."""
    taken = sorted((one for one in receipts if one.number), key=lambda one: one.collected_at)
    total = sum(one.amount_vnd for one in taken)
    rows = [
        (str(n), _FEES[one.kind], one.number or "", shown_dong(one.amount_vnd))
        for n, one in enumerate(taken, start=1)
    ]
    last = taken[-1]
    return FormPage(
        title="Biên lai thu phí, lệ phí",
        made_at=last.collected_at,
        agency=(issuer.post,),
        number=last.number or "",
        dated=issuer.dated(last.collected_at),
        barcode=case.dossier.code,
        subtitle=f"Đơn vị thu: {issuer.post}",
        copies=_COPIES,
        blocks=(
            Fields(
                (
                    ("Người nộp", case.dossier.applicant_name),
                    ("Địa chỉ", case.dossier.applicant_address or "–"),
                    ("Về việc", case.procedure),
                    ("Mã hồ sơ", case.dossier.code),
                )
            ),
            Table(
                ("STT", "Khoản thu", "Số biên lai", "Số tiền (đồng)"),
                (12, 40, 0, 40),
                (*rows, ("", "Cộng", "", shown_dong(total))),
                bold_last=True,
            ),
            Paragraph(f"Số tiền bằng chữ: {money_in_words(total)}.", italic=True),
        ),
        signatures=(
            Signature("Người nộp tiền", name=case.dossier.applicant_name),
            Signature("Người thu tiền"),
        ),
    )


def _letter(case: Case, moment: tuple[str, str]) -> tuple[Block, ...]:
    """How a department's letter begins: to whom, and about what."""
    dossier = case.dossier
    return (
        Paragraph(f"Kính gửi: {dossier.applicant_name}", bold=True),
        Fields(
            (
                ("Thủ tục hành chính", case.procedure),
                ("Mã hồ sơ", dossier.code),
                ("Nhận hồ sơ lúc", format_local(dossier.received_at)),
                moment,
                ("Cơ quan giải quyết", case.department),
            )
        ),
    )


def _papers(lines: Sequence[ChecklistLine]) -> Block:
    if not lines:
        return Paragraph("Danh mục của thủ tục không có giấy tờ nào.", italic=True)
    rows = tuple(
        (
            str(line.position),
            line.paper_name,
            str(line.originals_given),
            str(line.copies_given),
            str(line.pages),
        )
        for line in sorted(lines, key=lambda line: line.position)
    )
    heads = ("STT", "Tên giấy tờ", "Bản chính", "Bản sao", "Số trang")
    return Table(heads, (12, 0, 20, 20, 20), rows)
