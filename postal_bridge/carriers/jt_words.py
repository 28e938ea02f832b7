"""What J&T Express Vietnam says and is told: signature, envelope, orders, fees, labels, scans.

Wire facts: reference on carriers, sections 2.6 and 2.7, and the carrier's pages. Nothing here
opens a connection. Codes come as numbers or as text; there are two sets of scan codes.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from postal_bridge.carriers.answers import (
    NotPromisedError,
    json_of,
    moment_of,
    object_of,
    rows_of,
    text_of,
    whole_of,
)
from postal_bridge.carriers.place_names import PlaceNames, place_names
from postal_bridge.carriers.provinces import UnknownProvinceError
from postal_bridge.carriers.wire import Answer
from postal_bridge.clock import to_local
from postal_bridge.tracking.carrier_records import RAW_CODE_LENGTH, REFERENCE_LENGTH
from postal_bridge.tracking.carrier_values import (
    Booked,
    Callback,
    CarrierScan,
    Label,
    NotThere,
    Order,
    Party,
    Proof,
    Quote,
    Refused,
)

VOCABULARY = "jt"
FORM = "application/x-www-form-urlencoded"
PAY_TYPES = ("PP_PM", "PP_CASH", "CC_CASH")
"""By month, beforehand, by the receiver."""

SERVICE = "EXPRESS"
DOCUMENT = "bm000001"
DUPLICATE = "145003204"
NO_DATA = "999002000"
CANNOT_CANCEL = "999010010"
CANCELLED = "105"
DELIVERED = frozenset({"113", "100"})
"""In the published set, and in that of the carrier's samples."""

DONE = "1"
TURNED_AWAY = frozenset(
    {
        "145003030",  # signature
        "145003051",  # no apiAccount
        "145003052",  # no digest
        "145003053",  # no timestamp
        "145003010",  # no such account
        "145003012",  # the account may not do this
        "999001030",  # customer or password wrong
        "999011010",  # no such customer
        "999011020",  # customer disabled
        "999011030",  # customer locked
    }
)
"""What is said at the door, before anything is done."""

# fmt: off
_REFUSALS = frozenset({
    DUPLICATE, NO_DATA, CANNOT_CANCEL, "145003050", "145003100", "145003502", "145005004",
    "999001010", "999009010", "999009020", "1450033315",
})
# fmt: on
"""The other codes of the carrier's page that say no; 145005005 ("billcode acquisition failed") is
an accident in the middle of an order, and like a code that nobody knows it leaves things open."""

_FIELD_OF = {"145005004": "receiver", "999009010": "sender", "999009020": "receiver"}
# fmt: off
_FIELDS = (
    "txlogisticId", "mobile", "prov", "city", "area", "address", "name", "weight", "codMoney",
    "goodsValue", "remark", "sendStartTime", "sendEndTime", "selfAddress", "serviceType",
    "payType", "productType", "goodsType", "deliveryType", "billCode", "billcodes", "reason",
    "receiver", "sender",
)
# fmt: on
_NORMAL, _TO_THE_DOOR, _PICKUP, _DROP_OFF = 1, 1, 1, 6
_OWN_CATALOGUE, _NATIONAL_CATALOGUE = 0, 1
_LONGEST_PARTY_NAME, _LONGEST_REMARK = 40, 200
_GRAMS_A_STEP, _STEPS_A_KILO = 10, 100
_NAME_LENGTH, _TEXT_LENGTH = 400, 4_000
_KINDS = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, kw_only=True)
class Result:
    """J&T's envelope; business failures come with HTTP 200.

    Attributes:
        code: "1" is good.
    """

    code: str
    text: str
    data: object

    @property
    def is_done(self) -> bool:
        """Whether it was carried out."""
        return self.code == DONE

    @property
    def is_opaque(self) -> bool:
        """An accident over there: it may have been carried out all the same (section 2.7)."""
        return self.code not in {DONE, *TURNED_AWAY, *_REFUSALS}

    @property
    def said(self) -> str:
        """Code and words, for a person."""
        return f"{self.code} {self.text}".strip()


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where an order goes from and to; one catalogue holds for both."""

    sender: PlaceNames
    receiver: PlaceNames

    @property
    def catalogue(self) -> int:
        """J&T's own with three levels, or the national one with two (section 2.7)."""
        return _OWN_CATALOGUE if self.receiver.district else _NATIONAL_CATALOGUE


def digest_of(business: str, private_key: str) -> str:
    """The signature: base64 of the bytes of MD5, which J&T wants and nobody would choose."""
    summed = hashlib.md5((business + private_key).encode(), usedforsecurity=False)
    return base64.b64encode(summed.digest()).decode()


