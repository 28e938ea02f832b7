"""Which units an address may name, read from its end: province, then district, then ward.

A mention is a run of words inside one piece that is a unit's name, with the word for its level
before it where there is one. Typing errors are looked for only where they are asked for, and only
among the units that the rest of the address leaves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from postal_bridge.geography.units import (
    District,
    OldWard,
    ProvinceNamed,
    Spelt,
    Units,
    Ward,
    letters_of,
)
from postal_bridge.pickup.addresses import (
    DISTRICTS,
    PROVINCES,
    WARDS,
    Level,
    Word,
    begins_below,
    folded,
    level_at,
    misspelt,
)

MOST_WORDS = 6
_SHORTEST_MISSPELT, _SHORTEST_TWICE = 5, 9
_COUNTRY = {("viet", "nam"), ("vn",), ("vietnam",)}
_LONGEST_NUMERAL_NAME = 2


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words: `start` is that of the level's word, `name` that of the name, `end` is after.

    Attributes:
        level: what the word before says; none where there is none.
        errors: typing errors between the words and the name they are taken for.
    """

    start: int
    name: int
    end: int
    level: Level | None
    errors: int = 0


@dataclass(frozen=True, slots=True)
class ProvinceMention:
    """A province, former or of today."""

    span: Span
    named: ProvinceNamed


@dataclass(frozen=True, slots=True)
class DistrictMention:
    """A former district."""

    span: Span
    district: District


@dataclass(frozen=True, slots=True)
class WardMention:
    """A ward of today, or a former one."""

    span: Span
    ward: Ward | OldWard


Unit = TypeVar("Unit")


def trimmed(words: Sequence[Word]) -> tuple[Word, ...]:
    """Without the country, and without telephone numbers and postcodes at the end."""
    kept = list(words)
    while kept:
        if tuple(word.plain for word in kept[-2:]) in _COUNTRY:
            del kept[-2:]
        elif (kept[-1].plain,) in _COUNTRY or _is_number_aside(kept):
            del kept[-1]
        else:
            break
    return tuple(kept)


def _is_number_aside(kept: list[Word]) -> bool:
    return kept[-1].numeral and len(kept[-1].plain) > _LONGEST_NUMERAL_NAME and len(kept) > 1


