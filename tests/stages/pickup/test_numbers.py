"""Numbers of requests and rounds."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.pickup.numbers import (
    MOST_A_DAY,
    make_pickup_number,
    make_round_number,
    parse_number,
)

DAY = date(2026, 11, 23)


@given(st.integers(1, MOST_A_DAY))
def test_what_is_made_can_be_read_however_it_is_typed(serial: int) -> None:
    for made in (make_pickup_number(DAY, serial), make_round_number(DAY, serial)):
        assert parse_number(f" {made.lower()} ") == made


@given(st.integers(1, MOST_A_DAY), st.integers(3, 13), st.integers(1, 9))
def test_a_wrong_digit_is_found(serial: int, place: int, more: int) -> None:
    made = make_pickup_number(DAY, serial)
    if made[place].isdigit():
        wrong = made[:place] + str((int(made[place]) + more) % 10) + made[place + 1 :]
        assert parse_number(wrong) is None


@pytest.mark.parametrize("serial", [0, MOST_A_DAY + 1])
def test_no_day_has_more_numbers_than_there_are(serial: int) -> None:
    with pytest.raises(ValueError, match="no"):
        make_round_number(DAY, serial)


@pytest.mark.parametrize("text", ["", "LH", "TUI-261123-0001-1", "LH-261123-001-1"])
def test_other_numbers_are_not_ours(text: str) -> None:
    assert parse_number(text) is None
