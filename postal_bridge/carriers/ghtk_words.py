"""What GHTK says and is told: its envelope, orders, the state of one, callbacks.

Wire facts: reference on carriers, section 2.5, and the carrier's pages. Nothing here opens a
connection. Orders are weighed in kilograms, fees are asked for in grams. Codes come as numbers or
as text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from urllib.parse import parse_qsl

from postal_bridge.carriers.answers import (
    BrokenOffError,
    NotPromisedError,
    json_of,
    moment_of,
    object_of,
    text_of,
    whole_of,
)
from postal_bridge.carriers.place_names import PlaceNames
from postal_bridge.carriers.wire import Answer
from postal_bridge.dossiers.records import TEXT_LENGTH
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH, CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    CarrierScan,
    CodMoney,
    Label,
    Order,
    Quote,
    Refused,
)

VOCABULARY = "ghtk"
ALREADY_THERE = "ORDER_ID_EXIST"
CANCELLED_STATUS, ATTEMPTED_STATUS = "-1", "9"
TRANSPORT = "road"
_MONEY = {"5": CodMove.COLLECTED, "6": CodMove.REMITTED}

_NOT_FOUND = 404
_PDF, _PDF_END, _PDF_TAIL = b"%PDF", b"%%EOF", 1_024
_GRAMS_A_KILO = 1_000
_HAMLET = "Khác"
"""What GHTK wants where nobody knows the hamlet."""

_FIELDS = (
    "pick_province",
    "pick_district",
    "pick_ward",
    "pick_address",
    "pick_name",
    "pick_tel",
    "pick_money",
    "province",
    "district",
    "ward",
    "address",
    "weight",
    "value",
    "name",
    "tel",
    "id",
)
_NOT_THERE = ("không tồn tại", "không tìm thấy", "not found")
_OPAQUE = (
    "lỗi hệ thống",
    "hệ thống lỗi",
    "hệ thống đang",
    "có lỗi xảy ra",
    "thử lại sau",
    "system error",
)
_FORMS = ("%Y-%m-%d %H:%M:%S", "%y-%m-%d %H:%M:%S")
_EATEN_PLUS = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")


@dataclass(frozen=True, kw_only=True)
class Result:
    """GHTK's envelope.

    Attributes:
        code: of the error, where it has one.
        words: the whole envelope; what was asked for stands beside `success`.
    """

    status: int
    is_done: bool
    code: str
    text: str
    words: Mapping[str, object]

    @property
    def is_opaque(self) -> bool:
        """An accident over there: it may have been carried out all the same (section 2.7)."""
        said = self.text.lower()
        return not self.is_done and any(words in said for words in _OPAQUE)

    @property
    def is_not_there(self) -> bool:
        """No such order; GHTK says so in words."""
        said = self.text.lower()
        return self.status == _NOT_FOUND or any(words in said for words in _NOT_THERE)


def result_of(answer: Answer) -> Result:
    """The envelope of an answer.

    Raises:
        NotPromisedError: another shape.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "GHTK")
    success = value.get("success")
    if not isinstance(success, bool):
        raise NotPromisedError(f"HTTP {answer.status}, không có success (no success)")
    error = value.get("error")
    code = (
        text_of(error.get("code")) if isinstance(error, dict) else text_of(value.get("error_code"))
    )
    return Result(
        status=answer.status,
        is_done=success,
        code=code,
        text=text_of(value.get("message"))[:TEXT_LENGTH],
        words=value,
    )


def refused_of(result: Result) -> Refused:
    """A "no" in its own words; the field is the first one that they name."""
    words = set(re.findall(r"[a-z_]+", result.text))
    field = next((one for one in _FIELDS if one in words), "")
    code = result.code or ("" if result.status < _LEAST_ERROR else str(result.status))
    return Refused(code=code[:RAW_CODE_LENGTH], field=field, text=result.text)


_LEAST_ERROR = 400


def order_words(order: Order, *, pick: PlaceNames, to: PlaceNames) -> dict[str, object]:
    """What is sent to `order`; names that nobody knows are left out."""
    sender, receiver = order.sender, order.receiver
    words = {
        "id": order.reference,
        "pick_name": sender.name,
        "pick_tel": sender.phone,
        "pick_address": sender.address,
        "pick_province": pick.province,
        "pick_district": pick.district,
        "pick_ward": pick.ward,
        "pick_option": "cod" if order.collect else "post",
        "pick_money": order.cod_dong,
        "name": receiver.name,
        "tel": receiver.phone,
        "address": receiver.address,
        "province": to.province,
        "district": to.district,
        "ward": to.ward,
        "hamlet": _HAMLET,
        "email": receiver.email,
        "is_freeship": 1,
        "value": 0,
        "transport": TRANSPORT,
        "weight_option": "kilogram",
        "note": order.note,
    }
    product = {
        "name": order.contents,
        "weight": order.weight_grams / _GRAMS_A_KILO,
        "quantity": 1,
    }
    return {"products": [product], "order": {key: one for key, one in words.items() if one != ""}}


def fee_words(order: Order, *, pick: PlaceNames, to: PlaceNames) -> dict[str, str]:
    """What is asked of `fee`."""
    words = {
        "pick_province": pick.province,
        "pick_district": pick.district,
        "pick_ward": pick.ward,
        "pick_address": order.sender.address,
        "province": to.province,
        "district": to.district,
        "ward": to.ward,
        "address": order.receiver.address,
        "weight": str(order.weight_grams),
        "value": "0",
        "transport": TRANSPORT,
        "deliver_option": "none",
    }
    return {key: one for key, one in words.items() if one}


