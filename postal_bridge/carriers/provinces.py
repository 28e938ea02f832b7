"""Provinces in the code systems of carriers: 20, 24 and 25 are all Lạng Sơn.

Inside, a province is the national statistics office's two digits. Carriers of the post have two
lists of their own, and the same number is another province in each (reference, section 1.3: one
peer sends the statistics office's code of Phú Yên for every receiver). So every field says which
system it is in, and a code that is not known is refused and never guessed.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from postal_bridge.errors import Misuse
from postal_bridge.settings import CONFIG_DIR


class CodeSystem(StrEnum):
    """Whose codes: the statistics office's, VNPost's, or the national post's."""

    GSO = "gso"
    VNPOST = "vnpost"
    POSTAL = "postal"


class UnknownProvinceError(Exception):
    """A province has no code in the system that was asked for; the text is for people."""


@dataclass(frozen=True, kw_only=True)
class Province:
    """One row; a code that nobody has published is empty.

    Attributes:
        valid_until: the last day on which carriers take it; none where it is still good.
    """

    name: str
    codes: Mapping[CodeSystem, str]
    valid_until: date | None = None


@dataclass(frozen=True)
class Provinces:
    """All provinces, by the statistics office's code."""

    by_gso: Mapping[str, Province]

    def translated(self, gso: str, system: CodeSystem, *, on: date | None = None) -> str:
        """A province's code in a system, exactly as that system writes it.

        Args:
            gso: the statistics office's two digits.
            system: whose code is wanted.
            on: the day on which it must be good; any day without it.

        Raises:
            UnknownProvinceError: no such province, no longer one, or no code known for it.
        """
        province = self.by_gso.get(gso)
        if province is None:
            text = f"không có tỉnh mã “{gso}” (no province has this code)"
            raise UnknownProvinceError(text)
        if on is not None and province.valid_until is not None and province.valid_until < on:
            text = f"mã tỉnh “{gso}” {province.name} đã hết hiệu lực (no longer valid)"
            raise UnknownProvinceError(text)
        code = province.codes[system]
        if not code:
            text = f"chưa biết mã “{system}” của {province.name} (no such code is known)"
            raise UnknownProvinceError(text)
        return code


def locate(address: str) -> str | None:
    """The province that an address ends with, by the statistics office's code; None without one.

    Only the end counts: there is a street of Điện Biên in most towns of the country.
    """
    line = _spoken(address).removesuffix("viet nam").rstrip(" ,")
    for spoken, gso in _spoken_names():
        if line == spoken:
            return gso
        if line.endswith(spoken) and _BEFORE.search(line.removesuffix(spoken)):
            return gso
    return None


def code_system(word: str) -> CodeSystem:
    """The code system that a setting names.

    Raises:
        Misuse: it names none.
    """
    try:
        return CodeSystem(word)
    except ValueError:
        known = ", ".join(CodeSystem)
        raise Misuse(f"province_codes = {word!r}: phải là / must be one of {known}") from None


@cache
def load_provinces(path: Path = CONFIG_DIR / "carriers" / "provinces.csv") -> Provinces:
    """Read the table; lines that begin with # are for people.

    Raises:
        Misuse: it is not there, or a row cannot be read; the text names it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as trouble:
        raise Misuse(f"{path}: không đọc được (cannot be read): {trouble}") from trouble
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    found: dict[str, Province] = {}
    for row in rows:
        try:
            gso, province = _read(row)
        except (KeyError, AttributeError, ValueError) as trouble:
            text = f"{path.name}: {dict(row)}: dòng không đúng (this row cannot be read)"
            raise Misuse(text) from trouble
        if gso in found:
            raise Misuse(f"{path.name}: mã {gso} có hai dòng (there are two rows of this code)")
        found[gso] = province
    return Provinces(found)


def _read(row: Mapping[str, str]) -> tuple[str, Province]:
    codes = {system: row[system].strip() for system in CodeSystem}
    gso, until = codes[CodeSystem.GSO], row["valid_until"].strip()
    if len(gso) != _GSO_DIGITS or not all(one.isdecimal() for one in codes.values() if one):
        raise ValueError(gso)
    return gso, Province(
        name=row["name"].strip(),
        codes=codes,
        valid_until=date.fromisoformat(until) if until else None,
    )


@cache
def _spoken_names() -> tuple[tuple[str, str], ...]:
    """All names as addresses write them, the longest first."""
    names = {_spoken(one.name): gso for gso, one in load_provinces().by_gso.items()}
    return tuple(sorted((names | _ALSO).items(), key=lambda pair: -len(pair[0])))


def _spoken(text: str) -> str:
    """Small letters without marks, so that old and new spelling agree; commas between parts."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    parts = re.split(r"[,;|\n\u2013\u2014-]", plain)
    return ", ".join(" ".join(re.findall(r"[a-z0-9]+", part)) for part in parts).strip(" ,")


_GSO_DIGITS = 2
_BEFORE = re.compile(r"(, |\b(tinh|t|thanh pho|tp) )$")
_ALSO = {
    "ba ria vung tau": "77",
    "hcm": "79",
    "tphcm": "79",
    "hue": "46",
    "daklak": "66",
    "bac can": "06",
}
