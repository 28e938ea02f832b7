"""What MyVNPost says: orders, cases, fees, rows of its list, histories, labels, places.

Wire facts: reference on carriers, sections 2.1 (a) and 2.7, on the post, section 1.3, and clients
in public use. Nothing here opens a connection. Each call has an envelope of its own: an order comes
bare or in `data`, rows in `results` or in a list of those, a case with capital letters or small
ones, alone or in a list. So each has its own reader.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from postal_bridge.carriers.answers import (
    NotPromisedError,
    json_of,
    moment_of,
    object_of,
    rows_of,
    text_of,
    whole_of,
)
from postal_bridge.carriers.wire import Answer
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH, CodMove
from postal_bridge.tracking.carrier_values import (
    Booked,
    CarrierScan,
    CodMoney,
    Label,
    Quote,
    Refused,
)

Row = Mapping[str, object]

VOCABULARY, OTHER_VOCABULARY = "myvnpost", "myvnpost_other"
VOCABULARIES = frozenset({VOCABULARY, OTHER_VOCABULARY})
CANCELLED_STATUSES = frozenset({"9", "22"})
ACCEPTED, WAITING = "00", "02"
_COD_PAID = {VOCABULARY: "21"}
_TEXT_LENGTH = 4_000
_MOMENTS = ("%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d-%m-%Y %H:%M")
_NOT_THERE = ("không tồn tại", "không tìm thấy", "not found")
_OPAQUE = ("lỗi hệ thống", "system error", "internal server error")


@dataclass(frozen=True, kw_only=True)
class No:
    """A "no": a code, and what people are told."""

    code: str
    text: str

    @property
    def is_opaque(self) -> bool:
        """An accident over there: it may have been carried out all the same (section 2.7)."""
        said = self.text.lower()
        by_code = self.code.isdecimal() and int(self.code) >= HTTPStatus.INTERNAL_SERVER_ERROR
        return by_code or not said or any(words in said for words in _OPAQUE)

    @property
    def is_not_there(self) -> bool:
        """No such order; said in words, as no code for it is published."""
        return any(words in self.text.lower() for words in _NOT_THERE)

    @property
    def said(self) -> str:
        """All of it, for people."""
        return f"{self.code} {self.text}".strip() or "từ chối không lý do (a bare no)"

    @property
    def refused(self) -> Refused:
        """The same as an answer to an order."""
        field = next((one for one in _FIELDS if one in self.text), "")
        return Refused(code=self.code, field=field, text=self.text)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What became of a cancellation: accepted, waiting for somebody over there, or neither."""

    kind: str
    text: str
    case_id: str


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the reports of one order bear: which list of codes, our name for it, and VNPost's."""

    vocabulary: str
    reference: str
    waybill: str


def token_of(answer: Answer) -> str | No:
    """The token of an answer, or why there is none.

    Raises:
        NotPromisedError: neither.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "GetAccessToken")
    token = value.get("token")
    if value.get("success") is True and isinstance(token, str) and token.strip():
        return token.strip()
    return _no(value, answer)


def created_of(answer: Answer) -> Booked | No:
    """The order that was made, bare or in `data`, or the "no" that came instead.

    Raises:
        NotPromisedError: no answer to an order.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "CreateOrder")
    record = value
    if not _number_of(record) and isinstance(value.get("data"), dict):
        record = object_of(value["data"], "CreateOrder")
    if answer.status < HTTPStatus.BAD_REQUEST and _number_of(record):
        return booked_of(record)
    return _no(value, answer)


def booked_of(record: Row) -> Booked:
    """An order that is there.

    Raises:
        NotPromisedError: it has no number.
    """
    number = _number_of(record)
    if not number:
        raise NotPromisedError("không có originalID, orderHdrID, itemCode (no number)")
    return Booked(
        carrier_number=number[:REFERENCE_LENGTH],
        waybill=text_of(record.get("itemCode"))[:REFERENCE_LENGTH] or None,
        fee_dong=whole_of(record.get("totalFee")),
    )


