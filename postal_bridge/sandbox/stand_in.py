"""What every stand-in of an outside system has in common, over HTTP.

Each request to an imitated route is logged, let in or not, failed where the plan says so, and
answered, in this order. Below `/_control` are the strings that only a stand-in has: whoever
tests or demonstrates moves its dossiers there, plants faults and reads the requests back. It
is meant for loopback and has no protection there.

A stand-in is a subclass of `StandIn`; `stand_in_application` makes its application, to which
it adds its own routes, each with a name: faults are planted by that name.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.faults import FaultPlan, Handler, ShownRow, apply, read_plan
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.request_log import RequestLog

CONTROL_PATH = "/_control"
_BODY_BYTES = 64 * 1024 * 1024


@dataclass(kw_only=True)
class StandIn(ABC):
    """Everything a stand-in is made of; tests and the demo reach it through its own app key.

    Attributes:
        clock: its "now", which tests and the demo set.
        plan: what goes wrong.
        log: every request that came.
        DEFECTS: its lasting defects and switches, by which a plan turns them on.
        ROWS_KEY: where in an answer's body the rows of a list stand.
        ROUTES: names that `route_of` gives besides those of the application.
    """

    clock: Clock
    plan: FaultPlan = field(default_factory=FaultPlan)
    log: RequestLog = field(default_factory=RequestLog)

    DEFECTS: ClassVar[frozenset[str]] = frozenset()
    ROWS_KEY: ClassVar[str] = "data"
    ROUTES: ClassVar[frozenset[str]] = frozenset()

    @property
    def rows_key(self) -> str:
        """Name of the member of a list's envelope that holds the rows."""
        return self.ROWS_KEY

    def route_of(self, name: str, body: bytes) -> str:
        """What a request's route is called in the log and in plans, where one address is many."""
        del body
        return name

    @abstractmethod
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Return when this request may be answered; raise `StandInError` otherwise."""

    @abstractmethod
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Make or change dossiers in the profile's own words; all of them, or none (400)."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Take a dossier away, as if it had never been there; 404 where there is none."""

    def row_appears(self, row: ShownRow) -> None:
        """Another dossier like this one is there now, in front of the page that was read."""
        self._has_no_rows(row)

    def row_leaves(self, row: ShownRow) -> None:
        """This dossier is no longer in the list."""
        self._has_no_rows(row)

    def rows_swap(self, row: ShownRow) -> None:
        """This dossier is no longer in the list, and another like it is now the last one."""
        self._has_no_rows(row)

    def _has_no_rows(self, row: ShownRow) -> None:
        """Most carriers show no list whose rows could move under the reader."""
        raise StandInError(HTTPStatus.BAD_REQUEST, f"{row}: no list here has rows that move")

    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """How the profile says no; where the reference is silent, a code and a sentence."""
        return as_json({"code": int(status), "message": message}, status=status)


STAND_IN: web.AppKey[StandIn] = web.AppKey("stand_in", StandIn)
_CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)


def stand_in_application(stand: StandIn) -> web.Application:
    """An application with everything but the imitated routes; nothing listens yet."""
    app = web.Application(middlewares=[_strict], client_max_size=_BODY_BYTES)
    app[STAND_IN] = stand
    app.router.add_post(f"{CONTROL_PATH}/dossiers", _put_dossiers)
    app.router.add_delete(f"{CONTROL_PATH}/dossiers/{{key}}", _remove_dossier)
    app.router.add_post(f"{CONTROL_PATH}/faults", _put_faults)
    app.router.add_get(f"{CONTROL_PATH}/requests", _requests)
    app.router.add_delete(f"{CONTROL_PATH}/requests", _forget_requests)
    app.cleanup_ctx.append(_opened)
    app.on_shutdown.append(_close)
    return app


def as_json(value: object, *, status: int = HTTPStatus.OK) -> web.Response:
    """An answer in JSON, UTF-8, without blanks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")


def read_json(body: bytes) -> object:
    """The JSON of a body; 400 where it is none."""
    try:
        value: object = json.loads(body)
    except ValueError as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, "không phải JSON (not JSON)") from error
    return value


def numbers_as_text(value: object) -> object:
    """The same with "4" in place of 4, throughout."""
    if isinstance(value, dict):
        return {name: numbers_as_text(member) for name, member in value.items()}
    if isinstance(value, list):
        return [numbers_as_text(member) for member in value]
    return str(value) if type(value) is int else value


async def _opened(app: web.Application) -> AsyncIterator[None]:
    app[_CLOSING] = asyncio.Event()
    yield


async def _close(app: web.Application) -> None:
    app[_CLOSING].set()


@web.middleware
async def _strict(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log, let in, fail where planned; control routes pass freely."""
    stand = request.app[STAND_IN]
    if request.path.startswith(CONTROL_PATH):
        return await _answered(stand, request, handler)
    body = await request.read()
    route = stand.route_of(request.match_info.route.name or "unknown", body)
    at = f"{to_local(stand.clock.now()):%d/%m/%Y %H:%M:%S}"
    entry = stand.log.add(at=at, route=route, request=request, body=body)

    async def guarded(request: web.Request) -> web.StreamResponse:
        stand.let_in(request, route, body)
        fault = stand.plan.take(route)
        if fault is None:
            return await handler(request)
        entry.fault = fault.kind

        async def refusing(request: web.Request) -> web.StreamResponse:
            return await _answered(stand, request, handler)

        closing = request.app[_CLOSING]
        return await apply(fault, request=request, handler=refusing, moving=stand, closing=closing)

    response = await _answered(stand, request, guarded)
    entry.status = response.status
    return response


async def _answered(stand: StandIn, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The handler's answer, or its refusal in the words of the profile."""
    try:
        return await handler(request)
    except StandInError as error:
        response = stand.refusal(error.status, str(error))
        response.headers.update(error.headers)
        return response
    except web.HTTPError as error:
        return stand.refusal(HTTPStatus(error.status), error.reason)


async def _put_dossiers(request: web.Request) -> web.StreamResponse:
    """Make or change dossiers: one row, a list of rows, or `{"dossiers": [rows]}`."""
    body = read_json(await request.read())
    if isinstance(body, dict) and "dossiers" in body:
        body = body["dossiers"]
    stored = request.app[STAND_IN].put_all(body if isinstance(body, list) else [body])
    return as_json({"total": len(stored), "data": list(stored)})


async def _remove_dossier(request: web.Request) -> web.StreamResponse:
    request.app[STAND_IN].remove(request.match_info["key"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _put_faults(request: web.Request) -> web.StreamResponse:
    """Put another plan in place of the one there is; `{}` makes everything well."""
    stand = request.app[STAND_IN]
    try:
        stand.plan = read_plan(
            read_json(await request.read()),
            routes={route.name for route in request.app.router.routes() if route.name}
            | stand.ROUTES,
            defects=stand.DEFECTS,
        )
    except (TypeError, ValueError) as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _requests(request: web.Request) -> web.StreamResponse:
    entries = request.app[STAND_IN].log.of(request.query.get("route", ""))
    return as_json({"total": len(entries), "data": [asdict(entry) for entry in entries]})


async def _forget_requests(request: web.Request) -> web.StreamResponse:
    request.app[STAND_IN].log.clear()
    return web.Response(status=HTTPStatus.NO_CONTENT)
