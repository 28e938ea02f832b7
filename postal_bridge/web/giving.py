"""The page on which a courier or a clerk gives an item to a citizen, and lets it be signed for."""

from collections.abc import Sequence
from dataclasses import dataclass

from postal_bridge.clock import format_local
from postal_bridge.journey import STAGE_NAMES, Stage
from postal_bridge.tracking.proof_records import RELATION_NAMES, DeliveryProof, Relation
from postal_bridge.web.html import Child, Element, el

GIVEN_FROM = frozenset({Stage.DESK, Stage.DELIVERY})
"""Stages at which an item can be given to a citizen."""


@dataclass(frozen=True, kw_only=True)
class GivingData:
    """Everything that the page shows.

    Attributes:
        proofs: those that were written, with whether they hold.
        wanting: it was given, and nobody has proved that yet.
    """

    code: str
    label: str
    applicant: str
    stage: Stage
    proofs: Sequence[tuple[DeliveryProof, bool]]
    wanting: bool


def path_of(code: str) -> str:
    """The address of giving an item."""
    return f"/giao/{code}"


def giving_page(data: GivingData) -> list[Child]:
    """The whole page."""
    able = data.stage in GIVEN_FROM or data.wanting
    return [
        el("p", el("a", "← Bưu gửi", href=f"/buu-gui/{data.code}"), class_="back"),
        el("div", el("h1", "Giao cho công dân"),
           el("p", el("span", data.code, class_="code"), f" · {data.label}", class_="lead"),
           class_="title"),
        el("p", "", id="ket-qua", role="status"),
        [_proof(proof, holds=holds) for proof, holds in data.proofs],
        _form(data) if able else _not_now(data),
    ]  # fmt: skip


def _not_now(data: GivingData) -> Element | None:
    if data.proofs:
        return None
    said = f"Bưu gửi đang ở bước “{STAGE_NAMES[data.stage][0]}”, chưa giao được."
    return el("p", said, class_="empty")


def _form(data: GivingData) -> Element:
    relations = [el("option", RELATION_NAMES[one][0], value=one.value) for one in Relation]
    return el(
        "form",
        el("label", el("span", "Họ tên người nhận"),
           el("input", type="text", name="nguoi_nhan", value=data.applicant, required=True,
              maxlength=400)),
        el("label", el("span", "Quan hệ với người nộp hồ sơ"),
           el("select", relations, name="quan_he")),
        el("label", el("span", "Ghi rõ (con gái, số giấy ủy quyền…)"),
           el("input", type="text", name="ghi_chu", maxlength=400)),
        el("div", el("span", "Chữ ký người nhận"),
           el("canvas", class_="signature", aria_label="Ký vào khung này"),
           el("button", "Ký lại", type="button", id="xoa", class_="quiet small")),
        el("label", el("span", "Ảnh lúc giao"),
           el("input", type="file", name="anh", accept="image/*", capture="environment")),
        el("button", "Đã giao", class_="main"),
        id="giao", class_="card work", data_buu_gui=path_of(data.code),
    )  # fmt: skip


def _proof(proof: DeliveryProof, *, holds: bool) -> Element:
    relation = RELATION_NAMES[proof.relation][0]
    note = f" ({proof.relation_note})" if proof.relation_note else ""
    said = (
        "Khớp với sổ." if holds else "KHÔNG khớp với sổ: bằng chứng hoặc sổ đã bị sửa sau khi ghi."
    )
    return el(
        "section",
        el("h2", "Đã giao, có bằng chứng"),
        el("p", f"{proof.receiver}, {relation}{note}, lúc {format_local(proof.taken_at)}."),
        el("p", said, class_="note" if holds else "wrong"),
        class_="card",
    )
