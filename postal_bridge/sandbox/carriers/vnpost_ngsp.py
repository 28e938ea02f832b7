"""A strict stand-in of VNPost's NGSP service under all its faces, able to fail on request.

It was written from sections 1.1 to 1.3 and 8.2 of the reference on one-stop systems and the post,
not from our client. All faces are there at once and share orders and tokens: NGSP itself below
`/apiVNPostNGSP/p1.0`, an LGSP at `/lgsp`, VTU at `/vtu`, Tân Dân at `/tandan`. What the reference
leaves open is [stand-in's choice]:

- Results besides 100, 101, 110 and 500: 400 a field (named in the message), 403 an unknown
  customer, 404 an unknown order, 409 an order that cannot be called off any more. All come with
  HTTP status 200; only what is no JSON object is HTTP 400.
- All 17 members must be there, null where nothing is; ItemCode and FlagConfig only at Tân Dân's
  face, where both may be absent; other members are refused. An order number has 50 characters at
  most, an item code 13. A number that was called off is not free again: 101.
- Whatever is put into the feed about an order means that it was fetched, so it cannot be called
  off any more. Records have no ItemCode of their own before one is given: a sample stands there.
- The feed is `GET /order/tracking`; it begins anew with ids that are smaller than all before. An
  unknown `lastId` is answered with what is greater, or with 400 by the switch
  `refuse_unknown_id`. At the end `_embedded` is absent, or an empty list by `empty_embedded`.
- Tokens of one kind open all faces, Tân Dân's in the header `access_token`. A refused token is
  answered in the words of the gateway (`fault`, 900901), a wrong key with `invalid_client`.
- A price is 33 000 đ in a province and 60 500 đ between two, whatever the weight; codes are texts.
- By the switch `opaque_error` whatever is stored is answered with status 500 after storing it.

`_control/events` puts records into the feed (in the feed's own words, all optional but
OrderNumber), `_control/feed/restart` begins it anew, `_control/tokens` forgets all tokens,
`_control/orders` shows what is stored; `_control/dossiers` puts orders in and takes them away.
"""

import base64
import hmac
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qs

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock
from postal_bridge.sandbox.carriers.vnpost_ngsp_state import (
    VNPOST_PROVINCES,
    Code,
    NgspState,
    NotTakenError,
    Words,
    id_of,
)
from postal_bridge.sandbox.faults import FaultPlan, ShownRow
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)

TOKEN_PATH = "/token"  # noqa: S105 - a path
NGSP_PATH = "/apiVNPostNGSP/p1.0"
LGSP_PATH = "/lgsp"
VTU_PATH = "/vtu"
TANDAN_PATH = "/tandan"
CUSTOMER_CODE = "LANGSON0000000HCC"
LARGEST_PAGE = 1_000
IN_PROVINCE_DONG, BETWEEN_PROVINCES_DONG = 33_000, 60_500

_HEX = frozenset("0123456789abcdefABCDEF")
_ID_LENGTH = 24


class NgspSwitch(StrEnum):
    """Lasting defects."""

    REFUSE_UNKNOWN_ID = "refuse_unknown_id"
    EMPTY_EMBEDDED = "empty_embedded"
    OPAQUE_ERROR = "opaque_error"


@dataclass(frozen=True)
class NgspCredentials:
    """What opens the stand-in."""

    key: str = "khoa"
    secret: str = "bi-mat"  # noqa: S105 - of the stand-in, opens nothing else
    token_life: timedelta = timedelta(seconds=60)


