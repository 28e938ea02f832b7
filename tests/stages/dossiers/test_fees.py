"""Fees: a numbered receipt for money, a legal basis for none."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from postal_bridge.dossiers.fees import collect_fee
from postal_bridge.dossiers.records import FeeKind, FeeReceipt
from postal_bridge.errors import Reason, Refusal
from tests.stages.memory import CENTRE, LAN, MemoryWork
from tests.stores import DOSSIER, NOW, a_dossier


async def collect(
    work: MemoryWork,
    amount_vnd: int,
    *,
    basis: str | None = None,
    place: str = CENTRE,
    code: str = DOSSIER,
    now: datetime = NOW,
) -> FeeReceipt | Refusal:
    return await collect_fee(
        work,
        code=code,
        kind=FeeKind.CHARGE,
        amount_vnd=amount_vnd,
        exemption_basis=basis,
        place=place,
        actor=LAN,
        now=now,
        receipt_id=UUID(int=len(work.dossiers.money)),
    )


@pytest.fixture(autouse=True)
async def _a_dossier(work: MemoryWork) -> None:
    await work.dossiers.add(a_dossier(), [])


async def test_receipts_are_numbered_through_the_year_of_the_local_clock(work: MemoryWork) -> None:
    new_year = datetime(2019, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Vietnam
    numbers = []
    for now in (NOW, NOW, new_year):
        receipt = await collect(work, 200_000, now=now)
        assert isinstance(receipt, FeeReceipt)
        numbers.append(str(receipt.number)[:12])
    assert numbers == ["BL-19-000001", "BL-19-000002", "BL-20-000001"]


async def test_an_exemption_has_a_basis_and_takes_no_number(work: MemoryWork) -> None:
    waived = await collect(work, 0, basis="Điều 10 Luật Phí và lệ phí 2015")
    paid = await collect(work, 50_000)

    assert isinstance(waived, FeeReceipt)
    assert isinstance(paid, FeeReceipt)
    assert (waived.number, waived.amount_vnd) == (None, 0)
    assert str(paid.number).startswith("BL-19-000001")
    assert work.dossiers.money == [waived, paid]


@pytest.mark.parametrize(
    ("amount_vnd", "basis", "place", "code", "reason"),
    [
        (0, None, CENTRE, DOSSIER, Reason.FEE_AMOUNT),
        (-1, None, CENTRE, DOSSIER, Reason.FEE_AMOUNT),
        (10, "Điều 10", CENTRE, DOSSIER, Reason.FEE_AMOUNT),
        (0, "  ", CENTRE, DOSSIER, Reason.EXEMPTION_BASIS_MISSING),
        (10, None, "H37.02", DOSSIER, Reason.OTHER_PLACE),
        (10, None, CENTRE, "khong-co", Reason.DOSSIER_UNKNOWN),
    ],
)
async def test_money_that_does_not_fit_is_refused_and_no_number_is_lost(
    work: MemoryWork, amount_vnd: int, basis: str | None, place: str, code: str, reason: Reason
) -> None:
    refused = await collect(work, amount_vnd, basis=basis, place=place, code=code)

    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert work.dossiers.money == []
    assert work.counters.kept == {}
