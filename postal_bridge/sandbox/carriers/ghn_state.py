"""What the GHN stand-in knows: orders, their logs, tokens to print with, a small catalogue."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from postal_bridge.clock import Clock

Words = Mapping[str, object]

PLACED = "ready_to_pick"
CANCELLED = "cancel"
PRINT_TOKEN_LIFE = timedelta(minutes=30)
LIGHT_DONG, A_KILO_MORE_DONG = 22_000, 5_000

PROVINCES: Sequence[Words] = (
    {"ProvinceID": 201, "ProvinceName": "Hà Nội", "NameExtension": ["Hà Nội", "TP Hà Nội"]},
    {"ProvinceID": 247, "ProvinceName": "Lạng Sơn", "NameExtension": ["Tỉnh Lạng Sơn"]},
)
DISTRICTS: Sequence[Words] = (
    {"DistrictID": 1482, "ProvinceID": 201, "DistrictName": "Quận Bắc Từ Liêm"},
    {"DistrictID": 1642, "ProvinceID": 247, "DistrictName": "Thành phố Lạng Sơn"},
)
WARDS: Sequence[Words] = (
    {"WardCode": "11007", "DistrictID": 1482, "WardName": "Phường Minh Khai"},
    {"WardCode": "220105", "DistrictID": 1642, "WardName": "Phường Tam Thanh"},
)

_ALPHABET = "ABCDEFGHKLMNPQRTUVWXY346789"
_CODE_LENGTH = 8
_LONGEST_REFERENCE, _LONGEST_CONTENT, _LONGEST_NAME = 50, 2_000, 1_024
_NOT_FETCHED = frozenset({PLACED, "picking", "money_collect_picking"})
_LIMITS = {
    "weight": (1, 50_000),
    "length": (1, 200),
    "width": (1, 200),
    "height": (1, 200),
    "cod_amount": (0, 50_000_000),
    "insurance_value": (0, 5_000_000),
}
_TEXTS = {
    "to_name": _LONGEST_NAME,
    "to_phone": _LONGEST_NAME,
    "to_address": _LONGEST_NAME,
    "to_ward_name": _LONGEST_NAME,
    "to_province_name": _LONGEST_NAME,
    "content": _LONGEST_CONTENT,
}
_CHOICES: Mapping[str, frozenset[object]] = {
    "payment_type_id": frozenset({1, 2}),
    "required_note": frozenset({"KHONGCHOXEMHANG", "CHOXEMHANGKHONGTHU", "CHOTHUHANG"}),
    "is_new_to_address": frozenset({True, False}),
}
_SERVICES = frozenset({2, 5})
_MORE = frozenset({"client_order_code", "to_district_name", "service_type_id", "note"})
_FIELDS = frozenset({*_LIMITS, *_TEXTS, *_CHOICES, *_MORE})
_MAY_BE_MISSING = frozenset({"cod_amount", "insurance_value", "is_new_to_address"})
_PHONE_DIGITS = 10


class NotTakenError(Exception):
    """A "no": the error's name and its words."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class RepeatError(Exception):
    """There is an order of this code already."""


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, with what happened to it since."""

    code: str
    words: Words
    at: datetime
    status: str = PLACED
    updated_at: datetime
    log: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The sender's own code; "" where it gave none."""
        return str(self.words.get("client_order_code") or "")

    @property
    def fee_dong(self) -> int:
        """What it costs."""
        return fee_of(self.words)


