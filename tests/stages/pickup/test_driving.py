"""A round is driven: departures, outcomes, second attempts, the count at the end."""

from postal_bridge.identity import Actor, Role
from postal_bridge.pickup.driving import (
    CountSheet,
    Outcome,
    agree_again,
    close,
    depart,
    lesson,
    settle,
)
from postal_bridge.pickup.records import (
    Deed,
    FailureReason,
    Half,
    PickupRequest,
    PickupState,
    Round,
    RoundState,
    StopState,
)
from tests.stages.pickup.office import (
    CLERK,
    COURIER,
    OFFICE,
    TUESDAY,
    WEDNESDAY,
    Office,
    at,
    refused,
)

STRANGER = Actor("minh", "Lương Văn Minh", Role.COURIER, (OFFICE,))


async def one_round(office: Office, *houses: int) -> tuple[str, list[PickupRequest]]:
    made = [await office.asks(number) for number in houses]
    (one,) = (await office.plans()).rounds
    office.it_is("07:40")
    return one.number, made


async def test_a_round_leaves_once() -> None:
    office = Office()
    number, _ = await one_round(office, 1)
    left = await depart(office.desk(COURIER), number)
    assert isinstance(left, Round)
    assert (left.state, left.left_at) == (RoundState.DRIVING, at("07:40"))
    assert refused(await depart(office.desk(COURIER), number)) == "round-state"
    assert refused(await depart(office.desk(COURIER), "TX-0")) == "round-unknown"


async def test_another_courier_has_no_business_with_it() -> None:
    office = Office()
    number, (made,) = await one_round(office, 1)
    desk = office.desk(STRANGER)
    assert refused(await depart(desk, number)) == "round-unknown"
    assert refused(await settle(desk, made.number, Outcome())) == "round-unknown"
    assert refused(await close(desk, number, CountSheet(counted=0))) == "round-unknown"


async def test_an_outcome_is_noted_as_the_handheld_saw_it() -> None:
    office = Office()
    number, (made,) = await one_round(office, 1)
    office.it_is("08:30")
    outcome = Outcome(
        arrived_at=at("07:45"), left_at=at("07:52"), codes=("A1", "A2", "A3"), note="đủ"
    )
    done = await settle(office.desk(COURIER), made.number, outcome)
    assert isinstance(done, PickupRequest)
    assert (done.state, done.items) == (PickupState.DONE, 2)
    (stop,) = await office.work.rounds.stops(number)
    assert (stop.state, stop.counted, stop.note) == (StopState.DONE, 3, "đủ")
    assert (stop.arrived_at, stop.left_at) == (at("07:45"), at("07:52"))
    kept = await office.work.rounds.find(number)
    assert kept is not None
    assert kept.state is RoundState.DRIVING
    assert refused(await settle(office.desk(COURIER), made.number, outcome)) == "pickup-state"
    assert refused(await settle(office.desk(COURIER), "LH-0", outcome)) == "pickup-unknown"


async def test_a_clock_that_is_ahead_says_no_more_than_now() -> None:
    office = Office()
    number, (made,) = await one_round(office, 1)
    outcome = Outcome(arrived_at=at("09:00"), left_at=at("06:00"))
    await settle(office.desk(COURIER), made.number, outcome)
    (stop,) = await office.work.rounds.stops(number)
    assert (stop.arrived_at, stop.left_at) == (at("07:40"), at("07:40"))


async def test_nobody_home_is_tried_a_second_time_and_no_third() -> None:
    office = Office()
    _, (made,) = await one_round(office, 1)
    shut = Outcome(reason=FailureReason.NOBODY_HOME)
    tried = await settle(office.desk(COURIER), made.number, shut)
    assert isinstance(tried, PickupRequest)
    assert (tried.state, tried.day, tried.attempts) == (PickupState.CONFIRMED, WEDNESDAY, 1)
    await office.plans(WEDNESDAY)
    office.it_is("09:00", WEDNESDAY)
    failed = await settle(office.desk(COURIER), made.number, shut)
    assert isinstance(failed, PickupRequest)
    assert (failed.state, failed.attempts, failed.round) == (PickupState.FAILED, 2, None)
    slots = await office.work.pickups.slots(OFFICE, TUESDAY, WEDNESDAY)
    assert [slot.taken for slot in slots] == [0, 0]
    deeds = [one.deed for one in await office.work.pickups.history(made.number)]
    assert deeds == [Deed.ASKED, Deed.PLANNED, Deed.TRIED, Deed.PLANNED, Deed.FAILED]


async def test_who_refuses_is_not_visited_again_and_a_wrong_address_is_asked_about() -> None:
    office = Office()
    _, (first, second) = await one_round(office, 1, 2)
    no = await settle(office.desk(COURIER), first.number, Outcome(reason=FailureReason.REFUSED))
    assert isinstance(no, PickupRequest)
    assert no.state is PickupState.FAILED
    wrong = Outcome(reason=FailureReason.WRONG_ADDRESS)
    asked = await settle(office.desk(COURIER), second.number, wrong)
    assert isinstance(asked, PickupRequest)
    assert (asked.state, asked.day) == (PickupState.ASKED, WEDNESDAY)


async def test_a_second_date_is_agreed_even_where_the_half_day_is_full() -> None:
    office = Office()
    made = await office.asks(1)
    slot = await office.work.pickups.hold_slot(OFFICE, WEDNESDAY, Half.MORNING, capacity=0)
    await agree_again(office.desk(), made)
    assert (made.day, made.half) == (WEDNESDAY, Half.MORNING)
    slot = await office.work.pickups.hold_slot(OFFICE, WEDNESDAY, Half.MORNING, capacity=0)
    assert (slot.capacity, slot.taken) == (0, 1)


async def test_a_round_is_closed_with_a_count_and_teaches() -> None:
    office = Office()
    number, (first, second) = await one_round(office, 1, 2)
    assert refused(await close(office.desk(COURIER), number, CountSheet(counted=0))) == "stops-open"
    office.it_is("09:00")
    for one in (first, second):
        done = Outcome(counted=2, arrived_at=at("08:50"), left_at=at("08:54"))
        await settle(office.desk(COURIER), one.number, done)
    few = CountSheet(counted=3)
    assert refused(await close(office.desk(COURIER), number, few)) == "words-missing"
    said = CountSheet(counted=3, metres_driven=12_000, remark="mất một bì thư")
    closed = await close(office.desk(CLERK), number, said)
    assert isinstance(closed, Round)
    assert (closed.expected, closed.counted, closed.signed_by) == (4, 3, "lan")
    assert (closed.state, closed.closed_at) == (RoundState.CLOSED, at("09:00"))
    assert refused(await close(office.desk(COURIER), number, said)) == "round-state"
    known = await office.work.rounds.experience(["06001", "06002"])
    assert [(one.stops, one.service_seconds) for one in known] == [(1, 240), (1, 240)]


async def test_a_stop_teaches_its_time_and_its_lateness() -> None:
    office = Office()
    number, (made,) = await one_round(office, 1)
    (stop,) = await office.work.rounds.stops(number)
    planned = stop.arrive_at
    office.it_is("11:00")
    done = Outcome(arrived_at=planned.replace(hour=planned.hour + 1), left_at=at("11:00"))
    await settle(office.desk(COURIER), made.number, done)
    (stop,) = await office.work.rounds.stops(number)
    taught = lesson("06001", stop)
    assert (taught.stops, taught.late_seconds, taught.late_stops) == (1, 3_600, 1)
    assert taught.service_seconds <= 2 * 3_600
