"""The night on the board: both sides' counts, each open case with its owner, and who signed."""

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.logs import mask_text
from postal_bridge.reconciliation.cases import FEWEST_LETTERS
from postal_bridge.reconciliation.discrepancies import ages
from postal_bridge.reconciliation.records import (
    DIFFERENCE_NAMES,
    DifferenceKind,
    Discrepancy,
    Night,
    NightState,
    SignOff,
)
from postal_bridge.reconciliation.sign_offs import (
    SIDE_NAMES,
    SIDE_OF,
    Signatures,
    SigningSide,
    is_overdue,
    left_lying,
)
from postal_bridge.web.board import BoardData
from postal_bridge.web.cases import LONGEST_TEXT, TAKE, TASK, due_words, path_of
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.words import age, count, sentence

CASES_OF_A_CLASS = 40
UNFOLDED_UP_TO = 20
"""So few cases are shown at once; more of them are unfolded class by class."""

LONGEST_SAID = 140
"""So much of the last comment is shown; all of it stands on the case's own page."""


def night_section(data: BoardData) -> list[Child]:
    """What the last night found."""
    if data.night is None:
        told = "Chưa có đêm nào được đối soát đến ngày này. Kết quả sẽ hiện ở đây sau lần chạy đầu."
        return [el("p", told, class_="empty")]
    signed = _signatures(data.night, data.signed, data) if data.signed else []
    return [*_run(data.night), *_cases(data), *signed]


def _run(night: Night) -> list[Child]:
    when = f"Đêm {format_day(night.day)}, chạy lúc {format_local(night.started_at)}"
    window = f"hồ sơ tiếp nhận từ {format_day(night.window_from)}"
    lead = el("p", f"{when}; so với hệ thống một cửa ({night.source}), {window}.", class_="lead")
    if night.state is NightState.FAILED:
        return [lead, _trouble("Đêm này đối soát không xong", night.error)]
    facts = (
        ("Sổ bưu điện", count(night.ours)),
        ("Hệ thống một cửa", count(night.theirs)),
        ("Chênh lệch đêm này", count(night.found)),
        ("Mới mở / vừa đóng", f"{count(night.opened)} / {count(night.closed)}"),
        ("Không so được trạng thái", count(night.uncompared)),
    )
    return [
        lead,
        el(
            "dl",
            [el("div", el("dt", name), el("dd", value)) for name, value in facts],
            class_="facts",
        ),
        [el("p", line, class_="note") for line in night.statistics.splitlines() if line.strip()],
        el("p", night.on_time_rule, class_="note") if night.on_time_rule else None,
        _trouble("Lần chạy lại", night.error) if night.error else None,
    ]


def _trouble(title: str, error: str | None) -> Element:
    said = mask_text(error) if error else "không rõ nguyên nhân"
    return el("p", el("strong", f"{title}: "), said, class_="wrong")


def _cases(data: BoardData) -> list[Child]:
    if data.cases is None:
        told = "Chi tiết từng chênh lệch dành cho cán bộ Trung tâm và giám sát bưu điện."
        return [el("p", told, class_="note")]
    if not data.cases:
        return [el("p", "Không có chênh lệch nào đang mở: hai bên khớp nhau.", class_="empty good")]
    by_class = {kind: [case for case in data.cases if case.kind == kind] for kind in DifferenceKind}
    unfolded = len(data.cases) <= UNFOLDED_UP_TO
    return [
        el("h3", f"{count(len(data.cases))} chênh lệch đang mở, theo tuổi và theo loại"),
        _open_counts(data.cases, today=local_day(data.now)),
        [
            _class(kind, cases, data=data, unfolded=unfolded)
            for kind, cases in by_class.items()
            if cases
        ],
    ]


def _open_counts(cases: Sequence[Discrepancy], *, today: date) -> Element:
    """How many there are of each age, overdue, and nobody's."""
    overdue = sum(is_overdue(case, today=today) for case in cases)
    nobody = sum(case.owner is None for case in cases)
    shown = [(sentence(band), number, "") for band, number in ages(cases, today=today).items()]
    shown += [("Quá hạn", overdue, "late"), ("Chưa ai nhận", nobody, "late")]
    return el(
        "dl",
        [
            el("div", el("dt", name), el("dd", count(number), class_=marked if number else None))
            for name, number, marked in shown
        ],
        class_="facts ages",
    )


