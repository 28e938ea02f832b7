"""The forms that papers travel with: control sheet, minutes of a handover, pouch manifest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.documents.form_frame import Issuer, shown_moment
from postal_bridge.documents.form_values import Fields, FormPage, Paragraph, Signature, Table
from postal_bridge.dossiers.records import Dossier
from postal_bridge.journey import (
    ACT_NAMES,
    DIRECTION_OF,
    KIND_NAMES,
    Direction,
    HolderAfter,
    ItemKind,
)
from postal_bridge.tracking.handovers import PRESENT, SHORT
from postal_bridge.tracking.records import (
    CustodyEvent,
    Handover,
    HandoverLine,
    HandoverState,
    ManifestLine,
    Pouch,
)
from postal_bridge.tracking.transfers import Transfer

_HOP_HEADS = (
    "STT",
    "Việc",
    "Bên giao",
    "Bên nhận",
    "Thời điểm",
    "Kết quả",
    "Biên bản",
    "Ký giao",
    "Ký nhận",
)
Hop = tuple[ItemKind, CustodyEvent, str | None]
"""What was handed on, how, and by whom; nobody but the citizen before the first."""
_HANDOVER_STATES = {
    HandoverState.OFFERED: "Bên nhận chưa ký nhận.",
    HandoverState.WITHDRAWN: "Bên giao đã rút lại biên bản này; không có giá trị giao nhận.",
}


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """What codes stand for.

    Attributes:
        names: of places and members of staff, by code and user name.
        items: what is known of the items, by code.
    """

    names: Mapping[str, str]
    items: Mapping[str, Transfer]

    def name(self, code: str | None) -> str:
        """The name, or the code where nothing is known of it."""
        return self.names.get(code or "", code or "–")

    def what(self, item_code: str) -> str:
        """Hồ sơ, kết quả, …: what kind of thing it is."""
        item = self.items.get(item_code)
        return KIND_NAMES[ItemKind(item.kind)][0] if item else "–"

    def promised(self, item_code: str) -> str:
        """The day on which the dossier's result is promised."""
        item = self.items.get(item_code)
        return format_day(local_day(item.promised_at)) if item and item.promised_at else "–"


def control_sheet(
    dossier: Dossier,
    *,
    procedure: str,
    department: str,
    events: Iterable[tuple[ItemKind, CustodyEvent]],
    lookup: Lookup,
    issuer: Issuer,
) -> FormPage:
    """Who gave the dossier to whom and when, hop by hop (form 05, since 2025 form 06).

    The result of a hop is judged by the day that the dossier is promised for, since neither circular
    gives a hop a limit of its own that the one-stop systems would tell us.
    """
    hops = _hops(events)
    last = hops[-1][1].occurred_at if hops else dossier.received_at
    return FormPage(
        title="Phiếu kiểm soát quá trình giải quyết hồ sơ",
        made_at=last,
        barcode=dossier.code,
        number=dossier.code,
        edition=issuer.edition("control", dossier.received_at),
        agency=issuer.agency,
        dated=issuer.dated(dossier.received_at),
        landscape=True,
        blocks=(
            Fields(
                (
                    ("Hồ sơ của ông/bà, tổ chức", dossier.applicant_name),
                    ("Thủ tục hành chính", procedure),
                    ("Cơ quan giải quyết", department),
                    ("Nhận lúc", format_local(dossier.received_at)),
                    ("Hẹn trả lúc", shown_moment(dossier.promised_at)),
                )
            ),
            _hop_table(hops, dossier, lookup),
        ),
        footnote="Mỗi lần giao nhận ghi một dòng, hai bên ký. Hệ thống đã ghi các dòng trên từ lần "
        "quét và biên bản giao nhận.",
    )


def handover_minutes(
    handover: Handover, lines: Sequence[HandoverLine], *, lookup: Lookup, issuer: Issuer
) -> FormPage:
    """Minutes of a handover: of one dossier, of many, or of results."""
    signed = handover.accepted_at or handover.given_at
    state = _HANDOVER_STATES.get(handover.state)
    return FormPage(
        title=_title(lines, lookup),
        made_at=signed,
        barcode=handover.number,
        qr=handover.number,
        number=handover.number,
        agency=issuer.agency,
        dated=issuer.dated(handover.given_at),
        copies=("Bản 1: Bên giao", "Bản 2: Bên nhận"),
        blocks=(
            Fields(
                (
                    ("Nơi giao nhận", lookup.name(handover.place)),
                    ("Bên giao", lookup.name(handover.giver)),
                    ("Bên nhận", lookup.name(handover.receiver)),
                    ("Giao lúc", format_local(handover.given_at)),
                    ("Nhận lúc", shown_moment(handover.accepted_at)),
                )
            ),
            _line_table(lines, lookup),
            _counts(handover),
            *([Paragraph(state, bold=True)] if state else []),
        ),
        signatures=(
            Signature("Bên giao", name=lookup.name(handover.giver)),
            Signature("Bên nhận", name=lookup.name(handover.receiver)),
        ),
    )


