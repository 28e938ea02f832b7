"""The month's table: what each dossier adds, and to whom."""

from datetime import datetime, timedelta

import pytest

from postal_bridge.dossiers.records import Dossier, FeeKind, FeeReceipt
from postal_bridge.journey import Act, ItemKind, Stage, Status
from postal_bridge.tracking.month import Tally, is_late, month_table, tally
from tests.stages.memory import HOA, MemoryWork
from tests.stores import DOSSIER, HOUR, ITEM, NOW, a_dossier

PROMISED = (NOW + 8 * HOUR).replace(second=0, microsecond=0)


def a_case(status: Status, *, resolved_at: datetime | None = None) -> Dossier:
    dossier = a_dossier(status=status)
    dossier.promised_at, dossier.resolved_at = PROMISED, resolved_at
    return dossier


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.REFUSED, Tally(refused=1)),
        (Status.RECEIVED, Tally(received=1, in_progress=1)),
        (Status.PROCESSING, Tally(received=1, in_progress=1)),
        (Status.SUPPLEMENT, Tally(received=1, in_progress=1, supplement=1)),
        (Status.STOPPED, Tally(received=1, stopped=1)),
        (Status.WITHDRAWN, Tally(received=1, stopped=1)),
        (Status.RESOLVED, Tally(received=1, resolved=1, on_time=1)),
        (Status.RETURNED, Tally(received=1, resolved=1, on_time=1, returned=1)),
    ],
)
def test_what_a_dossier_adds(status: Status, expected: Tally) -> None:
    assert tally(a_case(status, resolved_at=PROMISED)) == expected


@pytest.mark.parametrize(("channel", "online", "postal"), [(1, 0, 0), (2, 1, 0), (3, 0, 1)])
def test_the_way_in_which_a_dossier_came_is_counted(channel: int, online: int, postal: int) -> None:
    dossier = a_case(Status.RECEIVED)
    dossier.channel = channel
    assert tally(dossier) == Tally(received=1, in_progress=1, online=online, postal=postal)


@pytest.mark.parametrize(
    ("resolved_at", "promised_at", "expected"),
    [
        (PROMISED, PROMISED, True),
        (PROMISED - HOUR, PROMISED, True),
        (PROMISED + timedelta(minutes=1), PROMISED, False),
        (PROMISED + timedelta(seconds=30), PROMISED, True),
        (PROMISED, None, True),
        (None, PROMISED, True),
    ],
)
def test_on_time_is_to_the_minute(
    resolved_at: datetime | None, promised_at: datetime | None, expected: bool
) -> None:
    dossier = a_case(Status.RESOLVED, resolved_at=resolved_at)
    dossier.promised_at = promised_at
    assert is_late(dossier) != expected


def test_tallies_add_up_field_by_field() -> None:
    one = Tally(1, 2, 3, 4, 5, 6, 7, 8, 9)
    assert one.plus(one) == Tally(2, 4, 6, 8, 10, 12, 14, 16, 18)
    assert one.plus(Tally()) == one


async def test_the_table_adds_up_by_department_and_counts_what_changed_hands(
    work: MemoryWork,
) -> None:
    await work.an_item_at(Stage.TRANSFER, code=ITEM, kind=ItemKind.APPLICATION)
    for number, status in enumerate((Status.RESOLVED, Status.REFUSED, Status.RECEIVED), start=2):
        other = a_dossier(f"{DOSSIER[:-1]}{number}", status=status)
        other.department = "H37.02"
        await work.dossiers.add(other, [])
    outside = a_dossier(f"{DOSSIER[:-1]}9")
    outside.received_at = NOW + 24 * HOUR
    await work.dossiers.add(outside, [])
    for handover in ("BG-1", "BG-1", None):
        await work.does(HOA, ITEM, Act.ACCEPT, handover=handover)
    for number, amount in enumerate((200_000, 50_000, 0)):
        await work.dossiers.add_receipt(
            FeeReceipt(
                id=str(number),
                dossier_code=DOSSIER,
                number=f"BL-{number}" if amount else None,
                kind=FeeKind.FEE,
                amount_vnd=amount,
                exemption_basis=None if amount else "Điều 10",
                collected_at=NOW,
                collected_by="lan",
                collected_place="TT",
            )
        )
    month = await month_table(work, first=NOW, end=NOW + 24 * HOUR)

    assert dict(month.departments) == {
        "H37.01": Tally(received=1, in_progress=1),
        "H37.02": Tally(received=2, resolved=1, on_time=1, in_progress=1, refused=1),
    }
    assert month.total == Tally(received=3, resolved=1, on_time=1, in_progress=2, refused=1)
    assert sum(month.procedures.values()) == month.total.received
    assert (month.carried_out, month.carried_back) == (1, 0)
    assert (month.fee_receipts, month.fees_vnd, month.exemptions) == (2, 250_000, 1)
