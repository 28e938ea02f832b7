"""The links of the custody chain: how an event is hashed, and how a day is rooted.

Each event carries the hash of the item's previous event, so nobody can change, remove or insert
one behind the program's back without breaking the chain (docs/adr/0004).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum

import msgspec

GENESIS = "0" * 64
"""What the first event of an item names as its previous one."""

_EXACT = {str, int, bool}
_encode = msgspec.json.Encoder().encode
_FOUR_DIGITS = 1000


def instant(moment: datetime) -> str:
    """The one spelling of a moment that goes into a hash: UTC with microseconds."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    if moment.year < _FOUR_DIGITS:  # strftime writes such a year as short as it is
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Enum):
        return value.value
    return value


def link(previous: str, fields: Mapping[str, object]) -> str:
    """The hash of an event: SHA-256 over the previous hash and the event's own facts.

    Args:
        previous: 64 hexadecimal digits, `GENESIS` for an item's first event.
        fields: the event's facts; absent ones (None) count as absent, so that a later release
            may add a field without touching old hashes.

    Raises:
        TypeError: a fact is of a kind that JSON does not know.
        UnicodeEncodeError: a text holds half a character.
    """
    facts: dict[str, object] = {}
    exact = True
    for name in sorted(fields):
        value = fields[name]
        if value is None:
            continue
        if value.__class__ not in _EXACT:
            value = _plain(value)
            exact = exact and value.__class__ in _EXACT
        facts[name] = value
    return hashlib.sha256(b"%b\n%b" % (previous.encode(), _canonical(facts, exact))).hexdigest()


def _canonical(facts: Mapping[str, object], exact: bool) -> bytes:  # noqa: FBT001
    """JSON with sorted keys and nothing escaped that need not be, in UTF-8.

    The quick encoder writes texts and whole numbers byte for byte as the standard library does,
    which the format was released with; numbers with a point it spells in another way.
    """
    if exact:
        try:
            return _encode(facts)
        except OverflowError:  # a whole number of more than 64 bits
            pass
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


class DayRoot:
    """The root of a day while its hashes go by: over the root before it and every event hash."""

    def __init__(self, previous_root: str, day: str) -> None:
        self._digest = hashlib.sha256(f"{previous_root}\n{day}\n".encode())
        self.events = 0

    def add(self, hashes: Iterable[str]) -> None:
        """Take in the next hashes, in ledger order."""
        listed = list(hashes)
        self.events += len(listed)
        if listed:
            self._digest.update(("\n".join(listed) + "\n").encode(errors="replace"))

    @property
    def root(self) -> str:
        """The root over all that was taken in."""
        return self._digest.hexdigest()
