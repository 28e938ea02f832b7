"""A strict stand-in of the administrative post's item services (HCC v1), able to fail on request.

It was written from the reference on carriers, section 2.1 (c), and on one-stop systems and the
post, sections 1.1 and 1.2 (row O1), not from our client. What they leave open is [stand-in's
choice]:

- All three calls are POST with JSON in the body. A wrong or missing `token` is 401; by the switch
  `token_refused_in_words` it is a `Status` false that speaks of the token, with HTTP status 200.
- An order must name what section 1.1 marks as required, in the names of section 2.1; others may
  be absent, ones that nobody knows are refused. A "no" is `Status` false with a `Message` that
  names the field; by the switch `silent_no` without it. Only what is no JSON object is HTTP 400.
- A number that came before is stored a second time, as nobody has published that it is not; by the
  switch `refuses_repeats` it is refused with "đã tồn tại". By the switch `opaque_error` what was
  stored is answered with "Lỗi hệ thống".
- A question names `soDonHang` or `maBuuGui`, and `maKhachHang`. The answer is a list of records;
  by the switch `all_in_envelope` it is `{TotalRecord, Deliverys}` (or `Acceptances`) with the
  records of all orders whatever was asked for, as a client of the same service at another address
  reads it; by the switch `bare_record` the last record alone, and `{}` where there is none.
- An item gets its number when it is accepted: the order's own, or one of the form S10. What is
  attempted without an acceptance is accepted at that moment. Moments are ISO 8601 without a zone.
- By the switch `status_as_text` a reply says "true" instead of true.

`_control/events` lets something happen: `soDonHang`, `record` (`acceptance` or `delivery`), `at` in
ISO 8601 (now without it), and the members of a delivery that are to be other than usual.
`_control/orders` shows what is stored; `_control/dossiers` puts orders in and takes them away.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import ClassVar

from aiohttp import web
from typing_extensions import override

from postal_bridge.clock import Clock, to_utc
from postal_bridge.sandbox.carriers.vnpost_hcc_state import (
    HccState,
    KeptOrder,
    NotTakenError,
    Words,
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

PATH = "/demo/serviceApi/v1"
TOKEN = "ma-ket-noi"  # noqa: S105 - of the stand-in, opens nothing else
CUSTOMER_CODE = "LANGSON0000000HCC"

_NO_TOKEN = "Token không hợp lệ"  # noqa: S105 - a sentence


class HccSwitch(StrEnum):
    """Lasting defects."""

    TOKEN_REFUSED_IN_WORDS = "token_refused_in_words"  # noqa: S105 - a switch's name
    SILENT_NO = "silent_no"
    REFUSES_REPEATS = "refuses_repeats"
    OPAQUE_ERROR = "opaque_error"
    ALL_IN_ENVELOPE = "all_in_envelope"
    BARE_RECORD = "bare_record"
    STATUS_AS_TEXT = "status_as_text"


@dataclass(kw_only=True)
class VnpostHccStand(StandIn):
    """Everything the stand-in is made of; tests and the demo reach it through `VNPOST_HCC`."""

    state: HccState
    token: str = TOKEN

    DEFECTS: ClassVar[frozenset[str]] = frozenset(HccSwitch)

    @override
    def let_in(self, request: web.Request, route: str, body: bytes) -> None:
        """The token in the query."""
        given = request.query.get("token", "")
        if hmac.compare_digest(given.encode(), self.token.encode()):
            return
        if HccSwitch.TOKEN_REFUSED_IN_WORDS in self.plan.defects:
            raise StandInError(HTTPStatus.OK, _NO_TOKEN)
        raise StandInError(HTTPStatus.UNAUTHORIZED, _NO_TOKEN)

    @override
    def put_all(self, given: Sequence[object]) -> Sequence[Mapping[str, object]]:
        """Put orders in; the first that is wrong is 400."""
        try:
            return [shown_order(self.state.post(_words(one))) for one in given]
        except NotTakenError as error:
            raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error

    @override
    def remove(self, key: str) -> None:
        """Take orders away by the sender's number; 404 where there is none."""
        found = self.state.of_number(key)
        if not found:
            raise StandInError(HTTPStatus.NOT_FOUND, key)
        self.state.orders = [one for one in self.state.orders if one not in found]

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
        """A "no"."""
        return as_json({"Status": False, "Message": message}, status=status)

    def answered(self, *, is_done: bool, message: str = "") -> web.Response:
        """The reply to an order."""
        as_text = HccSwitch.STATUS_AS_TEXT in self.plan.defects
        words: dict[str, object] = {"Status": str(is_done).lower() if as_text else is_done}
        if message and HccSwitch.SILENT_NO not in self.plan.defects:
            words["Message"] = message
        return as_json(words)

    def told(
        self, records: Sequence[Words], everything: Sequence[Words], name: str
    ) -> web.Response:
        """The answer to a question, in the shape that the plan says."""
        value: object = list(records)
        if HccSwitch.ALL_IN_ENVELOPE in self.plan.defects:
            value = {"TotalRecord": len(everything), name: list(everything)}
        elif HccSwitch.BARE_RECORD in self.plan.defects:
            value = records[-1] if records else {}
        return as_json(numbers_as_text(value) if self.plan.numbers_as_text else value)


