"""A strict stand-in of GHN's gateway, able to fail on request.

It was written from section 2.4 of the reference on carriers and the carrier's pages, not from our
client. What they leave open is [stand-in's choice]:

- Refusals have HTTP status 400 and `code` 400, with a `code_message`; a wrong token has 401 for
  both, a shop that is not the token's CLIENT_NOT_OWNER_OF_SHOP. Fields that nobody knows, missing
  ones and those of another type or beyond their limits are USER_ERR_COMMON, the field named in
  the message. A telephone has ten digits and begins with 0.
- A repeated `client_order_code` is refused with USER_ERR_COMMON; by the switch `repeat_succeeds`
  the order that is there is answered once more. A code that was called off is not free again.
- Only what was not fetched can be called off. One code that cannot fails its batch: each has
  `result` false then; an unknown one is USER_ERR_COMMON.
- Names of places are not looked up in orders; fees want ids of the small catalogue in ghn_state.
- `detail-by-client-code` answers a list, as the carrier's page has it, or one object by the
  switch `detail_as_object`. Nothing found is USER_ERR_COMMON "Đơn hàng không tồn tại".
- The log holds what happened after the order was placed.
- By the switch `opaque_error` what is stored is answered with SERVER_ERROR_COMMON after storing.
- The page to print wants its token only, for half an hour, and is HTML.

`_control/events` lets something happen (`order_code`, `status`, `at` in ISO 8601) and answers the
callback that GHN would send; `_control/orders` shows what is stored; `_control/dossiers` puts
orders in and takes them away.
"""

