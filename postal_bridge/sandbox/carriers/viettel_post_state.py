"""What the Viettel Post stand-in knows: tokens, orders, how each stands, codes to print with."""

import base64
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from postal_bridge.clock import Clock, to_local

Words = Mapping[str, object]

WAITING, CANCELLED = 102, 107
LETTER_DONG, A_KILO_MORE_DONG = 16_500, 5_500
SHORT_LIFE, LONG_LIFE = timedelta(hours=1), timedelta(days=365)

_MAY_NOT_BE_CANCELLED = frozenset({105, CANCELLED})
_RECEIVED = 200
_LONGEST_BYTES = 150
_MOST_PRINTED = 100
_SERVICES = frozenset({"VCN", "VTK", "PHS", "VCBO"})
_PERSONS = (
    "SENDER_FULLNAME",
    "SENDER_PHONE",
    "SENDER_ADDRESS",
    "RECEIVER_FULLNAME",
    "RECEIVER_PHONE",
    "RECEIVER_ADDRESS",
)
_PLACES = ("SENDER_ADDRESS", "RECEIVER_ADDRESS")
_TEXTS = (*_PERSONS, "ORDER_NUMBER", "PRODUCT_NAME", "ORDER_NOTE", "ORDER_SERVICE_ADD", "NOTE")
_AMOUNTS = (
    "PRODUCT_QUANTITY",
    "PRODUCT_PRICE",
    "PRODUCT_WEIGHT",
    "PRODUCT_LENGTH",
    "PRODUCT_WIDTH",
    "PRODUCT_HEIGHT",
    "MONEY_COLLECTION",
    "EXTRA_MONEY",
)
_OTHERS = frozenset(
    {
        "ORDER_PAYMENT",
        "ORDER_SERVICE",
        "PRODUCT_TYPE",
        "CHECK_UNIQUE",
        "ENABLE_SORT_CODE",
        "PRODUCT_DETAIL",
        "LIST_ITEM",
        "RETURN_ADDRESS",
    }
)
_OF_AN_ORDER = frozenset({*_TEXTS, *_AMOUNTS, *_OTHERS}) - {"NOTE"}
_OF_A_PRICE = frozenset(
    {*_PLACES, *_AMOUNTS, "PRODUCT_TYPE", "NATIONAL_TYPE", "ORDER_SERVICE", "ORDER_SERVICE_ADD"}
) - {"PRODUCT_QUANTITY", "EXTRA_MONEY"}
_WITH_GOODS = frozenset({2, 3})
_STATUS_NAMES: Mapping[int, str] = {
    102: "Đơn hàng chờ xử lý",
    105: "Bưu Tá đã nhận hàng",
    107: "Đối tác yêu cầu hủy qua API",
    200: "Nhận từ bưu tá - Bưu cục gốc",
    500: "Giao bưu tá đi phát",
    501: "Phát thành công",
    506: "Phát thất bại",
}


class NotTakenError(Exception):
    """A "no", in the carrier's words; HTTP status 200."""


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, and how it stands."""

    number: str
    words: Words
    at: datetime
    status_at: datetime
    status: int | str = WAITING

    @property
    def reference(self) -> str:
        """The sender's own code; "" where it gave none."""
        return str(self.words.get("ORDER_NUMBER") or "")

    @property
    def fee_dong(self) -> int:
        """What it costs."""
        return fee_of(self.words)

    @property
    def status_name(self) -> str:
        """What its status is called."""
        named = self.status if isinstance(self.status, int) else 0
        return _STATUS_NAMES.get(named, f"Trạng thái {self.status}")


