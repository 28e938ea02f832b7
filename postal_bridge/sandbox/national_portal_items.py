"""What the stand-in of the national portal takes for a record or a step of progress.

Sections 2.2 and 2.3 of the reference on one-stop systems name the columns, section 8.1 says what
is checked. Every value is a text, and nothing is "", never null. What the reference leaves open
is [stand-in's choice]: a column that it does not name is refused, so that a misspelt one can
never pass for one that is left out; a column that may be left out may also be ""; a step of
progress must have MaHoSo, ThoiDiemXuLy, NoiDungXuLy and TrangThai; fees are whole numbers of đồng.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from postal_bridge.sandbox.refusal import StandInError

Item = dict[str, object]
Check = Callable[[str], str]
"""Says what is wrong with a text, "" where nothing is."""

STATES = tuple(str(number) for number in range(1, 11))
REFUSED, STOPPED, RESOLVED, RETURNED = "3", "8", "9", "10"
ENDED = frozenset({REFUSED, STOPPED, RESOLVED, RETURNED})

KINDS = frozenset("1234")
KINDS_FROM_ZERO = frozenset("012")
"""LoaiDoiTuong of the ministry's newer adapter (section 2.3, source DVC-B)."""

_MOMENT_LENGTH = 14
_NATIONAL_CODE = re.compile(r"\d\.\d{6}(\.000\.00\.00\.H\d{2})?")
_IDENTITIES = {"1": re.compile(r"\d{12}"), "2": re.compile(r"\d{9}")}


