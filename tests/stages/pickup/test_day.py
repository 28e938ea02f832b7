"""An office's day as a problem: who has to be visited, for how long, and who can drive."""

from dataclasses import replace
from datetime import timedelta

from postal_bridge.pickup.day import problem_of, read_day, service_seconds
from postal_bridge.pickup.driving import Outcome, depart, settle
from postal_bridge.pickup.plans import Problem
from postal_bridge.pickup.records import PickupKind, PickupRequest, PickupState, WardExperience
from tests.stages.pickup.office import (
    COURIER,
    DEPOT,
    OFFICE,
    TUESDAY,
    WEDNESDAY,
    Office,
    at,
    the_terms,
)


async def problem(office: Office) -> Problem:
    day = await read_day(office.work, OFFICE, TUESDAY, DEPOT)
    found, _ = await problem_of(
        day, office.terms, office.house.distances, now=office.clock.now(), seed=1
    )
    return found


async def test_visits_are_those_of_the_day_whose_place_is_known() -> None:
    office = Office()
    made = await office.asks(1)
    await office.asks(2, address="không ai biết")
    await office.asks(3, day=WEDNESDAY)
    (visit,) = (await problem(office)).visits
    assert (visit.id, visit.must, visit.collect_items) == (made.number, True, 2)
    assert visit.windows[0].start == at("07:30")
    assert visit.label == f"{made.number} {made.name}"


async def test_results_are_loaded_and_may_wait_for_a_price_until_they_are_due() -> None:
    office = Office()
    far = TUESDAY + timedelta(days=8)
    await office.asks(1, kind=PickupKind.RETURN, must_by=far)
    await office.asks(2, kind=PickupKind.RETURN, must_by=WEDNESDAY)
    await office.asks(3, kind=PickupKind.RETURN)
    waits, due, undated = (await problem(office)).visits
    assert (waits.must, waits.prize_dong) == (False, 2_000 * 6)
    assert (due.must, undated.must) == (True, True)
    assert (due.deliver_items, due.collect_items) == (2, 0)


async def test_a_ward_s_time_at_the_door_is_learnt() -> None:
    office = Office()
    made = await office.asks(1)
    few = WardExperience(ward_code="06001", stops=2, service_seconds=240)
    enough = replace_stops(few)
    terms = the_terms()
    assert service_seconds(made, {"06001": few}, terms) == 300
    assert service_seconds(made, {"06001": enough}, terms) == 120
    assert service_seconds(made, {}, terms) == 300


def replace_stops(few: WardExperience) -> WardExperience:
    return few.model_copy(update={"stops": 4, "service_seconds": 480})


async def test_a_round_under_way_keeps_what_it_drove_and_what_it_carries() -> None:
    office = Office()
    collected = await office.asks(1)
    brought = await office.asks(2, kind=PickupKind.RETURN, must_by=TUESDAY)
    (one,) = (await office.plans()).rounds
    office.it_is("07:35")
    await depart(office.desk(COURIER), one.number)
    office.it_is("07:50")
    await settle(office.desk(COURIER), collected.number, Outcome(counted=2))
    found = await problem(office)
    (shift,) = found.shifts
    assert [each.visit for each in shift.driven] == [collected.number]
    assert shift.aboard == (brought.number,)
    assert shift.left_at == at("07:35")
    assert {each.id for each in found.visits} == {collected.number, brought.number}


async def test_who_has_been_tried_in_vain_goes_first() -> None:
    office = Office()
    made = await office.asks(1)
    kept = replace_attempts(made.number, office)
    (visit,) = (await problem(office)).visits
    assert kept.state is PickupState.CONFIRMED
    assert visit.priority == 10


def replace_attempts(number: str, office: Office) -> PickupRequest:
    one = office.work.pickups.kept[number]
    one.attempts = 1
    return one


async def test_a_shift_without_lunch_has_none() -> None:
    shift = replace(the_terms().shifts[0], lunch=None)
    office = Office(terms=the_terms(shifts=(shift,)))
    await office.asks(1)
    assert (await problem(office)).shifts[0].lunch is None
