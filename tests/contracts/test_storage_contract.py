"""What the web API may expect of the place where everything is kept, on every database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import IntegrityError

from postal_bridge import inbound
from postal_bridge.api import ports
from postal_bridge.identity import Role
from postal_bridge.inbound import AnsweredRequest, Look, RefusedRequest, SignIn, Staff
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.transfers import TransferFilter
from tests.stores import DOSSIER, HOUR, NOW, a_dossier, opened

PORTS = ("api.ports.Storage", "api.ports.Work", "api.ports.Glance")
IMPLEMENTATIONS = ("sqlite", "postgresql")
LAN = Staff(username="lan", name="Hoàng Thị Lan", role=Role.CLERK, places="centre desk-1")
SIGN_IN = SignIn(
    id="s1",
    token_hash="a" * 64,
    username="lan",
    device="TC-1",
    created_at=NOW,
    expires_at=NOW + 8 * HOUR,
)
ANSWER = AnsweredRequest(
    username="lan",
    key="k1",
    fingerprint="b" * 64,
    status=201,
    body='{"mã":"hồ sơ"}',
    answered_at=NOW,
)


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def house(storage: Storage) -> ports.Storage:
    """The same by the eyes of the web API: mypy checks here that all stores fit."""
    return storage


async def test_it_is_ready(house: ports.Storage) -> None:
    await house.ready()


async def test_a_normal_end_commits_and_an_exception_undoes(house: ports.Storage) -> None:
    async def write(code: str, *, fail: bool) -> None:
        async with house.begin() as work:
            await work.dossiers.add(a_dossier(code), [])
            if fail:
                raise LookupError(code)

    await write("D1", fail=False)
    with pytest.raises(LookupError):
        await write("D2", fail=True)

    async with house.begin(write=False) as work:
        assert await work.dossiers.find("D1") is not None
        assert await work.dossiers.find("D2") is None


async def test_all_stores_see_each_others_writes(house: ports.Storage) -> None:
    async with house.begin() as work:
        await work.dossiers.add(a_dossier(), [])
        await work.inbound.save_staff(LAN)
        await work.outbox.put("notice", key=DOSSIER, payload={})
        batches = [batch async for batch in work.nights.our_side(NOW, NOW + HOUR)]
        assert [one.code for batch in batches for one in batch] == [DOSSIER]
        assert await work.documents.of_dossier(DOSSIER) == []
        assert await work.transfers.summary(TransferFilter(now=NOW)) == []
        assert await work.inbound.staff("lan") == LAN


async def test_staff_are_written_renewed_and_listed(house: ports.Storage) -> None:
    hoa = Staff(username="hoa", name="Vy Thị Hoa", role=Role.DEPARTMENT)
    moved = LAN.model_copy(update={"places": "desk-2", "password_hash": "$argon2id$…"})
    async with house.begin() as work:
        kept: inbound.Inbound = work.inbound
        for staff in (LAN, hoa, moved):
            await kept.save_staff(staff)

        found = await kept.staff("lan")
        assert found == moved
        assert found is not None
        assert found.role is Role.CLERK
        assert await kept.all_staff() == [hoa, moved]
        assert await kept.staff("nobody") is None


async def test_a_session_is_found_by_its_token_and_ends_once(house: ports.Storage) -> None:
    async with house.begin() as work:
        await work.inbound.save_staff(LAN)
        await work.inbound.open_sign_in(SIGN_IN)
        assert await work.inbound.sign_in("a" * 64) == (SIGN_IN, LAN)
        assert await work.inbound.sign_in("c" * 64) is None
        await work.inbound.end_sign_in("s1", at=NOW + HOUR)
        await work.inbound.end_sign_in("s1", at=NOW + 2 * HOUR)

        found = await work.inbound.sign_in("a" * 64)
        assert found is not None
        assert found[0].ended_at == NOW + HOUR


async def test_a_glance_sees_what_was_committed_and_nothing_else(house: ports.Storage) -> None:
    async with house.begin() as work:
        await work.inbound.save_staff(LAN)
        await work.inbound.open_sign_in(SIGN_IN)
        async with house.glance() as look:
            assert await look.sign_in("a" * 64) is None
    async with house.glance() as look:
        glance: ports.Glance = look
        assert await glance.sign_in("a" * 64) == (SIGN_IN, LAN)
        assert await glance.sign_in("c" * 64) is None
    async with house.begin() as work:
        await work.inbound.end_sign_in("s1", at=NOW + HOUR)
    async with house.glance() as look:
        ended = await look.sign_in("a" * 64)
    assert ended is not None
    assert ended[0].ended_at == NOW + HOUR
    assert ended[1].role is Role.CLERK


async def test_a_session_of_nobody_is_no_session(house: ports.Storage) -> None:
    async with house.begin() as work:
        await work.inbound.open_sign_in(SIGN_IN)
        assert await work.inbound.sign_in("a" * 64) is None


async def test_an_answer_is_kept_once_for_each_person_and_key(house: ports.Storage) -> None:
    async with house.begin() as work:
        assert await work.inbound.begin_answer("lan", "k1")
        assert await work.inbound.answered("lan", "k1") is None
        await work.inbound.keep_answer(ANSWER)
    with pytest.raises(IntegrityError):
        async with house.begin() as work:
            await work.inbound.keep_answer(ANSWER)

    async with house.begin() as work:
        assert await work.inbound.answered("lan", "k1") == ANSWER
        assert await work.inbound.answered("hoa", "k1") is None


async def test_a_key_in_use_is_not_taken_by_another_request(
    house: ports.Storage, database_url: str
) -> None:
    """Either the second one is told that the first still runs, or it waits and sees the answer."""
    seen: list[AnsweredRequest | None] = []
    begun = asyncio.Event()

    async def repeat(other: ports.Storage) -> None:
        await begun.wait()
        while True:
            async with other.begin() as work:
                if await work.inbound.begin_answer("lan", "k1"):
                    seen.append(await work.inbound.answered("lan", "k1"))
                    return
            await asyncio.sleep(0.001)

    async with opened(database_url) as other, asyncio.TaskGroup() as tasks:
        tasks.create_task(repeat(other))
        async with house.begin() as work:
            assert await work.inbound.begin_answer("lan", "k1")
            begun.set()
            await asyncio.sleep(0.02)
            await work.inbound.keep_answer(ANSWER)

    assert seen == [ANSWER]


async def test_different_keys_and_people_do_not_hinder_each_other(house: ports.Storage) -> None:
    async with house.begin() as work:
        assert await work.inbound.begin_answer("lan", "k1")
        assert await work.inbound.begin_answer("lan", "k2")
        assert await work.inbound.begin_answer("hoa", "k1")


async def test_an_unfinished_key_is_free_again_after_its_transaction(
    house: ports.Storage,
) -> None:
    @asynccontextmanager
    async def failing() -> AsyncIterator[ports.Work]:
        async with house.begin() as work:
            yield work
            raise RuntimeError("killed")

    async def begin_and_fail() -> None:
        async with failing() as work:
            assert await work.inbound.begin_answer("lan", "k1")

    with pytest.raises(RuntimeError, match="killed"):
        await begin_and_fail()

    async with house.begin() as work:
        assert await work.inbound.begin_answer("lan", "k1")
        assert await work.inbound.answered("lan", "k1") is None


async def test_what_was_not_taken_is_listed_newest_first_page_by_page(
    house: ports.Storage,
) -> None:
    def refused(number: int) -> RefusedRequest:
        return RefusedRequest(
            id=f"r{number}",
            method="POST",
            path="/api/v1/dossiers",
            reason="malformed-json",
            detail="Nội dung gửi lên không phải JSON hợp lệ.",
            body="{" * 5000,
            body_bytes=10_000_000_000,
            received_at=NOW,
        )

    async with house.begin() as work:
        for number in (1, 2, 3):
            await work.inbound.keep_refused(refused(number))

        first = await work.inbound.refused_requests(limit=2, after=None)
        assert first == [refused(3), refused(2)]
        rest = await work.inbound.refused_requests(limit=2, after=first[-1].id)
        assert rest == [refused(1)]


async def test_a_look_at_personal_data_is_recorded(house: ports.Storage) -> None:
    look = Look(id="l1", username="lan", subject=DOSSIER, purpose="dossier", looked_at=NOW)
    async with house.begin() as work:
        await work.inbound.keep_look(look)
    with pytest.raises(IntegrityError):
        async with house.begin() as work:
            await work.inbound.keep_look(look)
