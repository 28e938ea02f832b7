"""Names of province, district and ward, for carriers that know addresses by name.

Consignments carry one line of address. Since July 2025 it may have two levels (province, ward) or
three, and couriers take both side by side (reference on carriers, section 2.7): which one it is,
the line itself says by naming a district or not.
"""

import re
import unicodedata
from dataclasses import dataclass

from postal_bridge.carriers.provinces import UnknownProvinceError, load_provinces
from postal_bridge.tracking.carrier_values import Party


@dataclass(frozen=True, kw_only=True)
class PlaceNames:
    """Where a party lives, by names; district and ward are empty where nobody has said them."""

    province: str
    district: str
    ward: str


def place_names(party: Party) -> PlaceNames:
    """The names of a party's place: what is told apart, and otherwise what the line says.

    Raises:
        UnknownProvinceError: no province has the party's code.
    """
    province = load_provinces().by_gso.get(party.province)
    if province is None:
        text = f"không có tỉnh mã “{party.province}” (no province has this code)"
        raise UnknownProvinceError(text)
    parts = [part.strip() for part in re.split(r"[,;|\n\u2013\u2014]", party.address)]
    ward = party.ward.strip() or _last(_WARD, parts)
    if party.province in _CITIES:
        parts = [one for one in parts if bare_name(one) != bare_name(province.name)]
    district = party.district.strip() or _last(_DISTRICT, parts)
    return PlaceNames(province=province.name, district=district, ward=ward)


def bare_name(name: str) -> str:
    """A place's name without its kind, marks and blanks: "TP. Lạng Sơn" is "langson"."""
    plain = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    words = re.findall(r"[a-z0-9]+", plain)
    kind = next((kind for kind in _KINDS if tuple(words[: len(kind)]) == kind), ())
    named = words[len(kind) :] or words
    # Some write "Quận 03", some "Quận 3".
    return "".join(one.lstrip("0") if one.isdecimal() else one for one in named)


def _last(pattern: re.Pattern[str], parts: list[str]) -> str:
    return next((part for part in reversed(parts) if pattern.match(part)), "")


_WARD = re.compile(r"(phường|xã|thị trấn|đặc khu|p\.|x\.|tt\.)\s*\w", re.IGNORECASE)
_DISTRICT = re.compile(r"(quận|huyện|thị xã|thành phố|q\.|h\.|tx\.|tp\.|tp\s)\s*\w", re.IGNORECASE)
_CITIES = frozenset({"01", "31", "48", "79", "92"})
"""Cities that are provinces: there, "thành phố Hà Nội" is no district. "Thành phố Lạng Sơn" is one."""

_KINDS = (
    ("thanh", "pho"),
    ("thi", "tran"),
    ("thi", "xa"),
    ("dac", "khu"),
    ("phuong",),
    ("quan",),
    ("huyen",),
    ("tinh",),
    ("xa",),
    ("tp",),
    ("tt",),
    ("tx",),
    ("p",),
    ("q",),
    ("h",),
    ("t",),
    ("x",),
)
