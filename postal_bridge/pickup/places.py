"""Where an address is: what it was taken for, how sure that is, and what else it could be.

A place is a ward of today (34 provinces, 3,321 wards since 01/07/2025), by the five-digit code of
the statistics office. The address itself is always kept as it was written.

Confidence is a number from 0 to 1 and a band. `sure` and `likely` may be driven to; `doubtful` goes
to a person's list, with the candidates on it. What the person says is kept as a correction, and
wins from then on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from postal_bridge.pickup.plans import Location, Travel

SURE_FROM = 0.9
LIKELY_FROM = 0.7
MOST_CANDIDATES = 10
_EARTH_METRES = 6_371_009


class Band(StrEnum):
    """How far one can rely on a place."""

    SURE = "sure"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"


class Source(StrEnum):
    """Who knew the place."""

    CORRECTION = "correction"
    GAZETTEER = "gazetteer"
    SERVICE = "service"
    NOBODY = "nobody"


class Because(StrEnum):
    """Why an address was taken for a place, and why it is not more sure than it is."""

    CORRECTED = "corrected"
    NAMED = "named"
    WAS_MERGED = "was_merged"
    WAS_DIVIDED = "was_divided"
    FORMER_NAME = "former_name"
    SPELLING = "spelling"
    ACCENTS = "accents"
    OTHER_KIND = "other_kind"
    NO_KIND = "no_kind"
    NO_PROVINCE = "no_province"
    OLD_WITH_NEW = "old_with_new"
    LEFT_OVER = "left_over"
    DISTRICT_ONLY = "district_only"
    PROVINCE_ONLY = "province_only"
    SEVERAL = "several"
    NEAREST = "nearest"
    NOTHING = "nothing"
    SERVICE_AGREES = "service_agrees"
    SERVICE_DIFFERS = "service_differs"
    SERVICE_EMPTY = "service_empty"
    SERVICE_FAILED = "service_failed"


# fmt: off
BECAUSE_TEXTS: dict[Because, tuple[str, str]] = {
    Because.CORRECTED: (
        "{who} đã xác định địa chỉ này.",
        "{who} settled this address."),
    Because.NAMED: (
        "Địa chỉ ghi “{words}”.",
        "The address says “{words}”."),
    Because.WAS_MERGED: (
        "“{old}” nay thuộc {new}.",
        "“{old}” is part of {new} now."),
    Because.WAS_DIVIDED: (
        "“{old}” đã chia cho {count} đơn vị mới; cần biết số nhà, đường.",
        "“{old}” was divided among {count} new units; the street decides."),
    Because.FORMER_NAME: (
        "“{words}” là tên cũ của {name}.",
        "“{words}” is a former name of {name}."),
    Because.SPELLING: (
        "“{words}” được hiểu là “{name}”.",
        "“{words}” was taken for “{name}”."),
    Because.ACCENTS: (
        "Dấu của “{words}” khác với “{name}”.",
        "“{words}” has other accents than “{name}”."),
    Because.OTHER_KIND: (
        "“{words}”: {name} không phải là cấp đó.",
        "“{words}”: {name} is a unit of another kind."),
    Because.NO_KIND: (
        "“{words}” không ghi là xã, phường hay thị trấn.",
        "“{words}” does not say whether it is a commune, a ward or a town."),
    Because.NO_PROVINCE: (
        "Địa chỉ không ghi tỉnh, huyện.",
        "The address names no province and no district."),
    Because.OLD_WITH_NEW: (
        "Địa chỉ ghi lẫn tên cũ và tên mới.",
        "The address mixes former and present names."),
    Because.LEFT_OVER: (
        "Không hiểu “{words}”.",
        "“{words}” was not understood."),
    Because.DISTRICT_ONLY: (
        "Chỉ biết {name} (cũ), chưa biết xã, phường.",
        "Only the former {name} is known, and no ward."),
    Because.PROVINCE_ONLY: (
        "Chỉ biết {name}.",
        "Only {name} is known."),
    Because.SEVERAL: (
        "Có {count} nơi phù hợp.",
        "{count} places fit."),
    Because.NEAREST: (
        "Lấy nơi gần bưu cục nhất.",
        "The one nearest to the post office was taken."),
    Because.NOTHING: (
        "Không tìm thấy xã, phường nào trong địa chỉ.",
        "No ward was found in the address."),
    Because.SERVICE_AGREES: (
        "Dịch vụ bản đồ chỉ vào {name}.",
        "The map service points into {name}."),
    Because.SERVICE_DIFFERS: (
        "Dịch vụ bản đồ lại chỉ vào {name}.",
        "The map service points into {name} instead."),
    Because.SERVICE_EMPTY: (
        "Dịch vụ bản đồ không biết địa chỉ này.",
        "The map service does not know this address."),
    Because.SERVICE_FAILED: (
        "Dịch vụ bản đồ không trả lời ({error}); chỉ dùng danh mục có sẵn.",
        "The map service did not answer ({error}); only the gazetteer was asked."),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Remark:
    """One reason, with what its sentence needs."""

    because: Because
    facts: dict[str, str | int] = field(default_factory=dict)

    def text(self, language: str = "vi") -> str:
        """The sentence in Vietnamese, or in English for `en`."""
        vietnamese, english = BECAUSE_TEXTS[self.because]
        return (english if language == "en" else vietnamese).format(**self.facts)


def remark(because: Because, **facts: str | int) -> Remark:
    """Say why: `remark(Because.SPELLING, words="Luong Van Chi", name="Lương Văn Tri")`."""
    return Remark(because, facts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ward that an address may lie in.

    Attributes:
        ward_code: of the statistics office, five digits.
        ward: with its kind, such as "Phường Tam Thanh".
        province_code: two digits; `province` is its name with its kind.
        location: the best point known: of the house, of the former ward, or of the ward.
        within_metres: how far from there the address may be.
        confidence: 0 to 1.
        why: what speaks for it, and what against.
    """

    ward_code: str
    ward: str
    province_code: str
    province: str
    location: Location
    within_metres: int
    confidence: float
    why: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """What is known of an address's place.

    Attributes:
        raw: the address, letter by letter as it was given.
        candidates: the best first, at most `MOST_CANDIDATES`; empty where nothing is known.
        confidence: in the first candidate, 0 to 1; 0 where there is none.
        source: who knew it.
        why: of the whole answer; each candidate has its own besides.
        province_code: of the province, where it is known even without a ward.
    """

    raw: str
    candidates: tuple[Candidate, ...]
    confidence: float
    source: Source
    why: tuple[Remark, ...] = ()
    province_code: str | None = None

    @property
    def band(self) -> Band:
        """How far one can rely on it."""
        return band_of(self.confidence)

    @property
    def best(self) -> Candidate | None:
        """The first candidate, also where it is doubtful."""
        return self.candidates[0] if self.candidates else None

    @property
    def ward_code(self) -> str | None:
        """Of the first candidate."""
        return self.candidates[0].ward_code if self.candidates else None

    @property
    def location(self) -> Location | None:
        """Of the first candidate."""
        return self.candidates[0].location if self.candidates else None

    def with_remarks(self, *more: Remark) -> "Located":
        """The same with further reasons."""
        return replace(self, why=(*self.why, *more))


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person of the office said about an address, once and for all.

    Attributes:
        address: the normalised address (`pickup.addresses.normalised`).
        ward_code: five digits.
        location: the point that was shown on the map; none where only the ward is known.
        by: who said it.
    """

    address: str
    ward_code: str
    location: Location | None
    by: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Distances and times, and who measured them.

    Attributes:
        travel: from each place to each.
        source: such as "great-circle" or "osrm".
        failed: why the service that was to be asked was not the one; none where it was.
        unsnapped: indices of places that no road of the service is near to; their distances are
            those of the great circle.
    """

    travel: Travel
    source: str
    failed: str | None = None
    unsnapped: tuple[int, ...] = ()

    def text(self, language: str = "vi") -> str | None:
        """The note that belongs on the plan, in Vietnamese or English; none where all is well."""
        if self.failed is None:
            return None
        if language == "en":
            return f"The road service did not answer ({self.failed}): distances are estimates."
        return f"Dịch vụ đường đi không trả lời ({self.failed}): khoảng cách là ước tính."


def band_of(confidence: float) -> Band:
    """The band of a confidence."""
    if confidence >= SURE_FROM:
        return Band.SURE
    return Band.LIKELY if confidence >= LIKELY_FROM else Band.DOUBTFUL


def metres_between(one: Location, other: Location) -> float:
    """As the crow flies; half a percent off at most."""
    lat, other_lat = math.radians(one.lat), math.radians(other.lat)
    north = math.sin((other_lat - lat) / 2) ** 2
    east = math.sin(math.radians(other.lon - one.lon) / 2) ** 2
    chord = north + math.cos(lat) * math.cos(other_lat) * east
    return 2 * _EARTH_METRES * math.asin(math.sqrt(min(1.0, chord)))


def nearest(candidates: Sequence[Candidate], to: Location) -> Candidate | None:
    """The candidate nearest to a point."""
    return min(candidates, key=lambda one: metres_between(one.location, to), default=None)
