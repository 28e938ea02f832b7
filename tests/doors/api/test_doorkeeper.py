"""Passwords and the number of tries, without the wire."""

from datetime import UTC, datetime, timedelta

from postal_bridge.api.doorkeeper import Attempts, Doorkeeper, Passwords, hash_password
from postal_bridge.clock import ReplayClock
from tests.doors.api.conftest import settings_of

START = datetime(2019, 1, 10, tzinfo=UTC)


async def test_a_password_is_known_by_its_hash_only() -> None:
    security = settings_of().security
    hashed = hash_password("ba con mèo", security)
    passwords = Passwords(security)
    assert hashed.startswith("$argon2id$")
    assert await passwords.verify("ba con mèo", hashed)
    assert not await passwords.verify("ba con meo", hashed)
    assert not await passwords.verify("", None)
    assert not await passwords.verify("", "not a hash")


def test_tries_come_back_evenly() -> None:
    clock = ReplayClock(START)
    attempts = Attempts(6, clock)
    assert [attempts.take("lan") for _ in range(7)] == [0] * 6 + [10]
    assert attempts.take("binh") == 0
    clock.advance_to(START + timedelta(seconds=9))
    assert attempts.take("lan") == 1
    clock.advance_to(START + timedelta(seconds=10))
    assert [attempts.take("lan"), attempts.take("lan")] == [0, 10]
    attempts.forget("lan")
    assert attempts.take("lan") == 0


def test_the_public_look_up_has_a_limit_per_address() -> None:
    keeper = Doorkeeper.hire(settings_of().security, clock=ReplayClock(START))
    assert [keeper.track("192.0.2.1") for _ in range(20)] == [None] * 20
    refusal = keeper.track("192.0.2.1")
    assert refusal is not None
    assert refusal.facts == {"wait_seconds": 3}
    assert keeper.track("192.0.2.2") is None


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    attempts = Attempts(2, ReplayClock(START))
    for number in range(25_000):
        attempts.take(f"name {number}")
    assert len(attempts._buckets) <= 10_000
