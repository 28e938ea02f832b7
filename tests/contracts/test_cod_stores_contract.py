"""What the books and cases of COD must do, in memory and on every database."""

import asyncio
from collections.abc import Sequence

import pytest

from postal_bridge.remittances.posting import CodTransactions, take
from postal_bridge.remittances.records import (
    CodCase,
    CodCaseEntry,
    CodCaseKind,
    CodCaseState,
    CodEntryKind,
    MatchedBy,
    Trouble,
    WriteOff,
)
from postal_bridge.remittances.values import BankSums, CodCaseFilter, CodFacts, Taken
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.carrier_records import CodMove, OrderState
from postal_bridge.tracking.records import ConsignmentState
from tests.stages.memory import MemoryWork
from tests.stages.remittances.money import (
    COD,
    OTHER,
    POST,
    TODAY,
    a_line,
    a_parcel,
    a_payment,
    an_order,
    cases,
    keeper,
    tells,
    written,
    written_line,
)
from tests.stores import HOUR, NOW, opened

PORTS = (
    "remittances.ports.CodBooks",
    "remittances.ports.CodCases",
    "remittances.ports.CodWork",
)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")
LARGE = 900_000_000_000


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(engine_name: str, request: pytest.FixtureRequest) -> CodTransactions:
    """By the eyes of whoever keeps the books: mypy checks here that all stores fit."""
    if engine_name == "memory":
        return MemoryWork()
    storage: Storage = request.getfixturevalue("storage")
    return storage


def a_case(key: str, *, state: CodCaseState = CodCaseState.OPEN, **facts: object) -> CodCase:
    said = {
        "key": key,
        "kind": CodCaseKind.SHORT,
        "carrier": POST,
        "amount_dong": LARGE,
        "since": TODAY,
        "owner_role": "supervisor",
        "state": state,
        "opened_at": NOW,
        **facts,
    }
    return CodCase.model_validate(said)


# --- payments ---------------------------------------------------------------------------------------


async def test_a_payment_comes_back_as_written_with_its_sums(house: CodTransactions) -> None:
    lines = [
        written_line("R1", 1, number="C1", matched_by=MatchedBy.WAYBILL, fee_dong=LARGE),
        written_line("R1", 2, amount=-5, fee_dong=5, trouble=Trouble.TWICE),
    ]
    paid = written("R1", total=LARGE, note="Đợt 1")
    async with house.begin() as work:
        assert await work.cod_books.add(paid, lines[::-1])
    async with house.begin(write=False) as work:
        books = work.cod_books
        assert await books.find("R1") == paid
        assert await books.under(POST, "FT1") == paid
        assert await books.lines("R1") == lines
        assert await books.line("R1", 2) == lines[1]
        (sums,) = await books.sums(["R1", "R9", "R1"])
        assert (sums.remittance, sums.lines, sums.lines_dong) == (paid, 2, COD - 5)
        assert (sums.unassigned_dong, sums.difference_dong) == (-5, LARGE - COD + 5)
        assert [await books.find("R2"), await books.under(OTHER, "FT1")] == [None, None]
        assert [await books.line("R1", 3), list(await books.lines("R2"))] == [None, []]


async def test_a_carrier_pays_once_under_a_reference(house: CodTransactions) -> None:
    async with house.begin() as work:
        assert await work.cod_books.add(written("R1"), [written_line("R1", 1)])
        assert not await work.cod_books.add(written("R2"), [written_line("R2", 1)])
        assert await work.cod_books.add(written("R3", carrier=OTHER), [])
    async with house.begin(write=False) as work:
        assert await work.cod_books.find("R2") is None
        assert await work.cod_books.lines("R2") == []


async def test_payments_newest_first_by_carrier_and_page(house: CodTransactions) -> None:
    async with house.begin() as work:
        for key, carrier in (("R1", POST), ("R3", POST), ("R2", OTHER)):
            await work.cod_books.add(written(key, carrier=carrier, bank_key=key), [])

    async def ids(
        carrier: str | None = None, after: str | None = None, limit: int = 9
    ) -> list[str]:
        async with house.begin(write=False) as work:
            found = await work.cod_books.listed(carrier=carrier, after=after, limit=limit)
            return [one.remittance.id for one in found]

    assert await ids() == ["R3", "R2", "R1"]
    assert await ids(POST) == ["R3", "R1"]
    assert await ids(after="R3", limit=1) == ["R2"]


async def test_lines_of_nobody_in_their_order_and_renewed(house: CodTransactions) -> None:
    lines = [written_line("R1", place, trouble=Trouble.UNKNOWN) for place in (1, 2, 10)]
    async with house.begin() as work:
        await work.cod_books.add(written("R1"), lines)
        known = written_line("R2", 1, number="C1", matched_by=MatchedBy.HAND)
        await work.cod_books.add(written("R2", bank_key="FT2"), [known])
    async with house.begin() as work:
        assert await work.cod_books.unassigned(after=None, limit=9) == lines
        assert await work.cod_books.unassigned(after=("R1", 2), limit=9) == lines[2:]
        assert await work.cod_books.unassigned(after=("R0", 99), limit=1) == lines[:1]
        lines[0].number, lines[0].trouble = "C2", None
        await work.cod_books.put_line(lines[0])
    async with house.begin(write=False) as work:
        assert await work.cod_books.unassigned(after=None, limit=9) == lines[1:]
        assert await work.cod_books.line("R1", 1) == lines[0]


