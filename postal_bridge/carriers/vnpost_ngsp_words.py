"""What VNPost's NGSP service says and is told: orders, results, the pages of its feed, prices.

Wire facts: reference on one-stop systems and the post, sections 1.1 to 1.3. Nothing here opens a
connection. `Status` and `StatusCode` come as numbers from one version and as text from another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from postal_bridge.carriers.answers import NotPromisedError, json_of, object_of, text_of, whole_of
from postal_bridge.carriers.wire import Answer
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH
from postal_bridge.tracking.carrier_values import CarrierScan, Order, Party

VOCABULARY = "vnpost_ngsp"
BEGINNING = "0" * 24
ACCEPTED, ALREADY_THERE, CANCEL_ACCEPTED = "100", "101", "110"
SERVICE = "HCC"

_DROP_OFF, _PICK_UP = 1, 2
_NAME_LENGTH, _TEXT_LENGTH = 400, 4_000
_ID_LENGTH = 24
_TIMESTAMP_DIGITS = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Face:
    """How one variant is spoken to (section 1.2).

    Attributes:
        book_path, cancel_path: behind the base URL; "" is the base URL itself.
        book_query, cancel_query, book_headers, cancel_headers: what tells the two apart.
        cancel_method: GET carries the two names in the query, POST in the body.
        cancel_names: what customer code and order number are called; none cannot cancel.
        token_header: "" is `Authorization: <token_type> <token>`.
        has_feed: whether the feed's address is known; otherwise a setting must tell it.
    """

    book_path: str = ""
    book_query: Mapping[str, str]
    book_headers: Mapping[str, str]
    cancel_method: str = "POST"
    cancel_path: str = ""
    cancel_query: Mapping[str, str]
    cancel_headers: Mapping[str, str]
    cancel_names: tuple[str, str] | None
    token_header: str = ""
    extended: bool = False
    has_feed: bool = False
    has_prices: bool = False


FACES: Mapping[str, Face] = {
    "": Face(
        book_path="/order/post",
        book_query={},
        book_headers={},
        cancel_method="GET",
        cancel_path="/order/cancel",
        cancel_query={},
        cancel_headers={},
        cancel_names=("CustomerCode", "OrderNumber"),
        has_feed=True,
    ),
    "lgsp": Face(
        book_query={},
        book_headers={"service-code": "vnpost_post_order"},
        cancel_query={},
        cancel_headers={"service-code": "vnpost_cancel_order"},
        cancel_names=("maKhachHang", "soDonHang"),
        has_prices=True,
    ),
    "vtu": Face(
        book_query={"serviceType": "VNPost", "serviceName": "OrderPost"},
        book_headers={},
        cancel_query={"serviceType": "VNPost", "serviceName": "OrderCancel"},
        cancel_headers={},
        cancel_names=("customerCode", "orderNumber"),
    ),
    "tandan": Face(
        book_query={},
        book_headers={},
        cancel_query={},
        cancel_headers={},
        cancel_names=None,
        token_header="access_token",  # noqa: S106 - a header's name
        extended=True,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Token:
    """What opens the other calls."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """`{Status, Message}`, the answer to everything that is stored."""

    status: str
    message: str

    @property
    def is_opaque(self) -> bool:
        """No code, or one that speaks of an accident: it may have been stored all the same.

        500 is made by a client's own code where it has caught anything (section 1.1), so it does
        not say that an order was turned down.
        """
        if not self.status.isdecimal():
            return True
        return int(self.status) >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, kw_only=True)
class Records:
    """One page of the feed, as it came.

    Attributes:
        ids: of all its records, in its own order.
        scans: what they tell, each with its record's id.
    """

    ids: list[str]
    scans: list[tuple[str, CarrierScan]]


def token_of(answer: Answer) -> Token:
    """The token of an answer.

    Raises:
        NotPromisedError: there is none in it.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "token")
    text, kind = value.get("access_token"), value.get("token_type")
    if not isinstance(text, str) or not text.strip():
        raise NotPromisedError("không có access_token (no access_token)")
    return Token(
        kind=kind if isinstance(kind, str) and kind.strip() else "Bearer",
        text=text,
    )


