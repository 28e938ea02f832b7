"""What planning may expect of whoever knows distances."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from postal_bridge.geography.distances import GreatCircle, Osrm
from postal_bridge.pickup.place_ports import Distances
from postal_bridge.pickup.places import metres_between
from postal_bridge.pickup.plans import NO_ROAD, Location
from tests.doors.geography.maps import opened_osrm
from tests.stages.memory_places import CrowFlies

PORT = "pickup.place_ports.Distances"

PLACES = [
    Location(21.8537, 106.7615),
    Location(21.8837, 106.743),
    Location(21.9461, 106.722),
    Location(21.8537, 106.7615),
]


@asynccontextmanager
async def in_memory() -> AsyncIterator[Distances]:
    yield CrowFlies()


@asynccontextmanager
async def great_circle() -> AsyncIterator[Distances]:
    yield GreatCircle()


@asynccontextmanager
async def osrm() -> AsyncIterator[Distances]:
    async with opened_osrm() as town, Osrm(town.url, fallback=GreatCircle()) as distances:
        yield distances


@asynccontextmanager
async def osrm_that_is_down() -> AsyncIterator[Distances]:
    async with Osrm("http://127.0.0.1:9", fallback=GreatCircle()) as distances:
        yield distances


IMPLEMENTATIONS: dict[str, Callable[[], AbstractAsyncContextManager[Distances]]] = {
    "memory": in_memory,
    "great circle": great_circle,
    "osrm": osrm,
    "osrm that is down": osrm_that_is_down,
}


@pytest.fixture(params=IMPLEMENTATIONS)
async def distances(request: pytest.FixtureRequest) -> AsyncIterator[Distances]:
    async with IMPLEMENTATIONS[request.param]() as opened:
        yield opened


@pytest.mark.parametrize("count", [0, 1, 2, 4])
async def test_a_matrix_is_square_and_whole(distances: Distances, count: int) -> None:
    travel = (await distances.matrix(PLACES[:count])).travel
    for table in (travel.metres, travel.seconds):
        assert [len(row) for row in table] == [count] * count
        assert all(type(cell) is int and 0 <= cell <= NO_ROAD for row in table for cell in row)


async def test_a_place_is_nowhere_but_where_it_is(distances: Distances) -> None:
    travel = (await distances.matrix(PLACES)).travel
    assert [travel.metres[index][index] for index in range(4)] == [0] * 4
    assert [travel.seconds[index][index] for index in range(4)] == [0] * 4
    assert travel.metres[0][3] == travel.seconds[3][0] == 0


async def test_no_way_is_shorter_than_the_crow_flies(distances: Distances) -> None:
    travel = (await distances.matrix(PLACES)).travel
    for row, one in enumerate(PLACES):
        for column, other in enumerate(PLACES):
            assert travel.metres[row][column] >= metres_between(one, other) * 0.99 - 1


async def test_whoever_measured_is_named(distances: Distances) -> None:
    assert (await distances.matrix(PLACES)).source
