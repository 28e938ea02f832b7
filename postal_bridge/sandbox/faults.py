"""How every stand-in of an outside system fails on request.

The list of faults is that of section 8 of the reference on one-stop systems. A fault belongs to
a route, lets some requests pass first where asked to, and wears off after so many times. The
routes are the named routes of the stand-in's own application; what its list is made of, the
stand-in alone knows, and so it changes it itself (`MovingList`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ShownRow = Mapping[str, object]

EVERY_ROUTE = "*"

LOGIN_PAGE = (
    "<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'>"
    "<title>Đăng nhập - Cổng dịch vụ công</title></head><body><form action='/c/portal/login'>"
    "<input name='login'><input name='password' type='password'></form></body></html>"
)


class FaultKind(StrEnum):
    """What goes wrong.

    Attributes:
        SERVER_ERROR: 5xx with a page of HTML; nothing was done.
        SLOW: it is done and answered, after `seconds`.
        ANSWER_LATE: it is done at once, and answered after `seconds`.
        TIMEOUT: nothing is done, and after `seconds` the connection is gone.
        CONNECTION_LOST: nothing is done, and the connection is gone at once.
        REPLY_LOST: it is done, and the connection is gone before the answer.
        TRUNCATED: half of the body, under the length of the whole.
        HALF_BODY: half of the body, under its own length.
        DUPLICATE: the request is worked through twice; a list shows its first row twice.
        LOGIN_PAGE: HTML with status 200.
        UNAUTHORIZED: 401, whatever the credentials.
        TOO_MANY: 429, with Retry-After where wanted.
        ROW_APPEARS, ROW_LEAVES, ROWS_SWAP: the list changes behind a page that was just read.
    """

    SERVER_ERROR = "server_error"
    SLOW = "slow"
    ANSWER_LATE = "answer_late"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    REPLY_LOST = "reply_lost"
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
        route: name of a route of the stand-in, or `*` for all of them.
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
        defects: words of the stand-in's own list of lasting defects and switches.
        numbers_as_text: rows and counts carry "4" instead of 4, as some versions do.
    """

    faults: list[Fault] = field(default_factory=list)
    defects: frozenset[str] = frozenset()
    numbers_as_text: bool = False

    def take(self, route: str) -> Fault | None:
        """The fault that strikes this request, if any."""
        return next((fault for fault in self.faults if fault.strikes(route)), None)


class MovingList(Protocol):
    """A stand-in's own list, as far as faults show it twice or change it behind a reader.

    Each method is given the first row of a page as it was shown; rows that are no dossiers (of
    statistics, say) are left alone.

    Attributes:
        rows_key: where in an answer's body the rows of a list stand.
    """

    @property
    def rows_key(self) -> str:
        """Name of the member of a list's envelope that holds the rows."""
        ...

    def row_appears(self, row: ShownRow) -> None:
        """Another dossier like this one is there now, in front of the page that was read."""
        ...

    def row_leaves(self, row: ShownRow) -> None:
        """This dossier is no longer in the list."""
        ...

    def rows_swap(self, row: ShownRow) -> None:
        """This dossier is no longer in the list, and another like it is now the last one."""
        ...


async def apply(
    fault: Fault,
    *,
    request: web.Request,
    handler: Handler,
    moving: MovingList,
    closing: asyncio.Event,
) -> web.StreamResponse:
    """Answer this request in the way the fault says."""
    if fault.kind in {FaultKind.SLOW, FaultKind.TIMEOUT}:
        await _wait(fault.seconds, closing)
    instead = _instead(fault, request)
    if instead is not None:
        return instead
    response = await _spoilt(fault, request, handler, moving)
    if fault.kind is FaultKind.ANSWER_LATE:
        await _wait(fault.seconds, closing)
    return response


async def _spoilt(
    fault: Fault, request: web.Request, handler: Handler, moving: MovingList
) -> web.StreamResponse:
    """What is answered after doing what was asked."""
    response = await handler(request)
    # A refusal is answered whole; only the lost reply is lost whatever it said.
    if response.status >= HTTPStatus.BAD_REQUEST and fault.kind is not FaultKind.REPLY_LOST:
        return response
    match fault.kind:
        case FaultKind.TRUNCATED | FaultKind.HALF_BODY:
            return await _cut(fault.kind, request, response)
        case FaultKind.REPLY_LOST:
            return _hang_up(request)
        case FaultKind.DUPLICATE:
            return _doubled(await handler(request), moving.rows_key)
        case _:
            _move_rows(fault.kind, response, moving)
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
        case FaultKind.CONNECTION_LOST | FaultKind.TIMEOUT:
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


def _doubled(response: web.StreamResponse, key: str) -> web.StreamResponse:
    """A list whose first row was delivered twice; anything else as it was the second time."""
    rows = _rows_of(response, key)
    if not rows:
        return response
    envelope = json.loads(_body_of(response))
    envelope[key] = [*rows, rows[0]]
    return web.json_response(envelope)


def _move_rows(kind: FaultKind, response: web.StreamResponse, moving: MovingList) -> None:
    """Change the list behind the back of somebody who has just read a page of it."""
    moves = {
        FaultKind.ROW_APPEARS: moving.row_appears,
        FaultKind.ROW_LEAVES: moving.row_leaves,
        FaultKind.ROWS_SWAP: moving.rows_swap,
    }
    rows = _rows_of(response, moving.rows_key) if kind in moves else []
    if rows:
        moves[kind](rows[0])


def _body_of(response: web.StreamResponse) -> bytes:
    body = response.body if isinstance(response, web.Response) else None
    return body if isinstance(body, bytes) else b""


def _rows_of(response: web.StreamResponse, key: str) -> list[dict[str, object]]:
    body = _body_of(response)
    envelope: object = json.loads(body) if body else None
    rows = envelope.get(key) if isinstance(envelope, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def read_plan(
    value: object, *, routes: Collection[str], defects: Collection[str] = ()
) -> FaultPlan:
    """A plan from JSON; a misspelt word raises `ValueError` or `TypeError` that names it.

    Args:
        value: `{"faults": [...], "defects": [...], "numbers_as_text": ...}`, all optional.
        routes: names of the stand-in's routes.
        defects: words of the stand-in's defects and switches.
    """
    if not isinstance(value, dict):
        msg = "a fault plan is an object"
        raise TypeError(msg)
    unknown = value.keys() - {"faults", "defects", "numbers_as_text"}
    if unknown:
        msg = f"unknown: {', '.join(sorted(unknown))}"
        raise ValueError(msg)
    words = frozenset(str(word) for word in _listed(value.get("defects", [])))
    if not words.issubset(defects):
        msg = f"unknown defects: {', '.join(sorted(words.difference(defects)))}"
        raise ValueError(msg)
    return FaultPlan(
        faults=[_read_fault(fault, routes) for fault in _listed(value.get("faults", []))],
        defects=words,
        numbers_as_text=bool(value.get("numbers_as_text", False)),
    )


def _listed(value: object) -> Iterable[object]:
    if not isinstance(value, list):
        msg = "faults and defects are lists"
        raise TypeError(msg)
    return value


def _read_fault(value: object, routes: Collection[str]) -> Fault:
    if not isinstance(value, dict) or "kind" not in value:
        msg = "a fault is an object with a kind"
        raise TypeError(msg)
    given = {**value, "kind": FaultKind(value["kind"])}
    fault = Fault(**given)
    if fault.route != EVERY_ROUTE and fault.route not in routes:
        msg = f"unknown route: {fault.route}"
        raise ValueError(msg)
    return fault
