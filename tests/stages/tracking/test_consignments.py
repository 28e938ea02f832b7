"""Consignments: a result's way home, attempt by attempt, whatever order the scans come in."""

import random
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.consignments import (
    BOOK_TOPIC,
    book_consignment,
    cancel_consignment,
    follow_scans,
    return_at_desk,
)
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.stages.memory import CENTRE, DEPARTMENT, LAN, TUAN, MemoryWork
from tests.stores import DOSSIER, ITEM

RESULT = f"{DOSSIER}/K1"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def _a_result_at_the_desk(work: MemoryWork) -> None:
    await work.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)


async def book(work: MemoryWork, *, item: str = RESULT) -> Consignment | Refusal:
    return await book_consignment(
        work.by(LAN), item_code=item, carrier="own_fleet", place=CENTRE, courier="tuan"
    )


async def booked(work: MemoryWork) -> str:
    consignment = await book(work)
    assert isinstance(consignment, Consignment)
    return consignment.number


async def scanned(work: MemoryWork, act: Act, minute: int, *, corrects: int | None = None) -> None:
    """A courier's scan some minutes after the booking; its minute is its identifier."""
    await work.does(
        TUAN,
        RESULT,
        act,
        occurred_at=work.consignments.kept[_last(work)].booked_at + minute * MINUTE,
        event_id=UUID(int=minute),
        device="HH-01",
        corrects=UUID(int=corrects) if corrects else None,
    )
    await follow_scans(work.by(TUAN), [(await work.at(RESULT)).item])


def _last(work: MemoryWork) -> str:
    return list(work.consignments.kept)[-1]


async def test_an_order_waits_in_the_outbox_and_the_courier_bears_the_result(
    work: MemoryWork,
) -> None:
    number = await booked(work)
    position = work.custody.positions[RESULT]
    assert (position.stage, position.custodian) == (Stage.DELIVERY, "tuan")
    assert work.outbox.kept[BOOK_TOPIC, number] == {"number": number, "carrier": "own_fleet"}
    again = await book(work)
    assert isinstance(again, Refusal)
    assert again.reason is Reason.CONSIGNMENT_OPEN


ARRIVALS = list(permutations(((Act.FAIL, 1), (Act.FAIL, 2), (Act.DELIVER, 3))))


@pytest.mark.parametrize("arrival", ARRIVALS)
async def test_three_visits_are_three_attempts_in_any_order_of_arrival(
    work: MemoryWork, arrival: tuple[tuple[Act, int], ...]
) -> None:
    number = await booked(work)
    for act, minute in arrival:
        await scanned(work, act, minute)
    kept = work.consignments.kept[number]
    assert (kept.state, kept.attempts) == (ConsignmentState.DELIVERED, 3)
    assert kept.closed_at == kept.booked_at + 3 * MINUTE


async def test_a_delivery_that_is_corrected_opens_the_consignment_again(work: MemoryWork) -> None:
    number = await booked(work)
    work.consignments.kept[number].carrier_reference = "NB-1"
    await scanned(work, Act.DELIVER, 3)
    assert work.consignments.kept[number].state is ConsignmentState.DELIVERED
    await scanned(work, Act.CORRECT, 4, corrects=3)
    kept = work.consignments.kept[number]
    assert (kept.state, kept.attempts, kept.closed_at) == (ConsignmentState.COLLECTED, 0, None)


async def test_a_second_attempt_is_another_order_and_takes_its_own_scans(work: MemoryWork) -> None:
    first = await booked(work)
    await scanned(work, Act.FAIL, 1)
    await scanned(work, Act.BRING_BACK, 2)
    work.now += 10 * MINUTE
    second = await booked(work)
    await scanned(work, Act.FAIL, 1 + 20)

    assert first != second
    states = {number: (c.state, c.attempts) for number, c in work.consignments.kept.items()}
    assert states == {
        first: (ConsignmentState.BROUGHT_BACK, 1),
        second: (ConsignmentState.ATTEMPTED, 1),
    }


async def test_a_consignment_is_called_off_before_anybody_stood_at_the_door(
    work: MemoryWork,
) -> None:
    number = await booked(work)
    called_off = await cancel_consignment(work.by(LAN), number=number, place=CENTRE, note=None)
    assert isinstance(called_off, Consignment)
    assert called_off.state is ConsignmentState.CANCELLED
    assert work.custody.positions[RESULT].stage is Stage.DESK
    await follow_scans(work.by(LAN), [(await work.at(RESULT)).item])
    assert work.consignments.kept[number].state is ConsignmentState.CANCELLED

    await booked(work)
    await scanned(work, Act.FAIL, 1)
    late = await cancel_consignment(work.by(LAN), number=_last(work), place=CENTRE, note=None)
    unknown = await cancel_consignment(work.by(LAN), number="?", place=CENTRE, note=None)
    assert isinstance(late, Refusal)
    assert isinstance(unknown, Refusal)
    assert (late.reason, unknown.reason) == (Reason.CONSIGNMENT_CLOSED, Reason.CONSIGNMENT_UNKNOWN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"return_mode": 0}, Reason.RETURN_MODE_DIFFERS),
        ({"applicant_address": " "}, Reason.RECEIVER_MISSING),
        ({"applicant_phone": ""}, Reason.RECEIVER_MISSING),
    ],
)
async def test_nothing_is_sent_to_where_nobody_wants_it(
    work: MemoryWork, change: dict[str, object], reason: Reason
) -> None:
    await work.dossiers.change(DOSSIER, **change)
    refused = await book(work)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert work.consignments.kept == {}


async def test_only_results_go_home_by_post(work: MemoryWork) -> None:
    slip = f"{DOSSIER}/P1"
    await work.an_item_at(Stage.DESK, code=slip, kind=ItemKind.SUPPLEMENT_REQUEST)
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)
    reasons = []
    for item in (slip, ITEM, "?"):
        refused = await book(work, item=item)
        assert isinstance(refused, Refusal)
        reasons.append(refused.reason)
    assert reasons == [Reason.ACT_UNKNOWN, Reason.ACT_UNKNOWN, Reason.ITEM_UNKNOWN]


@pytest.mark.parametrize(
    ("item", "place", "reason"),
    [
        (RESULT, CENTRE, None),
        (RESULT, DEPARTMENT, Reason.OTHER_PLACE),
        ("?", CENTRE, Reason.ITEM_UNKNOWN),
    ],
)
async def test_the_citizen_takes_the_result_at_its_desk(
    work: MemoryWork, item: str, place: str, reason: Reason | None
) -> None:
    refused = await return_at_desk(work.by(LAN), item_code=item, place=place, receiver="Đào")
    assert (refused.reason if refused else None) is reason
    if reason is None:
        assert work.custody.events[-1].note == "Đào"
        assert work.custody.positions[RESULT].stage is Stage.RETURNED
        again = await return_at_desk(work.by(LAN), item_code=item, place=place, receiver="Đào")
        assert again is not None
        assert again.reason is Reason.ACT_NOT_POSSIBLE


async def test_chance_has_no_part_in_a_number(work: MemoryWork) -> None:
    number = await booked(work)
    other = MemoryWork()
    other.identifiers._source = random.Random(99)
    await other.an_item_at(Stage.DESK, code=RESULT, kind=ItemKind.RESULT)
    assert await booked(other) == number
