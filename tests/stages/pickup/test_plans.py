"""What is said of a stop that is left out."""

import string

import pytest

from postal_bridge.pickup.plans import WHY_TEXTS, Lunch, Unserved, Why
from tests.pickup_days import at, visit


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_is_told_in_both_languages_with_the_same_facts(why: Why) -> None:
    asked = [
        {name for _, name, _, _ in string.Formatter().parse(t) if name} for t in WHY_TEXTS[why]
    ]
    assert asked[0] == asked[1]
    facts: dict[str, str | int] = dict.fromkeys(asked[0], "7")
    out = Unserved("y-1", why, facts)
    assert out.text() != out.text("en")
    assert "{" not in out.text() + out.text("en")


def test_who_leaves_after_the_earliest_lunch_has_eaten() -> None:
    assert Lunch(at(11.5), at(12.5), 3_600).over_by == at(12.5)


def test_what_is_brought_has_to_be_loaded() -> None:
    assert visit("a", 1, deliver_items=1).delivers
    assert not visit("a", 1, collect_items=1).delivers
