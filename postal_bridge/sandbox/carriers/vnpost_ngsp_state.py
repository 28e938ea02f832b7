"""What the NGSP stand-in knows: orders, once each, and the list of everything that happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from postal_bridge.clock import Clock

Words = Mapping[str, object]

BEGINNING = "0" * 24

# fmt: off
VNPOST_PROVINCES = frozenset({
    10, 16, 17, 18, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 35, 36, 38, 39, 40, 41, 42,
    43, 44, 46, 48, 51, 52, 53, 55, 56, 57, 58, 59, 60, 62, 63, 64, 65, 66, 67, 70, 79, 80, 81, 82,
    83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97,
})
# fmt: on
"""VNPost's ProvinceCode of all 63 provinces (section 1.3)."""

_FIRST_SERIES = 0x5C369D00
_LONGEST_NUMBER = 50
_LONGEST_TEXT = 4_000
_ITEM_CODE = 13
_TEL = range(9, 12)
_REQUIRED_TEXTS = (
    "CustomerCode",
    "OrderNumber",
    "SenderAddress",
    "SenderName",
    "SenderTel",
    "ReceiverName",
    "ReceiverAddress",
    "ReceiverTel",
)
_OPTIONAL_TEXTS = ("SenderEmail", "SenderDesc", "Description", "ReceiverEmail")
_PROVINCES = ("SenderProvince", "ReceiverProvince")
_DISTRICTS = ("SenderDistrict", "ReceiverDistrict")
_FIELDS = frozenset({*_REQUIRED_TEXTS, *_OPTIONAL_TEXTS, *_PROVINCES, *_DISTRICTS, "CODAmount"})
_EXTENSIONS = frozenset({"ItemCode", "FlagConfig"})


class Code(StrEnum):
    """The codes of results; only the first three and 500 are published."""

    ACCEPTED = "100"
    ALREADY_THERE = "101"
    CANCEL_ACCEPTED = "110"
    WRONG_FIELD = "400"
    UNKNOWN_CUSTOMER = "403"
    UNKNOWN_ORDER = "404"
    TOO_LATE = "409"
    SYSTEM_ERROR = "500"


class NotTakenError(Exception):
    """A "no" in a result, with HTTP status 200."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came first."""

    words: Words
    at: datetime
    picked_up: bool = False
    cancelled: bool = False


