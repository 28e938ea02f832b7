"""The page of one case: what both sides say, what became of it, and the form to work on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from postal_bridge.clock import format_day, format_local, local_day
from postal_bridge.identity import ROLE_NAMES, Actor
from postal_bridge.inbound import Staff
from postal_bridge.reconciliation.cases import FEWEST_LETTERS, OWNERS, CaseChange
from postal_bridge.reconciliation.records import (
    DIFFERENCE_NAMES,
    ENTRY_NAMES,
    CaseEntry,
    Discrepancy,
    EntryKind,
)
from postal_bridge.reconciliation.sign_offs import is_overdue
from postal_bridge.web.html import Child, Element, el
from postal_bridge.web.ports import PageWork
from postal_bridge.web.trace import Names, read_names
from postal_bridge.web.words import age, read_day, sentence

LONGEST_TEXT = 2000
"""What fits into a form; the API takes more."""

OWNER, DUE, EXPLANATION, COMMENT, REASON = "giao", "han", "giai_trinh", "y_kien", "ly_do"
BEFORE = "_truoc"
"""Ends the name of the field that says what stood there when the page was made."""

TASK, TAKE, SAVE, REOPEN = "viec", "nhan", "luu", "mo_lai"


@dataclass(frozen=True, kw_only=True)
class CaseData:
    """Everything that the page of a case shows.

    Attributes:
        owners: who may own it, by name.
        typed: what somebody typed and was refused, by field; wrong: why.
    """

    now: datetime
    actor: Actor
    case: Discrepancy
    history: Sequence[CaseEntry]
    names: Names
    owners: Sequence[Staff]
    typed: Mapping[str, str]
    wrong: str | None = None


async def read_case(
    work: PageWork,
    case: Discrepancy,
    *,
    actor: Actor,
    now: datetime,
    typed: Mapping[str, str],
    wrong: str | None,
) -> CaseData:
    """Read what belongs to a case."""
    staff = [one for one in await work.inbound.all_staff() if one.role in OWNERS]
    return CaseData(
        now=now,
        actor=actor,
        case=case,
        history=await work.nights.entries(case.id),
        names=await read_names(work),
        owners=sorted(staff, key=lambda one: one.name),
        typed=typed,
        wrong=wrong,
    )


def path_of(case: Discrepancy) -> str:
    """The address of a case's page."""
    return f"/chenh-lech/{case.id}"


def wanted_of(form: Mapping[str, str]) -> CaseChange | None:
    """What the form asks for; None where the due date is no date.

    A field that stands as it stood when the page was made asks for nothing, so nobody undoes
    what a colleague wrote meanwhile.
    """
    due = _typed(form, DUE)
    day = read_day(due) if due else None
    if due and day is None:
        return None
    return CaseChange(
        owner=_typed(form, OWNER),
        due_on=day,
        explanation=_typed(form, EXPLANATION),
        comment=form.get(COMMENT, "").strip() or None,
    )


def _typed(form: Mapping[str, str], name: str) -> str | None:
    now_is = form.get(name)
    return None if now_is is None or now_is == form.get(f"{name}{BEFORE}") else now_is


# --- the page -------------------------------------------------------------------------------------


def case_page(data: CaseData) -> list[Child]:
    """The whole page."""
    case = data.case
    return [
        el("p", el("a", "← Bảng theo dõi", href="/bang#doi-soat"), class_="back"),
        el(
            "div",
            el("h1", sentence(DIFFERENCE_NAMES[case.kind][0])),
            el("p", el("span", case.dossier_code, class_="code"), class_="lead"),
            class_="title",
        ),
        el("p", data.wrong, class_="wrong", role="alert") if data.wrong else None,
        el("section", _facts(data), class_="card", aria_label="Hai bên ghi gì"),
        _work_form(data),
        _reopening_form(data) if case.closed_on else None,
        el(
            "section",
            el("h2", "Lịch sử"),
            el("ol", [_line(one, data.names) for one in reversed(data.history)], class_="history")
            if data.history
            else el("p", "Chưa có gì được ghi.", class_="empty"),
            class_="card",
        ),
    ]


def _facts(data: CaseData) -> Element:
    case, today = data.case, local_day(data.now)
    shown: list[tuple[str, Child]] = [
        ("Sổ bưu điện ghi", case.ours or "–"),
        ("Bên kia ghi", case.theirs or "–"),
        ("Tiếp nhận ngày", format_day(case.received_on)),
        ("Mở từ", f"{format_day(case.opened_on)} ({age(case.age_days(today))})"),
        ("Thấy lần cuối", format_day(case.last_seen_on)),
    ]
    if case.closed_on:
        shown.append(("Đã đóng", format_day(case.closed_on)))
    else:
        shown.append(("Hạn xử lý", due_words(case, today=today)))
    owner = data.names.person(case.owner) if case.owner else "chưa ai nhận"
    shown.append(("Phụ trách", owner))
    if case.reopened:
        shown.append(("Đã mở lại", f"{case.reopened} lần"))
    if case.remedy:
        shown.append(("Đã tự xử lý", case.remedy))
    return el("dl", [el("div", el("dt", n), el("dd", v)) for n, v in shown], class_="facts")


