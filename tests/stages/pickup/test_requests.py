"""Asking, changing, calling off; slots are held and given back."""

from dataclasses import replace

from postal_bridge.errors import Refusal
from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.plans import Location, Window
from postal_bridge.pickup.records import Deed, Half, PickupRequest, PickupState, StopState
from postal_bridge.pickup.requests import (
    Change,
    ask,
    cancel,
    change,
    free_slots,
    set_capacity,
    settle_place,
)
from tests.stages.pickup.office import (
    OFFICE,
    TUESDAY,
    WEDNESDAY,
    Office,
    a_ward,
    a_wish,
    at,
    refused,
)


async def taken(office: Office, half: Half = Half.MORNING) -> int:
    slot = await office.work.pickups.hold_slot(OFFICE, TUESDAY, half, capacity=40)
    return slot.taken


async def test_a_request_is_located_and_holds_its_slot() -> None:
    office = Office()
    made = await office.asks(3)
    assert (made.state, made.ward_code, made.version) == (PickupState.CONFIRMED, "06003", 1)
    assert await taken(office) == 1
    assert [one.deed for one in await office.work.pickups.history(made.number)] == [Deed.ASKED]


async def test_an_address_that_nobody_knows_waits_with_its_words() -> None:
    office = Office()
    made = await office.asks(3, address="gần CHỢ Kỳ Lừa")
    assert (made.state, made.address) == (PickupState.ASKED, "gần CHỢ Kỳ Lừa")


async def test_what_cannot_be_is_refused_and_nothing_is_held() -> None:
    office = Office()
    wrong = {
        "place-unknown": a_wish(3, office="KHONG"),
        "dossier-unknown": a_wish(3, dossier_code="H37-1"),
        "pickup-day": a_wish(3, day=TUESDAY.replace(day=22)),
    }
    for slug, wish in wrong.items():
        assert refused(await ask(office.desk(), wish)) == slug
    outside = Window(at("06:00"), at("08:00"))
    answer = await ask(office.desk(), a_wish(3, window=outside))
    assert isinstance(answer, Refusal)
    assert (answer.reason.slug, answer.field) == ("pickup-day", "from")
    assert office.work.pickups.kept == {}
    assert await taken(office) == 0


async def test_a_full_half_day_names_the_next_one() -> None:
    office = Office()
    await set_capacity(office.desk(), OFFICE, TUESDAY, Half.MORNING, capacity=1)
    await office.asks(1)
    answer = await ask(office.desk(), a_wish(2))
    assert isinstance(answer, Refusal)
    assert answer.facts["earliest"] == "buổi chiều 24/11/2026"
    free = {(day, half): left for day, half, left in await free_slots(office.desk(), OFFICE)}
    assert (free[TUESDAY, Half.MORNING], free[TUESDAY, Half.AFTERNOON]) == (0, 40)
    nowhere = await set_capacity(office.desk(), "KHONG", TUESDAY, Half.MORNING, capacity=1)
    assert refused(nowhere) == "place-unknown"


async def test_calling_off_gives_the_slot_back_and_leaves_the_round() -> None:
    office = Office()
    made = await office.asks(3)
    planned = await office.plans()
    called = await cancel(office.desk(), made.number, reason="đi vắng")
    assert isinstance(called, PickupRequest)
    assert (called.state, called.round) == (PickupState.CANCELLED, None)
    assert await taken(office) == 0
    (stop,) = await office.work.rounds.stops(planned.rounds[0].number)
    assert stop.state is StopState.DROPPED
    assert refused(await cancel(office.desk(), made.number, reason="hai lần")) == "pickup-state"
    assert await taken(office) == 0
    assert refused(await cancel(office.desk(), "LH-0", reason="ai")) == "pickup-unknown"


async def test_a_change_moves_the_slot_and_looks_the_new_address_up() -> None:
    office = Office()
    made = await office.asks(3)
    moved = await change(
        office.desk(), made.number, Change(half=Half.AFTERNOON, address="nhà 7", items=9)
    )
    assert isinstance(moved, PickupRequest)
    assert (moved.half, moved.ward_code, moved.items) == (Half.AFTERNOON, "06007", 9)
    assert moved.opens_at == at("13:30")
    assert (await taken(office), await taken(office, Half.AFTERNOON)) == (0, 1)
    sunday = Change(day=TUESDAY.replace(day=29))
    assert refused(await change(office.desk(), made.number, sunday)) == "pickup-day"
    assert (await office.now(made)).half is Half.AFTERNOON


async def test_a_person_settles_a_place_for_good() -> None:
    office = Office()
    made = await office.asks(3, address="thôn Nà Pàn")
    point = Location(21.9, 106.7)
    settled = await settle_place(office.desk(), made.number, ward=a_ward(5), point=point)
    assert isinstance(settled, PickupRequest)
    assert (settled.state, settled.latitude) == (PickupState.CONFIRMED, 21.9)
    kept = await office.work.corrections.of(normalised("thôn Nà Pàn"))
    assert kept is not None
    assert (kept.ward_code, kept.location, kept.by) == ("06005", point, "lan")
    unknown = await settle_place(office.desk(), "LH-0", ward=a_ward(5), point=None)
    assert refused(unknown) == "pickup-unknown"


async def test_what_recurs_asks_for_no_leave() -> None:
    office = Office()
    office.it_is("07:00")
    wish = replace(a_wish(3), day=TUESDAY)
    assert refused(await ask(office.desk(), wish)) == "pickup-day"
    assert isinstance(await ask(office.desk(), wish, recurring=True), PickupRequest)
    assert WEDNESDAY > TUESDAY
