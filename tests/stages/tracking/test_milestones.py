"""The fold over a carrier's reports: late, repeated and contradictory ones move nothing back."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.tracking.carrier_records import CarrierEvent, Milestone, Source
from postal_bridge.tracking.milestones import ENDS, MOVES, follow, progress_of

M = Milestone
MORNING = datetime(2019, 1, 10, 1, 0, tzinfo=UTC)


def report(milestone: Milestone | None, *, minute: int, key: str | None = None) -> CarrierEvent:
    return CarrierEvent(
        key=key or f"{milestone}-{minute}",
        carrier="hang",
        number="VD-1",
        vocabulary="hang",
        raw_code=str(milestone),
        occurred_at=MORNING + timedelta(minutes=minute),
        received_at=MORNING,
        source=Source.FEED,
        milestone=milestone,
    )


WAY = [
    report(milestone, minute=10 * minute)
    for minute, milestone in enumerate(
        (M.ANNOUNCED, M.COLLECTED, M.IN_TRANSIT, M.AT_OFFICE, M.OUT_FOR_DELIVERY, M.DELIVERED)
    )
]


def test_every_milestone_that_says_something_can_be_reached() -> None:
    assert set(MOVES) == set(Milestone) - {M.INFORMATION}
    assert all(None in before for before in MOVES.values())


def test_a_usual_way_moves_with_every_report() -> None:
    reports = follow(WAY)
    assert all(one.moved for one in reports)
    assert reports[-1].progress.milestone is M.DELIVERED
    assert reports[-1].progress.since == MORNING + timedelta(minutes=50)


REPORTS = st.builds(
    lambda milestone, minute: report(milestone, minute=minute),
    milestone=st.sampled_from([*Milestone, None]),
    minute=st.integers(0, 20),
)


@given(reports=st.lists(REPORTS, max_size=12), chance=st.randoms(use_true_random=False))
def test_order_of_arrival_and_repetition_change_nothing(
    reports: list[CarrierEvent], chance: object
) -> None:
    shuffled = [*reports, *reports[::2]]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert progress_of(shuffled) == progress_of(reports)


@given(reports=st.lists(REPORTS, max_size=12))
def test_an_end_stays_but_for_what_was_found_again(reports: list[CarrierEvent]) -> None:
    for before, after in itertools.pairwise(follow(reports)):
        if before.progress.milestone in ENDS and after.moved:
            assert (before.progress.milestone, after.progress.milestone) == (M.LOST, M.DELIVERED)


@pytest.mark.parametrize("late", [M.COLLECTED, M.IN_TRANSIT, M.OUT_FOR_DELIVERY, M.ATTEMPTED])
def test_what_comes_after_the_delivery_is_kept_and_moves_nothing(late: Milestone) -> None:
    reports = follow([*WAY, report(late, minute=90)])
    assert not reports[-1].moved
    assert reports[-1].progress.milestone is M.DELIVERED


def test_a_van_behind_a_knock_at_the_door_is_a_contradiction() -> None:
    knocked = [*WAY[:5], report(M.ATTEMPTED, minute=45), report(M.IN_TRANSIT, minute=46)]
    reports = follow(knocked)
    assert (reports[-1].moved, reports[-1].progress.milestone) == (False, M.ATTEMPTED)


def test_each_knock_counts_once() -> None:
    knocks = [report(M.ATTEMPTED, minute=minute) for minute in (41, 90, 90)]
    way = [*WAY[:5], *knocks, report(M.OUT_FOR_DELIVERY, minute=80)]
    assert progress_of(way).attempts == 2


def test_a_code_that_nobody_knows_is_a_gap_and_moves_nothing() -> None:
    reports = follow([*WAY[:2], report(None, minute=15)])
    assert (reports[-1].is_gap, reports[-1].moved) == (True, False)
    assert reports[-1].progress.milestone is M.COLLECTED


def test_a_delivery_is_undone_by_a_correction_only() -> None:
    wrong = WAY[-1].key
    assert progress_of(WAY, struck={wrong}).milestone is M.OUT_FOR_DELIVERY
    assert progress_of([*WAY, report(M.RETURNING, minute=60)]).milestone is M.DELIVERED
    corrected = progress_of([*WAY, report(M.RETURNING, minute=60)], struck={wrong})
    assert corrected.milestone is M.RETURNING


def test_what_is_told_for_one_moment_is_taken_in_the_order_of_the_way() -> None:
    together = [report(one, minute=0) for one in (M.DELIVERED, M.COLLECTED, M.OUT_FOR_DELIVERY)]
    assert [one.event.milestone for one in follow(together)] == [
        M.COLLECTED,
        M.OUT_FOR_DELIVERY,
        M.DELIVERED,
    ]
