"""What the stand-in of a Tân Dân one-stop system holds: dossiers, waybill numbers, moves.

Names stand here as the reference on one-stop systems writes them (sections 1.4 and 3.2). What
it leaves open is written down in `tandan.py`, where the stand-in is described as a whole.
"""

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from postal_bridge.clock import Clock, to_local
from postal_bridge.sandbox.refusal import StandInError
from postal_bridge.sandbox.row_book import Row, RowBook
from postal_bridge.sandbox.tandan_waybills import WaybillPool

STATUS_TEXT = {
    "1": "Mới đăng ký",
    "2": "Được tiếp nhận",
    "3": "Không được tiếp nhận",
    "4": "Đang xử lý",
    "5": "Yêu cầu bổ sung giấy tờ",
    "6": "Yêu cầu thực hiện nghĩa vụ tài chính",
    "7": "Công dân yêu cầu rút",
    "8": "Dừng xử lý",
    "9": "Đã xử lý xong",
    "10": "Đã trả kết quả",
}
"""Section 2.3, where Tân Dân's own seeder is the source."""

MOVES = {
    "1": {"2", "3", "7"},
    "2": {"4", "5", "6", "7", "8", "9"},
    "4": {"5", "6", "7", "8", "9"},
    "5": {"4"},
    "6": {"4"},
    "9": {"10"},
}
"""Section 8.1 under the national portal; from 4 a dossier may go where it may go from 2."""

DATES = (
    "NgayNopHoSo",
    "NgayTiepNhan",
    "NgayHenTra",
    "NgayKetThucXuLy",
    "NgayTra",
    "NgayDangKyBuuDien",
    "NgayTraBuuDien",
    "NgayCapNhatTrangThai",
)

_TEXTS = ("TrangThaiTraBuuDien", "MaVanDonBuuDien", "DonViTraKq", "SoDienThoai")

COLUMNS: Row = {
    "Id": "",
    "MaHoSo": "",
    "MaTTHC": "",
    "TenTTHC": "",
    "MaLinhVuc": "",
    "TenLinhVuc": "",
    "ChuHoSo": "",
    "GroupCode": "",
    "GroupName": "",
    "MaTrangThai": "1",
    "TrangThai": "",
    "KenhThucHien": "1",
    "HinhThucTra": "0",
    **dict.fromkeys(_TEXTS),
    **dict.fromkeys(DATES),
    "DangKyNhanHoSoQuaBCCIData": None,
    "YeuCauThanhToan": [],
}
"""Every column with the value of a row that does not name it; what may be null is null."""

CITIZEN_BLOCK = ("hoVaTen", "diaChi", "email", "soDienThoai", "tinhThanh", "quanHuyen", "xaPhuong")

FEE_COLUMNS: Row = {
    "Ma": "",
    "SoTien": 0,
    "Phi": 0,
    "LePhi": 0,
    "TrangThai": "Chưa thanh toán",
    "HinhThucThanhToan": None,
    "HinhThucThu": "Thu trước",
    "MauSo": None,
    "KyHieu": None,
    "SoBienLai": None,
    "NguoiThuPhi": None,
    "NgayThuPhi": None,
    "MaThamChieuGiaoDich": None,
}
PAID = "Đã thanh toán"
FEE_WORDS: dict[str, set[object]] = {
    "TrangThai": {PAID, "Chờ thanh toán", "Chưa thanh toán", "Huỷ thanh toán", "Đã hoàn phí"},
    "HinhThucThanhToan": {"truc-tuyen", "tien-mat", "chuyen-khoan", None},
    "HinhThucThu": {"Thu trước", "Thu sau", "Đối tượng miễn phí"},
}

_STAMPS = {"2": "NgayTiepNhan", "3": "NgayKetThucXuLy", "8": "NgayKetThucXuLy"}
_STAMPS |= {"9": "NgayKetThucXuLy", "10": "NgayTra"}
_HANDED = "1"


class FailedResultError(StandInError):
    """The system did not do it, and says so with status 200 and `succeeded: false`."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.OK, message)


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list is asked for.

    Attributes:
        equal: column and the values allowed in it.
        within: column with first and last moment as rows write them, both included; "" is open.
    """

    equal: Mapping[str, frozenset[str]] = field(default_factory=dict)
    within: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def moment_text(moment: datetime) -> str:
    """A moment as a row shows it: local, ISO 8601 to the second, without a zone."""
    return f"{to_local(moment):%Y-%m-%dT%H:%M:%S}"


