"""Addresses and distances without a map: what a test says is known."""

from collections.abc import Mapping, Sequence

from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.places import (
    Because,
    Candidate,
    Correction,
    Located,
    Measured,
    Source,
    metres_between,
    remark,
)
from postal_bridge.pickup.plans import Location, Travel


class KnownPlaces:
    """A geocoder that knows the addresses it was given, and is sure of them."""

    def __init__(self, known: Mapping[str, Candidate]) -> None:
        self._known = {normalised(text): candidate for text, candidate in known.items()}

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        found = self._known.get(normalised(text))
        if found is None:
            return Located(text, (), 0.0, Source.NOBODY, (remark(Because.NOTHING),))
        return Located(
            text, (found,), found.confidence, Source.GAZETTEER, found.why, found.province_code
        )


class MemoryCorrections:
    """Corrections in a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Correction] = {}

    async def of(self, address: str) -> Correction | None:
        return self._kept.get(address)

    async def keep(self, correction: Correction) -> None:
        self._kept[correction.address] = correction


class CrowFlies:
    """Distances as the crow flies, at eight metres a second."""

    async def matrix(self, places: Sequence[Location]) -> Measured:
        metres = [[round(metres_between(one, other)) for other in places] for one in places]
        seconds = [[round(cell / 8) for cell in row] for row in metres]
        return Measured(Travel(metres, seconds), "crow")
