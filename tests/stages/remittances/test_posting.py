"""Payments go into the books once, and what does not add up becomes a case by itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Reason, Refusal
from postal_bridge.remittances import posting
from postal_bridge.remittances.posting import Bookkeeping, ledger, summary, take
from postal_bridge.remittances.records import CodCaseState, CodState
from postal_bridge.tracking.carrier_records import CodMove
from postal_bridge.tracking.records import ConsignmentState
from tests.stages.memory import MemoryWork
from tests.stages.remittances.money import (
    COD,
    OTHER,
    TODAY,
    a_line,
    a_parcel,
    a_payment,
    cases,
    keeper,
    later,
    looks,
    pays,
    standing,
    tells,
)
from tests.stores import NOW


class Nights:
    """The books, looked at on any day."""

    def __init__(self, work: MemoryWork) -> None:
        self.clock = ReplayClock(NOW)
        self.work = work
        self.books = Bookkeeping(
            transactions=self, keeper=lambda work, now: keeper(work, now=now), clock=self.clock
        )

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator[Any]:
        yield self.work

    async def look(self, *, days: int = 0) -> Mapping[str, int]:
        self.clock.advance_to(NOW + timedelta(days=days))
        return await self.books.look()


@pytest.fixture
def nights(work: MemoryWork) -> Nights:
    return Nights(work)


async def refused(work: MemoryWork, payment: Any) -> Refusal:
    answer = await take(keeper(work), payment, by="sang")
    assert isinstance(answer, Refusal)
    return answer


# --- a payment is entered once ----------------------------------------------------------------------


async def test_the_same_payment_is_there_already_however_it_is_written(work: MemoryWork) -> None:
    lines = a_line("C1"), a_line("C2", 5)
    first = await pays(work, "FT19-010/77", *lines)
    again = await pays(work, " ft19010 77", *lines[::-1])
    assert not first.already
    assert (again.already, again.remittance.id) == (True, first.remittance.id)
    assert len(await work.cod_books.listed(carrier=None, after=None, limit=9)) == 1


@pytest.mark.parametrize(
    "other",
    [
        a_payment("FT1", a_line("C1"), total=COD + 1),
        a_payment("FT1", a_line("C1", COD - 1, 1), total=COD),
        a_payment("FT1", a_line("C1"), a_line("C1"), total=COD),
        a_payment("FT1", a_line("C1"), paid_on=TODAY - timedelta(days=1)),
    ],
)
async def test_the_same_reference_with_another_content_is_refused(
    work: MemoryWork, other: Any
) -> None:
    await pays(work, "FT1", a_line("C1"))
    assert (await refused(work, other)).reason is Reason.REMITTANCE_DIFFERS
    assert not (await pays(work, "FT1", a_line("C1"), carrier=OTHER)).already


async def test_a_payment_needs_a_reference_and_a_day_that_has_come(work: MemoryWork) -> None:
    assert (await refused(work, a_payment("--", a_line("C1")))).reason is Reason.CODE_MALFORMED
    tomorrow = a_payment("FT1", a_line("C1"), paid_on=TODAY + timedelta(days=1))
    assert (await refused(work, tomorrow)).reason is Reason.PAID_IN_FUTURE


# --- what does not add up ---------------------------------------------------------------------------


async def test_what_is_paid_in_full_is_nobodys_case(work: MemoryWork) -> None:
    for number in ("C1", "C2"):
        await a_parcel(work, number)
    await pays(work, "FT1", a_line("C1"), a_line("EEC2VN", 90_000, 10_000))
    assert await standing(work) == {}


async def test_short_then_in_parts_then_whole_is_one_case(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    await pays(work, "FT1", a_line("C1", 40_000))
    assert await standing(work) == {"owed:C1": ("short", 60_000)}
    await pays(work, "FT2", a_line("C1", 30_000))
    assert await standing(work) == {"owed:C1": ("split", 30_000)}
    await pays(work, "FT3", a_line("C1", 30_000))
    assert await standing(work) == {}
    told = [one.kind.value for one in await work.cod_cases.entries("owed:C1")]
    assert told == ["opened", "changed", "closed"]


async def test_too_much_and_paid_but_not_delivered(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    await a_parcel(work, "C2", ConsignmentState.COLLECTED)
    await a_parcel(work, "C3", ConsignmentState.BROUGHT_BACK)
    await pays(work, "FT1", a_line("C1", 130_000), a_line("C2"), a_line("C3"))
    assert await standing(work) == {
        "over:C1": ("over", -30_000),
        "over:C2": ("not_delivered", -COD),
        "over:C3": ("not_delivered", -COD),
    }
    await a_parcel(work, "C2", ConsignmentState.DELIVERED)
    await looks(work, "C2")
    assert set(await standing(work)) == {"over:C1", "over:C3"}


async def test_an_unknown_line_a_line_twice_and_a_total_that_differs(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    lines = a_line("C1"), a_line("C1"), a_line("EE9", 7_000)
    paid = (await pays(work, "FT1", *lines, total=110_000)).remittance.id
    assert await standing(work) == {
        f"line:{paid}:2": ("line_twice", -COD),
        f"line:{paid}:3": ("unknown_line", -7_000),
        f"total:{paid}": ("total_differs", 97_000),
    }


async def test_collected_another_sum_than_asked(work: MemoryWork) -> None:
    for number, collected in (("C1", 80_000), ("C2", 120_000)):
        await a_parcel(work, number)
        await tells(work, number, CodMove.COLLECTED, collected)
    await looks(work, "C1", "C2")
    assert await standing(work) == {
        "collected:C1": ("collected_differs", 20_000),
        "collected:C2": ("collected_differs", -20_000),
    }
    # Whoever paid all of it leaves nothing to ask; a citizen who paid too much still has a claim.
    await pays(work, "FT1", a_line("C1"), a_line("C2", 120_000))
    assert set(await standing(work)) == {"collected:C2"}


async def test_an_explanation_stays_and_is_asked_for_again_when_the_sum_changes(
    work: MemoryWork,
) -> None:
    await a_parcel(work, "C1")
    await pays(work, "FT1", a_line("C1", 40_000))
    case = (await cases(work))["owed:C1"]
    case.state, case.explanation = CodCaseState.EXPLAINED, "Hãng trả nốt tuần sau"
    await work.cod_cases.put([case])
    await looks(work, "C1")
    assert (await cases(work))["owed:C1"] == case
    await pays(work, "FT2", a_line("C1", 10_000))
    again = (await cases(work))["owed:C1"]
    assert (again.state, again.explanation) == (CodCaseState.OPEN, "Hãng trả nốt tuần sau")


async def test_a_case_that_comes_back_is_the_same_case(work: MemoryWork) -> None:
    await a_parcel(work, "C1", ConsignmentState.COLLECTED)
    await pays(work, "FT1", a_line("C1"))
    await a_parcel(work, "C1")
    await looks(work, "C1")
    assert await standing(work) == {}
    await a_parcel(work, "C1", ConsignmentState.BROUGHT_BACK)  # a delivery that was corrected
    await looks(work, "C1")
    case = (await cases(work))["over:C1"]
    assert (case.reopened, case.state, case.closed_at) == (1, CodCaseState.OPEN, None)


# --- every night ------------------------------------------------------------------------------------


async def test_late_is_what_is_not_there_after_the_working_days(nights: Nights) -> None:
    """Delivered on a Thursday; three working days end with Tuesday."""
    await a_parcel(nights.work, "C1")
    await nights.look(days=5)
    assert await standing(nights.work) == {}
    await nights.look(days=6)
    assert await standing(nights.work) == {"owed:C1": ("late", COD)}
    moment, day = later(6)
    await pays(nights.work, "FT1", a_line("C1"), now=moment, paid_on=day)
    assert await standing(nights.work) == {}


async def test_looking_again_changes_nothing(nights: Nights) -> None:
    await a_parcel(nights.work, "C1")
    await pays(nights.work, "FT1", a_line("EE9", 5), total=7)
    await nights.look(days=9)
    before = await cases(nights.work, standing=False)
    history = [await nights.work.cod_cases.entries(key) for key in sorted(before)]
    assert await nights.look(days=10) == {"matched": 0, "accounts": 1, "standing": 3}
    assert await cases(nights.work, standing=False) == before
    assert [await nights.work.cod_cases.entries(key) for key in sorted(before)] == history


async def test_a_line_becomes_known_when_its_waybill_does(nights: Nights) -> None:
    await a_parcel(nights.work, "C1", waybill=None)
    paid = (await pays(nights.work, "FT1", a_line("EE1"))).remittance.id
    await a_parcel(nights.work, "C1", waybill="EE1")
    assert (await nights.look())["matched"] == 1
    assert await standing(nights.work) == {}
    assert f"line:{paid}:1" in await cases(nights.work, standing=False)


async def test_all_are_looked_at_in_parts(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 2)
    for number in ("C1", "C2", "C3", "C4", "C5"):
        await a_parcel(nights.work, number)
    lines = (a_line(f"EE{place}") for place in range(5))
    await pays(nights.work, "FT1", *lines)
    seen = await nights.look(days=9)
    assert seen == {"matched": 0, "accounts": 5, "standing": 10}


# --- reading ----------------------------------------------------------------------------------------


async def test_the_ledger_by_carrier_state_and_page(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    await a_parcel(work, "C2", ConsignmentState.COLLECTED)
    await a_parcel(work, "C3", carrier=OTHER)
    await a_parcel(work, "C4", cod_dong=0)
    await pays(work, "FT1", a_line("C1", 1))

    async def numbers(**asked: Any) -> list[str]:
        wanted = {"carrier": None, "state": None, "after": "", "limit": 9, **asked}
        return [one.number for one in await ledger(work.cod_books, **wanted)]

    assert await numbers() == ["C1", "C2", "C3"]
    assert await numbers(state=CodState.OWED) == ["C3"]
    assert await numbers(state=CodState.PART, carrier=OTHER) == []
    assert await numbers(limit=2) == ["C1", "C2"]
    assert await numbers(after="C2") == ["C3"]


async def test_the_sums_tie_out(work: MemoryWork) -> None:
    await a_parcel(work, "C1")
    await a_parcel(work, "C2", ConsignmentState.COLLECTED)
    await a_parcel(work, "C3", carrier=OTHER)
    await pays(work, "FT1", a_line("C1", 60_000, 5_000), a_line("EE9", 3_000, 1), total=70_000)
    await pays(work, "FT2", a_line("C2", 1_000))
    theirs, ours = await summary(work.cod_books)
    assert (theirs.carrier, theirs.due_dong, theirs.open_dong, theirs.bank.payments) == (
        OTHER, COD, COD, 0,
    )  # fmt: skip
    assert (ours.due_dong, ours.remitted_dong, ours.withheld_dong) == (COD, 61_000, 5_000)
    assert (ours.open_dong, ours.missing_dong, ours.surplus_dong) == (34_000, 35_000, 1_000)
    bank = ours.bank
    assert (bank.received_dong, bank.unassigned_dong, bank.difference_dong) == (
        71_000, 3_000, 7_000,
    )  # fmt: skip
    assert theirs.ties_out
    assert ours.ties_out
