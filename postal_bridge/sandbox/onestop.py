"""A strict stand-in of an OpenCPS v2 one-stop system, over HTTP, able to fail on request.

It was written from sections 3.1 and 8.1 (profile A) of the reference on one-stop systems, not
from our client. Below `/o/rest/v2` it answers like the system itself; below `/_control` are the
strings that only the stand-in has: the demo moves the one-stop's own clerks with them, tests
plant faults and count requests. It is meant for loopback and has no protection there.
"""

import hmac
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.onestop_query import read_number, read_range, read_search
from postal_bridge.sandbox.onestop_state import OneStopError, Row, Sandbox, as_text
from postal_bridge.sandbox.onestop_statistics import Defect, month_statistics
from postal_bridge.sandbox.stand_in import StandIn, as_json, read_json, stand_in_application

BASE_PATH = "/o/rest/v2"
_MONTHS = range(1, 13)


@dataclass(frozen=True)
class Credentials:
    """Who may ask: the group (site) and a user of it. The defaults open only the stand-in."""

    group_id: str = "20126"
    username: str = "cau-noi"
    password: str = "cau-noi"  # noqa: S105 - of the stand-in, opens nothing else


@dataclass(kw_only=True)
class OneStopStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `STAND`."""

    sandbox: Sandbox
    credentials: Credentials = field(default_factory=Credentials)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(Defect)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """401 for a wrong user, 403 for a missing or foreign group (section 8.1: 401/403)."""
        del route, body
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        try:
            given = b64decode(secret, validate=True)
        except ValueError:
            given = b""
        wanted = f"{self.credentials.username}:{self.credentials.password}".encode()
        if scheme.lower() != "basic" or not hmac.compare_digest(given, wanted):
            raise OneStopError(HTTPStatus.UNAUTHORIZED, "sai tài khoản (bad credentials)")
        if request.headers.get("groupId") != self.credentials.group_id:
            raise OneStopError(
                HTTPStatus.FORBIDDEN, "thiếu hoặc sai groupId (missing or wrong groupId)"
            )

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Make or change dossiers; all of them, or none (400)."""
        return self.sandbox.put_all(given)

    @override
    def remove(self, key: str) -> None:
        """Take a dossier away by its dossierId; 404 where there is none."""
        self.sandbox.remove(_read_id(key))

    @override
    def row_appears(self, row: ShownRow) -> None:
        """A copy with a dossierId before all others: in front of the list as it is sorted."""
        shown = self._of(row)
        if shown is not None:
            self.sandbox.copy_of(shown, in_front=True)

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """The dossier is gone."""
        shown = self._of(row)
        if shown is not None:
            self.sandbox.remove(int(shown["dossierId"]))

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """The dossier is gone, and a copy of it has the highest dossierId."""
        shown = self._of(row)
        if shown is not None:
            self.sandbox.remove(int(shown["dossierId"]))
            self.sandbox.copy_of(shown, in_front=False)

    def _of(self, row: ShownRow) -> Row | None:
        return self.sandbox.get(int(str(row["dossierId"]))) if "dossierId" in row else None


STAND: web.AppKey[OneStopStand] = web.AppKey("stand", OneStopStand)


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
    stand = OneStopStand(
        clock=clock,
        sandbox=Sandbox(clock=clock, seed=seed) if sandbox is None else sandbox,
        plan=faults or FaultPlan(),
        credentials=credentials or Credentials(),
    )
    app = stand_in_application(stand)
    app[STAND] = stand
    app.router.add_get(f"{BASE_PATH}/dossiers", _dossiers, name="dossiers")
    app.router.add_get(f"{BASE_PATH}/dossiers/{{id}}", _dossier, name="dossier")
    app.router.add_post(f"{BASE_PATH}/dossiers/{{id}}/actions", _actions, name="actions")
    app.router.add_get(f"{BASE_PATH}/statistics", _statistics, name="statistics")
    return app


async def _dossiers(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    search = read_search(request.query)
    start, end = read_range(request.query)
    found = stand.sandbox.search(search)
    return _list(stand, found[start:end], total=len(found))


async def _dossier(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    return as_json(_shown(stand, stand.sandbox.get(_id(request))))


async def _actions(request: web.Request) -> web.StreamResponse:
    stand = request.app[STAND]
    if request.content_type == "application/json":
        body = read_json(await request.read())
    else:
        body = dict(await request.post())
    action = body.get("actionCode") if isinstance(body, dict) else None
    if not isinstance(action, str) or not action:
        raise OneStopError(HTTPStatus.BAD_REQUEST, "thiếu actionCode (actionCode is missing)")
    return as_json(_shown(stand, stand.sandbox.act(_id(request), action)))


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


def _id(request: web.Request) -> int:
    return _read_id(request.match_info["id"])


def _read_id(text: str) -> int:
    """A dossierId; 404 for what is no number, as for what is not there."""
    if not text.isdecimal():
        raise OneStopError(HTTPStatus.NOT_FOUND, f"không có hồ sơ {text} (no such dossier)")
    return int(text)


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
    return as_json({"total": total, "data": [_shown(stand, row) for row in rows]})