def result_of(answer: Answer) -> Result:
    """The envelope of an answer.

    Raises:
        NotPromisedError: another shape.
        BrokenOffError: half a body.
    """
    value = object_of(json_of(answer), "J&T")
    code = text_of(value.get("code"))
    if not code:
        raise NotPromisedError(f"HTTP {answer.status}, không có code (no code)")
    return Result(
        code=code[:RAW_CODE_LENGTH],
        text=text_of(value.get("msg"))[:_TEXT_LENGTH],
        data=value.get("data"),
    )


def refused_of(result: Result) -> Refused:
    """A "no" in its own words; the field is the one that the code or the words name."""
    words = set(re.findall(r"[A-Za-z]+", result.text))
    named = next((one for one in _FIELDS if one in words), "")
    field = _FIELD_OF.get(result.code, named)
    return Refused(code=result.code, field=field, text=result.text)


def places_of(sender: Party, receiver: Party) -> Places | Refused:
    """Both places by names; what J&T could only guess at is not sent."""
    found = []
    for who, party in (("sender", sender), ("receiver", receiver)):
        try:
            place = place_names(party)
        except UnknownProvinceError as trouble:
            return Refused(code="", field=f"{who}.prov", text=str(trouble))
        if not place.ward:
            text = "địa chỉ không nói phường, xã nào (the address names no ward)"
            return Refused(code="", field=f"{who}.area", text=text)
        found.append(place)
    if found[1].district and not found[0].district:
        text = "người nhận có quận, huyện, người gửi không có (sender_district is empty)"
        return Refused(code="", field="sender.city", text=text)
    return Places(sender=found[0], receiver=found[1])


def order_words(order: Order, places: Places, *, pay_type: str) -> dict[str, object]:
    """What is sent to `addOrder`, besides who we are."""
    catalogue = places.catalogue
    words: dict[str, object] = {
        "txlogisticId": order.reference,
        "orderType": _NORMAL,
        "selfAddress": catalogue,
        "serviceType": _PICKUP if order.collect else _DROP_OFF,
        "payType": pay_type,
        "productType": SERVICE,
        "goodsType": DOCUMENT,
        "deliveryType": _TO_THE_DOOR,
        "sender": _party_words(order.sender, places.sender, catalogue),
        "receiver": _party_words(order.receiver, places.receiver, catalogue),
        "packageInfo": {"weight": f"{_kilograms(order.weight_grams):.2f}"},
        "isInsured": 0,
        "goodsValue": 0,
        "remark": " · ".join(filter(None, (order.contents, order.note)))[:_LONGEST_REMARK],
    }
    if order.cod_dong:
        words["codMoney"] = str(order.cod_dong)
    if order.collect and order.window is not None:
        words["sendStartTime"] = _wall_time(order.window.start)
        words["sendEndTime"] = _wall_time(order.window.end)
    return words


def cost_words(places: Places, *, weight_grams: int, cod_dong: int) -> dict[str, object]:
    """What is sent to `getComCost`, besides who we are; it wants places only, no persons."""
    words: dict[str, object] = {
        "weight": _kilograms(weight_grams),
        "selfAddress": places.catalogue,
        "isInsured": 0,
        "goodsValue": 0,
        "goodsType": DOCUMENT,
        "productType": SERVICE,
        "sender": _place_words(places.sender, places.catalogue),
        "receiver": _place_words(places.receiver, places.catalogue),
    }
    if cod_dong:
        words["codMoney"] = str(cod_dong)
    return words


def booked_of(result: Result, reference: str) -> Booked:
    """An order that is there.

    Its fees are left alone: on the carrier's page their names and their meanings do not agree.

    Raises:
        NotPromisedError: it has no number, or is another order than ours.
    """
    data = object_of(result.data, "data")
    code, echo = text_of(data.get("billCode")), text_of(data.get("txlogisticId"))
    if not code or len(code) > REFERENCE_LENGTH:
        raise NotPromisedError("không có billCode (no billCode)")
    if echo and echo != reference:
        raise NotPromisedError("txlogisticId của đơn khác (of another order)")
    return Booked(carrier_number=code, waybill=code)


def quote_of(result: Result) -> Quote | Refused:
    """What an order would cost: carrying it, collecting the money, insurance.

    Raises:
        NotPromisedError: there is no price.
    """
    if not result.is_done:
        return refused_of(result)
    data = object_of(result.data, "data")
    parts = [
        whole_of(data.get("price")),
        *(whole_of(data.get(one) or 0) for one in ("codFee", "insuranceFee")),
    ]
    total = sum(one for one in parts if one is not None)
    if None in parts or total < 0:
        raise NotPromisedError("không có data.price (no data.price)")
    return Quote(service=SERVICE, amount_dong=total)