@dataclass
class ViettelPostState:
    """All orders of one account by Viettel Post's number, and what opens its doors."""

    clock: Clock
    random: random.Random
    orders: dict[str, KeptOrder] = field(default_factory=dict)
    short_tokens: dict[str, datetime] = field(default_factory=dict)
    long_tokens: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, tuple[Sequence[str], datetime]] = field(default_factory=dict)

    def short_token(self) -> str:
        """A token that is good for one thing: getting the long one."""
        return self._issue(self.short_tokens, SHORT_LIFE)

    def long_token(self) -> str:
        """A token that opens everything else."""
        return self._issue(self.long_tokens, LONG_LIFE)

    def create(self, words: Words) -> KeptOrder:
        """Keep an order; without CHECK_UNIQUE one of the same code is another one.

        Raises:
            NotTakenError: it is not as it must be, or there is one of this code.
        """
        check_order(words)
        if words.get("CHECK_UNIQUE") is True and self.of_reference(words.get("ORDER_NUMBER")):
            raise NotTakenError("Mã đơn hàng đã tồn tại")
        now = self.clock.now()
        number = str(self.random.randrange(10**10, 10**11))
        order = KeptOrder(number=number, words=dict(words), at=now, status_at=now)
        self.orders[number] = order
        return order

    def of_reference(self, reference: object) -> list[KeptOrder]:
        """Orders by the sender's own code, called-off ones as well."""
        return [one for one in self.orders.values() if reference and one.reference == reference]

    def update(self, words: Words) -> None:
        """Call an order off; other updates are not imitated.

        Raises:
            NotTakenError: no such order, or not in this status; in the words of the page.
        """
        if words.get("TYPE") != 4:  # noqa: PLR2004 - the page's number for calling off
            raise NotTakenError("Incorrect data: TYPE")
        check_texts(words)
        order = self.orders.get(str(words.get("ORDER_NUMBER")))
        if order is None:
            raise NotTakenError("Order does not exist")
        if order.status == CANCELLED:
            raise NotTakenError("Order status already exists on the system")
        if order.status in _MAY_NOT_BE_CANCELLED or _number_of(order.status) >= _RECEIVED:
            raise NotTakenError(f"Không thể hủy đơn hàng ở trạng thái {order.status}")
        order.status, order.status_at = CANCELLED, self.clock.now()

    def happens(self, number: str, status: int | str, at: datetime) -> KeptOrder:
        """Something happens to an order.

        Raises:
            NotTakenError: no such order.
        """
        order = self.orders.get(number)
        if order is None:
            raise NotTakenError("Order does not exist")
        order.status, order.status_at = status, at
        return order

    def printing_code(self, words: Words) -> str:
        """A code for a page to print.

        Raises:
            NotTakenError: no such order, too many, or a moment that is over.
        """
        numbers, ends_ms = words.get("ORDER_ARRAY"), words.get("EXPIRY_TIME")
        if not isinstance(numbers, list) or not 0 < len(numbers) <= _MOST_PRINTED:
            raise NotTakenError("Incorrect data: ORDER_ARRAY")
        if any(one not in self.orders for one in numbers):
            raise NotTakenError("Order does not exist")
        ends_at = datetime.fromtimestamp(ends_ms / 1000, UTC) if type(ends_ms) is int else None
        if ends_at is None or ends_at <= self.clock.now():
            raise NotTakenError("Incorrect data: EXPIRY_TIME")
        code = base64.b64encode(self.random.randbytes(32)).decode()
        self.codes[code] = (tuple(numbers), ends_at)
        return code

    def printed(self, code: str) -> Sequence[KeptOrder] | None:
        """The orders of a code that has not ended."""
        numbers, ends_at = self.codes.get(code, ((), self.clock.now()))
        return [self.orders[one] for one in numbers] if ends_at > self.clock.now() else None

    def _issue(self, kept: dict[str, datetime], life: timedelta) -> str:
        ends_at = self.clock.now() + life
        claims = {"sub": "tai-khoan", "exp": int(ends_at.timestamp())}
        parts = ({"alg": "ES256"}, claims)
        signed = [_base64url(json.dumps(one).encode()) for one in parts]
        token = ".".join([*signed, _base64url(self.random.randbytes(64))])
        kept[token] = ends_at
        return token


def check_order(words: Words) -> None:
    """Refuse an order that is not as it must be.

    Raises:
        NotTakenError: with the field.
    """
    _check_fields(words, _OF_AN_ORDER)
    check_texts(words)
    for name in _PERSONS:
        if not words.get(name):
            raise NotTakenError(f"Incorrect data: {name}")
    _check_goods(words)
    payment, money = words.get("ORDER_PAYMENT"), words.get("MONEY_COLLECTION", 0)
    if type(payment) is not int or payment not in {1, 2, 3, 4}:
        raise NotTakenError("Incorrect data: ORDER_PAYMENT")
    if bool(money) is not (payment in _WITH_GOODS):
        raise NotTakenError("Invalid [MONEY_COLLECTION]")
    if type(words.get("CHECK_UNIQUE", False)) is not bool:
        raise NotTakenError("Incorrect data: CHECK_UNIQUE")


def check_price(words: Words) -> None:
    """Refuse a question for a price that is not as it must be.

    Raises:
        NotTakenError: with the field.
    """
    _check_fields(words, _OF_A_PRICE)
    check_texts(words)
    _check_goods(words)
    if words.get("NATIONAL_TYPE") not in {0, 1}:
        raise NotTakenError("Incorrect data: NATIONAL_TYPE")


def check_texts(words: Words) -> None:
    """Refuse texts that are none, or longer than the page allows.

    Raises:
        NotTakenError: with the field.
    """
    for name in _TEXTS:
        value = words.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or len(value.encode()) > _LONGEST_BYTES:
            raise NotTakenError(f"Incorrect data: {name}")


def fee_of(words: Words) -> int:
    """A fee: more for each kilogram begun after the first."""
    weight = words.get("PRODUCT_WEIGHT")
    grams = weight if isinstance(weight, int) else 50
    return LETTER_DONG + max(0, -(-grams // 1000) - 1) * A_KILO_MORE_DONG


def wall_time(moment: datetime) -> str:
    """A moment as webhooks write it."""
    return f"{to_local(moment):%d/%m/%Y %H:%M:%S}"


def references_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The senders' codes of orders that are to be carried out."""
    return [one.reference for one in orders if one.status != CANCELLED]


def _check_fields(words: Words, known: frozenset[str]) -> None:
    strange = words.keys() - known
    if strange:
        raise NotTakenError(f"Incorrect data: {min(strange)}")


def _check_goods(words: Words) -> None:
    for name in _PLACES:
        # It is read by a machine: a line without a comma names no place that it could find.
        if "," not in str(words.get(name)):
            raise NotTakenError(f"Invalid [{name}]")
    for name in _AMOUNTS:
        value = words.get(name, 0)
        if type(value) is not int or value < 0:
            raise NotTakenError(f"Incorrect data: {name}")
    if words.get("PRODUCT_TYPE", "HH") not in {"TH", "HH"}:
        raise NotTakenError("Incorrect data: PRODUCT_TYPE")
    if not words.get("ORDER_SERVICE"):
        raise NotTakenError("Incorrect data: ORDER_SERVICE")
    if words["ORDER_SERVICE"] not in _SERVICES:
        raise NotTakenError("Price does not apply to this itinerary!")


def _number_of(status: int | str) -> int:
    return status if isinstance(status, int) else _RECEIVED


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
