"""What VNPost's administrative post (HCC v1) says and is told: orders, acceptances, deliveries.

Wire facts: reference on carriers, section 2.1 (c), and on one-stop systems and the post, section
1.2 (row O1). Nothing here opens a connection. Vietnamese names go out, English ones come back.

The service has no list of status codes: it has two kinds of records. So a raw code is what the
record itself says, in its own words:

- an acceptance record is `Acceptance`: a post office has taken the item in, at SendingTime;
- a delivery record is `IsDeliverable=true` or `IsDeliverable=false`, at DeliveryTime, with
  ` IsReturn=true` behind it where the record says so of the way back; any other value stands there
  as it came, which is a gap in the map. A record that has neither an attempt's time nor a delivery
  tells nothing yet.

CauseCode and SolutionCode go along in the note and not in the code: nobody has published their
lists, so each would be a gap and a failed attempt would not be seen as one.

Sums in an acceptance (CodAmount, MainFreight, VasFreight, CodFreight) are what was agreed at the
counter. That money was collected or paid out, no record says; so they are in the note too.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
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
)
from postal_bridge.carriers.wire import Answer
from postal_bridge.dossiers.records import NAME_LENGTH, TEXT_LENGTH
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH
from postal_bridge.tracking.carrier_values import CarrierScan, Order, Party, Placed, Proof

VOCABULARY = "vnpost_hcc"
ACCEPTANCE = "Acceptance"
TURNED_DOWN = "Status=false"

_DROP_OFF, _PICK_UP = 1, 2
_NOBODY_KNOWS = 0
_FORMS = ("%d/%m/%Y %H:%M:%S",)
_TRUTHS = {"true": "true", "1": "true", "false": "false", "0": "false"}
_ALREADY = ("đã tồn tại", "already exist")
_OPAQUE = ("lỗi hệ thống", "hệ thống lỗi", "có lỗi xảy ra", "system error")
_SUMS = ("CodAmount", "MainFreight", "VasFreight", "CodFreight")
_ON_ACCEPTANCE = ("DestinationPoscode", "Weight", *_SUMS)
_ON_DELIVERY = (
    "DeliveryTimes",
    "CauseCode",
    "SolutionCode",
    "SolutionName",
    "DeliveryNote",
)

Record = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Result:
    """`{Status}`, a yes or a no; some answers have a sentence beside it."""

    is_done: bool
    text: str

    @property
    def is_already_there(self) -> bool:
        """It was stored before, under our own number."""
        return not self.is_done and _speaks_of(_ALREADY, self.text)

    @property
    def is_opaque(self) -> bool:
        """An accident over there: it may have been stored all the same (section 2.7)."""
        return not self.is_done and _speaks_of(_OPAQUE, self.text)

    @property
    def is_of_the_token(self) -> bool:
        """Turned away at the door, so nothing was done."""
        return not self.is_done and "token" in self.text.lower()


def result_of(answer: Answer) -> Result:
    """What an answer says about an order that was to be stored.

    Raises:
        NotPromisedError: it says nothing about it.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "postDieuTin")
    result = _result(value)
    if result is None:
        raise NotPromisedError(f"HTTP {answer.status}, không có Status (no Status)")
    return result


def order_words(
    order: Order,
    *,
    customer_code: str,
    post_office: int,
    sender_province: str,
    receiver_province: str,
) -> dict[str, object]:
    """An order, in the carrier's own names; the same call fetches and delivers.

    A nought stands for a district or a post office that nobody knows, as in the carrier's first
    client. Left out is what VNPost settles itself, or in a unit that nobody has published: weight,
    sizes, freight.
    """
    return {
        "posIdThuGom": post_office,
        "maTinhGui": int(sender_province),
        "maHuyenGui": _district(order.sender),
        "soDonHang": order.reference,
        "maKhachHang": customer_code,
        "diaChiNguoiGui": order.sender.address,
        "tenNguoiGui": order.sender.name,
        "emailNguoiGui": order.sender.email,
        "dienThoaiNguoiGui": order.sender.phone,
        "noiDungHang": order.contents,
        "soTienCOD": order.cod_dong,
        "ghiChu": order.note,
        "ngayNhap": "",
        "posIdNhanTin": _NOBODY_KNOWS,
        "tenNguoiNhan": order.receiver.name,
        "diaChiNguoiNhan": order.receiver.address,
        "emailNguoiNhan": order.receiver.email,
        "dienThoaiNguoiNhan": order.receiver.phone,
        "maTinhNhan": int(receiver_province),
        "maHuyenNhan": _district(order.receiver),
        "maBuuGui": order.waybill or "",
        "donHangNoiHuyen": False,
        "extendData": "",
        "flagConfig": _PICK_UP if order.collect else _DROP_OFF,
    }


def question_words(*, customer_code: str, reference: str, waybill: str) -> dict[str, object]:
    """The names of an order, as a question about it bears them."""
    return {"soDonHang": reference, "maKhachHang": customer_code, "maBuuGui": waybill}


