"""The cursor's text, and whom an event concerns."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act
from postal_bridge.tracking.changes import BEGINNING, Change, Cursor, Onlooker
from tests.stores import NOW, a_position

NUMBERS = st.integers(min_value=0, max_value=2**63 - 1)
CURSORS = st.builds(
    Cursor, NUMBERS, NUMBERS.filter(bool), st.text("0123456789abcdef", min_size=8, max_size=8)
)


@given(cursor=CURSORS)
def test_a_cursor_is_read_from_its_text(cursor: Cursor) -> None:
    assert Cursor.read(cursor.text) == cursor
    assert cursor.text.isascii()
    assert len(cursor.text) <= 42


@given(cursor=CURSORS, other=CURSORS)
def test_two_places_never_have_the_same_text(cursor: Cursor, other: Cursor) -> None:
    assert (cursor.text == other.text) == (cursor == other)


@given(text=st.one_of(st.text(), st.text("0123456789abcdefABCDEF-+_ \n", max_size=50)))
def test_no_text_is_read_that_was_not_written(text: str) -> None:
    cursor = Cursor.read(text)
    assert cursor is None or cursor.text == text


@given(cursor=CURSORS, place=st.integers(0, 41), letter=st.characters())
def test_a_damaged_cursor_is_another_one_or_none(cursor: Cursor, place: int, letter: str) -> None:
    text = cursor.text
    damaged = text[: place % len(text)] + letter + text[place % len(text) + 1 :]
    read = Cursor.read(damaged)
    assert read is None or read.text == damaged


@pytest.mark.parametrize(
    "text",
    [
        *("", "0-0", "0-0-", "1-2-0000000", "1-2-000000000", "01-2-00000000", "1-02-00000000"),
        *("-1-2-00000000", "1-2-0000000G", "1-2-ABCDEF00", "1-2-00000000\n", " 1-2-00000000"),
        *("8000000000000000-1-00000000", "1-8000000000000000-00000000", "5-0-00000000"),
        *("0-0-00000001", "1_0-2-00000000", "١-٢-00000000"),
    ],
)
def test_what_no_release_wrote_is_no_cursor(text: str) -> None:
    assert Cursor.read(text) is None


def test_the_beginning_comes_before_every_event() -> None:
    assert Cursor.read(BEGINNING.text) == BEGINNING
    assert Cursor(0, 1, "0" * 8) > BEGINNING


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN])
def test_an_overseer_looks_at_everything_unless_places_are_assigned(role: Role) -> None:
    assert Onlooker.of(Actor("sang", "Sáng", role)).has(place="anywhere", custodian="anybody")
    assigned = Onlooker.of(Actor("sang", "Sáng", role, ("desk-1",)))
    assert assigned.has(place="desk-1", custodian=None)
    assert not assigned.has(place="anywhere", custodian="anybody")


def test_a_courier_looks_at_their_places_and_at_what_they_bear() -> None:
    tuan = Onlooker.of(Actor("tuan", "Tuấn", Role.COURIER, ("centre",)))
    assert tuan.has(place="centre", custodian="lan")
    assert tuan.has(place="elsewhere", custodian="tuan")
    assert tuan.has(place="elsewhere", custodian="centre")
    assert not tuan.has(place="elsewhere", custodian="lan")
    assert not tuan.has(place="tuan", custodian=None)  # a place is no person


def test_nobody_without_a_place_is_told_everything() -> None:
    assert not Onlooker.of(Actor("hoa", "Hoa", Role.DEPARTMENT)).has(place="", custodian=None)


def test_a_change_says_where_the_item_is_and_what_happened_last() -> None:
    position = a_position().model_copy(update={"pouch": "TUI-1", "sealed": True})
    later = NOW + timedelta(hours=3)
    lan, hoa = Onlooker("lan", ("desk-1",)), Onlooker("hoa", ("desk-2",))
    change = Change.of(position, lan, act=Act.SEAL, at=later, by="lan")
    assert (change.code, change.place, change.holder) == (position.item_code, "desk-1", "TUI-1")
    assert (change.act, change.at, change.by, change.gone) == (Act.SEAL, later, "lan", False)
    assert Change.of(position, hoa, act=Act.SEAL, at=later, by="lan").gone
