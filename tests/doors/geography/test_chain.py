"""Corrections go first, the gazetteer decides what it can, a service is asked in doubt."""

from collections.abc import AsyncIterator

import pytest

from postal_bridge.geography.chain import ChainGeocoder
from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.pickup.addresses import normalised
from postal_bridge.pickup.places import Band, Because, Correction, Located, Source
from postal_bridge.pickup.plans import Location
from postal_bridge.sandbox.faults import Fault, FaultKind
from tests.doors.geography.maps import NominatimTown, opened_nominatim
from tests.stages.memory_places import MemoryCorrections

DOUBTFUL = "12 Trần Phú, xã Hòa Bình, Lạng Sơn"
CLEAR = "p. Tam Thanh, tp Lạng Sơn"
DIVIDED = "số 5 Tôn Đức Thắng, phường Cửa Đông, quận Hoàn Kiếm, Hà Nội"
HUU_LUNG = Location(21.645, 106.275)  # in the former Hòa Bình of Hữu Lũng, Yên Bình today
HA_NOI = Location(21.0278, 105.8342)


@pytest.fixture
async def town() -> AsyncIterator[NominatimTown]:
    async with opened_nominatim() as opened:
        yield opened


@pytest.fixture
def chain(gazetteer: Gazetteer, town: NominatimTown) -> ChainGeocoder:
    return ChainGeocoder(gazetteer, corrections=MemoryCorrections(), service=town.service)


def because(located: Located) -> list[Because]:
    return [one.because for one in located.why]


def tells(town: NominatimTown, address: str, at: Location) -> None:
    town.stand.put_all([{"q": address, "lat": at.lat, "lon": at.lon}])


async def test_what_is_clear_is_nobody_elses_business(
    chain: ChainGeocoder, town: NominatimTown
) -> None:
    located = await chain.locate(CLEAR)
    assert located.band is Band.SURE
    assert town.asked == 0


async def test_a_service_that_points_into_a_candidate_makes_it_likely(
    chain: ChainGeocoder, town: NominatimTown
) -> None:
    tells(town, DOUBTFUL, HUU_LUNG)
    located = await chain.locate(DOUBTFUL)
    assert (located.ward_code, located.band, located.source) == (
        "06391",
        Band.LIKELY,
        Source.SERVICE,
    )
    assert located.location == HUU_LUNG
    assert because(located)[-1] is Because.SERVICE_AGREES
    assert len(located.candidates) >= 4
    assert located.raw == DOUBTFUL


async def test_a_service_that_points_elsewhere_leaves_it_to_a_person(
    chain: ChainGeocoder, town: NominatimTown
) -> None:
    tells(town, DOUBTFUL, HA_NOI)
    located = await chain.locate(DOUBTFUL)
    assert located.band is Band.DOUBTFUL
    assert because(located)[-1] is Because.SERVICE_DIFFERS
    assert located.candidates[-1].location == HA_NOI


async def test_where_nothing_else_is_known_a_services_point_is_a_doubtful_candidate(
    chain: ChainGeocoder, town: NominatimTown
) -> None:
    tells(town, "quán bà Lan", HUU_LUNG)
    located = await chain.locate("quán bà Lan")
    assert (located.band, located.source) == (Band.DOUBTFUL, Source.SERVICE)
    assert located.location == HUU_LUNG


async def test_a_service_that_knows_nothing_is_said_to(chain: ChainGeocoder) -> None:
    located = await chain.locate(DOUBTFUL)
    assert because(located)[-1] is Because.SERVICE_EMPTY
    assert located.source is Source.GAZETTEER


@pytest.mark.parametrize("kind", [FaultKind.TIMEOUT, FaultKind.SERVER_ERROR, FaultKind.LOGIN_PAGE])
async def test_a_service_that_fails_leaves_what_the_gazetteer_knows_and_is_said_to(
    chain: ChainGeocoder, gazetteer: Gazetteer, town: NominatimTown, kind: FaultKind
) -> None:
    town.stand.plan.faults.append(Fault(kind=kind, route="search", seconds=5))
    located = await chain.locate(DOUBTFUL)
    assert located.candidates == gazetteer.read(DOUBTFUL).candidates
    assert because(located)[-1] is Because.SERVICE_FAILED
    assert "không trả lời" in located.why[-1].text()


async def test_a_correction_wins_from_then_on_however_the_address_is_typed(
    gazetteer: Gazetteer, town: NominatimTown
) -> None:
    corrections = MemoryCorrections()
    chain = ChainGeocoder(gazetteer, corrections=corrections, service=town.service)
    at = Location(21.66, 106.28)
    await corrections.keep(Correction(normalised(DOUBTFUL), "06391", at, "Nông Thị Lan"))
    located = await chain.locate("12 tran phu,  x. HÒA BÌNH, lang son")
    assert (located.ward_code, located.source, located.confidence) == (
        "06391",
        Source.CORRECTION,
        1.0,
    )
    assert located.location == at
    assert located.why[0].text("en") == "Nông Thị Lan settled this address."
    assert town.asked == 0


async def test_a_correction_goes_before_what_the_gazetteer_is_sure_of(
    gazetteer: Gazetteer,
) -> None:
    corrections = MemoryCorrections()
    await corrections.keep(Correction(normalised(CLEAR), "06187", None, "Lan"))
    located = await ChainGeocoder(gazetteer, corrections=corrections).locate(CLEAR)
    assert located.ward_code == "06187"
    assert located.location == gazetteer.units.wards["06187"].location


async def test_a_correction_to_a_ward_that_is_no_more_does_not_count(
    gazetteer: Gazetteer,
) -> None:
    corrections = MemoryCorrections()
    await corrections.keep(Correction(normalised(CLEAR), "00000", None, "Lan"))
    located = await ChainGeocoder(gazetteer, corrections=corrections).locate(CLEAR)
    assert (located.ward_code, located.source) == ("05986", Source.GAZETTEER)


async def test_between_neighbours_a_point_near_both_decides_nothing(
    gazetteer: Gazetteer, town: NominatimTown, chain: ChainGeocoder
) -> None:
    one, other = gazetteer.read(DIVIDED).candidates[:2]
    middle = Location(
        (one.location.lat + other.location.lat) / 2, (one.location.lon + other.location.lon) / 2
    )
    tells(town, DIVIDED, middle)
    assert (await chain.locate(DIVIDED)).band is Band.DOUBTFUL
