"""What the MyVNPost stand-in knows: orders, their histories, cases, a small catalogue of places."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from postal_bridge.clock import Clock, local_day

Words = Mapping[str, object]

DRAFT, PLACED, CANCELLED = "0", "1", "9"
NOT_FETCHED = frozenset({"0", "1", "2", "3", "4", "5", "8"})
SERVICES = {"ETN031": 28_000, "ETN011": 33_000, "CTN009": 22_000}
TWO_LEVELS = "VNPOST"

OLD_PROVINCES: Sequence[Words] = (
    {"provinceCode": "10", "provinceName": "Hà Nội"},
    {"provinceCode": "24", "provinceName": "Lạng Sơn"},
)
OLD_DISTRICTS: Sequence[Words] = (
    {"districtCode": "1000", "districtName": "Quận Ba Đình", "provinceCode": "10"},
    {"districtCode": "2400", "districtName": "Thành phố Lạng Sơn", "provinceCode": "24"},
)
OLD_COMMUNES: Sequence[Words] = (
    {"communeCode": "10010", "communeName": "Phường Trúc Bạch", "districtCode": "1000"},
    {"communeCode": "24010", "communeName": "Phường Tam Thanh", "districtCode": "2400"},
    {"communeCode": "24020", "communeName": "Phường Chi Lăng", "districtCode": "2400"},
)
NEW_PROVINCES: Sequence[Words] = (
    {"provinceCode": "20", "provinceName": "Tỉnh Lạng Sơn"},
    {"provinceCode": "46", "provinceName": "Thành phố Huế"},
)
# The parent of a new commune is its province, under the name that districts had.
NEW_COMMUNES: Sequence[Words] = (
    {"communeCode": "20101", "communeName": "Phường Kỳ Lừa", "districtCode": "20"},
    {"communeCode": "20102", "communeName": "Phường Lương Văn Tri", "districtCode": "20"},
    {"communeCode": "46101", "communeName": "Phường Thuận Hóa", "provinceCode": "46"},
)

_HEAD = {"orderCreationStatus", "type", "customerCode", "contractCode", "informationOrder"}
_SIDES = ("sender", "receiver")
_PLACE = ("ProvinceCode", "DistrictCode", "CommuneCode")
_REQUIRED = ("Name", "Phone", "Address")
_LONGEST_REFERENCE = 50
_MORE = frozenset({
    "serviceCode", "addonService", "additionRequest", "orgCodeCollect", "orgCodeAccept",
    "saleOrderCode", "contentNote", "weight", "width", "length", "height", "vehicle", "sendType",
    "isBroken", "deliveryTime", "deliveryRequire", "deliveryInstruction",
})  # fmt: skip
_FIELDS = _MORE | {f"{side}{name}" for side in _SIDES for name in (*_REQUIRED, *_PLACE, "Email")}
_CHARGE_FIELDS = {
    *(f"{side}{name}" for side in _SIDES for name in _PLACE),
    *("receiverNational", "receiverCity", "receiverPostCode", "orgCodeAccept", "weight", "width"),
    *("length", "height", "serviceCode", "addonService", "additionRequest", "vehicle"),
}


class NotTakenError(Exception):
    """A "no", in its words."""


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, with what happened to it since."""

    number: int
    words: Words
    created_at: datetime
    updated_at: datetime
    status: str = PLACED
    history: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The sender's own code."""
        return str(self.words.get("saleOrderCode") or "")

    @property
    def original_id(self) -> str:
        """The name that cancelling wants."""
        return f"MYVNP{self.number:08d}"

    @property
    def item_code(self) -> str:
        """The number on the label."""
        return f"CH{self.number:09d}VN"

    @property
    def fee_dong(self) -> int:
        """What it costs."""
        return SERVICES[str(self.words["serviceCode"])]


@dataclass(kw_only=True)
class KeptCase:
    """A cancellation that somebody has to decide; `kind` is 02 until then."""

    number: int
    order: KeptOrder
    kind: str = "02"


@dataclass
class MyvnpostState:
    """All orders of one customer, in the order in which they came."""

    clock: Clock
    random: random.Random
    orders: list[KeptOrder] = field(default_factory=list)
    cases: dict[int, KeptCase] = field(default_factory=dict)
    numbers: int = 0

    def create(self, words: Words, *, customer_code: str) -> KeptOrder:
        """Keep an order; one that comes again is another one.

        Raises:
            NotTakenError: it is not as it must be.
        """
        information = checked(words)
        if words["customerCode"] != customer_code:
            raise NotTakenError("customerCode: không đúng (wrong)")
        now = self.clock.now()
        self.numbers += 1
        order = KeptOrder(
            number=self.numbers, words=dict(information), created_at=now, updated_at=now
        )
        order.status = PLACED if words["orderCreationStatus"] == 1 else DRAFT
        order.history.append((order.status, now))
        self.orders.append(order)
        return order

    def found(self, kind: str, code: str) -> list[KeptOrder]:
        """Orders by item code (1), the sender's code (2) or the original id (3).

        Raises:
            NotTakenError: another kind.
        """
        names = {"1": "item_code", "2": "reference", "3": "original_id"}
        if kind not in names or not code:
            raise NotTakenError("type 1, 2, 3; code: bắt buộc (required)")
        return [one for one in self.orders if getattr(one, names[kind]) == code]

    def listed(self, since: date, until: date, *, newest_first: bool) -> list[KeptOrder]:
        """Orders that were last updated on these days, by the moment of that."""
        found = [one for one in self.orders if since <= local_day(one.updated_at) <= until]
        return sorted(found, key=lambda one: (one.updated_at, one.number), reverse=newest_first)

    def cancel(self, original_id: str, *, needs_approval: bool) -> KeptCase | None:
        """Call an order off, or begin a case; what is under way in the post is not called off.

        Raises:
            NotTakenError: it cannot be called off.
        """
        found = self.found("3", original_id)
        if not found:
            raise NotTakenError("Không tìm thấy đơn hàng")
        order = found[0]
        if order.status not in NOT_FETCHED:
            raise NotTakenError(f"Đơn hàng ở trạng thái {order.status}, không thể hủy")
        if not needs_approval:
            self.happens(order, CANCELLED, self.clock.now())
            return None
        case = KeptCase(number=len(self.cases) + 1, order=order)
        self.cases[case.number] = case
        return case

    def decide(self, case: KeptCase, kind: str) -> None:
        """Somebody decides a case: 00 lets the order be called off."""
        case.kind = kind
        if kind == "00":
            self.happens(case.order, CANCELLED, self.clock.now())

    def happens(self, order: KeptOrder, status: str, at: datetime) -> None:
        """Something happens to an order."""
        order.status, order.updated_at = status, at
        order.history.append((status, at))


