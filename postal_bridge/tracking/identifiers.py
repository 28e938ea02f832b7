"""Identifiers that the server makes: UUIDv7, so that keys grow with time."""

import random
from datetime import datetime
from uuid import UUID

_VERSION = 7 << 76
_VARIANT = 2 << 62
_MILLISECOND_MASK = (1 << 48) - 1
_COUNT_LIMIT = 0xFFF


class Identifiers:
    """Makes UUIDv7 from a moment and a source of randomness that is handed in.

    Two made in the same millisecond keep their order: the twelve bits after the time count up
    (RFC 9562, section 6.2, method 1), which matters where a clock stands still in a replay.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._last = (0, 0)

    def new(self, now: datetime) -> UUID:
        """The next identifier for something that happens now."""
        millisecond = int(now.timestamp() * 1000) & _MILLISECOND_MASK
        last, count = self._last
        millisecond = max(millisecond, last)
        count = count + 1 if millisecond == last else 0
        if count > _COUNT_LIMIT:
            millisecond, count = millisecond + 1, 0
        self._last = (millisecond, count)
        low = self._source.getrandbits(62)
        return UUID(int=(millisecond << 80) | _VERSION | (count << 64) | _VARIANT | low)