import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, to_utc
from postal_bridge.sandbox.carriers.ghn_state import (
    DISTRICTS,
    PROVINCES,
    WARDS,
    GhnState,
    KeptOrder,
    NotTakenError,
    RepeatError,
    Words,
    check_limits,
    check_service,
    fee_of,
    iso,
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

API_PATH = "/shiip/public-api"
PRINT_PATHS = ("printA5", "print80x80", "print52x70")
TOKEN = "ma-cua-hang"  # noqa: S105 - of the stand-in, opens nothing else
SHOP_ID = 885

_WITH_SHOP = frozenset({"create", "fee", "cancel"})
_FEE_LIMITS = {
    "weight": (1, 50_000),
    "length": (1, 200),
    "width": (1, 200),
    "height": (1, 200),
    "insurance_value": (0, 5_000_000),
}


class GhnSwitch(StrEnum):
    """Lasting defects."""

    OPAQUE_ERROR = "opaque_error"
    REPEAT_SUCCEEDS = "repeat_succeeds"
    DETAIL_AS_OBJECT = "detail_as_object"


@dataclass(kw_only=True)
class GhnStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `GHN`."""

    state: GhnState
    token: str = TOKEN
    shop_id: int = SHOP_ID

    DEFECTS: ClassVar[frozenset[str]] = frozenset(GhnSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """The shop's token, and the shop where something is done for it."""
        if route == "print":
            return
        given = request.headers.get("Token", "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise StandInError(HTTPStatus.UNAUTHORIZED, "Token is not valid")
        if route in _WITH_SHOP and request.headers.get("ShopId") != str(self.shop_id):
            text = "CLIENT_NOT_OWNER_OF_SHOP: Khách hàng không sở hữu cửa hàng"
            raise StandInError(HTTPStatus.BAD_REQUEST, text)

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [shown_order(self.state.create(_words(one))) for one in given]
        except (NotTakenError, RepeatError) as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take an order away by GHN's code; 404 where there is none."""
        if self.state.orders.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """The envelope; an error's name may stand before its words."""
        name, mark, text = message.partition(": ")
        if not mark or not name.replace("_", "").isupper():
            name, text = "USER_ERR_COMMON", message
        return self.refused(name, text, status=status)

    def refused(
        self, name: str, text: str, *, status: HTTPStatus = HTTPStatus.BAD_REQUEST
    ) -> web.Response:
        """A "no" in GHN's envelope."""
        return self.answer(
            {
                "code": int(status),
                "message": text,
                "data": None,
                "code_message": name,
                "code_message_value": "Sai thông tin đầu vào",
            },
            status=status,
        )

    def done(self, data: object) -> web.Response:
        """A "yes" in GHN's envelope."""
        return self.answer({"code": 200, "message": "Success", "data": data})

    def answer(self, value: object, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
        """An answer, with numbers as text where the plan says so."""
        shown = numbers_as_text(value) if self.plan.numbers_as_text else value
        return as_json(shown, status=status)

    def stored(self, data: object) -> web.Response:
        """What is said after something was stored."""
        if GhnSwitch.OPAQUE_ERROR in self.plan.defects:
            words = {
                "code": 500,
                "message": "Lỗi hệ thống",
                "data": None,
                "code_message": "SERVER_ERROR_COMMON",
            }
            return self.answer(words)
        return self.done(data)


GHN: web.AppKey[GhnStand] = web.AppKey("ghn", GhnStand)


def make_ghn(*, clock: Clock, seed: int = 0, faults: FaultPlan | None = None) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles the codes of orders and the tokens to print with.
        faults: what goes wrong; nothing without it.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
    stand = GhnStand(
        clock=clock, plan=faults or FaultPlan(), state=GhnState(clock=clock, random=rng)
    )
    app = stand_in_application(stand)
    app[GHN] = stand
    handlers: Mapping[str, tuple[str, Handler]] = {
        "create": ("v2/shipping-order/create", _create),
        "detail": ("v2/shipping-order/detail-by-client-code", _detail),
        "fee": ("v2/shipping-order/fee", _fee),
        "cancel": ("v2/switch-status/cancel", _cancel),
        "gen_token": ("v2/a5/gen-token", _gen_token),
        "shops": ("v2/shop/all", _shops),
        "province": ("master-data/province", _provinces),
        "district": ("master-data/district", _districts),
        "ward": ("master-data/ward", _wards),
    }
    for name, (path, handler) in handlers.items():
        app.router.add_post(f"{API_PATH}/{path}", handler, name=name)
    paths = "|".join(PRINT_PATHS)
    app.router.add_get(f"/a5/public-api/{{size:{paths}}}", _print, name="print", allow_head=False)
    app.router.add_post(f"{CONTROL_PATH}/events", _put_event)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


def shown_order(order: KeptOrder) -> dict[str, object]:
    """An order as `detail` shows it."""
    return {
        **order.words,
        "shop_id": SHOP_ID,
        "order_code": order.code,
        "status": order.status,
        "created_date": iso(order.at),
        "updated_date": iso(order.updated_at),
        "finish_date": "0001-01-01T00:00:00Z",
        "log": [{"status": status, "updated_date": iso(at)} for status, at in order.log],
    }


def callback_of(order: KeptOrder, kind: str = "switch_status") -> dict[str, object]:
    """What GHN sends about an order as it stands."""
    return {
        "CODAmount": order.words.get("cod_amount", 0),
        "CODTransferDate": None,
        "ClientOrderCode": order.reference,
        "ConvertedWeight": order.words["weight"],
        "Description": "Cập nhật trạng thái",
        "Fee": {"MainService": order.fee_dong, "Total": order.fee_dong},
        "OrderCode": order.code,
        "PodURL": "",
        "Reason": "",
        "ReasonCode": "",
        "ShipperName": "",
        "ShipperPhone": "",
        "ShopID": SHOP_ID,
        "Status": order.status,
        "Time": iso(order.updated_at),
        "TotalFee": order.fee_dong,
        "Type": kind,
        "Warehouse": "Bưu Cục Chi Lăng-TP Lạng Sơn",
        "Weight": order.words["weight"],
    }


async def _create(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    words = _words(read_json(await request.read()))
    try:
        order = stand.state.create(words)
    except RepeatError:
        if GhnSwitch.REPEAT_SUCCEEDS not in stand.plan.defects:
            return stand.refused("USER_ERR_COMMON", "client_order_code đã được sử dụng")
        order = stand.state.of_reference(words["client_order_code"])[0]
    except NotTakenError as error:
        return stand.refused(error.name, str(error))
    fee = order.fee_dong
    return stand.stored(
        {
            "order_code": order.code,
            "sort_code": "19-60-06",
            "trans_type": "truck",
            "fee": {"main_service": fee, "insurance": 0},
            "total_fee": fee,
            "expected_delivery_time": iso(order.at),
        }
    )


async def _detail(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    words = _words(read_json(await request.read()))
    found = stand.state.of_reference(words.get("client_order_code"))
    if not found:
        return stand.refused("USER_ERR_COMMON", "Đơn hàng không tồn tại")
    shown = [shown_order(one) for one in found]
    return stand.done(shown[0] if GhnSwitch.DETAIL_AS_OBJECT in stand.plan.defects else shown)


async def _fee(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    words = _words(read_json(await request.read()))
    try:
        check_limits(words, _FEE_LIMITS)
        check_service(words)
    except NotTakenError as error:
        return stand.refused(error.name, str(error))
    place = words.get("to_district_id"), words.get("to_ward_code")
    if place not in [(one["DistrictID"], one["WardCode"]) for one in WARDS]:
        return stand.refused("ROUTE_NOT_FOUND_SERVICE", "Không tìm thấy tuyến")
    return stand.done({"total": fee_of(words), "service_fee": fee_of(words), "insurance_fee": 0})


async def _cancel(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    try:
        return stand.stored(stand.state.cancel(_codes(read_json(await request.read()))))
    except NotTakenError as error:
        return stand.refused(error.name, str(error))


async def _gen_token(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    try:
        token = stand.state.print_token(_codes(read_json(await request.read())))
    except NotTakenError as error:
        return stand.refused(error.name, str(error))
    return stand.done({"token": token})


async def _print(request: web.Request) -> web.StreamResponse:
    orders = request.app[GHN].state.printed(request.query.get("token", ""))
    if orders is None:
        raise StandInError(HTTPStatus.BAD_REQUEST, "token hết hạn (too old)")
    codes = "".join(f"<h1>{one.code}</h1><p>{one.reference}</p>" for one in orders)
    page = f"<!DOCTYPE html><html lang='vi'><body>{codes}</body></html>"
    return web.Response(text=page, content_type="text/html")


async def _shops(request: web.Request) -> web.StreamResponse:
    stand = request.app[GHN]
    shop = {"_id": stand.shop_id, "name": "Trung tâm Phục vụ hành chính công", "status": 1}
    return stand.done({"last_offset": stand.shop_id, "shops": [shop]})


async def _provinces(request: web.Request) -> web.StreamResponse:
    return request.app[GHN].done(PROVINCES)


async def _districts(request: web.Request) -> web.StreamResponse:
    return await _below(request, DISTRICTS, "ProvinceID", "province_id")


async def _wards(request: web.Request) -> web.StreamResponse:
    return await _below(request, WARDS, "DistrictID", "district_id")


async def _below(
    request: web.Request, rows: Sequence[Words], name: str, asked: str
) -> web.StreamResponse:
    parent = _words(read_json(await request.read())).get(asked)
    return request.app[GHN].done([one for one in rows if one[name] == parent])


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen; the answer is the callback that tells of it."""
    stand = request.app[GHN]
    words = _words(read_json(await request.read()))
    at = to_utc(datetime.fromisoformat(str(words["at"]))) if "at" in words else stand.clock.now()
    try:
        order = stand.state.happens(str(words.get("order_code")), str(words.get("status")), at)
    except NotTakenError as error:
        return stand.refused(error.name, str(error))
    return as_json(callback_of(order))


async def _orders(request: web.Request) -> web.StreamResponse:
    shown = [shown_order(one) for one in request.app[GHN].state.orders.values()]
    return as_json({"total": len(shown), "data": shown})


def _codes(value: object) -> list[str]:
    codes = _words(value).get("order_codes")
    if not isinstance(codes, list) or not all(isinstance(one, str) for one in codes):
        raise NotTakenError("USER_ERR_COMMON", "order_codes: phải là danh sách (a list)")
    return codes


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
