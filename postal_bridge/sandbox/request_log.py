"""A stand-in's record of every request, so that calls, retries and doubles can be counted."""

import base64
import re
from collections import deque
from dataclasses import dataclass

from aiohttp import web

_KEPT_REQUESTS = 100_000

_SECRET_HEADERS = {"cookie", "access_token", "api-key", "apikey", "x-api-key"}
_SECRETS = "password|matkhau|client_secret|refresh_?token"
_IN_JSON = re.compile(rf'("(?:{_SECRETS})"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_IN_QUERY = re.compile(r"([?&])(token|key)=[^&]*", re.IGNORECASE)
_IN_FORM = re.compile(rf"(^|&)({_SECRETS})=[^&]*", re.IGNORECASE)


@dataclass(kw_only=True)
class LoggedRequest:
    """One request as it came, with the status that it was answered with (0: not at all)."""

    number: int
    at: str
    route: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: str
    fault: str = ""
    status: int = 0


class RequestLog:
    """Every request to the imitated routes; the oldest fall out after a hundred thousand."""

    def __init__(self) -> None:
        self.entries: deque[LoggedRequest] = deque(maxlen=_KEPT_REQUESTS)
        self._number = 0

    def add(self, *, at: str, route: str, request: web.Request, body: bytes) -> LoggedRequest:
        """Write a request down before anything is done about it; secrets are blotted out."""
        self._number += 1
        entry = LoggedRequest(
            number=self._number,
            at=at,
            route=route,
            method=request.method,
            target=_IN_QUERY.sub(r"\1\2=***", request.raw_path),
            headers=[(name, _unarmed(name, value)) for name, value in request.headers.items()],
            body=_blotted(body.decode("utf-8", "backslashreplace")),
        )
        self.entries.append(entry)
        return entry

    def of(self, route: str = "") -> list[LoggedRequest]:
        """All requests, or those of one route, in the order in which they came."""
        return [entry for entry in self.entries if route in {"", entry.route}]

    def count(self, route: str = "") -> int:
        """How many requests came, in all or on one route."""
        return len(self.of(route))

    def clear(self) -> None:
        """Forget what came so far; numbers go on."""
        self.entries.clear()


def _unarmed(name: str, value: str) -> str:
    """A header that can be shown: of a basic authentication only the user's name stays."""
    if name.lower() in _SECRET_HEADERS:
        return "***"
    if name.lower() != "authorization":
        return value
    scheme, _, secret = value.partition(" ")
    if scheme.lower() == "bearer":
        return f"{scheme} ***"
    try:
        user = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")[0]
    except ValueError:
        user = "?"
    return f"{scheme} {user}:***"


def _blotted(body: str) -> str:
    return _IN_FORM.sub(r"\1\2=***", _IN_JSON.sub(r'\1"***"', body))
