"""A strict stand-in of an iGate v2 one-stop system, over HTTP, able to fail on request.

It was written from sections 3.3 and 8.1 (profile C) of the reference on one-stop systems, not
from our client. The token's address and the API stand below one root here, as if a gateway
stood before both. What the reference leaves open is [stand-in's choice]:

- Keycloak knows one client. `grant_type=password` needs its id and a user, `client_credentials`
  its secret, `refresh_token` a refresh token, which is used up by it. A token lives 300 seconds.
- Only the numbers of `dossierStatus` are published. Here 0 is newly registered, 10 received,
  11 not received, 2 in process, 17 in process elsewhere, 3 waits for papers, 16 for money,
  9 withdrawn, 8 stopped, 4 has its result, 5 was returned; the names are those of the national
  portal where it has one. `applyMethod` is 1 direct, 2 online, 3 by public post.
  `dossierReceivingKind` has the two published ids.
- Rows carry besides what 3.3 lists: `completedDate` (the result is there), `returnedDate`,
  `createdDate`, `updatedDate`, `dossierReceivingKind`, `receivingPlace`, and the procedure's
  name. What is missing is null, or "" where a text stands otherwise.
- `code`, `applicant-name` find a part, all other parameters the whole. Days of a range count
  from their first to their last second, both included; the nought before a day or a month may be
  left out, and days are local. `remove-status=0` leaves out what was removed; without it everything is listed.
- A page has 20 rows unless `size` says otherwise; a larger `size` than 50 is cut down to it, and
  the answer says so. Without `sort` the order is that of entry, which also settles every tie.
- Fees: `amount` and `paid` are đồng, of the whole line; `required` is 1 or 0; a dossier that is
  unknown has none. `--force-end-process` leads to 4 from 2, 3, 10, 16, 17, all or none: 404
  unknown id, 400 another code, 409 any other status; it answers `{"affectedRows": n}`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.igate_access import IGateCredentials, Keycloak, KeycloakError
from postal_bridge.sandbox.igate_query import read_page, read_search, read_spec, wrong
from postal_bridge.sandbox.igate_state import HIDDEN, IGateState, Search, moment_text
from postal_bridge.sandbox.row_book import Row
from postal_bridge.sandbox.stand_in import (
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)

TOKEN_PATH = "/auth/realms/digo/protocol/openid-connect/token"  # noqa: S105 - a path
BASE_PATH = "/pa"


@dataclass(kw_only=True)
class IGateStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `IGATE`.

    Attributes:
        latest: the list that was asked for last, whose end is where a swapped row goes.
    """

    state: IGateState
    keycloak: Keycloak
    latest: Search = field(default_factory=Search)

    ROWS_KEY = "content"

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """A live token, but for a token itself."""
        if route != "token":
            self.keycloak.check_bearer(request.headers.get("Authorization", ""))

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Make or change dossiers; all of them, or none (400)."""
        return self.state.put_all(given)

    @override
    def remove(self, key: str) -> None:
        """Take a dossier away by its id or its code; 404 where there is none."""
        self.state.remove(key)

    @override
    def row_appears(self, row: ShownRow) -> None:
        """A copy stands right before the page's first row, or still further in front."""
        self.state.copy_of(self._of(row), in_front=True)

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """The dossier is gone."""
        self.state.remove(str(row["id"]))

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """The dossier is gone, and a copy of it stands at the end of the list as asked for."""
        shown = self._of(row)
        last = self.state.search(self.latest)[-1]
        keys = {column: last[column] for column, _ in self.latest.sort}
        self.state.remove(str(shown["id"]))
        self.state.copy_of(shown, in_front=False, sorted_as=keys)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """As Spring says it."""
        return as_json(
            {
                "timestamp": moment_text(self.clock.now()),
                "status": int(status),
                "error": status.phrase,
                "message": message,
            },
            status=status,
        )

    def answer(self, value: object) -> web.Response:
        """An answer, with its numbers as texts where the plan wants it."""
        return as_json(numbers_as_text(value) if self.plan.numbers_as_text else value)

    def _of(self, row: ShownRow) -> Row:
        return self.state.get(str(row["id"]))


