"""A strict stand-in of J&T Express Vietnam's open platform, able to fail on request.

It was written from section 2.6 of the reference on carriers and the carrier's pages, not from our
client. What they leave open is [stand-in's choice]:

- Every answer has HTTP status 200, also a refusal. At the door the headers come first (account,
  digest, timestamp, in this order), then the signature over `bizContent` exactly as it came, then
  customer and password, which are compared as they are.
- Fields that nobody knows, missing ones and those of another type or beyond their limits are
  999001010, the field named in the words. A district that is missing with `selfAddress` 0 is
  1450033315; one that is there with `selfAddress` 1 is 999001010.
- A `txlogisticId` has at most the 20 characters of its echo. One that was called off is not free.
- Only what was not fetched can be called off; afterwards, and a second time, it is 999010010.
- `printOrder` gives a PDF, also for what was called off; an order that is not there is 999002000,
  as it is for `cancelOrder` and for a trace of which no number is known.
- The trace shows the codes of its own page; 103, 104, 105 and 121, which only the page of
  callbacks has, it shows by the switch `trace_tells_all`.
- By the switch `opaque_error` what is stored is answered with 145005005 after storing; by
  `code_as_number` the envelope's code is a number; by `label_not_pdf` the label is none.

`_control/events` lets something happen (`txlogisticId`, `code`, `at` in ISO 8601, `pictures`) and
answers the callback that J&T would send: its headers and its `bizContent`. `_control/orders`
shows what is stored; `_control/dossiers` puts orders in and takes them away.
"""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qs

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, to_utc
from postal_bridge.sandbox.carriers.jt_state import (
    WEBHOOK_ONLY,
    JtState,
    KeptOrder,
    NotTakenError,
    Words,
    detail_of,
    wrong,
)
from postal_bridge.sandbox.faults import FaultPlan, Handler, ShownRow
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    StandIn,
    as_json,
    numbers_as_text,
    read_json,
    stand_in_application,
)

BASE_PATH = "/webopenplatformapi"
FORM = "application/x-www-form-urlencoded"
PDF = b"%PDF-1.4\n% J&T "

_AT_THE_DOOR = (
    ("apiAccount", "145003051", "apiAccount is empty!"),
    ("digest", "145003052", "digest is empty!"),
    ("timestamp", "145003053", "timestamp is empty!"),
)


class JtSwitch(StrEnum):
    """Lasting defects."""

    OPAQUE_ERROR = "opaque_error"
    CODE_AS_NUMBER = "code_as_number"
    TRACE_TELLS_ALL = "trace_tells_all"
    LABEL_NOT_PDF = "label_not_pdf"


@dataclass(frozen=True, kw_only=True)
class JtCredentials:
    """Of the stand-in; they open nothing else."""

    account: str = "100000000000000001"
    key: str = "khoa-ung-dung"
    customer: str = "025LC00001"
    password: str = "mat-khau-khach"  # noqa: S105 - of the stand-in, opens nothing else


@dataclass(kw_only=True)
class JtStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `JT`."""

    state: JtState
    credentials: JtCredentials

    DEFECTS: ClassVar[frozenset[str]] = frozenset(JtSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """Headers, signature, customer."""
        shown = request.headers
        for name, code, text in _AT_THE_DOOR:
            if not shown.get(name):
                raise StandInError(HTTPStatus.OK, f"{code}: {text}")
        if shown["apiAccount"] != self.credentials.account:
            raise StandInError(HTTPStatus.OK, "145003010: API account does not exist")
        if request.content_type != FORM or not shown["timestamp"].isdecimal():
            raise StandInError(HTTPStatus.OK, "145003050: Illegal parameters")
        business = business_of(body)
        expected = digest_of(business, self.credentials.key)
        if not hmac.compare_digest(shown["digest"].encode(), expected.encode()):
            text = "145003030: headers signature verification failed"
            raise StandInError(HTTPStatus.OK, text)
        words = _words(read_json(business.encode()))
        given = words.get("customerCode"), words.get("password")
        if given != (self.credentials.customer, self.credentials.password):
            raise StandInError(HTTPStatus.OK, "999001030: customerCode or password is wrong")

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [shown_order(self.state.add(_words(one))) for one in given]
        except NotTakenError as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take an order away by the customer's number; 404 where there is none."""
        if self.state.orders.pop(key, None) is None:
            raise StandInError(HTTPStatus.NOT_FOUND, key)

    @override
    def row_appears(self, row: ShownRow) -> None:
        """There is no list here."""
        raise StandInError(HTTPStatus.BAD_REQUEST, "no list of rows that move")

    @override
    def row_leaves(self, row: ShownRow) -> None:
        """There is no list here."""
        self.row_appears(row)

    @override
    def rows_swap(self, row: ShownRow) -> None:
        """There is no list here."""
        self.row_appears(row)

    @override
    def refusal(self, status: HTTPStatus, message: str) -> web.Response:
        """The envelope; a code may stand before its words."""
        code, mark, text = message.partition(": ")
        if not mark or not code.isdecimal():
            code, text = "145003050", message
        return self.answer(code, text, status=status)

    def answer(
        self, code: str, text: str, data: object = None, *, status: HTTPStatus = HTTPStatus.OK
    ) -> web.Response:
        """J&T's envelope, with numbers as text where the plan says so."""
        is_number = JtSwitch.CODE_AS_NUMBER in self.plan.defects
        shown = numbers_as_text(data) if self.plan.numbers_as_text else data
        value = {"code": int(code) if is_number else code, "msg": text, "data": shown}
        return as_json(value, status=status)

    def done(self, data: object) -> web.Response:
        """A "yes"."""
        return self.answer("1", "success", data)

    def stored(self, data: object) -> web.Response:
        """What is said after something was stored."""
        if JtSwitch.OPAQUE_ERROR in self.plan.defects:
            return self.answer("145005005", "billcode acquisition failed")
        return self.done(data)

    def callback(self, order: KeptOrder) -> dict[str, object]:
        """The headers and the `bizContent` of what J&T sends about an order's last event."""
        event = {
            **detail_of(order.scans[-1], iso=True),
            "scanNetworkCode": "025001",
            "scanByCode": "0258881999",
            "scanByContact": "0987000000",
            "scanByName": "Hoàng Văn Giao",
            "waybillId": order.bill,
            "weight": 0.1,
        }
        words = {"billCode": order.bill, "txlogisticId": order.reference, "details": [event]}
        business = json.dumps(words, ensure_ascii=False)
        headers = {
            "apiAccount": self.credentials.account,
            "digest": digest_of(business, self.credentials.key),
            "timestamp": str(int(self.clock.now().timestamp() * 1_000)),
        }
        return {"headers": headers, "bizContent": business}