def found_of(answer: Answer, reference: str) -> Row | No | None:
    """Our order among the rows of `getOrder`, asked for by our code; None where there is none.

    Raises:
        NotPromisedError: no rows, or those of other orders.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return _no(object_of(value, "getOrder"), answer)
    rows = _results(value, "getOrder")
    ours = [one for one in rows if text_of(one.get("saleOrderCode")) in {"", reference}]
    if rows and not ours:
        raise NotPromisedError("chi tiết của đơn khác (details of another order)")
    # Called-off ones may keep our code: the one that is carried out counts.
    live = [one for one in ours if status_of(one) not in CANCELLED_STATUSES]
    return next(iter([*live, *ours]), None)


def listed_of(answer: Answer) -> Sequence[Row]:
    """The rows of one page of `GetListOrder`.

    Raises:
        NotPromisedError: no page of it.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise NotPromisedError(f"HTTP {answer.status}: {_no(value, answer).text}")
    return _results(value, "GetListOrder")


def case_of(answer: Answer) -> Case | No | None:
    """What became of a cancellation; None where an empty list says that nothing has yet.

    Raises:
        NotPromisedError: it says nothing about one.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if isinstance(value, list):
        if not value:
            return None
        value = value[0]
    words = {name.lower(): one for name, one in object_of(value, "orderCancel").items()}
    kind = text_of(words.get("type"))
    if answer.status >= HTTPStatus.BAD_REQUEST or not kind:
        return _no(object_of(value, "orderCancel"), answer)
    said = (text_of(words.get("message")), text_of(words.get("note")))
    return Case(
        kind=kind[:RAW_CODE_LENGTH],
        text=" · ".join(dict.fromkeys(one for one in said if one))[:_TEXT_LENGTH],
        case_id=text_of(words.get("caseid"))[:REFERENCE_LENGTH],
    )


def quote_of(answer: Answer, service: str) -> Quote | Refused:
    """The fee of our product among those that are told.

    Raises:
        NotPromisedError: no fees, or one without an amount.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if isinstance(value, dict):
        inner = value.get("data")
        if answer.status >= HTTPStatus.BAD_REQUEST or not isinstance(inner, list):
            return _no(value, answer).refused
        value = inner
    fees = {text_of(one.get("serviceCode")): one for one in rows_of(value, "ServicesCharge")}
    if service not in fees:
        text = f"không có cước cho {service} (no fee for this product)"
        return Refused(code="", field="serviceCode", text=text)
    total = whole_of(fees[service].get("totalFee"))
    if total is None or total < 0:
        raise NotPromisedError("không có totalFee (no totalFee)")
    return Quote(service=service, amount_dong=total)


def label_of(answer: Answer) -> Label | Refused:
    """The label: the first of a list of PDFs in base 64.

    Raises:
        NotPromisedError: none of it.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if isinstance(value, dict):
        return _no(value, answer).refused
    if not isinstance(value, list) or answer.status >= HTTPStatus.BAD_REQUEST:
        raise NotPromisedError(f"HTTP {answer.status}, không phải danh sách (not a list)")
    if not value:
        return Refused(code="", text="chưa có vận đơn để in (there is no label yet)")
    try:
        content = base64.b64decode(text_of(value[0]), validate=True)
    except binascii.Error as trouble:
        raise NotPromisedError("nhãn không phải base64 (not base 64)") from trouble
    if not content.startswith(b"%PDF"):
        raise NotPromisedError("nhãn không phải PDF (not a PDF)")
    return Label(media_type="application/pdf", content=content)


def history_of(answer: Answer, names: Names) -> list[CarrierScan]:
    """What happened to an order; nothing where MyVNPost has no history of it.

    Raises:
        NotPromisedError: no history, or an event without a code or a moment.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "GetStatusHistoryOrder")
    if answer.status >= HTTPStatus.BAD_REQUEST:
        no = _no(value, answer)
        if no.is_not_there:
            return []
        raise NotPromisedError(f"HTTP {answer.status}: {no.text}")
    data = value.get("data", value)
    parts = rows_of(data if isinstance(data, list) else [data], "data")
    return [_event(one, names) for part in parts for one in _events(part)]


def row_scan(row: Row, names: Names, *, otherwise: datetime) -> CarrierScan | None:
    """How an order stands by its row; None where the row has no status.

    Args:
        row: of the list.
        names: of the order.
        otherwise: the moment where the row tells none that can be read.
    """
    if not status_of(row):
        return None
    moment = moment_of(row.get("updatedDate"), *_MOMENTS)
    return _scan(status_of(row), moment or otherwise, names)


