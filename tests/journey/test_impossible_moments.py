"""Moments and days at the end of the calendar: told to be wrong, never an error of the server."""

import pytest

from tests.journey.house import Town


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"]
)
async def test_a_scan_from_before_or_after_all_time(town: Town, at: str) -> None:
    for item in (f"{await town.clerk.receives()}/H1", "khong-co"):
        scan = {**town.courier.scan("load", item), "at": at}
        answer = await town.courier.asks("POST", "/scans", {"device": "HH-1", "scans": [scan]})
        assert "scans.0.at" in answer.refuses(422, "invalid-field")
    assert await town.rows("SELECT count(*) FROM custody_event WHERE device IS NOT NULL") == [(0,)]


async def test_a_scan_from_years_ago_is_kept_and_moves_nothing(town: Town) -> None:
    item = f"{await town.clerk.receives()}/H1"
    scan = {**town.courier.scan("load", item), "at": "1970-01-01T00:00:00+14:00"}
    outcome = await town.courier.uploads(scan)
    assert (outcome["accepted"], outcome["late"], outcome["refused"]) == (1, 1, [])
    assert (await town.clerk.where(item))[0] == "counter"
    assert await town.findings() == set()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_the_table_of_days_that_cannot_be_counted(town: Town, day: str) -> None:
    params = {"from": day, "to": day}
    answer = await town.supervisor.asks("GET", "/statistics", params=params)
    answer.refuses(422, "invalid-field")
    answer = await town.supervisor.asks("POST", "/reconciliations", {"date": day})
    answer.refuses(422, "invalid-field")