async def test_what_came_into_the_bank_by_carrier(house: CodTransactions) -> None:
    async with house.begin() as work:
        lines = [written_line("R1", 1, number="C1"), written_line("R1", 2, amount=7, fee_dong=3)]
        await work.cod_books.add(written("R1", total=LARGE), lines)
        await work.cod_books.add(written("R2", bank_key="FT2", total=LARGE), [])
        await work.cod_books.add(written("R3", carrier=OTHER, total=5), [])
    async with house.begin(write=False) as work:
        theirs, ours = await work.cod_books.bank()
    assert theirs == BankSums(
        carrier=OTHER,
        payments=1,
        received_dong=5,
        unassigned_dong=0,
        unassigned_fee_dong=0,
        difference_dong=5,
    )
    assert ours == BankSums(
        carrier=POST,
        payments=2,
        received_dong=2 * LARGE,
        unassigned_dong=7,
        unassigned_fee_dong=3,
        difference_dong=2 * LARGE - COD - 7,
    )


# --- what they are for ------------------------------------------------------------------------------


async def test_orders_that_are_called_alike(house: CodTransactions) -> None:
    async with house.begin() as work:
        await a_parcel(work, "VD-01.H37", reference="ref_1", waybill="ee 1/vn")
        await a_parcel(work, "VD-2", carrier_number="K-2", waybill=None)
        await a_parcel(work, "VD-3", cod_dong=0)
        await a_parcel(work, "VD-4", carrier=OTHER)
    asked = {
        "VD01H37": ["VD-01.H37"],
        "REF1": ["VD-01.H37"],
        "EE1VN": ["VD-01.H37"],
        "K2": ["VD-2"],
        "VD3": [],
        "VD4": [],
    }
    async with house.begin(write=False) as work:
        for key, numbers in asked.items():
            found = await work.cod_books.resembling(POST, [key])
            assert [one.number for one in found] == numbers, key
        assert len(await work.cod_books.resembling(POST, asked)) == 2


async def numbers(
    house: CodTransactions, *, carrier: str | None = None, after: str = "", limit: int = 9
) -> list[str]:
    async with house.begin(write=False) as work:
        found = await work.cod_books.accounts(carrier=carrier, after=after, limit=limit)
        return [one.order.number for one in found]


async def test_accounts_are_whatever_has_to_do_with_money(house: CodTransactions) -> None:
    async with house.begin() as work:
        await a_parcel(work, "C1")
        await a_parcel(work, "C2", cod_dong=0)
        await a_parcel(work, "C3", ConsignmentState.BOOKED)
        await work.carrier_desk.put_order(an_order("C3", state=OrderState.UNKNOWN))
        await a_parcel(work, "C4", ConsignmentState.BOOKED, carrier=OTHER)
        await a_parcel(work, "C5", cod_dong=0)
        await tells(work, "C5", CodMove.COLLECTED, COD)
        await a_parcel(work, "C6", cod_dong=0)
        lines = [written_line("R1", 1, number="C6"), written_line("R1", 2, number="C1")]
        await work.cod_books.add(written("R1"), lines)
    assert await numbers(house) == ["C1", "C4", "C5", "C6"]
    assert await numbers(house, carrier=POST) == ["C1", "C5", "C6"]
    assert await numbers(house, after="C1", limit=2) == ["C4", "C5"]
    assert await numbers(house, after="C6") == []


async def test_all_that_is_known_of_the_money_of_a_consignment(house: CodTransactions) -> None:
    write_off = WriteOff(
        id="W1",
        number="C1",
        carrier=POST,
        amount_dong=-LARGE,
        reason="Hoàn lại hãng",
        written_by="sang",
        approved_by="dung",
        written_at=NOW,
    )
    line = written_line("R1", 1, number="C1", matched_by=MatchedBy.NUMBER)
    async with house.begin() as work:
        await a_parcel(work, "C1", delivered_at=NOW + HOUR)
        await tells(work, "C1", CodMove.REMITTED, None, at=NOW + 2 * HOUR, key="b")
        await tells(work, "C1", CodMove.COLLECTED, LARGE, at=NOW, key="a")
        await work.cod_books.add(written("R1"), [line, written_line("R1", 2)])
        await work.cod_books.add_write_off(write_off)
    async with house.begin(write=False) as work:
        found = await work.cod_books.facts(["C1", "C9"])
    facts: CodFacts = found["C1"]
    assert set(found) == {"C1"}
    assert facts.order == an_order("C1")
    assert (facts.consignment, facts.closed_at) == (ConsignmentState.DELIVERED, NOW + HOUR)
    assert facts.booked_at < NOW
    assert [(one.move, one.dong, one.occurred_at, one.key) for one in facts.told] == [
        (CodMove.COLLECTED, LARGE, NOW, "a"),
        (CodMove.REMITTED, None, NOW + 2 * HOUR, "b"),
    ]
    assert (list(facts.lines), list(facts.written_off)) == ([line], [write_off])


