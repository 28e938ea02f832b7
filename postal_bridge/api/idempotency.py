"""A creation that is sent twice happens once: keys, fingerprints and kept answers.

The answer is a row in the transaction of its effect, so there is never one without the other.
Refusals are not kept: nothing happened, and the same request may succeed later.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from aiohttp import web

from postal_bridge.api.language import Language
from postal_bridge.api.ports import Work
from postal_bridge.api.why import wrong_fields
from postal_bridge.errors import Reason, Refused, refuse
from postal_bridge.inbound import AnsweredRequest

KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"
LONGEST_KEY = 200


def key_of(request: web.Request, *, language: Language) -> str:
    """The request's key.

    Raises:
        Refused: there is none, or it is too long to be one.
    """
    key = request.headers.get(KEY, "").strip()
    if not key:
        raise Refused(refuse(Reason.IDEMPOTENCY_KEY_MISSING, KEY))
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Refused(wrong_fields([(KEY, "idempotency_key")], language=language))
    return key


def fingerprint(request: web.Request, body: bytes) -> str:
    """SHA-256 of method, path, query and body, in hexadecimal."""
    return sha256(f"{request.method}\n{request.rel_url.raw_path_qs}\n".encode() + body).hexdigest()


@dataclass(frozen=True)
class Running:
    """The keys whose requests this process is working on."""

    _held: set[tuple[str, str]] = field(default_factory=set)

    @contextmanager
    def hold(self, username: str, key: str) -> Iterator[None]:
        """Hold a user's key as long as its request runs.

        Raises:
            Refused: another request of the user holds it.
        """
        mine = (username, key)
        if mine in self._held:
            raise Refused(refuse(Reason.STILL_RUNNING))
        self._held.add(mine)
        try:
            yield
        finally:
            self._held.discard(mine)


async def given_answer(
    work: Work, username: str, key: str, *, fingerprint: str
) -> AnsweredRequest | None:
    """The answer that was given under this key to the same request.

    Raises:
        Refused: another process works on it, or the key belongs to another content.
    """
    if not await work.inbound.begin_answer(username, key):
        raise Refused(refuse(Reason.STILL_RUNNING))
    answered = await work.inbound.answered(username, key)
    if answered is not None and answered.fingerprint != fingerprint:
        raise Refused(refuse(Reason.IDEMPOTENCY_KEY_REUSED, KEY))
    return answered