class TanDanState:
    """All dossiers of the stand-in and its pool of waybill numbers."""

    def __init__(self, *, clock: Clock, seed: int = 0) -> None:
        """Start empty. The seed settles every invented number, so a run can be repeated."""
        self.clock = clock
        self.waybills = WaybillPool()
        self._random = random.Random(seed)  # noqa: S311 - repeatable numbers, nothing secret
        self._book = RowBook()
        self._found: tuple[int, Search, list[Row]] = (0, Search(), [])

    def __len__(self) -> int:
        """How many dossiers there are."""
        return len(self._book)

    def rows(self) -> list[Row]:
        """All rows, the newest entry first."""
        return self._book.rows()[::-1]

    def put(self, given: Mapping[str, object]) -> Row:
        """Make a dossier, or change the columns that are named of one that is there.

        It is found by Id where that is given, and by MaHoSo otherwise; so two dossiers with one
        code can be planted by giving each an Id. A waybill number that is named becomes a live
        one of the pool.

        Raises:
            StandInError: 400 with the column's name, and nothing is changed.
        """
        changes = {name: self._checked(name, value) for name, value in given.items()}
        key = str(changes.get("Id") or self._book.id_of(str(changes.get("MaHoSo", ""))))
        old = self._book.get(key) if key in self._book else None
        key = key or str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        row = dict(old or {**COLUMNS, "NgayCapNhatTrangThai": self._now()})
        row.update(changes)
        row["Id"] = key
        if "TrangThai" not in changes:
            status = str(row["MaTrangThai"])
            row["TrangThai"] = STATUS_TEXT.get(status, status)
        row["YeuCauThanhToan"] = self._fees(row)
        if "MaVanDonBuuDien" in changes:
            waybill = changes["MaVanDonBuuDien"]
            self.waybills.plant(None if waybill is None else str(waybill), key, self._now())
        self._book.store(key, str(row["MaHoSo"]), row)
        return row

    def put_all(self, given: Sequence[object]) -> list[Row]:
        """Put many dossiers, or none of them when one cannot be (400)."""
        rows = [row for row in given if isinstance(row, dict)]
        if len(rows) < len(given):
            raise _wrong("mỗi hồ sơ là một đối tượng (rows are objects)")
        for row in rows:
            for name, value in row.items():
                self._checked(name, value)
        return [self.put(row) for row in rows]

    def get(self, key: str) -> Row:
        """The dossier of this Id; 404 where there is none."""
        return self._book.get(key)

    def by_code(self, code: str) -> Row | None:
        """The dossier with this MaHoSo, if any."""
        key = self._book.id_of(code)
        return self._book.get(key) if key else None

    def remove(self, key: str) -> None:
        """Take a dossier away by Id or MaHoSo, and free its number; 404 where there is none."""
        key = self._book.id_of(key) or key
        self._book.remove(key)
        self.waybills.release(key)

    def copy_of(self, row: Row, *, in_front: bool) -> Row:
        """Another dossier like this one, sorted in front of all others or behind them."""
        code = f"{row['MaHoSo']}-{self._random.randrange(10**6):06d}"
        key = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        copy = {**row, "Id": key, "MaHoSo": code, "MaVanDonBuuDien": None, "YeuCauThanhToan": []}
        # The newest entry is listed first, so the front of the list is the back of the book.
        self._book.store(key, code, copy, in_front=not in_front)
        return copy

    def search(self, search: Search) -> list[Row]:
        """The rows that fit, the newest entry first."""
        version, asked, found = self._found
        if (version, asked) == (self._book.version, search):
            # Whoever turns the pages asks for one list many times.
            return found
        found = [
            row
            for row in self.rows()
            if all(str(row[name]) in allowed for name, allowed in search.equal.items())
            and all(_fits(row[name], span) for name, span in search.within.items())
        ]
        self._found = (self._book.version, search, found)
        return found

    def act(self, key: str, status: str) -> Row:
        """Move a dossier on as the system's own clerk would, and stamp the time.

        Raises:
            StandInError: 404 unknown dossier.
            FailedResultError: a move that section 8.1 does not list.
        """
        key = self._book.id_of(key) or key
        row = self.get(key)
        if status not in MOVES.get(str(row["MaTrangThai"]), set()):
            text = f"hồ sơ đang “{row['TrangThai']}”, không thể chuyển sang “{status}”"
            raise FailedResultError(f"{text} (not from this status)")
        changes: Row = {"Id": key, "MaTrangThai": status, "NgayCapNhatTrangThai": self._now()}
        if status in _STAMPS:
            changes[_STAMPS[status]] = self._now()
        return self.put(changes)

    def register_for_post(self, key: str, citizen: Mapping[str, object]) -> Row:
        """The citizen wants the result by post; a second registration only changes the address."""
        row = self._not_returned(key)
        return self.put(
            {
                "Id": key,
                "HinhThucTra": "1",
                "NgayDangKyBuuDien": row["NgayDangKyBuuDien"] or self._now(),
                "DangKyNhanHoSoQuaBCCIData": dict(citizen),
            }
        )

    def withdraw_from_post(self, key: str) -> Row:
        """The citizen comes to the desk after all; not while a waybill number is live."""
        row = self._not_returned(key)
        if row["HinhThucTra"] != "1" and row["NgayDangKyBuuDien"] is None:
            raise FailedResultError("hồ sơ chưa đăng ký nhận qua BCCI (not registered)")
        if row["MaVanDonBuuDien"] is not None:
            raise FailedResultError(
                "phải thu hồi mã vận đơn trước (the waybill number is still live)"
            )
        return self.put(
            {
                "Id": key,
                "HinhThucTra": "0",
                "NgayDangKyBuuDien": None,
                "DangKyNhanHoSoQuaBCCIData": None,
            }
        )

    def hand_to_post(self, key: str, waybill: str = "") -> Row:
        """Give a dossier a number of the pool, the next free one unless it is named."""
        row = self.get(key)
        if row["MaVanDonBuuDien"] is not None:
            raise FailedResultError(
                f"hồ sơ đã có mã vận đơn {row['MaVanDonBuuDien']} (has a live number)"
            )
        if row["HinhThucTra"] != "1" or row["MaTrangThai"] != "9":
            raise FailedResultError(
                "hồ sơ chưa có kết quả hoặc không trả qua BCCI (nothing to hand over)"
            )
        number = self.waybills.take(key, at=self._now(), wanted=waybill)
        if not number:
            raise FailedResultError("không còn mã vận đơn trống (no free waybill number)")
        return self._marked(key, number)

    def take_waybill_back(self, key: str) -> Row:
        """Free the number of a dossier; not after the result was returned."""
        row = self._not_returned(key)
        if row["MaVanDonBuuDien"] is None:
            raise FailedResultError("hồ sơ không có mã vận đơn (no live number)")
        self.waybills.release(key)
        return self._marked(key, None)

    def _marked(self, key: str, number: str | None) -> Row:
        return self.put(
            {
                "Id": key,
                "MaVanDonBuuDien": number,
                "TrangThaiTraBuuDien": _HANDED if number else None,
                "NgayTraBuuDien": self._now() if number else None,
            }
        )

    def _not_returned(self, key: str) -> Row:
        row = self.get(key)
        if row["MaTrangThai"] in {"3", "10"}:
            raise FailedResultError(f"hồ sơ “{row['TrangThai']}” (the dossier is closed)")
        return row

    def _now(self) -> str:
        return moment_text(self.clock.now())

    def _fees(self, row: Row) -> list[Row]:
        fees = row["YeuCauThanhToan"]
        stamp = f"{to_local(self.clock.now()):%Y%m%d%H%M%S}"
        own = f"{row['MaHoSo']}-{stamp}"
        listed = fees if isinstance(fees, list) else []
        return [{**FEE_COLUMNS, **fee, "Ma": fee.get("Ma") or own} for fee in listed]

    def _checked(self, name: str, value: object) -> object:
        """The value when the column may hold it; planted nonsense is refused at once."""
        if name not in COLUMNS:
            raise _wrong(f"không có cột “{name}” (no such column)")
        if name == "YeuCauThanhToan":
            return _checked_fees(value)
        if name == "DangKyNhanHoSoQuaBCCIData":
            return value if value is None else read_citizen(value)
        if value is None:
            return COLUMNS[name]
        if not isinstance(value, str):
            raise _wrong(f"cột “{name}” phải là chuỗi (must be a text)")
        if name in DATES:
            _check_date(name, value)
        return value


