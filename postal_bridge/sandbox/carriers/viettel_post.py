"""A strict stand-in of Viettel Post's partner service, able to fail on request.

It was written from section 2.3 of the reference on carriers and the carrier's pages, not from our
client. What they leave open is [stand-in's choice]:

- A "no" is HTTP 200 with `error` true and `status` 204, for tokens 202; its words are those of the
  carrier's page of messages where it has them. By the switch `turned_away_401` a wrong token is
  HTTP 401. Only what is no JSON object is HTTP 400.
- A short token opens `ownerconnect` only. `expired` in a sign-in is 0, as on the page; the end is
  in the JWT, whose signature is none.
- A repeated ORDER_NUMBER is refused with "Mã đơn hàng đã tồn tại" where CHECK_UNIQUE is true, also
  after it was called off; without CHECK_UNIQUE it is another order.
- Fields that nobody knows are refused, texts have 150 bytes at most, addresses need a comma, and
  MONEY_COLLECTION goes with ORDER_PAYMENT 2 and 3 and with no other. There are four services.
- An order begins with status 102. Called off it can be below 200, but for 105 and 107.
- By the switch `opaque_error` what is stored is answered with "System error" after storing it, by
  `opaque_before` whatever is asked is answered so, and nothing is done.
- The page to print wants its code only, and is HTML; it is on the same host.

`_control/events` lets something happen (`number`, `status`, `at` in ISO 8601) and answers the
webhook that Viettel Post would send, without its TOKEN; `_control/tokens` forgets all tokens;
`_control/orders` shows what is stored; `_control/dossiers` puts orders in and takes them away.
"""

import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, to_utc
from postal_bridge.sandbox.carriers.viettel_post_state import (
    KeptOrder,
    NotTakenError,
    ViettelPostState,
    Words,
    check_price,
    fee_of,
    wall_time,
)
from postal_bridge.sandbox.faults import FaultPlan, Handler
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)

_NO, _NO_TOKEN = 204, 202
_TYPES_OF_LABELS = frozenset({"1", "2"})


class ViettelPostSwitch(StrEnum):
    """Lasting defects."""

    OPAQUE_ERROR = "opaque_error"
    OPAQUE_BEFORE = "opaque_before"
    TURNED_AWAY_401 = "turned_away_401"


@dataclass(frozen=True)
class ViettelPostCredentials:
    """An account of the stand-in; opens nothing else."""

    username: str = "tai-khoan"
    password: str = "mat-khau"  # noqa: S105 - of the stand-in


