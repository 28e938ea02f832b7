"""How the stand-in of a one-stop system fails on request, and its record of every request.

The list of faults is that of section 8 of the reference on one-stop systems. A fault belongs to
a route, lets some requests pass first where asked to, and wears off after so many times.
"""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

from aiohttp import web

from postal_bridge.sandbox.onestop_state import Sandbox
from postal_bridge.sandbox.onestop_statistics import Defect

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ROUTES = ("dossiers", "dossier", "actions", "statistics")
EVERY_ROUTE = "*"
_KEPT_REQUESTS = 100_000

LOGIN_PAGE = (
    "<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'>"
    "<title>Đăng nhập - Cổng dịch vụ công</title></head><body><form action='/c/portal/login'>"
    "<input name='login'><input name='password' type='password'></form></body></html>"
)


class FaultKind(StrEnum):
    """What goes wrong."""

    SERVER_ERROR = "server_error"
    SLOW = "slow"
    CONNECTION_LOST = "connection_lost"
    TRUNCATED = "truncated"
    HALF_BODY = "half_body"
    DUPLICATE = "duplicate"
    LOGIN_PAGE = "login_page"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY = "too_many"
    ROW_APPEARS = "row_appears"
    ROW_LEAVES = "row_leaves"
    ROWS_SWAP = "rows_swap"