def booked_of(result: Result) -> Booked:
    """An order that GHTK has just taken.

    Raises:
        NotPromisedError: it has no label.
    """
    return _booked(object_of(result.words.get("order"), "order"), name="label", fee="fee")


def state_of(result: Result, reference: str) -> Mapping[str, object]:
    """The state of an order of ours.

    Raises:
        NotPromisedError: none, or that of another order.
    """
    words = object_of(result.words.get("order"), "order")
    if text_of(words.get("partner_id")) != reference:
        raise NotPromisedError("trạng thái của đơn khác (the state of another order)")
    return words


def found_of(state: Mapping[str, object]) -> Booked:
    """An order that is there already.

    Raises:
        NotPromisedError: it has no label.
    """
    found = _booked(state, name="label_id", fee="ship_money")
    return Booked(
        carrier_number=found.carrier_number,
        waybill=found.waybill,
        fee_dong=found.fee_dong,
        already=True,
    )


def status_of(state: Mapping[str, object]) -> str:
    """The code of a state, as text."""
    return text_of(state.get("status", state.get("status_id")))


def quote_of(result: Result) -> Quote | Refused:
    """A fee.

    Raises:
        NotPromisedError: there is none.
    """
    if not result.is_done:
        return refused_of(result)
    fee = object_of(result.words.get("fee"), "fee")
    if fee.get("delivery") is False:
        text = "GHTK không giao đến nơi này (not delivered there)"
        return Refused(code="", field="address", text=text)
    amount = whole_of(fee.get("fee"))
    if amount is None or amount < 0:
        raise NotPromisedError("không có fee.fee (no fee.fee)")
    return Quote(service=text_of(fee.get("delivery_type")) or TRANSPORT, amount_dong=amount)


def label_of(answer: Answer) -> Label | Refused:
    """A label, or the refusal that came instead.

    Raises:
        NotPromisedError: neither.
        BrokenOffError: half a label.
    """
    if not answer.body.startswith(_PDF):
        result = result_of(answer)
        if result.is_done:
            raise NotPromisedError("không phải PDF (no PDF)")
        return refused_of(result)
    if _PDF_END not in answer.body[-_PDF_TAIL:]:
        raise BrokenOffError(f"PDF bị đứt đoạn sau {len(answer.body)} byte (PDF broken off)")
    return Label(media_type="application/pdf", content=answer.body)


def state_scan(state: Mapping[str, object], reference: str) -> CarrierScan:
    """What a state tells: how it stands, and since when it was changed.

    Raises:
        NotPromisedError: no status, or no moment.
    """
    return _scan(
        status_of(state),
        state.get("modified"),
        reference=reference,
        label=text_of(state.get("label_id")),
        raw_text=text_of(state.get("status_text")),
        money=money_of(status_of(state), state.get("pick_money")),
    )


def money_of(status: str, amount: object) -> CodMoney | None:
    """Collected with the delivery (5), paid out when reconciled (6); GHTK tells the sum of both."""
    dong, move = whole_of(amount), _MONEY.get(status)
    return CodMoney(move=move, amount_dong=dong) if move and dong and dong > 0 else None


def callback_scan(callback: Callback) -> CarrierScan:
    """What a callback tells, as JSON or as a form.

    Raises:
        NotPromisedError: it names no order, no status or no moment.
        BrokenOffError: half a body.
    """
    words = _callback_words(callback)
    reference, label = text_of(words.get("partner_id")), text_of(words.get("label_id"))
    if not (reference or label):
        raise NotPromisedError("partner_id, label_id: thiếu (missing)")
    reason = (text_of(words.get("reason_code")), text_of(words.get("reason")))
    return _scan(
        text_of(words.get("status_id")),
        words.get("action_time"),
        reference=reference,
        label=label,
        note=" ".join(one for one in reason if one),
        money=money_of(text_of(words.get("status_id")), words.get("pick_money")),
    )


def _callback_words(callback: Callback) -> Mapping[str, object]:
    kind = callback.content_type.lower()
    body = callback.body
    if "multipart" in kind:
        head = f"Content-Type: {callback.content_type}\r\n\r\n".encode()
        parts = message_from_bytes(head + body).walk()
        return {
            str(part.get_param("name", header="content-disposition")): _payload(
                part.get_payload(decode=True)
            )
            for part in parts
            if not part.is_multipart()
        }
    if "form" in kind and not body.lstrip().startswith(b"{"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return object_of(json_of(Answer(status=200, content_type="", body=body)), "callback")


def _payload(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _booked(words: Mapping[str, object], *, name: str, fee: str) -> Booked:
    label = text_of(words.get(name))
    if not label or len(label) > REFERENCE_LENGTH:
        raise NotPromisedError(f"không có {name} (no {name})")
    return Booked(carrier_number=label, waybill=label, fee_dong=whole_of(words.get(fee)))


def _scan(
    status: str,
    moment: object,
    *,
    reference: str,
    label: str,
    raw_text: str = "",
    note: str = "",
    money: CodMoney | None = None,
) -> CarrierScan:
    # The carrier's own sample of a form leaves the plus of "+07:00" as it is, to be read as a blank.
    at = moment_of(_EATEN_PLUS.sub(r"\1+\2", text_of(moment)), *_FORMS)
    if not status or at is None:
        raise NotPromisedError("trạng thái không có mã hoặc thời điểm (no status, or no moment)")
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=status[:RAW_CODE_LENGTH],
        occurred_at=at,
        reference=reference[:REFERENCE_LENGTH],
        waybill=label[:REFERENCE_LENGTH],
        raw_text=raw_text[:TEXT_LENGTH],
        note=note[:TEXT_LENGTH],
        money=money,
    )
