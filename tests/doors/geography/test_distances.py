"""Distances: along great circles, over the roads of a stand-in, and when it fails."""

import asyncio
import math

import pytest

from postal_bridge.errors import Misuse
from postal_bridge.geography.distances import GreatCircle, Osrm
from postal_bridge.pickup.places import metres_between
from postal_bridge.pickup.plans import NO_ROAD, Location
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.osrm import METRES_A_SECOND, OsrmSwitch, way
from tests.doors.geography.maps import OsrmTown, opened_osrm

CENTRE = Location(21.8537, 106.7615)
PLACES = [
    CENTRE,
    Location(21.8837, 106.743),
    Location(21.9461, 106.722),
    Location(21.7668, 106.908),
]


def osrm(town: OsrmTown, *, timeout: float = 5.0, table_size: int = 100) -> Osrm:
    return Osrm(town.url, fallback=GreatCircle(), timeout_seconds=timeout, table_size=table_size)


async def test_a_great_circle_times_a_factor_at_one_speed() -> None:
    measured = await GreatCircle(road_factor=1.5, speed_kmh=36).matrix(PLACES)
    metres, seconds = measured.travel.metres, measured.travel.seconds
    for row, one in enumerate(PLACES):
        for column, other in enumerate(PLACES):
            assert metres[row][column] == round(metres_between(one, other) * 1.5)
            assert abs(seconds[row][column] - metres[row][column] / 10) <= 1
    assert type(metres[0][1]) is int
    assert measured.failed is None


async def test_no_places_have_no_distances() -> None:
    assert (await GreatCircle().matrix([])).travel.metres == []


async def test_roads_are_longer_than_the_crow_flies() -> None:
    async with opened_osrm() as town, osrm(town) as distances:
        measured = await distances.matrix(PLACES)
    one, other = PLACES[0], PLACES[2]
    expected = way((one.lat, one.lon), (other.lat, other.lon))
    assert measured.source == "osrm"
    assert measured.travel.metres[0][2] == pytest.approx(expected, abs=1)
    assert measured.travel.seconds[0][2] == pytest.approx(expected / METRES_A_SECOND, abs=1)
    assert measured.text() is None


async def test_a_large_matrix_is_asked_in_pieces_that_the_server_takes() -> None:
    places = [Location(21.5 + 0.01 * number, 106.7) for number in range(23)]
    async with opened_osrm(table_size=10) as town, osrm(town, table_size=10) as distances:
        measured = await distances.matrix(places)
        assert len(town.stand.log.of("table")) == 25
    for row, one in enumerate(places):
        for column, other in enumerate(places):
            expected = way((one.lat, one.lon), (other.lat, other.lon))
            assert abs(measured.travel.metres[row][column] - expected) <= 1


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.TIMEOUT,
        FaultKind.SLOW,
        FaultKind.CONNECTION_LOST,
        FaultKind.TRUNCATED,
        FaultKind.HALF_BODY,
        FaultKind.LOGIN_PAGE,
        FaultKind.TOO_MANY,
    ],
)
async def test_a_server_that_fails_is_said_and_great_circles_stand_in(kind: FaultKind) -> None:
    async with opened_osrm(table_size=4) as town:
        # Not the first piece: what the others told is not mixed with what is reckoned.
        # aiohttp asks a second time by itself where a connection is lost.
        times = None if kind is FaultKind.CONNECTION_LOST else 1
        town.stand.plan.faults.append(
            Fault(kind=kind, route="table", after=2, times=times, seconds=5)
        )
        async with osrm(town, timeout=0.5, table_size=4) as distances:
            measured = await distances.matrix(PLACES)
    assert measured.travel == (await GreatCircle().matrix(PLACES)).travel
    assert measured.source == "great-circle"
    assert measured.failed
    assert "ước tính" in str(measured.text())


@pytest.mark.parametrize("switch", OsrmSwitch)
async def test_a_table_of_another_shape_is_a_failure(switch: OsrmSwitch) -> None:
    async with opened_osrm() as town, osrm(town) as distances:
        town.stand.plan.defects = frozenset({switch})
        assert (await distances.matrix(PLACES)).failed


async def test_a_server_that_takes_less_than_configured_is_a_failure() -> None:
    async with opened_osrm(table_size=4) as town, osrm(town, table_size=100) as distances:
        assert "TooBig" in str((await distances.matrix(PLACES)).failed)


async def test_nobody_there_is_a_failure() -> None:
    async with Osrm("http://127.0.0.1:9", fallback=GreatCircle()) as distances:
        assert (await distances.matrix(PLACES)).failed


async def test_an_island_has_no_road() -> None:
    async with opened_osrm() as town, osrm(town) as distances:
        island = PLACES[3]
        town.stand.put_all([{"key": "i", "lat": island.lat, "lon": island.lon, "radius": 100}])
        measured = await distances.matrix(PLACES)
    assert measured.travel.metres[0][3] == measured.travel.seconds[3][0] == NO_ROAD
    assert measured.travel.metres[3][3] == 0
    assert measured.travel.metres[0][1] < NO_ROAD


async def test_a_place_far_from_every_road_is_reckoned_and_named() -> None:
    async with opened_osrm() as town, osrm(town) as distances:
        far = PLACES[1]
        town.stand.put_all([{"key": "f", "lat": far.lat, "lon": far.lon, "snap": 9_000}])
        measured = await distances.matrix(PLACES)
    own = await GreatCircle().matrix(PLACES)
    assert measured.unsnapped == (1,)
    assert measured.travel.metres[0][1] == own.travel.metres[0][1]
    assert measured.travel.metres[0][2] != own.travel.metres[0][2]


async def test_calling_it_off_ends_it_and_is_no_failure_of_the_server() -> None:
    async with opened_osrm() as town, osrm(town, timeout=60) as distances:
        town.stand.plan.faults.append(Fault(kind=FaultKind.SLOW, route="table", seconds=60))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await distances.matrix(PLACES)
        assert len(town.stand.log.of("table")) == 1


def test_an_address_without_a_scheme_is_misuse() -> None:
    with pytest.raises(Misuse, match="osrm_url"):
        Osrm("localhost:5000", fallback=GreatCircle())


async def test_five_hundred_places_at_once() -> None:
    places = [
        Location(21.5 + 0.5 * math.sin(number), 106.7 + 0.5 * math.cos(3 * number))
        for number in range(500)
    ]
    metres = (await GreatCircle().matrix(places)).travel.metres
    assert len(metres) == 500
    assert all(metres[number][number] == 0 for number in range(500))
    assert metres[3][77] == metres[77][3]
