"""An order leaves in the transaction that made it, and reaches the carrier exactly once."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from postal_bridge.outbox import Claimed
from postal_bridge.tracking.carrier_values import Booked, Order, Unknown
from postal_bridge.tracking.consignments import BOOK_TOPIC
from tests.journey.house import Town
from tests.journey.province import RETURN_DESK


class CountingFleet:
    """The own fleet, counting what it is asked."""

    name = "own_fleet"
    reference_limit = 43
    repeatable = True

    def __init__(self, *, dies_after_taking: int = 0) -> None:
        self.asked: Counter[str] = Counter()
        self._deaths = dies_after_taking

    async def book(self, order: Order) -> Booked | Unknown:
        self.asked[order.number] += 1
        if self._deaths:
            self._deaths -= 1
            return Unknown("the line broke after the order was taken")
        return Booked(carrier_number=f"NB-{order.number}")

    async def close(self) -> None:
        pass


@pytest.fixture
async def number(town: Town) -> str:
    """A consignment that waits in the outbox."""
    _, result = await town.at_return_desk(return_mode=1)
    return await town.desk.sends_home(result, by=town.courier)


async def test_the_own_fleet_confirms_the_order_once(town: Town, number: str) -> None:
    fleet = CountingFleet()
    town.hires(fleet)
    assert await town.dispatches() == 4  # three notices and the order
    assert await town.dispatches() == 0
    assert fleet.asked == {number: 1}
    found = await town.rows("SELECT state, carrier_reference FROM consignment")
    assert found == [("collected", f"NB-{number}")]


async def test_two_workers_at_once_book_it_once(town: Town, number: str) -> None:
    fleet = CountingFleet()
    town.hires(fleet)
    async with asyncio.TaskGroup() as group:
        rounds = [group.create_task(town.dispatches()) for _ in range(2)]
    assert sum(done.result() for done in rounds) == 4
    assert fleet.asked == {number: 1}


async def test_a_broken_line_is_tried_again_under_the_same_number(town: Town, number: str) -> None:
    fleet = CountingFleet(dies_after_taking=1)
    town.hires(fleet)
    await town.dispatches()
    assert await town.rows("SELECT state FROM consignment") == [("booked",)]
    assert await town.rows("SELECT state FROM carrier_order") == [("unknown",)]
    town.clock.advance_to(town.clock.now() + timedelta(minutes=10))
    carriers = town.house.jobs()._carriers
    assert carriers is not None
    await carriers.run_due()
    assert fleet.asked == {number: 2}
    found = await town.rows("SELECT state, carrier_reference FROM consignment")
    assert found == [("collected", f"NB-{number}")]


async def test_a_message_that_is_handed_over_twice_changes_nothing_the_second_time(
    town: Town, number: str
) -> None:
    payload = f'{{"number": "{number}", "carrier": "own_fleet"}}'
    message = Claimed(id=1, attempt=1, topic=BOOK_TOPIC, key=number, payload=payload)
    await town.dispatch().book(message)
    once = await town.rows("SELECT * FROM consignment")
    town.tick()
    await town.dispatch().book(message)
    assert await town.rows("SELECT * FROM consignment") == once


async def test_a_booking_that_is_refused_leaves_no_order_behind(town: Town) -> None:
    _, result = await town.at_return_desk(return_mode=0)
    before = await town.dump(without=["refused_request"])
    said = {"item": result, "courier": town.courier.username, "place": RETURN_DESK}
    (await town.desk.asks("POST", "/consignments", said)).refuses(409, "return-mode-differs")
    unknown = {**said, "courier": "nguoi-la"}
    (await town.desk.asks("POST", "/consignments", unknown)).refuses(422, "staff-unknown")
    stranger = {**said, "carrier": "ong-ba-nao-do"}
    (await town.desk.asks("POST", "/consignments", stranger)).refuses(422, "carrier-unknown")
    assert await town.dump(without=["refused_request"]) == before
