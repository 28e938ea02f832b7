"""What pickups are done with reaches those who work with it."""

from postal_bridge.pickup.house import PickupHouse
from tests.stages.pickup.office import BOSS, CLERK, OFFICE, TUESDAY, Office


async def test_desks_and_planners_work_with_what_the_house_has() -> None:
    office = Office()
    house: PickupHouse = office.house
    now = office.clock.now()
    desk = house.desk(office.work, CLERK, now)
    assert (desk.terms, desk.actor, desk.now) == (office.terms, CLERK, now)
    await office.asks(1)
    planned = await house.planner(BOSS).plan(OFFICE, TUESDAY)
    assert getattr(planned, "run").by == BOSS.username  # noqa: B009 - a refusal has none
