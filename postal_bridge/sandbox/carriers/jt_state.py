"""What the J&T stand-in knows: orders, their scans, and what an order must look like."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from postal_bridge.clock import Clock, to_local

Words = Mapping[str, object]

PLACED, PICKUP_FAILED, CANCELLED, FINISHED = "103", "104", "105", "121"
WEBHOOK_ONLY = frozenset({PLACED, PICKUP_FAILED, CANCELLED, FINISHED})
"""Codes that the page of callbacks has, and the page of the trace has not."""

NAMES: Mapping[str, str] = {
    "103": "Order Placed",
    "104": "Pickup Failure",
    "105": "Cancel Order",
    "106": "Picked Up",
    "109": "Departure",
    "110": "Arrival",
    "112": "On Delivery",
    "113": "Delivered",
    "116": "Returning",
    "117": "Returned Sign",
    "118": "Delivery Problem",
    "120": "Return Problem",
    "121": "FINISH",
    "10": "Nhận hàng",
    "50": "Gửi hàng",
    "92": "Hàng đến",
    "94": "Quét phát hàng",
    "100": "Ký nhận",
}
BASE_DONG, A_KILO_MORE_DONG, COD_DONG = 20_000, 4_000, 5_000
WHO = frozenset({"customerCode", "password"})

BAD_INPUT, DUPLICATE, NO_DATA = "999001010", "145003204", "999002000"
NOT_A_WAYBILL, TOO_MANY_WAYBILLS, CANNOT_CANCEL = "145003100", "145003502", "999010010"
NO_DISTRICT, NO_ORIGIN, NO_DESTINATION = "1450033315", "999009010", "999009020"
SUSPENDED = "145005004"

MOST_WAYBILLS = 30
_BILL_DIGITS = 12
_LONGEST_REFERENCE, _LONGEST_REMARK, _LONGEST_MONEY, _LONGEST_BILLCODES = 20, 200, 20, 500
_MOST_VALUE = 30_000_000
_LEAST_KILOS, _MOST_KILOS = 0.01, 999.0
_PARTY = {"name": 40, "mobile": 30, "prov": 40, "area": 40, "address": 250}
_PLACE = {"prov": 40, "area": 40}
_CHOICES: Mapping[str, frozenset[str]] = {
    "orderType": frozenset({"1", "2"}),
    "serviceType": frozenset({"1", "6"}),
    "payType": frozenset({"PP_PM", "PP_CASH", "CC_CASH"}),
    "productType": frozenset({"EXPRESS", "FAST", "SUPER"}),
    "goodsType": frozenset({"bm000001", "bm000010", "bm000011"}),
    "deliveryType": frozenset({"1", "2"}),
    "isInsured": frozenset({"0", "1"}),
}
_ORDER_FIELDS = frozenset(
    {
        *WHO,
        *_CHOICES,
        "txlogisticId",
        "selfAddress",
        "partSign",
        "isExchange",
        "isCallBeforeReturn",
        "stayWarehouseDays",
        "sender",
        "receiver",
        "courierReceipt",
        "items",
        "packageInfo",
        "sendStartTime",
        "sendEndTime",
        "goodsValue",
        "codMoney",
        "transportType",
        "remark",
        "itemsValue",
        "totalQuantity",
    }
)
_COST_FIELDS = frozenset(
    {
        *WHO,
        "weight",
        "selfAddress",
        "isInsured",
        "goodsValue",
        "codMoney",
        "length",
        "width",
        "height",
        "goodsType",
        "productType",
        "sender",
        "receiver",
    }
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class NotTakenError(Exception):
    """A "no": J&T's code and its words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Scan:
    """Something that happened to an order."""

    code: str
    at: datetime
    pictures: Sequence[str] = ()


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, with what happened to it since."""

    bill: str
    words: Words
    scans: list[Scan] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The customer's own number."""
        return str(self.words["txlogisticId"])

    @property
    def status(self) -> str:
        """The code of what happened last."""
        return self.scans[-1].code


