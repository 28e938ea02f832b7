"""The post's own fleet: our couriers read their orders from this very system.

There is no wire. A consignment is on the courier's list as soon as it is booked, so the order is
confirmed under a number that is made from ours; what happens on the way comes in as scans.
"""

from typing import ClassVar

from postal_bridge.carriers.wire import Wire
from postal_bridge.clock import Clock
from postal_bridge.sections import CarrierSettings
from postal_bridge.tracking.carrier_values import Booked, Cancelled, NotThere, Order, Placed

_LIMIT = 43


class OwnFleet:
    """Couriers of the provincial post."""

    VOCABULARY: ClassVar[str] = ""
    NEEDS: ClassVar[tuple[str, ...]] = ()
    reference_limit = _LIMIT
    repeatable = True

    def __init__(
        self, name: str, *, settings: CarrierSettings, wire: Wire | None, clock: Clock
    ) -> None:
        del settings, wire, clock  # it is this very system
        self.name = name

    async def book(self, order: Order) -> Booked:
        """Confirm an order; the same one gives the same number."""
        return Booked(carrier_number=f"NB-{order.number}")

    async def find(self, reference: str) -> Booked | NotThere:
        """Every order of ours is on our couriers' list."""
        return Booked(carrier_number=f"NB-{reference}", already=True)

    async def cancel(self, placed: Placed) -> Cancelled:
        """Take an order off the courier's list."""
        del placed
        return Cancelled()

    async def close(self) -> None:
        """There is nothing to give back."""