def checked(words: Words) -> Words:
    """The inner part of an order that is as it must be.

    Raises:
        NotTakenError: it is not.
    """
    information = words.get("informationOrder")
    if words.keys() != _HEAD or not isinstance(information, dict):
        raise NotTakenError(f"{sorted(words.keys() ^ _HEAD)}: sai cấu trúc (wrong shape)")
    if words["orderCreationStatus"] not in {0, 1} or words["type"] != "GUI":
        raise NotTakenError("orderCreationStatus, type: không đúng (wrong)")
    strange = information.keys() - _FIELDS
    if strange:
        raise NotTakenError(f"{min(strange)}: không có trường này (no such field)")
    check_texts(information)
    check_places(information)
    check_service(information)
    return information


def check_texts(information: Words) -> None:
    """Refuse an order without names, places, contents or a weight.

    Raises:
        NotTakenError: with the field.
    """
    for side in _SIDES:
        for name in (*_REQUIRED, *_PLACE):
            _text(information, f"{side}{name}")
    for name in ("contentNote", "saleOrderCode", "serviceCode", "vehicle"):
        _text(information, name)
    if len(str(information["saleOrderCode"])) > _LONGEST_REFERENCE:
        raise NotTakenError(f"saleOrderCode: quá {_LONGEST_REFERENCE} ký tự (too long)")
    weight = information.get("weight")
    if not isinstance(weight, str) or not weight.isdecimal() or int(weight) <= 0:
        raise NotTakenError("weight: phải là chuỗi số gam (a text of grams)")
    if information.get("sendType") not in {"1", "2"}:
        raise NotTakenError("sendType: 1, 2")


def charged(words: Words) -> list[dict[str, object]]:
    """The fees of one product, or of all where none is named.

    Raises:
        NotTakenError: the question is not as it must be.
    """
    data = words.get("data")
    if words.get("scope") != 1 or not isinstance(data, dict) or "contractNumber" not in words:
        raise NotTakenError("scope, contractNumber, data: không đúng (wrong)")
    strange = data.keys() ^ _CHARGE_FIELDS
    if strange:
        raise NotTakenError(f"{min(strange)}: sai cấu trúc (wrong shape)")
    if type(data["weight"]) is not int or data["weight"] <= 0:
        raise NotTakenError("weight: số gam (a number of grams)")
    check_places(data)
    if data["serviceCode"] is not None:
        check_service(data)
    return [
        {"serviceCode": code, "mainFee": fee, "vasfee": 0, "totalFee": fee, "priceWeight": 100}
        for code, fee in SERVICES.items()
        if data["serviceCode"] in {None, code}
    ]


def check_places(words: Words) -> None:
    """Refuse codes that are in none of the two catalogues, or in both by half.

    Raises:
        NotTakenError: with the field.
    """
    for side in _SIDES:
        province, district, commune = (words.get(f"{side}{name}") for name in _PLACE)
        if district == TWO_LEVELS:
            known = any(
                one["communeCode"] == commune
                and province in {one.get("provinceCode"), one.get("districtCode")}
                for one in NEW_COMMUNES
            )
        else:
            known = any(
                one["communeCode"] == commune and one["districtCode"] == district
                for one in OLD_COMMUNES
            ) and any(
                one["districtCode"] == district and one["provinceCode"] == province
                for one in OLD_DISTRICTS
            )
        if not known:
            raise NotTakenError(f"{side}CommuneCode: không có trong danh mục (not there)")


def check_service(words: Words) -> None:
    """Refuse products and additions that there are not.

    Raises:
        NotTakenError: with the field.
    """
    if words.get("serviceCode") not in SERVICES:
        raise NotTakenError("serviceCode: không có dịch vụ (no such product)")
    if words.get("additionRequest") != []:
        raise NotTakenError("additionRequest: không nhận (not taken)")
    addons = words.get("addonService")
    if not isinstance(addons, list):
        raise NotTakenError("addonService: phải là danh sách (a list)")
    for one in addons:
        code, _, amount = str(one.get("propValue")).partition(":")
        if one.get("code") != "GTG021" or code != "PROP0018" or not amount.isdecimal():
            raise NotTakenError("addonService: GTG021, PROP0018:số tiền (amount)")


def _text(words: Words, name: str) -> None:
    value = words.get(name)
    if not isinstance(value, str) or not value.strip():
        raise NotTakenError(f"{name}: bắt buộc (required)")


def references_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The senders' codes of orders that are to be carried out."""
    return [one.reference for one in orders if one.status != CANCELLED]