@dataclass(kw_only=True)
class Fault:
    """One fault of one route.

    Attributes:
        route: one of `ROUTES`, or `*` for all of them.
        times: how often it strikes; None is for ever.
        after: how many requests of the route pass before it strikes first.
        status: of a server error.
        seconds: how long a slow answer takes; 61 outlasts the usual minute of a proxy.
        retry_after: what a 429 says, as seconds or as a date; "" says nothing.
    """

    kind: FaultKind
    route: str = EVERY_ROUTE
    times: int | None = 1
    after: int = 0
    status: int = HTTPStatus.SERVICE_UNAVAILABLE
    seconds: float = 61.0
    retry_after: str = "2"

    def strikes(self, route: str) -> bool:
        """Whether it strikes this request; counts down."""
        if self.route not in {EVERY_ROUTE, route} or self.times == 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class FaultPlan:
    """What goes wrong, in this order; the first fault that strikes a request is the only one.

    Attributes:
        defects: of the statistics.
        numbers_as_text: rows and counts carry "4" instead of 4, as some versions do.
    """

    faults: list[Fault] = field(default_factory=list)
    defects: frozenset[Defect] = frozenset()
    numbers_as_text: bool = False

    def take(self, route: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        return next((fault for fault in self.faults if fault.strikes(route)), None)


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
        """Write a request down before anything is done about it."""
        self._number += 1
        entry = LoggedRequest(
            number=self._number,
            at=at,
            route=route,
            method=request.method,
            target=request.raw_path,
            headers=[(name, _unarmed(name, value)) for name, value in request.headers.items()],
            body=body.decode("utf-8", "backslashreplace"),
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
    if name.lower() != "authorization":
        return value
    scheme, _, secret = value.partition(" ")
    try:
        user = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")[0]
    except ValueError:
        user = "?"
    return f"{scheme} {user}:***"


async def apply(
    fault: Fault,
    *,
    request: web.Request,
    handler: Handler,
    sandbox: Sandbox,
    closing: asyncio.Event,
) -> web.StreamResponse:
    """Answer this request in the way the fault says."""
    instead = _instead(fault, request)
    if instead is not None:
        return instead
    if fault.kind is FaultKind.SLOW:
        await _wait(fault.seconds, closing)
    response = await handler(request)
    if fault.kind in {FaultKind.TRUNCATED, FaultKind.HALF_BODY}:
        return await _cut(fault.kind, request, response)
    if fault.kind is FaultKind.DUPLICATE:
        return _doubled(await handler(request))
    _move_rows(fault.kind, response, sandbox)
    return response


def _instead(fault: Fault, request: web.Request) -> web.StreamResponse | None:
    """What is answered without doing what was asked; None for the other faults."""
    match fault.kind:
        case FaultKind.SERVER_ERROR:
            page = f"<html><body><h1>HTTP Status {fault.status}</h1></body></html>"
            return web.Response(status=fault.status, text=page, content_type="text/html")
        case FaultKind.LOGIN_PAGE:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        case FaultKind.UNAUTHORIZED:
            return web.json_response({"code": 401, "message": "Unauthorized"}, status=401)
        case FaultKind.TOO_MANY:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            body = {"code": 429, "message": "Too Many Requests"}
            return web.json_response(body, status=429, headers=headers)
        case FaultKind.CONNECTION_LOST:
            return _hang_up(request)
        case _:
            return None


async def _wait(seconds: float, closing: asyncio.Event) -> None:
    """Be slow, but never hold up the end of the stand-in itself."""
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _cut(
    kind: FaultKind,
    request: web.Request,
    response: web.StreamResponse,
) -> web.StreamResponse:
    """Half of the body: with the whole length promised, or with an honest length."""
    body = _body_of(response)
    half = body[: len(body) // 2]
    if kind is FaultKind.HALF_BODY:
        return web.Response(body=half, content_type="application/json", charset="utf-8")
    cut = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
    cut.content_length = len(body)
    await cut.prepare(request)
    await cut.write(half)
    if request.transport is not None:
        request.transport.close()
    return cut


def _doubled(response: web.StreamResponse) -> web.StreamResponse:
    """A list whose first row was delivered twice; anything else as it was the second time."""
    rows = _rows_of(response)
    if not rows:
        return response
    envelope = json.loads(_body_of(response))
    envelope["data"] = [*rows, rows[0]]
    return web.json_response(envelope)


_MOVING = {FaultKind.ROW_APPEARS, FaultKind.ROW_LEAVES, FaultKind.ROWS_SWAP}


def _move_rows(kind: FaultKind, response: web.StreamResponse, sandbox: Sandbox) -> None:
    """Change the list behind the back of somebody who has just read a page of it."""
    rows = _rows_of(response) if kind in _MOVING else []
    if not rows:
        return
    first = sandbox.get(int(str(rows[0]["dossierId"])))
    if kind is FaultKind.ROW_APPEARS:
        sandbox.copy_of(first, in_front=True)
        return
    sandbox.remove(int(first["dossierId"]))
    if kind is FaultKind.ROWS_SWAP:
        sandbox.copy_of(first, in_front=False)


def _body_of(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    return body if isinstance(body, bytes) else b""


def _rows_of(response: web.StreamResponse) -> list[dict[str, object]]:
    body = _body_of(response)
    envelope: object = json.loads(body) if body else None
    rows = envelope.get("data") if isinstance(envelope, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def read_plan(value: object) -> FaultPlan:
    """A plan from JSON; a misspelt word raises `ValueError` or `TypeError` that names it."""
    if not isinstance(value, dict):
        msg = "a fault plan is an object"
        raise TypeError(msg)
    unknown = value.keys() - {"faults", "defects", "numbers_as_text"}
    if unknown:
        msg = f"unknown: {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    return FaultPlan(
        faults=[_read_fault(fault) for fault in _listed(value.get("faults", []))],
        defects=frozenset(Defect(str(word)) for word in _listed(value.get("defects", []))),
        numbers_as_text=bool(value.get("numbers_as_text", False)),
    )


def _listed(value: object) -> Iterable[object]:
    if not isinstance(value, list):
        msg = "faults and defects are lists"
        raise TypeError(msg)
    return value


def _read_fault(value: object) -> Fault:
    if not isinstance(value, dict) or "kind" not in value:
        msg = "a fault is an object with a kind"
        raise TypeError(msg)
    given = {**value, "kind": FaultKind(value["kind"])}
    fault = Fault(**given)
    if fault.route not in {EVERY_ROUTE, *ROUTES}:
        msg = f"unknown route: {fault.route}"
        raise ValueError(msg)
    return fault