@dataclass
class JtState:
    """All orders of one customer, by the customer's own numbers.

    Attributes:
        suspended: wards that nothing is delivered to for now.
        unserved: provinces that J&T does not know.
    """

    clock: Clock
    random: random.Random
    orders: dict[str, KeptOrder] = field(default_factory=dict)
    suspended: set[str] = field(default_factory=set)
    unserved: set[str] = field(default_factory=set)

    def add(self, words: Words) -> KeptOrder:
        """Keep an order.

        Raises:
            NotTakenError: it is not as it must be, or there is one of this number.
        """
        check_order(words)
        self._check_places(words)
        if str(words["txlogisticId"]) in self.orders:
            raise NotTakenError(DUPLICATE, "Duplicate order please update customer order number")
        bill = "8" + "".join(self.random.choice("0123456789") for _ in range(_BILL_DIGITS - 1))
        kept = {name: value for name, value in words.items() if name not in WHO}
        order = KeptOrder(bill=bill, words=kept, scans=[Scan(code=PLACED, at=self.clock.now())])
        self.orders[order.reference] = order
        return order

    def order(self, reference: object) -> KeptOrder:
        """An order by the customer's own number.

        Raises:
            NotTakenError: there is none.
        """
        if not isinstance(reference, str) or not reference:
            raise wrong("txlogisticId", "bắt buộc (required)")
        found = self.orders.get(reference)
        if found is None:
            raise NotTakenError(NO_DATA, "Data not found")
        return found

    def cancel(self, words: Words) -> KeptOrder:
        """Call an order off, before it is fetched.

        Raises:
            NotTakenError: no reason, no such order, or too late.
        """
        if not words.get("reason"):
            raise wrong("reason", "bắt buộc (required)")
        order = self.order(words.get("txlogisticId"))
        if words.get("billCode", order.bill) != order.bill:
            raise NotTakenError(NOT_A_WAYBILL, "Illegal waybill number")
        if order.status not in {PLACED, PICKUP_FAILED}:
            raise NotTakenError(CANNOT_CANCEL, "order status can not be cancel")
        order.scans.append(Scan(code=CANCELLED, at=self.clock.now()))
        return order

    def happens(
        self, reference: str, code: str, at: datetime, *, pictures: Sequence[str] = ()
    ) -> KeptOrder:
        """Something happens to an order.

        Raises:
            NotTakenError: no such order.
        """
        order = self.order(reference)
        order.scans.append(Scan(code=code, at=at, pictures=pictures))
        return order

    def cost(self, words: Words) -> Mapping[str, object]:
        """A fee; the weight may come as a number or as text.

        Raises:
            NotTakenError: it is not as it must be.
        """
        _check_known(words, _COST_FIELDS)
        _check_choices(words, ("isInsured", "goodsType", "productType"))
        _check_both(words, _PLACE)
        _check_value(words)
        _check_money(words)
        kilos = _kilos(words.get("weight"), "weight")
        self._check_places(words)
        price = BASE_DONG + max(0, -int(-kilos // 1) - 1) * A_KILO_MORE_DONG
        cod = COD_DONG if words.get("codMoney") else 0
        return {"price": price, "codFee": cod, "insuranceFee": 0}

    def traced(self, words: Words) -> Sequence[KeptOrder]:
        """The orders of a trace.

        Raises:
            NotTakenError: too many numbers, or none of them known.
        """
        told = words.get("billcodes")
        if not isinstance(words.get("txlogisticId"), str):
            raise wrong("txlogisticId", "bắt buộc (required)")
        if not isinstance(told, str) or not told or len(told) > _LONGEST_BILLCODES:
            raise wrong("billcodes", "bắt buộc (required)")
        bills = told.split(",")
        if len(bills) > MOST_WAYBILLS:
            text = f"The quantity of the waybill number exceeds {MOST_WAYBILLS}"
            raise NotTakenError(TOO_MANY_WAYBILLS, text)
        found = [one for one in self.orders.values() if one.bill in bills]
        if not found:
            raise NotTakenError(NO_DATA, "Data not found")
        return found

    def _check_places(self, words: Words) -> None:
        sender, receiver = _object(words, "sender"), _object(words, "receiver")
        if sender["prov"] in self.unserved:
            raise NotTakenError(NO_ORIGIN, "No corresponding origin information was found")
        if receiver["prov"] in self.unserved:
            text = "No corresponding destination information was found"
            raise NotTakenError(NO_DESTINATION, text)
        if receiver["area"] in self.suspended:
            text = "This delivery address is temporarily suspended due to objective reasons"
            raise NotTakenError(SUSPENDED, text)


def detail_of(scan: Scan, *, iso: bool = False) -> dict[str, object]:
    """An event as the trace shows it, or with ISO time as a callback does."""
    at = to_local(scan.at)
    name = NAMES.get(scan.code, "Khác")
    return {
        "scanTime": f"{at:%Y-%m-%dT%H:%M:%S}" if iso else f"{at:%Y-%m-%d %H:%M:%S}",
        "desc": f"【Bưu cục Lạng Sơn】{name}",
        "scanTypeCode": int(scan.code) if scan.code.isdecimal() else scan.code,
        "scanTypeName": name,
        "scanNetworkName": "Bưu cục Lạng Sơn",
        "scanNetworkId": 2501,
        "scanNetworkContact": "02053000000",
        "scanNetworkProvince": "Lạng Sơn",
        "scanNetworkCity": "Thành phố Lạng Sơn",
        "scanNetworkArea": "Phường Tam Thanh-025LSO105",
        "staffName": "Hoàng Văn Giao",
        "staffContact": "0987000000",
        "pictureUrl": list(scan.pictures),
    }


def check_order(words: Words) -> None:
    """Refuse what is not as it must be.

    Raises:
        NotTakenError: bad input, the field named in the words.
    """
    _check_known(words, _ORDER_FIELDS)
    reference = words.get("txlogisticId")
    if not isinstance(reference, str) or not 0 < len(reference) <= _LONGEST_REFERENCE:
        raise wrong("txlogisticId", f"1..{_LONGEST_REFERENCE}")
    _check_choices(words, _CHOICES)
    _check_both(words, _PARTY)
    _kilos(_object(words, "packageInfo").get("weight"), "weight")
    _check_value(words)
    _check_money(words)
    _check_window(words)
    remark = words.get("remark", "")
    if not isinstance(remark, str) or len(remark) > _LONGEST_REMARK:
        raise wrong("remark", f"{_LONGEST_REMARK}")


def wrong(name: str, why: str) -> NotTakenError:
    """Bad input, the field named in the words."""
    return NotTakenError(BAD_INPUT, f"{name}: {why}")


def references_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The customer's numbers of orders that are to be carried out."""
    return [one.reference for one in orders if one.status != CANCELLED]


def _check_known(words: Words, known: frozenset[str]) -> None:
    strange = words.keys() - known
    if strange:
        raise wrong(min(strange), "không có trường này (no such field)")


def _check_choices(words: Words, names: Iterable[str]) -> None:
    """Numbers may come as text: the carrier's samples have both."""
    for name in names:
        value = words.get(name)
        if isinstance(value, bool) or str(value) not in _CHOICES[name]:
            raise wrong(name, f"{value!r}")


def _check_both(words: Words, texts: Mapping[str, int]) -> None:
    """Both places; the district is wanted in J&T's own catalogue, and in the other there is none."""
    national = words.get("selfAddress", 0)
    if isinstance(national, bool) or str(national) not in {"0", "1"}:
        raise wrong("selfAddress", f"{national!r}")
    for who in ("sender", "receiver"):
        party = _object(words, who)
        _check_known(party, frozenset({*texts, "city"}))
        for name, longest in texts.items():
            value = party.get(name)
            if not isinstance(value, str) or not 0 < len(value) <= longest:
                raise wrong(name, f"{who}, 1..{longest}")
        if str(national) == "1" and party.get("city"):
            raise wrong("city", "địa chỉ hai cấp không có quận, huyện (none in two levels)")
        if str(national) == "0" and not party.get("city"):
            raise NotTakenError(
                NO_DISTRICT, "Please fill in the correct sending/receiving district"
            )


def _check_value(words: Words) -> None:
    value = words.get("goodsValue")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("goodsValue", "phải là số (a number)")
    if not 0 <= value <= _MOST_VALUE:
        raise wrong("goodsValue", f"0..{_MOST_VALUE}")


def _check_money(words: Words) -> None:
    money = words.get("codMoney", "0")
    if not isinstance(money, str) or not money.isdecimal() or len(money) > _LONGEST_MONEY:
        raise wrong("codMoney", "phải là chuỗi số (digits as text)")


def _check_window(words: Words) -> None:
    start, end = words.get("sendStartTime"), words.get("sendEndTime")
    if start is None and end is None:
        return
    for name, value in (("sendStartTime", start), ("sendEndTime", end)):
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise wrong(name, "yyyy-MM-dd HH:mm:ss")
    if str(start) >= str(end):
        raise wrong("sendEndTime", "trước lúc bắt đầu (before its start)")


def _kilos(value: object, name: str) -> float:
    try:
        kilos = float(value) if isinstance(value, str | int | float) else 0.0
    except ValueError:
        kilos = 0.0
    if not _LEAST_KILOS <= kilos <= _MOST_KILOS:
        raise wrong(name, f"{_LEAST_KILOS}..{_MOST_KILOS} kg")
    return kilos


def _object(words: Words, name: str) -> Words:
    value = words.get(name)
    if not isinstance(value, dict):
        raise wrong(name, "bắt buộc (required)")
    return value
