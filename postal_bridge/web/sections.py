"""The board's sections: figures, the month's table, the way out and back, what is outstanding."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from postal_bridge.clock import format_day, format_local
from postal_bridge.journey import KIND_NAMES
from postal_bridge.tracking.month import ON_TIME_RULE, Tally
from postal_bridge.web.board import INCIDENTS_SHOWN, OUTSTANDING_ON_A_PAGE, BoardData, Row
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.night import night_section
from postal_bridge.web.trace import Way, incident_line, steps, whereabouts
from postal_bridge.web.words import Period, WrongPeriod, count, money, percent, sentence

COLUMNS = (
    ("Tiếp nhận", "received"),
    ("Đã giải quyết", "resolved"),
    ("Đúng hạn", "on_time"),
    ("Đã trả", "returned"),
    ("Đang xử lý", "in_progress"),
    ("Chờ bổ sung", "supplement"),
)


def board_page(data: BoardData) -> list[Child]:
    """The whole board, below the form of its period."""
    return [
        figures(data.month.total),
        section(
            "bang-thang",
            "Bảng tổng hợp theo sở, ngành",
            _month_table(data),
        ),
        section("di-ve", "Giấy tờ đi và về, phí đã thu", *_carried(data)),
        section("chua-ve", "Hồ sơ chưa về", *_outstanding(data)),
        section("doi-soat", "Đối soát ban đêm", *night_section(data)),
        section("su-co", "Sự cố đang mở", *_incidents(data)),
        section("so", "Sổ theo dõi", *_ledger(data)),
    ]


def section(identity: str, title: str, *content: Child) -> Element:
    """A part of the board with its heading."""
    head = el("h2", title, id=f"{identity}-ten")
    return el(
        "section", head, *content, id=identity, class_="card", aria_labelledby=f"{identity}-ten"
    )


def period_form(first: str, last: str, *, wrong: WrongPeriod | None = None) -> Element:
    """The form of the period with what stands in it, and what is wrong with it."""
    fields = []
    for name, label, value in (("tu", "Từ ngày", first), ("den", "Đến ngày", last)):
        faulty = wrong is not None and wrong.field == name
        fields.append(
            el(
                "label",
                el("span", label),
                el(
                    "input",
                    type="text",
                    name=name,
                    value=value,
                    placeholder="dd/MM/yyyy",
                    autocomplete="off",
                    maxlength=10,
                    aria_invalid="true" if faulty else None,
                    aria_describedby="ky-sai" if faulty else None,
                ),
            )
        )
    return el(
        "form",
        fields,
        el("button", "Xem"),
        el("p", wrong.why, id="ky-sai", class_="wrong", role="alert") if wrong else None,
        action="/bang",
        method="get",
        class_="period",
        aria_label="Khoảng ngày của bảng",
    )


def shown_in_form(period: Period) -> tuple[str, str]:
    """The period as it stands in the form."""
    return format_day(period.first), format_day(period.last)


# --- figures and the month's table ------------------------------------------------------------


def figures(total: Tally) -> Element:
    """The four figures that somebody looks for first."""
    late = total.resolved - total.on_time
    shown = (
        ("Tiếp nhận", count(total.received), "hồ sơ"),
        ("Đã giải quyết", count(total.resolved), percent(total.resolved, total.received)),
        (
            "Đúng hạn",
            percent(total.on_time, total.resolved),
            f"{count(late)} quá hạn" if late else "không có hồ sơ quá hạn",
        ),
        ("Đang xử lý", count(total.in_progress), _beside(total)),
    )
    return el(
        "dl",
        [
            el("div", el("dt", name), el("dd", value), el("dd", beside, class_="beside"))
            for name, value, beside in shown
        ],
        class_="figures",
    )


def _beside(total: Tally) -> str:
    waiting = f"{count(total.supplement)} chờ bổ sung"
    return f"{waiting}, {count(total.stopped)} đã dừng" if total.stopped else waiting


def _month_table(data: BoardData) -> list[Child]:
    total = data.month.total
    notes = [f"{sentence(ON_TIME_RULE)}."]
    if total.refused:
        notes.append(f"Ngoài ra {count(total.refused)} hồ sơ không được tiếp nhận.")
    if total.received == 0:
        empty = "Chưa có hồ sơ nào được tiếp nhận trong khoảng ngày này."
        return [el("p", empty, class_="empty"), el("p", *notes, class_="note")]
    head = el(
        "tr",
        el("th", "Sở, ngành, đơn vị", scope="col"),
        [el("th", name, scope="col") for name, _ in COLUMNS],
    )
    table = el(
        "table",
        el("caption", f"Hồ sơ tiếp nhận {data.period.shown}", class_="unseen"),
        el("thead", head),
        el("tbody", list(_month_rows(data.rows))),
        el("tfoot", _tally_row("Tổng cộng", total)),
        class_="figures-table",
    )
    return [
        scrolling(table, "Bảng tổng hợp theo sở, ngành"),
        el("p", " ".join(notes), class_="note"),
    ]


def _month_rows(rows: Sequence[Row]) -> Iterator[Element]:
    for row in rows:
        yield _tally_row(row.name, row.tally)
        for body in row.bodies:
            yield _tally_row(f"trong đó {body.name}", body.tally, class_="body")


def _tally_row(name: str, tally: Tally, *, class_: str | None = None) -> Element:
    values = vars(tally)
    cells = [
        el("td", count(values[field]), class_=None if values[field] else "zero")
        for _, field in COLUMNS
    ]
    return el("tr", el("th", name, scope="row"), cells, class_=class_)


def scrolling(table: Element, name: str) -> Element:
    """A wide table that a telephone moves sideways, also by keyboard."""
    return el("div", table, class_="wide", role="region", aria_label=name, tabindex=0)


# --- out and back, fees -------------------------------------------------------------------------


def _carried(data: BoardData) -> list[Child]:
    month = data.month
    facts = (
        ("Chuyển đi sở, ngành", count(month.carried_out)),
        ("Chuyển về Trung tâm", count(month.carried_back)),
        ("Đến lúc này chưa về", count(data.outstanding)),
        ("Biên lai phí, lệ phí", count(month.fee_receipts)),
        ("Tổng tiền thu", money(month.fees_vnd)),
        ("Lượt miễn phí, lệ phí", count(month.exemptions)),
    )
    return [
        el(
            "dl",
            [el("div", el("dt", name), el("dd", value)) for name, value in facts],
            class_="facts",
        ),
        el(
            "p",
            "Đi và về đếm theo bưu gửi đã được ký nhận bằng biên bản trong khoảng ngày.",
            class_="note",
        ),
    ]


# --- outstanding --------------------------------------------------------------------------------


def _outstanding(data: BoardData) -> list[Child]:
    if not data.outstanding:
        return [el("p", "Mọi hồ sơ bưu điện đã chuyển đi đều đã về. Rất tốt!", class_="empty good")]
    first = (data.page - 1) * OUTSTANDING_ON_A_PAGE
    told = f"{count(data.outstanding)} bưu gửi chưa về, lâu nhất đứng trước."
    if data.pages > 1:
        last = first + len(data.ways)
        told += f" Trang này: {count(first + 1)}–{count(last)}."
    return [
        el("p", told, class_="lead"),
        el("ul", [_outstanding_item(way, data) for way in data.ways], class_="items"),
        _paging(data) if data.pages > 1 else None,
    ]


def _outstanding_item(way: Way, data: BoardData) -> Element:
    position = way.position
    return el(
        "li",
        el(
            "h3",
            el("a", position.item_code, href=item_address(position.item_code), class_="code"),
            el("span", sentence(KIND_NAMES[position.kind][0]), class_="tag"),
        ),
        whereabouts(way, names=data.names, now=data.now),
        el(
            "details",
            el("summary", f"Hành trình: {count(len(way.steps))} bước"),
            steps(way, data.names),
        ),
    )


def item_address(code: str) -> str:
    """Where the page of an item is."""
    return "/buu-gui/" + urlencode({"": code})[1:].replace("%2F", "/").replace("+", "%20")


def _paging(data: BoardData) -> Element:
    def link(name: str, page: int) -> Element | None:
        if not 1 <= page <= data.pages:
            return None
        first, last = shown_in_form(data.period)
        query = urlencode({"tu": first, "den": last, "trang": page})
        return el("a", name, href=f"/bang?{query}#chua-ve")

    return el(
        "nav",
        link("← Lâu hơn", data.page - 1),
        el("span", f"Trang {data.page}/{data.pages}"),
        link("Mới hơn →", data.page + 1),
        class_="paging",
        aria_label="Các trang hồ sơ chưa về",
    )


# --- incidents and the ledger -------------------------------------------------------------------


def _incidents(data: BoardData) -> list[Child]:
    if not data.incidents:
        return [el("p", "Không có sự cố nào đang mở.", class_="empty good")]
    shown = data.incidents[:INCIDENTS_SHOWN]
    lines = [
        el("li", el("span", one.code, class_="code"), " ", incident_line(one, data.names))
        for one in shown
    ]
    more = len(data.incidents) > INCIDENTS_SHOWN
    rest = f"Chỉ hiện {INCIDENTS_SHOWN} sự cố mới nhất."
    return [el("ul", lines, class_="lines"), el("p", rest, class_="note") if more else None]


def _ledger(data: BoardData) -> list[Child]:
    told = f"Sổ có {count(data.ledger_events)} sự kiện."
    sealed = data.sealed
    if sealed is None:
        return [el("p", f"{told} Chưa có ngày nào được niêm phong.", class_="empty")]
    facts = (
        ("Ngày niêm phong gần nhất", format_day(sealed.day)),
        ("Sự kiện trong ngày", count(sealed.events)),
        ("Lúc", format_local(sealed.sealed_at)),
    )
    return [
        el(
            "dl",
            [el("div", el("dt", name), el("dd", value)) for name, value in facts],
            el(
                "div",
                el("dt", "Mã gốc"),
                el("dd", el("span", f"{sealed.root[:16]}…", class_="code", title=sealed.root)),
            ),
            class_="facts",
        ),
        el("p", told, class_="note"),
    ]
