"""Who may come in: passwords under argon2id, and how often somebody may try."""

import asyncio
import math
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from postal_bridge.clock import Clock
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.sections import SecuritySettings

_HASHES_AT_ONCE = 4
"""Each takes `argon2_memory_kib` of memory; more at once would only wait for the cores."""

_KEYS_REMEMBERED = 10_000


def hash_password(password: str, security: SecuritySettings) -> str:
    """The argon2id hash to keep instead of a password; slow on purpose, so call it in a thread."""
    return _hasher(security).hash(_same_everywhere(password))


def _hasher(security: SecuritySettings) -> PasswordHasher:
    return PasswordHasher(
        time_cost=security.argon2_time_cost,
        memory_cost=security.argon2_memory_kib,
        parallelism=security.argon2_parallelism,
    )


def _same_everywhere(password: str) -> str:
    """Keyboards write Vietnamese letters in one piece or in several; the password is the same."""
    return unicodedata.normalize("NFC", password)


class Passwords:
    """Compares passwords with their hashes, at the same cost whether the user exists or not."""

    def __init__(self, security: SecuritySettings) -> None:
        self._hasher = _hasher(security)
        self._room = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._nobodys: str | None = None

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one behind the hash; never without a hash."""
        async with self._room:
            if self._nobodys is None:
                self._nobodys = await asyncio.to_thread(self._hasher.hash, "")
            compared = password_hash or self._nobodys
            same = await asyncio.to_thread(self._same, compared, _same_everywhere(password))
        return same and password_hash is not None

    def _same(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


@dataclass
class _Bucket:
    tokens: float
    filled_at: datetime


@dataclass
class Attempts:
    """A bucket of tries per key, refilled evenly; in the memory of this process.

    Attributes:
        per_minute: size of a bucket, and how many tries come back in a minute.
    """

    per_minute: int
    clock: Clock
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def take(self, key: str) -> int:
        """Take one try: 0 when it is granted, otherwise the seconds to wait for the next one."""
        bucket = self._filled(key)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return max(1, math.ceil((1 - bucket.tokens) * 60 / self.per_minute))

    def forget(self, key: str) -> None:
        """Start afresh: the try was a good one."""
        self._buckets.pop(key, None)

    def _filled(self, key: str) -> _Bucket:
        now = self.clock.now()
        if key not in self._buckets and len(self._buckets) >= _KEYS_REMEMBERED:
            self._drop_full(now)
        bucket = self._buckets.setdefault(key, _Bucket(float(self.per_minute), now))
        bucket.tokens = self._tokens(bucket, now)
        bucket.filled_at = max(now, bucket.filled_at)
        return bucket

    def _tokens(self, bucket: _Bucket, now: datetime) -> float:
        waited = max(0.0, (now - bucket.filled_at).total_seconds())
        return min(float(self.per_minute), bucket.tokens + waited * self.per_minute / 60)

    def _drop_full(self, now: datetime) -> None:
        kept = {
            key: bucket
            for key, bucket in self._buckets.items()
            if self._tokens(bucket, now) < self.per_minute
        }
        # A flood of keys must not fill the memory: the oldest half is forgotten then.
        self._buckets = dict(list(kept.items())[-_KEYS_REMEMBERED // 2 :])


@dataclass(frozen=True)
class Doorkeeper:
    """What the doors of one process remember about those who knock.

    Attributes:
        lookups: tries of the public look-up, by address.
    """

    passwords: Passwords
    sign_ins: Attempts
    lookups: Attempts

    def track(self, address: str) -> Refusal | None:
        """Let an address look up once more, or say how long it must wait."""
        wait_seconds = self.lookups.take(address)
        return refuse(Reason.TOO_MANY_ATTEMPTS, wait_seconds=wait_seconds) if wait_seconds else None

    @classmethod
    def hire(cls, security: SecuritySettings, *, clock: Clock) -> "Doorkeeper":
        """A doorkeeper who has seen nobody yet."""
        return cls(
            passwords=Passwords(security),
            sign_ins=Attempts(security.sign_in_attempts_per_minute, clock),
            lookups=Attempts(security.track_attempts_per_minute, clock),
        )
