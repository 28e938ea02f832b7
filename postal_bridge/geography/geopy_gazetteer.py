"""The gazetteer as one of geopy's geocoders: whoever knows geopy can use it like any other."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from geopy.adapters import BaseAsyncAdapter
from geopy.exc import GeocoderQueryError
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location as GeopyLocation
from geopy.point import Point

from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.nearest import WardPoints
from postal_bridge.pickup.places import Candidate
from postal_bridge.pickup.plans import Location

Answer = TypeVar("Answer")
Found: TypeAlias = GeopyLocation | list[GeopyLocation] | None


class GazetteerGeocoder(Geocoder):  # type: ignore[misc] # geopy has no types
    """`geocode` and `reverse` without a network.

    With an asynchronous adapter (`adapter_factory=AioHTTPAdapter`) both return awaitables, as those
    of geopy's own geocoders do; the adapter itself is never used.
    """

    def __init__(self, gazetteer: Gazetteer, **options: Any) -> None:
        """Answer from this gazetteer; `options` are those of every geocoder of geopy."""
        super().__init__(**options)
        self._gazetteer = gazetteer
        self._points = WardPoints(gazetteer.units)

    def geocode(
        self, query: str, *, exactly_one: bool = True, timeout: object = DEFAULT_SENTINEL
    ) -> Any:
        """The place of an address, or all candidates; `raw` tells codes, confidence and reasons.

        Raises:
            GeocoderQueryError: the query is no text.
        """
        del timeout  # it answers at once
        if not isinstance(query, str):
            raise GeocoderQueryError("the query has to be an address in one text")
        return self._answered(lambda: self._geocoded(query, exactly_one=exactly_one))

    def reverse(
        self, query: object, *, exactly_one: bool = True, timeout: object = DEFAULT_SENTINEL
    ) -> Any:
        """The ward whose point is nearest to a point."""
        del timeout
        point = Point(query)
        place = Location(point.latitude, point.longitude)
        return self._answered(lambda: self._reversed(place, exactly_one=exactly_one))

    def _answered(self, answer: Callable[[], Answer]) -> Any:
        # `_call_geocoder` of the base does the same, but only around a request over the network.
        if not isinstance(self.adapter, BaseAsyncAdapter):
            return answer()

        async def later() -> Answer:
            return answer()

        return later()

    def _geocoded(self, query: str, *, exactly_one: bool) -> Found:
        located = self._gazetteer.read(query)
        found = [_shown(one, located.band.value) for one in located.candidates]
        if exactly_one:
            return found[0] if found else None
        return found or None

    def _reversed(self, place: Location, *, exactly_one: bool) -> Found:
        ward, metres = self._points.nearest(place)
        candidate = self._gazetteer.candidate(ward.code, None, 0.0)
        shown = _shown(candidate, "nearest")
        shown.raw["metres"] = metres
        return shown if exactly_one else [shown]


def _shown(candidate: Candidate, band: str) -> GeopyLocation:
    raw = {
        "ward_code": candidate.ward_code,
        "province_code": candidate.province_code,
        "confidence": candidate.confidence,
        "band": band,
        "within_metres": candidate.within_metres,
        "why": [one.text() for one in candidate.why],
    }
    point = Point(candidate.location.lat, candidate.location.lon)
    return GeopyLocation(f"{candidate.ward}, {candidate.province}, Việt Nam", point, raw)
