"""Lào Cai's year 2023, one dossier for every hundred: it reconciles, and its percentages come out.

The same at full scale is `scripts/bench/run lao_cai_2023`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from postal_bridge.app import House, open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Refusal
from postal_bridge.reconciliation.records import Discrepancy, Night, NightState
from postal_bridge.sandbox.onestop import BASE_PATH, STAND, make_onestop
from postal_bridge.sandbox.running import opened_app
from postal_bridge.sandbox.year import YearPlan
from postal_bridge.sandbox.year_figures import nearest, percent
from postal_bridge.sandbox.year_rows import MISTAKES, with_mistakes
from postal_bridge.settings import load_settings
from postal_bridge.tracking.ledger import verify_ledger
from postal_bridge.worktime import WorkCalendar
from scripts.bench.year_fill import EVENING, environment, fill, settings_of
from scripts.bench.year_house import TOKEN, demo_province, lao_cai

SCALE = 100
NIGHT = date(2023, 12, 31)
PUBLISHED = {"handled": 97.57, "late": 1.86, "online": 54.76}
NEAREST = {"handled": 97.61, "late": 1.83, "online": 54.77}
"""What 838 dossiers can come to: one more or less of them is 0.12 per cent."""


@cache
def year() -> YearPlan:
    return lao_cai(SCALE, calendar=WorkCalendar.load(load_settings({}).calendar))


@asynccontextmanager
async def both_sides(database_url: str, folder: Path) -> AsyncIterator[tuple[House, list[str]]]:
    """Our house after that year, and the other side with its own rows; what is planted there."""
    app = make_onestop(clock=ReplayClock(EVENING))
    rows, planted = with_mistakes(year().dossiers, demo_province(), kinds=MISTAKES)
    app[STAND].put_all(rows)
    login = app[STAND].credentials
    async with opened_app(app, port=0) as address:
        settings = settings_of(
            environment(
                database_url,
                folder,
                PB_ONESTOP__BASE_URL=address + BASE_PATH,
                PB_ONESTOP__GROUP_ID=login.group_id,
                PB_ONESTOP__USERNAME=login.username,
                PB_ONESTOP__PASSWORD=login.password,
            )
        )
        await fill(settings, year())
        async with open_house(settings, clock=ReplayClock(EVENING)) as house:
            yield house, planted


async def the_night(house: House) -> tuple[Night, list[Discrepancy]]:
    night = await house.night(NIGHT)
    assert not isinstance(night, Refusal)
    async with house.storage.begin(write=False) as work:
        return night, list(await work.nights.cases(open_only=True))


async def statistics(house: House) -> dict[str, Any]:
    """What the API tells about the year."""
    async with TestClient(TestServer(house.web_app())) as client:
        query = {"from": "2023-01-01", "to": "2023-12-31"}
        login = {"Authorization": f"Bearer {TOKEN}"}
        async with client.get("/api/v1/statistics", params=query, headers=login) as answer:
            assert answer.status == 200
            told: dict[str, Any] = await answer.json()
            return told


def percentages(total: dict[str, int]) -> dict[str, float]:
    return {
        "handled": percent(total["resolved"], total["received"]),
        "late": percent(total["resolved"] - total["on_time"], total["resolved"]),
        "online": percent(total["online"], total["received"]),
    }


async def test_a_year_reconciles_and_its_percentages_come_out_of_the_ledger(
    database_url: str, tmp_path: Path
) -> None:
    async with both_sides(database_url, tmp_path) as (house, planted):
        night, cases = await the_night(house)
        assert (night.state, night.ours, night.theirs) == (NightState.DONE, 838, 838)
        assert sorted(case.key for case in cases) == planted
        assert night.statistics == ""

        told = await statistics(house)
        assert percentages(told["total"]) == NEAREST
        assert sum(one["online"] for one in told["departments"].values()) == 459

        async with house.storage.begin(write=False) as work:
            found = await verify_ledger(work.ledger, signer=house.signer)
        assert (found.findings, found.days, found.events) == ((), 1, told["ledger_events"])


@pytest.mark.parametrize("name", PUBLISHED)
def test_no_other_count_comes_nearer_to_what_was_published(name: str) -> None:
    ours = year().figures
    counted = {"handled": ours.division.handled, "late": ours.division.late}
    of = ours.division.handled if name == "late" else ours.received
    count = counted.get(name, ours.division.online)
    assert count == nearest(PUBLISHED[name], of=of)
    assert percent(count, of) == NEAREST[name]
    gap = abs(100 * count / of - PUBLISHED[name])
    assert all(gap < abs(100 * other / of - PUBLISHED[name]) for other in (count - 1, count + 1))
