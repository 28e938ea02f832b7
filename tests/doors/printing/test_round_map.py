"""The drawn map: everything is on it, and no number covers another."""

import math
from random import Random
from xml.etree import ElementTree as ET

import pytest

from postal_bridge.pickup.plans import Location
from postal_bridge.printing.round_map import HEIGHT, WIDTH, round_map_svg
from tests.doors.printing.rounds import DEPOT, a_sheet, a_stop

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*places: tuple[float, float], trips: int = 1) -> ET.Element:
    stops = [
        a_stop(number, location=Location(*place), trip=number % trips)
        for number, place in enumerate(places, start=1)
    ]
    return ET.fromstring(round_map_svg(a_sheet(*stops)))  # noqa: S314 - our own


def badges(svg: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(one.attrib["cx"]), float(one.attrib["cy"]))
        for one in svg.iter(f"{SVG}circle")
        if one.attrib["r"] == "11"
    ]


@pytest.mark.parametrize("seed", range(6))
def test_every_stop_is_on_the_map_and_no_number_covers_another(seed: int) -> None:
    random = Random(seed)
    near = 0.002 if seed % 2 else 0.06
    places = [
        (DEPOT.lat + random.uniform(-near, near), DEPOT.lon + random.uniform(-0.08, 0.08))
        for _ in range(30)
    ]
    svg = drawn(*places, trips=3)
    found = badges(svg)
    assert len(found) == 30
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in found)
    assert all(math.dist(one, other) >= 21.9 for i, one in enumerate(found) for other in found[:i])
    assert len(list(svg.iter(f"{SVG}polyline"))) == 3
    texts = [one.text for one in svg.iter(f"{SVG}text")]
    assert [text for text in texts if text and text.isdigit()] == [str(n) for n in range(1, 31)]


def test_north_is_up_and_nothing_is_stretched() -> None:
    north, east = (DEPOT.lat + 0.03, DEPOT.lon), (DEPOT.lat, DEPOT.lon + 0.03)
    svg = drawn(north, east)
    (_, up), (right, _) = badges(svg)
    square = next(one for one in svg.iter(f"{SVG}rect") if one.attrib["width"] == "18")
    x, y = float(square.attrib["x"]) + 9, float(square.attrib["y"]) + 9
    assert up < y
    assert right > x
    assert (right - x) / (y - up) == pytest.approx(math.cos(math.radians(21.87)), abs=0.01)


def test_places_at_one_point_and_a_single_stop_can_be_drawn() -> None:
    here = (DEPOT.lat, DEPOT.lon)
    assert len(set(badges(drawn(here, here, here)))) == 3
    assert len(badges(drawn((DEPOT.lat + 1e-5, DEPOT.lon)))) == 1


def test_the_same_round_is_drawn_alike_and_names_nobody() -> None:
    sheet = a_sheet(a_stop(1), a_stop(2))
    assert round_map_svg(sheet) == round_map_svg(sheet)
    assert "Nông" not in round_map_svg(sheet)
