"""The stand-ins of map services are strict: what the real ones refuse, they refuse."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from postal_bridge.clock import ReplayClock
from postal_bridge.sandbox.nominatim import NOMINATIM, make_nominatim
from postal_bridge.sandbox.osrm import make_osrm
from tests.doors.geography.maps import AGENT, NOW

Client = TestClient[Request, Application]
TWO = "106.76,21.85;106.74,21.88"


@pytest.fixture
async def nominatim() -> AsyncIterator[Client]:
    async with TestClient(
        TestServer(make_nominatim(ReplayClock(NOW))), headers={"User-Agent": AGENT}
    ) as client:
        yield client


@pytest.fixture
async def osrm() -> AsyncIterator[Client]:
    async with TestClient(TestServer(make_osrm(ReplayClock(NOW)))) as client:
        yield client


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"q": "x", "street": "y"}, 400),
        ({"q": "x", "format": "csv"}, 400),
        ({"q": "x", "limit": "41"}, 400),
        ({"q": "x", "limit": "some"}, 400),
        ({"q": "x", "colour": "red"}, 400),
        ({"q": "x", "format": "json", "limit": "5", "countrycodes": "vn"}, 200),
        ({"street": "Trần Phú"}, 200),
    ],
)
async def test_a_search_is_written_as_documented(
    nominatim: Client, query: dict[str, str], status: int
) -> None:
    assert (await nominatim.get("/search", params=query)).status == status


@pytest.mark.parametrize("agent", ["", "geopy/2.5.0", "python-requests/2", "my-application"])
async def test_nobody_asks_without_a_name(nominatim: Client, agent: str) -> None:
    answer = await nominatim.get("/search", params={"q": "x"}, headers={"User-Agent": agent})
    assert answer.status == 403


async def test_nobody_asks_too_often(nominatim: Client) -> None:
    nominatim.app[NOMINATIM].most_a_second = 1
    assert (await nominatim.get("/search", params={"q": "x"})).status == 200
    assert (await nominatim.get("/search", params={"q": "x"})).status == 429


async def test_an_address_that_was_put_is_found_and_can_be_taken_away(nominatim: Client) -> None:
    row = {"q": "Trần Phú", "lat": 21.85, "lon": 106.76}
    assert (await nominatim.post("/_control/dossiers", json=row)).status == 200
    found = await (await nominatim.get("/search", params={"q": "12 tran phu, lang son"})).json()
    assert [(one["lat"], one["lon"]) for one in found] == [("21.8500000", "106.7600000")]
    assert (await nominatim.delete("/_control/dossiers/Trần Phú")).status == 204
    assert (await nominatim.delete("/_control/dossiers/Trần Phú")).status == 404
    assert (await nominatim.post("/_control/dossiers", json={"q": "x"})).status == 400


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/table/v1/driving/{TWO}", "Ok"),
        (f"/table/v1/driving/{TWO}?annotations=duration,distance&sources=0&destinations=1", "Ok"),
        (f"/table/v1/foot/{TWO}", "InvalidOptions"),
        (f"/table/v1/driving/{TWO}?annotations=price", "InvalidOptions"),
        (f"/table/v1/driving/{TWO}?sources=2", "InvalidOptions"),
        (f"/table/v1/driving/{TWO}?colour=red", "InvalidOptions"),
        ("/table/v1/driving/106.76,21.85", "InvalidQuery"),
        ("/table/v1/driving/a,b;c,d", "InvalidQuery"),
        ("/table/v1/driving/21.85,16.76;21.88,16.74", "InvalidValue"),
        ("/table/v1/driving/" + ";".join(["106.76,21.85"] * 101), "TooBig"),
    ],
)
async def test_a_table_is_asked_as_documented(osrm: Client, path: str, code: str) -> None:
    answer = await osrm.get(path)
    assert (await answer.json())["code"] == code
    assert answer.status == (200 if code == "Ok" else 400)


async def test_without_annotations_only_durations_are_told(osrm: Client) -> None:
    body = await (await osrm.get(f"/table/v1/driving/{TWO}")).json()
    assert "distances" not in body
    assert body["durations"][0][0] == 0


async def test_an_island_can_be_put_and_taken_away(osrm: Client) -> None:
    island = {"key": "i", "lat": 21.88, "lon": 106.74, "radius": 50}
    await osrm.post("/_control/dossiers", json=island)
    body = await (await osrm.get(f"/table/v1/driving/{TWO}")).json()
    assert body["durations"][0][1] is None
    assert (await osrm.delete("/_control/dossiers/i")).status == 204
    assert (await osrm.delete("/_control/dossiers/i")).status == 404
    assert (await osrm.post("/_control/dossiers", json={"key": "i"})).status == 400
