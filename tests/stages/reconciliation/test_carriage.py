from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from postal_bridge.clock import LOCAL, local_day
from postal_bridge.reconciliation.carriage import Grace, compare_carriage, feed_differences
from postal_bridge.reconciliation.feed_ports import FeedUnavailable, Parcel, ParcelState
from postal_bridge.reconciliation.records import Difference, DifferenceKind
from postal_bridge.sandbox.carrier_feed import MemoryFeed
from postal_bridge.tracking.records import Consignment, ConsignmentState
from tests.stages.memory import MemoryConsignments

OURS, THEIRS, KIND = ConsignmentState, ParcelState, DifferenceKind
NOW = datetime(2019, 1, 12, 23, 30, tzinfo=LOCAL).astimezone(UTC)
HOUR = timedelta(hours=1)
LONG_AGO = NOW - 60 * HOUR
NAME = "vnpost"


def ours(
    serial: int,
    state: ConsignmentState = OURS.COLLECTED,
    *,
    booked_at: datetime = LONG_AGO,
    closed_at: datetime | None = None,
    carrier: str = NAME,
    taken: bool = True,
) -> Consignment:
    return Consignment(
        number=f"VD-{serial}",
        item_code=f"A/{serial}",
        dossier_code="A",
        carrier=carrier,
        state=state,
        consignee_name="Nông Thị Hồng Đào",
        consignee_phone="0912345678",
        consignee_address="Thôn Nà Sầm",
        booked_at=booked_at,
        booked_by="lan",
        carrier_reference="CH1" if taken else None,
        closed_at=closed_at,
    )


def theirs(
    serial: int, state: ParcelState = THEIRS.ON_WAY, *, at: datetime | None = LONG_AGO
) -> Parcel:
    return Parcel(reference=f"VD-{serial}", waybill=f"CH{serial}", state=state, at=at, raw="4")


def found(
    booked: Iterable[Consignment],
    parcels: Iterable[Parcel],
    *,
    known: Iterable[Consignment] = (),
) -> list[Difference]:
    return compare_carriage(
        NAME, booked, parcels, known={one.number: one for one in known}, now=NOW
    )


def kinds(differences: Iterable[Difference]) -> list[tuple[DifferenceKind, str]]:
    return [(one.kind, one.dossier_code) for one in differences]


AGREEING = {
    OURS.BOOKED: {THEIRS.ACCEPTED, THEIRS.ON_WAY},
    OURS.COLLECTED: {THEIRS.ACCEPTED, THEIRS.ON_WAY},
    OURS.ATTEMPTED: {THEIRS.ACCEPTED, THEIRS.ON_WAY},
    OURS.DELIVERED: {THEIRS.DELIVERED},
    OURS.BROUGHT_BACK: {THEIRS.RETURNED, THEIRS.CANCELLED},
    OURS.CANCELLED: {THEIRS.RETURNED, THEIRS.CANCELLED},
}


@pytest.mark.parametrize("there", ParcelState)
@pytest.mark.parametrize("here", ConsignmentState)
def test_each_pair_of_states_agrees_or_is_one_difference(
    here: ConsignmentState, there: ParcelState
) -> None:
    differences = found([ours(1, here)], [theirs(1, there)])
    expected = [] if there in AGREEING[here] else [(KIND.CARRIER_STATE, "VD-1")]
    assert kinds(differences) == expected


def test_both_sides_words_are_kept() -> None:
    (one,) = found([ours(1)], [theirs(1, THEIRS.DELIVERED)])
    assert one.ours == "vnpost: hãng đã nhận"
    assert one.theirs == "đã phát (4), CH1"
    assert one.received_on == local_day(LONG_AGO)


@pytest.mark.parametrize(("hours", "differs"), [(11, False), (12, True)])
def test_an_order_that_the_carrier_has_not_is_missing_after_some_hours(
    hours: int, differs: bool
) -> None:
    young = ours(1, OURS.BOOKED, booked_at=NOW - hours * HOUR, taken=False)
    differences = found([young], [])
    assert kinds(differences) == [(KIND.CARRIER_MISSING, "VD-1")] * differs
    assert all("chưa xác nhận" in str(one.ours) for one in differences)


def test_an_order_that_was_called_off_need_not_be_there() -> None:
    assert found([ours(1, OURS.CANCELLED)], []) == []


@pytest.mark.parametrize(("hours", "differs"), [(23, False), (24, True)])
def test_news_may_be_on_its_way_for_a_day(hours: int, differs: bool) -> None:
    then = NOW - hours * HOUR
    delivered_there = found([ours(1)], [theirs(1, THEIRS.DELIVERED, at=then)])
    delivered_here = found([ours(1, OURS.DELIVERED, closed_at=then)], [theirs(1)])
    assert len(delivered_there) == len(delivered_here) == differs


