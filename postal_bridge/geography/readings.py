"""Ways to understand an address, each with how well it fits and how far one may rely on it.

`fit` compares the readings of one address with each other: one that fits much worse than another is
no rival of it. `confidence` is what remains when there is no rival.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from postal_bridge.geography.mentions import (
    DistrictMention,
    Mentions,
    ProvinceMention,
    Span,
    WardMention,
)
from postal_bridge.geography.units import District, OldWard, ProvinceNamed, Units, Ward
from postal_bridge.pickup.addresses import Word, folded
from postal_bridge.pickup.places import Because, Remark, remark

Named = TypeVar("Named", ProvinceMention, DistrictMention)

BEST = 0.97
GOOD_FIT = 0.35
"""Below, typing errors are looked for."""

_UNDERSTOOD = 0.15
_LESS_FULL = 0.3
_INSIDE = 0.3

# What speaks against a reading: (fit, confidence).
_OTHER_KIND = (0.5, 0.8)
_NO_KIND = (0.9, 0.9)
_FORMER_NAME = (0.6, 0.88)
_ACCENTS = (0.5, 0.8)
_FEWER_ACCENTS = (0.6, 0.9)
_ONE_ERROR = (0.4, 0.85)
_TWO_ERRORS = (0.2, 0.72)
_NO_PROVINCE = (1.0, 0.97)
_NO_PROVINCE_NO_DISTRICT = (1.0, 0.8)
_PROVINCE_AS_DISTRICT = (0.5, 0.8)
_PROVINCE_AS_WARD = (0.2, 0.5)
_INITIALS = (0.95, 0.97)
_NEW_IN_OLD = (0.8, 0.95)
_OLD_IN_NEW = (0.6, 0.8)
_BELOW = (0.12, 0.5)
_ANOTHER_WARD = (0.1, 0.5)
_DISTRICT_SAID = (1.0, 0.4)
_DISTRICT_UNSAID = (0.7, 0.4)
_ONE_WARD_LEFT = 2.2
_LEFT_OUT = (0.5, 0.55)


@dataclass(slots=True)
class Reading:
    """One way to understand it.

    Attributes:
        targets: codes of wards, the likeliest first; several where a former one was divided.
        ward: the unit that was named; none where only the district is known.
        span: the words that name the ward, or else the district.
        frame_end: how far the words go that name the district and the province.
    """

    targets: tuple[str, ...]
    ward: Ward | OldWard | None
    span: Span
    frame_end: int
    fit: float = 1.0
    confidence: float = BEST
    why: list[Remark] = field(default_factory=list)

    def weigh(self, weight: tuple[float, float], *said: Remark) -> None:
        """Something speaks against it."""
        self.fit *= weight[0]
        self.confidence *= weight[1]
        self.why.extend(said)


class Reader:
    """Reads the words of one address."""

    def __init__(self, units: Units, words: tuple[Word, ...], *, errors: bool) -> None:
        """With `errors`, typing errors are forgiven."""
        self.units = units
        self.words = words
        self.mentions = Mentions(units, words, errors=errors)
        self.province: ProvinceNamed | None = None
        self.accented = any(word.accents != word.plain for word in words)
        self.frames = list(self._frames(len(words)))

    def readings(self) -> list[Reading]:
        """All of them, in no order."""
        found: list[Reading] = []
        for province, district, end in self.frames:
            found += self._wards(province, district, end)
        taken, _ = self._understood(found)
        found += self._districts(taken)
        _, longest = self._understood(found)
        for one in found:
            span = one.span
            if one.ward is not None and span.end - 1 in taken:
                one.fit *= _LESS_FULL
            if span.name > longest.get(span.end, span.name):
                one.fit *= _INSIDE
        return found

    def readings_without_a_piece(self) -> list[Reading]:
        """The same where a piece before the province means nothing to us."""
        end = len(self.words)
        provinces = list(self.mentions.provinces(end))
        province = max(provinces, key=lambda one: one.span.end - one.span.start, default=None)
        end = end if province is None else province.span.start
        found: list[Reading] = []
        while end > 0 and not found:
            start = end - 1
            while start > 0 and not self.words[start].opens:
                start -= 1
            left = remark(Because.LEFT_OVER, words=self._said(start, end))
            end = start
            for reading in self._wards(province, None, end):
                reading.weigh(_LEFT_OUT, left)
                found.append(reading)
        return found

    # --- the end of the address -------------------------------------------------------------------

    def _frames(
        self, end: int
    ) -> Iterator[tuple[ProvinceMention | None, DistrictMention | None, int]]:
        """Every way to understand what follows the ward."""
        provinces = _exact_first(list(self.mentions.provinces(end)))
        if provinces:
            self.province = provinces[0].named
        spelt = any(not one.span.errors for one in provinces)
        for province in (*provinces, None):
            at = end if province is None else province.span.start
            yield province, None, at
            named = None if province is None else province.named
            districts = _exact_first(list(self.mentions.districts(at, named)))
            for district in self._said_kind_first(districts):
                # Where a province is spelt right, its name is no other name with an error.
                if province is not None or not spelt or not district.span.errors:
                    yield province, district, district.span.start

    @staticmethod
    def _said_kind_first(found: list[DistrictMention]) -> list[DistrictMention]:
        """Of a city and a rural district of one name only the one that is said."""
        same = {
            (one.span, one.district.province)
            for one in found
            if one.span.level is one.district.level
        }
        return [
            one
            for one in found
            if one.span.level is one.district.level or (one.span, one.district.province) not in same
        ]

    def _wards(
        self, province: ProvinceMention | None, district: DistrictMention | None, end: int
    ) -> Iterator[Reading]:
        named = None if province is None else province.named
        within = None if district is None else district.district
        for mention in self.mentions.wards(end, named, within):
            reading = self._of_ward(mention)
            self._weigh_frame(reading, province, district)
            yield reading

    def _of_ward(self, mention: WardMention) -> Reading:
        ward = mention.ward
        targets = (ward.code,) if isinstance(ward, Ward) else ward.now
        reading = Reading(targets, ward, mention.span, len(self.words))
        said = self._said(mention.span.start, mention.span.end)
        reading.why.append(remark(Because.NAMED, words=said))
        if isinstance(ward, OldWard):
            reading.why.append(self._became(ward))
        self._weigh_kind(reading, mention, said)
        self._weigh_name(reading, mention.span, ward)
        if mention.span.level is None and self.mentions.is_below(mention.span.start):
            reading.weigh(_BELOW)
        self._weigh_ward_before(reading)
        return reading

    def _weigh_ward_before(self, reading: Reading) -> None:
        if self.mentions.names_ward_before(reading.span.start):
            left = remark(Because.LEFT_OVER, words=self._said(0, reading.span.start))
            reading.weigh(_ANOTHER_WARD, left)

    def _became(self, old: OldWard) -> Remark:
        if len(old.now) == 1:
            new = self.units.wards[old.now[0]].title
            return remark(Because.WAS_MERGED, old=old.title, new=new)
        return remark(Because.WAS_DIVIDED, old=old.title, count=len(old.now))

    @staticmethod
    def _weigh_kind(reading: Reading, mention: WardMention, said: str) -> None:
        level = mention.span.level
        if level is None:
            reading.weigh(_NO_KIND, remark(Because.NO_KIND, words=said))
        elif level is not mention.ward.level:
            other = remark(Because.OTHER_KIND, words=said, name=mention.ward.title)
            reading.weigh(_OTHER_KIND, other)

    def _weigh_name(self, reading: Reading, span: Span, unit: Ward | OldWard | District) -> None:
        """Typing errors, former names and accents."""
        name = self.units.name(unit)
        written = self.words[span.name : span.end]
        said = self._said(span.name, span.end)
        if span.errors:
            spelling = remark(Because.SPELLING, words=said, name=unit.name)
            reading.weigh(_ONE_ERROR if span.errors == 1 else _TWO_ERRORS, spelling)
        elif not _same_letters(written, name.key):
            former = remark(Because.FORMER_NAME, words=said, name=unit.name)
            reading.weigh(_FORMER_NAME, former)
        else:
            weight = _accents_weight(written, name.accents) if self.accented else None
            if weight is _ACCENTS:
                reading.weigh(weight, remark(Because.ACCENTS, words=said, name=unit.name))
            elif weight is not None:
                reading.weigh(weight)

    # --- the frame around the ward ----------------------------------------------------------------

    def _weigh_frame(
        self,
        reading: Reading,
        province: ProvinceMention | None,
        district: DistrictMention | None,
    ) -> None:
        if district is not None:
            self._weigh_name(reading, district.span, district.district)
            if isinstance(reading.ward, Ward):
                reading.weigh(_NEW_IN_OLD, remark(Because.OLD_WITH_NEW))
        if province is not None:
            self._weigh_province(reading, province, district)
        elif district is not None:
            reading.weigh(_NO_PROVINCE)
        else:
            named = self.province is not None and reading.span.level is None
            weight = _PROVINCE_AS_WARD if named else _NO_PROVINCE_NO_DISTRICT
            reading.weigh(weight, remark(Because.NO_PROVINCE))

    def _weigh_province(
        self, reading: Reading, province: ProvinceMention, district: DistrictMention | None
    ) -> None:
        named = province.named
        if province.span.errors:
            said = self._said(province.span.name, province.span.end)
            reading.weigh(_ONE_ERROR, remark(Because.SPELLING, words=said, name=named.name))
        if named.initials:
            reading.weigh(_INITIALS)
        if district is not None:
            return
        if isinstance(reading.ward, Ward) and reading.ward.province not in named.now:
            reading.weigh(_NEW_IN_OLD, remark(Because.OLD_WITH_NEW))
        if (
            isinstance(reading.ward, OldWard)
            and self.units.old_province_of(reading.ward) not in named.old
        ):
            reading.weigh(_OLD_IN_NEW, remark(Because.OLD_WITH_NEW))

    # --- no ward ----------------------------------------------------------------------------------

    def _districts(self, taken: frozenset[int]) -> Iterator[Reading]:
        """Districts that are named where no ward is; not where the words mean something else."""
        for province, district, _ in self.frames:
            if district is None or district.span.end - 1 in taken:
                continue
            targets = self.units.wards_of_districts[district.district.code]
            reading = Reading(targets, None, district.span, len(self.words))
            said = district.span.level is not None
            title = remark(Because.DISTRICT_ONLY, name=district.district.title)
            reading.weigh(_DISTRICT_SAID if said else _DISTRICT_UNSAID, title)
            if len(targets) == 1:
                reading.confidence *= _ONE_WARD_LEFT
            self._weigh_name(reading, district.span, district.district)
            if province is not None and province.named.initials:
                reading.weigh(_INITIALS)
            if province is None and self.province is not None and not said:
                reading.weigh(_PROVINCE_AS_DISTRICT)
            self._weigh_ward_before(reading)
            yield reading

    @staticmethod
    def _understood(found: list[Reading]) -> tuple[frozenset[int], dict[int, int]]:
        """Words behind a ward's name, and where the longest name begins, by where it ends.

        The former name its district and province, and nothing else; `Đông Hưng` in
        `Bắc Đông Hưng` is nothing of its own.
        """
        behind: set[int] = set()
        longest: dict[int, int] = {}
        for one in found:
            if one.fit >= _UNDERSTOOD:
                end, name = one.span.end, one.span.name
                behind.update(range(end, one.frame_end))
                longest[end] = min(name, longest.get(end, name))
        return frozenset(behind), longest

    def _said(self, start: int, end: int) -> str:
        return " ".join(word.written for word in self.words[start:end])


def _exact_first(found: list[Named]) -> list[Named]:
    """Those without typing errors, where there are any."""
    return [one for one in found if not one.span.errors] or found


def _same_letters(written: tuple[Word, ...], key: str) -> bool:
    return folded("".join(word.plain for word in written)) == key


def _accents_weight(
    written: tuple[Word, ...], accents: tuple[str, ...]
) -> tuple[float, float] | None:
    """What accents say against a name: nothing where they are the same."""
    if len(written) != len(accents):
        return None
    weight = None
    for word, name in zip(written, accents, strict=True):
        if not _alike(word.accents, name):
            if word.accents != word.plain:
                return _ACCENTS
            weight = _FEWER_ACCENTS
    return weight


def _alike(one: str, other: str) -> bool:
    """`Quí` and `Quý`."""
    return one == other or one.replace("y", "i") == other.replace("y", "i")
