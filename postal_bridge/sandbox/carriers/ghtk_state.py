"""What the GHTK stand-in knows: orders, once each, and how each stands."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from postal_bridge.clock import Clock, to_local

Words = Mapping[str, object]

RECEIVED, COLLECTING, CANCELLED = 2, 12, -1
NEAR_DONG, FAR_DONG, HALF_A_KILO_MORE_DONG = 22_000, 30_400, 2_500

_MAY_BE_CANCELLED = frozenset({1, RECEIVED, COLLECTING})
_LONGEST = 255
_HEAVIEST_KG = 20.0
_MOST_DONG = 20_000_000
_REQUIRED = (
    "id",
    "pick_name",
    "pick_address",
    "pick_province",
    "pick_district",
    "pick_tel",
    "name",
    "tel",
    "address",
    "province",
    "district",
    "hamlet",
)
_AMOUNTS = ("pick_money", "value")
_OPTIONAL = frozenset({"pick_ward", "ward", "street", "email", "note", "is_freeship"})
_CHOICES: Mapping[str, frozenset[object]] = {
    "transport": frozenset({"road", "fly", None}),
    "weight_option": frozenset({"kilogram", "gram", None}),
    "pick_option": frozenset({"cod", "post", None}),
}
_FIELDS = frozenset({*_REQUIRED, *_AMOUNTS, *_OPTIONAL, *_CHOICES})
_PHONE_DIGITS = range(9, 12)


class NotTakenError(Exception):
    """A "no", with the error's code; HTTP status 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, and how it stands."""

    label: str
    words: Words
    weight_kg: float
    at: datetime
    modified_at: datetime
    status: int = RECEIVED

    @property
    def reference(self) -> str:
        """The sender's own code."""
        return str(self.words["id"])

    @property
    def fee_dong(self) -> int:
        """What it costs."""
        is_near = self.words["pick_province"] == self.words["province"]
        return fee_of(round(self.weight_kg * 1000), is_near=is_near)


class RepeatError(Exception):
    """There is an order of this code already."""

    def __init__(self, order: KeptOrder) -> None:
        super().__init__(order.reference)
        self.order = order


@dataclass
class GhtkState:
    """All orders of one shop, by the sender's own code."""

    clock: Clock
    random: random.Random
    orders: dict[str, KeptOrder] = field(default_factory=dict)

    def create(self, words: Words) -> KeptOrder:
        """Keep an order.

        Raises:
            NotTakenError: it is not as it must be.
            RepeatError: there is one of this code.
        """
        order, weight_kg = checked(words)
        reference = str(order["id"])
        if reference in self.orders:
            raise RepeatError(self.orders[reference])
        now = self.clock.now()
        label = f"S1.A1.{self.random.randrange(10**9, 10**10)}"
        kept = KeptOrder(
            label=label, words=dict(order), weight_kg=weight_kg, at=now, modified_at=now
        )
        self.orders[reference] = kept
        return kept

    def named(self, name: str) -> KeptOrder | None:
        """An order by GHTK's label, or by `partner_id:` and the sender's own code."""
        mark, _, reference = name.partition("partner_id:")
        if not mark and reference:
            return self.orders.get(reference)
        return next((one for one in self.orders.values() if one.label == name), None)

    def cancel(self, name: str) -> None:
        """Call an order off, in the words of the carrier's page.

        Raises:
            NotTakenError: no such order, it is called off, or it was fetched.
        """
        order = self.named(name)
        if order is None:
            raise NotTakenError("", "Đơn hàng không tồn tại")
        if order.status == CANCELLED:
            raise NotTakenError("", "Đơn hàng đã đã ở trạng thái hủy")
        if order.status not in _MAY_BE_CANCELLED:
            raise NotTakenError("", "Đơn đã lấy hàng, không thể hủy đơn.")
        order.status, order.modified_at = CANCELLED, self.clock.now()

    def happens(self, name: str, status: int, at: datetime) -> KeptOrder:
        """Something happens to an order.

        Raises:
            NotTakenError: no such order.
        """
        order = self.named(name)
        if order is None:
            raise NotTakenError("", "Đơn hàng không tồn tại")
        order.status, order.modified_at = status, at
        return order


def wall_time(moment: datetime) -> str:
    """A moment as GHTK writes it: Vietnam's, without saying so."""
    return f"{to_local(moment):%Y-%m-%d %H:%M:%S}"


def fee_of(grams: int, *, is_near: bool) -> int:
    """A fee: more for each half kilogram begun after the first three kilograms."""
    more = max(0, -(-(grams - 3_000) // 500)) * HALF_A_KILO_MORE_DONG
    return (NEAR_DONG if is_near else FAR_DONG) + more


def checked(words: Words) -> tuple[Words, float]:
    """The order of a request, and what it weighs in kilograms.

    Raises:
        NotTakenError: it is not as it must be; the message names the field.
    """
    order, products = words.get("order"), words.get("products")
    if not isinstance(order, dict) or words.keys() - {"order", "products"}:
        raise wrong("order", "bắt buộc (required)")
    strange = order.keys() - _FIELDS
    if strange:
        raise wrong(min(strange), "không có trường này (no such field)")
    check_texts(order)
    for name in _AMOUNTS:
        value = order.get(name, 0)
        if type(value) is not int or not 0 <= value <= _MOST_DONG:
            raise wrong(name, f"0..{_MOST_DONG}")
    for name, allowed in _CHOICES.items():
        if order.get(name) not in allowed:
            raise wrong(name, f"{order.get(name)!r}")
    return order, _weight(products, in_grams=order.get("weight_option") == "gram")


def check_texts(order: Words) -> None:
    """Refuse an order without names, places, or a telephone.

    Raises:
        NotTakenError: the message names the field.
    """
    for name in _REQUIRED:
        value = order.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
            raise wrong(name, "bắt buộc (required)")
    if not order.get("ward") and not order.get("street"):
        raise wrong("ward", "bắt buộc nếu không có street (required without a street)")
    for name in ("pick_tel", "tel"):
        number = str(order[name])
        if not number.isdecimal() or len(number) not in _PHONE_DIGITS:
            raise wrong(name, "phải có 9 đến 11 chữ số (9 to 11 digits)")


def wrong(name: str, why: str) -> NotTakenError:
    """A "no" that names a field."""
    return NotTakenError("INVALID_PARAM", f"{name}: {why}")


def references_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The senders' codes of orders that are to be carried out."""
    return [one.reference for one in orders if one.status != CANCELLED]


def _weight(products: object, *, in_grams: bool) -> float:
    if not isinstance(products, list) or not products:
        raise wrong("products", "bắt buộc (required)")
    total = 0.0
    for one in products:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str) or not one["name"]:
            raise wrong("products.name", "bắt buộc (required)")
        weight = one.get("weight")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight <= 0:
            raise wrong("weight", "phải là số dương (a number above nought)")
        total += weight
    total = total / 1000 if in_grams else total
    if total > _HEAVIEST_KG:
        raise wrong("weight", f"quá {_HEAVIEST_KG:g} kg (too heavy)")
    return total