def result_of(answer: Answer) -> Result:
    """What an answer says about something that was to be stored.

    Raises:
        NotPromisedError: it says nothing about it.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "MResult")
    status = value.get("Status", value.get("status"))
    if isinstance(status, bool) or not isinstance(status, int | str):
        raise NotPromisedError(f"HTTP {answer.status}, không có Status (no Status)")
    message = value.get("Message", value.get("message"))
    return Result(status=str(status).strip(), message=message if isinstance(message, str) else "")


def order_words(
    order: Order, *, customer_code: str, sender_province: str, receiver_province: str
) -> dict[str, object]:
    """An MOrder: all 17 fields, with null where there is nothing (section 1.1).

    Districts are the carrier's numbers, which a name does not tell; only a number is handed on.
    """
    sender, receiver = order.sender, order.receiver
    return {
        "CustomerCode": customer_code,
        "OrderNumber": order.reference,
        "CODAmount": order.cod_dong,
        "SenderProvince": int(sender_province),
        "SenderDistrict": _district(sender),
        "SenderAddress": sender.address,
        "SenderName": sender.name,
        "SenderEmail": sender.email or None,
        "SenderTel": sender.phone,
        "SenderDesc": order.contents or None,
        "Description": order.note or None,
        "ReceiverName": receiver.name,
        "ReceiverAddress": receiver.address,
        "ReceiverTel": receiver.phone,
        "ReceiverProvince": int(receiver_province),
        "ReceiverDistrict": _district(receiver),
        "ReceiverEmail": receiver.email or None,
    }


def extension_words(order: Order) -> dict[str, object]:
    """What the Tân Dân variant says besides: the waybill where there is one, who brings it."""
    words: dict[str, object] = {"FlagConfig": _PICK_UP if order.collect else _DROP_OFF}
    if order.waybill:
        words["ItemCode"] = order.waybill
    return words


def price_words(order: Order, *, sender_province: str, receiver_province: str) -> dict[str, object]:
    """A question for a price (section 1.1, newer); `isreturn` is the way of a result."""
    return {
        "weight": order.weight_grams,
        "mainSrv": SERVICE,
        "isreturn": 1,
        "sender": {"provCode": sender_province, "distCode": order.sender.district or None},
        "receiver": {"provCode": receiver_province, "distCode": order.receiver.district or None},
    }


def price_of(answer: Answer) -> int | Result:
    """The price in đồng, or the refusal that came instead.

    Raises:
        NotPromisedError: neither.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "getprice")
    content = value.get("content")
    price = whole_of(content.get("price")) if isinstance(content, dict) else None
    if price is not None and price >= 0:
        return price
    return result_of(answer)


def records_of(answer: Answer) -> Records:
    """One page of the feed; at its end `_embedded` is empty or not there at all.

    Raises:
        NotPromisedError: it is no page of the feed, or a record has no id to go on from.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "tracking")
    embedded = value.get("_embedded")
    if isinstance(embedded, dict):
        embedded = embedded.get("rh:doc")
    if embedded is None and not value.keys() & {"_returned", "_size", "_embedded"}:
        raise NotPromisedError(f"HTTP {answer.status}, không có _embedded, _returned (no page)")
    if embedded is None:
        embedded = []
    if not isinstance(embedded, list):
        raise NotPromisedError("_embedded không phải danh sách (not a list)")
    ids, scans = [], []
    for one in embedded:
        record = object_of(one, "rh:doc")
        record_id = _id(record)
        ids.append(record_id)
        scan = _scan(record, record_id)
        if scan is not None:
            scans.append((record_id, scan))
    return Records(ids=ids, scans=scans)


def is_record_id(text: str) -> bool:
    """Whether it is an id of the feed: 24 hexadecimal digits."""
    return len(text) == _ID_LENGTH and all(one in "0123456789abcdef" for one in text.lower())


def _id(record: Mapping[str, object]) -> str:
    value = record.get("_id")
    if isinstance(value, dict):
        value = value.get("$oid")
    if not isinstance(value, str) or not is_record_id(value):
        raise NotPromisedError("bản ghi không có _id.$oid (a record without an id)")
    return value


def _scan(record: Mapping[str, object], record_id: str) -> CarrierScan | None:
    """What a record tells; one that names neither order nor item concerns nobody."""
    reference = text_of(record.get("OrderNumber"))[:REFERENCE_LENGTH]
    waybill = text_of(record.get("ItemCode"))[:REFERENCE_LENGTH]
    if not reference and not waybill:
        return None
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=text_of(record.get("StatusCode"))[:RAW_CODE_LENGTH],
        occurred_at=_moment(record.get("EventTime"), record_id),
        reference=reference,
        waybill=waybill,
        raw_text=text_of(record.get("StatusMessage"))[:_TEXT_LENGTH],
        place=text_of(record.get("POSID"))[:_NAME_LENGTH],
        note=text_of(record.get("Notes"))[:_TEXT_LENGTH],
    )


def _moment(value: object, record_id: str) -> datetime:
    """When it happened, told in milliseconds.

    A record without a moment that can be read must neither stop the feed nor be lost: then it is
    the moment when the record was made, which a Mongo id begins with.
    """
    if isinstance(value, dict):
        value = value.get("$numberLong", value.get("$date"))
    milliseconds = whole_of(value)
    if milliseconds is not None and milliseconds > 0:
        try:
            return _EPOCH + timedelta(milliseconds=milliseconds)
        except OverflowError:
            pass
    return _EPOCH + timedelta(seconds=int(record_id[:_TIMESTAMP_DIGITS], 16))


def _district(party: Party) -> int | None:
    return int(party.district) if party.district.isdecimal() else None
