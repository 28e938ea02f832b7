"""What pickups need in order to find an address and to know how far it is."""

from collections.abc import Sequence
from typing import Protocol

from postal_bridge.pickup.places import Correction, Located, Measured
from postal_bridge.pickup.plans import Location


class Geocoder(Protocol):
    """Finds addresses."""

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        """Where the address is; it always answers, with `doubtful` where it does not know.

        Args:
            text: the address as it was written; it comes back in `raw`.
            near: of the post office that asks. It decides only between places that fit equally,
                and never makes an answer `sure`.
        """
        ...


class Distances(Protocol):
    """Knows how far places are from each other."""

    async def matrix(self, places: Sequence[Location]) -> Measured:
        """Metres and seconds from each place to each, in their order; it always answers."""
        ...


class Corrections(Protocol):
    """The office's own knowledge of addresses, which goes before everybody else's."""

    async def of(self, address: str) -> Correction | None:
        """What was said about a normalised address (`pickup.addresses.normalised`)."""
        ...

    async def keep(self, correction: Correction) -> None:
        """Keep it in place of an earlier one for the same address."""
        ...