def records_of(answer: Answer) -> Sequence[Record] | Result:
    """The records of an answer: one, a list, or a list in an envelope; or the "no" instead.

    A "no" that says nothing of the token is no record yet.

    Raises:
        NotPromisedError: none of these.
        BrokenOffError: half a body.
    """
    value = json_of(answer)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise NotPromisedError(f"HTTP {answer.status}")
    if isinstance(value, list):
        return rows_of(value, "serviceApi")
    envelope = object_of(value, "serviceApi")
    if "ItemCode" in envelope:
        return [envelope]
    lists = [one for one in envelope.values() if isinstance(one, list)]
    if lists:
        return [row for one in lists for row in rows_of(one, "serviceApi")]
    result = _result(envelope)
    if result is not None and result.is_of_the_token:
        return result
    if result is None and envelope and envelope.get("TotalRecord") not in (0, "0"):
        raise NotPromisedError(f"HTTP {answer.status}, không có bản ghi (no records)")
    return []


def concerning(records: Iterable[Record], placed: Placed, items: Collection[str]) -> list[Record]:
    """Those that are about this order: by its number or by its item's.

    The same address answers others with all records of a customer, so none is taken on trust.
    """
    return [
        one
        for one in records
        if text_of(one.get("DataCode")) == placed.reference or item_of(one) in items
    ]


def item_of(record: Record) -> str:
    """The number on the item's label."""
    return text_of(record.get("ItemCode"))[:REFERENCE_LENGTH]


def acceptance_scan(record: Record, reference: str) -> CarrierScan:
    """What an acceptance tells.

    Raises:
        NotPromisedError: it does not say when.
    """
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=ACCEPTANCE,
        occurred_at=_moment(record, "SendingTime"),
        reference=reference,
        waybill=item_of(record),
        place=text_of(record.get("AcceptancePoscode"))[:NAME_LENGTH],
        note=_note(record, _ON_ACCEPTANCE),
    )


def delivery_scan(record: Record, reference: str) -> CarrierScan | None:
    """What a delivery tells; None before anything was attempted.

    Raises:
        NotPromisedError: something was handed over, and it does not say when.
    """
    handed_over = _truth(record, "IsDeliverable")
    if handed_over != "true" and _told_moment(record, "DeliveryTime") is None:
        return None
    code = f"IsDeliverable={handed_over}"
    if _truth(record, "IsReturn") == "true":
        code += " IsReturn=true"
    receiver = text_of(record.get("ReceiverName")) if handed_over == "true" else ""
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=code[:RAW_CODE_LENGTH],
        occurred_at=_moment(record, "DeliveryTime"),
        reference=reference,
        waybill=item_of(record),
        raw_text=text_of(record.get("CauseName"))[:TEXT_LENGTH],
        place=text_of(record.get("ToPOSCode"))[:NAME_LENGTH],
        note=_note(record, _ON_DELIVERY),
        received_by=receiver[:NAME_LENGTH],
    )


def proof_of(records: Iterable[Record]) -> Proof | None:
    """The last delivery to the receiver; what came back to its sender proves nothing.

    Raises:
        NotPromisedError: it does not say when.
    """
    proofs = [
        Proof(
            delivered_at=_moment(one, "DeliveryTime"),
            received_by=text_of(one.get("ReceiverName"))[:NAME_LENGTH],
        )
        for one in records
        if _truth(one, "IsDeliverable") == "true" and _truth(one, "IsReturn") != "true"
    ]
    return max(proofs, key=lambda one: one.delivered_at, default=None)


def _result(value: Record) -> Result | None:
    said = _truth(value, "Status")
    if said not in {"true", "false"}:
        return None
    text = text_of(value.get("Message"))[:TEXT_LENGTH]
    return Result(is_done=said == "true", text=text)


def _truth(record: Record, name: str) -> str:
    """A yes or no as a word, however it was written; anything else as it came."""
    value = record.get(name)
    said = str(value).lower() if isinstance(value, bool) else text_of(value)
    return _TRUTHS.get(said.lower(), said)


def _told_moment(record: Record, name: str) -> datetime | None:
    return moment_of(record.get(name), *_FORMS)


def _moment(record: Record, name: str) -> datetime:
    moment = _told_moment(record, name)
    if moment is None:
        raise NotPromisedError(f"bản ghi không có {name} (a record without a moment)")
    return moment


def _note(record: Record, names: Sequence[str]) -> str:
    told = ((name, text_of(record.get(name))) for name in names)
    return "; ".join(f"{name} {value}" for name, value in told if value)[:TEXT_LENGTH]


def _speaks_of(words: Sequence[str], text: str) -> bool:
    said = text.lower()
    return any(one in said for one in words)


def _district(party: Party) -> int:
    """Districts are the carrier's numbers, which a name does not tell."""
    return int(party.district) if party.district.isdecimal() else _NOBODY_KNOWS