def read_citizen(value: object) -> Row:
    """The block of a registration for return by post; 400 for what is not of it.

    The reference names its seven members; that name, address and telephone must be there is
    this stand-in's choice.
    """
    if not isinstance(value, dict) or not value.keys() <= set(CITIZEN_BLOCK):
        raise _wrong(f"DangKyNhanHoSoQuaBCCIData: {', '.join(CITIZEN_BLOCK)}")
    for name in ("hoVaTen", "diaChi", "soDienThoai"):
        if not str(value.get(name) or "").strip():
            raise _wrong(f"thiếu {name} ({name} is missing)")
    return {name: value.get(name) for name in CITIZEN_BLOCK}


def _checked_fees(value: object) -> list[Row]:
    fees = value if isinstance(value, list) else [None]
    checked: list[Row] = []
    for fee in fees:
        if not isinstance(fee, dict) or not fee.keys() <= FEE_COLUMNS.keys():
            raise _wrong(f"YeuCauThanhToan: {', '.join(FEE_COLUMNS)}")
        for name, allowed in FEE_WORDS.items():
            if name in fee and fee[name] not in allowed:
                raise _wrong(f"YeuCauThanhToan.{name}: “{fee[name]}”")
        for name in ("SoTien", "Phi", "LePhi"):
            if type(fee.get(name, 0)) is not int:
                raise _wrong(f"YeuCauThanhToan.{name}: số nguyên (whole đồng)")
        if fee.get("NgayThuPhi"):
            _check_date("NgayThuPhi", str(fee["NgayThuPhi"]))
        checked.append(dict(fee))
    return checked


def _check_date(name: str, text: str) -> None:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - only its form
    except ValueError:
        text = f"cột “{name}” phải có dạng yyyy-MM-ddTHH:mm:ss (wrong date format)"
        raise _wrong(text) from None


def _fits(value: object, span: tuple[str, str]) -> bool:
    first, last = span
    return isinstance(value, str) and first <= value and (not last or value <= last)


def _wrong(message: str) -> StandInError:
    return StandInError(HTTPStatus.BAD_REQUEST, message)
