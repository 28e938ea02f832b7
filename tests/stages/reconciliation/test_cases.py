"""Cases in people's hands: each change once, with who, when, before and after; nobody closes one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from postal_bridge.clock import local_day
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import NIGHT, Role
from postal_bridge.inbound import Staff
from postal_bridge.reconciliation.cases import (
    GONE,
    HEALED,
    CaseChange,
    CaseDesk,
    Changed,
    change,
    change_many,
    comment,
    is_wordless,
    night_entries,
    reopen,
)
from postal_bridge.reconciliation.discrepancies import settle
from postal_bridge.reconciliation.records import (
    CaseEntry,
    Difference,
    DifferenceKind,
    Discrepancy,
    EntryKind,
)
from tests.stages.memory import DUNG, MemoryWork
from tests.stores import NOW

TODAY = local_day(NOW)
DAY = timedelta(days=1)
E = EntryKind
STAFF = {
    one.username: one
    for one in (
        Staff(username="dung", name="Triệu Tiến Dũng", role=Role.SUPERVISOR),
        Staff(username="mai", name="Lê Thị Mai", role=Role.OFFICER),
        Staff(username="tuan", name="Lý Văn Tuấn", role=Role.COURIER),
    )
}


async def staff(username: str) -> Staff | None:
    return STAFF.get(username)


@pytest.fixture
def desk(work: MemoryWork) -> CaseDesk:
    return CaseDesk(nights=work.nights, staff=staff, actor=DUNG, now=NOW, due_days=3)


async def a_case(work: MemoryWork, case_id: str = "c1", **values: object) -> Discrepancy:
    case = Discrepancy(
        id=case_id,
        kind=DifferenceKind.STATE,
        dossier_code=f"D-{case_id}",
        received_on=TODAY,
        opened_on=TODAY,
        last_seen_on=TODAY,
        due_on=TODAY + DAY,
    ).model_copy(update=values)
    await work.nights.put_case(case)
    return case


async def history(work: MemoryWork, case_id: str = "c1") -> list[tuple[E, str, str | None]]:
    return [(one.kind, one.text, one.before) for one in await work.nights.entries(case_id)]


def reason_of(answer: object) -> Reason:
    assert isinstance(answer, Refusal), answer
    assert answer.sentence("vi") != answer.sentence("en")
    return answer.reason


# --- one case -------------------------------------------------------------------------------------


async def test_a_case_is_taken_dated_and_explained_and_each_is_a_line(
    work: MemoryWork, desk: CaseDesk
) -> None:
    await a_case(work)
    wanted = CaseChange(owner="mai", due_on=TODAY + 5 * DAY, explanation=" Một cửa chậm ")
    case = await change(desk, "c1", wanted)
    assert isinstance(case, Discrepancy)
    assert (case.owner, case.due_on, case.explanation) == ("mai", TODAY + 5 * DAY, "Một cửa chậm")
    assert await work.nights.case("c1") == case
    assert await history(work) == [
        (E.OWNER, "mai", None),
        (E.DUE, (TODAY + 5 * DAY).isoformat(), (TODAY + DAY).isoformat()),
        (E.EXPLANATION, "Một cửa chậm", None),
    ]
    line = (await work.nights.entries("c1"))[0]
    assert (line.author, line.written_at, line.night) == ("dung", NOW, None)


async def test_what_is_so_already_leaves_no_line(work: MemoryWork, desk: CaseDesk) -> None:
    before = await a_case(work, owner="mai", due_on=TODAY - DAY, explanation="vì lỗi mạng")
    same = CaseChange(owner="mai", due_on=TODAY - DAY, explanation="vì lỗi mạng  ")
    assert await change(desk, "c1", same) == before
    assert await change(desk, "c1", CaseChange()) == before
    assert await history(work) == []


async def test_owner_and_explanation_can_be_taken_back(work: MemoryWork, desk: CaseDesk) -> None:
    await a_case(work, owner="mai", explanation="nhầm")
    case = await change(desk, "c1", CaseChange(owner="", explanation=""))
    assert isinstance(case, Discrepancy)
    assert (case.owner, case.explanation) == (None, None)
    assert await history(work) == [(E.OWNER, "", "mai"), (E.EXPLANATION, "", "nhầm")]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (CaseChange(owner="nobody"), Reason.STAFF_UNKNOWN),
        (CaseChange(owner="tuan"), Reason.CASE_OWNER_SEES_NOTHING),
        (CaseChange(due_on=TODAY - DAY), Reason.DUE_IN_PAST),
        (CaseChange(comment="  a "), Reason.WORDS_MISSING),
        (CaseChange(comment=""), Reason.WORDS_MISSING),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    work: MemoryWork, desk: CaseDesk, wanted: CaseChange, reason: Reason
) -> None:
    before = await a_case(work)
    assert reason_of(await change(desk, "c1", wanted)) is reason
    assert await work.nights.case("c1") == before
    assert await history(work) == []


async def test_an_unknown_case_is_refused(desk: CaseDesk) -> None:
    assert reason_of(await comment(desk, "x", "đã gọi")) is Reason.DISCREPANCY_UNKNOWN
    assert reason_of(await reopen(desk, "x", reason="vẫn lệch")) is Reason.DISCREPANCY_UNKNOWN


async def test_today_is_no_day_in_the_past(work: MemoryWork, desk: CaseDesk) -> None:
    await a_case(work)
    case = await change(desk, "c1", CaseChange(due_on=TODAY))
    assert isinstance(case, Discrepancy)
    assert case.due_on == TODAY


async def test_a_comment_changes_nothing_but_the_history(work: MemoryWork, desk: CaseDesk) -> None:
    before = await a_case(work)
    assert await comment(desk, "c1", " Đã gọi Sở Tư pháp ") == before
    assert await comment(desk, "c1", "Đã gọi Sở Tư pháp") == before
    assert await history(work) == [(E.COMMENT, "Đã gọi Sở Tư pháp", None)] * 2


async def test_a_closed_case_takes_words_but_neither_owner_nor_date(
    work: MemoryWork, desk: CaseDesk
) -> None:
    await a_case(work, closed_on=TODAY)
    for wanted in (CaseChange(owner="mai"), CaseChange(due_on=TODAY + 5 * DAY)):
        assert reason_of(await change(desk, "c1", wanted)) is Reason.CASE_CLOSED
    told = await change(desk, "c1", CaseChange(explanation="Lỗi đồng bộ", comment="Đã xong"))
    assert isinstance(told, Discrepancy)
    assert (told.explanation, told.closed_on) == ("Lỗi đồng bộ", TODAY)


# --- opened again ---------------------------------------------------------------------------------


async def test_a_closed_case_is_opened_again_with_a_reason_and_due_anew(
    work: MemoryWork, desk: CaseDesk
) -> None:
    await a_case(work, closed_on=TODAY, due_on=TODAY - DAY, remedy="đã sửa", owner="mai")
    case = await reopen(desk, "c1", reason=" Giấy vẫn ghi khác ")
    assert isinstance(case, Discrepancy)
    assert (case.closed_on, case.reopened, case.due_on) == (None, 1, TODAY + 3 * DAY)
    assert (case.remedy, case.owner) == ("", "mai")
    assert await work.nights.case("c1") == case
    assert await history(work) == [(E.REOPENED, "Giấy vẫn ghi khác", TODAY.isoformat())]


async def test_an_open_case_is_not_opened_and_a_closed_one_not_without_a_reason(
    work: MemoryWork, desk: CaseDesk
) -> None:
    await a_case(work)
    await a_case(work, "c2", closed_on=TODAY)
    assert reason_of(await reopen(desk, "c1", reason="vẫn lệch")) is Reason.CASE_OPEN
    assert reason_of(await reopen(desk, "c2", reason="  ")) is Reason.WORDS_MISSING


# --- many cases -----------------------------------------------------------------------------------


async def test_many_cases_change_alike_each_with_its_own_line(
    work: MemoryWork, desk: CaseDesk
) -> None:
    for case_id, owner in (("c1", None), ("c2", "mai"), ("c3", "dung")):
        await a_case(work, case_id, owner=owner)
    done = await change_many(desk, ["c3", "c1", "c2", "c1"], CaseChange(owner="mai"))
    assert isinstance(done, Changed)
    assert ([case.id for case in done.cases], done.changed) == (["c1", "c2", "c3"], 2)
    assert {case.owner for case in await work.nights.cases(open_only=True)} == {"mai"}
    assert await history(work, "c1") == [(E.OWNER, "mai", None)]
    assert await history(work, "c2") == []
    assert await history(work, "c3") == [(E.OWNER, "mai", "dung")]


@pytest.mark.parametrize(
    ("other", "reason"),
    [("unknown", Reason.DISCREPANCY_UNKNOWN), ("closed", Reason.CASE_CLOSED)],
)
async def test_one_case_that_cannot_be_changed_refuses_them_all(
    work: MemoryWork, desk: CaseDesk, other: str, reason: Reason
) -> None:
    before = await a_case(work, "a")
    await a_case(work, "closed", closed_on=TODAY)
    done = await change_many(desk, ["a", other], CaseChange(owner="mai"))
    assert reason_of(done) is reason
    assert await work.nights.case("a") == before
    assert await history(work, "a") == []


@pytest.mark.parametrize(("text", "wordless"), [("", True), (" ab ", True), ("abc", False)])
def test_too_few_letters_say_nothing(text: str, wordless: bool) -> None:
    assert is_wordless(text) is wordless


# --- what a night writes --------------------------------------------------------------------------


def difference(*, theirs: str = "trực tuyến", code: str = "D1") -> Difference:
    return Difference(
        kind=DifferenceKind.CHANNEL,
        dossier_code=code,
        ours="trực tiếp",
        theirs=theirs,
        received_on=TODAY,
    )


def a_night(
    cases: list[Discrepancy], *differences: Difference, on: date, remedy: str = ""
) -> tuple[list[Discrepancy], list[CaseEntry]]:
    """The cases after a night, and its lines."""
    settled = settle(cases, differences, night=on, covered=lambda _case: True, due_days=3)
    if remedy:
        mended = {"remedy": remedy, "closed_on": on}
        settled = replace(
            settled,
            opened=tuple(case.model_copy(update=mended) for case in settled.opened),
            touched=tuple(case.model_copy(update=mended) for case in settled.touched),
        )
    known = {case.id: case for case in cases} | {case.id: case for case in settled.changed}
    return list(known.values()), night_entries(settled, night=on, now=NOW)


def told(lines: list[CaseEntry]) -> list[tuple[E, str, str | None]]:
    assert {(line.author, line.written_at) for line in lines} <= {(NIGHT.username, NOW)}
    return [(line.kind, line.text, line.before) for line in lines]


def test_a_night_tells_what_opened_changed_closed_and_came_back() -> None:
    said = "Sổ bưu điện: trực tiếp; bên kia: trực tuyến"
    cases, lines = a_night([], difference(), on=TODAY)
    assert told(lines) == [(E.OPENED, said, None)]
    assert (lines[0].case_id, lines[0].night) == (cases[0].id, TODAY)

    again, lines = a_night(cases, difference(), on=TODAY)
    assert lines == []
    assert [case.id for case in again] == [case.id for case in cases]

    cases, lines = a_night(cases, difference(theirs="bưu chính"), on=TODAY + DAY)
    now_said = "Sổ bưu điện: trực tiếp; bên kia: bưu chính"
    assert told(lines) == [(E.CHANGED, now_said, said)]

    cases, lines = a_night(cases, on=TODAY + 2 * DAY)
    assert told(lines) == [(E.CLOSED, GONE, None)]
    _, lines = a_night(cases, on=TODAY + 3 * DAY)
    assert lines == []

    _, lines = a_night(cases, difference(), on=TODAY + 3 * DAY)
    assert told(lines) == [(E.REOPENED, said, (TODAY + 2 * DAY).isoformat())]


def test_what_a_night_mends_is_told_once_and_closes_the_case() -> None:
    cases, lines = a_night([], difference(), on=TODAY, remedy="đã theo một cửa")
    assert [kind for kind, _, _ in told(lines)] == [E.OPENED, E.REMEDIED, E.CLOSED]
    assert told(lines)[1:] == [(E.REMEDIED, "đã theo một cửa", None), (E.CLOSED, HEALED, None)]
    still_open = [cases[0].model_copy(update={"closed_on": None})]
    _, lines = a_night(still_open, difference(), on=TODAY + DAY, remedy="đã theo một cửa")
    assert told(lines) == [(E.CLOSED, HEALED, None)]


def test_the_lines_of_many_cases_stand_by_case() -> None:
    _, lines = a_night([], *(difference(code=f"D{n}") for n in range(9)), on=TODAY)
    assert [line.case_id for line in lines] == sorted(line.case_id for line in lines)
