"""What a carrier owes for a consignment, and how much of it is there."""

from itertools import permutations
from typing import Any

import pytest

from postal_bridge.remittances.cod import fold
from postal_bridge.remittances.records import CodState, WriteOff
from postal_bridge.remittances.values import Account, CodFacts, Telling
from postal_bridge.tracking.carrier_records import CodMove
from postal_bridge.tracking.records import ConsignmentState
from tests.stages.remittances.money import COD, POST, an_order, written_line
from tests.stores import HOUR, NOW

COLLECTED, REMITTED = CodMove.COLLECTED, CodMove.REMITTED
TRAVELLING, DELIVERED = ConsignmentState.COLLECTED, ConsignmentState.DELIVERED


def told(move: CodMove, dong: int | None, hours: int = 0) -> Telling:
    return Telling(move=move, dong=dong, occurred_at=NOW + hours * HOUR, key=f"{move}{hours}")


def account(state: ConsignmentState = DELIVERED, **facts: Any) -> Account:
    closed_at = NOW if state is DELIVERED else None
    order = an_order("C1", cod_dong=facts.pop("cod_dong", COD))
    return fold(
        CodFacts(order=order, consignment=state, closed_at=closed_at, booked_at=NOW, **facts)
    )


def paid(*amounts: int, fee: int = 0) -> list[Any]:
    return [
        written_line("R1", position, number="C1", amount=amount, fee_dong=fee)
        for position, amount in enumerate(amounts, start=1)
    ]


def written_off(amount: int) -> list[WriteOff]:
    return [
        WriteOff(
            id="W1", number="C1", carrier=POST, amount_dong=amount, reason="…", written_by="sang",
            written_at=NOW,
        )
    ]  # fmt: skip


def test_nothing_is_owed_before_the_carrier_has_the_money() -> None:
    one = account(TRAVELLING)
    assert (one.state, one.due_dong, one.open_dong, one.since) == (CodState.WAITING, 0, 0, None)
    assert account(ConsignmentState.BROUGHT_BACK).state is CodState.NOTHING
    assert account(ConsignmentState.CANCELLED).state is CodState.NOTHING


def test_a_carrier_that_hands_over_and_says_nothing_has_collected_in_full() -> None:
    one = account()
    assert (one.state, one.due_dong, one.collected_dong, one.since) == (
        CodState.OWED, COD, COD, NOW,
    )  # fmt: skip


def test_a_carrier_that_says_so_owes_before_the_result_is_handed_over_in_our_books() -> None:
    one = account(TRAVELLING, told=[told(COLLECTED, None, hours=-2)])
    assert (one.due_dong, one.collected_dong, one.since) == (COD, COD, NOW - 2 * HOUR)


@pytest.mark.parametrize(("collected", "due"), [(60_000, COD), (130_000, 130_000)])
def test_it_owes_what_was_asked_or_what_it_took_where_that_is_more(
    collected: int, due: int
) -> None:
    one = account(told=[told(COLLECTED, collected)])
    assert (one.collected_dong, one.due_dong, one.open_dong) == (collected, due, due)


def test_a_carrier_that_corrects_itself_is_heard_last_and_told_twice_is_told_once() -> None:
    said = [told(COLLECTED, 90_000, 1), told(COLLECTED, None, 3), told(COLLECTED, COD, 2)]
    for order in permutations([*said, said[0]]):
        assert account(told=order).collected_dong == COD


def test_what_it_says_that_it_has_paid_is_a_word_and_no_money() -> None:
    one = account(told=[told(REMITTED, COD)])
    assert (one.told_remitted_dong, one.remitted_dong, one.open_dong) == (COD, 0, COD)
    assert account(TRAVELLING, told=[told(REMITTED, COD)]).due_dong == 0


@pytest.mark.parametrize(
    ("amounts", "state", "still"),
    [
        ((40_000,), CodState.PART, 60_000),
        ((40_000, 60_000), CodState.SETTLED, 0),
        ((COD, COD), CodState.OVER, -COD),
    ],
)
def test_payments_add_up(amounts: tuple[int, ...], state: CodState, still: int) -> None:
    one = account(lines=paid(*amounts))
    assert (one.state, one.open_dong, one.payments) == (state, still, len(amounts))


def test_a_fee_that_was_kept_pays_its_part_and_a_fee_alone_is_no_payment() -> None:
    one = account(lines=paid(90_000, fee=10_000))
    assert (one.state, one.remitted_dong, one.withheld_dong) == (CodState.SETTLED, 90_000, 10_000)
    back = account(ConsignmentState.BROUGHT_BACK, lines=paid(-15_000, fee=15_000))
    assert (back.state, back.open_dong, back.payments) == (CodState.NOTHING, 0, 0)


def test_money_for_what_was_not_delivered_is_too_much() -> None:
    one = account(TRAVELLING, lines=paid(COD))
    assert (one.state, one.due_dong, one.open_dong) == (CodState.OVER, 0, -COD)


def test_what_is_written_off_is_no_longer_waited_for() -> None:
    one = account(lines=paid(95_000), written_off=written_off(5_000))
    assert (one.state, one.written_off_dong, one.open_dong) == (CodState.SETTLED, 5_000, 0)
    kept = account(TRAVELLING, lines=paid(5_000), written_off=written_off(-5_000))
    assert (kept.state, kept.open_dong) == (CodState.WAITING, 0)


def test_it_owes_from_the_first_of_the_moments_on() -> None:
    one = account(told=[told(COLLECTED, COD, hours=3), told(COLLECTED, COD, hours=1)])
    assert one.since == NOW
