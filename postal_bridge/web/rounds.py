"""The pages of rounds: a day's rounds, and one round as its courier drives it, one thumb at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.clock import format_day, to_local
from postal_bridge.codes import make_item_code
from postal_bridge.identity import Actor
from postal_bridge.pickup.located import doubt
from postal_bridge.pickup.records import (
    FAILURE_NAMES,
    PICKUP_KIND_NAMES,
    ROUND_STATE_NAMES,
    STOP_STATE_NAMES,
    PickupKind,
    PickupRequest,
    Round,
    RoundState,
    RoundStop,
    StopState,
)
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.words import sentence

TASK, STOP, COUNTED, CODES, REASON, NOTE, METRES = (
    "viec", "diem", "so_luong", "ma", "ly_do", "ghi_chu", "km",
)  # fmt: skip
LEAVE, DONE, FAILED, CLOSE = "di", "xong", "khong", "dong"


@dataclass(frozen=True, kw_only=True)
class RoundData:
    """Everything that the page of a round shows.

    Attributes:
        names: of couriers, by user name.
        wrong: why what was typed was refused; typed: by field.
    """

    round: Round
    stops: Sequence[RoundStop]
    requests: Mapping[str, PickupRequest]
    courier: str
    actor: Actor
    typed: Mapping[str, str]
    wrong: str | None = None

    @property
    def counting(self) -> list[RoundStop]:
        """Stops that were not dropped, in order."""
        return [one for one in self.stops if one.state is not StopState.DROPPED]

    @property
    def next(self) -> RoundStop | None:
        """Where the courier goes now."""
        return next((one for one in self.counting if one.state is StopState.OPEN), None)


def path_of(number: str) -> str:
    """The address of a round's page."""
    return f"/tuyen/{number}"


# --- a day ----------------------------------------------------------------------------------------


def day_page(day: date, rounds: Sequence[tuple[Round, Sequence[RoundStop]]]) -> list[Child]:
    """The rounds of a day."""
    rows = [
        el(
            "li",
            el("h3", el("a", one.number, href=path_of(one.number), class_="code"),
               el("span", ROUND_STATE_NAMES[one.state][0], class_="tag")),
            el("p", f"{one.vehicle} · {_hour(one.leaves_at)}–{_hour(one.back_at)}"
               f" · {_kilometres(one.metres)} km · {_made(stops)}"),
        )
        for one, stops in rounds
    ]  # fmt: skip
    return [
        el("div", el("h1", "Tuyến trong ngày"), el("p", format_day(day), class_="lead"),
           class_="title"),
        el("ul", rows, class_="items") if rows
        else el("p", "Chưa có tuyến nào cho ngày này.", class_="empty"),
    ]  # fmt: skip


def _made(stops: Sequence[RoundStop]) -> str:
    counting = [one for one in stops if one.state is not StopState.DROPPED]
    made = sum(one.state is not StopState.OPEN for one in counting)
    return f"{made}/{len(counting)} điểm"


# --- one round ------------------------------------------------------------------------------------


def round_page(data: RoundData) -> list[Child]:
    """The whole page: what is next first, the rest below."""
    one = data.round
    return [
        el("p", el("a", "← Các tuyến trong ngày", href="/tuyen"), class_="back"),
        el(
            "div",
            el("h1", "Tuyến ", el("span", one.number, class_="code")),
            el("p", f"{format_day(one.day)} · {one.vehicle} · {data.courier} · ",
               el("span", ROUND_STATE_NAMES[one.state][0], class_="tag"), class_="lead"),
            class_="title",
        ),
        el("p", data.wrong, class_="wrong", role="alert") if data.wrong else None,
        _now(data),
        _all_stops(data),
        el("p", el("a", "Phiếu tuyến (PDF)", href=f"{path_of(one.number)}/phieu.pdf"),
           class_="note"),
    ]  # fmt: skip


def _now(data: RoundData) -> Element:
    """The one thing that is to be done now."""
    if data.round.state is RoundState.CLOSED:
        return _closed(data.round)
    stop = data.next
    if stop is None:
        return _closing(data)
    if data.round.state is RoundState.PUBLISHED:
        return el(
            "section",
            el("h2", "Xuất phát"),
            el("p", f"Dự kiến rời bưu cục lúc {_hour(data.round.leaves_at)}."),
            _brought(data),
            el("form", _button("Xuất phát", LEAVE), method="post", class_="work"),
            class_="card",
        )
    return _visit(data, stop)


def _brought(data: RoundData) -> Element | None:
    """What has to be on board before leaving."""
    items = sum(
        data.requests[one.request].items
        for one in data.counting
        if one.trip == 0 and data.requests[one.request].kind is PickupKind.RETURN
    )
    return el("p", f"Mang theo {items} bưu gửi để trả.") if items else None


def _visit(data: RoundData, stop: RoundStop) -> Element:
    request = data.requests[stop.request]
    unsure = doubt(request.located)
    return el(
        "section",
        el("h2", f"Điểm {_position(data, stop)}: {request.name}"),
        el("p", el("strong", request.address), " · ", request.ward),
        el("p", f"Hẹn {_hour(request.opens_at)}–{_hour(request.closes_at)},"
           f" dự kiến {_hour(stop.begin_at)} · {PICKUP_KIND_NAMES[request.kind][0]}"
           f" · {request.items} bưu gửi", class_="lead"),
        el("p", "Gọi ", el("strong", request.phone, class_="code")) if request.phone else None,
        el("p", request.note, class_="note") if request.note else None,
        el("p", f"Kiểm tra địa chỉ: {unsure}", class_="wrong") if unsure else None,
        _giving(request),
        _done_form(data, stop, request),
        _failed_form(data, stop),
        class_="card",
    )  # fmt: skip


