"""The national public service portal (DVCQG): every dossier's state, told in the portal's words.

Wire facts: reference on one-stop systems, section 2.1 (envelope), 2.2 (items), 2.3 (numbers) and
2.7 (what peers do and a bridge must not). What a field means stands in `national_codes`.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from postal_bridge.clock import Clock
from postal_bridge.journey import STATUS_NAMES, Status
from postal_bridge.onestop.national_codes import (
    CHANNEL,
    EXISTS,
    FALSE,
    IDENTITY_KIND,
    LONGEST,
    MOST_STEPS,
    NO,
    STATUS_NUMBER,
    TRUE,
    YES,
    by_post,
    digits_of,
)
from postal_bridge.onestop.portal_wire import PortalWire, SaidNo, Sleep
from postal_bridge.reconciliation.portal_ports import (
    AlreadyThere,
    KnownDossier,
    NotReportable,
    PortalDossier,
    PortalProcedure,
    PortalProgress,
    PortalTerm,
)
from postal_bridge.sections import NationalPortalSettings

Row = dict[str, Any]


class DvcNationalPortal:
    """The portal behind one adapter address.

    Args:
        settings: address, credentials, who reports, which number a citizen has, patience.
        clock: measures the rest after refused credentials.
        sleep: how to wait between two attempts; tests hand in their own.
    """

    name = "national_portal"

    def __init__(
        self, settings: NationalPortalSettings, *, clock: Clock, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._citizen_kind = settings.citizen_kind
        self._fields: dict[str, tuple[str, str]] = {}
        self._wire = PortalWire(settings, clock=clock, sleep=sleep)

    async def find(self, code: str) -> KnownDossier | None:
        """What the portal has of a dossier, now; None where it has none."""
        rows = await self._wire.read("TraCuuHoSo", mahoso=code)
        for row in _objects(rows):
            if str(row.get("MaHoSo") or code) == code:
                return KnownDossier(code=code, status=_status(row.get("TrangThaiHoSo")))
        return None

    async def put(self, dossier: PortalDossier, *, exists: bool) -> None:
        """Write a dossier's state, asked once.

        Raises:
            AlreadyThere: it was to be created and is there.
            NotReportable: something that the portal demands is missing on our side.
        """
        item = await self._item(dossier)
        updating = TRUE if exists else FALSE
        try:
            await self._wire.write("DongBoHoSoMC", isUpdating=updating, data=[item])
        except SaidNo as no:
            if exists or EXISTS not in no.said.casefold():
                raise
            raise AlreadyThere(f"{dossier.code}: {no.said}") from no

    async def progress(self, steps: Sequence[PortalProgress]) -> None:
        """Add steps to the way that the citizen sees, ten in a call at most."""
        for start in range(0, len(steps), MOST_STEPS):
            items = [_step(step) for step in steps[start : start + MOST_STEPS]]
            await self._wire.write("CapNhatTienDoHoSoMC", isUpdating=FALSE, data=items)

    async def procedure(self, code: str) -> PortalProcedure | None:
        """A procedure as published."""
        for row in _objects(await self._wire.read("LayThuTuc", maTTHC=code)):
            if str(row.get("MATTHC") or code) == code:
                return _procedure(code, row)
        return None

    async def procedures(self) -> Sequence[PortalProcedure]:
        """Codes and names of all procedures."""
        rows = _objects(await self._wire.read("LayDanhSachTTHC"))
        named = ((_text(row, "MATTHC"), _text(row, "TENTTHC")) for row in rows)
        return [PortalProcedure(code=code, name=name) for code, name in named if code]

    async def check(self) -> None:
        """Return when address and credentials work; raise what is wrong otherwise."""
        await self._wire.sign_in()

    async def close(self) -> None:
        """Give connections back."""
        await self._wire.close()

    async def _item(self, dossier: PortalDossier) -> Row:
        """One item of DongBoHoSoMC (section 2.2); "" means nothing, dates are 14 digits."""
        field_code, field_name = await self._field(dossier)
        identity = dossier.applicant_identity
        refused_at = dossier.ended_at if dossier.status is Status.REFUSED else None
        return {
            "MaHoSo": dossier.code,
            "MaTTHC": dossier.procedure_code,
            "TenTTHC": _needed(dossier.procedure_name, dossier, "tên thủ tục"),
            "MaLinhVuc": field_code,
            "TenLinhVuc": field_name,
            "ChuHoSo": _needed(dossier.applicant_name, dossier, "chủ hồ sơ"),
            "LoaiDoiTuong": self._citizen_kind,
            "MaDoiTuong": identity,
            "SoGiayToChuHoSo": identity,
            "DinhDanhCHS": [
                {"LoaiDinhDanh": _identity_kind(dossier), "SoDinhDanh": identity},
            ],
            "SoDienThoai": dossier.applicant_phone,
            "KenhThucHien": CHANNEL[dossier.channel],
            "HinhThuc": by_post(dossier.channel, dossier.return_mode),
            "NgayNopHoSo": digits_of(dossier.received_at),
            "NgayTiepNhan": digits_of(dossier.received_at),
            "NgayHenTra": digits_of(dossier.promised_at),
            "NgayKetThucXuLy": digits_of(dossier.ended_at),
            "NgayTra": digits_of(dossier.returned_at),
            "NgayTuChoi": digits_of(refused_at),
            "TrangThaiHoSo": STATUS_NUMBER[dossier.status],
            "TrichYeuHoSo": dossier.procedure_name[: LONGEST["TrichYeuHoSo"]],
            "DonViXuLy": _needed(dossier.unit, dossier, "đơn vị xử lý"),
            "HoSoCoThanhPhanSoHoa": YES if dossier.digitised else NO,
        }

    async def _field(self, dossier: PortalDossier) -> tuple[str, str]:
        """MaLinhVuc and TenLinhVuc: the code is the portal's own, so it is asked for it once."""
        known = self._fields.get(dossier.procedure_code)
        if known is None:
            known = await self._published_field(dossier)
            self._fields[dossier.procedure_code] = known
        return known

    async def _published_field(self, dossier: PortalDossier) -> tuple[str, str]:
        procedure = await self.procedure(dossier.procedure_code)
        fields = [one for one in procedure.fields if one[0]] if procedure is not None else []
        named = [one for one in fields if one[1].casefold() == dossier.field.casefold()]
        for code, name in (*named, *fields):
            return code, name or dossier.field
        rows = _objects(await self._wire.read("LayDanhMucLinhVuc"))
        listed = {_text(row, "TENLINHVUC").casefold(): _text(row, "MALINHVUC") for row in rows}
        code = listed.get(dossier.field.casefold(), "")
        if not code:
            raise NotReportable(
                f"{dossier.code}: Cổng không công bố lĩnh vực của thủ tục"
                f" {dossier.procedure_code} (the portal publishes no field of this procedure)"
            )
        return code, dossier.field