def label_of(result: Result) -> Label | Refused:
    """The label; which kind of file it is, only its first bytes say.

    Raises:
        NotPromisedError: there is none, or it is none that can be printed.
    """
    if not result.is_done:
        return refused_of(result)
    try:
        encoded = "".join(
            text_of(object_of(result.data, "data").get("base64EncodeContent")).split()
        )
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as trouble:
        raise NotPromisedError("base64EncodeContent không phải base64 (not base64)") from trouble
    kind = next((one for start, one in _KINDS.items() if content.startswith(start)), "")
    if not kind:
        text = f"nhãn {len(content)} byte, không phải PDF, PNG hay JPEG (no label)"
        raise NotPromisedError(text)
    return Label(media_type=kind, content=content)


def traced_of(result: Result, *, reference: str, waybill: str) -> list[CarrierScan]:
    """What happened to one order; rows of other numbers are nobody's here.

    Raises:
        NotPromisedError: an event without a code or a moment.
    """
    data = result.data
    rows = rows_of([data] if isinstance(data, dict) else data or [], "data")
    return [
        scan
        for row in rows
        if text_of(row.get("billCode")) == waybill
        for scan in _scans(row.get("details"), reference=reference, waybill=waybill)
    ]


def business_of(callback: Callback) -> str:
    """The signed text of a callback: the field `bizContent`, or the body where there is no form.

    The carrier's page speaks of the first and shows the second.
    """
    text = callback.body.decode("utf-8", "replace")
    if text.lstrip()[:1] == "{":
        return text
    return dict(parse_qsl(text, keep_blank_values=True)).get("bizContent", "")


def callback_scans(callback: Callback) -> list[CarrierScan]:
    """What a callback tells: one event or several.

    Raises:
        NotPromisedError: it names no order, or an event has no code or no moment.
        BrokenOffError: half a body.
    """
    body = business_of(callback).encode()
    value = object_of(json_of(Answer(status=200, content_type="", body=body)), "bizContent")
    waybill, reference = text_of(value.get("billCode")), text_of(value.get("txlogisticId"))
    if not (waybill or reference):
        raise NotPromisedError("billCode, txlogisticId: thiếu (missing)")
    found = _scans(value.get("details"), reference=reference, waybill=waybill)
    if not found:
        raise NotPromisedError("không có details (no details)")
    return found


def proof_of(scans: Sequence[CarrierScan]) -> Proof | NotThere:
    """The last delivery among an order's scans; who has taken it, J&T does not say."""
    delivered = [one for one in scans if one.raw_code in DELIVERED]
    if not delivered:
        return NotThere()
    last = max(delivered, key=lambda one: one.occurred_at)
    return Proof(delivered_at=last.occurred_at, pictures=last.pictures)


def _scans(details: object, *, reference: str, waybill: str) -> list[CarrierScan]:
    """Events, which come as a list or as one object."""
    rows = rows_of([details] if isinstance(details, dict) else details or [], "details")
    return [_scan(one, reference=reference, waybill=waybill) for one in rows]


def _scan(detail: Mapping[str, object], *, reference: str, waybill: str) -> CarrierScan:
    code, at = text_of(detail.get("scanTypeCode")), moment_of(detail.get("scanTime"))
    if not code or at is None:
        raise NotPromisedError("sự kiện không có mã hoặc thời điểm (no code, or no moment)")
    return CarrierScan(
        vocabulary=VOCABULARY,
        raw_code=code[:RAW_CODE_LENGTH],
        occurred_at=at,
        reference=reference[:REFERENCE_LENGTH],
        waybill=waybill[:REFERENCE_LENGTH],
        raw_text=text_of(detail.get("scanTypeName"))[:_TEXT_LENGTH],
        place=text_of(detail.get("scanNetworkName"))[:_NAME_LENGTH],
        note=text_of(detail.get("desc"))[:_TEXT_LENGTH],
        pictures=_pictures(detail.get("pictureUrl")),
    )


def _pictures(value: object) -> tuple[str, ...]:
    """Addresses of pictures; nothing else is shown as a link to anybody."""
    listed = value if isinstance(value, list) else [value]
    return tuple(one for one in map(text_of, listed) if one.startswith(("https://", "http://")))


def _party_words(party: Party, place: PlaceNames, catalogue: int) -> dict[str, object]:
    return {
        # J&T has room for 40 characters; whom it goes to, telephone and address say besides.
        "name": party.name[:_LONGEST_PARTY_NAME].strip(),
        "mobile": party.phone,
        **_place_words(place, catalogue),
        "address": party.address,
    }


def _place_words(place: PlaceNames, catalogue: int) -> dict[str, object]:
    """Province and ward; `city` is the district, and left out in the national catalogue."""
    city = {"city": place.district} if catalogue == _OWN_CATALOGUE else {}
    return {"prov": place.province, **city, "area": place.ward}


def _kilograms(grams: int) -> float:
    """Kilograms with two decimals, rounded up: less than 0.01 is not taken."""
    return -(-grams // _GRAMS_A_STEP) / _STEPS_A_KILO


def _wall_time(moment: datetime) -> str:
    return f"{to_local(moment):%Y-%m-%d %H:%M:%S}"
