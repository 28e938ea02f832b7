"""The night on the board: both sides' counts, and each open difference with what both say."""

from collections.abc import Sequence

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.logs import mask_text
from postal_bridge.reconciliation.records import (
    DIFFERENCE_NAMES,
    DifferenceKind,
    Discrepancy,
    Night,
    NightState,
)
from postal_bridge.web.board import BoardData
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.words import age, count, sentence

CASES_OF_A_CLASS = 40
UNFOLDED_UP_TO = 20
"""So few cases are shown at once; more of them are unfolded class by class."""


def night_section(data: BoardData) -> list[Child]:
    """What the last night found."""
    if data.night is None:
        told = "Chưa có đêm nào được đối soát đến ngày này. Kết quả sẽ hiện ở đây sau lần chạy đầu."
        return [el("p", told, class_="empty")]
    return [*_run(data.night), *_cases(data)]


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
        el("h3", f"{count(len(data.cases))} chênh lệch đang mở, theo loại"),
        [
            _class(kind, cases, data=data, unfolded=unfolded)
            for kind, cases in by_class.items()
            if cases
        ],
    ]


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
            el(
                "tbody",
                [_case(case, age(case.age_days(today))) for case in cases[:CASES_OF_A_CLASS]],
            ),
            class_="cases",
        ),
        el("p", f"và {count(more)} hồ sơ khác cùng loại.", class_="note") if more > 0 else None,
        class_="class",
        open=unfolded,
    )


_HEADINGS = ("Hồ sơ", "Sổ bưu điện ghi", "Một cửa ghi", "Mở từ", "Đã")


def _case(case: Discrepancy, how_old: str) -> Element:
    words: tuple[Child, ...] = (
        el("span", case.dossier_code, class_="code"),
        case.ours or "–",
        case.theirs or "–",
        format_day(case.opened_on),
        how_old,
    )
    cells = [el("td", word, data_name=name) for name, word in zip(_HEADINGS, words, strict=True)]
    return el("tr", cells)
