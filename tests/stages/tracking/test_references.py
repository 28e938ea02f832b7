"""References at carriers: the same for ever, within the limit, nobody else's."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.codes import damm, make_consignment_number, make_pouch_code
from postal_bridge.tracking.references import pouch_reference, reference_for

NUMBER = make_consignment_number("000.00.06.H37-190110-0001", 1, 1)


def test_a_number_that_fits_is_its_own_reference() -> None:
    assert reference_for(NUMBER, limit=50) == NUMBER


@given(limit=st.integers(16, 33))
def test_a_shorter_one_is_made_from_it_and_keeps_to_the_limit(limit: int) -> None:
    reference = reference_for(NUMBER, limit=limit)
    assert reference == reference_for(NUMBER, limit=limit)
    assert len(reference) <= limit
    assert reference.isalnum()
    assert reference.isupper()


def test_another_attempt_has_another_reference() -> None:
    attempts = [make_consignment_number("000.00.06.H37-190110-0001", 1, n) for n in range(1, 100)]
    assert len({reference_for(one, limit=20) for one in attempts}) == len(attempts)


def test_a_limit_that_leaves_no_room_is_no_silent_collision() -> None:
    with pytest.raises(ValueError, match="8"):
        reference_for(NUMBER, limit=8)


@given(serial=st.integers(0, 9999), attempt=st.integers(1, 99))
def test_a_pouch_has_one_reference_for_each_carrier_that_takes_it(
    serial: int, attempt: int
) -> None:
    pouch = make_pouch_code(date(2019, 1, 10), serial)
    text = pouch_reference(pouch.lower(), attempt)
    assert text.startswith(f"VT-{pouch}-{attempt}-")
    assert damm(text) == 0
    assert len(text) <= 43
