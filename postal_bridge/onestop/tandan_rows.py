"""Rows of a Tân Dân list in our vocabulary (reference, sections 1.4, 2.3 and 3.2).

The reference writes names with a large first letter, the product's own clients with a small one;
both are taken. Codes come as texts, dates as local ISO without a zone.
"""

from collections.abc import Mapping, Sequence

import msgspec

from postal_bridge.onestop.bodies import Fields
from postal_bridge.onestop.cells import (
    Cell,
    Kind,
    MisfitError,
    mended,
    moment,
    required,
    text,
    whole,
)
from postal_bridge.onestop.reading import Key, NumberedPage
from postal_bridge.reconciliation.records import OneStopDossier

PAID = "Đã thanh toán"
"""The one state of a YeuCauThanhToan in which money was taken and not given back."""

_MOST_STATUS = 10
_UNREADABLE = "?"

_STATUS: dict[Cell, int] = {
    spelt: number for number in range(1, _MOST_STATUS + 1) for spelt in (number, str(number))
}
"""MaTrangThai is the national number."""

_CHANNELS: dict[Cell, int] = {"1": 1, "2": 2, "3": 3, 1: 1, 2: 2, 3: 3, "": 1, None: 1}
"""KenhThucHien; without one a dossier came directly (section 6, Decision 766)."""

_RETURNS: dict[Cell, int] = {"0": 0, "1": 1, 0: 0, 1: 1, "": 0, None: 0}
"""HinhThucTra."""

_NAMES = {
    "id": "Id",
    "code": "MaHoSo",
    "procedure": "MaTTHC",
    "group": "GroupCode",
    "unit": "DonViId",
    "status": "MaTrangThai",
    "status_id": "TrangThaiHoSoId",
    "channel": "KenhThucHien",
    "return_mode": "HinhThucTra",
    "received": "NgayTiepNhan",
    "promised": "NgayHenTra",
    "resolved": "NgayKetThucXuLy",
    "returned": "NgayTra",
    "registered": "NgayDangKyBuuDien",
    "fees": "YeuCauThanhToan",
    "fees_too": "YeuCauThanhToans",
}
_FEE_NAMES = {"amount": "SoTien", "state": "TrangThai"}


def _small(names: Mapping[str, str]) -> dict[str, str]:
    return {ours: name[:1].lower() + name[1:] for ours, name in names.items()}


class _Fee(msgspec.Struct, rename=_FEE_NAMES, gc=False):
    amount: int | float | str | None = None
    state: str | None = None


class _SmallFee(_Fee, rename=_small(_FEE_NAMES), gc=False):
    pass


class _Row(msgspec.Struct, rename=_NAMES, gc=False):
    """The columns that the night looks at; all others are skipped."""

    id: str | int
    code: str | None = None
    procedure: str | None = None
    group: str | None = None
    unit: str | None = None
    status: str | int | None = None
    status_id: str | int | None = None
    channel: str | int | None = None
    return_mode: str | int | None = None
    received: str | int | None = None
    promised: str | int | None = None
    resolved: str | int | None = None
    returned: str | int | None = None
    registered: str | int | None = None
    fees: list[_Fee] | None = None
    fees_too: list[_Fee] | None = None


class _SmallRow(_Row, rename=_small(_NAMES), gc=False):
    fees: list[_SmallFee] | None = None  # type: ignore[assignment]  # the same, by other names
    fees_too: list[_SmallFee] | None = None  # type: ignore[assignment]


class _Page(msgspec.Struct, rename="camel", gc=False):
    data: list[_Row]
    total_count: int | str
    page_size: int = 0


class _SmallPage(msgspec.Struct, rename="camel", gc=False):
    data: list[_SmallRow]
    total_count: int | str
    page_size: int = 0


_FAST = msgspec.json.Decoder(_Page)
_FAST_SMALL = msgspec.json.Decoder(_SmallPage)


def _looked_up(table: Mapping[Cell, int], value: Cell, where: str) -> int:
    """The number that stands for a code; a code with blanks or of another spelling is found too."""
    found = table.get(value)
    if found is None:
        found = table.get(text(value))
    if found is None:
        raise MisfitError(f"không có trong bảng {where}")
    return found


def _status(value: Cell) -> int:
    return _looked_up(_STATUS, value, "trạng thái")


def _channel(value: Cell) -> int:
    return 0 if value == _UNREADABLE else _looked_up(_CHANNELS, value, "kênh thực hiện")


def _return(value: Cell) -> int:
    return _looked_up(_RETURNS, value, "hình thức trả")


