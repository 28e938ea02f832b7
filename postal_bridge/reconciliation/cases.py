"""What people do about a case: own it, date it, explain it, talk about it, open it again.

Nobody closes a case by hand: it stands for a difference between two systems, and only a night
that looked and no longer saw the difference knows that it has gone. Whoever could close it by
hand would make the count look proven. Each change is a line in the case's history with who, when,
before and after; what a night does writes its lines too (`night_entries`).
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from postal_bridge.clock import format_day, local_day
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import NIGHT, ROLE_NAMES, Actor, Role
from postal_bridge.inbound import Staff
from postal_bridge.reconciliation.discrepancies import Settlement
from postal_bridge.reconciliation.ports import Nights
from postal_bridge.reconciliation.records import CaseEntry, Discrepancy, EntryKind

OWNERS = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADMIN})
"""Who may own a case: whoever may see it."""

MOST_AT_ONCE = 500
"""Cases that one bulk action may change; the doors see to it."""

FEWEST_LETTERS = 3
"""A shorter comment or reason says nothing."""

GONE = "Đêm này không còn thấy chênh lệch"
HEALED = "Chênh lệch đã được tự xử lý"

Change = tuple[EntryKind, str, str | None]
"""A line to be: what it tells, what it is now, what it was."""


@dataclass(frozen=True, kw_only=True)
class CaseDesk:
    """Where somebody works on cases, in one transaction.

    Attributes:
        staff: finds a member of staff by user name.
        due_days: so many days after it was opened again a case is due.
    """

    nights: Nights
    staff: Callable[[str], Awaitable[Staff | None]]
    actor: Actor
    now: datetime
    due_days: int = 3


@dataclass(frozen=True, kw_only=True)
class CaseChange:
    """What shall be different; None leaves it as it is.

    Attributes:
        owner: user name; "" gives the case back to nobody.
        explanation: "" takes it back.
        comment: a line in the history, nothing else.
    """

    owner: str | None = None
    due_on: date | None = None
    explanation: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Changed:
    """What became of a bulk action.

    Attributes:
        cases: all of them, by identifier; changed: how many are not as they were.
    """

    cases: tuple[Discrepancy, ...]
    changed: int


async def change(desk: CaseDesk, case_id: str, wanted: CaseChange) -> Discrepancy | Refusal:
    """Change one case; what is as it was already leaves no line.

    Refuses (`DISCREPANCY_UNKNOWN`, `STAFF_UNKNOWN`, `CASE_OWNER_SEES_NOTHING`, `DUE_IN_PAST`,
    `CASE_CLOSED`, `WORDS_MISSING`). A closed case still takes comments and explanations: what it
    was is often understood afterwards.
    """
    done = await change_many(desk, [case_id], wanted)
    return done if isinstance(done, Refusal) else done.cases[0]


async def change_many(
    desk: CaseDesk, case_ids: Iterable[str], wanted: CaseChange
) -> Changed | Refusal:
    """Change many cases alike: all or none, each with its own lines in its own history."""
    no = await _owner_refused(desk, wanted.owner) or _comment_refused(wanted.comment)
    if no is not None:
        return no
    held: list[tuple[Discrepancy, list[Change]]] = []
    # In the order of a night's writing, so that the two never wait for each other in a circle.
    for case_id in sorted(set(case_ids)):
        case = await desk.nights.case(case_id)
        if case is None:
            return refuse(Reason.DISCREPANCY_UNKNOWN, "id", id=case_id)
        lines = list(_lines(case, wanted))
        if (no := _refused(case, lines, today=local_day(desk.now))) is not None:
            return no
        held.append((case, lines))
    cases = [await _written(desk, case, lines) for case, lines in held]
    return Changed(tuple(cases), sum(bool(lines) for _, lines in held))


async def comment(desk: CaseDesk, case_id: str, text: str) -> Discrepancy | Refusal:
    """Say something about a case, open or closed."""
    return await change(desk, case_id, CaseChange(comment=text))


async def reopen(desk: CaseDesk, case_id: str, *, reason: str) -> Discrepancy | Refusal:
    """Open a closed case again because somebody knows better than the night that closed it.

    It is due anew. A later night that looks at the dossier and sees no difference closes it
    again. Refuses (`DISCREPANCY_UNKNOWN`, `CASE_OPEN`, `WORDS_MISSING`).
    """
    case = await desk.nights.case(case_id)
    if case is None:
        return refuse(Reason.DISCREPANCY_UNKNOWN, "id", id=case_id)
    if case.closed_on is None:
        return refuse(Reason.CASE_OPEN, "id", code=case.dossier_code)
    if is_wordless(reason):
        return refuse(Reason.WORDS_MISSING, "reason", fewest=FEWEST_LETTERS)
    line = (EntryKind.REOPENED, reason.strip(), case.closed_on.isoformat())
    again = case.model_copy(
        update={
            "closed_on": None,
            "reopened": case.reopened + 1,
            "due_on": local_day(desk.now) + timedelta(days=desk.due_days),
            "remedy": "",
        }
    )
    return await _written(desk, again, [line])


def is_wordless(text: str) -> bool:
    """Whether somebody typed nothing to speak of."""
    return len(text.strip()) < FEWEST_LETTERS


# --- changes by people ----------------------------------------------------------------------------


async def _owner_refused(desk: CaseDesk, owner: str | None) -> Refusal | None:
    if not owner:
        return None
    staff = await desk.staff(owner)
    if staff is None:
        return refuse(Reason.STAFF_UNKNOWN, "owner", username=owner)
    if staff.role not in OWNERS:
        role = ROLE_NAMES[staff.role]
        return refuse(Reason.CASE_OWNER_SEES_NOTHING, "owner", name=staff.name, role=role)
    return None


def _comment_refused(text: str | None) -> Refusal | None:
    if text is None or not is_wordless(text):
        return None
    return refuse(Reason.WORDS_MISSING, "comment", fewest=FEWEST_LETTERS)


def _lines(case: Discrepancy, wanted: CaseChange) -> Iterator[Change]:
    """The lines that this change is worth: none for what is so already."""
    due = case.due_on.isoformat() if case.due_on else None
    if wanted.owner is not None and wanted.owner != (case.owner or ""):
        yield EntryKind.OWNER, wanted.owner, case.owner
    if wanted.due_on is not None and wanted.due_on != case.due_on:
        yield EntryKind.DUE, wanted.due_on.isoformat(), due
    said = wanted.explanation
    if said is not None and said.strip() != (case.explanation or ""):
        yield EntryKind.EXPLANATION, said.strip(), case.explanation
    if wanted.comment is not None:
        yield EntryKind.COMMENT, wanted.comment.strip(), None


def _refused(case: Discrepancy, lines: list[Change], *, today: date) -> Refusal | None:
    told = {kind: text for kind, text, _ in lines}
    due = told.get(EntryKind.DUE)
    if case.closed_on is not None and {EntryKind.OWNER, EntryKind.DUE} & set(told):
        closed_on = format_day(case.closed_on)
        return refuse(Reason.CASE_CLOSED, "id", code=case.dossier_code, closed_on=closed_on)
    if due is not None and date.fromisoformat(due) < today:
        shown = format_day(date.fromisoformat(due))
        return refuse(Reason.DUE_IN_PAST, "due_on", due_on=shown)
    return None


async def _written(desk: CaseDesk, case: Discrepancy, lines: list[Change]) -> Discrepancy:
    """Write the case with its lines; a case without lines is left alone."""
    values: dict[str, object] = {}
    for kind, text, before in lines:
        values |= _value(kind, text)
        await desk.nights.add_entry(
            CaseEntry(
                case_id=case.id,
                number=1,
                kind=kind,
                author=desk.actor.username,
                written_at=desk.now,
                text=text,
                before=before,
            )
        )
    changed = case.model_copy(update=values)
    if lines:
        await desk.nights.put_case(changed)
    return changed


def _value(kind: EntryKind, text: str) -> dict[str, object]:
    if kind is EntryKind.DUE:
        return {"due_on": date.fromisoformat(text)}
    if kind in {EntryKind.OWNER, EntryKind.EXPLANATION}:
        return {kind.value: text or None}
    return {}


# --- what a night writes --------------------------------------------------------------------------


def night_entries(settlement: Settlement, *, night: date, now: datetime) -> list[CaseEntry]:
    """The lines that a night leaves in the history of cases, by case.

    A case that is merely seen again gets no line, so a night that is run again writes none.
    """
    changes: list[tuple[str, Change]] = []
    for case in settlement.opened:
        changes.append((case.id, (EntryKind.OPENED, _both_sides(case), None)))
        changes += _mended(case, remedied_before="")
    for case in settlement.reopened:
        before = settlement.before.get(case.id)
        closed_on = before.closed_on.isoformat() if before and before.closed_on else None
        changes.append((case.id, (EntryKind.REOPENED, _both_sides(case), closed_on)))
        changes += _mended(case, remedied_before="")
    for case in settlement.touched:
        before = settlement.before.get(case.id, case)
        if (was := _both_sides(before)) != (now_is := _both_sides(case)):
            changes.append((case.id, (EntryKind.CHANGED, now_is, was)))
        changes += _mended(case, remedied_before=before.remedy)
    changes += [(case.id, (EntryKind.CLOSED, GONE, None)) for case in settlement.closed]
    changes.sort(key=lambda one: one[0])  # within a case the order stays
    return [
        CaseEntry(
            case_id=case_id,
            number=1,
            kind=kind,
            author=NIGHT.username,
            written_at=now,
            night=night,
            text=text,
            before=before_it,
        )
        for case_id, (kind, text, before_it) in changes
    ]


def _mended(case: Discrepancy, *, remedied_before: str) -> Iterator[tuple[str, Change]]:
    if case.remedy and case.remedy != remedied_before:
        yield case.id, (EntryKind.REMEDIED, case.remedy, remedied_before or None)
    if case.closed_on is not None:
        yield case.id, (EntryKind.CLOSED, HEALED, None)


def _both_sides(case: Discrepancy) -> str:
    return f"Sổ bưu điện: {case.ours or '–'}; bên kia: {case.theirs or '–'}"
