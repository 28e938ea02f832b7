"""Half-days: when they take requests, and which one comes next."""

from postal_bridge.pickup.plans import Window
from postal_bridge.pickup.records import Half
from postal_bridge.pickup.terms import PickupTerms
from tests.stages.pickup.office import OFFICE, TUESDAY, WEDNESDAY, a_shift, at, the_terms


def test_a_half_day_is_a_window_in_local_time() -> None:
    assert the_terms().window(TUESDAY, Half.MORNING) == Window(at("07:30"), at("11:30"))


def test_a_half_day_takes_requests_until_its_cut_off() -> None:
    terms: PickupTerms = the_terms()
    assert terms.takes(TUESDAY, Half.MORNING, at("06:30"))
    assert not terms.takes(TUESDAY, Half.MORNING, at("06:31"))
    assert terms.takes(TUESDAY, Half.AFTERNOON, at("12:30"))


def test_nobody_comes_on_a_day_of_rest_nor_in_a_year() -> None:
    saturday = TUESDAY.replace(day=28)
    assert not the_terms().takes(saturday, Half.MORNING, at("06:00"))
    assert not the_terms().takes(TUESDAY.replace(year=2027), Half.MORNING, at("06:00"))


def test_a_second_attempt_is_on_the_next_working_day() -> None:
    terms = the_terms()
    assert terms.next_slot(TUESDAY, Half.AFTERNOON, at("14:00")) == (WEDNESDAY, Half.AFTERNOON)
    friday, monday = TUESDAY.replace(day=27), TUESDAY.replace(day=30)
    assert terms.next_slot(friday, Half.MORNING, at("09:00", friday)) == (monday, Half.MORNING)
    assert terms.next_slot(TUESDAY, Half.MORNING, at("09:00", friday)) == (monday, Half.MORNING)


def test_shifts_belong_to_offices() -> None:
    other = a_shift("xe_2", office="KHAC")
    terms = the_terms(shifts=(a_shift(), other, a_shift("xe_3")))
    assert [one.name for one in terms.shifts_of(OFFICE)] == ["xe_1", "xe_3"]
    assert terms.offices == (OFFICE, "KHAC")
