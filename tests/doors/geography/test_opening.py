"""The geography as it is configured: alone, with outside services, and configured wrongly."""

from pathlib import Path

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.geography.opening import GeographyOptions, opened_geography
from postal_bridge.pickup.places import Because
from postal_bridge.pickup.plans import Location
from tests.doors.geography.conftest import GAZETTEER
from tests.doors.geography.maps import AGENT, HASTY, NOW, opened_nominatim, opened_osrm
from tests.stages.memory_places import MemoryCorrections

PLACES = [Location(21.8537, 106.7615), Location(21.9461, 106.722)]
DOUBTFUL = "xã Hòa Bình, Lạng Sơn"


async def test_by_default_nobody_outside_is_asked() -> None:
    options = GeographyOptions(gazetteer_file=GAZETTEER)
    async with opened_geography(
        options, corrections=MemoryCorrections(), clock=ReplayClock(NOW)
    ) as geography:
        located = await geography.geocoder.locate(DOUBTFUL)
        assert [one.because for one in located.why][-1] is Because.SEVERAL
        assert (await geography.distances.matrix(PLACES)).source == "great-circle"


async def test_what_is_configured_is_asked(tmp_path: Path) -> None:
    async with opened_nominatim() as town, opened_osrm() as roads:
        options = GeographyOptions(
            gazetteer_file=GAZETTEER,
            service="nominatim",
            service_url=town.url,
            service_agent=AGENT,
            service_terms=HASTY,
            service_cache=tmp_path / "answers.jsonl",
            osrm_url=roads.url,
        )
        async with opened_geography(
            options, corrections=MemoryCorrections(), clock=ReplayClock(NOW)
        ) as geography:
            located = await geography.geocoder.locate(DOUBTFUL)
            assert located.why[-1].because is Because.SERVICE_EMPTY
            assert (await geography.distances.matrix(PLACES)).source == "osrm"
        assert town.asked == 1
    assert (tmp_path / "answers.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (GeographyOptions(gazetteer_file=Path("nowhere.gz")), "nowhere.gz"),
        (GeographyOptions(gazetteer_file=GAZETTEER, service="nominatim"), "service_agent"),
        (GeographyOptions(gazetteer_file=GAZETTEER, service="x", service_agent="y"), "service"),
        (GeographyOptions(gazetteer_file=GAZETTEER, osrm_url="roads:5000"), "osrm_url"),
    ],
)
async def test_what_cannot_be_is_told_at_once(options: GeographyOptions, what: str) -> None:
    with pytest.raises(Misuse, match=what):
        async with opened_geography(
            options, corrections=MemoryCorrections(), clock=ReplayClock(NOW)
        ):
            pass
