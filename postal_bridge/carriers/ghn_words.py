"""What GHN says and is told: its envelope, orders, details, callbacks.

Wire facts: reference on carriers, section 2.4, and the carrier's pages. Nothing here opens a
connection. Codes come as numbers or as text; a detail comes as an object or as a list of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from postal_bridge.carriers.answers import (
    NotPromisedError,
    json_of,
    moment_of,
    object_of,
    rows_of,
    text_of,
    whole_of,
)
from postal_bridge.carriers.place_names import PlaceNames, bare_name
from postal_bridge.carriers.wire import Answer
from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH, CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    CarrierScan,
    CodMoney,
    Order,
    Quote,
    Refused,
)

VOCABULARY = "ghn"
DONE = "200"
UNAUTHORISED = "401"
CANCELLED_STATUS = "cancel"
LIGHT_GOODS = 2
SERVICE = f"GHN {LIGHT_GOODS}"

_NOT_FOUND = "404"
_SERVER_ERROR = 500
_SENDER_PAYS = 1
_NOT_TO_BE_OPENED = "KHONGCHOXEMHANG"
_OPAQUE = "SERVER_ERROR_COMMON"
_SIDES = {"length": 32, "width": 23, "height": 1}
"""An envelope for A4, in cm: GHN wants sides, and papers have no others."""

_PLACED_STATUS, _DELIVERED_STATUS = "ready_to_pick", "delivered"
_ATTEMPTED_STATUS, _MONEY_TYPE = "delivery_fail", "cod"
_STATUS_TYPES = frozenset({"create", "switch_status"})
_FIELDS = (
    "to_name",
    "to_phone",
    "to_address",
    "to_ward_name",
    "to_district_name",
    "to_province_name",
    "client_order_code",
    "cod_amount",
    "weight",
    "content",
    "required_note",
    "service_type_id",
)
_FIELD_OF = {"PHONE_INVALID": "to_phone", "ROUTE_NOT_FOUND_SERVICE": "service_type_id"}


@dataclass(frozen=True, kw_only=True)
class Result:
    """GHN's envelope.

    Attributes:
        code: 200 is good.
        name: `code_message`, the error's name.
        text: what a person is told.
    """

    code: str
    name: str
    text: str
    data: object

    @property
    def is_done(self) -> bool:
        """Whether it was carried out."""
        return self.code == DONE

    @property
    def is_opaque(self) -> bool:
        """An accident over there: it may have been carried out all the same (section 2.7)."""
        if self.name == _OPAQUE or not self.code.isdecimal():
            return True
        return int(self.code) >= _SERVER_ERROR

    @property
    def is_not_there(self) -> bool:
        """No such order: GHN says so in words, with 400 or 404 (carrier's page on printing)."""
        said = self.text.lower()
        return self.code == _NOT_FOUND or any(words in said for words in _NOT_THERE)

    @property
    def field(self) -> str:
        """Which field it objects to; "" where it does not say."""
        named = next((one for one in _FIELDS if one in self.text), "")
        return named or _FIELD_OF.get(self.name, "")


_NOT_THERE = ("không tồn tại", "không tìm thấy", "not found")


def result_of(answer: Answer) -> Result:
    """The envelope of an answer.

    Raises:
        NotPromisedError: another shape.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "GHN")
    code = value.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str):
        raise NotPromisedError(f"HTTP {answer.status}, không có code (no code)")
    told = (text_of(value.get(one)) for one in ("message", "message_display", "code_message_value"))
    return Result(
        code=str(code).strip(),
        name=text_of(value.get("code_message")),
        text=" · ".join(dict.fromkeys(one for one in told if one))[:TEXT_LENGTH],
        data=value.get("data"),
    )


def order_words(order: Order, place: PlaceNames) -> dict[str, object]:
    """What is sent to `create`; the shop named in the header is who sends."""
    receiver = order.receiver
    return {
        "client_order_code": order.reference,
        "to_name": receiver.name,
        "to_phone": receiver.phone,
        "to_address": receiver.address,
        "to_ward_name": place.ward,
        "to_district_name": place.district,
        "to_province_name": place.province,
        "is_new_to_address": not place.district,
        "weight": order.weight_grams,
        **_SIDES,
        "service_type_id": LIGHT_GOODS,
        "payment_type_id": _SENDER_PAYS,
        "cod_amount": order.cod_dong,
        "insurance_value": 0,
        "required_note": _NOT_TO_BE_OPENED,
        "content": order.contents,
        "note": order.note,
    }


def fee_words(order: Order, *, district_id: int, ward_code: str) -> dict[str, object]:
    """What is sent to `fee`, which takes the old ids only."""
    return {
        "service_type_id": LIGHT_GOODS,
        "to_district_id": district_id,
        "to_ward_code": ward_code,
        "weight": order.weight_grams,
        **_SIDES,
        "insurance_value": 0,
    }


def order_code_of(value: Mapping[str, object]) -> str:
    """GHN's number of an order.

    Raises:
        NotPromisedError: there is none.
    """
    code = text_of(value.get("order_code"))
    if not code or len(code) > REFERENCE_LENGTH:
        raise NotPromisedError("không có order_code (no order_code)")
    return code


def detail_of(data: object, reference: str) -> Mapping[str, object] | None:
    """The order of ours among the details; None where there is none.

    Raises:
        NotPromisedError: no details, or those of other orders.
    """
    rows = data if isinstance(data, list) else [data] if data else []
    details = [object_of(one, "detail") for one in rows]
    ours = [one for one in details if text_of(one.get("client_order_code")) == reference]
    if details and not ours:
        raise NotPromisedError("chi tiết của đơn khác (details of another order)")
    # Called-off ones may keep our code: the one that is carried out counts.
    live = [one for one in ours if one.get("status") != CANCELLED_STATUS]
    return next(iter([*live, *ours]), None)


def scans_of(detail: Mapping[str, object], reference: str) -> list[CarrierScan]:
    """What happened to an order: its log, and its status where the log does not have it.

    Raises:
        NotPromisedError: an entry without a status or a moment.
    """
    code = order_code_of(detail)
    log = rows_of(detail.get("log") or [], "log")
    told = [(text_of(one.get("status")), one.get("updated_date")) for one in log]
    status = text_of(detail.get("status"))
    # A moment that is renewed would make one failed attempt two, so those the log alone tells.
    if status and status not in {_ATTEMPTED_STATUS, *(one for one, _ in told)}:
        # Weighing renews updated_date: an order that nobody fetched keeps the day it was placed.
        name = "created_date" if status == _PLACED_STATUS else "updated_date"
        if moment_of(detail.get(name)) is not None:
            told.append((status, detail.get(name)))
    return [_scan(status, moment, reference=reference, code=code) for status, moment in told]


def callback_scan(value: Mapping[str, object]) -> CarrierScan:
    """What a callback tells.

    Only two types speak of a change of status. The others (weight, fee, COD) repeat the status of
    the day; their type is the code then, so that nothing seems to happen twice.

    Raises:
        NotPromisedError: it names no order, no status or no moment.
    """
    kind = text_of(value.get("Type")).lower()
    code, reference = text_of(value.get("OrderCode")), text_of(value.get("ClientOrderCode"))
    if not kind or not (code or reference):
        raise NotPromisedError("Type, OrderCode, ClientOrderCode: thiếu (missing)")
    raw = text_of(value.get("Status")) if kind in _STATUS_TYPES else kind
    reason = " ".join(filter(None, (text_of(value.get(one)) for one in ("ReasonCode", "Reason"))))
    scan = _scan(
        raw,
        value.get("Time"),
        reference=reference,
        code=code,
        raw_text=text_of(value.get("Description")),
        place=text_of(value.get("Warehouse")),
        note=reason,
    )
    picture = text_of(value.get("PodURL"))
    return replace(scan, pictures=(picture,) if picture else (), money=_money(value, raw))


def _money(value: Mapping[str, object], raw: str) -> CodMoney | None:
    """Paid out where a report of money names the day of the transfer; collected when delivered.

    Other callbacks repeat both fields; a day of the year 1 is one that there is not yet.
    """
    amount = whole_of(value.get("CODAmount"))
    if not amount or amount < 0 or raw not in {_MONEY_TYPE, _DELIVERED_STATUS}:
        return None
    if moment_of(value.get("CODTransferDate"), *_DAYS) is not None:
        return CodMoney(move=CodMove.REMITTED, amount_dong=amount)
    if raw == _DELIVERED_STATUS:
        return CodMoney(move=CodMove.COLLECTED, amount_dong=amount)
    return None


_DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S")


def _scan(
    status: str,
    moment: object,
    *,
    reference: str,
    code: str,
    raw_text: str = "",
    place: str = "",
    note: str = "",
) -> CarrierScan:
    at = moment_of(moment)
    if not status or at is None:
        raise NotPromisedError("trạng thái không có tên hoặc thời điểm (no status, or no moment)")
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=status[:RAW_CODE_LENGTH],
        occurred_at=at,
        reference=reference[:REFERENCE_LENGTH],
        waybill=code[:REFERENCE_LENGTH],
        raw_text=raw_text[:TEXT_LENGTH],
        place=place[:NAME_LENGTH],
        note=note[:TEXT_LENGTH],
    )


def booked_of(words: Mapping[str, object]) -> Booked:
    """An order that is there; its number is on the label too.

    Raises:
        NotPromisedError: it has no number.
    """
    code = order_code_of(words)
    return Booked(carrier_number=code, waybill=code, fee_dong=whole_of(words.get("total_fee")))


def refused_of(result: Result) -> Refused:
    """A "no" in its own words."""
    return Refused(code=result.name or result.code, field=result.field, text=result.text)


def quote_of(result: Result) -> Quote | Refused:
    """A fee.

    Raises:
        NotPromisedError: there is none.
    """
    if not result.is_done:
        return refused_of(result)
    total = whole_of(object_of(result.data, "fee").get("total"))
    if total is None or total < 0:
        raise NotPromisedError("không có data.total (no data.total)")
    return Quote(service=SERVICE, amount_dong=total)


def print_token_of(result: Result) -> str | Refused:
    """A token that opens the page to print.

    Raises:
        NotPromisedError: there is none.
    """
    if not result.is_done:
        return refused_of(result)
    token = text_of(object_of(result.data, "gen-token").get("token"))
    if not token:
        raise NotPromisedError("không có data.token (no data.token)")
    return token


def shops_of(result: Result) -> frozenset[str] | Refused:
    """Numbers of the shops that a token opens.

    Raises:
        NotPromisedError: no list of shops.
    """
    if not result.is_done:
        return refused_of(result)
    shops = rows_of(object_of(result.data, "shop/all").get("shops"), "shops")
    return frozenset(text_of(one.get("_id")) for one in shops)


def entries_of(result: Result) -> Sequence[Mapping[str, object]] | Refused:
    """A list of provinces, districts or wards.

    Raises:
        NotPromisedError: no list.
    """
    return rows_of(result.data, "master-data") if result.is_done else refused_of(result)


def named(
    wanted: str, entries: Sequence[Mapping[str, object]], name: str
) -> Mapping[str, object] | None:
    """The place of GHN's catalogue that is called so; None where there is none.

    A town and the district around it may differ by their kind alone: "thành phố Cao Lãnh" and
    "huyện Cao Lãnh". So a name with its kind comes before one without.
    """
    bare, whole = bare_name(wanted), wanted.strip().lower()
    found = [one for one in entries if bare in {bare_name(each) for each in _names(one, name)}]
    exact = [one for one in found if whole in {each.strip().lower() for each in _names(one, name)}]
    return next(iter([*exact, *found]), None)


def _names(entry: Mapping[str, object], name: str) -> list[str]:
    more = entry.get("NameExtension")
    names = [entry.get(name), *(more if isinstance(more, list) else [])]
    return [one for one in names if isinstance(one, str)]
