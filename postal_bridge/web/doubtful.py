"""The list of addresses in doubt: what was written, what it may be and why, one press to settle it."""

import json
from collections.abc import Sequence
from typing import Any

from postal_bridge.clock import format_day
from postal_bridge.pickup.records import PickupRequest
from postal_bridge.pickup.requests import HALF_NAMES
from postal_bridge.web.html import Child, Element, el

NUMBER, WARD, TYPED = "so", "phuong", "ma_phuong"
PATH = "/dia-chi"
_SHOWN = 5


def doubtful_page(
    requests: Sequence[PickupRequest], *, more: bool, wrong: str | None = None
) -> list[Child]:
    """The whole page."""
    return [
        el("div", el("h1", "Địa chỉ chưa chắc"),
           el("p", "Gọi cho người dân, chọn phường, xã đúng. Từ đó về sau địa chỉ ấy được nhớ.",
              class_="lead"), class_="title"),
        el("p", wrong, class_="wrong", role="alert") if wrong else None,
        el("ul", [_entry(one) for one in requests], class_="items") if requests
        else el("p", "Không còn địa chỉ nào chờ xác định.", class_="empty good"),
        el("p", "Còn nữa: hãy xử lý các mục trên rồi tải lại.", class_="note") if more else None,
    ]  # fmt: skip


def _entry(request: PickupRequest) -> Element:
    told: dict[str, Any] = json.loads(request.located)
    candidates = told.get("candidates", [])
    return el(
        "li",
        el("h3", el("span", request.number, class_="code"), f"{request.name} · ",
           el("span", request.phone, class_="code")),
        el("p", el("strong", f"“{request.address}”")),
        el("p", f"Hẹn {HALF_NAMES[request.half][0]} {format_day(request.day)}"
           f" · {request.items} bưu gửi", class_="lead"),
        [el("p", vietnamese, class_="note") for vietnamese in _of_the_whole(told)],
        _choices(request, candidates[:_SHOWN]) if candidates else None,
        _by_code(request),
        id=request.number,
    )  # fmt: skip


def _of_the_whole(told: dict[str, Any]) -> list[str]:
    """What is said of the whole answer, and not of its first candidate."""
    first = [pair for one in told.get("candidates", [])[:1] for pair in one["why"]]
    return [pair[0] for pair in told.get("why", []) if pair not in first]


def _choices(request: PickupRequest, candidates: Sequence[dict[str, Any]]) -> Element:
    """A button for each candidate, the likeliest first, with what speaks for it."""
    return el(
        "form",
        _hidden(request),
        [
            el(
                "div",
                el("button", f"{one['ward']}, {one['province']}", name=WARD,
                   value=one["ward_code"], class_="quiet"),
                el("p", " ".join(vietnamese for vietnamese, _ in one["why"]), class_="note"),
            )
            for one in candidates
        ],
        method="post",
        class_="work",
    )  # fmt: skip


def _by_code(request: PickupRequest) -> Element:
    return el(
        "details",
        el("summary", "Phường, xã khác"),
        el(
            "form",
            _hidden(request),
            el("label", el("span", "Mã phường, xã (5 chữ số, từ 01/07/2025)"),
               el("input", name=TYPED, inputmode="numeric", pattern="[0-9]{5}", required=True)),
            el("button", "Xác định"),
            method="post",
            class_="work",
        ),
    )  # fmt: skip


def _hidden(request: PickupRequest) -> Element:
    return el("input", type="hidden", name=NUMBER, value=request.number)
