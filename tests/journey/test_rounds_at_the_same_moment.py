"""Two planners at once, a citizen who calls off meanwhile, two couriers' presses: on real databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.journey.house import Town, open_town
from tests.journey.people import Answer
from tests.journey.province import POST_OFFICE, Json
from tests.journey.test_a_round_of_collections import HOMES, THURSDAY, asks_for, stops_of


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """Here the solver searches for a while, so that something can happen meanwhile."""
    searches = {"PB_PICKUP__SOLVER_SECONDS": "0.6"}
    async with open_town(database_url, tmp_path, **searches) as opened:
        yield opened


async def at_once(*asking: Coroutine[Any, Any, Answer]) -> list[Answer]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in asking]
    return [task.result() for task in tasks]


async def open_stops(town: Town) -> Counter[str]:
    found = await town.rows("SELECT request FROM round_stop WHERE state = 'open'")
    return Counter(number for (number,) in found)


async def test_two_planners_make_one_plan(town: Town) -> None:
    asked = [(await asks_for(town.clerk, home))["request"]["number"] for home in HOMES]
    body: Json = {"office": POST_OFFICE, "date": THURSDAY, "seconds": 0.6}
    for person in (town.supervisor, town.admin, town.officer):
        await person.signs_in()
    people = (town.supervisor, town.admin)
    answers = await at_once(*(person.asks("POST", "/rounds", body) for person in people))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201, 409]
    told = next(answer for answer in answers if answer.status == 409)
    assert told.body["type"] == "/problems/plan-running"
    assert await open_stops(town) == Counter(asked)
    again = await town.officer.asks("POST", "/rounds", body)
    assert again.status == 201
    assert await open_stops(town) == Counter(asked)


async def test_who_calls_off_while_the_solver_searches_is_not_driven_to(town: Town) -> None:
    asked = [(await asks_for(town.clerk, home))["request"]["number"] for home in HOMES]
    body: Json = {"office": POST_OFFICE, "date": THURSDAY, "seconds": 1.5}
    await town.supervisor.signs_in()
    planning = asyncio.create_task(town.supervisor.asks("POST", "/rounds", body))
    await asyncio.sleep(0.5)
    called_off = await town.clerk.asks("POST", f"/pickups/{asked[0]}/cancel", {"reason": "đi vắng"})
    assert called_off.status == 200
    answer = await planning
    assert answer.status == 201
    assert {stop["number"] for stop in await stops_of(town, answer.body)} == set(asked[1:])
    assert await open_stops(town) == Counter(asked[1:])


async def test_an_outcome_is_written_once_however_often_it_is_pressed(town: Town) -> None:
    await asks_for(town.clerk, HOMES[0])
    body: Json = {"office": POST_OFFICE, "date": THURSDAY, "seconds": 0.3}
    plan = (await town.supervisor.asks("POST", "/rounds", body)).body
    (stop,) = await stops_of(town, plan)
    driver = town.courier if stop["courier"] == "tuan" else town.colleague
    await driver.signs_in()
    way = f"/pickups/{stop['number']}/outcome"
    pressed: Json = {"counted": 2}
    answers = await at_once(*(driver.asks("POST", way, pressed) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    done = await town.rows("SELECT count(*) FROM pickup_event WHERE deed = 'done'")
    assert done == [(1,)]
