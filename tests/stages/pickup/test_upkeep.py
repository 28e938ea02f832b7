"""What nobody does by hand is done, and done once."""

from datetime import timedelta

from postal_bridge.outbox import ANNOUNCEMENT_TOPIC
from postal_bridge.pickup.records import Deed, Half, PickupKind, PickupState
from postal_bridge.pickup.upkeep import PickupUpkeep, reminder
from tests.stages.memory_places import KnownPlaces
from tests.stages.pickup.office import (
    DEPARTMENT,
    TUESDAY,
    WEDNESDAY,
    Office,
    a_shuttle,
    a_ward,
    the_terms,
)


def upkeep(office: Office) -> PickupUpkeep:
    return PickupUpkeep(house=office.house, remind_before=timedelta(minutes=20))


async def test_shuttles_are_asked_for_once_a_day() -> None:
    office = Office(terms=the_terms(shuttles=(a_shuttle(),)))
    assert (await upkeep(office).tend())["shuttles"] == 2
    assert (await upkeep(office).tend())["shuttles"] == 0
    today, tomorrow = sorted(office.work.pickups.kept.values(), key=lambda one: one.day)
    assert (today.day, tomorrow.day) == (TUESDAY, WEDNESDAY)
    assert (today.kind, today.state) == (PickupKind.SHUTTLE, PickupState.CONFIRMED)
    planned = await office.plans()
    assert [stop.request for stop in planned.stops[planned.rounds[0].number]] == [today.number]


async def test_a_shuttle_to_nowhere_or_on_another_weekday_is_not_asked_for() -> None:
    office = Office(terms=the_terms(shuttles=(a_shuttle(weekdays=(6,)), a_shuttle(name="b"))))
    office.work.catalogue.kept_places[DEPARTMENT].longitude = None
    assert (await upkeep(office).tend())["shuttles"] == 0
    office.it_is("11:00")
    assert (await upkeep(office).tend())["shuttles"] == 0


async def test_an_address_in_doubt_is_settled_by_a_service_that_is_sure() -> None:
    office = Office()
    made = await office.asks(1, address="sau chợ")
    assert (await upkeep(office).tend())["located"] == 0
    assert (await office.now(made)).version == made.version
    known = KnownPlaces({"sau chợ": a_ward(4)})
    object.__setattr__(office.house, "patient", known)
    assert (await upkeep(office).tend())["located"] == 1
    settled = await office.now(made)
    assert (settled.state, settled.ward_code) == (PickupState.CONFIRMED, "06004")


async def test_whose_day_has_passed_gets_the_next_one() -> None:
    office = Office()
    forgotten, in_doubt = await office.asks(1), await office.asks(2, address="đâu đó")
    never_driven = await office.asks(3)
    await office.plans()
    office.it_is("00:10", WEDNESDAY)
    assert (await upkeep(office).tend())["carried_on"] == 3
    assert (await upkeep(office).tend())["carried_on"] == 0
    thursday = WEDNESDAY.replace(day=26)
    for one in (forgotten, in_doubt, never_driven):
        now = await office.now(one)
        assert (now.day, now.half, now.round) == (thursday, Half.MORNING, None)
        last = (await office.work.pickups.history(one.number))[-1]
        assert (last.deed, last.by) == (Deed.CHANGED, "night")
    assert (await office.now(in_doubt)).state is PickupState.ASKED


async def test_a_shuttle_that_was_not_driven_has_failed() -> None:
    office = Office(terms=the_terms(shuttles=(a_shuttle(),)))
    await upkeep(office).tend()
    office.it_is("06:00", WEDNESDAY.replace(day=26))
    await upkeep(office).tend()
    states = {one.day: one.state for one in office.work.pickups.kept.values()}
    assert states[TUESDAY] is states[WEDNESDAY] is PickupState.FAILED


async def test_a_courier_who_has_not_left_is_announced_once() -> None:
    office = Office()
    await office.asks(1)
    planned = await office.plans()
    assert (await upkeep(office).tend())["reminded"] == 0
    office.it_is("08:00")
    for _ in range(2):
        assert (await upkeep(office).tend())["reminded"] == 1
    told = [key for topic, key in office.work.outbox.kept if topic == ANNOUNCEMENT_TOPIC]
    assert len(told) == 1
    said = reminder(planned.rounds[0], office.clock.now())
    assert (said["type"], said["subject"]) == ("round.not_left", planned.rounds[0].number)