def _class(
    kind: DifferenceKind, cases: Sequence[Discrepancy], *, data: BoardData, unfolded: bool
) -> Element:
    today = max(local_day(data.now), *(case.last_seen_on for case in cases))
    oldest = max(case.age_days(today) for case in cases)
    more = len(cases) - CASES_OF_A_CLASS
    head = el("tr", [el("th", name, scope="col") for name in _HEADINGS])
    return el(
        "details",
        el(
            "summary",
            el("strong", sentence(DIFFERENCE_NAMES[kind][0])),
            el("span", count(len(cases)), class_="number"),
            el("span", f"lâu nhất: {age(oldest)}", class_="beside"),
        ),
        el(
            "table",
            el("thead", head),
            el("tbody", [_case(case, data, today=today) for case in cases[:CASES_OF_A_CLASS]]),
            class_="cases",
        ),
        el("p", f"và {count(more)} hồ sơ khác cùng loại.", class_="note") if more > 0 else None,
        class_="class",
        open=unfolded,
    )


_HEADINGS = ("Hồ sơ", "Sổ bưu điện ghi", "Bên kia ghi", "Mở từ", "Hạn", "Phụ trách")


def _case(case: Discrepancy, data: BoardData, *, today: date) -> Element:
    opened: list[Child] = [
        format_day(case.opened_on),
        el("small", age(case.age_days(today)), class_="under"),
    ]
    words: tuple[Child, ...] = (
        el("a", case.dossier_code, href=path_of(case), class_="code"),
        case.ours or "–",
        case.theirs or "–",
        opened,
        due_words(case, today=local_day(data.now)),
        _looked_after(case, data),
    )
    cells = [
        el("td", el("div", word), data_name=name)
        for name, word in zip(_HEADINGS, words, strict=True)
    ]
    return el("tr", cells)


def _looked_after(case: Discrepancy, data: BoardData) -> list[Child]:
    """Who looks after it and what was said last; or the button to take it."""
    last = data.comments.get(case.id)
    said = last.text if last else case.explanation
    if said is not None and len(said) > LONGEST_SAID:
        said = f"{said[:LONGEST_SAID].rstrip()}…"
    owner: Child
    if case.owner:
        owner = data.names.person(case.owner)
    else:
        owner = el(
            "form",
            el("input", type="hidden", name="ve", value=_back(data)),
            el("button", "Nhận việc", name=TASK, value=TAKE, class_="quiet small"),
            action=path_of(case),
            method="post",
        )
    return [owner, el("small", said, class_="under") if said else None]


# --- signatures -----------------------------------------------------------------------------------


def _back(data: BoardData) -> str:
    """The board as it is shown now."""
    first, last = format_day(data.period.first), format_day(data.period.last)
    return "/bang?" + urlencode({"tu": first, "den": last}) + "#doi-soat"


def _signatures(night: Night, signed: Signatures, data: BoardData) -> list[Child]:
    if night.report is None or night.state is not NightState.DONE:
        return []
    lines = [
        _signature(sentence(SIDE_NAMES[side][0]), signed.standing.get(side)) for side in SigningSide
    ]
    many = len(signed.earlier)
    told = f"{many} chữ ký cho báo cáo trước của đêm này không còn hiệu lực." if many else None
    return [
        el("h3", "Ký xác nhận đêm này", class_="signing"),
        el("ul", lines, class_="signatures"),
        el("p", told, class_="note") if told else None,
        _sign_form(night, signed, data),
    ]


def _signature(side: str, signature: SignOff | None) -> Element:
    if signature is None:
        return el("li", el("strong", f"{side}: "), "chưa ký", class_="missing")
    when = f"{signature.name}, lúc {format_local(signature.signed_at)}"
    note = el("small", f"Ghi chú: {signature.note}", class_="under") if signature.note else None
    return el("li", el("strong", f"{side}: "), when, note)


def _sign_form(night: Night, signed: Signatures, data: BoardData) -> Element | None:
    side = SIDE_OF.get(data.actor.role)
    names = {one.username for one in signed.standing.values()}
    if side is None or side in signed.standing or data.actor.username in names:
        return None
    left = left_lying(data.cases or (), night=night.day, today=local_day(data.now))
    why = (
        f"Còn {count(len(left))} chênh lệch chưa ai nhận hoặc quá hạn mà chưa giải trình: "
        "phải ghi chú khi ký."
    )
    box = el(
        "textarea",
        name="ghi_chu",
        rows=2,
        maxlength=LONGEST_TEXT,
        required=bool(left),
        minlength=FEWEST_LETTERS if left else None,
    )
    return el(
        "form",
        el("p", why, class_="note") if left else None,
        el("input", type="hidden", name="bao_cao", value=night.report),
        el("input", type="hidden", name="ve", value=_back(data)),
        el("label", el("span", "Ghi chú" if left else "Ghi chú (không bắt buộc)"), box),
        el("p", el("button", f"Ký thay mặt {SIDE_NAMES[side][0]}"), class_="buttons"),
        action=f"/dem/{night.day.isoformat()}/ky",
        method="post",
        class_="work sign",
    )
