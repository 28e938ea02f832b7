"""The gazetteer as one of geopy's geocoders, with and without an event loop."""

import pytest
from geopy.adapters import AioHTTPAdapter
from geopy.exc import GeocoderQueryError
from geopy.extra.rate_limiter import AsyncRateLimiter
from geopy.geocoders.base import Geocoder

from postal_bridge.geography.gazetteer import Gazetteer
from postal_bridge.geography.geopy_gazetteer import GazetteerGeocoder

ADDRESS = "p. Tam Thanh, tp Lạng Sơn"


def test_it_is_one_of_geopys_geocoders(gazetteer: Gazetteer) -> None:
    geocoder = GazetteerGeocoder(gazetteer)
    assert isinstance(geocoder, Geocoder)
    found = geocoder.geocode(ADDRESS)
    assert found.address == "Phường Tam Thanh, Tỉnh Lạng Sơn, Việt Nam"
    assert found.raw["ward_code"] == "05986"
    assert found.raw["band"] == "sure"
    assert 21 < found.latitude < 22


async def test_with_the_aiohttp_adapter_it_is_awaited(gazetteer: Gazetteer) -> None:
    async with GazetteerGeocoder(gazetteer, adapter_factory=AioHTTPAdapter) as geocoder:
        found = await geocoder.geocode(ADDRESS)
        assert found.raw["ward_code"] == "05986"
        several = await geocoder.geocode("xã Hòa Bình, Lạng Sơn", exactly_one=False)
        assert {one.raw["band"] for one in several} == {"doubtful"}
        assert len(several) >= 4
        back = await geocoder.reverse((found.latitude, found.longitude))
        assert back.raw["province_code"] == "20"


async def test_geopys_own_limiter_takes_it(gazetteer: Gazetteer) -> None:
    async with GazetteerGeocoder(gazetteer, adapter_factory=AioHTTPAdapter) as geocoder:
        limited = AsyncRateLimiter(geocoder.geocode, min_delay_seconds=0)
        assert (await limited(ADDRESS)).raw["ward_code"] == "05986"


def test_nothing_found_is_none_as_everywhere_in_geopy(gazetteer: Gazetteer) -> None:
    geocoder = GazetteerGeocoder(gazetteer)
    assert geocoder.geocode("abc xyz") is None
    assert geocoder.geocode("abc xyz", exactly_one=False) is None


def test_a_query_that_is_no_text_is_refused(gazetteer: Gazetteer) -> None:
    with pytest.raises(GeocoderQueryError):
        GazetteerGeocoder(gazetteer).geocode({"street": "Trần Phú"})  # type: ignore[arg-type]


def test_the_nearest_ward_of_a_point(gazetteer: Gazetteer) -> None:
    (found,) = GazetteerGeocoder(gazetteer).reverse("21.85926, 106.75417", exactly_one=False)
    assert (found.raw["ward_code"], found.raw["metres"]) == ("06187", 0)
