"""When an office's day is planned, and when it is planned again."""

from datetime import timedelta

from postal_bridge.pickup.driving import Outcome, settle
from postal_bridge.pickup.records import FailureReason, Half
from postal_bridge.pickup.replanning import is_due
from tests.stages.pickup.office import COURIER, OFFICE, Office


async def due(office: Office, shown: str) -> bool:
    office.it_is(shown)
    return await is_due(
        office.work,
        OFFICE,
        now=office.clock.now(),
        terms=office.terms,
        before=timedelta(minutes=45),
        pause=timedelta(minutes=10),
    )


async def test_the_morning_is_planned_shortly_before_it_begins() -> None:
    office = Office()
    assert not await due(office, "06:10")
    await office.asks(1)
    assert not await due(office, "06:44")
    assert await due(office, "06:45")


async def test_nothing_new_means_no_new_plan() -> None:
    office = Office()
    await office.asks(1)
    office.it_is("06:50")
    await office.plans()
    assert not await due(office, "06:51")
    assert not await due(office, "09:00")


async def test_who_comes_later_is_planned_after_a_pause() -> None:
    office = Office()
    await office.asks(1)
    office.it_is("06:50")
    await office.plans()
    office.it_is("06:55")
    await office.asks(2, half=Half.AFTERNOON)
    assert not await due(office, "06:59")
    assert await due(office, "07:00")


async def test_a_failed_visit_gives_time_to_the_others() -> None:
    office = Office()
    shut, other = await office.asks(1), await office.asks(2)
    office.it_is("06:50")
    await office.plans()
    office.it_is("08:00")
    await settle(office.desk(COURIER), shut.number, Outcome(reason=FailureReason.NOBODY_HOME))
    assert await due(office, "08:01")
    await office.plans()
    assert not await due(office, "08:20")
    await settle(office.desk(COURIER), other.number, Outcome())
    assert not await due(office, "08:40")


async def test_nobody_plans_in_the_evening() -> None:
    office = Office()
    await office.asks(1, half=Half.AFTERNOON)
    assert not await due(office, "17:00")
