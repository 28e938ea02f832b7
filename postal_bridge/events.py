"""The links of the custody chain: how an event is hashed, and how a day is rooted.

Each event carries the hash of the item's previous event, so nobody can change, remove or insert
one behind the program's back without breaking the chain (docs/adr/0004).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum

GENESIS = "0" * 64
"""What the first event of an item names as its previous one."""


def instant(moment: datetime) -> str:
    """The one spelling of a moment that goes into a hash: UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
    """
    facts = {name: _plain(value) for name, value in fields.items() if value is not None}
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def day_root(previous_root: str, day: str, hashes: Iterable[str]) -> str:
    """The root of a day: over the root before it and every event hash, in ledger order."""
    digest = hashlib.sha256(f"{previous_root}\n{day}\n".encode())
    for value in hashes:
        digest.update(value.encode())
        digest.update(b"\n")
    return digest.hexdigest()