@dataclass(kw_only=True)
class VnpostNgspStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `VNPOST_NGSP`."""

    state: NgspState
    credentials: NgspCredentials
    random: random.Random
    tokens: dict[str, datetime] = field(default_factory=dict)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(NgspSwitch)
    ROUTES: ClassVar[frozenset[str]] = frozenset({"post", "cancel", "price"})

    @override
    def route_of(self, name: str, body: bytes) -> str:
        """What the one address of an LGSP or of VTU is asked for, told by the body."""
        if name not in {"lgsp", "vtu", "tandan"}:
            return name
        if b'"mainSrv"' in body:
            return "price"
        return "cancel" if b'"soDonHang"' in body or b'"orderNumber"' in body else "post"

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """A live token in the face's own header; several may be live at once."""
        if route == "token":
            return
        if request.path == TANDAN_PATH:
            token = request.headers.get("access_token", "")
        else:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            token = token if scheme.lower() == "bearer" else ""
        until = self.tokens.get(token)
        if until is None or until <= self.clock.now():
            raise StandInError(HTTPStatus.UNAUTHORIZED, "Invalid Credentials")

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        stored = []
        for one in given:
            words = _words(one)
            try:
                self.state.post(words, extended=True)
            except NotTakenError as error:
                raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error
            stored.append(words)
        return stored

    @override
    def remove(self, key: str) -> None:
        """Take an order away by its number; 404 where there is none."""
        found = [one for one in self.state.orders if one[1] == key]
        if not found:
            raise StandInError(HTTPStatus.NOT_FOUND, key)
        for one in found:
            del self.state.orders[one]

    @override
    def row_appears(self, row: ShownRow) -> None:
        """The feed only grows at its end: see `_control/events`."""
        raise StandInError(HTTPStatus.BAD_REQUEST, "the feed has no rows that move")

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """Nothing leaves the feed: see `_control/feed/restart`."""
        self.row_appears(row)

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """Nothing in the feed changes its place."""
        self.row_appears(row)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """The gateway's fault for a refused token, a result for the rest."""
        if status is HTTPStatus.UNAUTHORIZED:
            fault = {"code": 900901, "message": message, "description": "Access failure"}
            return self.answer({"fault": fault}, status=status)
        return self.answer({"Status": int(status), "Message": message}, status=status)

    def answer(self, value: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """An answer, with numbers as text where the plan says so."""
        shown = numbers_as_text(value) if self.plan.numbers_as_text else value
        return as_json(shown, status=status)

    def result(self, do: Callable[[], tuple[Code, str]]) -> web.Response:
        """What became of something that was to be stored."""
        try:
            code, message = do()
        except NotTakenError as error:
            code, message = error.code, str(error)
        if NgspSwitch.OPAQUE_ERROR in self.plan.defects:
            code, message = Code.SYSTEM_ERROR, "Lỗi hệ thống"
        return self.answer({"Status": int(code), "Message": message})


VNPOST_NGSP: web.AppKey[VnpostNgspStand] = web.AppKey("vnpost_ngsp", VnpostNgspStand)


def make_vnpost_ngsp(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: NgspCredentials | None = None,
    customers: frozenset[str] = frozenset({CUSTOMER_CODE}),
    provinces: frozenset[int] = VNPOST_PROVINCES,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles the tokens.
        faults: what goes wrong; nothing without it.
        credentials: who may ask, and for how long.
        customers: codes that VNPost has given out.
        provinces: the code system that this installation uses.
    """
    stand = VnpostNgspStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=NgspState(clock=clock, customers=customers, provinces=provinces),
        credentials=credentials or NgspCredentials(),
        random=random.Random(seed),  # noqa: S311 - repeatable, opens only the stand-in
    )
    app = stand_in_application(stand)
    app[VNPOST_NGSP] = stand
    app.router.add_post(TOKEN_PATH, _token, name="token")
    app.router.add_post(f"{NGSP_PATH}/order/post", _post, name="post")
    app.router.add_get(f"{NGSP_PATH}/order/cancel", _cancel, name="cancel", allow_head=False)
    app.router.add_get(f"{NGSP_PATH}/order/tracking", _tracking, name="tracking", allow_head=False)
    app.router.add_post(LGSP_PATH, _lgsp, name="lgsp")
    app.router.add_post(VTU_PATH, _vtu, name="vtu")
    app.router.add_post(TANDAN_PATH, _post, name="tandan")
    app.router.add_post(f"{CONTROL_PATH}/events", _put_events)
    app.router.add_post(f"{CONTROL_PATH}/feed/restart", _restart_feed)
    app.router.add_delete(f"{CONTROL_PATH}/tokens", _forget_tokens)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


async def _token(request: web.Request) -> web.StreamResponse:
    """A token for key and secret; the body is read as a form whatever Content-Type says."""
    stand = request.app[VNPOST_NGSP]
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = f"{stand.credentials.key}:{stand.credentials.secret}".encode()
    known = hmac.compare_digest(given.strip().encode(), base64.b64encode(wanted))
    if scheme.lower() != "basic" or not known:
        return stand.answer({"error": "invalid_client"}, status=HTTPStatus.UNAUTHORIZED)
    form = parse_qs((await request.read()).decode("utf-8", "replace"))
    if form.get("grant_type") != ["client_credentials"]:
        return stand.answer({"error": "unsupported_grant_type"}, status=HTTPStatus.BAD_REQUEST)
    token = f"{stand.random.getrandbits(128):032x}"
    life = stand.credentials.token_life
    stand.tokens[token] = stand.clock.now() + life
    seconds = int(life.total_seconds())
    return stand.answer({"access_token": token, "token_type": "Bearer", "expires_in": seconds})


async def _post(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_NGSP]
    words = _words(read_json(await request.read()))
    extended = request.path == TANDAN_PATH

    def do() -> tuple[Code, str]:
        code = stand.state.post(words, extended=extended)
        if code is Code.ALREADY_THERE:
            return code, "Số đơn hàng đã tồn tại"
        return code, "Thành công"

    return stand.result(do)


async def _cancel(request: web.Request) -> web.StreamResponse:
    query = request.query
    return _called_off(request, query.get("CustomerCode"), query.get("OrderNumber"))


async def _lgsp(request: web.Request) -> web.StreamResponse:
    """One address; the service is named by a header, a price by the query."""
    if request.query.get("service") == "getprice":
        return await _price(request)
    service = request.headers.get("service-code", "")
    if service == "vnpost_post_order":
        return await _post(request)
    if service == "vnpost_cancel_order":
        words = _words(read_json(await request.read()))
        return _called_off(request, words.get("maKhachHang"), words.get("soDonHang"))
    raise StandInError(HTTPStatus.BAD_REQUEST, f"service-code “{service}”?")


async def _vtu(request: web.Request) -> web.StreamResponse:
    """One address; the service is named by the query."""
    asked = request.query.get("serviceType"), request.query.get("serviceName")
    if asked == ("VNPost", "OrderPost"):
        return await _post(request)
    if asked == ("VNPost", "OrderCancel"):
        words = _words(read_json(await request.read()))
        return _called_off(request, words.get("customerCode"), words.get("orderNumber"))
    raise StandInError(HTTPStatus.BAD_REQUEST, f"serviceType, serviceName {asked}?")


def _called_off(request: web.Request, customer: object, number: object) -> web.StreamResponse:
    stand = request.app[VNPOST_NGSP]

    def do() -> tuple[Code, str]:
        if not isinstance(customer, str) or not isinstance(number, str):
            raise NotTakenError(Code.WRONG_FIELD, "CustomerCode, OrderNumber: bắt buộc (required)")
        stand.state.cancel(customer, number)
        return Code.CANCEL_ACCEPTED, "Hủy thành công"

    return stand.result(do)


async def _price(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_NGSP]
    words = _words(read_json(await request.read()))
    places = []
    for name in ("sender", "receiver"):
        party = words.get(name)
        code = str(party.get("provCode")) if isinstance(party, dict) else ""
        if not code.isdecimal() or int(code) not in stand.state.provinces:
            text = f"{name}.provCode: mã tỉnh không có (no such province)"
            return stand.answer({"Status": int(Code.WRONG_FIELD), "Message": text})
        places.append(code)
    weight = words.get("weight")
    if type(weight) is not int or weight <= 0 or words.get("mainSrv") != "HCC":
        text = "weight, mainSrv: không đúng (wrong)"
        return stand.answer({"Status": int(Code.WRONG_FIELD), "Message": text})
    price = IN_PROVINCE_DONG if places[0] == places[1] else BETWEEN_PROVINCES_DONG
    return stand.answer({"content": {"price": price}})


async def _tracking(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_NGSP]
    size, last_id = request.query.get("pagesize", ""), request.query.get("lastId", "")
    if not size.isdecimal() or not 1 <= int(size) <= LARGEST_PAGE:
        raise StandInError(HTTPStatus.BAD_REQUEST, f"pagesize 1..{LARGEST_PAGE}")
    if len(last_id) != _ID_LENGTH or not _HEX.issuperset(last_id):
        raise StandInError(HTTPStatus.BAD_REQUEST, "lastId: 24 hex")
    switches = stand.plan.defects
    if NgspSwitch.REFUSE_UNKNOWN_ID in switches and not stand.state.knows(last_id):
        raise StandInError(HTTPStatus.BAD_REQUEST, "lastId không tồn tại (unknown lastId)")
    found = stand.state.behind(last_id)
    shown = found[: int(size)]
    body: dict[str, object] = {
        "_size": len(found),
        "_total_pages": -(-len(found) // int(size)),
        "_returned": len(shown),
    }
    if shown or NgspSwitch.EMPTY_EMBEDDED in switches:
        body["_embedded"] = {"rh:doc": shown}
    return stand.answer(body)


async def _put_events(request: web.Request) -> web.StreamResponse:
    """Put records into the feed: one, or a list of them."""
    stand = request.app[VNPOST_NGSP]
    body = read_json(await request.read())
    given = [_words(one) for one in (body if isinstance(body, list) else [body])]
    return as_json([id_of(stand.state.happens(words)) for words in given])


async def _restart_feed(request: web.Request) -> web.StreamResponse:
    request.app[VNPOST_NGSP].state.restart_feed()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _forget_tokens(request: web.Request) -> web.StreamResponse:
    request.app[VNPOST_NGSP].tokens.clear()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _orders(request: web.Request) -> web.StreamResponse:
    orders = request.app[VNPOST_NGSP].state.orders.values()
    shown = [
        {**one.words, "picked_up": one.picked_up, "cancelled": one.cancelled} for one in orders
    ]
    return as_json({"total": len(shown), "data": shown})


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
