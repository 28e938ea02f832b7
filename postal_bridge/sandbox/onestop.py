"""A strict stand-in of an OpenCPS v2 one-stop system, over HTTP, able to fail on request.

It was written from sections 3.1 and 8.1 (profile A) of the reference on one-stop systems, not
from our client. Below `/o/rest/v2` it answers like the system itself; below `/_control` are the
strings that only the stand-in has: the demo moves the one-stop's own clerks with them, tests
plant faults and count requests. It is meant for loopback and has no protection there.
"""

import asyncio
import hmac
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from http import HTTPStatus

from aiohttp import web

from postal_bridge.clock import Clock
from postal_bridge.sandbox.onestop_faults import FaultPlan, Handler, RequestLog, apply, read_plan
from postal_bridge.sandbox.onestop_query import read_number, read_range, read_search
from postal_bridge.sandbox.onestop_state import OneStopError, Sandbox, as_text, moment_text
from postal_bridge.sandbox.onestop_statistics import month_statistics

BASE_PATH = "/o/rest/v2"
CONTROL_PATH = "/_control"
_BODY_BYTES = 64 * 1024 * 1024
_MONTHS = range(1, 13)


@dataclass(frozen=True)
class Credentials:
    """Who may ask: the group (site) and a user of it. The defaults open only the stand-in."""

    group_id: str = "20126"
    username: str = "cau-noi"
    password: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else


@dataclass
class OneStopStand:
    """Everything the stand-in is made of; tests and the demo reach it through `STAND`."""

    sandbox: Sandbox
    plan: FaultPlan
    log: RequestLog
    credentials: Credentials


STAND: web.AppKey[OneStopStand] = web.AppKey("stand", OneStopStand)
_CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)


