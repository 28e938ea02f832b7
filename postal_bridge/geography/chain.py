"""Who is asked about an address, in which order: the office, the gazetteer, an outside service."""

from dataclasses import replace

from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.nearest import WardPoints
from postal_bridge.geography.service import OutsideService, ServiceFailed
from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.place_ports import Corrections
from postal_bridge.pickup.places import (
    MOST_CANDIDATES,
    Band,
    Because,
    Candidate,
    Correction,
    Located,
    Source,
    metres_between,
    remark,
)
from postal_bridge.pickup.plans import Location

_AGREED = 0.75
"""A service's point in a candidate's reach makes it likely, never sure: wards have no borders here."""

_POINTED_AT = 0.4
_REACH_RADII, _REACH_METRES = 1.5, 1_000
_CLEARLY = 1.5
_HOUSE_METRES = 300


class ChainGeocoder:
    """The port `pickup.place_ports.Geocoder`: corrections, then the gazetteer, then a service.

    The service is asked only where the gazetteer is in doubt.
    """

    def __init__(
        self,
        gazetteer: Gazetteer,
        *,
        corrections: Corrections,
        service: OutsideService | None = None,
    ) -> None:
        """Ask these; no service where none is configured."""
        self._gazetteer = gazetteer
        self._corrections = corrections
        self._service = service
        self._points = WardPoints(gazetteer.units)

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        """Where the address is; always an answer, and it says who failed."""
        correction = await self._corrections.of(normalised(text))
        if correction is not None and correction.ward_code in self._gazetteer.units.wards:
            return self._corrected(text, correction)
        located = self._gazetteer.read(text, near=near)
        if self._service is None or located.band is not Band.DOUBTFUL:
            return located
        try:
            points = await self._service.points(text)
        except ServiceFailed as error:
            return located.with_remarks(remark(Because.SERVICE_FAILED, error=str(error)))
        if not points:
            return located.with_remarks(remark(Because.SERVICE_EMPTY))
        return self._pointed(located, points[0])

    def _corrected(self, text: str, correction: Correction) -> Located:
        why = (remark(Because.CORRECTED, who=correction.by),)
        candidate = self._gazetteer.candidate(correction.ward_code, None, 1.0, why)
        if correction.location is not None:
            candidate = replace(candidate, location=correction.location, within_metres=0)
        return Located(text, (candidate,), 1.0, Source.CORRECTION, why, candidate.province_code)

    def _pointed(self, located: Located, point: Location) -> Located:
        """What a service's point says about the candidates."""
        chosen = self._clearly_at(located.candidates, point)
        if chosen is None:
            return self._elsewhere(located, point)
        agrees = remark(Because.SERVICE_AGREES, name=chosen.ward)
        better = replace(
            chosen,
            location=point,
            within_metres=_HOUSE_METRES,
            confidence=_AGREED,
            why=(*chosen.why, agrees),
        )
        rest = (one for one in located.candidates if one.ward_code != chosen.ward_code)
        return replace(
            located,
            candidates=(better, *rest),
            confidence=_AGREED,
            source=Source.SERVICE,
            why=(*located.why, agrees),
            province_code=better.province_code,
        )

    @staticmethod
    def _clearly_at(candidates: tuple[Candidate, ...], point: Location) -> Candidate | None:
        """The candidate whose reach the point lies in, and that no other one is nearly as near to."""
        near = sorted(candidates, key=lambda one: metres_between(one.location, point))
        if not near:
            return None
        first = metres_between(near[0].location, point)
        if first > _REACH_METRES + _REACH_RADII * near[0].within_metres:
            return None
        if len(near) > 1 and metres_between(near[1].location, point) < _CLEARLY * first:
            return None
        return near[0]

    def _elsewhere(self, located: Located, point: Location) -> Located:
        """The point speaks for no candidate, or for several: a person decides."""
        ward, _ = self._points.nearest(point)
        differs = remark(Because.SERVICE_DIFFERS, name=ward.title)
        if any(one.ward_code == ward.code for one in located.candidates):
            return located.with_remarks(differs)
        other = replace(
            self._gazetteer.candidate(ward.code, None, _POINTED_AT, (differs,)), location=point
        )
        candidates = (*located.candidates[: MOST_CANDIDATES - 1], other)
        return replace(
            located,
            candidates=candidates,
            confidence=candidates[0].confidence,
            why=(*located.why, differs),
            source=located.source if located.candidates else Source.SERVICE,
            province_code=located.province_code
            if other.province_code == located.province_code
            else None,
        )