_KINDS = {
    "MaHoSo": Kind(required),
    "MaTTHC": Kind(text),
    "GroupCode": Kind(text),
    "DonViId": Kind(text),
    "MaTrangThai": Kind(_status, 0),
    "KenhThucHien": Kind(_channel, _UNREADABLE),
    "HinhThucTra": Kind(_return),
    "NgayTiepNhan": Kind(moment),
    "NgayHenTra": Kind(moment),
    "NgayKetThucXuLy": Kind(moment),
    "NgayTra": Kind(moment),
    "NgayDangKyBuuDien": Kind(moment),
}
_TEXTS = ("MaHoSo", "MaTTHC", "GroupCode", "DonViId")
_FEES = ("YeuCauThanhToan", "YeuCauThanhToans")


def numbered(body: bytes) -> NumberedPage:
    """A body `{data:[…], totalCount, pageSize, …}`.

    Raises:
        OneStopRefused: it is not of this shape, or a row has no Id; the text names it.
    """
    decoder = _FAST if b'"MaHoSo"' in body else _FAST_SMALL
    try:
        page = decoder.decode(body)
        rows: Sequence[_Row] = page.data
        total = int(page.total_count)
    except msgspec.ValidationError:
        return _exactly(body)
    except msgspec.DecodeError:
        raise
    except ValueError:
        return _exactly(body)
    keys: list[Key] = [row.id for row in rows]
    return NumberedPage(total, keys, [_told(row) for row in rows], page.page_size)


def single(value: object) -> tuple[str, OneStopDossier]:
    """One dossier with its Id, as `GetByMa` gives it."""
    row = Fields("data", value)
    return row.text("Id", required=True), _exact(value if isinstance(value, dict) else {})


def _exactly(body: bytes) -> NumberedPage:
    """The same, slowly: whatever does not fit is named."""
    envelope = Fields("", msgspec.json.decode(body))
    total = envelope.whole("totalCount")
    keys: list[Key] = []
    rows: list[OneStopDossier] = []
    for index, value in enumerate(envelope.items("data", optional=total == 0)):
        keys.append(Fields(f"data[{index}]", value).text("Id", required=True))
        rows.append(_exact(value if isinstance(value, dict) else {}))
    return NumberedPage(total, keys, rows, envelope.whole("pageSize", default=0))


def _told(row: _Row) -> OneStopDossier:
    try:
        return _dossier(row, _fee(row.fees if row.fees is not None else row.fees_too))
    except ValueError:
        return _exact(msgspec.to_builtins(row))


def _exact(row: Mapping[str, object]) -> OneStopDossier:
    """A row whose cells are looked at one by one."""
    large = {name[:1].upper() + name[1:]: value for name, value in row.items()}
    if large.get("MaTrangThai") in (None, ""):
        large["MaTrangThai"] = large.get("TrangThaiHoSoId")
    raw = large["MaTrangThai"]
    cells, strange = mended(large, _KINDS)
    told = {name: text(cells[name]) for name in _TEXTS}
    fee, misfit = _exact_fee(next((large[name] for name in _FEES if name in large), None))
    sentences = " ".join(one for one in (strange, misfit) if one)
    dossier = _dossier(msgspec.convert({**cells, **told, "Id": ""}, _Row), fee, sentences)
    if sentences and isinstance(raw, str | int):
        dossier.raw_status = str(raw)
    return dossier


def _exact_fee(value: object) -> tuple[int | None, str]:
    try:
        return _fee(msgspec.convert(_large_names(value), list[_Fee] | None)), ""
    except ValueError:
        return None, "Trường “YeuCauThanhToan” không đọc được số tiền."


def _large_names(value: object) -> object:
    if not isinstance(value, list):
        return value or None
    return [
        {name[:1].upper() + name[1:]: cell for name, cell in one.items()}
        if isinstance(one, dict)
        else one
        for one in value
    ]


def _fee(requests: Sequence[_Fee] | None) -> int | None:
    """What was taken, in đồng; None where the row does not tell."""
    if not requests:
        return None if requests is None else 0
    fee = 0
    for one in requests:
        if one.state == PAID:
            amount = one.amount
            fee += amount if type(amount) is int else whole(amount)
    return fee


def _dossier(row: _Row, fee: int | None, strange: str = "") -> OneStopDossier:
    """One row in our vocabulary; the numbers of its states are the national ones."""
    code = row.code
    if not (code or strange):
        raise ValueError
    status = row.status if row.status is not None else row.status_id
    number = _STATUS.get(status, 0)
    if not (number or strange):
        number = _status(status)
    channel, return_mode = _CHANNELS.get(row.channel), _RETURNS.get(row.return_mode)
    if channel is None:
        channel = _channel(row.channel)
    if return_mode is None:
        return_mode = _return(row.return_mode)
    return OneStopDossier(
        code=code.strip() if code else "",
        procedure_code=row.procedure or "",
        department_code=row.group or row.unit or "",
        status=number,
        raw_status=str(status),
        channel=channel,
        return_mode=1 if row.registered else return_mode,
        received_at=moment(row.received),
        promised_at=moment(row.promised),
        resolved_at=moment(row.resolved),
        returned_at=moment(row.returned),
        fee_vnd=fee,
        strange=strange,
    )
