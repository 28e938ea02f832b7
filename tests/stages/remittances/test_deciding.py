"""What people may decide about the money, and when it takes two of them."""

from typing import Any

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor
from postal_bridge.remittances.deciding import Decision, decide
from postal_bridge.remittances.records import CodCase, CodCaseState, MatchedBy
from postal_bridge.tracking.records import ConsignmentState
from tests.stages.memory import MemoryWork
from tests.stages.remittances.money import (
    COD,
    DUNG,
    MAI,
    OTHER,
    SANG,
    a_line,
    a_parcel,
    cases,
    keeper,
    pays,
    standing,
)


async def says(work: MemoryWork, key: str, *, by: Actor = SANG, **wanted: Any) -> CodCase | Refusal:
    return await decide(keeper(work), key, Decision(**wanted), actor=by)


async def done(work: MemoryWork, key: str, **wanted: Any) -> CodCase:
    case = await says(work, key, **wanted)
    assert isinstance(case, CodCase), case
    return case


async def refusal(work: MemoryWork, key: str, **wanted: Any) -> Reason:
    case = await says(work, key, **wanted)
    assert isinstance(case, Refusal), case
    return case.reason


async def history(work: MemoryWork, key: str) -> list[tuple[str, str]]:
    return [(one.kind.value, one.author) for one in await work.cod_cases.entries(key)]


@pytest.fixture
async def short(work: MemoryWork) -> MemoryWork:
    """Of C1 15.000 are missing, of C2 60.000."""
    for number in ("C1", "C2"):
        await a_parcel(work, number)
    await pays(work, "FT1", a_line("C1", 85_000), a_line("C2", 40_000))
    return work


# --- words ------------------------------------------------------------------------------------------


async def test_whoever_sees_a_case_explains_it_and_it_stays_there(short: MemoryWork) -> None:
    case = await done(short, "owed:C1", by=MAI, explanation="  Khách trả thiếu  ")
    assert (case.state, case.explanation, case.explained_by) == (
        CodCaseState.EXPLAINED, "Khách trả thiếu", "mai",
    )  # fmt: skip
    await done(short, "owed:C1", by=MAI, explanation="Khách trả thiếu")
    assert await history(short, "owed:C1") == [("opened", "cod"), ("explained", "mai")]
    await pays(short, "FT2", a_line("C1", 15_000))
    closed = await done(short, "owed:C1", by=SANG, explanation="Hãng đã trả nốt")
    assert (closed.state, closed.explanation) == (CodCaseState.CLOSED, "Hãng đã trả nốt")


async def test_no_words_and_no_case_are_refused(short: MemoryWork) -> None:
    assert await refusal(short, "owed:C1", explanation=" . ") is Reason.WORDS_MISSING
    wanted = {"write_off_dong": 15_000, "reason": ""}
    assert await refusal(short, "owed:C1", **wanted) is Reason.WORDS_MISSING
    assert await refusal(short, "owed:C9", explanation="gì đó") is Reason.COD_CASE_UNKNOWN


# --- write-offs -------------------------------------------------------------------------------------


async def test_a_small_sum_is_written_off_by_one_person(short: MemoryWork) -> None:
    case = await done(short, "owed:C1", write_off_dong=15_000, reason="Khách trả thiếu")
    assert (case.state, case.proposed_dong) == (CodCaseState.CLOSED, None)
    assert set(await standing(short)) == {"owed:C2"}
    wanted = {"write_off_dong": 15_000, "reason": "lần nữa"}
    assert await refusal(short, "owed:C1", **wanted) is Reason.COD_CASE_CLOSED


async def test_a_large_one_needs_a_second_person(short: MemoryWork) -> None:
    case = await done(short, "owed:C2", write_off_dong=60_000, reason="Hãng mất tiền")
    assert (case.state, case.proposed_dong, case.proposed_by) == (
        CodCaseState.OPEN, 60_000, "sang",
    )  # fmt: skip
    assert await refusal(short, "owed:C2", approve=True) is Reason.SECOND_PERSON_NEEDED
    case = await done(short, "owed:C2", by=DUNG, approve=True)
    assert case.state is CodCaseState.CLOSED
    assert await history(short, "owed:C2") == [
        ("opened", "cod"),
        ("proposed", "sang"),
        ("written_off", "dung"),
        ("closed", "cod"),
    ]
    facts = (await short.cod_books.facts(["C2"]))["C2"]
    (write_off,) = facts.written_off
    assert (write_off.written_by, write_off.approved_by) == ("sang", "dung")


