"""Keeps what somebody typed and we did not take: nobody has to type it again from memory."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from postal_bridge.api.ports import Storage
from postal_bridge.inbound import RefusedRequest

LARGEST_KEPT_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was sent, by whom and where to.

    Attributes:
        body: none where it must not be kept; `body_bytes` tells its size in any case.
    """

    username: str | None
    method: str
    path: str
    body: bytes | None
    body_bytes: int


async def keep_refused(
    storage: Storage, said: Said, *, reason: str, detail: str, at: datetime
) -> None:
    """Write a refused request in a transaction of its own.

    Args:
        storage: where to.
        said: what was sent.
        reason: slug of the reason.
        detail: the sentence that the sender got.
        at: aware; when it arrived.
    """
    kept = RefusedRequest(
        id=sortable_id(at),
        username=said.username,
        method=said.method,
        path=said.path[:400],
        reason=reason[:60],
        detail=detail[:4000],
        body=_text(said.body),
        body_bytes=said.body_bytes,
        received_at=at,
    )
    async with storage.begin(write=True) as work:
        await work.inbound.keep_refused(kept)


def sortable_id(at: datetime) -> str:
    """An id that sorts by time and cannot be guessed from another."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}"


def _text(body: bytes | None) -> str | None:
    if body is None or len(body) > LARGEST_KEPT_BYTES:
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text
