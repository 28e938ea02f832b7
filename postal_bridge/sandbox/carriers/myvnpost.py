"""A strict stand-in of MyVNPost, able to fail on request.

It was written from section 2.1 (a) of the reference on carriers and clients in public use, not from
our client. What they leave open is [stand-in's choice]:

- A "no" is HTTP 400 with `{status, timestamp, error, message, description, path}`; the message
  begins with the field. Fields that nobody knows, missing ones and those of another type are
  refused. A repeated `saleOrderCode` is another order. By the switch `opaque_error` what is stored
  is answered with status 500 in a body of HTTP 200.
- A token lives an hour. A wrong one is HTTP 403; several may be live at once. A wrong password is
  `success: false` with HTTP 200.
- An order is answered bare, or in `data` by the switch `order_in_data`. Its places are looked up in
  a small catalogue (myvnpost_state).
- Only what was not fetched is called off, at once (00), or by the switch `needs_approval` when
  somebody has decided (02; `_control/cases`). The case comes as an object with capital letters, or
  by `case_in_list` in a list with small ones. What cannot be called off is Type 01.
- `getOrder` knows no order: `[{"results": []}]`, or HTTP 400 in words by `not_found_as_error`.
- A window of the list includes its last day; by `last_day_open` it ends before that. Rows go by
  the moment of the last update, the oldest first, or the newest by `newest_first`: the faults
  `row_appears`, `row_leaves` and `rows_swap` let them move while they are read.
- Moments are dd-MM-yyyy HH:mm:ss, by the switch `iso_dates` ISO 8601 with a zone; those of a history
  dd/MM/yyyy and HH:mm:ss. By `old_history_names` the hour is `createHour`, and `data` a list.

`_control/events` lets something happen (`saleOrderCode`, `status`, `at` in ISO 8601),
`_control/cases` decides a case (`caseId`, `type`), `_control/tokens` forgets all tokens,
`_control/orders` shows what is stored; `_control/dossiers` puts orders in and takes them away.
"""

import base64
import hmac
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from postal_bridge.clock import Clock, to_local, to_utc
from postal_bridge.sandbox.carriers.myvnpost_stand import (
    CUSTOMER_CODE,
    MYVNPOST,
    MyvnpostCredentials,
    MyvnpostStand,
    MyvnpostSwitch,
    words_of,
)
from postal_bridge.sandbox.carriers.myvnpost_state import (
    NEW_COMMUNES,
    NEW_PROVINCES,
    OLD_COMMUNES,
    OLD_DISTRICTS,
    OLD_PROVINCES,
    KeptOrder,
    MyvnpostState,
    NotTakenError,
    Words,
    charged,
)
from postal_bridge.sandbox.faults import FaultPlan, Handler
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.stand_in import (
    CONTROL_PATH,
    as_json,
    read_json,
    stand_in_application,
)

LARGEST_PAGE, LONGEST_WINDOW, MOST_LABELS = 500, 31, 100
PDF = b"%PDF-1.4\n%%EOF\n"


