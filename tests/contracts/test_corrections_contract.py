"""What the search for addresses may expect of whoever keeps the office's corrections."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from postal_bridge.pickup.places import Correction
from postal_bridge.pickup.plans import Location
from tests.stages.memory import MemoryWork
from tests.stores import opened

PORTS = ("pickup.place_ports.Corrections",)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")

ADDRESS = "so 5, xa hoa binh, lang son"


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def house(engine_name: str, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if engine_name == "memory":
        yield MemoryWork()
        return
    async with opened(request.getfixturevalue("database_url")) as storage:
        yield storage


def a_correction(ward: str = "06391", at: Location | None = None) -> Correction:
    return Correction(ADDRESS, ward, at, "Nông Thị Lan")


async def kept(house: Any, *corrections: Correction) -> Correction | None:
    async with house.begin() as work:
        for one in corrections:
            await work.corrections.keep(one)
    async with house.begin(write=False) as work:
        found: Correction | None = await work.corrections.of(ADDRESS)
        assert await work.corrections.of(f"{ADDRESS}, viet nam") is None
        return found


async def test_what_was_never_corrected_is_nothing(house: Any) -> None:
    assert await kept(house) is None


@pytest.mark.parametrize("at", [None, Location(21.66, 106.28)])
async def test_a_correction_comes_back_whole(house: Any, at: Location | None) -> None:
    assert await kept(house, a_correction(at=at)) == a_correction(at=at)


async def test_a_later_one_takes_its_place(house: Any) -> None:
    found = await kept(house, a_correction("06391"), a_correction("06505"))
    assert found is not None
    assert found.ward_code == "06505"
