"""What the doors rely on: transactions that undo, and the store of what was asked of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from postal_bridge.api.ports import Storage
from postal_bridge.clock import SystemClock
from postal_bridge.identity import Role
from postal_bridge.inbound import AnsweredRequest, RefusedRequest, SignIn, Staff
from postal_bridge.settings import load_settings
from postal_bridge.storage.engine import Storage as Database
from tests.doors.api.memory import MemoryStorage

PORTS = ("api.ports.Storage", "api.ports.Work")
NOON = datetime(2019, 1, 10, 5, tzinfo=UTC)
LAN = Staff(username="lan", name="Nguyễn Thị Lan", role=Role.CLERK, places="HCC BD-01")

Open = Callable[[pytest.FixtureRequest, Path], AbstractAsyncContextManager[Storage]]


@asynccontextmanager
async def in_memory(_request: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[Storage]:
    yield MemoryStorage()


@asynccontextmanager
async def on_sqlite(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Storage]:
    copyfile(request.getfixturevalue("sqlite_template"), folder / "test.db")
    async with database(f"sqlite+aiosqlite:///{folder / 'test.db'}") as storage:
        yield storage


@asynccontextmanager
async def on_postgresql(request: pytest.FixtureRequest, _folder: Path) -> AsyncIterator[Storage]:
    make = request.getfixturevalue("make_database")
    async with database(make(template=request.getfixturevalue("postgres_template"))) as storage:
        yield storage


@asynccontextmanager
async def database(url: str) -> AsyncIterator[Database]:
    settings = load_settings({"PB_DATABASE__URL": url}).database
    storage = Database(settings, province="H37", clock=SystemClock())
    try:
        yield storage
    finally:
        await storage.close()


IMPLEMENTATIONS: dict[str, Open] = {
    "memory": in_memory,
    "sqlite": on_sqlite,
    "postgresql": on_postgresql,
}


@pytest.fixture(params=IMPLEMENTATIONS)
def name(request: pytest.FixtureRequest) -> str:
    # Asked for first: a fixture that starts a server does not run inside the test's event loop.
    found = str(request.param)
    needed = {"sqlite": ["sqlite_template"], "postgresql": ["make_database", "postgres_template"]}
    for fixture in needed.get(found, []):
        request.getfixturevalue(fixture)
    return found


@pytest.fixture
async def storage(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Storage]:
    async with IMPLEMENTATIONS[name](request, tmp_path) as opened:
        async with opened.begin() as work:
            await work.inbound.save_staff(LAN)
        yield opened


def answer(key: str) -> AnsweredRequest:
    return AnsweredRequest(
        username="lan", key=key, fingerprint="f" * 64, status=201, body="{}", answered_at=NOON
    )


def refused(number: int) -> RefusedRequest:
    return RefusedRequest(
        id=f"2019-{number:04}",
        username="lan",
        method="POST",
        path="/api/v1/pouches",
        reason="pouch-empty",
        detail="Túi chưa có gì",
        body='{"place": "HCC"}',
        body_bytes=16,
        received_at=NOON,
    )


async def test_a_fresh_storage_is_ready(storage: Storage) -> None:
    await storage.ready()


async def test_what_is_committed_is_seen_by_the_next(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.inbound.keep_answer(answer("k1"))
        assert await work.inbound.answered("lan", "k1") == answer("k1")
    async with storage.begin(write=False) as work:
        assert await work.inbound.answered("lan", "k1") == answer("k1")
        assert await work.inbound.answered("lan", "k2") is None
        assert await work.inbound.answered("binh", "k1") is None


async def test_an_exception_undoes_the_whole_transaction(storage: Storage) -> None:
    async def half_done() -> None:
        async with storage.begin() as work:
            await work.inbound.keep_answer(answer("k1"))
            await work.inbound.save_staff(LAN.model_copy(update={"places": ""}))
            raise LookupError

    with pytest.raises(LookupError):
        await half_done()
    async with storage.begin(write=False) as work:
        assert await work.inbound.answered("lan", "k1") is None
        assert await work.inbound.staff("lan") == LAN


async def test_staff_are_renewed_and_listed(storage: Storage) -> None:
    binh = Staff(username="binh", name="Trần Văn Bình", role=Role.COURIER)
    async with storage.begin() as work:
        await work.inbound.save_staff(binh)
        await work.inbound.save_staff(LAN.model_copy(update={"password_hash": "x"}))
        assert [each.username for each in await work.inbound.all_staff()] == ["binh", "lan"]
        found = await work.inbound.staff("lan")
        assert found is not None
        assert found.password_hash == "x"
        assert await work.inbound.staff("nobody") is None


async def test_a_session_is_found_by_its_tokens_hash_until_it_ends(storage: Storage) -> None:
    session = SignIn(
        id="s1",
        token_hash="a" * 64,
        username="lan",
        device="HH-07",
        created_at=NOON,
        expires_at=NOON + timedelta(hours=12),
    )
    async with storage.begin() as work:
        await work.inbound.open_sign_in(session)
    async with storage.begin() as work:
        assert await work.inbound.sign_in("a" * 64) == (session, LAN)
        assert await work.inbound.sign_in("b" * 64) is None
        await work.inbound.end_sign_in("s1", at=NOON)
        await work.inbound.end_sign_in("s1", at=NOON + timedelta(hours=1))
    async with storage.begin(write=False) as work:
        found = await work.inbound.sign_in("a" * 64)
    assert found is not None
    assert found[0].ended_at == NOON


async def test_what_was_refused_is_shown_newest_first(storage: Storage) -> None:
    async with storage.begin() as work:
        for number in (2, 1, 3):
            await work.inbound.keep_refused(refused(number))
    async with storage.begin(write=False) as work:
        first = await work.inbound.refused_requests(limit=2, after=None)
        rest = await work.inbound.refused_requests(limit=2, after=first[-1].id)
    assert [*first, *rest] == [refused(3), refused(2), refused(1)]


async def test_a_key_is_taken_by_one_transaction_only(storage: Storage) -> None:
    """Either the second waits for the first to end, or it is told that the key is taken."""
    inside, finish = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with storage.begin() as work:
            assert await work.inbound.begin_answer("lan", "k1")
            inside.set()
            await finish.wait()
            await work.inbound.keep_answer(answer("k1"))

    async def second() -> bool:
        await inside.wait()
        async with storage.begin() as work:
            taken = await work.inbound.begin_answer("lan", "k1")
            return not taken or await work.inbound.answered("lan", "k1") is not None

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        safe = group.create_task(second())
        await inside.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        finish.set()
    assert safe.result()