class ItemError(StandInError):
    """Something in the data is not as the reference says; it names the column."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, f"{where}: {why}")


def _anything(text: str) -> str:
    del text
    return ""


def _one_of(*allowed: str) -> Check:
    return lambda text: "" if text in allowed else f"một trong {', '.join(allowed)} (one of them)"


def _at_most(longest: int) -> Check:
    return lambda text: "" if len(text) <= longest else f"dài quá {longest} ký tự (too long)"


def _digits(text: str) -> str:
    return "" if text.isascii() and text.isdecimal() else "phải là số nguyên (whole number)"


def _moment(text: str) -> str:
    """Fourteen digits that a calendar and a clock know."""
    try:
        right = len(text) == _MOMENT_LENGTH and not _digits(text)
        datetime.strptime(text if right else "", "%Y%m%d%H%M%S")  # noqa: DTZ007 - only its form
    except ValueError:
        return f"“{text}” không phải yyyyMMddHHmmss (no such moment)"
    return ""


def _procedure_code(text: str) -> str:
    return "" if _NATIONAL_CODE.fullmatch(text) else "d.dddddd[.000.00.00.Hdd]"


@dataclass(frozen=True)
class _Shape:
    """Columns with their checks, those that must be filled, and lists of objects.

    A list whose shape is None holds objects that nothing is said about.
    """

    columns: Mapping[str, Check]
    required: frozenset[str] = frozenset()
    lists: "Mapping[str, _Shape | None]" = field(default_factory=dict)


def _free(*names: str) -> dict[str, Check]:
    return dict.fromkeys(names, _anything)


_FLAG = _one_of("0", "1")

_PAPER = _Shape(
    _free("TepDinhKemId", "MaThanhPhanHoSo", "DuongDanTaiTepTin", "MaKetQuaThayThe")
    | {
        "TenTepDinhKem": _at_most(4000),
        "IsDeleted": _one_of("True", "False"),
        "DuocSoHoa": _FLAG,
        "DuocTaiSuDung": _one_of("0", "1", "2"),
        "DuocLayTuKhoDMQG": _FLAG,
    }
)
_FEE = _Shape(
    _free("TenPhiLePhi", "MaPhiLePhi")
    | {
        "HinhThucThu": _one_of("1", "2", "4"),
        "Gia": _digits,
        "LoaiPhiLePhi": _one_of("1", "2", "3"),
    }
)
_SUPPLEMENT = _Shape(
    _free("HoSoBoSungId", "NguoiYeuCauBoSung", "NoiDungBoSung", "NguoiTiepNhanBoSung")
    | _free("ThongTinTiepNhan", "TrangThaiBoSung")
    | dict.fromkeys(
        ("NgayBoSung", "NgayTiepNhanBoSung", "NgayHenTraTruoc", "NgayHenTraMoi"), _moment
    ),
    lists={"DanhSachGiayToBoSung": None, "DanhSachLePhiBoSung": None},
)
_RESULT = _Shape(
    _free("MaThanhPhanHoSo", "GiayToId", "DuongDanTepTinKetQua", "MaGiayToKetQua")
    | {"TenGiayTo": _at_most(2000)}
)
_DOSSIER = _Shape(
    _free("MaHoSo", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "SoBienNhan", "ChuHoSo", "LoaiDoiTuong")
    | _free("MaDoiTuong", "ThongTinTra", "ThongTinKhac", "Email", "Fax", "SoDienThoai", "GhiChu")
    | _free("DonViXuLy", "SoGiayToChuHoSo")
    | dict.fromkeys(
        ("NgayNopHoSo", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "NgayTra", "NgayTuChoi"),
        _moment,
    )
    | {
        "MaTTHC": _procedure_code,
        "KenhThucHien": _one_of("1", "2", "3"),
        "HinhThuc": _FLAG,
        "TrangThaiHoSo": _one_of(*STATES),
        "TrichYeuHoSo": _at_most(1000),
        "NoiNopHoSo": _one_of("1", "2"),
        "HoSoCoThanhPhanSoHoa": _FLAG,
        "TaiKhoanDuocXacThucVoiVNeID": _FLAG,
        "DuocThanhToanTrucTuyen": _one_of("0", "1", "2", "3"),
    },
    required=frozenset({"MaHoSo", "MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc", "ChuHoSo"})
    | {"LoaiDoiTuong", "MaDoiTuong", "HinhThuc", "NgayTiepNhan", "TrangThaiHoSo", "DonViXuLy"},
    lists={
        "DinhDanhCHS": _Shape(
            _free("SoDinhDanh") | {"LoaiDinhDanh": _one_of(*_IDENTITIES)},
            required=frozenset({"LoaiDinhDanh", "SoDinhDanh"}),
        ),
        "DSKetNoiCSDL": _Shape(_free("MaCSDL")),
        "TaiLieuNop": _PAPER,
        "DanhSachLePhi": _FEE,
        "DanhSachTepDinhKemKhac": _Shape(_free("TenGiayTo", "SoLuong", "LoaiGiayTo")),
        "DanhSachHoSoBoSung": _SUPPLEMENT,
        "DanhSachGiayToKetQua": _RESULT,
    },
)
_PROGRESS = _Shape(
    _free("MaHoSo", "ChucDanh", "PhongBanXuLy", "NoiDungXuLy")
    | {"NguoiXuLy": _at_most(50), "TrangThai": _one_of(*STATES)}
    | dict.fromkeys(("ThoiDiemXuLy", "NgayBatDau", "NgayKetThucTheoQuyDinh"), _moment),
    required=frozenset({"MaHoSo", "ThoiDiemXuLy", "NoiDungXuLy", "TrangThai"}),
)


def read_record(value: object, *, kinds: frozenset[str] = KINDS) -> Item:
    """An item of DongBoHoSoMC.

    Args:
        value: as it came.
        kinds: what LoaiDoiTuong may be.

    Raises:
        ItemError: the column and what is wrong with it.
    """
    item = _read("", value, _DOSSIER)
    code = str(item["MaHoSo"])
    if item["LoaiDoiTuong"] not in kinds:
        raise ItemError(f"{code}, LoaiDoiTuong", f"một trong {', '.join(sorted(kinds))}")
    for identity in _objects(item, "DinhDanhCHS"):
        kind = str(identity["LoaiDinhDanh"])
        if not _IDENTITIES[kind].fullmatch(str(identity["SoDinhDanh"])):
            raise ItemError(f"{code}, SoDinhDanh", f"sai độ dài của loại {kind} (wrong length)")
    _check_dates(item)
    return item


def read_progress(value: object) -> Item:
    """An item of CapNhatTienDoHoSoMC.

    Raises:
        ItemError: the column and what is wrong with it.
    """
    return _read("", value, _PROGRESS)


def read_papers(value: object) -> list[Item]:
    """The papers of a record (TaiLieuNop).

    Raises:
        ItemError: the column and what is wrong with it.
    """
    return _read_list("TaiLieuNop", value, _PAPER)


def warnings_about(item: Item) -> list[str]:
    """What is stored all the same: the postal channel with a return at the desk."""
    if item.get("KenhThucHien") == "3" and item["HinhThuc"] == "0":
        return [f"{item['MaHoSo']}: KenhThucHien 3 nhưng HinhThuc 0 (postal, yet at the desk)"]
    return []


def _check_dates(item: Item) -> None:
    """Which dates go with which state, and in which order they are."""
    code, state = item["MaHoSo"], item["TrangThaiHoSo"]
    if item.get("NgayTra") and state != RETURNED:
        raise ItemError(f"{code}, NgayTra", "chỉ đi với trạng thái 10 (only with 10)")
    if item.get("NgayKetThucXuLy") and state not in ENDED:
        raise ItemError(f"{code}, NgayKetThucXuLy", "chỉ đi với 3, 8, 9, 10 (only with these)")
    promised = str(item.get("NgayHenTra") or "")
    if promised and promised < str(item["NgayTiepNhan"]):
        raise ItemError(f"{code}, NgayHenTra", "trước NgayTiepNhan (before NgayTiepNhan)")


def _read(where: str, value: object, shape: _Shape) -> Item:
    if not isinstance(value, dict):
        raise ItemError(where or "data", "mỗi phần tử là một đối tượng (items are objects)")
    where = where or str(value.get("MaHoSo", ""))
    unknown = value.keys() - shape.columns.keys() - shape.lists.keys()
    if unknown:
        raise ItemError(f"{where}, {min(unknown)}", "không có cột này (no such column)")
    for name in sorted(shape.required):
        if not value.get(name):
            raise ItemError(f"{where}, {name}", "bắt buộc (required)")
    item: Item = {}
    for name, given in value.items():
        place = f"{where}, {name}"
        if name in shape.lists:
            item[name] = _read_list(place, given, shape.lists[name])
        else:
            item[name] = _read_text(place, given, shape.columns[name])
    return item


def _read_list(where: str, value: object, shape: _Shape | None) -> list[Item]:
    if not isinstance(value, list):
        raise ItemError(where, "phải là danh sách (must be a list)")
    if shape is None:
        return [dict(one) if isinstance(one, dict) else {"": one} for one in value]
    return [_read(f"{where}[{place}]", one, shape) for place, one in enumerate(value)]


def _read_text(where: str, value: object, check: Check) -> str:
    if not isinstance(value, str):
        raise ItemError(where, "phải là chuỗi, trống thì là “” (a text; nothing is an empty one)")
    wrong = check(value) if value else ""
    if wrong:
        raise ItemError(where, wrong)
    return value


def _objects(item: Item, name: str) -> list[Item]:
    value = item.get(name)
    return value if isinstance(value, list) else []
