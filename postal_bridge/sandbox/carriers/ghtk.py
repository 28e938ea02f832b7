"""A strict stand-in of GHTK's service, able to fail on request.

It was written from section 2.5 of the reference on carriers and the carrier's pages, not from our
client. What they leave open is [stand-in's choice]:

- Refusals have HTTP status 200 and `success` false; `error.code` is ORDER_ID_EXIST (with what the
  carrier's page shows beside it) or INVALID_PARAM, the field named in the message. A wrong token
  is 401, a partner's code that does not go with it 403.
- An order needs a district, and a ward or a street; fields that nobody knows are refused. Orders
  weigh 20 kg at most, in kilograms unless `weight_option` says grams: so grams that are sent as
  kilograms are found out. Telephones have 9 to 11 digits. Names of places are not looked up.
- `v2` tells how an order stands now, moments without a zone. Nothing found is `success` false,
  "Đơn hàng không tồn tại". An order begins with state 2.
- Both POST and GET cancel; by the switch `cancel_by_get` POST is 405.
- Fees are asked for in whole grams. By the switch `not_delivered` a fee says `delivery` false.
- By the switch `opaque_error` what is stored is answered with "Lỗi hệ thống" after storing it.
- A label is a small PDF.

`_control/events` lets something happen (`label` or `partner_id:…`, `status`, `at` in ISO 8601) and
answers the callback that GHTK would send; `_control/orders` shows what is stored;
`_control/dossiers` puts orders in and takes them away.
"""

import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import unquote

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, to_local, to_utc
from postal_bridge.sandbox.carriers.ghtk_state import (
    GhtkState,
    KeptOrder,
    NotTakenError,
    RepeatError,
    Words,
    fee_of,
    wall_time,
    wrong,
)
from postal_bridge.sandbox.faults import FaultPlan
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)

SHIPMENT_PATH = "/services/shipment"
LABEL_PATH = "/services/label"
TOKEN = "ma-api"  # noqa: S105 - of the stand-in, opens nothing else
PARTNER = "S308157"

_PAGE_SIZES = frozenset({"A5", "A6"})
_FEE_NEEDS = ("pick_province", "pick_district", "province", "district", "deliver_option")


class GhtkSwitch(StrEnum):
    """Lasting defects."""

    OPAQUE_ERROR = "opaque_error"
    CANCEL_BY_GET = "cancel_by_get"
    NOT_DELIVERED = "not_delivered"


