"""Finds addresses in the list of units alone: no network, the same answer every time."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from postal_bridge.geography.mentions import trimmed
from postal_bridge.geography.readings import GOOD_FIT, Reader, Reading
from postal_bridge.geography.units import OldWard, Units, Ward
from postal_bridge.pickup.addresses import words
from postal_bridge.pickup.places import (
    LIKELY_FROM,
    MOST_CANDIDATES,
    Because,
    Candidate,
    Located,
    Remark,
    Source,
    metres_between,
    remark,
)
from postal_bridge.pickup.plans import Location

RIVAL = 0.7
"""A reading that fits so well, compared with the best one, and means another place, is a rival."""

_DOUBT = 0.65
_WORTH_SHOWING = 0.1
_LIKELY = 0.75
_MAY_BE_DIVIDED = 0.85
_NEAR_METRES, _FARTHER = 40_000, 2.0
_STRAY_METRES, _STRAY_RADII = 3_000, 2.5
_PART = 0.5  # of the radius of the ward of today, that a former one has


class Gazetteer:
    """The port `pickup.place_ports.Geocoder`, from the list of units."""

    def __init__(self, units: Units) -> None:
        """Read addresses against these units."""
        self.units = units

    async def locate(self, text: str, *, near: Location | None = None) -> Located:
        """Where the address is, at once."""
        return self.read(text, near=near)

    def read(self, text: str, *, near: Location | None = None) -> Located:
        """The same for whoever cannot wait."""
        given = trimmed(words(text))
        if not given:
            return Located(text, (), 0.0, Source.NOBODY, (remark(Because.NOTHING),))
        reader = Reader(self.units, given, errors=False)
        found = reader.readings()
        if not found or max(one.fit for one in found) < GOOD_FIT or _ward_unread(found):
            forgiving = Reader(self.units, given, errors=True)
            found, reader = forgiving.readings(), forgiving
        if not any(one.ward for one in found):
            found = [*found, *reader.readings_without_a_piece()]
        return self._judged(text, found, reader, near)

    def _judged(
        self, text: str, found: list[Reading], reader: Reader, near: Location | None
    ) -> Located:
        if not found:
            return self._province_only(text, reader)
        found.sort(
            key=lambda one: (-one.fit, isinstance(one.ward, OldWard), -one.confidence, one.targets)
        )
        best = found[0]
        rivals = [one for one in found if one.fit >= RIVAL * best.fit]
        candidates = self._candidates(found, best.fit)
        why: list[Remark] = []
        confidence = best.confidence
        if _disagree(rivals):
            confidence, candidates, why = _settled(candidates, confidence, near, rivals)
        elif any(len(one.targets) > 1 for one in rivals):
            confidence *= _MAY_BE_DIVIDED
        if candidates and confidence != candidates[0].confidence:
            candidates = (_trusted(candidates[0], confidence), *candidates[1:])
        province = candidates[0].province_code
        same = all(one.province_code == province for one in candidates)
        return Located(
            text, candidates, confidence, Source.GAZETTEER, (*best.why, *why),
            province if same else None,
        )  # fmt: skip

    def _province_only(self, text: str, reader: Reader) -> Located:
        named = reader.province
        if named is None:
            return Located(text, (), 0.0, Source.NOBODY, (remark(Because.NOTHING),))
        codes = set(named.now) | {self.units.old_provinces[code].now for code in named.old}
        return Located(
            text, (), 0.0, Source.GAZETTEER, (remark(Because.PROVINCE_ONLY, name=named.name),),
            next(iter(codes)) if len(codes) == 1 else None,
        )  # fmt: skip

    # --- candidates -------------------------------------------------------------------------------

    def _candidates(self, found: list[Reading], best_fit: float) -> tuple[Candidate, ...]:
        """One for each ward, the best first, each with the best reading's reasons."""
        made: dict[str, Candidate] = {}
        for reading in found:
            for rank, code in enumerate(reading.targets):
                shown = _DOUBT * reading.fit / best_fit / (1 + rank)
                shown = min(shown, reading.confidence)
                if code not in made and (shown >= _WORTH_SHOWING or not made):
                    made[code] = self.candidate(code, reading.ward, shown, reading.why)
        ordered = sorted(made.values(), key=lambda one: -one.confidence)
        first = made[found[0].targets[0]]
        rest = [one for one in ordered if one is not first]
        return (first, *rest)[:MOST_CANDIDATES]

    def candidate(
        self,
        code: str,
        named: Ward | OldWard | None,
        confidence: float,
        why: Iterable[Remark] = (),
    ) -> Candidate:
        """A ward as a candidate; at the former ward's point where that is known and credible."""
        ward = self.units.wards[code]
        point, within = ward.location, ward.radius
        if isinstance(named, OldWard) and named.location and len(named.now) == 1:
            off = metres_between(named.location, ward.location)
            if off <= _STRAY_METRES + _STRAY_RADII * ward.radius:
                point, within = named.location, round(within * _PART)
        province = self.units.provinces[ward.province]
        return Candidate(
            code, ward.title, province.code, province.name, point, within, confidence, tuple(why)
        )


def _disagree(rivals: list[Reading]) -> bool:
    """Whether they mean different places, or one of them means several.

    That a former ward of the same name as one of today was divided does not count here, where most
    of it is that one.
    """
    several = [one for one in rivals if len(one.targets) > 1]
    whole_districts = any(one.ward is None for one in several)
    firsts = {one.targets[0] for one in rivals}
    return len(firsts) > 1 or whole_districts or rivals[0] in several


def _ward_unread(found: list[Reading]) -> bool:
    """Whether the best reading leaves a ward unread, which may only be misspelt."""
    best = max(found, key=lambda one: one.fit)
    return best.ward is None or (best.span.level is None and best.span.start > 0)


def _settled(
    candidates: tuple[Candidate, ...],
    confidence: float,
    near: Location | None,
    rivals: list[Reading],
) -> tuple[float, tuple[Candidate, ...], list[Remark]]:
    """Several places fit: the office's neighbourhood may decide, else a person does."""
    codes = {code for one in rivals for code in one.targets}
    several = remark(Because.SEVERAL, count=len(codes))
    fitting = [one for one in candidates if one.ward_code in codes]
    chosen = None if near is None else _clearly_nearest(fitting, near)
    if chosen is None:
        return min(confidence, _DOUBT), candidates, [several]
    rest = tuple(one for one in candidates if one is not chosen)
    likely = min(confidence, _LIKELY) if confidence >= LIKELY_FROM else confidence
    return likely, (chosen, *rest), [several, remark(Because.NEAREST)]


def _clearly_nearest(candidates: Sequence[Candidate], near: Location) -> Candidate | None:
    ordered = sorted(candidates, key=lambda one: metres_between(one.location, near))
    first = metres_between(ordered[0].location, near)
    if first > _NEAR_METRES:
        return None
    if len(ordered) > 1:
        second = metres_between(ordered[1].location, near)
        if second < max(_NEAR_METRES, _FARTHER * first):
            return None
    return ordered[0]


def _trusted(candidate: Candidate, confidence: float) -> Candidate:
    return replace(candidate, confidence=confidence)