IGATE: web.AppKey[IGateStand] = web.AppKey("igate", IGateStand)


def make_igate(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: IGateCredentials | None = None,
    state: IGateState | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles every invented number.
        faults: what goes wrong; nothing without it.
        credentials: who may ask, and for how long.
        state: dossiers that are there already; an empty set without it.
    """
    stand = IGateStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=IGateState(clock=clock, seed=seed) if state is None else state,
        keycloak=Keycloak(credentials or IGateCredentials(), clock=clock, seed=seed),
    )
    app = stand_in_application(stand)
    app[IGATE] = stand
    app.router.add_post(TOKEN_PATH, _token, name="token")
    app.router.add_get(f"{BASE_PATH}/dossier/search", _search, name="search")
    app.router.add_put(f"{BASE_PATH}/dossier/--force-end-process", _force_end, name="force_end")
    app.router.add_get(f"{BASE_PATH}/dossier-fee/--by-dossiers", _fees, name="fees")
    app.router.add_get(f"{BASE_PATH}/dossier/{{id}}", _dossier, name="dossier")
    return app


async def _token(request: web.Request) -> web.StreamResponse:
    stand = request.app[IGATE]
    try:
        return as_json(stand.keycloak.grant(await request.post()))
    except KeycloakError as error:
        body = {"error": error.error, "error_description": str(error)}
        return as_json(body, status=error.status)


async def _search(request: web.Request) -> web.StreamResponse:
    stand = request.app[IGATE]
    with_totals = read_spec(request.query)
    page, size = read_page(request.query)
    stand.latest = read_search(request.query, sort=request.query.getall("sort", []))
    found = stand.state.search(stand.latest)
    content = [_shown(row) for row in found[page * size : (page + 1) * size]]
    order = {"sorted": bool(stand.latest.sort), "unsorted": not stand.latest.sort, "empty": False}
    answer: Row = {
        "content": content,
        "pageable": {
            "sort": order,
            "pageNumber": page,
            "pageSize": size,
            "offset": page * size,
            "paged": True,
            "unpaged": False,
        },
        "number": page,
        "size": size,
        "numberOfElements": len(content),
        "sort": order,
        "first": page == 0,
        "last": (page + 1) * size >= len(found),
        "empty": not content,
    }
    if with_totals:
        answer |= {"totalElements": len(found), "totalPages": -(-len(found) // size)}
    return stand.answer(answer)


async def _dossier(request: web.Request) -> web.StreamResponse:
    stand = request.app[IGATE]
    return stand.answer(_shown(stand.state.get(request.match_info["id"])))


async def _fees(request: web.Request) -> web.StreamResponse:
    stand = request.app[IGATE]
    wanted = {key.strip() for key in request.query.get("dossier-ids", "").split(",")} - {""}
    if not wanted:
        raise wrong("dossier-ids", "thiếu (missing)")
    rows = [row for row in stand.state.rows() if row["id"] in wanted]
    return stand.answer([fee for row in rows for fee in _fees_of(row)])


def _fees_of(row: Row) -> list[object]:
    fees = row["fees"]
    return fees if isinstance(fees, list) else []


async def _force_end(request: web.Request) -> web.StreamResponse:
    stand = request.app[IGATE]
    body = read_json(await request.read())
    if not isinstance(body, list) or not body:
        raise wrong("body", "[{id, code}]")
    named: list[tuple[str, str]] = []
    for item in body:
        if not isinstance(item, dict) or item.keys() != {"id", "code"}:
            raise wrong("body", "[{id, code}]")
        named.append((str(item["id"]), str(item["code"])))
    return stand.answer({"affectedRows": stand.state.force_end(named)})


def _shown(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in HIDDEN}