def _giving(request: PickupRequest) -> Element | None:
    """A result is signed for on the screen."""
    if request.kind is not PickupKind.RETURN or not request.dossier_code:
        return None
    result = make_item_code(request.dossier_code, "K", 1)
    return el("p", el("a", "Giao kết quả và lấy chữ ký", href=f"/giao/{result}", class_="button"))


def _done_form(data: RoundData, stop: RoundStop, request: PickupRequest) -> Element:
    typed = data.typed if data.typed.get(STOP) == stop.request else {}
    counted = typed.get(COUNTED, str(request.items))
    return el(
        "form",
        _hidden(STOP, stop.request),
        el("label", el("span", "Quét mã từng bưu gửi (mỗi dòng một mã)"),
           el("textarea", typed.get(CODES, ""), name=CODES, rows=2, autocomplete="off")),
        el("label", el("span", "Số bưu gửi thực giao nhận"),
           el("input", name=COUNTED, value=counted, inputmode="numeric", pattern="[0-9]{1,3}",
              required=True)),
        el("label", el("span", "Ghi chú"),
           el("input", name=NOTE, value=typed.get(NOTE, ""), maxlength=400)),
        _button("Đã xong", DONE),
        method="post",
        class_="work",
    )  # fmt: skip


def _failed_form(data: RoundData, stop: RoundStop) -> Element:
    del data
    options = [el("option", sentence(names[0]), value=one) for one, names in FAILURE_NAMES.items()]
    return el(
        "details",
        el("summary", "Không giao nhận được"),
        el(
            "form",
            _hidden(STOP, stop.request),
            el("label", el("span", "Vì sao"), el("select", options, name=REASON)),
            el("label", el("span", "Ghi chú"), el("input", name=NOTE, maxlength=400)),
            _button("Ghi không thành, hẹn lần sau", FAILED),
            method="post",
            class_="work",
        ),
    )


def _closing(data: RoundData) -> Element:
    collected = sum(
        one.counted or 0
        for one in data.counting
        if data.requests[one.request].kind is not PickupKind.RETURN
    )
    return el(
        "section",
        el("h2", "Đóng tuyến: ký số đếm"),
        el("p", f"Theo các điểm: {collected} bưu gửi thu gom."),
        el(
            "form",
            el("label", el("span", "Số bưu gửi bàn giao tại quầy"),
               el("input", name=COUNTED, value=data.typed.get(COUNTED, ""), inputmode="numeric",
                  pattern="[0-9]{1,5}", required=True)),
            el("label", el("span", "Km theo đồng hồ"),
               el("input", name=METRES, value=data.typed.get(METRES, ""), inputmode="decimal",
                  pattern="[0-9]{1,4}([,.][0-9])?")),
            el("label", el("span", "Ghi chú (bắt buộc khi số đếm khác)"),
               el("input", name=NOTE, value=data.typed.get(NOTE, ""), maxlength=400)),
            _button("Ký và đóng tuyến", CLOSE),
            method="post",
            class_="work",
        ),
        class_="card",
    )  # fmt: skip


def _closed(one: Round) -> Element:
    differs = one.counted != one.expected
    return el(
        "section",
        el("h2", "Tuyến đã đóng"),
        el("p", f"Bàn giao {one.counted}, theo các điểm {one.expected} bưu gửi.",
           class_="wrong" if differs else None),
        el("p", one.remark) if one.remark else None,
        class_="card",
    )  # fmt: skip


def _all_stops(data: RoundData) -> Element:
    rows = [
        el(
            "tr",
            el("td", position),
            el("td", _hour(stop.begin_at)),
            el("td", el("strong", request.name), " ", el("span", request.address, class_="under")),
            el("td", request.items),
            el("td", STOP_STATE_NAMES[stop.state][0]
               + (f": {FAILURE_NAMES[stop.reason][0]}" if stop.reason else "")),
        )
        for position, stop in enumerate(data.counting, start=1)
        for request in (data.requests[stop.request],)
    ]  # fmt: skip
    heads = [el("th", text, scope="col") for text in ("#", "Giờ", "Nơi", "SL", "Kết quả")]
    return el(
        "section",
        el("h2", f"{len(data.counting)} điểm, {_kilometres(data.round.metres)} km"),
        el("div", el("table", el("thead", el("tr", heads)), el("tbody", rows)), class_="wide"),
        class_="card",
    )


def _position(data: RoundData, stop: RoundStop) -> int:
    return data.counting.index(stop) + 1


def _button(text: str, task: str) -> Element:
    return el("button", text, name=TASK, value=task)


def _hidden(name: str, value: str) -> Element:
    return el("input", type="hidden", name=name, value=value)


def _hour(moment: datetime) -> str:
    return f"{to_local(moment):%H:%M}"


def _kilometres(metres: int) -> str:
    return f"{metres / 1000:.1f}".replace(".", ",")
