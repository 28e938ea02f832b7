"""A carrier fetches what is too far for our own rounds; nothing is ordered twice or forgotten."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postal_bridge.pickup.driving import Outcome, settle
from postal_bridge.pickup.records import CarrierFetch, FailureReason, PickupRequest, PickupState
from postal_bridge.pickup.requests import cancel
from postal_bridge.sandbox.carrier_memory import CarrierMemory, ForgetfulCarrier, Mishap
from postal_bridge.tracking.carrier_values import Party
from postal_bridge.tracking.fetching import Fetching
from postal_bridge.tracking.orders import Connection
from tests.stages.pickup.office import OFFICE, TUESDAY, Office, the_terms

QUIET = timedelta(minutes=5)
POST = Party(name="Bưu điện tỉnh", phone="0205", address="Lạng Sơn", province="20")


class Far:
    """An office whose carrier fetches what is farther than ten kilometres."""

    def __init__(self, carrier: ForgetfulCarrier | None = None) -> None:
        self.office = Office(terms=the_terms(carrier="hang", carrier_beyond_metres=10_000))
        self.carrier = carrier or CarrierMemory("hang")
        self.connection = Connection(carrier=self.carrier, sender=POST, place=OFFICE, quiet=QUIET)
        self.fetching = Fetching(
            house=self.office.house,
            connections={"hang": self.connection},
            locate=lambda _words: "20",
        )

    async def now(self, request: PickupRequest) -> PickupRequest:
        return await self.office.now(request)


async def test_who_lives_far_is_fetched_and_who_lives_near_is_not() -> None:
    town = Far()
    near, far = await town.office.asks(3), await town.office.asks(20, grams=750)
    assert await town.fetching.look() == {"offered": 1, "settled": 1}
    assert await town.fetching.look() == {"offered": 0, "settled": 0}
    assert (await town.now(near)).state is PickupState.CONFIRMED
    given = await town.now(far)
    assert (given.state, given.carrier_state) == (PickupState.CARRIER, CarrierFetch.PLACED)
    assert given.carrier_number
    (order,) = town.carrier.orders
    assert (order.reference, order.weight_grams) == (far.number, 750)
    assert (order.sender.name, order.sender.ward) == (far.name, "Phường số 20")
    assert order.receiver == POST
    assert order.window is not None
    assert (order.window.start, order.window.end) == (far.opens_at, far.closes_at)
    slot = await town.office.work.pickups.hold_slot(OFFICE, TUESDAY, far.half, capacity=40)
    assert slot.taken == 1
    planned = await town.office.plans()
    assert [stop.request for stop in planned.stops[planned.rounds[0].number]] == [near.number]


@pytest.mark.parametrize("mishap", [Mishap.LOST, Mishap.ANSWER_LOST])
async def test_a_lost_answer_is_looked_up_before_anybody_asks_anew(mishap: Any) -> None:
    town = Far()
    far = await town.office.asks(20)
    town.carrier.mishaps.append(mishap)
    await town.fetching.look()
    assert (await town.now(far)).carrier_state is CarrierFetch.ASKED
    for minutes in range(1, 8):
        town.office.it_is(f"06:{minutes:02d}")
        await town.fetching.look()
    assert (await town.now(far)).carrier_state is CarrierFetch.PLACED
    assert [order.reference for order in town.carrier.orders] == [far.number]


async def test_a_carrier_that_did_not_hear_is_asked_again() -> None:
    town = Far()
    far = await town.office.asks(20)
    town.carrier.mishaps.append(Mishap.NOT_HEARD)
    assert (await town.fetching.look())["settled"] == 0
    assert (await town.now(far)).carrier_state is CarrierFetch.WAITING
    town.office.it_is("06:10")
    await town.fetching.look()
    assert len(town.carrier.orders) == 1


async def test_what_the_carrier_does_not_want_our_own_couriers_fetch() -> None:
    town = Far()
    far = await town.office.asks(20)
    town.carrier.mishaps.append(Mishap.REFUSED)
    assert await town.fetching.look() == {"offered": 1, "settled": 1}
    back = await town.now(far)
    assert (back.state, back.carrier_state) == (PickupState.CONFIRMED, CarrierFetch.REFUSED)
    assert back.carrier_said
    assert (await town.fetching.look())["offered"] == 0
    planned = await town.office.plans()
    assert [stop.request for stop in planned.stops[planned.rounds[0].number]] == [far.number]


async def test_calling_off_reaches_the_carrier() -> None:
    town = Far()
    far = await town.office.asks(20)
    await town.fetching.look()
    await cancel(town.office.desk(), far.number, reason="đi vắng")
    assert (await town.now(far)).carrier_state is CarrierFetch.CALLING_OFF
    await town.fetching.look()
    now = await town.now(far)
    assert (now.state, now.carrier_state) == (PickupState.CANCELLED, CarrierFetch.CALLED_OFF)


async def test_what_was_never_ordered_needs_no_calling_off() -> None:
    town = Far()
    far = await town.office.asks(20)
    await town.fetching.offer()
    await cancel(town.office.desk(), far.number, reason="đi vắng")
    assert (await town.now(far)).carrier_state is CarrierFetch.CALLED_OFF
    assert await town.fetching.settle() == 0
    assert town.carrier.orders == []


async def test_the_desk_notes_what_arrived_and_what_did_not() -> None:
    town = Far()
    came, missed = await town.office.asks(20), await town.office.asks(21)
    await town.fetching.look()
    done = await settle(town.office.desk(), came.number, Outcome(counted=2))
    assert isinstance(done, PickupRequest)
    assert done.state is PickupState.DONE
    shut = Outcome(reason=FailureReason.NOBODY_HOME)
    again = await settle(town.office.desk(), missed.number, shut)
    assert isinstance(again, PickupRequest)
    assert (again.state, again.attempts) == (PickupState.CONFIRMED, 1)
    assert (await town.fetching.look())["offered"] == 0


async def test_without_a_carrier_nothing_is_offered() -> None:
    town = Far()
    await town.office.asks(20)
    alone = replace(town.fetching, connections={})
    assert await alone.look() == {"offered": 0, "settled": 0}
