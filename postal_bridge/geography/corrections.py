"""The office's corrections in a file, for an office without a database of its own for them."""

from pathlib import Path

from postal_bridge.geography.kept_lines import KeptLines
from postal_bridge.pickup.places import Correction
from postal_bridge.pickup.plans import Location


class FileCorrections:
    """The port `pickup.place_ports.Corrections`, one line of JSON for each."""

    def __init__(self, path: Path | None) -> None:
        """Keep them in `path`, or in memory alone."""
        self._lines = KeptLines(path, most=None)

    async def of(self, address: str) -> Correction | None:
        """What was said about a normalised address."""
        kept = self._lines.get(address)
        if kept is None:
            return None
        point = kept.get("point")
        location = None if point is None else Location(point[0], point[1])
        return Correction(address, kept["ward_code"], location, kept["by"])

    async def keep(self, correction: Correction) -> None:
        """Keep it in place of an earlier one for the same address."""
        point = correction.location
        self._lines.put(
            correction.address,
            {
                "ward_code": correction.ward_code,
                "point": None if point is None else [point.lat, point.lon],
                "by": correction.by,
            },
        )