def pouch_manifest(
    pouch: Pouch, lines: Sequence[ManifestLine], *, lookup: Lookup, issuer: Issuer
) -> FormPage:
    """What lies in a sealed pouch; its hash is printed, so that paper and ledger can be compared."""
    sealed = pouch.sealed_at or pouch.created_at
    return FormPage(
        title="Bảng kê túi hồ sơ",
        made_at=sealed,
        barcode=pouch.code,
        qr=pouch.code,
        number=pouch.code,
        agency=(issuer.post,),
        dated=issuer.dated(sealed),
        blocks=(
            Fields(
                (
                    ("Từ", lookup.name(pouch.origin)),
                    ("Đến", lookup.name(pouch.destination)),
                    ("Số niêm phong", pouch.seal or "–"),
                    ("Niêm phong lúc", format_local(sealed)),
                    ("Người niêm phong", lookup.name(pouch.sealed_by)),
                    ("Số lượng", f"{len(lines)} bưu gửi"),
                )
            ),
            Table(
                ("STT", "Mã bưu gửi", "Nội dung", "Ngày hẹn trả", "Ghi chú"),
                (12, 0, 40, 30, 40),
                tuple(
                    (
                        str(line.position),
                        line.item_code,
                        _capital(lookup.what(line.item_code)),
                        lookup.promised(line.item_code),
                        "",
                    )
                    for line in lines
                ),
            ),
        ),
        signatures=(Signature("Người niêm phong"), Signature("Người mở túi")),
        footnote=f"Mã kiểm bảng kê: {pouch.manifest_hash}",
    )


def _hop_table(hops: Iterable[Hop], dossier: Dossier, lookup: Lookup) -> Table:
    rows = tuple(
        (
            str(number),
            f"{_capital(ACT_NAMES[event.act][0])} ({KIND_NAMES[kind][0]})",
            _giver(kind, giver, dossier, lookup),
            _taker(event, dossier, lookup),
            format_local(event.occurred_at),
            _judged(event.occurred_at, dossier.promised_at),
            event.handover or "–",
            "",
            "",
        )
        for number, (kind, event, giver) in enumerate(hops, start=1)
    )
    return Table(_HOP_HEADS, (10, 36, 0, 0, 29, 20, 46, 22, 22), rows)


def _giver(kind: ItemKind, giver: str | None, dossier: Dossier, lookup: Lookup) -> str:
    """Whoever had it before; papers come from the citizen, and what was issued from nobody."""
    if giver is None and DIRECTION_OF[kind] is Direction.OUT:
        return dossier.applicant_name
    return lookup.name(giver)


def _taker(event: CustodyEvent, dossier: Dossier, lookup: Lookup) -> str:
    if event.custodian_kind is HolderAfter.CITIZEN:
        return event.note or dossier.applicant_name
    return lookup.name(event.custodian)


def _line_table(lines: Sequence[HandoverLine], lookup: Lookup) -> Table:
    rows = tuple(
        (
            str(number),
            line.item_code,
            _capital(lookup.what(line.item_code)),
            line.pouch or "–",
            lookup.promised(line.item_code),
            _outcome(line.outcome),
        )
        for number, line in enumerate(lines, start=1)
    )
    heads = ("STT", "Mã bưu gửi", "Nội dung", "Túi", "Ngày hẹn trả", "Có mặt")
    return Table(heads, (11, 0, 28, 36, 26, 18), rows)


def _counts(handover: Handover) -> Fields:
    counts = [("Bên giao đếm", f"{handover.given_count} bưu gửi")]
    if handover.accepted_count is not None:
        counts.append(("Bên nhận đếm", f"{handover.accepted_count} bưu gửi"))
    if handover.seals_intact is not None:
        intact = "nguyên vẹn" if handover.seals_intact else "KHÔNG nguyên vẹn"
        counts.append(("Niêm phong", intact))
    if handover.note:
        counts.append(("Ghi chú", handover.note))
    return Fields(tuple(counts))


def _hops(
    events: Iterable[tuple[ItemKind, CustodyEvent]],
) -> list[Hop]:
    """Events after which somebody else answers for the item, with who did before.

    What was declared wrong by a correction is left out.
    """
    told = sorted(events, key=lambda pair: (pair[1].occurred_at, pair[1].item_code, pair[1].seq))
    wrong = {(event.item_code, event.corrects) for _, event in told if event.corrects}
    bearers: dict[str, str | None] = {}
    hops = []
    for kind, event in told:
        before = bearers.get(event.item_code)
        struck = (event.item_code, event.event_id) in wrong
        if struck or event.custodian is None or event.custodian == before:
            continue
        hops.append((kind, event, before))
        bearers[event.item_code] = event.custodian
    return hops


def _judged(moment: datetime, promised: datetime | None) -> str:
    if promised is None:
        return "–"
    if moment > promised:
        return "Quá hạn"
    return "Đúng hạn" if local_day(moment) == local_day(promised) else "Trước hạn"


def _outcome(outcome: str | None) -> str:
    return {PRESENT: "có", SHORT: "thiếu"}.get(outcome or "", outcome or "")


def _title(lines: Sequence[HandoverLine], lookup: Lookup) -> str:
    back = [line for line in lines if _is_back(lookup.items.get(line.item_code))]
    if lines and len(back) == len(lines):
        return "Phiếu bàn giao kết quả giải quyết hồ sơ"
    return "Giấy bàn giao hồ sơ" if len(lines) == 1 else "Biên bản giao nhận nhiều hồ sơ"


def _is_back(item: Transfer | None) -> bool:
    return item is not None and item.direction == Direction.BACK


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
