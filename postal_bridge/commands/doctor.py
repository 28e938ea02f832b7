"""The doctor: checks what the service needs, and says how to mend what is wrong."""

import argparse
import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from postal_bridge.app import House, open_house
from postal_bridge.capturing import make_vault
from postal_bridge.clock import format_day, local_day
from postal_bridge.commands.checks import Check
from postal_bridge.commands.paper_checks import contents, reader, signing
from postal_bridge.errors import Accident, Misuse
from postal_bridge.identity import Role
from postal_bridge.jobs.nightly import overdue_days
from postal_bridge.sections import Settings
from postal_bridge.settings import OVERLAYS, load_settings
from postal_bridge.storage.months import LedgerMonths
from postal_bridge.storage.signing import LedgerKey
from postal_bridge.tracking.carrier_ports import Verifies
from postal_bridge.tracking.clocks import correction

_FREE_BYTES = 1_000_000_000
_LATELY = timedelta(days=7)
_DEVICES = 10_000
_SETTINGS, _VAULT, _KEY = "cài đặt / settings", "kho tệp / vault", "khóa ký sổ / ledger key"
_MEND_VAULT = "kiểm tra [vault] url và quyền ghi của thư mục"
_MEND_KEY = (
    "đặt [security] ledger_key_file vào thư mục ghi được; khóa cũ đã mất hoặc hỏng thì lấy lại từ "
    "nơi cất giữ, đừng tạo khóa mới"
)