VNPOST_HCC: web.AppKey[VnpostHccStand] = web.AppKey("vnpost_hcc", VnpostHccStand)


def make_vnpost_hcc(
    *,
    clock: Clock,
    customers: frozenset[str] = frozenset({CUSTOMER_CODE}),
    faults: FaultPlan | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        customers: codes that it knows.
        faults: what goes wrong; nothing without it.
    """
    stand = VnpostHccStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=HccState(clock=clock, customers=customers),
    )
    app = stand_in_application(stand)
    app[VNPOST_HCC] = stand
    app.router.add_post(f"{PATH}/postDieuTin", _post, name="order")
    app.router.add_post(f"{PATH}/getAcceptance", _acceptances, name="acceptance")
    app.router.add_post(f"{PATH}/getDelivery", _deliveries, name="delivery")
    app.router.add_post(f"{CONTROL_PATH}/events", _put_event)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


def shown_order(order: KeptOrder) -> dict[str, object]:
    """An order as the control strings show it."""
    shown = {**order.words, "ItemCode": order.item}
    return shown | {"acceptance": order.acceptance, "deliveries": order.deliveries}


async def _post(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_HCC]
    words = _words(read_json(await request.read()))
    is_repeat = bool(stand.state.of_number(str(words.get("soDonHang"))))
    if is_repeat and HccSwitch.REFUSES_REPEATS in stand.plan.defects:
        return stand.answered(is_done=False, message="Số đơn hàng đã tồn tại")
    try:
        stand.state.post(words)
    except NotTakenError as error:
        return stand.answered(is_done=False, message=str(error))
    if HccSwitch.OPAQUE_ERROR in stand.plan.defects:
        return stand.answered(is_done=False, message="Lỗi hệ thống, vui lòng thử lại")
    return stand.answered(is_done=True)


async def _acceptances(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_HCC]
    found, everybody = await _asked_for(request)
    return stand.told(
        [one.acceptance for one in found if one.acceptance is not None],
        [one.acceptance for one in everybody if one.acceptance is not None],
        "Acceptances",
    )


async def _deliveries(request: web.Request) -> web.StreamResponse:
    stand = request.app[VNPOST_HCC]
    found, everybody = await _asked_for(request)
    return stand.told(
        [record for one in found for record in one.deliveries],
        [record for one in everybody for record in one.deliveries],
        "Deliverys",
    )


async def _asked_for(request: web.Request) -> tuple[list[KeptOrder], list[KeptOrder]]:
    """The orders that a question names, and all of its customer's."""
    state = request.app[VNPOST_HCC].state
    words = _words(read_json(await request.read()))
    customer = words.get("maKhachHang")
    number, item = words.get("soDonHang"), words.get("maBuuGui")
    if customer not in state.customers or not (number or item):
        text = "maKhachHang, soDonHang: bắt buộc (required)"
        raise StandInError(HTTPStatus.BAD_REQUEST, text)
    own = [one for one in state.orders if one.words["maKhachHang"] == customer]
    return [one for one in own if one.number == number or (item and one.item == item)], own


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen; the answer is the record of it."""
    stand = request.app[VNPOST_HCC]
    words = dict(_words(read_json(await request.read())))
    number, record = str(words.pop("soDonHang", "")), words.pop("record", "")
    try:
        told = words.pop("at", None)
        at = to_utc(datetime.fromisoformat(str(told))) if told else stand.clock.now()
        if record == "acceptance":
            return as_json(stand.state.accepted(number, at))
        if record == "delivery":
            return as_json(stand.state.attempted(number, at, words))
    except (NotTakenError, ValueError) as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error
    raise StandInError(HTTPStatus.BAD_REQUEST, "record: acceptance, delivery")


async def _orders(request: web.Request) -> web.StreamResponse:
    shown = [shown_order(one) for one in request.app[VNPOST_HCC].state.orders]
    return as_json({"total": len(shown), "data": shown})


def _words(value: object) -> Words:
    if not isinstance(value, dict):
        raise StandInError(HTTPStatus.BAD_REQUEST, "phải là một đối tượng (an object is wanted)")
    return value
