"""The administrative units of today and of before 01/07/2025, by name and by code.

`units_file` reads them; here stands what they are and how they are found. Sources and licence:
config/geography/SOURCES.md.
"""

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from postal_bridge.pickup.addresses import Level, accents, folded, key, plain
from postal_bridge.pickup.plans import Location

SOUTH, NORTH, WEST, EAST = 6.0, 24.0, 102.0, 118.0
"""The country with its islands: a point outside is a mistake."""

_KIND = re.compile(r"(?:Tỉnh|Thành phố|Thị trấn|Thị xã|Phường|Quận|Huyện|Xã) (?=\d|.{3})")
_LEVELS = {level.value.capitalize(): level for level in Level}
_LEVELS["Đặc khu"] = Level.ZONE
OTHER_PROVINCE_NAMES = {
    "01": ("hn",),
    "79": ("hcm", "hcmc", "saigon", "sg", "tphcm"),
    "77": ("brvt",),
    "46": ("thuathienhue", "tthue"),
    "66": ("daclac", "darlac", "daklac", "daclak"),
    "67": ("dacnong", "daknong"),
    "06": ("baccan",),
    "62": ("contum",),
}
"""By the former code; abbreviations of first letters are known besides (`LS`)."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name to compare with: its key, its letters with accents, word by word."""

    key: str
    accents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Province:
    """One of the 34; `parts` are the codes of the former ones that went into it."""

    code: str
    name: str
    location: Location
    parts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ward:
    """One of the 3,321; `radius` is that of a circle of its area, in metres."""

    code: str
    province: str
    level: Level
    name: str
    location: Location
    radius: int

    @property
    def title(self) -> str:
        """The name with its kind."""
        return f"{self.level.value.capitalize()} {self.name}"


@dataclass(frozen=True, slots=True)
class OldProvince:
    """One of the 63, and the code of the province that it is part of."""

    code: str
    name: str
    now: str


@dataclass(frozen=True, slots=True)
class District:
    """One of the 696, of which none is left."""

    code: str
    province: str
    level: Level
    name: str
    aliases: tuple[str, ...]
    location: Location | None

    @property
    def title(self) -> str:
        """The name with its kind."""
        if self.name.startswith("Quận "):
            return self.name
        return f"{self.level.value.capitalize()} {self.name}"


@dataclass(frozen=True, slots=True)
class OldWard:
    """One of the 10,040; `now` are the codes of its successors, the likeliest first."""

    district: str
    level: Level | None
    name: str
    aliases: tuple[str, ...]
    now: tuple[str, ...]
    location: Location | None

    @property
    def title(self) -> str:
        """The name with its kind."""
        if self.level is None or self.name.startswith("Phường "):
            return self.name
        return f"{self.level.value.capitalize()} {self.name}"


_Unit = TypeVar("_Unit", Ward, OldWard, District)


@dataclass(frozen=True, slots=True)
class ProvinceNamed:
    """What a province's name may mean: one of today, former ones, or both."""

    now: frozenset[str]
    old: frozenset[str]
    name: str
    initials: bool = False


