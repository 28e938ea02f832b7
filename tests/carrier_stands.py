"""An adapter with the stand-in that it speaks to over real HTTP, as the contract suite sees both."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.tracking.carrier_ports import Carrier
from postal_bridge.tracking.carrier_values import Capability


class Stand(ABC):
    """One kind of carrier, ready to be asked.

    Attributes:
        KIND: as `[carriers.NAME] kind` names it.
        CAN: what the adapter promises to be able to do; the suite holds it to that.
        COLLECTED, DELIVERED, UNHEARD_OF: raw codes of its vocabulary, the last one in no map.
        BOOKING_FAULTS: faults of the booking route that this stand-in can be given.
        carrier: the adapter.
    """

    KIND: ClassVar[str]
    CAN: ClassVar[frozenset[Capability]]
    COLLECTED: ClassVar[str]
    DELIVERED: ClassVar[str]
    UNHEARD_OF: ClassVar[str]
    carrier: Carrier

    @abstractmethod
    async def stored(self) -> Sequence[str]:
        """Our references of the orders over there, one for each order, cancelled ones left out."""

    @abstractmethod
    async def happens(self, reference: str, raw_code: str, at: datetime) -> None:
        """Something happens to an order over there, in the carrier's own words."""

    @abstractmethod
    def fails(
        self, capability: Capability, fault: FaultKind, *, times: int = 1, retry_after: str = ""
    ) -> None:
        """The next requests that serve this capability go wrong."""
