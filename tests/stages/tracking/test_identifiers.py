"""Identifiers grow, whatever the clock does."""

import random
from datetime import timedelta
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.tracking.identifiers import Identifiers
from tests.stores import NOW


def test_an_identifier_is_a_uuid_of_version_7_that_tells_its_moment() -> None:
    made = Identifiers(random.Random(1)).new(NOW)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_where_the_clock_stands_still_they_grow_and_none_is_made_twice() -> None:
    source = Identifiers(random.Random(1))
    made = [source.new(NOW) for _ in range(3 * 4096 + 5)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert all(one.version == 7 for one in made)
    # The count of a full millisecond is carried over into the next one.
    assert (made[-1].int >> 80) - (made[0].int >> 80) == 3


@given(st.lists(st.integers(-5000, 5000), min_size=2, max_size=60))
def test_a_clock_that_is_set_back_does_not_set_them_back(steps: list[int]) -> None:
    source = Identifiers(random.Random(1))
    moment, made = NOW, list[UUID]()
    for step in steps:
        moment += timedelta(milliseconds=step)
        made.append(source.new(moment))
    assert made == sorted(set(made))


def test_the_same_source_gives_the_same_identifiers() -> None:
    one, two = (Identifiers(random.Random(5)) for _ in range(2))
    assert [one.new(NOW), one.new(NOW)] == [two.new(NOW), two.new(NOW)]
