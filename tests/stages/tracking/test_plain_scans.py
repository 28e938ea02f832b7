"""Plain scans: which moves are plain, how a batch is parted, and in which words it is refused."""

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from postal_bridge.errors import Reason
from postal_bridge.identity import Role
from postal_bridge.journey import MOVES, Act, Direction, ItemKind
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.plain_scans import (
    JOURNEY,
    PLAIN_WORDS,
    RECENT,
    Judged,
    Verdict,
    late_among,
    part,
    refusal_of,
)
from postal_bridge.tracking.scans import Scan
from tests.stages.memory import CENTRE, TUAN
from tests.stores import DOSSIER, ITEM, NOW

MINUTE = timedelta(minutes=1)
SECOND = f"{DOSSIER[:-1]}2/H1"
POUCH = "TUI-190110-0001-5"


def a_scan(code: str = ITEM, act: str = "load", *, minute: int = 0, number: int = 0) -> Scan:
    """Scans with one number have one id; without a number each has its own."""
    scan_id = Identifiers(Random(number or f"{code}{act}{minute}")).new(NOW)
    return Scan(scan_id=scan_id, code=code, act=act, place=CENTRE, at=NOW + minute * MINUTE)


def a_correction(*, of: int) -> Scan:
    named = a_scan(number=of).scan_id
    return replace(a_scan(act="correct"), corrects=named)


def test_the_journey_table_holds_what_handhelds_may_report_and_no_more() -> None:
    by_scan = {key for key, move in MOVES.items() if move.by_scan}
    assert {(move.direction, move.act) for move in JOURNEY} == by_scan
    assert {(move.direction, move.act) for move in JOURNEY if move.plain} == {
        (direction, act) for direction in Direction for act in (Act.LOAD, Act.ARRIVE, Act.UNPACK)
    }
    assert {"load", "arrive", "unpack"} == PLAIN_WORDS
    for move in JOURNEY:
        assert set(move.roles.split()) == MOVES[move.direction, move.act].roles


@pytest.mark.parametrize(
    ("scans", "plain", "general"),
    [
        ([a_scan(), a_scan(SECOND)], [0, 1], []),
        ([a_scan(), a_scan(minute=1)], [0, 1], []),
        ([a_scan(act="fly"), a_scan(SECOND)], [0, 1], []),
        # All scans of one item go the same way.
        ([a_scan(), a_scan(SECOND), a_scan(act="pack", minute=1)], [1], [0, 2]),
        ([a_scan(act="correct"), a_scan(SECOND)], [1], [0]),
        ([a_scan(act="deliver")], [], [0]),
        ([a_scan(POUCH), a_scan()], [1], [0]),
        # Two at the very same moment have no order of their own.
        ([a_scan(number=1), a_scan(act="arrive", number=2), a_scan(SECOND)], [2], [0, 1]),
        # One id twice: with the same content, or for another item.
        ([a_scan(number=1), a_scan(number=1)], [], [0, 1]),
        ([a_scan(number=1), a_scan(SECOND, number=1), a_scan(f"{DOSSIER}/B1")], [2], [0, 1]),
        # A correction that comes before what it names.
        ([a_correction(of=5), a_scan(SECOND, number=5)], [], [0, 1]),
        ([], [], []),
    ],
)
def test_a_batch_is_parted_item_by_item(
    scans: list[Scan], plain: list[int], general: list[int]
) -> None:
    parting = part(scans, now=NOW)
    assert (parting.plain, parting.general) == (plain, general)


def test_an_id_of_another_version_is_left_to_the_general_way() -> None:
    old = Scan(scan_id=UUID(int=4 << 76), code=ITEM, act="load", place=CENTRE, at=NOW)
    assert part([old], now=NOW).general == [0]


def test_an_id_that_may_be_in_the_archive_is_left_to_the_general_way() -> None:
    for age, aside in ((RECENT - MINUTE, []), (RECENT + MINUTE, [0])):
        made = Identifiers(Random(1)).new(NOW - age)
        assert part([replace(a_scan(), scan_id=made)], now=NOW).general == aside


@given(st.lists(st.tuples(st.sampled_from([ITEM, SECOND]), st.integers(0, 9)), max_size=9))
def test_late_is_what_is_older_than_one_of_its_item_before_it(told: list[tuple[str, int]]) -> None:
    scans = [a_scan(code, minute=minute) for code, minute in told]
    late = sum(
        any(code == other and minute < later for other, later in told[:place])
        for place, (code, minute) in enumerate(told)
    )
    assert late_among(scans, range(len(scans))) == late


@pytest.mark.parametrize(
    ("act", "verdict", "kind", "reason"),
    [
        ("load", Verdict.UNKNOWN, None, Reason.ITEM_UNKNOWN),
        ("fly", Verdict.ACT, ItemKind.RESULT, Reason.ACT_UNKNOWN),
        ("deliver", Verdict.ACT, ItemKind.APPLICATION, Reason.ACT_UNKNOWN),
        ("load", Verdict.PLACE, ItemKind.RESULT, Reason.OTHER_PLACE),
        ("unpack", Verdict.ROLE, ItemKind.RESULT, Reason.ROLE_NOT_ALLOWED),
        ("load", Verdict.AHEAD, ItemKind.RESULT, Reason.SCAN_IN_FUTURE),
    ],
)
def test_each_verdict_has_its_refusal(
    act: str, verdict: Verdict, kind: ItemKind | None, reason: Reason
) -> None:
    assert TUAN.role is Role.COURIER
    judged = Judged(0, verdict, holder=None, kind=kind)
    refusal = refusal_of(a_scan(act=act, minute=20), judged, actor=TUAN, now=NOW)
    assert refusal.reason is reason
    assert "{" not in refusal.sentence("vi") + refusal.sentence("en")
