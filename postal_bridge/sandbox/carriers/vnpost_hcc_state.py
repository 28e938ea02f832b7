"""What the HCC stand-in knows: orders as they came, and the records of what happened to items."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.carriers.vnpost_ngsp_state import VNPOST_PROVINCES

Words = Mapping[str, object]

POS_OF_AGENCY, POS_OF_RECEIVER = "241000", "240100"

_LONGEST_NUMBER, _LONGEST_TEXT = 50, 4_000
_TEL = range(9, 12)
_ITEM_CODE = 13
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_FIRST_SERIAL = 16_710_200
_MAIN_DONG, _COD_DONG = 33_000, 13_000
_REQUIRED_TEXTS = (
    "soDonHang",
    "maKhachHang",
    "diaChiNguoiGui",
    "tenNguoiGui",
    "dienThoaiNguoiGui",
    "tenNguoiNhan",
    "diaChiNguoiNhan",
    "dienThoaiNguoiNhan",
)
_OPTIONAL_TEXTS = (
    "emailNguoiGui",
    "noiDungHang",
    "ghiChu",
    "ngayNhap",
    "emailNguoiNhan",
    "maBuuGui",
    "extendData",
)
_PLACES = {"maTinhGui": "maHuyenGui", "maTinhNhan": "maHuyenNhan"}
_POST_OFFICES = ("posIdThuGom", "posIdNhanTin")
_NUMBERS = ("soTienCOD", "trongLuong", "cuocChinh", "cuocCOD", "chieuDai", "chieuRong")
_FIELDS = frozenset(
    {
        *_REQUIRED_TEXTS,
        *_OPTIONAL_TEXTS,
        *_PLACES,
        *_PLACES.values(),
        *_POST_OFFICES,
        *_NUMBERS,
        "donHangNoiHuyen",
        "flagConfig",
    }
)


class NotTakenError(Exception):
    """A "no", with HTTP status 200."""


@dataclass(kw_only=True)
class KeptOrder:
    """One order, exactly as it came, and what is known of its item.

    Attributes:
        item: the number on the label, from the acceptance on.
        acceptance: the record of it; none before.
        deliveries: a record for each attempt.
    """

    words: Words
    at: datetime
    item: str = ""
    acceptance: dict[str, object] | None = None
    deliveries: list[dict[str, object]] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The sender's own number."""
        return str(self.words["soDonHang"])


