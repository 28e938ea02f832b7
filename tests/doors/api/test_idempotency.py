"""A creation that is sent twice happens once."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.doors.api.conftest import World


async def create(
    world: World, token: str, name: str, key: str | None, path: str = "/things", **more: Any
) -> ClientResponse:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return await world.call("POST", path, token=token, json={"name": name, **more}, headers=headers)


async def test_a_repeat_gets_the_first_answer(world: World) -> None:
    token = await world.signed_in()
    first = await create(world, token, "túi", "k1")
    again = await create(world, token, "túi", "k1")
    assert (first.status, again.status) == (201, 201)
    assert await first.read() == await again.read()
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotent-Replay" not in first.headers
    assert again.headers["Idempotent-Replay"] == "true"
    assert world.storage.rows.things == {"túi": 1}


@pytest.mark.parametrize("key", [None, "", "  "])
async def test_a_creation_needs_a_key(world: World, key: str | None) -> None:
    answer = await create(world, await world.signed_in(), "túi", key)
    assert (answer.status, (await answer.json())["type"]) == (
        400,
        "/problems/idempotency-key-missing",
    )
    assert world.storage.rows.things == {}
    assert len(world.storage.rows.refused) == 1


async def test_a_key_has_a_length(world: World) -> None:
    token = await world.signed_in()
    assert (await create(world, token, "túi", "k" * 201)).status == 422
    assert (await create(world, token, "túi", "k" * 200)).status == 201


async def test_a_key_belongs_to_one_content(world: World) -> None:
    token = await world.signed_in()
    await create(world, token, "túi", "k1")
    other = await create(world, token, "bao", "k1")
    assert (other.status, (await other.json())["type"]) == (
        422,
        "/problems/idempotency-key-reused",
    )
    assert world.storage.rows.things == {"túi": 1}


async def test_a_key_belongs_to_one_user(world: World) -> None:
    world.storage.rows.staff["hoa"] = world.storage.rows.staff["lan"].model_copy(
        update={"username": "hoa"}
    )
    await create(world, await world.signed_in("lan"), "túi", "k1")
    other = await create(world, await world.signed_in("hoa"), "túi", "k1")
    assert (await other.json())["count"] == 2


async def test_a_refusal_is_no_answer(world: World) -> None:
    token = await world.signed_in()
    for _ in range(2):
        answer = await create(world, token, "refused", "k1")
        assert answer.status == 404
        assert "Idempotent-Replay" not in answer.headers
    assert world.storage.rows.answers == {}
    assert (await create(world, token, "túi", "k1")).status == 201


async def test_an_accident_frees_the_key(world: World) -> None:
    token = await world.signed_in()
    assert (await create(world, token, "broken", "k1")).status == 500
    assert (await create(world, token, "túi", "k1")).status == 201


async def test_two_at_once_happen_once(world: World) -> None:
    token = await world.signed_in()
    async with asyncio.TaskGroup() as group:
        both = [group.create_task(create(world, token, "slow", "k1")) for _ in range(2)]
    answers = sorted((task.result() for task in both), key=lambda each: each.status)
    assert [each.status for each in answers] == [201, 409]
    assert (await answers[1].json())["type"] == "/problems/still-running"
    assert world.storage.rows.things == {"slow": 1}


async def test_another_process_may_hold_the_key(world: World) -> None:
    world.storage.elsewhere.add(("lan", "k1"))
    answer = await create(world, await world.signed_in(), "túi", "k1")
    assert (answer.status, answer.headers["Retry-After"]) == (409, "1")
    assert world.storage.rows.things == {}


async def test_a_route_with_its_own_transactions_repeats_its_answer_too(world: World) -> None:
    token = await world.signed_in()
    first = await create(world, token, "túi", "k1", "/alone", count=7)
    again = await create(world, token, "túi", "k1", "/alone", count=7)
    assert await first.read() == await again.read()
    assert again.headers["Idempotent-Replay"] == "true"
    assert world.storage.rows.things == {"alone": 7}
