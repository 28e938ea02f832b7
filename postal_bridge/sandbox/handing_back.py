"""How the month's results leave the centre: at the desk, or by the post's own fleet.

Which result goes which way is drawn so that the figures come out exactly; what is decided last
waits at the desk or is still on the way.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime

from postal_bridge.sandbox.courses import Course, Planner
from postal_bridge.sandbox.plans import Attempt, AttemptOutcome, Channel, ReturnMode, ReturnPlan
from postal_bridge.sandbox.province import Division

DISPATCH_MINUTES = (20, 60)
"""From the result's arrival at the centre to its leaving with the post."""

ATTEMPT_MINUTES = (120, 420)
"""From dispatch to the first attempt, and from an attempt to the next one."""

LONGEST_COLLECTION_MINUTES = 960
SHORTEST_COLLECTION_MINUTES = 15
ABSENT = ("Người nhận đi vắng", "Không liên lạc được qua điện thoại", "Người nhận hẹn giao lại")


def hand_back(
    courses: Sequence[Course], ours: Division, *, planner: Planner, rng: random.Random
) -> Mapping[int, ReturnPlan]:
    """Plan every return that happens within the month.

    Args:
        courses: all dossiers; only the resolved ones can be returned.
        ours: how many results go which way.
        planner: knows working time and the end of the period.
        rng: the source of chance.

    Returns:
        The plan by position in `courses`; a result that waits at the desk has none.
    """
    left = {
        n: planner.minutes_left(available)
        for n, course in enumerate(courses)
        if (available := course.available_at) is not None
    }
    post = _choose_postal(courses, ours, left=left, rng=rng)
    plans = {
        n: _by_post(courses[n], attempts, delivered=delivered, planner=planner, rng=rng)
        for n, (attempts, delivered) in post.items()
    }
    desk = sorted((n for n in left if n not in post), key=lambda n: left[n])
    late = [n for n in desk if left[n] < 2 * SHORTEST_COLLECTION_MINUTES]
    others = desk[len(late) : 2 * ours.waiting_at_desk]
    waiting = {*late, *rng.sample(others, ours.waiting_at_desk - len(late))}
    for n in desk:
        if n not in waiting:
            most = min(left[n], LONGEST_COLLECTION_MINUTES)
            at = planner.later(_ready(courses[n]), least=SHORTEST_COLLECTION_MINUTES, most=most)
            plans[n] = ReturnPlan(mode=ReturnMode.DESK, at=at)
    return plans


def _choose_postal(
    courses: Sequence[Course], ours: Division, *, left: Mapping[int, int], rng: random.Random
) -> dict[int, tuple[int, bool]]:
    """Draw who is served by post: number of attempts so far, and whether the last one succeeded.

    Only procedures that the catalogue opens to the post are asked.
    """
    dispatch, attempt = DISPATCH_MINUTES[1], ATTEMPT_MINUTES[1]
    able = [n for n in left if Channel.POSTAL in courses[n].procedure.channels]
    able = sorted((n for n in able if left[n] > dispatch), key=lambda n: left[n])
    chosen = dict.fromkeys(able[: ours.on_the_way], (0, False))
    wanted = (
        (ours.failed_twice, 2, False),
        (ours.delivered_second, 2, True),
        (ours.delivered_first, 1, True),
    )
    for count, attempts, delivered in wanted:
        # One attempt's time more than needed: what failed for good must still come back.
        needed = dispatch + (attempts + (not delivered)) * attempt
        pool = [n for n in able if n not in chosen and left[n] > needed]
        chosen |= dict.fromkeys(rng.sample(pool, count), (attempts, delivered))
    return chosen


def _by_post(
    course: Course, attempts: int, *, delivered: bool, planner: Planner, rng: random.Random
) -> ReturnPlan:
    least, most = DISPATCH_MINUTES
    consigned_at = planner.later(_ready(course), least=least, most=most)
    moment, made = consigned_at, []
    for n in range(1, attempts + 1):
        moment = planner.later(moment, least=ATTEMPT_MINUTES[0], most=ATTEMPT_MINUTES[1])
        if n == attempts and delivered:
            made.append(Attempt(at=moment, outcome=AttemptOutcome.DELIVERED))
        else:
            made.append(
                Attempt(at=moment, outcome=AttemptOutcome.FAILED, reason=rng.choice(ABSENT))
            )
    failed_for_good = attempts > 0 and not delivered
    back = planner.later(moment, least=60, most=ATTEMPT_MINUTES[1]) if failed_for_good else None
    return ReturnPlan(
        mode=ReturnMode.POSTAL,
        at=moment if delivered else None,
        consigned_at=consigned_at,
        attempts=tuple(made),
        back_at_desk_at=back,
    )


def _ready(course: Course) -> datetime:
    if course.available_at is None:
        msg = f"a dossier of {course.procedure.code} has no result to hand back"
        raise ValueError(msg)
    return course.available_at
