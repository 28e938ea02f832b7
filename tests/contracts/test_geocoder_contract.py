"""What pickups may expect of whoever finds addresses, and of whoever keeps corrections."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from postal_bridge.geography.chain import ChainGeocoder
from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.units_file import read_units
from postal_bridge.pickup.place_ports import Geocoder
from postal_bridge.pickup.places import MOST_CANDIDATES, Band, Source, band_of
from postal_bridge.pickup.plans import Location
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests.doors.geography.maps import opened_nominatim
from tests.stages.memory_places import KnownPlaces, MemoryCorrections

PORT = "pickup.place_ports.Geocoder"

KNOWN = "Số 12, p. Tam Thanh, tp Lạng Sơn"
UNKNOWN = "abc xyz"
WARD, PROVINCE = "05986", "20"
LANG_SON = Location(21.8537, 106.7615)


@cache
def the_gazetteer() -> Gazetteer:
    file = Path(__file__).parents[2] / "config" / "geography" / "gazetteer.json.gz"
    return Gazetteer(read_units(file))


@asynccontextmanager
async def in_memory() -> AsyncIterator[Geocoder]:
    yield KnownPlaces({KNOWN: the_gazetteer().candidate(WARD, None, 0.97)})


@asynccontextmanager
async def gazetteer() -> AsyncIterator[Geocoder]:
    yield the_gazetteer()


@asynccontextmanager
async def chain() -> AsyncIterator[Geocoder]:
    async with opened_nominatim() as town:
        yield ChainGeocoder(the_gazetteer(), corrections=MemoryCorrections(), service=town.service)


@asynccontextmanager
async def chain_with_a_service_that_is_down() -> AsyncIterator[Geocoder]:
    async with opened_nominatim() as town:
        town.stand.plan.faults.append(Fault(kind=FaultKind.SERVER_ERROR, times=None))
        yield ChainGeocoder(the_gazetteer(), corrections=MemoryCorrections(), service=town.service)


IMPLEMENTATIONS: dict[str, Callable[[], AbstractAsyncContextManager[Geocoder]]] = {
    "memory": in_memory,
    "gazetteer": gazetteer,
    "chain": chain,
    "chain, its service down": chain_with_a_service_that_is_down,
}


@pytest.fixture(params=IMPLEMENTATIONS)
async def geocoder(request: pytest.FixtureRequest) -> AsyncIterator[Geocoder]:
    async with IMPLEMENTATIONS[request.param]() as opened:
        yield opened


async def test_a_known_address_has_a_ward_a_province_and_a_point(geocoder: Geocoder) -> None:
    located = await geocoder.locate(KNOWN)
    assert (located.ward_code, located.province_code) == (WARD, PROVINCE)
    assert located.band is Band.SURE
    assert located.best is not None
    assert located.location == located.best.location
    assert located.best.within_metres > 0


@pytest.mark.parametrize("text", [KNOWN, UNKNOWN, "", "  x ", "xã Tân Lập\n"])
async def test_the_text_comes_back_as_it_was(geocoder: Geocoder, text: str) -> None:
    assert (await geocoder.locate(text)).raw == text


async def test_what_nobody_knows_is_doubtful_and_no_error(geocoder: Geocoder) -> None:
    located = await geocoder.locate(UNKNOWN)
    assert (located.band, located.candidates, located.confidence) == (Band.DOUBTFUL, (), 0.0)
    assert located.source is Source.NOBODY
    assert located.why


@pytest.mark.parametrize("text", [KNOWN, UNKNOWN, "xã Tân Lập", "Lạng Sơn"])
async def test_confidence_is_a_number_with_its_band(geocoder: Geocoder, text: str) -> None:
    located = await geocoder.locate(text)
    assert 0 <= located.confidence <= 1
    assert located.band is band_of(located.confidence)
    assert len(located.candidates) <= MOST_CANDIDATES
    codes = [one.ward_code for one in located.candidates]
    assert len(codes) == len(set(codes))
    assert all(0 <= one.confidence <= 1 for one in located.candidates)


async def test_the_same_question_has_the_same_answer(geocoder: Geocoder) -> None:
    assert await geocoder.locate(KNOWN) == await geocoder.locate(KNOWN)


async def test_who_asks_from_nearby_changes_nothing_that_is_sure(geocoder: Geocoder) -> None:
    far = Location(10.77, 106.7)
    asked = [await geocoder.locate(KNOWN, near=near) for near in (None, LANG_SON, far)]
    assert {one.ward_code for one in asked} == {WARD}
