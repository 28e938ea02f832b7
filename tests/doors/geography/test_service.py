"""An outside geocoder: asked over real HTTP, slowly, once, and never waited for long."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Misuse
from postal_bridge.geography.kept_lines import KeptLines
from postal_bridge.geography.service import (
    OutsideService,
    ServiceFailed,
    ServiceTerms,
    make_service,
)
from postal_bridge.pickup.plans import Location
from postal_bridge.sandbox.faults import Fault, FaultKind
from postal_bridge.sandbox.nominatim import NominatimSwitch
from tests.doors.geography.maps import HASTY, NOW, opened_nominatim

ADDRESS = "12 Trần Phú, xã Hòa Bình, Lạng Sơn"
KNOWN = {"q": "12 Trần Phú, Hòa Bình, Lạng Sơn", "lat": 21.64, "lon": 106.27}


async def test_it_is_asked_by_geopy_and_answers_points() -> None:
    async with opened_nominatim() as town:
        town.stand.put_all([KNOWN])
        assert await town.service.points(ADDRESS) == [Location(21.64, 106.27)]
        (entry,) = town.stand.log.of("search")
        assert entry.status == 200


async def test_the_same_address_is_asked_once_also_after_a_restart(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    async with opened_nominatim(kept=kept) as town:
        assert await town.service.points(ADDRESS) == []
        assert await town.service.points(ADDRESS.upper()) == []
        assert town.asked == 1
    async with opened_nominatim(kept=kept) as town:
        assert await town.service.points(ADDRESS) == []
        assert town.asked == 0
        town.clock.advance_to(NOW + timedelta(days=31))
        await town.service.points(ADDRESS)
        assert town.asked == 1


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.SERVER_ERROR,
        FaultKind.TIMEOUT,
        FaultKind.CONNECTION_LOST,
        FaultKind.TRUNCATED,
        FaultKind.HALF_BODY,
        FaultKind.LOGIN_PAGE,
        FaultKind.UNAUTHORIZED,
        FaultKind.TOO_MANY,
        FaultKind.SLOW,
    ],
)
async def test_whatever_goes_wrong_is_one_failure_and_is_not_remembered(kind: FaultKind) -> None:
    async with opened_nominatim() as town:
        town.stand.put_all([KNOWN])
        # aiohttp asks a second time by itself where a connection is lost.
        times = 2 if kind is FaultKind.CONNECTION_LOST else 1
        town.stand.plan.faults.append(Fault(kind=kind, route="search", times=times, seconds=5))
        with pytest.raises(ServiceFailed):
            await town.service.points(ADDRESS)
        if kind is not FaultKind.TOO_MANY:
            assert await town.service.points(ADDRESS) == [Location(21.64, 106.27)]


async def test_an_answer_of_another_shape_is_a_failure() -> None:
    async with opened_nominatim() as town:
        town.stand.put_all([KNOWN])
        town.stand.plan.defects = frozenset({NominatimSwitch.NOT_A_LIST})
        with pytest.raises(ServiceFailed):
            await town.service.points(ADDRESS)


@pytest.mark.parametrize("switch", [NominatimSwitch.OTHER_COUNTRY, NominatimSwitch.NO_COORDINATES])
async def test_a_point_outside_the_country_or_nowhere_is_no_point(switch: NominatimSwitch) -> None:
    async with opened_nominatim() as town:
        town.stand.put_all([KNOWN])
        town.stand.plan.defects = frozenset({switch})
        assert await town.service.points(ADDRESS) == []


class Hanging:
    """A geocoder that never answers."""

    def __init__(self) -> None:
        self.asked = 0

    async def geocode(self, text: str, **given: object) -> object:
        self.asked += 1
        return await asyncio.Event().wait()


class Prompt:
    """A geocoder that knows nothing, at once."""

    async def geocode(self, text: str, **given: object) -> object:
        return None


class Ticks:
    """A clock of seconds that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def a_service(geocoder: object, terms: ServiceTerms, ticks: Ticks) -> OutsideService:
    return OutsideService(
        geocoder, terms=terms, kept=KeptLines(None), clock=ReplayClock(NOW),
        sleep=ticks.sleep, monotonic=ticks,
    )  # fmt: skip


async def test_a_service_that_hangs_is_left_alone_after_a_few_times() -> None:
    ticks, hanging = Ticks(), Hanging()
    terms = ServiceTerms(seconds_between=0, timeout_seconds=0.01, failures=2, rest_seconds=60)
    service = a_service(hanging, terms, ticks)
    for number in range(5):
        with pytest.raises(ServiceFailed):
            await service.points(f"số {number}")
    assert hanging.asked == 2
    ticks.now += 61
    with pytest.raises(ServiceFailed, match="no answer"):
        await service.points("số 9")
    assert hanging.asked == 3


async def test_requests_keep_their_distance() -> None:
    ticks = Ticks()
    service = a_service(Prompt(), ServiceTerms(seconds_between=1.0), ticks)
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(service.points(f"số {number}"))
    assert ticks.now == pytest.approx(103.0)


async def test_a_queue_that_is_too_long_is_told_at_once() -> None:
    terms = ServiceTerms(seconds_between=0, timeout_seconds=0.05, most_waiting=1)
    service = a_service(Hanging(), terms, Ticks())
    first = asyncio.create_task(service.points("số 1"))
    await asyncio.sleep(0)
    with pytest.raises(ServiceFailed, match="waiting"):
        await service.points("số 2")
    with pytest.raises(ServiceFailed, match="no answer"):
        await first


@pytest.mark.parametrize(
    ("kind", "url", "options"),
    [
        ("nosuchservice", "", {}),
        ("nominatim", "localhost:80", {}),
        ("nominatim", "", {"colour": "red"}),
        ("arcgis", "http://127.0.0.1", {"colour": "red"}),
    ],
)
async def test_a_service_that_there_is_not_is_misuse(
    kind: str, url: str, options: dict[str, object]
) -> None:
    with pytest.raises(Misuse, match="geography"):
        make_service(
            kind, base_url=url, user_agent="x", options=options, terms=HASTY,
            kept=KeptLines(None), clock=ReplayClock(NOW),
        )  # fmt: skip
