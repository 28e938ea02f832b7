"""What the store of nights and cases must do: on every database, and in memory for the stages."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

import pytest
from sqlalchemy.exc import DBAPIError

from postal_bridge.dossiers.records import Dossier, FeeKind, FeeReceipt
from postal_bridge.journey import Status
from postal_bridge.reconciliation.ports import CaseFilter, Nights, NightWork
from postal_bridge.reconciliation.records import (
    CaseEntry,
    DifferenceKind,
    Discrepancy,
    EntryKind,
    Night,
    NightRun,
    NightState,
    OurDossier,
    SignOff,
    TapedAnswer,
)
from postal_bridge.storage import night_store
from tests.stages.memory import MemoryWork
from tests.stores import DOSSIER, HOUR, NOW, a_dossier, opened

PORTS = ("reconciliation.ports.Nights", "reconciliation.ports.NightWork")
IMPLEMENTATIONS = ("sqlite", "postgresql", "memory")
DAY = date(2019, 1, 10)
ONE_DAY = timedelta(days=1)
K = DifferenceKind
CASE = Discrepancy(
    id="c1",
    kind=K.STATE,
    dossier_code=DOSSIER,
    ours="4 đang xử lý",
    theirs="9 đã xử lý xong",
    received_on=DAY,
    opened_on=DAY,
    last_seen_on=DAY,
    due_on=DAY + 3 * ONE_DAY,
)


class Transactions(Protocol):
    """Where transactions come from: mypy checks here that all stores fit."""

    def begin(self, *, write: bool = True) -> AbstractAsyncContextManager[NightWork]: ...


@pytest.fixture(params=IMPLEMENTATIONS)
def kind_of_store(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine_name(kind_of_store: str) -> str:
    """Memory has no database; the fixture of one must name some engine all the same."""
    return "sqlite" if kind_of_store == "memory" else kind_of_store


@pytest.fixture
async def transactions(kind_of_store: str, database_url: str) -> AsyncIterator[Transactions]:
    if kind_of_store == "memory":
        yield MemoryWork()
        return
    async with opened(database_url) as storage:
        yield storage


def a_case(case_id: str, **values: object) -> Discrepancy:
    return CASE.model_copy(update={"id": case_id, "dossier_code": f"D-{case_id}", **values})


def a_line(case_id: str, text: str = "", **values: object) -> CaseEntry:
    line = CaseEntry(
        case_id=case_id,
        number=1,
        kind=EntryKind.COMMENT,
        author="hoa",
        written_at=NOW,
        text=text,
    )
    return line.model_copy(update=values)


def a_night(day: date, **values: object) -> Night:
    night = Night(
        day=day,
        source="opencps",
        state=NightState.DONE,
        window_from=date(2018, 12, 1),
        started_at=NOW,
        finished_at=NOW + HOUR,
        ours=596,
        theirs=595,
        evidence=" ".join(["a" * 64] * 200),
    )
    return night.model_copy(update=values)


def a_signature(side: str = "post", report: str = "r1", **values: object) -> SignOff:
    signature = SignOff(
        day=DAY, side=side, report=report, username="sang", name="Bế Văn Sáng", signed_at=NOW
    )
    return signature.model_copy(update=values)


def an_answer(number: int, day: date = DAY) -> TapedAnswer:
    question = sha256(f"{number}".encode()).hexdigest()
    return TapedAnswer(day=day, question=question, number=number, sha256="b" * 64)


async def ours_of(nights: Nights, first: datetime, end: datetime) -> list[Sequence[OurDossier]]:
    return [batch async for batch in nights.our_side(first, end)]


# --- our side -------------------------------------------------------------------------------------


async def test_our_side_is_what_was_received_and_not_refused(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        for code, status, hours in (
            ("D2", Status.PROCESSING, 0),
            ("D1", Status.RECEIVED, 1),
            ("D3", Status.REFUSED, 1),
            ("D4", Status.RECEIVED, 2),
        ):
            received = {"received_at": NOW + hours * HOUR}
            dossier = a_dossier(code, status=status).model_copy(update=received)
            await work.dossiers.add(dossier, [])
        (ours,) = await ours_of(work.nights, NOW, NOW + 2 * HOUR)
    assert [(one.code, one.status) for one in ours] == [("D1", 2), ("D2", 4)]
    assert ours[0] == OurDossier(
        code="D1",
        procedure_code="1.003003",
        department="H37.01",
        status=2,
        channel=1,
        return_mode=1,
        received_at=NOW + HOUR,
        promised_at=NOW + 8 * HOUR,
    )


@pytest.mark.parametrize("dossiers", [0, 2, 3, 4, 6, 7])
async def test_our_side_comes_in_batches_with_everything_once(
    transactions: Transactions, dossiers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night_store, "BATCH", 3)
    codes = [f"D{serial}" for serial in range(dossiers)]
    async with transactions.begin() as work:
        for code in reversed(codes):
            await work.dossiers.add(a_dossier(code), [])
    async with transactions.begin(write=False) as work:
        batches = await ours_of(work.nights, NOW, NOW + HOUR)
    assert [one.code for batch in batches for one in batch] == codes
    assert all(0 < len(batch) <= 3 for batch in batches)


async def test_what_was_taken_for_a_dossier_is_added_up(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        for code in ("D1", "D2"):
            await work.dossiers.add(a_dossier(code), [])
        for number, (kind, vnd) in enumerate(((FeeKind.FEE, 120_000), (FeeKind.CHARGE, 8_000))):
            await work.dossiers.add_receipt(
                FeeReceipt(
                    id=f"r{number}",
                    dossier_code="D1",
                    number=f"BL-{number}",
                    kind=kind,
                    amount_vnd=vnd,
                    collected_at=NOW,
                    collected_by="lan",
                    collected_place="desk-1",
                )
            )
        ((one, two),) = await ours_of(work.nights, NOW, NOW + HOUR)
    assert (one.fee_vnd, two.fee_vnd) == (128_000, 0)
    assert type(one.fee_vnd) is int


async def test_dossiers_are_looked_up_by_code_and_refused_ones_too(
    transactions: Transactions,
) -> None:
    async with transactions.begin() as work:
        await work.dossiers.add(a_dossier("D2", status=Status.REFUSED), [])
        await work.dossiers.add(a_dossier("D1"), [])
        await work.dossiers.add(a_dossier("D3"), [])
        many = [f"unknown-{serial}" for serial in range(1_100)]
        found = await work.nights.our_dossiers(["D2", *many, "D1", "D2"])
        assert await work.nights.our_dossiers([]) == []
    assert [(one.code, one.status) for one in found] == [
        ("D1", Status.RECEIVED),
        ("D2", Status.REFUSED),
    ]


# --- cases ----------------------------------------------------------------------------------------


async def test_a_case_is_written_renewed_and_closed(transactions: Transactions) -> None:
    closed = CASE.model_copy(
        update={"closed_on": date(2019, 1, 12), "owner": "hoa", "remedy": "đã cập nhật"}
    )
    other = CASE.model_copy(update={"id": "c2", "kind": K.CHANNEL})
    async with transactions.begin() as work:
        await work.nights.put_case(CASE)
        await work.nights.put_case(other)
        assert await work.nights.cases(open_only=True) == [other, CASE]
        await work.nights.put_case(closed)

    async with transactions.begin() as work:
        found = await work.nights.case("c1")
        assert found == closed
        assert found is not None
        assert found.kind is K.STATE
        assert await work.nights.cases(open_only=True) == [other]
        assert await work.nights.cases(open_only=False) == [other, closed]
        assert await work.nights.case("unknown") is None


async def test_the_same_difference_is_one_case(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        await work.nights.put_case(CASE)
    with pytest.raises((DBAPIError, AssertionError)):
        async with transactions.begin() as work:
            await work.nights.put_case(CASE.model_copy(update={"id": "c2"}))


FILTERED: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({}, {"a", "b", "c", "d", "e"}),
    ({"open": True}, {"a", "b", "c", "e"}),
    ({"open": False}, {"d"}),
    ({"kind": K.FEE}, {"b"}),
    ({"owner": "hoa"}, {"a", "d"}),
    ({"owner": ""}, {"b", "c", "e"}),
    ({"overdue_on": DAY + 2 * ONE_DAY}, {"b"}),
    ({"overdue_on": DAY + ONE_DAY}, set()),
    ({"night": DAY}, {"a", "c"}),
    ({"night": DAY + ONE_DAY}, {"c"}),
    ({"department": "H37.01", "agency": "000.00.06.H37"}, {"a", "c"}),
    ({"department": "H37.01"}, {"a"}),
    ({"department": "H37.02", "agency": "000.00.07.H37"}, {"e"}),
    ({"department": "H37.02", "agency": "000_00.07.H37"}, {"e"}),
    ({"open": True, "owner": "hoa", "department": "H37.01"}, {"a"}),
)


async def filtered_cases(transactions: Transactions) -> None:
    ours, moved = "000.00.06.H37-190110-0001", "000.00.06.H37-190110-0002"
    async with transactions.begin() as work:
        await work.dossiers.add(a_dossier(ours), [])
        elsewhere = a_dossier(moved).model_copy(update={"department": "H37.02"})
        await work.dossiers.add(Dossier(**elsewhere.model_dump()), [])
        for case in (
            a_case("a", owner="hoa", dossier_code=ours),
            a_case("b", kind=K.FEE, due_on=DAY + ONE_DAY),
            a_case("c", dossier_code="000.00.06.H37-190110-0900", due_on=None),
            a_case("d", owner="hoa", closed_on=DAY, due_on=DAY - ONE_DAY),
            a_case("e", dossier_code=moved),
        ):
            await work.nights.put_case(case)
        for case_id, night in (("a", DAY), ("c", DAY), ("c", DAY), ("c", DAY + ONE_DAY)):
            await work.nights.add_entry(a_line(case_id, night=night))


@pytest.mark.parametrize(("asked", "found"), FILTERED)
async def test_cases_are_listed_as_they_are_wanted(
    transactions: Transactions, asked: dict[str, Any], found: set[str]
) -> None:
    await filtered_cases(transactions)
    async with transactions.begin(write=False) as work:
        listed = await work.nights.listed(CaseFilter(**asked))
    assert {case.id for case in listed} == found
    assert len(listed) == len(found)


async def test_pages_of_cases_follow_each_other(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        for serial, kind in enumerate(K):
            for code in ("H37-1", "H37-10", "h37_2"):
                await work.nights.put_case(
                    a_case(f"{serial}{code}", kind=kind, dossier_code=code, due_on=None)
                )
    pages: list[Discrepancy] = []
    async with transactions.begin(write=False) as work:
        whole = list(await work.nights.cases(open_only=False))
        while page := await work.nights.listed(
            CaseFilter(limit=7, after=pages[-1].key if pages else None)
        ):
            assert len(page) <= 7
            pages += page
    assert pages == whole
    assert len(pages) == 3 * len(K)


# --- their history --------------------------------------------------------------------------------


async def test_lines_are_numbered_by_the_store_and_stay_as_written(
    transactions: Transactions,
) -> None:
    opened_line = a_line(
        "c1", "Bưu điện: 4", kind=EntryKind.OPENED, author="night", night=DAY, before="x"
    )
    async with transactions.begin() as work:
        await work.nights.add_entry(opened_line)
        await work.nights.add_entry(a_line("c2", "của vụ khác"))
        await work.nights.add_entry(a_line("c1", "đã gọi Sở", number=77))
    async with transactions.begin() as work:
        await work.nights.add_entry(a_line("c1", "đã trả lời"))
        lines = await work.nights.entries("c1")
    assert lines == [
        opened_line,
        a_line("c1", "đã gọi Sở", number=2),
        a_line("c1", "đã trả lời", number=3),
    ]
    assert lines[0].kind is EntryKind.OPENED
    async with transactions.begin(write=False) as work:
        assert await work.nights.entries("unknown") == []


async def test_the_last_comment_of_each_case_that_has_one(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        await work.nights.add_entry(a_line("c1", "một"))
        await work.nights.add_entry(a_line("c1", "hai"))
        await work.nights.add_entry(a_line("c1", "hoa", kind=EntryKind.OWNER))
        await work.nights.add_entry(a_line("c2", "hoa", kind=EntryKind.OWNER))
        await work.nights.add_entry(a_line("c3", "ba"))
        asked = ["c1", "c2", "c1", *(f"x{serial}" for serial in range(600))]
        found = await work.nights.last_comments(asked)
        assert await work.nights.last_comments([]) == {}
    assert {case_id: line.text for case_id, line in found.items()} == {"c1": "hai"}


@pytest.mark.parametrize("kind_of_store", ["sqlite", "postgresql"], indirect=True)
async def test_writers_of_one_case_wait_for_each_other_and_no_line_is_lost(
    transactions: Transactions,
) -> None:
    async with transactions.begin() as work:
        await work.nights.put_case(CASE)

    async def write(text: str) -> None:
        async with transactions.begin() as work:
            case = await work.nights.case("c1")
            assert case is not None
            await asyncio.sleep(0)
            await work.nights.add_entry(a_line("c1", text))
            case.explanation = f"{case.explanation or ''}{text}"
            await work.nights.put_case(case)

    async with asyncio.TaskGroup() as group:
        for text in "abcdefgh":
            group.create_task(write(text))
    async with transactions.begin() as work:
        lines = await work.nights.entries("c1")
        case = await work.nights.case("c1")
    assert [line.number for line in lines] == list(range(1, 9))
    assert sorted(line.text for line in lines) == sorted("abcdefgh")
    assert case is not None
    assert case.explanation == "".join(line.text for line in lines)


# --- nights and signatures ------------------------------------------------------------------------


async def test_a_night_is_written_renewed_and_listed_newest_first(
    transactions: Transactions,
) -> None:
    failed = a_night(DAY, state=NightState.FAILED, error="một cửa trả về HTML")
    later = a_night(date(2019, 1, 11), sweep="counts", remedied=2, report="c" * 64)
    async with transactions.begin() as work:
        await work.nights.put_night(failed)
        assert await work.nights.night(DAY) == failed
        await work.nights.put_night(a_night(DAY))
        await work.nights.put_night(later)

        assert await work.nights.night(DAY) == a_night(DAY)
        assert await work.nights.night(date(2019, 1, 9)) is None
        assert await work.nights.nights(limit=5) == [later, a_night(DAY)]
        assert await work.nights.nights(limit=1) == [later]


async def test_signatures_are_kept_once_for_each_side_and_report(
    transactions: Transactions,
) -> None:
    mine = a_signature(note="đã xem")
    centre = a_signature("centre", username="mai", signed_at=NOW + HOUR)
    again = a_signature(report="r2", signed_at=NOW + 2 * HOUR)
    async with transactions.begin() as work:
        assert await work.nights.sign(centre)
        assert await work.nights.sign(mine)
        assert await work.nights.sign(again)
        assert await work.nights.sign(again.model_copy(update={"day": DAY + ONE_DAY}))
    async with transactions.begin() as work:
        assert not await work.nights.sign(mine.model_copy(update={"username": "x"}))
    async with transactions.begin(write=False) as work:
        assert await work.nights.sign_offs(DAY) == [mine, centre, again]
        assert await work.nights.sign_offs(DAY - ONE_DAY) == []


# --- runs and their tapes -------------------------------------------------------------------------


async def test_a_run_is_there_until_it_ends(transactions: Transactions) -> None:
    run = NightRun(day=DAY, started_at=NOW, source="opencps", sweep="full")
    async with transactions.begin() as work:
        assert await work.nights.run(DAY) is None
        await work.nights.begin_run(run)
        await work.nights.begin_run(run.model_copy(update={"day": DAY + ONE_DAY}))
    async with transactions.begin() as work:
        assert await work.nights.run(DAY) == run
        await work.nights.end_run(DAY)
        await work.nights.end_run(DAY)
        assert await work.nights.run(DAY) is None
        assert await work.nights.run(DAY + ONE_DAY) is not None


async def test_a_tape_keeps_the_first_answer_of_each_question_in_order(
    transactions: Transactions,
) -> None:
    async with transactions.begin() as work:
        for number in (2, 1, 3):
            await work.nights.add_to_tape(an_answer(number))
        await work.nights.add_to_tape(an_answer(1, DAY + ONE_DAY))
        other = an_answer(2).model_copy(update={"sha256": "c" * 64, "number": 9})
        await work.nights.add_to_tape(other)
    async with transactions.begin(write=False) as work:
        assert await work.nights.tape(DAY) == [an_answer(1), an_answer(2), an_answer(3)]


async def test_a_run_that_begins_anew_or_ends_forgets_its_own_answers_only(
    transactions: Transactions,
) -> None:
    run = NightRun(day=DAY, started_at=NOW, source="opencps", sweep="full")
    later = run.model_copy(update={"started_at": NOW + HOUR, "sweep": "counts"})
    async with transactions.begin() as work:
        await work.nights.begin_run(run)
        await work.nights.add_to_tape(an_answer(1))
        await work.nights.add_to_tape(an_answer(1, DAY + ONE_DAY))
        await work.nights.begin_run(later)
        assert await work.nights.run(DAY) == later
        assert await work.nights.tape(DAY) == []
        await work.nights.add_to_tape(an_answer(1))
        await work.nights.end_run(DAY)
        assert await work.nights.tape(DAY) == []
        assert await work.nights.tape(DAY + ONE_DAY) == [an_answer(1, DAY + ONE_DAY)]