def make_onestop(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: Credentials | None = None,
    sandbox: Sandbox | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles every invented number.
        faults: what goes wrong; nothing without it.
        credentials: who may ask.
        sandbox: dossiers that are there already; an empty set without it.
    """
    app = web.Application(middlewares=[_answer_errors, _strict], client_max_size=_BODY_BYTES)
    app[STAND] = OneStopStand(
        sandbox=Sandbox(clock=clock, seed=seed) if sandbox is None else sandbox,
        plan=faults or FaultPlan(),
        log=RequestLog(),
        credentials=credentials or Credentials(),
    )
    app.router.add_get(f"{BASE_PATH}/dossiers", _dossiers, name="dossiers")
    app.router.add_get(f"{BASE_PATH}/dossiers/{{id}}", _dossier, name="dossier")
    app.router.add_post(f"{BASE_PATH}/dossiers/{{id}}/actions", _actions, name="actions")
    app.router.add_get(f"{BASE_PATH}/statistics", _statistics, name="statistics")
    app.router.add_post(f"{CONTROL_PATH}/dossiers", _put_dossiers)
    app.router.add_delete(f"{CONTROL_PATH}/dossiers/{{id}}", _remove_dossier)
    app.router.add_post(f"{CONTROL_PATH}/faults", _put_faults)
    app.router.add_get(f"{CONTROL_PATH}/requests", _requests)
    app.router.add_delete(f"{CONTROL_PATH}/requests", _forget_requests)
    app.cleanup_ctx.append(_opened)
    app.on_shutdown.append(_close)
    return app


async def _opened(app: web.Application) -> AsyncIterator[None]:
    app[_CLOSING] = asyncio.Event()
    yield


async def _close(app: web.Application) -> None:
    app[_CLOSING].set()


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except OneStopError as error:
        return _error(error.status, str(error))
    except web.HTTPError as error:
        return _error(HTTPStatus(error.status), error.reason)


@web.middleware
async def _strict(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log, fail where planned, and let in only who may ask; control routes pass freely."""
    if request.path.startswith(CONTROL_PATH):
        return await handler(request)
    stand = request.app[STAND]
    route = request.match_info.route.name or "unknown"
    entry = stand.log.add(
        at=moment_text(stand.sandbox.clock.now()),
        route=route,
        request=request,
        body=await request.read(),
    )
    try:
        _let_in(request, stand.credentials)
        fault = stand.plan.take(route)
        if fault is None:
            response = await handler(request)
        else:
            entry.fault = fault.kind
            response = await apply(
                fault,
                request=request,
                handler=handler,
                sandbox=stand.sandbox,
                closing=request.app[_CLOSING],
            )
    except (OneStopError, web.HTTPError) as error:
        entry.status = error.status
        raise
    entry.status = response.status
    return response


def _let_in(request: web.Request, credentials: Credentials) -> None:
    """401 for a wrong user, 403 for a missing or foreign group (section 8.1: 401/403)."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    try:
        given = b64decode(secret, validate=True)
    except ValueError:
        given = b""
    wanted = f"{credentials.username}:{credentials.password}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, wanted):
        raise OneStopError(HTTPStatus.UNAUTHORIZED, "sai tài khoản (bad credentials)")
    if request.headers.get("groupId") != credentials.group_id:
        raise OneStopError(
            HTTPStatus.FORBIDDEN, "thiếu hoặc sai groupId (missing or wrong groupId)"
        )


async def _dossiers(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    search = read_search(request.query)
    start, end = read_range(request.query)
    found = stand.sandbox.search(search)
    return _list(stand, found[start:end], total=len(found))


async def _dossier(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    return _json(_shown(stand, stand.sandbox.get(_id(request))))


async def _actions(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    if request.content_type == "application/json":
        body = await _body(request)
    else:
        body = dict(await request.post())
    action = body.get("actionCode") if isinstance(body, dict) else None
    if not isinstance(action, str) or not action:
        raise OneStopError(HTTPStatus.BAD_REQUEST, "thiếu actionCode (actionCode is missing)")
    return _json(_shown(stand, stand.sandbox.act(_id(request), action)))


async def _statistics(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    now = stand.sandbox.clock.now()
    year = read_number(request.query, "year")
    month = read_number(request.query, "month")
    if month not in _MONTHS:
        raise OneStopError(HTTPStatus.BAD_REQUEST, "month: 1..12")
    rows = month_statistics(
        stand.sandbox.rows(),
        year=year,
        month=month,
        now=now,
        defects=stand.plan.defects,
    )
    agency = request.query.get("agency", "")
    shown = [row for row in rows if agency in {"", row["govAgencyCode"]}]
    return _list(stand, shown, total=len(shown))


async def _put_dossiers(request: web.Request) -> web.StreamResponse:
    """Make or change dossiers: one row, a list of rows, or `{"dossiers": [rows]}`."""
    stand = request.app[STAND]
    body = await _body(request)
    if isinstance(body, dict) and "dossiers" in body:
        body = body["dossiers"]
    stored = stand.sandbox.put_all(body if isinstance(body, list) else [body])
    return _json({"total": len(stored), "data": stored})


async def _remove_dossier(request: web.Request) -> web.StreamResponse:
    request.app[STAND].sandbox.remove(_id(request))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _put_faults(request: web.Request) -> web.StreamResponse:
    """Put another plan in place of the one there is; `{}` makes everything well."""
    try:
        request.app[STAND].plan = read_plan(await _body(request))
    except (TypeError, ValueError) as error:
        raise OneStopError(HTTPStatus.BAD_REQUEST, str(error)) from error
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _requests(request: web.Request) -> web.StreamResponse:
    entries = request.app[STAND].log.of(request.query.get("route", ""))
    return _json({"total": len(entries), "data": [asdict(entry) for entry in entries]})


async def _forget_requests(request: web.Request) -> web.StreamResponse:
    request.app[STAND].log.clear()
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _id(request: web.Request) -> int:
    """The dossierId of the path; 404 for what is no number, as for what is not there."""
    text = request.match_info["id"]
    if not text.isdecimal():
        raise OneStopError(HTTPStatus.NOT_FOUND, f"không có hồ sơ {text} (no such dossier)")
    return int(text)


async def _body(request: web.Request) -> object:
    try:
        value: object = json.loads(await request.read())
    except ValueError as error:
        raise OneStopError(HTTPStatus.BAD_REQUEST, "không phải JSON (not JSON)") from error
    return value


def _shown(stand: OneStopStand, row: dict[str, str | int | float | bool]) -> dict[str, object]:
    if stand.plan.numbers_as_text:
        return {name: as_text(value) for name, value in row.items()}
    return dict(row)


def _list(
    stand: OneStopStand,
    rows: list[dict[str, str | int | float | bool]],
    *,
    total: int,
) -> web.Response:
    return _json({"total": total, "data": [_shown(stand, row) for row in rows]})


def _error(status: HTTPStatus, message: str) -> web.Response:
    """The reference leaves the body of an error open; a code and a sentence stand in it here."""
    return _json({"code": int(status), "message": message}, status=status)


def _json(value: object, *, status: int = HTTPStatus.OK) -> web.Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json")