def due_words(case: Discrepancy, *, today: date) -> list[Child]:
    """The due date, marked where it has passed."""
    if case.due_on is None:
        return ["–"]
    late = is_overdue(case, today=today)
    return [
        format_day(case.due_on),
        el("strong", " quá hạn", class_="late whole") if late else None,
    ]


def _work_form(data: CaseData) -> Element:
    case, typed = data.case, data.typed
    still_open = case.closed_on is None
    due = format_day(case.due_on) if case.due_on else ""
    told = case.explanation or ""
    fields: list[Child] = []
    if still_open:
        fields.append(el("div", _owner_field(data), _due_field(due, typed), class_="pair"))
    fields += [
        _kept(EXPLANATION, told),
        _text_field(EXPLANATION, "Giải trình: vì sao lệch", typed.get(EXPLANATION, told)),
        _text_field(COMMENT, "Ý kiến, ghi thêm vào lịch sử", typed.get(COMMENT, "")),
    ]
    mine = case.owner == data.actor.username
    take = el("button", "Nhận việc và lưu", name=TASK, value=TAKE, class_="quiet")
    buttons = el(
        "p",
        el("button", "Lưu", name=TASK, value=SAVE),
        take if still_open and not mine else None,
        class_="buttons",
    )
    return _form(case, "Xử lý", fields, buttons)


def _owner_field(data: CaseData) -> list[Child]:
    owner = data.case.owner or ""
    chosen = data.typed.get(OWNER, owner)
    options = [el("option", "chưa ai nhận", value="", selected=not chosen)]
    options += [
        el(
            "option",
            f"{one.name} ({ROLE_NAMES[one.role]})",
            value=one.username,
            selected=one.username == chosen,
        )
        for one in data.owners
    ]
    select = el("select", options, name=OWNER)
    return [_kept(OWNER, owner), el("label", el("span", "Người phụ trách"), select)]


def _due_field(due: str, typed: Mapping[str, str]) -> list[Child]:
    box = el(
        "input",
        type="text",
        name=DUE,
        value=typed.get(DUE, due),
        placeholder="dd/MM/yyyy",
        autocomplete="off",
        maxlength=10,
    )
    return [_kept(DUE, due), el("label", el("span", "Hạn xử lý"), box)]


def _text_field(name: str, label: str, value: str, *, required: bool = False) -> Element:
    area = el(
        "textarea",
        value,
        name=name,
        rows=3,
        maxlength=LONGEST_TEXT,
        required=required,
        minlength=FEWEST_LETTERS if required else None,
    )
    return el("label", el("span", label), area)


def _kept(name: str, value: str) -> Element:
    return el("input", type="hidden", name=f"{name}{BEFORE}", value=value)


def _reopening_form(data: CaseData) -> Element:
    told = "Chỉ mở lại khi biết chắc chênh lệch vẫn còn; đêm sau không thấy thì lại đóng."
    reason = _text_field(REASON, "Lý do mở lại", data.typed.get(REASON, ""), required=True)
    button = el("button", "Mở lại", name=TASK, value=REOPEN, class_="quiet")
    fields = [el("p", told, class_="note"), reason]
    return _form(data.case, "Mở lại", fields, el("p", button, class_="buttons"))


def _form(case: Discrepancy, title: str, fields: Sequence[Child], buttons: Element) -> Element:
    return el(
        "form",
        el("h2", title),
        *fields,
        buttons,
        action=path_of(case),
        method="post",
        class_="card work",
    )


def _line(entry: CaseEntry, names: Names) -> Element:
    said = _words(entry, entry.text, names)
    was = _words(entry, entry.before, names) if entry.before else ""
    return el(
        "li",
        el("time", format_local(entry.written_at)),
        el("span", names.person(entry.author), class_="by"),
        el("strong", sentence(ENTRY_NAMES[entry.kind][0])),
        el("span", said or "bỏ trống", el("small", f"trước: {was}") if was else None),
    )


def _words(entry: CaseEntry, text: str, names: Names) -> str:
    """An owner's name and a date as people write them."""
    if entry.kind is EntryKind.OWNER:
        return names.person(text) if text else "không còn ai nhận"
    is_date = entry.kind is EntryKind.DUE or (
        entry.kind is EntryKind.REOPENED and text == entry.before
    )
    return format_day(date.fromisoformat(text)) if is_date else text
