"""Devices' clocks: measured, remembered, and never allowed to reorder a device's own scans."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.tracking.clocks import (
    HOLDS,
    JITTER_MS,
    RENEWED,
    clock_of,
    correction,
    put_right,
    settled,
    skew_ms,
)
from tests.stages.memory import MemoryWork
from tests.stores import NOW

TOLERANCE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)


async def measured(
    work: MemoryWork, ahead: timedelta | None, *, after: timedelta = timedelta(), by: str = "tuan"
) -> timedelta:
    now = NOW + after
    sent_at = None if ahead is None else now + ahead
    return await clock_of(
        work, device="HH-01", username=by, sent_at=sent_at, now=now, tolerance=TOLERANCE
    )


async def test_a_clock_that_is_as_good_as_right_corrects_nothing(work: MemoryWork) -> None:
    for ahead in (0, 1, -90, 120):
        assert await measured(work, ahead * SECOND) == timedelta()
    assert work.devices.kept["HH-01"].skew_ms == 120_000


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), -timedelta(hours=7), timedelta(days=365)])
async def test_what_a_clock_is_off_by_is_taken_off_its_moments(
    work: MemoryWork, ahead: timedelta
) -> None:
    assert await measured(work, ahead) == ahead
    assert await measured(work, None, after=HOLDS - SECOND) == ahead
    assert await measured(work, None, after=HOLDS) == timedelta()


async def test_a_device_that_never_told_its_time_is_believed(work: MemoryWork) -> None:
    assert await measured(work, None) == timedelta()
    assert work.devices.kept == {}


async def test_the_network_does_not_change_what_is_stored_but_the_clock_does(
    work: MemoryWork,
) -> None:
    assert await measured(work, 300 * SECOND) == 300 * SECOND
    assert await measured(work, 271 * SECOND, after=SECOND) == 300 * SECOND
    assert await measured(work, 5 * SECOND, after=2 * SECOND) == timedelta()
    assert await measured(work, None, after=3 * SECOND) == timedelta()


async def test_nothing_is_written_until_it_is_due(work: MemoryWork) -> None:
    await measured(work, 300 * SECOND)
    first = work.devices.kept["HH-01"]
    await measured(work, 310 * SECOND, after=RENEWED - SECOND)
    assert work.devices.kept["HH-01"] == first
    await measured(work, 310 * SECOND, after=RENEWED)
    assert work.devices.kept["HH-01"].seen_at == NOW + RENEWED
    await measured(work, 310 * SECOND, after=RENEWED + SECOND, by="minh")
    assert work.devices.kept["HH-01"].username == "minh"


_MOMENTS = st.lists(st.timedeltas(timedelta(), timedelta(hours=10)), min_size=2, max_size=12)
_SKEWS = st.timedeltas(-timedelta(days=400), timedelta(days=400))


@given(
    skew=_SKEWS,
    happened=_MOMENTS,
    jitter=st.lists(st.integers(0, JITTER_MS - 1), min_size=12, max_size=12),
    tolerance=st.timedeltas(timedelta(), timedelta(hours=1)),
)
def test_a_device_s_own_scans_keep_their_order(
    skew: timedelta, happened: list[timedelta], jitter: list[int], tolerance: timedelta
) -> None:
    """Each scan is sent at once, over a network that takes up to half a minute."""
    stored, taken_at = None, []
    for moment, delay in zip(sorted(happened), jitter, strict=False):
        told_at = NOW + moment + skew
        arrived = NOW + moment + timedelta(milliseconds=delay)
        stored = settled(stored, skew_ms(told_at, arrived))
        taken_at.append(told_at - correction(stored, tolerance=tolerance))
    assert taken_at == sorted(taken_at)


@given(
    moment=st.datetimes(timezones=st.just(UTC)).filter(lambda one: EARLIEST <= one < LATEST),
    by=st.timedeltas(EARLIEST - LATEST, LATEST - EARLIEST),
)
def test_no_clock_leads_out_of_the_calendar(moment: datetime, by: timedelta) -> None:
    right = put_right(moment, by)
    assert EARLIEST <= right <= LATEST
    assert right in {EARLIEST, LATEST} or right == moment - by


@given(skew=_SKEWS, delay=st.integers(0, JITTER_MS - 1))
def test_a_moment_that_was_put_right_is_right_but_for_the_network(
    skew: timedelta, delay: int
) -> None:
    arrived = NOW + timedelta(milliseconds=delay)
    off = correction(skew_ms(NOW + skew, arrived), tolerance=timedelta())
    error = NOW + skew - off - NOW
    assert timedelta() <= error <= timedelta(milliseconds=delay + 1)