@dataclass
class GhnState:
    """All orders of one shop, by GHN's code."""

    clock: Clock
    random: random.Random
    orders: dict[str, KeptOrder] = field(default_factory=dict)
    print_tokens: dict[str, tuple[Sequence[str], datetime]] = field(default_factory=dict)

    def create(self, words: Words) -> KeptOrder:
        """Keep an order; one without a code of the sender's is another one each time.

        Raises:
            NotTakenError: it is not as it must be.
            RepeatError: there is one of this code.
        """
        check_order(words)
        if self.of_reference(words.get("client_order_code")):
            raise RepeatError
        now = self.clock.now()
        code = "".join(self.random.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        order = KeptOrder(code=code, words=dict(words), at=now, updated_at=now)
        self.orders[code] = order
        return order

    def of_reference(self, reference: object) -> list[KeptOrder]:
        """Orders by the sender's own code."""
        return [one for one in self.orders.values() if reference and one.reference == reference]

    def cancel(self, codes: Sequence[str]) -> list[dict[str, object]]:
        """Call orders off, all of them or none; says of each how it stands.

        Raises:
            NotTakenError: one is not there.
        """
        missing = [one for one in codes if one not in self.orders]
        if missing:
            raise NotTakenError("USER_ERR_COMMON", f"Đơn hàng không tồn tại: {missing[0]}")
        stuck = [one for one in codes if self.orders[one].status not in _NOT_FETCHED]
        if not stuck:
            for one in codes:
                self._set(self.orders[one], CANCELLED, self.clock.now())
        return [
            {
                "order_code": one,
                "result": not stuck,
                "message": "OK" if not stuck else f"Không thể hủy: {self.orders[one].status}",
            }
            for one in codes
        ]

    def happens(self, code: str, status: str, at: datetime) -> KeptOrder:
        """Something happens to an order.

        Raises:
            NotTakenError: no such order.
        """
        order = self.orders.get(code)
        if order is None:
            raise NotTakenError("USER_ERR_COMMON", "Đơn hàng không tồn tại")
        self._set(order, status, at)
        return order

    def print_token(self, codes: Sequence[str]) -> str:
        """A token for a page to print.

        Raises:
            NotTakenError: no such order; in the words of the carrier's page.
        """
        if not codes or any(one not in self.orders for one in codes):
            text = "Lỗi gọi API: corev2_tenant_order_detail - code=404, "
            raise NotTakenError("USER_ERR_COMMON", f"{text}message=Đơn hàng không tồn tại")
        token = f"{self.random.getrandbits(128):032x}"
        self.print_tokens[token] = (tuple(codes), self.clock.now() + PRINT_TOKEN_LIFE)
        return token

    def printed(self, token: str) -> Sequence[KeptOrder] | None:
        """The orders of a token that is not too old."""
        codes, until = self.print_tokens.get(token, ((), datetime.min.replace(tzinfo=UTC)))
        return [self.orders[one] for one in codes] if until > self.clock.now() else None

    @staticmethod
    def _set(order: KeptOrder, status: str, at: datetime) -> None:
        order.status, order.updated_at = status, at
        order.log.append((status, at))


def iso(moment: datetime) -> str:
    """A moment as GHN writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def fee_of(words: Words) -> int:
    """A fee: more for each kilogram begun after the first."""
    weight = words.get("weight")
    grams = weight if isinstance(weight, int) else 1
    return LIGHT_DONG + max(0, -(-grams // 1000) - 1) * A_KILO_MORE_DONG


def check_order(words: Words) -> None:
    """Refuse what is not as it must be.

    Raises:
        NotTakenError: with the error's name and the field.
    """
    strange = words.keys() - _FIELDS
    if strange:
        raise _wrong(min(strange), "không có trường này (no such field)")
    check_texts(words)
    check_limits(words, _LIMITS)
    for name, allowed in _CHOICES.items():
        value = words.get(name)
        if value is None and name in _MAY_BE_MISSING:
            continue
        if value not in allowed or isinstance(value, bool) != (name == "is_new_to_address"):
            raise _wrong(name, f"{value!r}")
    check_service(words)


def check_texts(words: Words) -> None:
    """Refuse an order without names, places, or a telephone.

    Raises:
        NotTakenError: with the error's name and the field.
    """
    for name, longest in _TEXTS.items():
        value = words.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise _wrong(name, "bắt buộc (required)")
    if words.get("is_new_to_address") is not True and not words.get("to_district_name"):
        raise _wrong("to_district_name", "bắt buộc với địa chỉ ba cấp (required)")
    reference = words.get("client_order_code")
    if reference is not None and not isinstance(reference, str):
        raise _wrong("client_order_code", "phải là chuỗi (a text)")
    if len(reference or "") > _LONGEST_REFERENCE:
        raise _wrong("client_order_code", f"dài quá {_LONGEST_REFERENCE} ký tự (too long)")
    phone = str(words["to_phone"])
    if not (phone.isdecimal() and phone[0] == "0" and len(phone) == _PHONE_DIGITS):
        raise NotTakenError("PHONE_INVALID", "Số điện thoại không hợp lệ")


def check_limits(words: Words, limits: Mapping[str, tuple[int, int]] = _LIMITS) -> None:
    """Refuse weights, sides and amounts that are too great.

    Raises:
        NotTakenError: with the error's name and the field.
    """
    for name, (least, most) in limits.items():
        value = words.get(name)
        if value is None and name in _MAY_BE_MISSING:
            continue
        if type(value) is not int or not least <= value <= most:
            raise _wrong(name, f"{least}..{most}")


def check_service(words: Words) -> None:
    """Refuse a service that there is not.

    Raises:
        NotTakenError: as GHN calls it.
    """
    if words.get("service_type_id") not in _SERVICES:
        raise NotTakenError("ROUTE_NOT_FOUND_SERVICE", "Không tìm thấy dịch vụ phù hợp")


def _wrong(name: str, why: str) -> NotTakenError:
    return NotTakenError("USER_ERR_COMMON", f"{name}: {why}")


def references_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The senders' codes of orders that are to be carried out."""
    return [one.reference for one in orders if one.status != CANCELLED]
