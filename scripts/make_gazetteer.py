"""Writes config/geography/gazetteer.json.gz anew out of the data of `vietnamadminunits`.

Run it after a new release of that package, with the environment of the tests:
`python scripts/make_gazetteer.py`. What stands in the file, and what not, says
config/geography/SOURCES.md. The same release gives the same bytes.
"""

import gzip
import importlib.metadata
import importlib.util
import json
import math
import re
import sqlite3
import statistics
import sys
from pathlib import Path
from typing import Any

PACKAGE = "vietnamadminunits"
TARGET = Path(__file__).parents[1] / "config" / "geography" / "gazetteer.json.gz"
PLACED = 3  # a former ward's successors, latitude and longitude
DIGITS = 5  # of a degree: about a metre

KIND = re.compile(
    r"^(?:(?:phuong|ward|quan|district|[fpq])(?=\d)"
    r"|(?:phuong|thitran|huyen|quan|thixa|thanhpho|xa|tx|tp|tt)(?=[a-z]{4}))"
)
ASIDE = re.compile(r" \([^)]*\)$")  # `Kỳ Anh (Thị xã)`
FAR_KM, FAR_SIDES = 10.0, 2.0
"""A ward's point that is farther than both (in sides of a square of its area) from the middle of
its former wards is taken for another place of the same name."""

Row = list[Any]


def folder() -> Path:
    """Where the package keeps its data, without importing it (which takes a second)."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SystemExit(f"{PACKAGE} is not installed")
    return Path(found.origin).parent / "data"


def successors(data: Path) -> dict[str, list[tuple[str, str]]]:
    """Of each former ward, by the package's key: the new ones, the likeliest first."""
    told = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    found: dict[str, list[tuple[str, str]]] = {}
    for province, wards in told["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                found.setdefault(old, []).append((province, ward))
    for province, olds in told["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in olds.items():
            ordered = sorted(parts, key=lambda part: not part["isDefaultNewWard"])
            found.setdefault(old, []).extend((province, part["newWardKey"]) for part in ordered)
    return found


def aliases(text: str | None, own: str) -> list[str]:
    """Other names, plain; without the kind before a name where the name is known without it."""
    found: set[str] = set(json.loads(text)) if text else set()
    bare = {one: KIND.sub("", one) for one in found}
    names = {
        rest.lstrip("0") if rest.isdecimal() or rest in {*found, own} else one
        for one, rest in bare.items()
    }
    return sorted(names - {own})


def place(lat: float | None, lon: float | None) -> Row:
    """Rounded coordinates; nothing where one is missing."""
    return [] if lat is None or lon is None else [round(lat, DIGITS), round(lon, DIGITS)]


def build() -> dict[str, Any]:
    """Everything that stands in the file."""
    data = folder()
    database = sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)
    try:
        old = _old(database, successors(data))
        return {
            "source": f"{PACKAGE} {importlib.metadata.version(PACKAGE)} (MIT)",
            **_new(database, middles(old["old_wards"])),
            **old,
        }
    finally:
        database.close()


def middles(old_wards: list[Row]) -> dict[str, tuple[float, float]]:
    """The middle of the former wards that went into a ward as a whole."""
    points: dict[str, list[tuple[float, float]]] = {}
    for *_, new, lat, lon in (row for row in old_wards if len(row[4:]) == PLACED):
        if len(new) == 1:
            points.setdefault(new[0], []).append((lat, lon))
    return {
        code: (statistics.median(lat for lat, _ in all_), statistics.median(lon for _, lon in all_))
        for code, all_ in points.items()
    }


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two points of the country, near enough."""
    degree = 111.2
    east = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot((one[0] - other[0]) * degree, east * degree)


def _new(
    database: sqlite3.Connection, middle: dict[str, tuple[float, float]]
) -> dict[str, list[Row]]:
    provinces = database.execute(
        "SELECT DISTINCT provinceCode, province, provinceLat, provinceLon FROM admin_units"
        " ORDER BY provinceCode"
    )
    wards = database.execute(
        "SELECT wardCode, provinceCode, wardType, wardShort, wardLat, wardLon, wardAreaKm2"
        " FROM admin_units ORDER BY wardCode"
    )
    rows: list[Row] = []
    moved: list[Row] = []
    for code, province, kind, name, lat, lon, area in wards:
        point = middle.get(code, (lat, lon))
        off = kilometres(point, (lat, lon))
        if kind != "Đặc khu" and off > max(FAR_KM, FAR_SIDES * math.sqrt(area or FAR_KM**2)):
            moved.append([code, name, round(off)])
        else:
            point = (lat, lon)
        rows.append([code, province, kind, name, *place(*point), area or 0])
    return {
        "provinces": [[code, name, *place(lat, lon)] for code, name, lat, lon in provinces],
        "wards": rows,
        "moved": moved,
    }


def _old(
    database: sqlite3.Connection, told: dict[str, list[tuple[str, str]]]
) -> dict[str, list[Row]]:
    codes = {
        (province, ward): (code, in_province)
        for province, ward, code, in_province in database.execute(
            "SELECT provinceKey, wardKey, wardCode, provinceCode FROM admin_units"
        )
    }
    provinces: dict[str, Row] = {}
    districts: dict[str, Row] = {}
    wards: list[Row] = []
    for row in database.execute(
        "SELECT provinceCode, province, provinceKey, districtCode, districtType, districtShort,"
        " districtKey, districtAlias, districtLat, districtLon, wardType, wardShort, wardKey,"
        " wardAlias, wardLat, wardLon, districtShortKey, wardShortKey FROM admin_units_legacy"
        " ORDER BY provinceCode, districtCode, wardCode"
    ):
        (in_province, province, province_key, in_district, district_type, district, district_key,
         district_alias, district_lat, district_lon, kind, ward, ward_key, alias, lat, lon, short, ward_short) = row  # fmt: skip
        key = f"{province_key}_{district_key}_{ward_key or ''}"
        new = [codes[one] for one in told[key]]
        provinces[in_province] = [in_province, province, new[0][1]]
        districts[in_district] = [
            in_district, in_province, district_type, ASIDE.sub("", district), aliases(district_alias, short),
            *place(district_lat, district_lon),
        ]  # fmt: skip
        wards.append(
            [in_district, kind or "", ASIDE.sub("", ward or ""), aliases(alias, ward_short), [code for code, _ in new],
             *place(lat, lon)]
        )  # fmt: skip
    return {
        "old_provinces": [provinces[code] for code in sorted(provinces)],
        "districts": [districts[code] for code in sorted(districts)],
        "old_wards": wards,
    }


def packed(content: dict[str, Any]) -> bytes:
    """The bytes of the file: without a date, so that the same content is the same file."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


if __name__ == "__main__":
    TARGET.write_bytes(packed(build()))
    sys.stdout.write(f"{TARGET.name}: {TARGET.stat().st_size} bytes\n")