def doctor(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Check everything: 0 all well, 1 something of ours is wrong, 3 an outside system fails."""
    settings = load_settings(environ)

    async def main() -> list[Check]:
        try:
            async with open_house(settings) as house:
                return await examine(house)
        except Misuse as error:
            return _unbuilt(settings, error)

    overlays = environ.get(OVERLAYS, "")
    read = f"{settings.config_dir}/default.toml{overlays and f', {OVERLAYS}={overlays}'}"
    checks = [Check(_SETTINGS, well=True, detail=read), *asyncio.run(main())]
    if options.json:
        print(json.dumps([vars(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        for check in checks:
            print(f"{'tốt ' if check.well else 'HỎNG'}  {check.name}: {check.detail}")
            if not check.well and check.mend:
                print(f"      → {check.mend}")
    ill = [check for check in checks if not check.well]
    if not ill:
        return 0
    return 3 if all(check.outside for check in ill) else 1


async def examine(house: House) -> list[Check]:
    """Look at all that the service stands on, ours first, and at what is outside."""
    settings = house.settings
    checks = [
        await _try(
            "cơ sở dữ liệu / database",
            house.storage.ready,
            well=house.storage.address,
            mend="kiểm tra [database] url, rồi chạy `postal-bridge migrate`",
        ),
        await _try(_VAULT, house.vault.check, well=settings.vault.url, mend=_MEND_VAULT),
    ]
    if checks[0].well:  # a database without tables has no months either
        checks.append(await _months(house))
    if checks[0].well:
        checks.append(await _device_clocks(house))
        checks.append(await _rounds(house))
        checks.append(await _nights(house))
        checks.append(await contents(house))
    checks.append(_key(house))
    checks.append(reader(house.settings))
    checks += await signing(house)
    checks.append(_disk())
    checks.append(_calendar(house))
    checks += await _outside(house)
    checks += await _mail(house)
    checks += await _carriers(house)
    return checks


async def _carriers(house: House) -> list[Check]:
    """The connections, and whether those that can be asked take our credentials."""
    names = ", ".join(house.carriers)
    checks = [Check("đơn vị vận chuyển / carriers", well=bool(names), detail=names or "–")]
    for name, watched in house.carriers.items():
        carrier = watched.connection.carrier
        if not isinstance(carrier, Verifies):
            continue
        told = await carrier.verify()
        end = told.expires_at
        ends_soon = end is not None and end - house.clock.now() < watched.warn_before
        until = "" if end is None else f"hết hạn / until {format_day(local_day(end))}"
        checks.append(
            Check(
                f"đơn vị vận chuyển / carrier {name}",
                well=told.well and not ends_soon,
                detail=" · ".join(filter(None, (told.said, until))) or "đăng nhập được / signed in",
                mend=f"kiểm tra mạng và thông tin đăng nhập ở [carriers.{name}], gia hạn nếu sắp hết",
                outside=not ends_soon,
            )
        )
    return checks


async def _outside(house: House) -> list[Check]:
    """The one-stop system, and the national portal where one is told."""
    settings = house.settings
    if house.onestop is None:
        onestop = Check(
            "một cửa / one-stop",
            well=False,
            detail="[onestop] base_url để trống",
            mend="điền [onestop] base_url, username, password và các mục mà profile cần",
            outside=True,
        )
    else:
        onestop = await _try(
            "một cửa / one-stop",
            house.onestop.check,
            well=f"{house.onestop.name} {settings.onestop.base_url}",
            mend="kiểm tra [onestop] base_url, username, password và các mục mà profile cần",
            outside=True,
        )
    if house.portal is None:
        return [onestop]
    portal = await _try(
        "Cổng quốc gia / national portal",
        house.portal.check,
        well=settings.national_portal.base_url,
        mend="kiểm tra [national_portal] base_url, username, password, dstcode, unit_code",
        outside=True,
    )
    return [onestop, portal]


def _unbuilt(settings: Settings, error: Misuse) -> list[Check]:
    """What keeps the rest from being looked at: the vault, the key, or another setting."""
    parts: tuple[tuple[str, Callable[[], object], str], ...] = (
        (_VAULT, lambda: make_vault(settings), _MEND_VAULT),
        (_KEY, lambda: LedgerKey(settings.security.ledger_key_file), _MEND_KEY),
    )
    ill = []
    for name, build, mend in parts:
        try:
            build()
        except Misuse as wrong:
            ill.append(Check(name, well=False, detail=str(wrong), mend=mend))
    return ill or [Check(_SETTINGS, well=False, detail=str(error), mend="sửa thiết lập đó")]


async def _try(
    name: str,
    look: Callable[[], Awaitable[None]],
    *,
    well: str,
    mend: str,
    outside: bool = False,
) -> Check:
    try:
        await look()
    except (Accident, OSError) as error:
        return Check(name, well=False, detail=str(error), mend=mend, outside=outside)
    return Check(name, well=True, detail=well)


async def _mail(house: House) -> list[Check]:
    """The mail server, where one is set; signing in sends no letter."""
    settings, name = house.settings, "thư điện tử / mail"
    readers = settings.nightly.report_to
    if house.post is None:
        if not readers:
            return []
        detail = "[nightly] report_to có địa chỉ mà [mail] host để trống"
        return [Check(name, well=False, detail=detail, mend="điền [mail] host, sender")]
    return [
        await _try(
            name,
            house.post.check,
            well=f"{settings.mail.host}:{settings.mail.smtp_port}, {len(readers)} người nhận",
            mend="kiểm tra [mail] host, smtp_port, security, username, password",
            outside=True,
        )
    ]


async def _months(house: House) -> Check:
    missing = await LedgerMonths(house.storage).missing(now=house.clock.now())
    absent = ", ".join(f"{month:%m/%Y}" for month in missing)
    there = "một bảng / one table" if house.storage.is_sqlite else "có tháng này và tháng sau"
    return Check(
        "sổ theo tháng / ledger months",
        well=not missing,
        detail=f"chưa có phần của tháng {absent}" if missing else there,
        mend="chạy `postal-bridge migrate`, rồi xem tiến trình `serve --role worker` có chạy không",
    )


async def _nights(house: House) -> Check:
    """Nights that should have run by now; a house that has never begun one has missed none."""
    nightly = house.settings.nightly
    name = "đối soát ban đêm / nights"
    if not nightly.enabled or house.onestop is None:
        return Check(name, well=True, detail="không chạy theo lịch / not scheduled")
    async with house.storage.begin(write=False) as work:
        missed = await overdue_days(work, now=house.clock.now(), at=nightly.at)
        latest = await work.nights.nights(limit=1)
    done = f"gần nhất {format_day(latest[0].day)}" if latest else "chưa có đêm nào / none yet"
    days = ", ".join(format_day(day) for day in missed)
    return Check(
        name,
        well=not missed,
        detail=f"chưa xong: {days}" if missed else done,
        mend="xem nhật ký (night.failed) và tiến trình `serve --role worker` có chạy không; "
        "chạy tay: `postal-bridge reconcile --date NGÀY`",
    )


def _key(house: House) -> Check:
    try:
        signed = house.signer.sign("0" * 64)
    except (Accident, OSError, ValueError) as error:
        return Check(_KEY, well=False, detail=str(error), mend=_MEND_KEY)
    good = house.signer.verify("0" * 64, signature=signed, public_key=house.signer.public_key)
    return Check(_KEY, well=good, detail=house.signer.public_key, mend=_MEND_KEY)


async def _rounds(house: House) -> Check:
    """Whether every shift begins at a place on the map and has a courier who can see its rounds."""
    name = "ca xe, tuyến / shifts and rounds"
    await house.pickups.ready()
    terms, wrong = house.pickups.terms, []
    async with house.storage.begin(write=False) as work:
        places = {one.code: one for one in await work.catalogue.places()}
        staff = {one.username: one for one in await work.inbound.all_staff()}
    if not places or not staff:
        return Check(name, well=True, detail="chưa nhập đơn vị, nhân viên / nothing imported yet")
    for shift in terms.shifts:
        office, courier = places.get(shift.office), staff.get(shift.courier)
        if office is None or office.latitude is None:
            wrong.append(f"{shift.name}: office {shift.office}")
        if courier is None or courier.role is not Role.COURIER:
            wrong.append(f"{shift.name}: courier {shift.courier}")
    wrong += [f"{one.name}: place {one.place}" for one in terms.shuttles if one.place not in places]
    if terms.carrier and terms.carrier not in house.carriers:
        wrong.append(f"[pickup] carrier {terms.carrier}")
    shown = ", ".join(one.name for one in terms.shifts) or "–"
    mend = "sửa [shifts.NAME], [shuttles.NAME], [pickup] carrier; nhập tọa độ bưu cục"
    return Check(name, well=not wrong, detail="; ".join(wrong) or shown, mend=mend)


async def _device_clocks(house: House) -> Check:
    """Handhelds heard of lately whose clocks are off; their scans are put right meanwhile."""
    tolerance = timedelta(seconds=house.settings.tracking.clock_tolerance_seconds)
    since = house.clock.now() - _LATELY
    async with house.storage.begin(write=False) as work:
        lately = [one for one in await work.devices.listed(limit=_DEVICES) if one.seen_at >= since]
    off = [
        f"{one.name} ({one.skew_ms / 1000:+.0f} s)"
        for one in lately
        if correction(one.skew_ms, tolerance=tolerance)
    ]
    return Check(
        "đồng hồ máy quét / device clocks",
        well=not off,
        detail=", ".join(off) or f"{len(lately)} máy, không máy nào lệch",
        mend="bật giờ tự động trên các máy này; giờ quét của chúng đang được điều chỉnh",
        outside=True,
    )


def _disk() -> Check:
    free = shutil.disk_usage(".").free
    return Check(
        "dung lượng đĩa / disk",
        well=free > _FREE_BYTES,
        detail=f"còn {free // 1_000_000} MB",
        mend="giải phóng đĩa: dịch vụ cần ít nhất 1 GB",
    )


def _calendar(house: House) -> Check:
    today = local_day(house.clock.now())
    working = house.calendar.is_working_day(today)
    coming = house.calendar.next_working_day(today)
    detail = f"hôm nay {'làm việc' if working else 'nghỉ'}, ngày làm việc kế tiếp {coming:%d/%m/%Y}"
    return Check("đồng hồ và lịch / clock and calendar", well=True, detail=detail)
