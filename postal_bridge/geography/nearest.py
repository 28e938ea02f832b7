"""Which ward a point is nearest to, and other reckoning with many points at once."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from postal_bridge.geography.units import Units, Ward
from postal_bridge.pickup.plans import Location

EARTH_METRES = 6_371_009.0

Floats = NDArray[np.float64]


def radians(places: Sequence[Location]) -> Floats:
    """Latitudes and longitudes in two columns."""
    columns: Floats = np.radians([(one.lat, one.lon) for one in places]).reshape(-1, 2)
    return columns


def great_circle(one: Floats, other: Floats) -> Floats:
    """Metres from each of the one (rows) to each of the other (columns), half a percent off."""
    north = np.sin((one[:, None, 0] - other[None, :, 0]) / 2) ** 2
    east = np.sin((one[:, None, 1] - other[None, :, 1]) / 2) ** 2
    chord = north + np.cos(one[:, None, 0]) * np.cos(other[None, :, 0]) * east
    metres: Floats = 2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return metres


class WardPoints:
    """The wards' points, to look up the nearest one."""

    def __init__(self, units: Units) -> None:
        """Of these units."""
        self._wards = list(units.wards.values())

    @cached_property
    def _points(self) -> Floats:
        return radians([ward.location for ward in self._wards])

    def nearest(self, place: Location) -> tuple[Ward, int]:
        """The ward whose point is nearest, and how far it is in metres.

        A ward has no border here: near one, the neighbour may be named.
        """
        metres = great_circle(radians([place]), self._points)[0]
        index = int(metres.argmin())
        return self._wards[index], round(float(metres[index]))
