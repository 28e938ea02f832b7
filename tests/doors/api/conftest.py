"""The API over a storage in memory, with a clock that stands still and a few made-up routes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from pydantic import BaseModel, Field
from sqlmodel import SQLModel

from postal_bridge.api.call import STRICT, Body, Call, Reply, Route, Services
from postal_bridge.api.routes import ROUTES
from postal_bridge.api.server import make_api
from postal_bridge.api.sessions import hash_password
from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Accident, Reason, Refusal, refuse
from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings
from postal_bridge.storage.wakeups import InProcessWakeups
from postal_bridge.worktime import WorkCalendar
from tests.doors.api.memory import MemoryStorage

MORNING = datetime(2019, 1, 10, 0, 30, tzinfo=UTC)
PASSWORD = "mật khẩu đúng"
CHEAP = {
    "PB_SECURITY__ARGON2_TIME_COST": "1",
    "PB_SECURITY__ARGON2_MEMORY_KIB": "8",
    "PB_SECURITY__ARGON2_PARALLELISM": "1",
    "PB_SECURITY__SIGN_IN_ATTEMPTS_PER_MINUTE": "3",
    "PB_SERVICE__BODY_LIMIT_BYTES": "100000",
}
ABSENT: Any = None
"""What the made-up routes have no use for."""

CLERKS = frozenset({Role.CLERK})


# --- made-up routes -------------------------------------------------------------------------------


class Part(SQLModel):
    """A nested record."""

    model_config = STRICT
    code: str = Field(max_length=10)
    count: int = Field(ge=1)


class NewThing(Body):
    """What the test route takes."""

    name: str = Field(max_length=20)
    count: int = 1
    at: datetime | None = None
    scan_id: UUID | None = None
    role: Role | None = None
    parts: list[Part] = Field(default_factory=list)


class Thing(BaseModel):
    """What the test route answers."""

    name: str
    count: int
    note: str | None


class Which(BaseModel):
    """The query of the list."""

    limit: int = Field(default=50, ge=1, le=100)
    role: Role | None = None


class Many(BaseModel):
    """A long answer."""

    limit: int
    words: list[str]


async def make_thing(call: Call[NewThing]) -> Thing | Refusal:
    rows: dict[str, int] = call.work.rows.things  # type: ignore[attr-defined]
    rows[call.body.name] = rows.get(call.body.name, 0) + call.body.count
    match call.body.name:
        case "refused":
            return refuse(Reason.DOSSIER_UNKNOWN, "name", code=call.body.name)
        case "later":
            error = Accident("the other side sleeps")
            error.retryable = True
            raise error
        case "broken":
            raise ZeroDivisionError("secret text of a trace")
        case "slow":
            await asyncio.sleep(0.1)
        case _:
            pass
    return Thing(name=call.body.name, count=rows[call.body.name], note=None)


async def list_things(call: Call[None]) -> Many:
    return Many(limit=call.asked(Which).limit, words=["hồ sơ"] * 200)


async def take_bytes(call: Call[bytes]) -> Reply:
    return Reply(call.body[::-1], media_type="application/pdf", headers={"X-Seen": "yes"})


async def echo_code(call: Call[None]) -> Thing:
    return Thing(name=call.path["code"], count=0, note=None)


async def work_alone(call: Call[NewThing]) -> Thing:
    async with call.services.storage.begin() as work:
        work.rows.things["alone"] = call.body.count  # type: ignore[attr-defined]
    return Thing(name="alone", count=call.body.count, note=None)


def route(method: str, path: str, handler: Any, **more: Any) -> Route:
    options: dict[str, Any] = {"roles": CLERKS, "summary_vi": "Thử", "summary_en": "Try", **more}
    return Route(method, path, handler, tag="test", **options)


TEST_ROUTES = (
    route(
        "POST",
        "/things",
        make_thing,
        body=NewThing,
        out=Thing,
        status=201,
        creates=True,
        example={"name": "túi"},
    ),
    route("PATCH", "/things", make_thing, body=NewThing, out=Thing),
    route("GET", "/things", list_things, query=Which, out=Many, personal=False),
    route("GET", "/things/{code}", echo_code, out=Thing),
    route("POST", "/things/{code}/open", echo_code, out=Thing),
    route("POST", "/files", take_bytes, raw_limit_bytes=200_000, produces="application/pdf"),
    route(
        "POST",
        "/alone",
        work_alone,
        body=NewThing,
        out=Thing,
        creates=True,
        own_transactions=True,
    ),
)


# --- the application ------------------------------------------------------------------------------


@cache
def settings_of(**variables: str) -> Settings:
    return load_settings({**CHEAP, **variables})


@dataclass
class World:
    """The running API and everything behind it."""

    client: TestClient[Any, Any]
    storage: MemoryStorage
    clock: ReplayClock

    async def call(
        self, method: str, path: str, *, token: str | None = None, **more: Any
    ) -> ClientResponse:
        headers = {**more.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        where = path if path.startswith(("/health", "/docs", "/openapi", "/metrics")) else None
        return await self.client.request(method, where or f"/api/v1{path}", headers=headers, **more)

    async def signed_in(self, username: str = "lan", device: str | None = None) -> str:
        body = {"username": username, "password": PASSWORD}
        answer = await self.call("POST", "/sessions", json=body)
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["token"])


MakeWorld = Callable[..., Awaitable[World]]


@pytest.fixture
def make_world(aiohttp_client: Any) -> MakeWorld:
    async def make(*, replay: bool = False) -> World:
        settings = settings_of(PB_SERVICE__REPLAY_CLOCK=str(replay).lower())
        storage, clock = MemoryStorage(), ReplayClock(MORNING)
        for username, name, role, places in (
            ("lan", "Nguyễn Thị Lan", Role.CLERK, "HCC BD-01"),
            ("binh", "Trần Văn Bình", Role.COURIER, ""),
        ):
            hashed = hash_password(PASSWORD, settings.security)
            storage.rows.staff[username] = Staff(
                username=username, name=name, role=role, places=places, password_hash=hashed
            )
        services = Services(
            storage=storage,
            wakeups=InProcessWakeups(),
            clock=clock,
            calendar=WorkCalendar.load(settings.calendar),
            settings=settings,
            vault=ABSENT,
            identifiers=ABSENT,
            run_night=ABSENT,
        )
        client = await aiohttp_client(make_api(services, routes=(*ROUTES, *TEST_ROUTES)))
        return World(client, storage, clock)

    return make


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    return await make_world()