@dataclass
class HccState:
    """Orders in the order in which they came.

    Attributes:
        customers: codes that VNPost has given out.
        provinces: codes that a province may have.
    """

    clock: Clock
    customers: frozenset[str]
    provinces: frozenset[int] = VNPOST_PROVINCES
    orders: list[KeptOrder] = field(default_factory=list)
    _serial: int = _FIRST_SERIAL
    _count: int = 0

    def post(self, words: Words) -> KeptOrder:
        """Keep an order, whether or not its number came before.

        Raises:
            NotTakenError: it is not as it must be.
        """
        self._check(words)
        order = KeptOrder(words=dict(words), at=self.clock.now())
        self.orders.append(order)
        return order

    def of_number(self, number: str) -> list[KeptOrder]:
        """All orders with this number."""
        return [one for one in self.orders if one.number == number]

    def accepted(self, number: str, at: datetime) -> dict[str, object]:
        """A post office takes the item in.

        Raises:
            NotTakenError: no such order.
        """
        order = self._last(number)
        words = order.words
        cod = words["soTienCOD"]
        order.item = str(words.get("maBuuGui") or "") or self._next_item()
        order.acceptance = {
            "ItemCode": order.item,
            "DataCode": number,
            "CodAmount": cod,
            "AcceptancePoscode": POS_OF_AGENCY,
            "DestinationPoscode": POS_OF_RECEIVER,
            "SendingTime": wall_time(at),
            "SenderFullname": words["tenNguoiGui"],
            "SenderAddress": words["diaChiNguoiGui"],
            "ReceiverFullname": words["tenNguoiNhan"],
            "ReceiverAddress": words["diaChiNguoiNhan"],
            "MainFreight": _MAIN_DONG,
            "VasFreight": 0,
            "CodFreight": _COD_DONG if cod else 0,
            "CustomerCode": words["maKhachHang"],
            "Weight": 100,
        }
        return order.acceptance

    def attempted(self, number: str, at: datetime, words: Words) -> dict[str, object]:
        """Somebody tries to hand the item over; what was never accepted is accepted first.

        Raises:
            NotTakenError: no such order.
        """
        order = self._last(number)
        if order.acceptance is None:
            self.accepted(number, at)
        self._count += 1
        record: dict[str, object] = {
            "DeliveryID": self._count,
            "ItemCode": order.item,
            "CustomerCode": order.words["maKhachHang"],
            "AcceptancePOSCode": POS_OF_AGENCY,
            "ToPOSCode": POS_OF_RECEIVER,
            "SendingTime": order.acceptance["SendingTime"] if order.acceptance else "",
            "DeliveryTime": wall_time(at),
            "DeliveryTimes": len(order.deliveries) + 1,
            "ReceiverName": "",
            "IsDeliverable": False,
            "IsReturn": False,
            "DeliveryNote": "",
            "CauseCode": "",
            "CauseName": "",
            "SolutionCode": "",
            "SolutionName": "",
            **words,
        }
        order.deliveries.append(record)
        return record

    def _last(self, number: str) -> KeptOrder:
        found = self.of_number(number)
        if not found:
            raise NotTakenError(f"Không có đơn hàng {number}")
        return found[-1]

    def _next_item(self) -> str:
        self._serial += 1
        return item_code(self._serial)

    def _check(self, words: Words) -> None:
        strange = words.keys() - _FIELDS
        if strange:
            raise _wrong(min(strange), "không có trường này (no such field)")
        _check_texts(words)
        if words["maKhachHang"] not in self.customers:
            raise NotTakenError("Mã khách hàng không tồn tại")
        for name, district in _PLACES.items():
            self._check_place(words, name, district)
        for name in _NUMBERS:
            value = words.get(name, 0)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise _wrong(name, "phải là số không âm (a number, nought or more)")
        _check_rest(words)

    def _check_place(self, words: Words, province: str, district: str) -> None:
        code, part = words.get(province), words.get(district, 0)
        if type(code) is not int or code not in self.provinces:
            raise _wrong(province, f"mã tỉnh {code!r} không có (no such province)")
        if type(part) is not int or (part and not str(part).startswith(str(code))):
            raise _wrong(district, f"mã huyện {part!r} không thuộc tỉnh {code} (not in it)")


def wall_time(moment: datetime) -> str:
    """A moment as the service writes it: Vietnam's, without saying so."""
    return f"{to_local(moment):%Y-%m-%dT%H:%M:%S}"


def item_code(serial: int) -> str:
    """A number of the UPU's form S10, with its check digit."""
    digits = f"{serial:08d}"
    rest = 11 - sum(int(one) * weight for one, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    return f"CH{digits}{ {10: 0, 11: 5}.get(rest, rest) }VN"


def numbers_of(orders: Iterable[KeptOrder]) -> list[str]:
    """The senders' numbers, one for each order."""
    return [one.number for one in orders]


def _check_texts(words: Words) -> None:
    for name in _REQUIRED_TEXTS:
        value = words.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
            raise _wrong(name, "bắt buộc (required)")
    if len(str(words["soDonHang"])) > _LONGEST_NUMBER:
        raise _wrong("soDonHang", f"dài quá {_LONGEST_NUMBER} ký tự (too long)")
    for name in ("dienThoaiNguoiGui", "dienThoaiNguoiNhan"):
        if sum(one.isdigit() for one in str(words[name])) not in _TEL:
            raise _wrong(name, "phải có 9 đến 11 chữ số (9 to 11 digits)")
    for name in _OPTIONAL_TEXTS:
        if not isinstance(words.get(name) or "", str):
            raise _wrong(name, "phải là chuỗi (a text)")


def _check_rest(words: Words) -> None:
    for name in _POST_OFFICES:
        if type(words.get(name, 0)) is not int:
            raise _wrong(name, "phải là số nguyên (a whole number)")
    if type(words.get("donHangNoiHuyen", False)) is not bool:
        raise _wrong("donHangNoiHuyen", "phải là true hoặc false")
    flag = words.get("flagConfig")
    if flag is not None and (type(flag) is not int or flag not in {1, 2}):
        raise _wrong("flagConfig", "phải là 1, 2 hoặc null (1, 2 or null)")
    item = words.get("maBuuGui") or ""
    if item and len(str(item)) != _ITEM_CODE:
        raise _wrong("maBuuGui", f"phải có {_ITEM_CODE} ký tự ({_ITEM_CODE} characters)")


def _wrong(name: str, why: str) -> NotTakenError:
    return NotTakenError(f"{name}: {why}")
