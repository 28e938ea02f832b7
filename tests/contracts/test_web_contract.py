"""What the pages rely on: sessions that open, are recognised and end, over any storage."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from postal_bridge.api.call import Services
from postal_bridge.api.ports import Storage
from postal_bridge.api.sessions import PageSessions, hash_password
from postal_bridge.clock import ReplayClock
from postal_bridge.errors import Reason, Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.inbound import Staff
from postal_bridge.settings import load_settings
from postal_bridge.storage.wakeups import InProcessWakeups
from postal_bridge.web.ports import Sessions, Transactions
from postal_bridge.worktime import WorkCalendar
from tests.doors.api.memory import MemoryStorage
from tests.stores import opened

PORTS = ("web.ports.Sessions", "web.ports.Transactions", "web.ports.PageWork")
NOON = datetime(2019, 1, 10, 5, tzinfo=UTC)
PASSWORD = "mật khẩu đúng"
ABSENT: Any = None
CHEAP = {
    "PB_SECURITY__ARGON2_TIME_COST": "1",
    "PB_SECURITY__ARGON2_MEMORY_KIB": "8",
    "PB_SECURITY__ARGON2_PARALLELISM": "1",
    "PB_SECURITY__SIGN_IN_ATTEMPTS_PER_MINUTE": "3",
}

Open = Callable[[pytest.FixtureRequest, Path], AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def in_memory(_request: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[Any]:
    yield MemoryStorage()


@asynccontextmanager
async def on_sqlite(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Any]:
    copyfile(request.getfixturevalue("sqlite_template"), folder / "test.db")
    async with opened(f"sqlite+aiosqlite:///{folder / 'test.db'}") as storage:
        yield storage


IMPLEMENTATIONS: dict[str, Open] = {"memory": in_memory, "sqlite": on_sqlite}


@pytest.fixture
def clock() -> ReplayClock:
    return ReplayClock(NOON)


@pytest.fixture(params=IMPLEMENTATIONS)
async def storage(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Any]:
    async with IMPLEMENTATIONS[str(request.param)](request, tmp_path) as found:
        yield found


@pytest.fixture
async def sessions(storage: Storage, clock: ReplayClock) -> Sessions:
    settings = load_settings(CHEAP)
    lan = Staff(
        username="lan",
        name="Nguyễn Thị Lan",
        role=Role.OFFICER,
        places="HCC BDT",
        password_hash=hash_password(PASSWORD, settings.security),
    )
    async with storage.begin() as work:
        await work.inbound.save_staff(lan)
    return PageSessions(
        Services(
            storage=storage,
            wakeups=InProcessWakeups(),
            clock=clock,
            calendar=WorkCalendar.load(settings.calendar),
            settings=settings,
            vault=ABSENT,
            identifiers=ABSENT,
            run_night=ABSENT,
        )
    )


async def test_a_token_tells_who_it_is_until_it_is_signed_out(sessions: Sessions) -> None:
    token = await sessions.sign_in("lan", PASSWORD, address="10.0.0.1")
    assert isinstance(token, str)
    lan = Actor("lan", "Nguyễn Thị Lan", Role.OFFICER, ("HCC", "BDT"))
    assert await sessions.actor_of(token) == lan
    await sessions.sign_out(token)
    await sessions.sign_out(token)
    gone = await sessions.actor_of(token)
    assert isinstance(gone, Refusal)
    assert gone.reason is Reason.NOT_SIGNED_IN


async def test_a_session_expires(sessions: Sessions, clock: ReplayClock) -> None:
    token = await sessions.sign_in("lan", PASSWORD, address="10.0.0.1")
    assert isinstance(token, str)
    clock.advance_to(NOON + timedelta(days=30))
    late = await sessions.actor_of(token)
    assert isinstance(late, Refusal)
    assert late.reason is Reason.SESSION_EXPIRED


@pytest.mark.parametrize(
    ("username", "password"),
    [("lan", "sai"), ("nobody", PASSWORD), ("", ""), ("lan\x00", PASSWORD), ("l" * 61, PASSWORD)],
)
async def test_nobody_comes_in_with_a_wrong_password(
    sessions: Sessions, username: str, password: str
) -> None:
    refused = await sessions.sign_in(username, password, address="10.0.0.1")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.WRONG_PASSWORD


async def test_too_many_tries_have_to_wait(sessions: Sessions) -> None:
    for _ in range(3):
        await sessions.sign_in("lan", "sai", address="10.0.0.1")
    refused = await sessions.sign_in("lan", PASSWORD, address="10.0.0.1")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert isinstance(await sessions.sign_in("lan", PASSWORD, address="10.0.0.2"), str)


@pytest.mark.parametrize("token", ["", " ", "x", "\udcff", "a" * 5000])
async def test_a_token_that_nobody_gave_out_is_nobody(sessions: Sessions, token: str) -> None:
    assert isinstance(await sessions.actor_of(token), Refusal)
    await sessions.sign_out(token)


async def test_a_reading_transaction_shows_the_staffs_names(
    storage: Transactions, sessions: Sessions
) -> None:
    async with storage.begin(write=False) as work:
        assert [one.name for one in await work.inbound.all_staff()] == ["Nguyễn Thị Lan"]
