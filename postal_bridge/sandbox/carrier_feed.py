"""A stand-in for a carrier's own list of parcels."""

from collections.abc import Iterable, Sequence
from datetime import date

from postal_bridge.clock import local_day
from postal_bridge.errors import Accident
from postal_bridge.reconciliation.feed_ports import Parcel


class MemoryFeed:
    """A list in the same process.

    Attributes:
        broken: raised by every question while it is set; how an outage is played.
    """

    def __init__(self, parcels: Iterable[Parcel] = ()) -> None:
        self._parcels: dict[tuple[str, str], Parcel] = {}
        self.broken: Accident | None = None
        for parcel in parcels:
            self.put(parcel)

    def put(self, parcel: Parcel) -> None:
        """Tell a parcel's state; an earlier one of the same parcel is forgotten, a later stays."""
        key = (parcel.reference, parcel.waybill)
        before = self._parcels.get(key)
        if before is None or parcel.at is None or before.at is None or before.at <= parcel.at:
            self._parcels[key] = parcel

    async def parcels(self, first: date, last: date) -> Sequence[Parcel]:
        """Parcels with something on these local days, by reference, then waybill."""
        if self.broken is not None:
            raise self.broken
        return [
            parcel
            for _, parcel in sorted(self._parcels.items())
            if parcel.at is None or first <= local_day(parcel.at) <= last
        ]
