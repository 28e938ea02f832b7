"""The page on which papers are photographed: each paper with its pages, flags told at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from postal_bridge.documents.page_values import FLAG_WORDS, TAKE_AGAIN, Flag
from postal_bridge.documents.records import Document, DocumentKind, Page, PageState
from postal_bridge.dossiers.records import ChecklistLine
from postal_bridge.web.html import Child, Element, el

TASK, PAGE, VERSION, TURN, POSITION, DOCUMENT = "viec", "trang", "lan", "goc", "giay", "tai_lieu"
TURNING, REMOVING, RESTORING, ASSEMBLING, SIGNING = "xoay", "bo", "lay_lai", "lap", "ky"
_PREVIEW_ROUND = 360
_QUARTER = 90
Hidden = Mapping[str, str | int | None]
"""Hidden fields of a form; none where there is no value."""


@dataclass(frozen=True, kw_only=True)
class CaptureData:
    """Everything that the page shows.

    Attributes:
        signs: whether documents can be signed here.
    """

    code: str
    procedure: str
    lines: Sequence[ChecklistLine]
    pages: Sequence[Page]
    documents: Sequence[Document]
    signs: bool
    wrong: str | None = None

    def pages_of(self, position: int) -> list[Page]:
        """Those that count, in order."""
        return [
            one for one in self.pages if one.position == position and one.state is PageState.CURRENT
        ]


def path_of(code: str) -> str:
    """The address of a dossier's papers."""
    return f"/chup/{code}"


def find_form(*, typed: str = "", wrong: str | None = None) -> list[Child]:
    """Which dossier's papers are to be photographed."""
    return [
        el(
            "form",
            el("h1", "Chụp giấy tờ"),
            el("p", wrong, class_="wrong", role="alert") if wrong else None,
            el(
                "label",
                el("span", "Mã hồ sơ (quét hoặc nhập)"),
                el("input", type="text", name="ma", value=typed, maxlength=80, required=True,
                   autocapitalize="characters", spellcheck="false", autofocus=True),
            ),
            el("button", "Mở hồ sơ"),
            action="/chup", method="get", class_="card sign-in",
        )
    ]  # fmt: skip


def capture_page(data: CaptureData) -> list[Child]:
    """The whole page: a card for each paper."""
    unplaced = data.pages_of(0)
    return [
        el("p", el("a", "← Hồ sơ khác", href="/chup"), class_="back"),
        el("div", el("h1", "Chụp giấy tờ ", el("span", data.code, class_="code")),
           el("p", data.procedure, class_="lead"), class_="title"),
        el("p", data.wrong, class_="wrong", role="alert") if data.wrong else None,
        el("p", "", id="mang", class_="note", role="status"),
        el("div", [_paper(data, line.position, line.paper_name, line.pages)
                   for line in data.lines],
           _paper(data, 0, "Chưa xếp vào giấy tờ nào", None) if unplaced else None,
           id="giay-to", data_ho_so=path_of(data.code)),
        _removed(data),
    ]  # fmt: skip


def _paper(data: CaptureData, position: int, name: str, counted: int | None) -> Element:
    pages = data.pages_of(position)
    heading = f"{position}. {name}" if position else name
    return el(
        "section",
        el("h2", heading),
        el("p", _counted(len(pages), counted), class_="note"),
        el("ul", [_page(data.code, page) for page in pages], class_="pages"),
        el("ul", class_="queue"),
        el("div", _file_buttons() if position else None, class_="buttons"),
        _documents(data, position, pages),
        class_="card paper",
        data_giay=position,
    )


def _counted(captured: int, counted: int | None) -> str:
    if counted is None:
        return f"{captured} trang"
    said = f"Đã chụp {captured} trang, giấy có {counted} trang"
    return f"{said}." if captured == counted else f"{said}: chưa khớp."


def _file_buttons() -> list[Child]:
    return [
        el("label", "Chụp trang", el("input", type="file", accept="image/*",
           capture="environment", class_="unseen file"), class_="button"),
        el("label", "Chọn tệp", el("input", type="file", accept="image/*,application/pdf",
           multiple=True, class_="unseen file"), class_="button quiet"),
    ]  # fmt: skip


def _page(code: str, page: Page) -> Element:
    flags = [Flag(one) for one in page.flags.split()]
    return el(
        "li",
        el("img", src=f"{path_of(code)}/trang/{page.id}.jpg?lan={page.version}", loading="lazy",
           alt=f"Trang từ tệp {page.file_name}", width=_PREVIEW_ROUND, height=_PREVIEW_ROUND),
        [el("p", FLAG_WORDS[one][0], class_="wrong" if one in TAKE_AGAIN else "note")
         for one in flags],
        el("div",
           _button(code, "Xoay", TURNING, page, turn=(page.turn + _QUARTER) % (4 * _QUARTER)),
           _button(code, "Bỏ", REMOVING, page), class_="buttons"),
    )  # fmt: skip


def _button(code: str, said: str, task: str, page: Page, *, turn: int | None = None) -> Element:
    fields: Hidden = {TASK: task, PAGE: page.id, VERSION: page.version, TURN: turn}
    return _form(code, fields, said)


def _form(code: str, fields: Hidden, said: str) -> Element:
    hidden = [
        el("input", type="hidden", name=name, value=value)
        for name, value in fields.items()
        if value is not None
    ]
    return el("form", hidden, el("button", said, class_="quiet small"),
              action=path_of(code), method="post")  # fmt: skip


def _documents(data: CaptureData, position: int, pages: Sequence[Page]) -> Element | None:
    there = [
        one for one in data.documents if one.position == position and one.superseded_by is None
    ]
    made = [
        el(
            "p",
            el("a", one.file_name, href=f"{path_of(data.code)}/tai-lieu/{one.id}.pdf"),
            f" · {one.page_count} trang",
            el("span", "đã ký số", class_="tag") if one.kind is DocumentKind.SIGNED else None,
            _signing(data, one),
        )
        for one in there
    ]
    fields: Hidden = {TASK: ASSEMBLING, POSITION: position}
    assembling = _form(data.code, fields, "Lập PDF/A từ các trang") if pages else None
    return el("div", made, assembling, class_="documents") if made or assembling else None


def _signing(data: CaptureData, one: Document) -> Element | None:
    if not data.signs or one.kind is not DocumentKind.ASSEMBLED:
        return None
    return _form(data.code, {TASK: SIGNING, DOCUMENT: one.id}, "Ký số")


def _removed(data: CaptureData) -> Element | None:
    """What was taken out can be put back."""
    removed = [one for one in data.pages if one.state is PageState.REMOVED]
    if not removed:
        return None
    rows = [
        el("li", f"{one.file_name}, trang {one.file_index + 1} ",
           _button(data.code, "Lấy lại", RESTORING, one))
        for one in removed
    ]  # fmt: skip
    return el("details", el("summary", f"Trang đã bỏ ({len(removed)})"), el("ul", rows))
