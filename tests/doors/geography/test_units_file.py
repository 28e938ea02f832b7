"""The list of units: complete, the same as its source says, and overruled by the office."""

import gzip
import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.units import EAST, NORTH, SOUTH, WEST, Units
from postal_bridge.geography.units_file import read_points, read_units
from postal_bridge.pickup.addresses import Level
from postal_bridge.pickup.plans import Location
from tests.doors.geography.conftest import GAZETTEER

ROOT = GAZETTEER.parents[2]
TAM_THANH = "05986"


def the_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_gazetteer", ROOT / "scripts" / "make_gazetteer.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_country_is_complete(units: Units) -> None:
    assert (len(units.provinces), len(units.wards)) == (34, 3_321)
    assert (len(units.old_provinces), len(units.districts), len(units.old_wards)) == (
        63,
        696,
        10_040,
    )
    levels = Counter(ward.level for ward in units.wards.values())
    assert levels == {Level.WARD: 687, Level.COMMUNE: 2_621, Level.ZONE: 13}


def test_every_ward_has_a_point_in_the_country(units: Units) -> None:
    for ward in units.wards.values():
        assert len(ward.code) == 5
        assert SOUTH <= ward.location.lat <= NORTH
        assert WEST <= ward.location.lon <= EAST
        assert ward.radius > 0


def test_every_former_ward_has_successors_in_one_province(units: Units) -> None:
    for old in units.old_wards:
        provinces = {units.wards[code].province for code in old.now}
        assert provinces == {units.old_provinces[units.old_province_of(old)].now}


def test_the_file_is_what_its_maker_makes_of_the_package() -> None:
    """Whoever changes one without the other changed what nobody can make again."""
    maker = the_maker()
    kept = json.loads(gzip.decompress(GAZETTEER.read_bytes()))
    assert kept == json.loads(gzip.decompress(maker.packed(maker.build())))


def test_lang_sons_wards_have_the_codes_of_the_demo_province(units: Units) -> None:
    lines = (ROOT / "config" / "province" / "wards.csv").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        name, code, _, _ = line.split(",")
        assert units.wards[code].title == name


def test_the_offices_points_go_over_the_list(tmp_path: Path) -> None:
    own = tmp_path / "points.csv"
    own.write_text(
        "code,name,latitude,longitude\n5986,Tam Thanh,21.85,106.75\n", encoding="utf-8-sig"
    )
    units = read_units(GAZETTEER, own_points=own)
    assert units.wards[TAM_THANH].location == Location(21.85, 106.75)
    best = Gazetteer(units).read("xã Hoàng Đồng, TP Lạng Sơn").best
    assert best is not None
    assert best.location == Location(21.85, 106.75)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("code,latitude\n05986,21.85\n", "line 2"),
        ("code,latitude,longitude\n05986,106.75,21.85\n", "not in the country"),
        ("code,latitude,longitude\n05986,here,there\n", "line 2"),
        ("code,latitude,longitude\n99999,21.85,106.75\n", "99999"),
    ],
)
def test_a_wrong_list_is_told_where_it_is_wrong(tmp_path: Path, content: str, what: str) -> None:
    own = tmp_path / "points.csv"
    own.write_text(content, encoding="utf-8")
    with pytest.raises(Misuse, match=what):
        read_units(GAZETTEER, own_points=own)


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"points\.csv"):
        read_points(tmp_path / "points.csv")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(b"no json", mtime=0),
        gzip.compress(json.dumps({}).encode(), mtime=0),
    ],
    ids=["empty", "no gzip", "no json", "nothing in it"],
)
def test_a_broken_gazetteer_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gazetteer.json.gz"
    path.write_bytes(content)
    with pytest.raises(Misuse, match="make it anew"):
        read_units(path)