@dataclass
class NgspState:
    """Orders by customer and number, and the feed.

    Attributes:
        customers: codes that VNPost has given out.
        provinces: codes that a province may have.
        records: the feed, in the order of its ids.
    """

    clock: Clock
    customers: frozenset[str]
    provinces: frozenset[int] = VNPOST_PROVINCES
    orders: dict[tuple[str, str], KeptOrder] = field(default_factory=dict)
    records: list[dict[str, object]] = field(default_factory=list)
    _series: int = _FIRST_SERIES
    _count: int = 0

    def post(self, words: Words, *, extended: bool) -> Code:
        """Keep an order, or say that there is one of this number; what is there stays.

        Raises:
            NotTakenError: it is not as it must be.
        """
        self._check(words, extended=extended)
        key = str(words["CustomerCode"]), str(words["OrderNumber"])
        if key in self.orders:
            return Code.ALREADY_THERE
        self.orders[key] = KeptOrder(words=dict(words), at=self.clock.now())
        return Code.ACCEPTED

    def cancel(self, customer: str, number: str) -> None:
        """Call an order off.

        Raises:
            NotTakenError: no such order, it is called off, or the item was fetched.
        """
        order = self.orders.get((customer, number))
        if order is None:
            raise NotTakenError(Code.UNKNOWN_ORDER, f"Không tìm thấy đơn hàng {number}")
        if order.cancelled:
            raise NotTakenError(Code.TOO_LATE, f"Đơn hàng {number} đã hủy")
        if order.picked_up:
            raise NotTakenError(Code.TOO_LATE, f"Đơn hàng {number} đã được thu gom")
        order.cancelled = True

    def happens(self, words: Words) -> dict[str, object]:
        """Put a record at the end of the feed; whatever happens to an order, it was fetched."""
        number = str(words.get("OrderNumber") or "")
        found = [(key, one) for key, one in self.orders.items() if key[1] == number]
        customer, item = (found[0][0][0], found[0][1].words.get("ItemCode")) if found else ("", "")
        for _, order in found:
            order.picked_up = True
        record = {
            "_id": {"$oid": self._next_id()},
            "CustomerCode": customer or min(self.customers),
            "OrderNumber": number,
            "EventTime": int(self.clock.now().timestamp() * 1000),
            "POSID": "241000",
            "ItemCode": item or "CH167101882VN",
            "StatusCode": 0,
            "StatusMessage": "",
            "Notes": None,
            **words,
        }
        self.records.append(record)
        return record

    def restart_feed(self) -> None:
        """The same records under other ids, which are smaller than any that was given out."""
        self._series -= 1
        self._count = 0
        for record in self.records:
            record["_id"] = {"$oid": self._next_id()}

    def behind(self, last_id: str) -> list[dict[str, object]]:
        """Records with a greater id, ascending."""
        return [record for record in self.records if id_of(record) > last_id.lower()]

    def knows(self, last_id: str) -> bool:
        """Whether the feed has a record of this id, or it is the beginning."""
        return last_id == BEGINNING or any(id_of(one) == last_id for one in self.records)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._series:08x}{self._count:016x}"

    def _check(self, words: Words, *, extended: bool) -> None:
        allowed = _FIELDS | _EXTENSIONS if extended else _FIELDS
        missing, strange = _FIELDS - words.keys(), words.keys() - allowed
        if missing or strange:
            named = ", ".join(sorted(missing | strange))
            raise _wrong(named, "thiếu hoặc thừa (missing, or not known)")
        _check_texts(words)
        if words["CustomerCode"] not in self.customers:
            raise NotTakenError(Code.UNKNOWN_CUSTOMER, "Mã khách hàng không tồn tại")
        for name, district in zip(_PROVINCES, _DISTRICTS, strict=True):
            self._check_place(words, name, district)
        amount = words["CODAmount"]
        if isinstance(amount, bool) or not isinstance(amount, int | float) or amount < 0:
            raise _wrong("CODAmount", "phải là số không âm (a number, nought or more)")
        _check_extensions(words)

    def _check_place(self, words: Words, province: str, district: str) -> None:
        code, part = words[province], words[district]
        if type(code) is not int or code not in self.provinces:
            raise _wrong(province, f"mã tỉnh {code!r} không có (no such province)")
        if part is not None and (type(part) is not int or not str(part).startswith(str(code))):
            raise _wrong(district, f"mã huyện {part!r} không thuộc tỉnh {code} (not in it)")


def id_of(record: Words) -> str:
    """A record's id."""
    oid = record["_id"]
    return str(oid["$oid"]) if isinstance(oid, dict) else ""


def _check_texts(words: Words) -> None:
    for name in _REQUIRED_TEXTS:
        value = words[name]
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
            raise _wrong(name, "bắt buộc (required)")
    if len(str(words["OrderNumber"])) > _LONGEST_NUMBER:
        raise _wrong("OrderNumber", f"dài quá {_LONGEST_NUMBER} ký tự (too long)")
    for name in ("SenderTel", "ReceiverTel"):
        if sum(one.isdigit() for one in str(words[name])) not in _TEL:
            raise _wrong(name, "phải có 9 đến 11 chữ số (9 to 11 digits)")
    for name in _OPTIONAL_TEXTS:
        if words[name] is not None and not isinstance(words[name], str):
            raise _wrong(name, "phải là chuỗi (a text)")


def _check_extensions(words: Words) -> None:
    flag = words.get("FlagConfig")
    if flag is not None and (type(flag) is not int or flag not in {1, 2}):
        raise _wrong("FlagConfig", "phải là 1, 2 hoặc null (1, 2 or null)")
    item = words.get("ItemCode")
    if item is not None and (not isinstance(item, str) or len(item) != _ITEM_CODE):
        raise _wrong("ItemCode", f"phải có {_ITEM_CODE} ký tự ({_ITEM_CODE} characters)")


def _wrong(name: str, why: str) -> NotTakenError:
    return NotTakenError(Code.WRONG_FIELD, f"{name}: {why}")


def numbers_of(orders: Iterable[KeptOrder]) -> list[str]:
    """Numbers of orders that are to be carried out."""
    return [str(one.words["OrderNumber"]) for one in orders if not one.cancelled]