def test_a_state_that_no_table_has_is_told_at_once() -> None:
    assert kinds(found([ours(1)], [theirs(1, THEIRS.UNKNOWN, at=NOW)])) == [
        (KIND.CARRIER_STATE, "VD-1")
    ]


def test_a_parcel_without_a_moment_is_as_old_as_its_order() -> None:
    parcel = theirs(1, THEIRS.DELIVERED, at=None)
    assert found([ours(1, booked_at=NOW - HOUR)], [parcel]) == []
    assert len(found([ours(1)], [parcel])) == 1


def test_of_a_parcel_that_comes_more_than_once_the_latest_counts() -> None:
    events = [
        theirs(1, THEIRS.DELIVERED, at=LONG_AGO + HOUR),
        theirs(1, THEIRS.ON_WAY, at=LONG_AGO),
    ]
    for order in (events, events[::-1]):
        assert found([ours(1, OURS.DELIVERED, closed_at=LONG_AGO)], order) == []


def test_a_parcel_under_a_number_that_is_not_ours_is_unknown() -> None:
    stranger = Parcel(reference="", waybill="CH9", state=THEIRS.ON_WAY, at=None, raw="x")
    differences = found([], [theirs(2), stranger])
    assert kinds(differences) == [(KIND.CARRIER_UNKNOWN, "CH9"), (KIND.CARRIER_UNKNOWN, "VD-2")]
    assert [one.received_on for one in differences] == [local_day(NOW), local_day(LONG_AGO)]


def test_a_parcel_of_another_carriers_order_is_unknown_and_says_whose_it_is() -> None:
    (one,) = found([], [theirs(1)], known=[ours(1, carrier="own_fleet")])
    assert one.kind is KIND.CARRIER_UNKNOWN
    assert "own_fleet" in str(one.ours)


def test_an_order_from_before_the_window_is_ours_and_is_not_compared() -> None:
    assert found([], [theirs(1, THEIRS.DELIVERED)], known=[ours(1)]) == []


def test_a_number_longer_than_a_case_can_keep_keeps_its_difference() -> None:
    parcel = Parcel(reference="X" * 500, waybill="", state=THEIRS.ON_WAY, at=None, raw="y" * 900)
    (one,) = found([], [parcel])
    assert len(one.dossier_code) <= 60
    assert len(str(one.theirs)) <= 400


def test_the_grace_can_be_chosen() -> None:
    none = Grace(order=timedelta(0), state=timedelta(0))
    young = ours(1, booked_at=NOW)
    assert len(compare_carriage(NAME, [young], [], known={}, now=NOW, grace=none)) == 1


class Work:
    """Transactions with consignments and nothing else."""

    def __init__(self) -> None:
        self.consignments = MemoryConsignments()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        yield SimpleNamespace(consignments=self.consignments)


async def test_every_carrier_with_a_feed_is_compared() -> None:
    work = Work()
    day = local_day(LONG_AGO)
    await work.consignments.put(
        ours(1), ours(2, carrier="own_fleet"), ours(3, booked_at=LONG_AGO - 240 * HOUR)
    )
    feeds = {
        NAME: MemoryFeed([theirs(1, THEIRS.DELIVERED), theirs(3, THEIRS.RETURNED), theirs(9)]),
        "own_fleet": MemoryFeed(),
    }
    assert kinds(await feed_differences(feeds, work.begin, day, day, now=NOW)) == [
        (KIND.CARRIER_MISSING, "VD-2"),
        (KIND.CARRIER_STATE, "VD-1"),
        (KIND.CARRIER_UNKNOWN, "VD-9"),
    ]


async def test_a_feed_is_asked_until_today_and_for_a_day_more_at_both_ends() -> None:
    work = Work()
    day = local_day(LONG_AGO)
    midnight = datetime(day.year, day.month, day.day, tzinfo=LOCAL)
    await work.consignments.put(ours(1, booked_at=midnight), ours(2), ours(3))
    tomorrow = NOW + 24 * HOUR
    feed = MemoryFeed([theirs(1, at=midnight - HOUR), theirs(2, at=NOW), theirs(3, at=tomorrow)])
    assert await feed_differences({NAME: feed}, work.begin, day, day, now=NOW) == []


async def test_a_feed_that_cannot_be_had_says_nothing() -> None:
    broken = MemoryFeed()
    broken.broken = FeedUnavailable("xa")
    day = local_day(NOW)
    with pytest.raises(FeedUnavailable):
        await feed_differences({NAME: broken}, Work().begin, day, day, now=NOW)
