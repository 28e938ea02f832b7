"""The demo's hands: one client for each member of staff, over the real web API.

A lost connection is no answer: what was sent is sent again, for up to a minute, because the
service may be killed and started again at any moment. That is allowed only for what a repeat
cannot do twice: questions, creations with their key, scans with their identifiers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential

from postal_bridge.errors import Accident

API = "/api/v1"
PATIENCE_SECONDS = 60.0
"""How long a lost connection is tried again: long enough for a service to start afresh."""

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_OVERLOADED = frozenset({502, 503, 504})
_FILE = "file"
_STILL_RUNNING = "/problems/still-running"
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.05, 1.0


class NotAnswered(Accident):
    """The service could not be reached, or could not answer just now."""

    retryable = True


class NotTaken(Accident):
    """The service said no to something that the demo knows to be right."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent.

    Attributes:
        at: the moment in the replay at which it happens.
        key: the Idempotency-Key of a creation.
        body: JSON, or bytes of a file.
    """

    method: str
    path: str
    at: datetime
    key: str | None = None
    body: object = None
    query: Mapping[str, str] | None = None


class Clients:
    """All members of staff who have signed in; they share connections, not tokens."""

    def __init__(self, base_url: str, *, password: str) -> None:
        """Nobody is signed in yet; each is at their first request."""
        self._base_url = base_url
        self._password = password
        self._tokens: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, username: str, request: Request) -> dict[str, Any]:
        """Send a request as a member of staff; gives the JSON of the answer.

        Raises:
            NotAnswered: nothing came back within a minute.
            NotTaken: the service refused it.
        """
        if username not in self._tokens:
            await self._sign_in(username, request.at)
        headers = {"Authorization": f"Bearer {self._tokens[username]}"}
        return await self._patiently(request, headers)

    async def ask(
        self, username: str, path: str, *, at: datetime, query: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Ask a question as a member of staff."""
        return await self.send(username, Request(method="GET", path=path, at=at, query=query))

    async def fetch(self, username: str, path: str, *, at: datetime) -> bytes:
        """Fetch a file as a member of staff."""
        answer = await self.ask(username, path, at=at)
        return bytes(answer[_FILE])

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _sign_in(self, username: str, at: datetime) -> None:
        """Sign in; doing it twice leaves one session more and harms nothing."""
        body = {"username": username, "password": self._password}
        request = Request(method="POST", path="/sessions", at=at, body=body)
        self._tokens[username] = (await self._patiently(request, {}))["token"]

    async def _patiently(self, request: Request, headers: Mapping[str, str]) -> dict[str, Any]:
        retrying = AsyncRetrying(
            stop=stop_after_delay(PATIENCE_SECONDS),
            wait=wait_exponential(_FIRST_WAIT_SECONDS, max=_LONGEST_WAIT_SECONDS),
            retry=retry_if_exception_type(NotAnswered),
            reraise=True,
        )
        answer: dict[str, Any] = await retrying(self._once, request, headers)
        return answer

    async def _once(self, request: Request, headers: Mapping[str, str]) -> dict[str, Any]:
        sent = {"Postal-Bridge-Time": request.at.isoformat(), **headers}
        if request.key is not None:
            sent["Idempotency-Key"] = request.key
        raw = isinstance(request.body, bytes)
        if raw:
            sent["Content-Type"] = "application/pdf"
        try:
            async with self._opened().request(
                request.method,
                f"{self._base_url}{API}{request.path}",
                params=request.query,
                headers=sent,
                data=request.body if raw else None,
                json=None if raw else request.body,
            ) as response:
                if response.content_type == "application/pdf":
                    return {_FILE: await response.read()}
                answer: dict[str, Any] = await response.json(content_type=None) or {}
                _judge(request, response.status, answer)
                return answer
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError) as lost:
            raise NotAnswered(f"{request.path}: {type(lost).__name__}: {lost}") from lost
        except ValueError as cut:
            raise NotAnswered(f"{request.path}: the answer is not JSON: {cut}") from cut

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session


def _judge(request: Request, status: int, answer: Mapping[str, Any]) -> None:
    if status < 400:  # noqa: PLR2004 - the first status that is a problem
        return
    said = answer.get("detail") or answer.get("title") or "–"
    sentence = f"{request.method} {request.path}: {status} {said}"
    if status in _OVERLOADED or str(answer.get("type", "")).endswith(_STILL_RUNNING):
        raise NotAnswered(sentence)
    raise NotTaken(f"{sentence} {answer.get('errors', '')}")