@dataclass(kw_only=True)
class ViettelPostStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `VIETTEL_POST`."""

    state: ViettelPostState
    credentials: ViettelPostCredentials = field(default_factory=ViettelPostCredentials)

    DEFECTS: ClassVar[frozenset[str]] = frozenset(ViettelPostSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """A token of the right kind that has not ended."""
        if route in {"login", "print"}:
            return
        kept = self.state.short_tokens if route == "ownerconnect" else self.state.long_tokens
        given = request.headers.get("Token", "")
        if not given:
            self._turn_away("Header Token is required")
        ends_at = kept.get(given)
        if ends_at is None or ends_at <= self.clock.now():
            self._turn_away("Token invalid or expired")
        if ViettelPostSwitch.OPAQUE_BEFORE in self.plan.defects and route != "ownerconnect":
            raise StandInError(HTTPStatus.OK, "System error")

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [shown_order(self.state.create(_words(one))) for one in given]
        except NotTakenError as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take an order away by Viettel Post's number; 404 where there is none."""
        if self.state.orders.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """The envelope."""
        return self.refused(message, status=status)

    def refused(self, text: str, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """A "no" in Viettel Post's envelope."""
        code = _NO_TOKEN if "Token" in text else _NO
        words = {"status": code, "error": True, "message": text, "data": None}
        return self.answer(words, status=status)

    def done(self, data: object, *, message: str = "OK") -> web.Response:
        """A "yes" in Viettel Post's envelope."""
        return self.answer({"status": 200, "error": False, "message": message, "data": data})

    def stored(self, data: object, *, message: str = "OK") -> web.Response:
        """What is said after something was stored."""
        if ViettelPostSwitch.OPAQUE_ERROR in self.plan.defects:
            return self.refused("System error")
        return self.done(data, message=message)

    def answer(self, value: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """An answer, with numbers as text where the plan says so."""
        shown = numbers_as_text(value) if self.plan.numbers_as_text else value
        return as_json(shown, status=status)

    def _turn_away(self, message: str) -> None:
        switched = ViettelPostSwitch.TURNED_AWAY_401 in self.plan.defects
        raise StandInError(HTTPStatus.UNAUTHORIZED if switched else HTTPStatus.OK, message)


VIETTEL_POST: web.AppKey[ViettelPostStand] = web.AppKey("viettel_post", ViettelPostStand)


def make_viettel_post(
    *,
    clock: Clock,
    credentials: ViettelPostCredentials | None = None,
    seed: int = 0,
    faults: FaultPlan | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        credentials: what opens it.
        seed: settles tokens, numbers of orders and codes to print with.
        faults: what goes wrong; nothing without it.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
    stand = ViettelPostStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=ViettelPostState(clock=clock, random=rng),
        credentials=credentials or ViettelPostCredentials(),
    )
    app = stand_in_application(stand)
    app[VIETTEL_POST] = stand
    handlers: Mapping[str, tuple[str, Handler]] = {
        "login": ("user/Login", _login),
        "ownerconnect": ("user/ownerconnect", _owner_connect),
        "create": ("order/createOrderNlp", _create),
        "price": ("order/getPriceNlp", _price),
        "update": ("order/UpdateOrder", _update),
        "printing_code": ("order/printing-code", _printing_code),
    }
    for name, (path, handler) in handlers.items():
        app.router.add_post(f"/v2/{path}", handler, name=name)
    app.router.add_get("/DigitalizePrint/report.do", _print, name="print", allow_head=False)
    app.router.add_post(f"{CONTROL_PATH}/events", _put_event)
    app.router.add_delete(f"{CONTROL_PATH}/tokens", _forget_tokens)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


def shown_order(order: KeptOrder) -> dict[str, object]:
    """An order with how it stands."""
    return {
        **order.words,
        "ORDER_REFERENCE": order.reference,
        "ORDER_NUMBER": order.number,
        "ORDER_STATUS": order.status,
        "ORDER_STATUSDATE": wall_time(order.status_at),
    }


def webhook_of(order: KeptOrder, *, token: str = "") -> dict[str, object]:
    """What Viettel Post sends about an order as it stands."""
    place = "LSN, BCLS, Bưu cục Lạng Sơn - LSN - Lạng Sơn, 02053800000, 240000, PHƯỜNG CHI LĂNG"
    data = {
        "ORDER_NUMBER": order.number,
        "ORDER_REFERENCE": order.reference,
        "ORDER_STATUSDATE": wall_time(order.status_at),
        "ORDER_STATUS": order.status,
        "STATUS_NAME": order.status_name,
        "LOCALION_CURRENTLY": place,
        "NOTE": "Cập nhật trạng thái",
        "MONEY_COLLECTION": order.words.get("MONEY_COLLECTION", 0),
        "MONEY_FEECOD": 0,
        "MONEY_TOTALFEE": order.fee_dong,
        "MONEY_TOTAL": order.fee_dong,
        "EXPECTED_DELIVERY": "Khoảng 2 ngày làm việc",
        "PRODUCT_WEIGHT": order.words.get("PRODUCT_WEIGHT", 50),
        "ORDER_SERVICE": order.words["ORDER_SERVICE"],
        "ORDER_PAYMENT": order.words["ORDER_PAYMENT"],
        "EMPLOYEE_NAME": "",
        "EMPLOYEE_PHONE": "",
        "IS_RETURNING": False,
        "POD": {"IMAGES": []},
        "REASON_CODE": None,
        "LOCATION_CURRENTLY": place,
    }
    return {"DATA": data, "TOKEN": token}


async def _login(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    return _signed_in(stand, await request.read(), short=True)


async def _owner_connect(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    return _signed_in(stand, await request.read(), short=False)


def _signed_in(stand: ViettelPostStand, body: bytes, *, short: bool) -> web.StreamResponse:
    words, who = _words(read_json(body)), stand.credentials
    is_named = words.get("USERNAME") == who.username
    given = str(words.get("PASSWORD", "")).encode()
    if not hmac.compare_digest(given, who.password.encode()) or not is_named:
        return stand.refused("Invalid owner account or password!")
    token = stand.state.short_token() if short else stand.state.long_token()
    return stand.done(
        {
            "userId": 7_000_001,
            "token": token,
            "partner": 7_000_001,
            "phone": who.username,
            "postcode": None,
            "expired": 0,
            "encrypted": None,
            "source": 5,
        }
    )


async def _create(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    try:
        order = stand.state.create(_words(read_json(await request.read())))
    except NotTakenError as error:
        return stand.refused(str(error))
    return stand.stored(
        {
            "ORDER_NUMBER": order.number,
            "MONEY_COLLECTION": order.words.get("MONEY_COLLECTION", 0),
            "EXCHANGE_WEIGHT": 0,
            **_money(order.fee_dong),
            "KPI_HT": 48.0,
        }
    )


async def _price(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    words = _words(read_json(await request.read()))
    try:
        check_price(words)
    except NotTakenError as error:
        return stand.refused(str(error))
    return stand.done({**_money(fee_of(words)), "KPI_HT": 24.0, "EXCHANGE_WEIGHT": 0})


async def _update(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    try:
        stand.state.update(_words(read_json(await request.read())))
    except NotTakenError as error:
        return stand.refused(str(error))
    return stand.stored(None, message="Hủy đơn hàng thành công")


async def _printing_code(request: web.Request) -> web.StreamResponse:
    stand = request.app[VIETTEL_POST]
    try:
        code = stand.state.printing_code(_words(read_json(await request.read())))
    except NotTakenError as error:
        return stand.refused(str(error))
    return stand.done(None, message=code)


async def _print(request: web.Request) -> web.StreamResponse:
    query = request.query
    orders = request.app[VIETTEL_POST].state.printed(query.get("bill", ""))
    if orders is None or query.get("type") not in _TYPES_OF_LABELS:
        raise StandInError(HTTPStatus.BAD_REQUEST, "mã in hết hạn (too old)")
    shown = "".join(f"<h1>{one.number}</h1><p>{one.reference}</p>" for one in orders)
    page = f"<!DOCTYPE html><html lang='vi'><body>{shown}</body></html>"
    return web.Response(text=page, content_type="text/html")


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen; the answer is the webhook that tells of it."""
    stand = request.app[VIETTEL_POST]
    words = _words(read_json(await request.read()))
    at = to_utc(datetime.fromisoformat(str(words["at"]))) if "at" in words else stand.clock.now()
    status = words.get("status")
    try:
        order = stand.state.happens(
            str(words.get("number")), status if isinstance(status, int) else str(status), at
        )
    except NotTakenError as error:
        return stand.refused(str(error), status=HTTPStatus.BAD_REQUEST)
    return as_json(webhook_of(order))


async def _forget_tokens(request: web.Request) -> web.StreamResponse:
    state = request.app[VIETTEL_POST].state
    state.short_tokens.clear()
    state.long_tokens.clear()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _orders(request: web.Request) -> web.StreamResponse:
    shown = [shown_order(one) for one in request.app[VIETTEL_POST].state.orders.values()]
    return as_json({"total": len(shown), "data": shown})


def _money(total: int) -> dict[str, int]:
    tax = total - round(total / 1.1)
    return {
        "MONEY_TOTAL": total,
        "MONEY_TOTAL_FEE": total - tax,
        "MONEY_FEE": 0,
        "MONEY_COLLECTION_FEE": 0,
        "MONEY_OTHER_FEE": 0,
        "MONEY_VAS": 0,
        "MONEY_VAT": tax,
    }


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