# --- cases ------------------------------------------------------------------------------------------


async def keys(house: CodTransactions, **wanted: object) -> Sequence[str]:
    async with house.begin(write=False) as work:
        asked = CodCaseFilter(**wanted)  # type: ignore[arg-type]
        return [one.key for one in await work.cod_cases.listed(asked)]


async def test_cases_are_renewed_and_found(house: CodTransactions) -> None:
    first = a_case("over:C1", number="C1")
    renewed = a_case("over:C1", number="C1", explanation="Đã rõ", proposed_dong=-LARGE)
    async with house.begin() as work:
        await work.cod_cases.put([first, a_case("owed:C2", carrier=OTHER)])
        await work.cod_cases.put([])
        await work.cod_cases.put([renewed])
    async with house.begin(write=False) as work:
        assert await work.cod_cases.find("over:C1") == renewed
        assert await work.cod_cases.find("over:C2") is None
        found = await work.cod_cases.of(["over:C1", "owed:C2", "owed:C3"])
        assert sorted(found) == ["over:C1", "owed:C2"]


async def test_cases_by_what_is_asked(house: CodTransactions) -> None:
    async with house.begin() as work:
        await work.cod_cases.put(
            [
                a_case("line:R1:1", kind=CodCaseKind.UNKNOWN_LINE, remittance_id="R1", position=1),
                a_case("over:C1", number="C1", state=CodCaseState.CLOSED, closed_at=NOW),
                a_case("owed:C1", number="C1", state=CodCaseState.EXPLAINED),
                a_case("owed:C2", number="C2", carrier=OTHER),
            ]
        )
    assert await keys(house) == ["line:R1:1", "over:C1", "owed:C1", "owed:C2"]
    assert await keys(house, standing=True) == ["line:R1:1", "owed:C1", "owed:C2"]
    assert await keys(house, state=CodCaseState.CLOSED) == ["over:C1"]
    assert await keys(house, kind=CodCaseKind.UNKNOWN_LINE) == ["line:R1:1"]
    assert await keys(house, number="C1") == ["over:C1", "owed:C1"]
    assert await keys(house, carrier=OTHER) == ["owed:C2"]
    assert await keys(house, after="line:R1:1", limit=1) == ["over:C1"]


async def test_histories_are_appended_and_read_in_order(house: CodTransactions) -> None:
    entries = [
        CodCaseEntry(
            id=f"E{number}",
            case_key=key,
            kind=CodEntryKind.EXPLAINED,
            author="sang",
            written_at=NOW,
            text="Hãng báo đã trả",
        )
        for number, key in ((2, "owed:C1"), (1, "owed:C1"), (3, "owed:C2"))
    ]
    async with house.begin() as work:
        await work.cod_cases.add_entries(entries)
        await work.cod_cases.add_entries([])
    async with house.begin(write=False) as work:
        assert await work.cod_cases.entries("owed:C1") == [entries[1], entries[0]]
        assert await work.cod_cases.entries("owed:C9") == []


# --- together ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_two_who_enter_the_same_payment_at_once_enter_it_once(storage: Storage) -> None:
    async with storage.begin() as work:
        await a_parcel(work, "C1")

    async def enters() -> Taken:
        async with storage.begin() as work:
            taken = await take(keeper(work), a_payment("FT1", a_line("C1", 1)), by="sang")
            assert isinstance(taken, Taken)
            return taken

    async with asyncio.TaskGroup() as group:
        both = [group.create_task(enters()) for _ in range(4)]
    assert sorted(one.result().already for one in both) == [False, True, True, True]
    async with storage.begin(write=False) as work:
        assert set(await cases(work)) == {"owed:C1"}
        assert len(await work.cod_cases.entries("owed:C1")) == 1


@pytest.mark.parametrize("engine_name", DATABASES)
async def test_provinces_do_not_see_each_others_money(storage: Storage, database_url: str) -> None:
    async with storage.begin() as work:
        await a_parcel(work, "C1")
        await work.cod_books.add(written("R1"), [written_line("R1", 1)])
        await work.cod_cases.put([a_case("owed:C1")])
    async with opened(database_url, province="H38") as other, other.begin(write=False) as work:
        assert await work.cod_books.accounts(limit=9) == []
        assert await work.cod_books.bank() == []
        assert await work.cod_books.unassigned(after=None, limit=9) == []
        assert await work.cod_cases.listed(CodCaseFilter()) == []