async def test_many_small_ones_are_a_large_one(short: MemoryWork) -> None:
    await done(short, "owed:C1", write_off_dong=15_000, reason="Khách trả thiếu")
    await a_parcel(short, "C1", cod_dong=COD + 10_000)
    await pays(short, "FT2", a_line("C1", 1))
    case = await done(short, "owed:C1", write_off_dong=9_999, reason="Phần còn lại")
    assert (case.state, case.proposed_dong) == (CodCaseState.OPEN, 9_999)


async def test_a_proposal_is_taken_back_or_falls_with_the_sum(short: MemoryWork) -> None:
    assert await refusal(short, "owed:C2", approve=False) is Reason.COD_NOT_POSSIBLE
    await done(short, "owed:C2", write_off_dong=60_000, reason="Hãng mất tiền")
    assert (await done(short, "owed:C2", approve=False)).proposed_dong is None
    await done(short, "owed:C2", write_off_dong=60_000, reason="Hãng mất tiền")
    await pays(short, "FT2", a_line("C2", 1_000))
    assert await refusal(short, "owed:C2", by=DUNG, approve=True) is Reason.COD_NOT_POSSIBLE
    stale = {"write_off_dong": 60_000, "reason": "Hãng mất tiền"}
    assert await refusal(short, "owed:C2", **stale) is Reason.COD_AMOUNT_CHANGED


async def test_a_sum_that_moved_since_the_night_looked_is_not_written_off(
    short: MemoryWork,
) -> None:
    await done(short, "owed:C2", write_off_dong=60_000, reason="Hãng mất tiền")
    await a_parcel(short, "C2", ConsignmentState.BROUGHT_BACK)  # the delivery was corrected
    assert await refusal(short, "owed:C2", by=DUNG, approve=True) is Reason.COD_AMOUNT_CHANGED


async def test_money_that_comes_after_all_is_too_much_and_may_be_kept(short: MemoryWork) -> None:
    await done(short, "owed:C1", write_off_dong=15_000, reason="Khách trả thiếu")
    await pays(short, "FT2", a_line("C1", 15_000))
    assert (await standing(short))["over:C1"] == ("over", -15_000)
    await done(short, "over:C1", write_off_dong=-15_000, reason="Đã hoàn lại hãng")
    case = await done(short, "over:C1", by=DUNG, approve=True)
    assert case.state is CodCaseState.CLOSED


async def test_an_officer_moves_no_money(short: MemoryWork) -> None:
    wanted = {"write_off_dong": 15_000, "reason": "Khách trả thiếu"}
    assert await refusal(short, "owed:C1", by=MAI, **wanted) is Reason.ROLE_NOT_ALLOWED
    assert await refusal(short, "owed:C1", by=MAI, approve=True) is Reason.ROLE_NOT_ALLOWED


# --- whose money it is ------------------------------------------------------------------------------


async def test_a_line_of_nobodys_and_a_line_twice_are_given_a_consignment(
    work: MemoryWork,
) -> None:
    await a_parcel(work, "C1", cod_dong=2 * COD)
    await a_parcel(work, "C2")
    lines = a_line("C1"), a_line("C1"), a_line("EE9")
    paid = (await pays(work, "FT1", *lines)).remittance.id
    for position, number in ((2, "C1"), (3, "C2")):
        case = await done(work, f"line:{paid}:{position}", consignment=number)
        assert case.state is CodCaseState.CLOSED
    assert await standing(work) == {}
    line = await work.cod_books.line(paid, 3)
    assert line is not None
    assert (line.number, line.matched_by) == ("C2", MatchedBy.HAND)


async def test_a_line_is_not_given_to_what_the_carrier_never_had(short: MemoryWork) -> None:
    await a_parcel(short, "C5", carrier=OTHER)
    key = f"line:{(await pays(short, 'FT2', a_line('EE9'))).remittance.id}:1"
    for number in ("C5", "C6"):
        assert await refusal(short, key, consignment=number) is Reason.CONSIGNMENT_UNKNOWN
    assert await refusal(short, "owed:C1", consignment="C1") is Reason.COD_NOT_POSSIBLE
    wanted = {"write_off_dong": -COD, "reason": "không rõ"}
    assert await refusal(short, key, **wanted) is Reason.COD_NOT_POSSIBLE
    assert key in await cases(short)
