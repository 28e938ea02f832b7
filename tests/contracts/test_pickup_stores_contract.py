"""What the stores of pickups must do, in memory and on every database."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from postal_bridge.pickup.ports import PickupFilter
from postal_bridge.pickup.records import (
    Deed,
    Half,
    PickupEvent,
    PickupKind,
    PickupRequest,
    PickupState,
    PlanRun,
    Round,
    RoundState,
    RoundStop,
    StopState,
    WardExperience,
)
from tests.stages.memory import MemoryWork
from tests.stores import HOUR, NOW, opened

PORTS = (
    "pickup.ports.Pickups",
    "pickup.ports.Rounds",
    "pickup.ports.PickupWork",
    "pickup.ports.PickupTransactions",
)
IMPLEMENTATIONS = ("memory", "sqlite", "postgresql")
DATABASES = ("sqlite", "postgresql")
DAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)


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


def a_request(number: str, **other: Any) -> PickupRequest:
    usual: dict[str, Any] = {
        "number": number,
        "kind": PickupKind.COLLECT,
        "office": "BDT",
        "day": DAY,
        "half": Half.MORNING,
        "opens_at": NOW,
        "closes_at": NOW + 4 * HOUR,
        "name": "Nông Thị Hoa",
        "phone": "0912000123",
        "address": "12/5 p. Tam Thanh",
        "state": PickupState.CONFIRMED,
        "asked_at": NOW,
        "asked_by": "lan",
        "changed_at": NOW,
    }
    return PickupRequest(**{**usual, **other})


def an_event(number: str, at: int, **other: Any) -> PickupEvent:
    usual: dict[str, Any] = {
        "id": f"{number}-{at:02d}",
        "request": number,
        "deed": Deed.ASKED,
        "state": PickupState.CONFIRMED,
        "at": NOW,
        "by": "lan",
    }
    return PickupEvent(**{**usual, **other})


def a_round(number: str, **other: Any) -> Round:
    usual: dict[str, Any] = {
        "number": number,
        "office": "BDT",
        "day": DAY,
        "shift": "xe_may_1",
        "vehicle": "Xe máy 1",
        "courier": "tuan",
        "state": RoundState.PUBLISHED,
        "leaves_at": NOW,
        "back_at": NOW + 3 * HOUR,
        "metres": 12_000,
        "cost_dong": 36_000,
        "seed": 1,
        "solver": "greedy",
        "planned_at": NOW,
        "planned_by": "sang",
    }
    return Round(**{**usual, **other})


def a_stop(where: str, number: str, position: int = 1, **other: Any) -> RoundStop:
    usual: dict[str, Any] = {
        "round": where,
        "request": number,
        "position": position,
        "trip": 0,
        "arrive_at": NOW,
        "begin_at": NOW,
        "leave_at": NOW + HOUR,
        "metres": 900,
    }
    return RoundStop(**{**usual, **other})


async def test_a_request_comes_back_with_its_history(house: Any) -> None:
    async with house.begin() as work:
        await work.pickups.put(a_request("LH-1"), an_event("LH-1", 1))
        changed = a_request("LH-1", state=PickupState.CANCELLED, version=2)
        await work.pickups.put(changed, an_event("LH-1", 2, deed=Deed.CANCELLED))
    async with house.begin() as work:
        assert await work.pickups.find("LH-1") == changed
        assert await work.pickups.hold("LH-1") == changed
        assert await work.pickups.find("LH-2") is None
        deeds = [one.deed for one in await work.pickups.history("LH-1")]
        assert deeds == [Deed.ASKED, Deed.CANCELLED]


async def test_requests_are_listed_by_office_day_and_state(house: Any) -> None:
    others = (
        a_request("LH-1"),
        a_request("LH-2", day=NEXT, series="so"),
        a_request("LH-3", office="KHAC"),
        a_request("LH-4", state=PickupState.ASKED),
    )
    async with house.begin() as work:
        for one in others:
            await work.pickups.put(one, an_event(one.number, 1))

    async def numbers(which: PickupFilter, **more: Any) -> list[str]:
        async with house.begin(write=False) as work:
            return [one.number for one in await work.pickups.listed(which, **more)]

    assert await numbers(PickupFilter()) == ["LH-1", "LH-2", "LH-3", "LH-4"]
    assert await numbers(PickupFilter(), after="LH-1", limit=2) == ["LH-2", "LH-3"]
    assert await numbers(PickupFilter(office="BDT", day=DAY)) == ["LH-1", "LH-4"]
    assert await numbers(PickupFilter(states=(PickupState.ASKED,))) == ["LH-4"]
    async with house.begin(write=False) as work:
        assert [one.number for one in await work.pickups.in_series("so", NEXT)] == ["LH-2"]
        assert list(await work.pickups.in_series("so", DAY)) == []


async def test_a_slot_begins_with_the_usual_capacity_and_keeps_what_was_said(house: Any) -> None:
    async with house.begin() as work:
        slot = await work.pickups.hold_slot("BDT", DAY, Half.AFTERNOON, capacity=40)
        assert (slot.capacity, slot.taken) == (40, 0)
        slot.taken, slot.capacity = 3, 5
        await work.pickups.put_slot(slot)
        await work.pickups.hold_slot("BDT", DAY, Half.MORNING, capacity=40)
        await work.pickups.hold_slot("BDT", NEXT, Half.MORNING, capacity=40)
    async with house.begin() as work:
        again = await work.pickups.hold_slot("BDT", DAY, Half.AFTERNOON, capacity=40)
        assert (again.capacity, again.taken) == (5, 3)
        found = await work.pickups.slots("BDT", DAY, DAY)
        assert [one.half for one in found] == [Half.MORNING, Half.AFTERNOON]
        assert list(await work.pickups.slots("KHAC", DAY, NEXT)) == []


async def test_rounds_are_listed_by_day_and_their_stops_by_position(house: Any) -> None:
    async with house.begin() as work:
        await work.rounds.put(a_round("TX-2"))
        await work.rounds.put(a_round("TX-1", office="KHAC"))
        await work.rounds.put(a_round("TX-3", day=NEXT))
        await work.rounds.put(a_round("TX-2", state=RoundState.DRIVING))
        dropped = a_stop("TX-2", "LH-9", 1, state=StopState.DROPPED)
        await work.rounds.put_stops([dropped, a_stop("TX-2", "LH-2", 2), a_stop("TX-2", "LH-1", 1)])
    async with house.begin() as work:
        assert [one.number for one in await work.rounds.listed(DAY)] == ["TX-1", "TX-2"]
        driving = await work.rounds.listed(DAY, office="BDT", states=(RoundState.DRIVING,))
        assert [one.number for one in driving] == ["TX-2"]
        found = await work.rounds.stops("TX-2")
        assert [one.request for one in found] == ["LH-1", "LH-2", "LH-9"]
        assert (
            await work.rounds.hold("TX-3")
            == await work.rounds.find("TX-3")
            == a_round("TX-3", day=NEXT)
        )
        assert await work.rounds.find("TX-4") is None


async def test_a_request_is_never_open_in_two_rounds(house: Any) -> None:
    async with house.begin() as work:
        await work.rounds.put_stops([a_stop("TX-1", "LH-1")])
    with pytest.raises(Exception, match=r"LH-1|unique|UNIQUE|uq_round_stop_open"):
        async with house.begin() as work:
            await work.rounds.put_stops([a_stop("TX-2", "LH-1")])
    async with house.begin() as work:
        await work.rounds.put_stops([a_stop("TX-1", "LH-1", state=StopState.FAILED)])
        await work.rounds.put_stops([a_stop("TX-2", "LH-1")])
        assert [one.state for one in await work.rounds.stops("TX-2")] == [StopState.OPEN]


async def test_the_last_planning_of_each_office_is_known(house: Any) -> None:
    def run(id_: str, office: str, hours: int) -> PlanRun:
        return PlanRun(
            id=id_, office=office, day=DAY, at=NOW + timedelta(hours=hours), by="sang",
            solver="greedy", seed=1, stops=hours, metres=1, cost_dong=1,
        )  # fmt: skip

    async with house.begin() as work:
        for one in (run("1", "BDT", 1), run("2", "KHAC", 2), run("3", "BDT", 3)):
            await work.rounds.add_run(one)
    async with house.begin(write=False) as work:
        found = await work.rounds.last_runs(DAY)
        assert [(one.office, one.stops) for one in found] == [("BDT", 3), ("KHAC", 2)]
        assert [one.id for one in await work.rounds.last_runs(DAY, office="KHAC")] == ["2"]
        assert list(await work.rounds.last_runs(NEXT)) == []


async def test_lessons_add_up(house: Any) -> None:
    lesson = WardExperience(
        ward_code="05986", stops=1, service_seconds=240, late_seconds=60, late_stops=0
    )
    async with house.begin() as work:
        await work.rounds.learn(lesson)
        await work.rounds.learn(lesson)
        (known,) = await work.rounds.experience(["05986", "05977"])
    assert known == WardExperience(
        ward_code="05986", stops=2, service_seconds=480, late_seconds=120, late_stops=0
    )
