"""A step of the replay: who does what at which moment, and what it needs from earlier answers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

_MILLISECOND_MASK = (1 << 48) - 1
_VERSION = 7 << 76
_VARIANT = 2 << 62


class Deed(StrEnum):
    """What a step does; counted and shown."""

    INTAKE = "intake"
    REFUSE = "refuse"
    FEE = "fee"
    EXEMPT = "exempt"
    DIGITISE = "digitise"
    TAKE_UP = "take_up"
    PACK = "pack"
    SEAL = "seal"
    OFFER = "offer"
    ACCEPT = "accept"
    SCAN = "scan"
    ASK = "ask"
    ANSWER = "answer"
    ISSUE = "issue"
    HAND_BACK = "hand_back"
    RETURN = "return"
    CONSIGN = "consign"


@dataclass(frozen=True)
class Answered:
    """Stands for a number that the service gives out: a field of an earlier step's answer."""

    key: str
    field: str


@dataclass(frozen=True)
class Stack:
    """The digitised file of a dossier; drawn when it is sent."""

    dossier: str
    pages: int


Value = object
"""JSON, with `Answered` wherever an earlier answer belongs."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request.

    Attributes:
        key: says what is done, and is the same in every replay: the Idempotency-Key.
        path: below /api/v1; its parts are joined, so that an `Answered` may be one of them.
        body: JSON with `Answered` in it, or a `Stack`.
        creates: sent with its key; a batch of scans needs none, each scan has its own identifier.
    """

    at: datetime
    deed: Deed
    actor: str
    key: str
    path: tuple[str | Answered, ...]
    body: Value
    query: Mapping[str, str] = field(default_factory=dict)
    creates: bool = True


def scan_id(at: datetime, what: str) -> UUID:
    """The UUIDv7 of a scan: its moment, and a hash of what is scanned, so always the same."""
    millisecond = int(at.timestamp() * 1000) & _MILLISECOND_MASK
    digest = int.from_bytes(hashlib.sha256(what.encode()).digest(), "big")
    high, low = (digest >> 62) & 0xFFF, digest & ((1 << 62) - 1)
    return UUID(int=(millisecond << 80) | _VERSION | (high << 64) | _VARIANT | low)


def scan(
    *, code: str | Answered, act: str, place: str, at: datetime, what: str
) -> dict[str, Value]:
    """One scan as a handheld sends it; `what` names it for its identifier."""
    return {
        "scan_id": str(scan_id(at, what)),
        "code": code,
        "act": act,
        "place": place,
        "at": at.isoformat(),
    }
