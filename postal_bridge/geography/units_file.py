"""Reads the units, and the office's own points over them.

The units stand in `config/geography/gazetteer.json.gz` (made by `scripts/make_gazetteer.py`). The
office's list is a CSV file with the columns `code,latitude,longitude`; more columns are ignored.
"""

import csv
import gzip
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from postal_bridge.errors import Misuse
from postal_bridge.geography.units import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    District,
    OldProvince,
    OldWard,
    Province,
    Units,
    Ward,
    level_of,
)
from postal_bridge.pickup.addresses import Level
from postal_bridge.pickup.plans import Location


def read_units(path: Path, *, own_points: Path | None = None) -> Units:
    """Everything in the file, with the office's own points over it; a process reads it once.

    Raises:
        Misuse: a file is missing or has another shape; the text says which.
    """
    try:
        units = _units_in(path, path.stat().st_mtime_ns)
    except (OSError, EOFError, ValueError, KeyError, TypeError, gzip.BadGzipFile) as error:
        raise Misuse(f"{path}: not the gazetteer ({error}); make it anew or restore it") from error
    return units if own_points is None else with_points(units, read_points(own_points))


@lru_cache(maxsize=2)
def _units_in(path: Path, changed_ns: int) -> Units:  # noqa: ARG001 - a file written anew is read
    return _units(json.loads(gzip.decompress(path.read_bytes())))


def _units(told: dict[str, Any]) -> Units:
    old_provinces = {row[0]: OldProvince(*row) for row in told["old_provinces"]}
    parts: dict[str, set[str]] = {}
    for old in old_provinces.values():
        parts.setdefault(old.now, set()).add(old.code)
    return Units(
        provinces={
            code: Province(code, name, Location(lat, lon), frozenset(parts[code]))
            for code, name, lat, lon in told["provinces"]
        },
        wards={
            code: Ward(code, province, _level(kind), name, Location(lat, lon), _radius(area))
            for code, province, kind, name, lat, lon, area in told["wards"]
        },
        old_provinces=old_provinces,
        districts={
            row[0]: District(row[0], row[1], _level(row[2]), row[3], tuple(row[4]), _at(row[5:]))
            for row in told["districts"]
        },
        old_wards=tuple(
            OldWard(row[0], level_of(row[1]), row[2], tuple(row[3]), tuple(row[4]), _at(row[5:]))
            for row in told["old_wards"]
        ),
        source=told["source"],
    )


def _level(kind: str) -> Level:
    level = level_of(kind)
    if level is None:
        raise ValueError(f"no kind of unit: {kind!r}")
    return level


def _radius(square_kilometres: float) -> int:
    return round(math.sqrt(square_kilometres or 100.0) * 564)  # of a circle: 1000 / sqrt(pi)


def _at(point: list[float]) -> Location | None:
    return Location(point[0], point[1]) if point else None


def with_points(units: Units, points: Mapping[str, Location]) -> Units:
    """The same units; wards that are named have the office's point.

    Raises:
        Misuse: a code is none of a ward.
    """
    unknown = sorted(set(points) - set(units.wards))
    if unknown:
        raise Misuse(f"no ward has the code {unknown[0]!r}: the office's points need today's codes")
    wards = {
        code: replace(ward, location=points.get(code, ward.location))
        for code, ward in units.wards.items()
    }
    # A former ward's point belongs to the list that the office does not rely on.
    old_wards = tuple(
        replace(old, location=None) if points.keys() & set(old.now) else old
        for old in units.old_wards
    )
    return Units(
        provinces=units.provinces, wards=wards, old_provinces=units.old_provinces,
        districts=units.districts, old_wards=old_wards, source=units.source,
    )  # fmt: skip


def read_points(path: Path) -> dict[str, Location]:
    """The office's own points by the code of the ward.

    Raises:
        Misuse: the file is not there, a column is missing, or a point is outside the country.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return dict(_points(csv.DictReader(file), path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Misuse(f"{path}: cannot be read ({error})") from error


def _points(rows: Iterable[Mapping[str, str | None]], path: Path) -> Iterable[tuple[str, Location]]:
    for number, row in enumerate(rows, start=2):
        try:
            code = row["code"] or ""
            point = Location(float(row["latitude"] or ""), float(row["longitude"] or ""))
        except (KeyError, ValueError) as error:
            raise Misuse(f"{path}, line {number}: needs code,latitude,longitude") from error
        if not (SOUTH <= point.lat <= NORTH and WEST <= point.lon <= EAST):
            raise Misuse(f"{path}, line {number}: {point.lat}, {point.lon} is not in the country")
        yield code.zfill(5), point