class Mentions:
    """Finds what the words before `end` may name."""

    def __init__(self, units: Units, words: Sequence[Word], *, errors: bool) -> None:
        """Look among `units`; with `errors`, typing errors are forgiven where nothing fits."""
        self.units = units
        self.words = tuple(words)
        self.errors = errors
        self.levels = tuple(level_at(self.words, index) for index in range(len(self.words)))
        self._first_ward = self._first_ward_announced()

    def provinces(self, end: int) -> Iterator[ProvinceMention]:
        """Provinces named just before `end`."""
        for span, key in self._spans(end, PROVINCES):
            named = self.units.province_names.get(key)
            like = [(0, named)] if named else self._like(key, self.units.spelt_provinces)
            for errors, one in like:
                if span.level is not Level.CITY or self._is_city(one):
                    yield ProvinceMention(_with(span, errors), one)

    def _is_city(self, named: ProvinceNamed) -> bool:
        """`TP. Lạng Sơn` is the city in the province; `TP. Hà Nội` is the province."""
        titles = [self.units.provinces[code].name for code in named.now]
        titles += [self.units.old_provinces[code].name for code in named.old]
        return named.initials or any(title.startswith("Thành phố") for title in titles)

    def districts(self, end: int, province: ProvinceNamed | None) -> Iterator[DistrictMention]:
        """Former districts named just before `end`, in the province where one is named."""
        old = None if province is None else self.units.old_codes(province)
        for span, key in self._spans(end, DISTRICTS):
            found: Iterable[tuple[int, District]] = [
                (0, one)
                for one in self.units.district_names.get(key, ())
                if old is None or one.province in old
            ]
            found = found or self._like(key, self.units.spelt_districts(old))
            for errors, one in found:
                if span.level is not None or not one.name.startswith("Quận "):
                    yield DistrictMention(_with(span, errors), one)

    def wards(
        self, end: int, province: ProvinceNamed | None, district: District | None
    ) -> Iterator[WardMention]:
        """Wards named just before `end`, in the province and district where they are named."""
        lies_there = self._lying(province, district)
        for span, key in self._spans(end, WARDS):
            exact: list[Ward | OldWard] = [
                *filter(lies_there, self.units.ward_names.get(key, ())),
                *filter(lies_there, self.units.old_ward_names.get(key, ())),
            ]
            yield from (WardMention(span, one) for one in exact)
            if exact or not self.errors or (province is None and district is None):
                continue
            for errors, one in self._like(key, self.units.spelt_wards(province, district)):
                yield WardMention(_with(span, errors), one)

    def _lying(
        self, province: ProvinceNamed | None, district: District | None
    ) -> Callable[[Ward | OldWard], bool]:
        """Whether a ward, former or of today, has a part in the district or province."""
        units = self.units
        if district is not None:
            code = district.code
            return lambda one: code in units.districts_of(one)
        if province is not None:
            old, now = units.old_codes(province), province.now
            return lambda one: (
                bool(old & units.old_provinces_of(one))
                or (isinstance(one, Ward) and one.province in now)
            )
        return lambda _: True

    # --- runs of words ----------------------------------------------------------------------------

    def _spans(self, end: int, allowed: frozenset[Level]) -> Iterator[tuple[Span, str]]:
        """Runs that end before `end` and could be a name of that level, with their keys."""
        key = ""
        for name in range(end - 1, max(-1, end - 1 - MOST_WORDS), -1):
            word = self.words[name]
            key = word.plain + key
            said = None if word.opens else self._level_before(name)
            if said is None:
                # No name begins with a number, or else its level is said (`phường 1 Bảo Lộc`).
                if not word.numeral and not (self.errors and self._says_level(name, end)):
                    yield Span(name, name, end, None), folded(key)
            elif said[0] in allowed:
                yield Span(name - said[1], name, end, said[0]), folded(key)
            if word.opens:
                return

    def _says_level(self, name: int, end: int) -> bool:
        """Whether the first word is no part of a name but says its level."""
        said = self.levels[name]
        return said is not None and name + said[1] < end

    def _level_before(self, name: int) -> tuple[Level, int] | None:
        for count in (2, 1):
            if name >= count:
                said = self.levels[name - count]
                if said is not None and said[1] == count:
                    return said
        return None

    def _like(self, key: str, names: Sequence[Spelt[Unit]]) -> Iterator[tuple[int, Unit]]:
        """Units with a name like it, where errors are forgiven."""
        most = most_errors(key) if self.errors else 0
        if most == 0:
            return
        letters = letters_of(key)
        for spelt in names:
            if (
                abs(len(spelt.key) - len(key)) <= most
                and (spelt.letters ^ letters).bit_count() <= 2 * most
                and most_errors(spelt.key)
            ):
                errors = misspelt(key, spelt.key, most=most)
                if errors:
                    yield errors, spelt.unit

    # --- what stands before -----------------------------------------------------------------------

    def opens_piece(self, index: int) -> bool:
        """Whether a name may begin here without a level: a piece begins, or a dash is before."""
        return index == 0 or self.words[index].opens or self.words[index].dashed

    def is_below(self, index: int) -> bool:
        """Whether the run that begins here goes on the name of a street or of a hamlet."""
        while not self.opens_piece(index):
            index -= 1
            if begins_below(self.words[index]):
                return True
        return False

    def names_ward_before(self, index: int) -> bool:
        """Whether a ward is announced before: `xã …`, `phường …`, and what follows is its name."""
        return self._first_ward < index

    def _first_ward_announced(self) -> int:
        """Index of the first word of the first name that is announced so."""
        for start, said in enumerate(self.levels):
            if said is not None and said[0] in WARDS:
                after = start + said[1]
                if after < len(self.words) and not self.words[after].opens:
                    return after
        return len(self.words)


def most_errors(key: str) -> int:
    """How many typing errors a name of this length may have."""
    if len(key) < _SHORTEST_MISSPELT or key.isdecimal():
        return 0
    return 1 if len(key) < _SHORTEST_TWICE else 2


def _with(span: Span, errors: int) -> Span:
    return Span(span.start, span.name, span.end, span.level, errors) if errors else span