def _needed(value: str, dossier: PortalDossier, what: str) -> str:
    if not value.strip():
        text = f"{dossier.code}: thiếu {what}, Cổng đòi phải có"
        raise NotReportable(f"{text} (the portal demands it)")
    return value


def _identity_kind(dossier: PortalDossier) -> str:
    """1 for twelve digits, 2 for nine; a number of another length is nobody's, and not sent."""
    number = dossier.applicant_identity
    kind = IDENTITY_KIND.get(len(number)) if number.isascii() and number.isdigit() else None
    if kind is None:
        text = f"{dossier.code}: số định danh của chủ hồ sơ không phải 9 hoặc 12 chữ số"
        raise NotReportable(f"{text} (identity number of neither 9 nor 12 digits)")
    return kind


def _step(step: PortalProgress) -> Row:
    """One item of CapNhatTienDoHoSoMC.

    NgayKetThucTheoQuyDinh stays empty: it may move between a lost answer and its repeat, and the
    repeat must be the same to the letter. The dossier's own NgayHenTra tells it.
    """
    return {
        "MaHoSo": step.code,
        "NguoiXuLy": step.person[: LONGEST["NguoiXuLy"]],
        "ChucDanh": step.role,
        "ThoiDiemXuLy": digits_of(step.happened_at),
        "PhongBanXuLy": step.place,
        "NoiDungXuLy": step.content or STATUS_NAMES[step.status][0],
        "TrangThai": STATUS_NUMBER[step.status],
        "NgayBatDau": digits_of(step.started_at),
        "NgayKetThucTheoQuyDinh": "",
    }


def _objects(rows: Sequence[object]) -> list[Row]:
    return [row for row in rows if isinstance(row, dict)]


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return str(value).strip() if isinstance(value, str | int) else ""


def _status(value: object) -> Status | None:
    """A state by its number, as a number or as text; None where there is none that we know."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdigit()):
        return None
    return next((status for status in Status if status.value == int(text)), None)


def _procedure(code: str, row: Row) -> PortalProcedure:
    return PortalProcedure(
        code=code,
        name=_text(row, "TENTTHC"),
        fields=tuple(_fields(row.get("LINHVUCTHUCHIEN"))),
        terms=tuple(_terms(row.get("CACHTHUCTHUCHIEN"))),
    )


def _fields(value: object) -> Iterator[tuple[str, str]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield _text(one, "MALINHVUC"), _text(one, "TENLINHVUC")
        elif isinstance(one, str) and one.strip():
            yield "", one.strip()


def _terms(value: object) -> Iterator[PortalTerm]:
    """Time limits and fees by channel (section 2.3, LayThuTuc)."""
    for way in _objects(value if isinstance(value, list) else []):
        channel = _text(way, "KENH")
        times = way.get("THOIGIAN")
        for time in _objects(times if isinstance(times, list) else []):
            fees = time.get("PHILEPHI")
            sums = [
                _text(one, "SOTIEN") for one in _objects(fees if isinstance(fees, list) else [])
            ]
            yield PortalTerm(
                channel=int(channel) if channel in CHANNEL.values() else 0,
                time=_text(time, "THOIGIANGIAIQUYET"),
                unit=_text(time, "DONVITINH"),
                fees_vnd=tuple(int(one) for one in sums if one.isascii() and one.isdigit()),
            )
