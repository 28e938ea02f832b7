"""The format of the chain is released: each hash must come out as release 0.1.0 made it."""

import hashlib
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, IntEnum, StrEnum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postal_bridge.events import GENESIS, DayRoot, instant, link


class Word(StrEnum):
    LOAD = "load"
    LONG = 'đóng "gói"\n'


class Number(IntEnum):
    ONE = 1


class Mixed(Enum):
    HALF = 0.5
    WORD = "từ"


def released_instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def released_plain(value: object) -> object:
    if isinstance(value, datetime):
        return released_instant(value)
    return value.value if isinstance(value, Enum) else value


def released_link(previous: str, fields: dict[str, object]) -> str:
    """What release 0.1.0 did, written down here once more."""
    facts = {name: released_plain(value) for name, value in fields.items() if value is not None}
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.builds(
    datetime.combine,
    st.dates(date(1, 1, 3), date(9999, 12, 29)),
    st.times(),
    st.one_of(st.just(UTC), ZONES),
)
FACTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    MOMENTS,
    st.sampled_from([*Word, *Number, *Mixed]),
)
EVERY_CHARACTER_OF_THE_FIRST_PLANES = [
    "".join(map(chr, range(0xD800))),
    "".join(map(chr, range(0xE000, 0x30000))),
    "".join(map(chr, range(0xE0000, 0x110000))),
]


@given(fields=st.dictionaries(TEXTS, FACTS))
@example(fields={"note": '\x00\x01\b\t\n\v\f\r\x1f"\\/\x7f\x80\u2028\u2029\ufeff\uffff😀'})
@example(fields={"a": 2**63 - 1, "b": -(2**63), "c": 2**64 - 1})
@example(fields={"a": 2**64})
@example(fields={"a": 1e16, "b": -0.0, "c": 5e-324, "d": 0.1})
@example(fields={"a": math.nan, "b": math.inf, "c": -math.inf})
@example(fields={"ă": "1", "a": "2", "Z": "3", "😀": "4", "\uffff": "5", "": "6"})
def test_a_hash_is_what_the_first_release_made_of_the_same_facts(
    fields: dict[str, object],
) -> None:
    assert link(GENESIS, fields) == released_link(GENESIS, fields)


@pytest.mark.parametrize("characters", EVERY_CHARACTER_OF_THE_FIRST_PLANES, ids=len)
def test_every_character_is_spelled_as_before(characters: str) -> None:
    assert link(GENESIS, {"note": characters}) == released_link(GENESIS, {"note": characters})


@given(moment=MOMENTS)
@example(moment=datetime(999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
@example(moment=datetime(1000, 1, 1, tzinfo=UTC))
@example(moment=datetime(2019, 1, 10, 1, 30, tzinfo=UTC))
def test_a_moment_has_one_spelling(moment: datetime) -> None:
    assert instant(moment) == released_instant(moment)
    assert instant(moment.astimezone(UTC)) == instant(moment)


@pytest.mark.parametrize(
    ("fact", "error"), [("\ud800", UnicodeEncodeError), (b"x", TypeError), ({"a"}, TypeError)]
)
def test_what_json_cannot_say_has_no_hash(fact: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        link(GENESIS, {"note": fact})


def test_a_hash_of_the_first_release_stays_what_it_was() -> None:
    facts = {"item_code": "000.00.06.H37-190110-0001/H1", "seq": 1, "act": Word.LOAD, "note": None}
    assert link(GENESIS, facts) == (
        "c217f773641dc6268dbf7eef37d941bc9d4970ee2c5a2a6426ab44cd2f46c5c5"
    )


@given(parts=st.lists(st.lists(TEXTS, max_size=4), max_size=5))
def test_a_days_root_does_not_depend_on_the_parts_it_is_read_in(parts: list[list[str]]) -> None:
    rooted = DayRoot(GENESIS, "2019-01-10")
    for part in parts:
        rooted.add(iter(part))
    lines = [GENESIS, "2019-01-10", *(value for part in parts for value in part)]
    whole = "".join(f"{line}\n" for line in lines)
    assert rooted.root == hashlib.sha256(whole.encode()).hexdigest()
    assert rooted.events == len(lines) - 2
