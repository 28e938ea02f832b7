"""The third side: what our consignments are at the carrier that has them.

Pure but for `feed_differences`, which reads both sides. A carrier hears of an order some time
after us, and we of a delivery some time after it: what may still be on its way is no difference.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from postal_bridge.clock import day_bounds, local_day
from postal_bridge.dossiers.records import NAME_LENGTH
from postal_bridge.reconciliation.comparison import stored_code
from postal_bridge.reconciliation.feed_ports import (
    PARCEL_STATE_NAMES,
    CarrierFeed,
    Parcel,
    ParcelState,
)
from postal_bridge.reconciliation.ports import NightWork
from postal_bridge.reconciliation.records import Difference, DifferenceKind
from postal_bridge.tracking.records import Consignment, ConsignmentState

_OURS = ConsignmentState
_THEIRS = ParcelState

CONSIGNMENT_STATE_NAMES: Mapping[ConsignmentState, str] = {
    _OURS.BOOKED: "đã đặt",
    _OURS.COLLECTED: "hãng đã nhận",
    _OURS.ATTEMPTED: "phát chưa được",
    _OURS.DELIVERED: "đã phát",
    _OURS.BROUGHT_BACK: "đã mang về quầy",
    _OURS.CANCELLED: "đã hủy",
}

_UNDER_WAY = frozenset({_THEIRS.ACCEPTED, _THEIRS.ON_WAY})
_CALLED_OFF = frozenset({_THEIRS.CANCELLED, _THEIRS.RETURNED})
_AGREES: Mapping[ConsignmentState, frozenset[ParcelState]] = {
    _OURS.BOOKED: _UNDER_WAY,
    _OURS.COLLECTED: _UNDER_WAY,
    _OURS.ATTEMPTED: _UNDER_WAY,
    _OURS.DELIVERED: frozenset({_THEIRS.DELIVERED}),
    _OURS.BROUGHT_BACK: _CALLED_OFF,
    _OURS.CANCELLED: _CALLED_OFF,
}
"""What the carrier may say of a consignment in each of our states."""


@dataclass(frozen=True, kw_only=True)
class Grace:
    """How long news may be on its way.

    Attributes:
        order: from our booking until the carrier must know of it.
        state: from the later of both sides' moments until they must agree.
    """

    order: timedelta = timedelta(hours=12)
    state: timedelta = timedelta(hours=24)


def compare_carriage(
    carrier: str,
    booked: Iterable[Consignment],
    parcels: Iterable[Parcel],
    *,
    known: Mapping[str, Consignment],
    now: datetime,
    grace: Grace | None = None,
) -> list[Difference]:
    """Hold our consignments with one carrier against its parcels.

    Args:
        carrier: its name.
        booked: our consignments with it that were booked in the window.
        parcels: what it lists; of a reference that comes more than once the latest counts.
        known: every consignment of ours that a parcel names, whoever carries it and whenever it
            was booked. Those booked before the window are ours, and are not compared.
        now: the night's moment (aware).
        grace: how long news may be on its way.

    Returns:
        At most one of each kind for each number, by number. `received_on` is the local day of
        booking, of a parcel that is not ours the day of its state.
    """
    patience = grace or Grace()
    ours = {one.number: one for one in booked}
    theirs = _latest(parcels)
    found = [
        difference
        for number, one in ours.items()
        for difference in _of_ours(one, theirs.get(number), now, patience)
    ]
    mine = ours.keys() | {number for number, one in known.items() if one.carrier == carrier}
    found += [
        _difference(
            DifferenceKind.CARRIER_UNKNOWN,
            parcel.reference or parcel.waybill,
            (_whose(known.get(parcel.reference)), f"{carrier}: {_said(parcel)}"),
            local_day(parcel.at or now),
        )
        for parcel in theirs.values()
        if parcel.reference not in mine
    ]
    return sorted(found, key=lambda one: (one.dossier_code, one.kind))


async def feed_differences(
    feeds: Mapping[str, CarrierFeed],
    work_factory: Callable[[], AbstractAsyncContextManager[NightWork]],
    first: date,
    last: date,
    *,
    now: datetime,
) -> list[Difference]:
    """Compare every carrier that has a feed, for consignments booked on these local days.

    The feed is asked until today, because what was booked on the last day moves on after it, and
    for a day more at both ends, because the carrier's clock may be behind ours or ahead.

    Args:
        feeds: by the carrier's name, as consignments name it.
        work_factory: opens a transaction that reads.
        first: first local day of booking.
        last: last local day of booking.
        now: the night's moment (aware).

    Raises:
        FeedUnavailable: a carrier's list cannot be had; no difference of any carrier is told,
            and no case of theirs may be closed.
    """
    begin, end = day_bounds(first)[0], day_bounds(last)[1]
    found: list[Difference] = []
    for carrier, feed in sorted(feeds.items()):
        until = max(last, local_day(now)) + timedelta(days=1)
        parcels = await feed.parcels(first - timedelta(days=1), until)
        async with work_factory() as work:
            booked = await work.consignments.booked(carrier, begin, end)
            known = await work.consignments.numbered({one.reference for one in parcels})
        found += compare_carriage(carrier, booked, parcels, known=known, now=now)
    return found


def _of_ours(
    one: Consignment, parcel: Parcel | None, now: datetime, grace: Grace
) -> Iterator[Difference]:
    kind = DifferenceKind
    day = local_day(one.booked_at)
    if parcel is None:
        # An order that we called off may never have reached the carrier.
        if one.state is not _OURS.CANCELLED and now - one.booked_at >= grace.order:
            told = "hãng không có vận đơn này"
            yield _difference(kind.CARRIER_MISSING, one.number, (_ours(one), told), day)
        return
    settled = max(one.closed_at or one.booked_at, parcel.at or one.booked_at)
    unknown = parcel.state is _THEIRS.UNKNOWN
    if parcel.state in _AGREES[one.state] or (not unknown and now - settled < grace.state):
        return
    yield _difference(kind.CARRIER_STATE, one.number, (_ours(one), _said(parcel)), day)


def _latest(parcels: Iterable[Parcel]) -> dict[str, Parcel]:
    """The latest of each reference; without reference, of each waybill."""
    found: dict[str, Parcel] = {}
    for parcel in parcels:
        key = parcel.reference or parcel.waybill
        before = found.get(key)
        if before is None or not _later(before, parcel):
            found[key] = parcel
    return found


def _later(one: Parcel, other: Parcel) -> bool:
    return one.at is not None and (other.at is None or one.at > other.at)


def _difference(kind: DifferenceKind, number: str, said: tuple[str, str], day: date) -> Difference:
    ours, theirs = said
    return Difference(
        kind=kind,
        dossier_code=stored_code(number),
        ours=ours[:NAME_LENGTH],
        theirs=theirs[:NAME_LENGTH],
        received_on=day,
    )


def _ours(one: Consignment) -> str:
    name = CONSIGNMENT_STATE_NAMES[one.state]
    if one.state is _OURS.BOOKED and one.carrier_reference is None:
        return f"{one.carrier}: {name}, hãng chưa xác nhận"
    return f"{one.carrier}: {name}"


def _said(parcel: Parcel) -> str:
    """The carrier's state in our words, with its own word and number beside it."""
    waybill = f", {parcel.waybill}" if parcel.waybill else ""
    return f"{PARCEL_STATE_NAMES[parcel.state][0]} ({parcel.raw}){waybill}"


def _whose(one: Consignment | None) -> str:
    if one is None:
        return "không phải vận đơn của bưu điện"
    return f"vận đơn này gửi qua {one.carrier}"
