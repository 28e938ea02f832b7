"""A handheld was without a network: what it tells late is kept and moves nothing back."""

from datetime import timedelta

from tests.journey.house import Town
from tests.journey.province import COUNTER, JUSTICE, moment


async def test_a_late_scan_is_kept_in_the_trace_and_moves_nothing(town: Town) -> None:
    town.wait_until("10/01/2019 08:00")
    item = f"{await town.clerk.receives()}/H1"
    courier = town.courier.at(COUNTER)
    on_the_road = courier.scan("arrive", item, at=moment("10/01/2019 09:30"))
    town.wait_until("10/01/2019 10:00")
    town.tick()
    await courier.scans("load", item, at=moment("10/01/2019 10:00"))
    before = await courier.where(item)

    outcome = await courier.uploads(on_the_road)
    assert (outcome["accepted"], outcome["late"], outcome["refused"]) == (1, 1, [])
    assert await courier.where(item) == before == ("transfer", COUNTER, courier.username)
    trace = await courier.trace(item)
    assert [step["event"]["act"] for step in trace["steps"]] == ["receive", "arrive", "load"]
    assert await town.findings() == set()


async def test_the_same_scans_in_any_order_and_twice_give_the_same_place(town: Town) -> None:
    items = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    courier = town.courier
    stories = [
        [
            courier.at(COUNTER).scan("load", item, at=town.now() + timedelta(seconds=1)),
            courier.at(JUSTICE).scan("arrive", item, at=town.now() + timedelta(seconds=2)),
        ]
        for item in items
    ]
    town.tick()
    await courier.uploads(*stories[0])
    outcome = await courier.uploads(*reversed(stories[1]), *stories[1])
    assert (outcome["accepted"], outcome["duplicates"], outcome["late"]) == (2, 2, 1)
    assert await courier.where(items[0]) == await courier.where(items[1])
    assert (await courier.where(items[0]))[:2] == ("transfer", JUSTICE)
    outcome = await courier.uploads(*stories[0], *stories[1])
    assert (outcome["accepted"], outcome["duplicates"]) == (0, 4)


async def test_one_scan_id_is_one_scan(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    loaded = await town.courier.at(COUNTER).scans("load", item)
    other = {**loaded, "act": "arrive"}
    outcome = await town.courier.uploads(other)
    assert [one["reason"] for one in outcome["refused"]] == ["scan-id-reused"]
    assert (await town.courier.uploads(loaded))["duplicates"] == 1


async def test_a_handheld_whose_clock_is_ahead_is_told_so(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    courier = town.courier.at(COUNTER)
    a_little = courier.scan("load", item, at=town.now() + timedelta(minutes=10))
    too_much = courier.scan("arrive", item, at=town.now() + timedelta(minutes=11))
    outcome = await courier.uploads(a_little, too_much)
    assert outcome["accepted"] == 1
    (refused,) = outcome["refused"]
    assert refused["reason"] == "scan-in-future"
    assert "11 phút" in refused["detail"]