def make_myvnpost(
    *,
    clock: Clock,
    seed: int = 0,
    faults: FaultPlan | None = None,
    credentials: MyvnpostCredentials | None = None,
) -> web.Application:
    """Build the stand-in; nothing listens until somebody runs the application.

    Args:
        clock: its "now", which tests and the demo set.
        seed: settles the tokens.
        faults: what goes wrong; nothing without it.
        credentials: who may ask, and for how long.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable, opens only the stand-in
    stand = MyvnpostStand(
        clock=clock,
        plan=faults or FaultPlan(),
        state=MyvnpostState(clock=clock, random=rng),
        credentials=credentials or MyvnpostCredentials(),
    )
    app = stand_in_application(stand)
    app[MYVNPOST] = stand
    posts: Mapping[str, tuple[str, Handler]] = {
        "token": ("/GetAccessToken", _token),
        "create": ("/CreateOrder", _create),
        "cancel": ("/orderCancel", _cancel),
        "charge": ("/ServicesCharge", _charge),
        "label": ("/exportListReport", _label),
    }
    gets: Mapping[str, tuple[str, Handler]] = {
        "case": ("/orderCorrection/updateCase", _case),
        "order": ("/getOrder", _order),
        "history": ("/GetStatusHistoryOrder", _history),
        "list": ("/GetListOrder", _list),
    }
    for name, (path, handler) in posts.items():
        app.router.add_post(path, handler, name=name)
    for name, (path, handler) in gets.items():
        app.router.add_get(path, handler, name=name, allow_head=False)
    for name in _CATALOGUES:
        app.router.add_get(f"/{name}", _catalogue, name=name, allow_head=False)
    app.router.add_post(f"{CONTROL_PATH}/events", _put_event)
    app.router.add_post(f"{CONTROL_PATH}/cases", _decide)
    app.router.add_delete(f"{CONTROL_PATH}/tokens", _forget_tokens)
    app.router.add_get(f"{CONTROL_PATH}/orders", _orders)
    return app


_CATALOGUES: Mapping[str, Sequence[Words]] = {
    "getAllProvince": OLD_PROVINCES,
    "getAllDistrict": OLD_DISTRICTS,
    "getAllCommune": OLD_COMMUNES,
    "getNewProvinceAll": NEW_PROVINCES,
    "getNewCommuneAll": NEW_COMMUNES,
}


async def _token(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    words = words_of(read_json(await request.read()))
    known = stand.credentials
    pairs = (
        ("username", known.username),
        ("password", known.password),
        ("customerCode", CUSTOMER_CODE),
    )
    if not all(
        hmac.compare_digest(str(words.get(name)).encode(), value.encode()) for name, value in pairs
    ):
        return stand.answer({"success": False, "errorMessage": "Sai tài khoản", "token": None})
    token = f"{stand.state.random.getrandbits(128):032x}"
    stand.tokens[token] = stand.clock.now() + known.token_life
    return stand.answer({"success": True, "errorMessage": None, "token": token})


async def _create(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    words = words_of(read_json(await request.read()))
    try:
        shown = stand.shown(stand.state.create(words, customer_code=CUSTOMER_CODE))
    except NotTakenError as error:
        return stand.refusal(HTTPStatus.BAD_REQUEST, str(error))
    if stand.has(MyvnpostSwitch.OPAQUE_ERROR):
        return stand.answer({"status": 500, "error": "error", "message": "Lỗi hệ thống"})
    in_data = stand.has(MyvnpostSwitch.ORDER_IN_DATA)
    return stand.answer({"data": shown} if in_data else shown)


async def _cancel(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    original = words_of(read_json(await request.read())).get("OriginalId")
    needs = stand.has(MyvnpostSwitch.NEEDS_APPROVAL)
    try:
        case = stand.state.cancel(str(original or ""), needs_approval=needs)
    except NotTakenError as error:
        return _told(stand, "01", str(error), original=str(original))
    if case is None:
        return _told(stand, "00", "Hủy thành công", original=str(original))
    return _told(stand, "02", "Chờ phê duyệt", original=str(original), case=case.number)


async def _case(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    number = request.query.get("CaseId", "")
    case = stand.state.cases.get(int(number)) if number.isdecimal() else None
    if case is None or case.order.original_id != request.query.get("OriginalId"):
        return stand.refusal(HTTPStatus.BAD_REQUEST, "CaseId: không tìm thấy yêu cầu (no case)")
    texts = {"00": "Đã duyệt", "02": "Chờ phê duyệt"}
    text = texts.get(case.kind, "Từ chối hủy")
    return _told(stand, case.kind, text, original=case.order.original_id, case=case.number)


def _told(
    stand: MyvnpostStand, kind: str, text: str, *, original: str, case: int | None = None
) -> web.StreamResponse:
    words = {"Type": kind, "Message": text, "OriginalId": original, "CaseId": case}
    if not stand.has(MyvnpostSwitch.CASE_IN_LIST):
        return stand.answer(words)
    return stand.answer([{name[0].lower() + name[1:]: one for name, one in words.items()}])


async def _charge(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    try:
        return stand.answer(charged(words_of(read_json(await request.read()))))
    except NotTakenError as error:
        return stand.refusal(HTTPStatus.BAD_REQUEST, str(error))


async def _order(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    found = _asked_for(request)
    if not found and stand.has(MyvnpostSwitch.NOT_FOUND_AS_ERROR):
        return stand.refusal(HTTPStatus.BAD_REQUEST, "Không tìm thấy đơn hàng")
    return stand.answer([{"results": [stand.shown(one) for one in found]}])


async def _history(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    is_old = stand.has(MyvnpostSwitch.OLD_HISTORY_NAMES)
    hour = "createHour" if is_old else "createdHour"
    data: list[object] = []
    for order in _asked_for(request):
        events = [
            {
                "createdDate": f"{to_local(at):%d/%m/%Y}",
                hour: f"{to_local(at):%H:%M:%S}",
                "statusCode": int(status) if status.isdecimal() else status,
                "statusName": f"Trạng thái {status}",
            }
            for status, at in order.history
        ]
        data.append({"itemCode": order.item_code, "statusHistory": events})
    if is_old or not data:
        return stand.answer({"data": data})
    return stand.answer({"data": data[0]})


def _asked_for(request: web.Request) -> list[KeptOrder]:
    query = request.query
    try:
        return request.app[MYVNPOST].state.found(query.get("type", ""), query.get("code", ""))
    except NotTakenError as error:
        raise StandInError(HTTPStatus.BAD_REQUEST, str(error)) from error


async def _list(request: web.Request) -> web.StreamResponse:
    stand, query = request.app[MYVNPOST], request.query
    try:
        since, until = (
            datetime.strptime(query[name], "%d-%m-%Y").date()  # noqa: DTZ007 - a day
            for name in ("lastUpdateFrom", "lastUpdateTo")
        )
        page, size = int(query["page"]), int(query["size"])
    except (KeyError, ValueError) as error:
        text = "lastUpdateFrom, lastUpdateTo dd-MM-yyyy; page, size"
        raise StandInError(HTTPStatus.BAD_REQUEST, text) from error
    if not 0 <= (until - since).days < LONGEST_WINDOW:
        raise StandInError(HTTPStatus.BAD_REQUEST, f"lastUpdateTo: {LONGEST_WINDOW} ngày (days)")
    if page < 0 or not 1 <= size <= LARGEST_PAGE or query.get("type") not in {"GUI", "NHAN"}:
        raise StandInError(HTTPStatus.BAD_REQUEST, f"page 0.., size 1..{LARGEST_PAGE}, type")
    if query["type"] == "NHAN" or query.get("isInternational") != "false":
        return stand.answer({"results": []})
    if stand.has(MyvnpostSwitch.LAST_DAY_OPEN):
        until -= timedelta(days=1)
    newest_first = stand.has(MyvnpostSwitch.NEWEST_FIRST)
    rows = stand.state.listed(since, until, newest_first=newest_first)
    shown = rows[page * size : (page + 1) * size]
    return stand.answer({"results": [stand.shown(one) for one in shown]})


async def _label(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    codes = read_json(await request.read())
    if not isinstance(codes, list) or not 1 <= len(codes) <= MOST_LABELS:
        raise StandInError(HTTPStatus.BAD_REQUEST, f"1..{MOST_LABELS} số hiệu (item codes)")
    known = [one for one in codes if stand.state.found("1", str(one))]
    return stand.answer([base64.b64encode(PDF).decode() for _ in known])


async def _catalogue(request: web.Request) -> web.StreamResponse:
    return request.app[MYVNPOST].answer(_CATALOGUES[request.path.removeprefix("/")])


async def _put_event(request: web.Request) -> web.StreamResponse:
    """Let something happen to an order."""
    stand = request.app[MYVNPOST]
    words = words_of(read_json(await request.read()))
    at = to_utc(datetime.fromisoformat(str(words["at"]))) if "at" in words else stand.clock.now()
    found = stand.state.found("2", str(words.get("saleOrderCode") or "-"))
    if not found:
        raise StandInError(HTTPStatus.NOT_FOUND, "saleOrderCode")
    stand.state.happens(found[0], str(words.get("status")), at)
    return as_json(stand.shown(found[0]))


async def _decide(request: web.Request) -> web.StreamResponse:
    """Decide a case: `caseId` and `type`, 00 or another one."""
    stand = request.app[MYVNPOST]
    words = words_of(read_json(await request.read()))
    number = words.get("caseId")
    case = stand.state.cases.get(number) if isinstance(number, int) else None
    if case is None:
        raise StandInError(HTTPStatus.NOT_FOUND, "caseId")
    stand.state.decide(case, str(words.get("type")))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _forget_tokens(request: web.Request) -> web.StreamResponse:
    request.app[MYVNPOST].tokens.clear()
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _orders(request: web.Request) -> web.StreamResponse:
    stand = request.app[MYVNPOST]
    shown = [{**stand.shown(one), "words": one.words} for one in stand.state.orders]
    return as_json({"total": len(shown), "data": shown})