@dataclass(kw_only=True)
class GhtkStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `GHTK`."""

    state: GhtkState
    token: str = TOKEN
    partner: str = PARTNER

    DEFECTS: ClassVar[frozenset[str]] = frozenset(GhtkSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """The shop's token, and the partner's code that goes with it."""
        given = request.headers.get("Token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise StandInError(HTTPStatus.UNAUTHORIZED, "Token không hợp lệ")
        if request.headers.get("X-Client-Source") != self.partner:
            raise StandInError(HTTPStatus.FORBIDDEN, "X-Client-Source không hợp lệ")

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [shown_order(self.state.create(_words(one))) for one in given]
        except (NotTakenError, RepeatError) as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take an order away by the sender's own code; 404 where there is none."""
        if self.state.orders.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """The envelope."""
        return self.answer({"success": False, "message": message}, status=status)

    def refused(self, code: str, text: str, **more: object) -> web.Response:
        """A "no" in GHTK's envelope, with HTTP status 200."""
        error = {"error": {"code": code, **more}} if code else {}
        return self.answer({"success": False, "message": text, **error})

    def done(self, **words: object) -> web.Response:
        """A "yes" in GHTK's envelope."""
        return self.answer({"success": True, "message": "", **words})

    def stored(self, **words: object) -> web.Response:
        """What is said after something was stored."""
        if GhtkSwitch.OPAQUE_ERROR in self.plan.defects:
            return self.refused("", "Lỗi hệ thống, vui lòng thử lại sau")
        return self.done(**words)

    def answer(
        self, value: Mapping[str, object], *, status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        """An answer, with numbers as text where the plan says so."""
        words = {**value, "log_id": f"log.{self.log.count()}"}
        return as_json(
            numbers_as_text(words) if self.plan.numbers_as_text else words, status=status
        )


GHTK: web.AppKey[GhtkStand] = web.AppKey("ghtk", GhtkStand)


def make_ghtk(*, clock: Clock, seed: int = 0, faults: FaultPlan | None = None) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles the labels' numbers.
        faults: what goes wrong; nothing without it.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
    stand = GhtkStand(
        clock=clock, plan=faults or FaultPlan(), state=GhtkState(clock=clock, random=rng)
    )
    app = stand_in_application(stand)
    app[GHTK] = stand
    router = app.router
    router.add_post(f"{SHIPMENT_PATH}/order/", _create, name="order")
    router.add_get(f"{SHIPMENT_PATH}/fee", _fee, name="fee", allow_head=False)
    router.add_get(f"{SHIPMENT_PATH}/v2/{{name}}", _state, name="state", allow_head=False)
    cancels = router.add_resource(f"{SHIPMENT_PATH}/cancel/{{name}}", name="cancel")
    cancels.add_route("POST", _cancel)
    cancels.add_route("GET", _cancel)
    router.add_get(f"{LABEL_PATH}/{{name}}", _label, name="label", allow_head=False)
    router.add_get(f"{SHIPMENT_PATH}/list_pick_add", _addresses, name="verify", allow_head=False)
    router.add_post(f"{CONTROL_PATH}/events", _put_event)
    router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


def shown_order(order: KeptOrder) -> dict[str, object]:
    """An order as `v2` shows it."""
    return {
        "label_id": order.label,
        "partner_id": order.reference,
        "status": order.status,
        "status_text": "Đã tiếp nhận",
        "created": wall_time(order.at),
        "modified": wall_time(order.modified_at),
        "message": order.words.get("note", ""),
        "pick_date": wall_time(order.at)[:10],
        "deliver_date": "",
        "customer_fullname": order.words["name"],
        "customer_tel": order.words["tel"],
        "address": order.words["address"],
        "storage_day": 3,
        "ship_money": order.fee_dong,
        "insurance": 0,
        "value": order.words.get("value", 0),
        "weight": round(order.weight_kg * 1000),
        "pick_money": order.words.get("pick_money", 0),
        "is_freeship": order.words.get("is_freeship", 0),
    }


def callback_of(order: KeptOrder) -> dict[str, object]:
    """What GHTK sends about an order as it stands."""
    return {
        "partner_id": order.reference,
        "label_id": order.label,
        "status_id": order.status,
        "action_time": f"{to_local(order.modified_at):%Y-%m-%dT%H:%M:%S}+07:00",
        "reason_code": "",
        "reason": "",
        "weight": order.weight_kg,
        "fee": order.fee_dong,
        "pick_money": order.words.get("pick_money", 0),
        "return_part_package": 0,
    }


async def _create(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHTK]
    if request.query.get("ver") != "1.5":
        return stand.refused("INVALID_PARAM", "ver: 1.5")
    try:
        order = stand.state.create(_words(read_json(await request.read())))
    except RepeatError as error:
        return stand.refused(
            "ORDER_ID_EXIST",
            "Mã đơn hàng đã tồn tại",
            partner_id=error.order.reference,
            ghtk_label=error.order.label,
            created=wall_time(error.order.at),
            status=error.order.status,
        )
    except NotTakenError as error:
        return stand.refused(error.code, str(error))
    return stand.stored(
        order={
            "partner_id": order.reference,
            "label": order.label,
            "area": 1,
            "fee": order.fee_dong,
            "insurance_fee": 0,
            "estimated_pick_time": "Sáng 2019-01-11",
            "estimated_deliver_time": "Chiều 2019-01-12",
            "products": [],
            "status_id": order.status,
        }
    )


async def _state(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHTK]
    order = stand.state.named(unquote(request.match_info["name"]))
    if order is None:
        return stand.refused("", "Đơn hàng không tồn tại")
    return stand.done(order=shown_order(order))


async def _cancel(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHTK]
    if request.method == "POST" and GhtkSwitch.CANCEL_BY_GET in stand.plan.defects:
        raise StandInError(HTTPStatus.METHOD_NOT_ALLOWED, "GET")
    try:
        stand.state.cancel(unquote(request.match_info["name"]))
    except NotTakenError as error:
        return stand.refused(error.code, str(error))
    return stand.stored()


async def _fee(request: web.Request) -> web.StreamResponse:
    stand, query = request.app[GHTK], request.query
    missing = next((one for one in _FEE_NEEDS if not query.get(one)), "")
    weight = query.get("weight", "")
    if missing or not weight.isdecimal() or int(weight) <= 0:
        refused = wrong(missing or "weight", "bắt buộc (required)")
        return stand.refused(refused.code, str(refused))
    fee = fee_of(int(weight), is_near=query["pick_province"] == query["province"])
    return stand.done(
        fee={
            "name": "area1",
            "fee": fee,
            "insurance_fee": 0,
            "delivery_type": "new_inner",
            "delivery": GhtkSwitch.NOT_DELIVERED not in stand.plan.defects,
        }
    )


async def _label(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHTK]
    order = stand.state.named(unquote(request.match_info["name"]))
    if order is None:
        return stand.refused("", "Đơn hàng không tồn tại")
    if request.query.get("page_size", "A6") not in _PAGE_SIZES:
        return stand.refused("INVALID_PARAM", "page_size: A5, A6")
    page = f"%PDF-1.4\n% {order.label}\ntrailer <</Root 1 0 R>>\n%%EOF\n".encode()
    return web.Response(body=page, content_type="application/pdf")


async def _addresses(request: web.Request) -> web.StreamResponse:
    address = {
        "pick_address_id": "88256",
        "address": "Lạng Sơn",
        "pick_tel": "0205",
        "pick_name": "",
    }
    return request.app[GHTK].done(data=[address])


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen; the answer is the callback that tells of it."""
    stand = request.app[GHTK]
    words = _words(read_json(await request.read()))
    at = to_utc(datetime.fromisoformat(str(words["at"]))) if "at" in words else stand.clock.now()
    try:
        order = stand.state.happens(str(words.get("label")), int(str(words.get("status"))), at)
    except (NotTakenError, ValueError) as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error
    return as_json(callback_of(order))


async def _orders(request: web.Request) -> web.StreamResponse:
    shown = [shown_order(one) for one in request.app[GHTK].state.orders.values()]
    return as_json({"total": len(shown), "data": shown})


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