def status_of(row: Row) -> str:
    """A row's status, as text."""
    return text_of(row.get("status"))[:RAW_CODE_LENGTH]


def names_of(row: Row, vocabulary: str) -> Names | None:
    """Whose row it is; None where it concerns nobody.

    An item may get another number on its way; the first one is on our label.
    """
    reference = text_of(row.get("saleOrderCode"))[:REFERENCE_LENGTH]
    waybill = text_of(row.get("originalItemCode")) or text_of(row.get("itemCode"))
    if not reference and not waybill:
        return None
    waybill = waybill[:REFERENCE_LENGTH]
    return Names(vocabulary=vocabulary, reference=reference, waybill=waybill)


def entries_of(answer: Answer) -> Sequence[Row]:
    """A catalogue of places, which comes as a bare list.

    Raises:
        NotPromisedError: no list.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise NotPromisedError(f"HTTP {answer.status}")
    return rows_of(value, "catalogue")


def original_id_of(record: Row) -> str:
    """The name that cancelling wants; it has been seen written in two ways."""
    return text_of(record.get("originalID")) or text_of(record.get("originalId"))


def _number_of(record: Row) -> str:
    """The name that cancelling wants, or another one of the same order."""
    told = (text_of(record.get(one)) for one in ("orderHdrID", "itemCode"))
    return original_id_of(record) or next((one for one in told if one), "")


def _results(value: object, what: str) -> Sequence[Row]:
    """Rows in `results`, or in a list of such."""
    parts = value if isinstance(value, list) else [value]
    found: list[Row] = []
    for part in parts:
        words = object_of(part, what)
        if "results" not in words:
            raise NotPromisedError(f"{what}: không có results (no results)")
        found += rows_of(words["results"] or [], what)
    return found


def _events(part: Row) -> Sequence[Row]:
    """The events of a history; its name has been seen with a blank behind it."""
    told = {name.strip(): one for name, one in part.items()}
    if "statusHistory" not in told:
        raise NotPromisedError("không có statusHistory (no statusHistory)")
    return rows_of(told["statusHistory"] or [], "statusHistory")


def _event(row: Row, names: Names) -> CarrierScan:
    hour = text_of(row.get("createdHour")) or text_of(row.get("createHour"))
    moment = moment_of(f"{text_of(row.get('createdDate'))} {hour}".strip(), *_MOMENTS)
    code = text_of(row.get("statusCode"))[:RAW_CODE_LENGTH]
    if not code or moment is None:
        raise NotPromisedError("trạng thái không có mã hoặc thời điểm (no status, or no moment)")
    return _scan(code, moment, names, text_of(row.get("statusName")))


def _scan(code: str, moment: datetime, names: Names, text: str = "") -> CarrierScan:
    """A report. That money was paid out is said without how much: fees may be taken off before."""
    is_paid = code == _COD_PAID.get(names.vocabulary)
    return CarrierScan(
        vocabulary=names.vocabulary,
        raw_code=code,
        occurred_at=moment,
        reference=names.reference,
        waybill=names.waybill,
        raw_text=text[:_TEXT_LENGTH],
        money=CodMoney(move=CodMove.REMITTED) if is_paid else None,
    )


def _no(value: object, answer: Answer) -> No:
    """What an answer says that is no "yes"."""
    words = object_of(value, "MyVNPost")
    told = (text_of(words.get(one)) for one in ("message", "Message", "errorMessage"))
    code = text_of(words.get("status")) or text_of(words.get("code"))
    if not code and answer.status >= HTTPStatus.BAD_REQUEST:
        code = str(int(answer.status))
    return No(
        code=code[:RAW_CODE_LENGTH],
        text=next((one for one in told if one), "")[:_TEXT_LENGTH],
    )


_NAMES = ("Name", "Phone", "Email", "Address", "ProvinceCode", "DistrictCode", "CommuneCode")
_FIELDS = (
    *(f"{side}{name}" for side in ("sender", "receiver") for name in _NAMES),
    *("serviceCode", "addonService", "saleOrderCode", "contentNote", "weight", "customerCode"),
)
