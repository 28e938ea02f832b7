"""A result goes home with VNPost: one order whatever happens, and every report counts once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from postal_bridge.journey import Status
from postal_bridge.sandbox.faults import FaultKind
from postal_bridge.tracking.carrier_values import Capability
from tests.journey.house import Town, open_town
from tests.journey.province import RETURN_DESK
from tests.journey.vnpost import (
    COLLECTED,
    DELIVERED,
    IN_TRANSIT,
    NOT_HOME,
    Vnpost,
    vnpost_over_http,
)

Two = tuple[Town, Vnpost]


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with (
        vnpost_over_http(tmp_path) as vnpost,
        open_town(database_url, tmp_path, **vnpost.environ) as town,
    ):
        yield town, vnpost


async def given_to_vnpost(town: Town) -> tuple[str, str, str]:
    code, result = await town.at_return_desk(return_mode=1)
    number = await town.desk.gives_to("vnpost", result)
    return code, result, number


async def worker(town: Town, *, minutes: int = 15) -> None:
    """The scheduled work, once, some time later."""
    town.clock.advance_to(town.clock.now() + timedelta(minutes=minutes))
    await town.dispatches()
    carriers = town.house.jobs()._carriers
    assert carriers is not None
    await carriers.run_due()


async def milestones(town: Town, number: str) -> tuple[str | None, list[str]]:
    shown = await town.desk.reads(f"/consignments/{number}")
    return shown.get("milestone"), [one.get("milestone", "–") for one in shown["reports"]]


async def test_from_the_desk_to_the_citizen(both: Two) -> None:
    town, vnpost = both
    code, result, number = await given_to_vnpost(town)
    assert (await town.desk.where(result))[0] == "desk"
    await worker(town)
    assert await vnpost.orders() == [number]

    await vnpost.reports(number, COLLECTED, town.now())
    await worker(town)
    assert await town.desk.where(result) == ("delivery", RETURN_DESK, "vnpost")
    await vnpost.reports(number, IN_TRANSIT, town.now())
    await vnpost.reports(number, NOT_HOME, town.now() + timedelta(hours=1))
    await vnpost.reports(number, DELIVERED, town.now() + timedelta(hours=5))
    await worker(town, minutes=600)

    assert (await town.desk.where(result))[::2] == ("returned", "citizen")
    assert (await town.desk.dossier(code))["status"] == Status.RETURNED
    assert await milestones(town, number) == (
        "delivered",
        ["collected", "in_transit", "attempted", "delivered"],
    )
    (row,) = await town.rows("SELECT state, attempts FROM consignment")
    assert row == ("delivered", 2)
    assert await town.findings() == set()


@pytest.mark.parametrize(
    "fault",
    [
        FaultKind.REPLY_LOST,
        FaultKind.TIMEOUT,
        FaultKind.SERVER_ERROR,
        FaultKind.TOO_MANY,
        FaultKind.TRUNCATED,
        FaultKind.LOGIN_PAGE,
        FaultKind.UNAUTHORIZED,
    ],
)
async def test_whatever_happens_on_the_wire_there_is_one_order(both: Two, fault: FaultKind) -> None:
    town, vnpost = both
    _, _, number = await given_to_vnpost(town)
    vnpost.stand.fails(Capability.BOOK, fault)
    for _ in range(3):
        await worker(town)
    assert await vnpost.orders() == [number]
    (row,) = await town.rows("SELECT state FROM carrier_order")
    assert row == ("placed",)


async def test_late_repeated_and_unknown_reports_move_nothing_back(both: Two) -> None:
    town, vnpost = both
    _, result, number = await given_to_vnpost(town)
    await worker(town)
    morning = town.now()
    for code, hour in ((COLLECTED, 1), (DELIVERED, 5), (IN_TRANSIT, 2), (DELIVERED, 5), ("9", 6)):
        await vnpost.reports(number, code, morning + timedelta(hours=hour))
    await worker(town, minutes=600)
    before = await town.rows("SELECT count(*) FROM custody_event")
    await vnpost.reports(number, NOT_HOME, morning + timedelta(hours=9))
    await worker(town)
    assert await town.rows("SELECT count(*) FROM custody_event") == before
    assert (await town.desk.where(result))[0] == "returned"

    (vnpost_page,) = [
        one for one in (await town.desk.reads("/carriers"))["carriers"] if one["name"] == "vnpost"
    ]
    assert [(gap["raw_code"], gap["count"]) for gap in vnpost_page["gaps"]] == [("9", 1)]
    assert {"book", "feed"} <= set(vnpost_page["capabilities"])
    assert sum(one["calls"] for one in vnpost_page["operations"]) >= 3


async def test_an_order_is_called_off_before_it_is_fetched(both: Two) -> None:
    town, vnpost = both
    _, result, number = await given_to_vnpost(town)
    await worker(town)
    await town.desk.calls_off(number)
    again = {"item": result, "carrier": "vnpost", "place": RETURN_DESK}
    (await town.desk.asks("POST", "/consignments", again)).refuses(409, "consignment-open")
    await worker(town)
    assert await vnpost.orders() == []
    second = await town.desk.gives_to("vnpost", result)
    assert second != number


async def test_calls_are_kept_without_what_belongs_to_persons(both: Two) -> None:
    town, _ = both
    _, _, number = await given_to_vnpost(town)
    await worker(town)
    calls = (await town.supervisor.reads("/carriers/vnpost/calls"))["calls"]
    booked = next(one for one in calls if number in one["request"])
    assert booked["outcome"] == "ok"
    told = "".join(one["request"] + one["response"] for one in calls)
    for personal in ("0912", "Nông", "Trần Phú"):
        assert personal not in told


async def test_a_carrier_that_needs_no_courier_takes_none_and_the_own_fleet_does(
    both: Two,
) -> None:
    town, _ = both
    _, result = await town.at_return_desk(return_mode=1)
    said = {"item": result, "place": RETURN_DESK}
    (await town.desk.asks("POST", "/consignments", said)).refuses(422, "courier-needed")
