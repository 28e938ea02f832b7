"""A handheld tells its time when it signs in: it is told how far it is off, and so are others."""

import json
from datetime import timedelta

from postal_bridge.commands.doctor import examine
from tests.journey.house import Town
from tests.journey.people import Answer
from tests.journey.province import COUNTER, PASSWORD, PREFIX, Json, read

MINUTE = timedelta(minutes=1)


async def signs_in(
    town: Town, ahead: timedelta | None, *, language: str = "vi", **other: str
) -> Answer:
    said: Json = {"username": "tuan", "password": PASSWORD, **other}
    if ahead is not None:
        said["device_time"] = (town.now() + ahead).isoformat()
    headers = {"Accept-Language": language}
    content = json.dumps(said).encode()
    return await town.sends("POST", f"{PREFIX}/sessions", content=content, headers=headers)


async def test_a_clock_that_is_right_is_no_news(town: Town) -> None:
    answer = await signs_in(town, timedelta(seconds=3), device="HH-01")
    assert (answer.status, answer.body["clock_skew_seconds"]) == (201, 3.0)
    assert "warning" not in answer.body
    (device,) = (await town.supervisor.reads("/devices"))["devices"]
    assert (device["name"], device["user_name"]) == ("HH-01", "Vi Văn Tuấn")
    assert (device["clock_skew_seconds"], device["beyond_tolerance"]) == (3.0, False)


async def test_a_clock_that_is_off_is_said_to_whoever_can_mend_it(town: Town) -> None:
    answer = await signs_in(town, -7 * MINUTE, device="HH-01")
    assert answer.body["clock_skew_seconds"] == -420.0
    assert "chậm 7 phút" in answer.body["warning"]
    answer = await signs_in(town, 75 * MINUTE, device="HH-02", language="en")
    assert "75 min 0 s ahead" in answer.body["warning"]
    page = await town.supervisor.reads("/devices", limit="1")
    assert (page["devices"][0]["beyond_tolerance"], page["next"]) == (True, "HH-01")
    (second,) = (await town.supervisor.reads("/devices", after="HH-01"))["devices"]
    assert second["clock_skew_seconds"] == 4500.0
    (check,) = [one for one in await examine(town.house) if "device clocks" in one.name]
    assert (check.well, check.outside) == (False, True)
    assert "HH-01 (-420 s), HH-02 (+4500 s)" in check.detail

    await signs_in(town, timedelta(), device="HH-01")
    await signs_in(town, timedelta(), device="HH-02")
    (check,) = [one for one in await examine(town.house) if "device clocks" in one.name]
    assert check.well, check.detail


async def test_without_a_device_there_is_no_clock_to_speak_of(town: Town) -> None:
    answer = await signs_in(town, MINUTE)
    assert "device" in answer.refuses(422, "invalid-field")
    answer = await signs_in(town, None, device="HH-01")
    assert "clock_skew_seconds" not in answer.body
    said = {"device": "HH-01", "device_time": "2019-01-10T08:00:00"}
    (await signs_in(town, None, **said)).refuses(422, "invalid-field")
    assert (await town.supervisor.reads("/devices"))["devices"] == []
    (await town.clerk.asks("GET", "/devices")).refuses(403, "role-not-allowed")


async def test_scans_of_a_clock_that_is_off_are_put_right_and_keep_what_it_said(
    town: Town,
) -> None:
    items = [f"{await town.clerk.receives()}/H1" for _ in range(2)]
    courier = town.courier.at(COUNTER)
    await courier.signs_in()
    ahead = timedelta(minutes=50)
    scans = [courier.scan("load", item, at=town.now() + MINUTE + ahead) for item in items]
    town.tick()
    for scan in scans:
        said = {"device": "HH-01", "sent_at": (town.now() + ahead).isoformat(), "scans": [scan]}
        answer = await courier.asks("POST", "/scans", said)
        assert answer.body["accepted"] == 1, answer.body
        assert (await courier.asks("POST", "/scans", said)).body["duplicates"] == 1
    for item, scan in zip(items, scans, strict=True):
        event = (await courier.trace(item))["steps"][-1]["event"]
        assert read(event["device_at"]) == read(scan["at"])
        assert read(event["occurred_at"]) == read(scan["at"]) - ahead
    assert await town.findings() == set()


async def test_a_device_that_lives_in_another_millennium_is_refused_politely(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    courier = town.courier.at(COUNTER)
    for sent_at, at in (
        ("0001-06-01T00:00:00Z", "9998-01-01T00:00:00Z"),
        ("9998-01-01T00:00:00Z", "0001-06-01T00:00:00Z"),
    ):
        scan = courier.scan("load", item, at=read(at))
        scan["scan_id"] = str(town.identifiers.new(town.now()))
        said = {"device": "HH-01", "sent_at": sent_at, "scans": [scan]}
        answer = await courier.asks("POST", "/scans", said)
        assert answer.status == 200, answer.body
    assert await town.findings() == set()