JT: web.AppKey[JtStand] = web.AppKey("jt", JtStand)


def make_jt(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: JtCredentials | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles the numbers of waybills.
        faults: what goes wrong; nothing without it.
        credentials: who may ask.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
    stand = JtStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=JtState(clock=clock, random=rng),
        credentials=credentials or JtCredentials(),
    )
    app = stand_in_application(stand)
    app[JT] = stand
    routes: Mapping[str, tuple[str, Deed]] = {
        "add_order": ("order/addOrder", _add_order),
        "cancel_order": ("order/cancelOrder", _cancel_order),
        "print_order": ("order/printOrder", _print_order),
        "cost": ("spmComCost/getComCost", _cost),
        "trace": ("logistics/trace", _trace),
    }
    for name, (path, deed) in routes.items():
        app.router.add_post(f"{BASE_PATH}/api/{path}", _handler(deed), name=name)
    app.router.add_post(f"{CONTROL_PATH}/events", _put_event)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


def digest_of(business: str, key: str) -> str:
    """Base64 of the bytes of MD5 over the business JSON with the key behind it."""
    summed = hashlib.md5((business + key).encode(), usedforsecurity=False)
    return base64.b64encode(summed.digest()).decode()


def business_of(body: bytes) -> str:
    """The form's one field; "" where it is not there."""
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return fields.get("bizContent", [""])[0]


def shown_order(order: KeptOrder) -> dict[str, object]:
    """An order as `_control` shows it."""
    return {**order.words, "billCode": order.bill, "status": order.status}


Deed = Callable[[JtStand, Words], web.Response]


def _handler(deed: Deed) -> Handler:
    """What is done with the business words, and how a "no" is said."""

    async def handle(request: web.Request) -> web.StreamResponse:
        stand = request.app[JT]
        words = _words(read_json(business_of(await request.read()).encode()))
        try:
            return deed(stand, words)
        except NotTakenError as error:
            return stand.answer(error.code, str(error))

    return handle


def _add_order(stand: JtStand, words: Words) -> web.Response:
    order = stand.state.add(words)
    fees = {"inquiryFee": 15, "codFee": 0, "insuranceFee": 0}
    return stand.stored({**_named(order), "sortLine": "800-025A01-", **fees})


def _cancel_order(stand: JtStand, words: Words) -> web.Response:
    return stand.stored(_named(stand.state.cancel(words)))


def _print_order(stand: JtStand, words: Words) -> web.Response:
    order = stand.state.order(words.get("txlogisticId"))
    is_none = JtSwitch.LABEL_NOT_PDF in stand.plan.defects
    content = b"???" if is_none else PDF + order.bill.encode() + b"\n%%EOF\n"
    encoded = base64.b64encode(content).decode()
    return stand.done({**_named(order), "base64EncodeContent": encoded})


def _cost(stand: JtStand, words: Words) -> web.Response:
    return stand.done(stand.state.cost(words))


def _trace(stand: JtStand, words: Words) -> web.Response:
    hidden = frozenset() if JtSwitch.TRACE_TELLS_ALL in stand.plan.defects else WEBHOOK_ONLY
    rows = [
        {
            "billCode": order.bill,
            "details": [detail_of(one) for one in order.scans if one.code not in hidden],
        }
        for order in stand.state.traced(words)
    ]
    return stand.done(rows)


def _named(order: KeptOrder) -> dict[str, object]:
    return {"txlogisticId": order.reference, "billCode": order.bill}


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen; the answer is the callback that tells of it."""
    stand = request.app[JT]
    words = _words(read_json(await request.read()))
    at = to_utc(datetime.fromisoformat(str(words["at"]))) if "at" in words else stand.clock.now()
    pictures = words.get("pictures", [])
    try:
        if not isinstance(pictures, list):
            raise wrong("pictures", "phải là danh sách (a list)")
        order = stand.state.happens(
            str(words.get("txlogisticId")),
            str(words.get("code")),
            at,
            pictures=[str(one) for one in pictures],
        )
    except NotTakenError as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error
    return as_json(stand.callback(order))


async def _orders(request: web.Request) -> web.StreamResponse:
    shown = [shown_order(one) for one in request.app[JT].state.orders.values()]
    return as_json({"total": len(shown), "data": shown})


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.OK, "145003050: Illegal parameters")
    return value
