"""What the night needs from a carrier: its own list of our parcels."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from postal_bridge.errors import Accident


class ParcelState(StrEnum):
    """How far a parcel is, as its carrier says; `unknown` is a code that no table has."""

    ACCEPTED = "accepted"
    ON_WAY = "on_way"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


PARCEL_STATE_NAMES: dict[ParcelState, tuple[str, str]] = {
    ParcelState.ACCEPTED: ("đã nhận đơn", "order accepted"),
    ParcelState.ON_WAY: ("đang chuyển", "on its way"),
    ParcelState.DELIVERED: ("đã phát", "delivered"),
    ParcelState.RETURNED: ("đã chuyển hoàn", "returned to the sender"),
    ParcelState.CANCELLED: ("đã hủy", "cancelled"),
    ParcelState.UNKNOWN: ("trạng thái lạ", "unknown state"),
}


class Parcel(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One parcel as its carrier tells it.

    Attributes:
        reference: our consignment's number, as we gave it; "" where the carrier has none.
        waybill: the carrier's own number.
        at: when it came into this state; None where the carrier does not tell.
        raw: the carrier's own word or code for the state, always kept.
    """

    reference: str
    waybill: str
    state: ParcelState
    at: datetime | None
    raw: str


class FeedUnavailable(Accident):
    """The carrier's list cannot be had now, or not be read; nothing is said about its parcels."""

    retryable = True


class CarrierFeed(Protocol):
    """A carrier's own list of the parcels that we gave it."""

    async def parcels(self, first: date, last: date) -> Sequence[Parcel]:
        """The latest state of each parcel that something happened to on these local days.

        Both days are included; parcels without a moment are always among them. By reference,
        then waybill; each pair of them once.

        Raises:
            FeedUnavailable: the list cannot be had, or cannot be read surely.
        """
        ...