@dataclass
class Units:
    """All units, and the ways to find them by their names."""

    provinces: Mapping[str, Province]
    wards: Mapping[str, Ward]
    old_provinces: Mapping[str, OldProvince]
    districts: Mapping[str, District]
    old_wards: tuple[OldWard, ...]
    source: str
    province_names: dict[str, ProvinceNamed] = field(default_factory=dict, init=False)
    district_names: dict[str, list[District]] = field(default_factory=dict, init=False)
    ward_names: dict[str, list[Ward]] = field(default_factory=dict, init=False)
    old_ward_names: dict[str, list[OldWard]] = field(default_factory=dict, init=False)
    names: dict[int, Name] = field(default_factory=dict, init=False)
    _old_codes: dict[str, frozenset[str]] = field(default_factory=dict, init=False)
    _spelt_districts: dict[frozenset[str] | None, list["Spelt[District]"]] = field(
        default_factory=dict, init=False
    )
    _spelt_wards: dict[str, list["Spelt[Ward | OldWard]"]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Make the ways."""
        for district in self.districts.values():
            self._file(district, self.district_names)
        for ward in self.wards.values():
            self._file(ward, self.ward_names)
        for old in self.old_wards:
            self._file(old, self.old_ward_names)
        self._file_provinces()

    def _file(self, unit: _Unit, at: dict[str, list[_Unit]]) -> None:
        name = name_of(unit.name)
        self.names[id(unit)] = name
        others: tuple[str, ...] = getattr(unit, "aliases", ())
        for one in {name.key, *map(folded, others)} - {""}:
            at.setdefault(one, []).append(unit)

    def _file_provinces(self) -> None:
        meant: dict[str, tuple[set[str], set[str], str]] = {}
        for province in self.provinces.values():
            found = meant.setdefault(name_of(province.name).key, (set(), set(), province.name))
            found[0].add(province.code)
        for old in self.old_provinces.values():
            bare = _KIND.sub("", old.name)
            others = OTHER_PROVINCE_NAMES.get(old.code, ())
            for one in (name_of(old.name).key, *map(folded, others)):
                found = meant.setdefault(one, (set(), set(), old.name))
                found[1].add(old.code)
                if _KIND.sub("", self.provinces[old.now].name) == bare:
                    found[0].add(old.now)
        self.province_names = {
            one: ProvinceNamed(frozenset(now), frozenset(codes), name)
            for one, (now, codes, name) in meant.items()
        }
        for one, (now, codes, name) in self._initials().items():
            if one not in self.province_names:
                self.province_names[one] = ProvinceNamed(
                    frozenset(now), frozenset(codes), name, initials=True
                )

    def _initials(self) -> dict[str, tuple[set[str], set[str], str]]:
        found: dict[str, tuple[set[str], set[str], str]] = {}
        for old in self.old_provinces.values():
            letters = "".join(word[0] for word in plain(_KIND.sub("", old.name)).split())
            now, codes, _ = found.setdefault(letters, (set(), set(), letters.upper()))
            codes.add(old.code)
            if _KIND.sub("", self.provinces[old.now].name) == _KIND.sub("", old.name):
                now.add(old.now)
        return found

    # --- who belongs to whom ----------------------------------------------------------------------

    @cached_property
    def parts_of_wards(self) -> dict[str, list[OldWard]]:
        """By the code of a ward: the former ones that went into it, whole or in part."""
        found: dict[str, list[OldWard]] = {code: [] for code in self.wards}
        for old in self.old_wards:
            for code in old.now:
                found[code].append(old)
        return found

    @cached_property
    def _districts_of_wards(self) -> dict[str, frozenset[str]]:
        return {
            code: frozenset(old.district for old in olds)
            for code, olds in self.parts_of_wards.items()
        }

    @cached_property
    def _old_provinces_of_wards(self) -> dict[str, frozenset[str]]:
        return {
            code: frozenset(self.districts[district].province for district in districts)
            for code, districts in self._districts_of_wards.items()
        }

    @cached_property
    def _old_provinces_of_districts(self) -> dict[str, frozenset[str]]:
        return {code: frozenset((one.province,)) for code, one in self.districts.items()}

    def districts_of(self, one: Ward | OldWard) -> Collection[str]:
        """The codes of the former districts that it, or parts of it, come from."""
        if isinstance(one, OldWard):
            return (one.district,)
        return self._districts_of_wards[one.code]

    def old_provinces_of(self, one: Ward | OldWard) -> frozenset[str]:
        """The codes of the former provinces that it, or parts of it, come from."""
        if isinstance(one, OldWard):
            return self._old_provinces_of_districts[one.district]
        return self._old_provinces_of_wards[one.code]

    def old_codes(self, named: ProvinceNamed) -> frozenset[str]:
        """The former provinces that a name covers, with those that went into a present one."""
        found = self._old_codes.get(named.name)
        if found is None:
            parts = (self.provinces[code].parts for code in named.now)
            found = self._old_codes[named.name] = named.old.union(*parts)
        return found

    @cached_property
    def wards_of_districts(self) -> dict[str, tuple[str, ...]]:
        """By the code of a former district: the wards it lies in, those with most of it first."""
        shares: dict[str, dict[str, int]] = {code: {} for code in self.districts}
        for old in self.old_wards:
            for rank, code in enumerate(old.now):
                share = shares[old.district]
                share[code] = share.get(code, 0) + (4 if rank == 0 else 1)
        return {
            district: tuple(sorted(share, key=lambda code: (-share[code], code)))
            for district, share in shares.items()
        }

    def old_province_of(self, old: OldWard) -> str:
        """The code of its former province."""
        return self.districts[old.district].province

    def name(self, unit: Ward | OldWard | District) -> Name:
        """The unit's own name, to compare with."""
        return self.names[id(unit)]

    # --- names to compare misspelt words with -----------------------------------------------------

    @cached_property
    def spelt_provinces(self) -> Sequence["Spelt[ProvinceNamed]"]:
        """All but abbreviations."""
        return [
            Spelt(name, letters_of(name), named)
            for name, named in self.province_names.items()
            if not named.initials
        ]

    def spelt_districts(self, old: frozenset[str] | None) -> Sequence["Spelt[District]"]:
        """Of these former provinces, or of all."""
        found = self._spelt_districts.get(old)
        if found is None:
            found = self._spelt_districts[old] = [
                Spelt(self.name(one).key, letters_of(self.name(one).key), one)
                for one in self.districts.values()
                if old is None or one.province in old
            ]
        return found

    def spelt_wards(
        self, province: ProvinceNamed | None, district: District | None
    ) -> Sequence["Spelt[Ward | OldWard]"]:
        """Of the district, or else of the province."""
        scope = district.code if district else province.name if province else ""
        found = self._spelt_wards.get(scope)
        if found is None:
            old = self.old_codes(province) if province else frozenset[str]()
            wards: Iterable[Ward | OldWard] = itertools.chain(self.wards.values(), self.old_wards)
            found = self._spelt_wards[scope] = [
                Spelt(self.name(one).key, letters_of(self.name(one).key), one)
                for one in wards
                if (
                    district.code in self.districts_of(one)
                    if district
                    else old & self.old_provinces_of(one)
                )
            ]
        return found


_Unit_co = TypeVar("_Unit_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Spelt(Generic[_Unit_co]):
    """A unit's key, with a bit for each letter that occurs in it."""

    key: str
    letters: int
    unit: _Unit_co


def letters_of(key: str) -> int:
    """A bit for each letter that occurs."""
    bits = 0
    for letter in key:
        bits |= 1 << (ord(letter) & 31)
    return bits


def name_of(title: str) -> Name:
    """The name without its kind; a number's key is the number."""
    bare = _KIND.sub("", title)
    return Name(key(bare), tuple(accents(bare.replace("-", " ")).split()))


def level_of(kind: str) -> Level | None:
    """`Phường` and so on; none for an island that had no ward."""
    return _LEVELS.get(kind)
