"""A small province behind the pages: real stores, real use cases, a clock that stands still."""

import random
import tomllib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from postal_bridge.api.sessions import hash_password
from postal_bridge.app import House, open_house
from postal_bridge.clock import ReplayClock
from postal_bridge.codes import make_item_code
from postal_bridge.dossiers.records import Dossier, FeeKind, FeeReceipt, Item, Place
from postal_bridge.identity import Actor, Role
from postal_bridge.inbound import Staff
from postal_bridge.journey import Act, Direction, ItemKind, Status
from postal_bridge.reconciliation.records import DifferenceKind, Discrepancy, Night, NightState
from postal_bridge.sections import Settings
from postal_bridge.settings import load_settings
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ledger import seal_day
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import Incident, IncidentKind

NOW = datetime(2019, 2, 11, 14, 30, tzinfo=UTC)  # 21:30 on the wall
TODAY = date(2019, 2, 11)
PASSWORD = "mật khẩu đúng"
ORGANISATIONS = Path(__file__).parents[3] / "config" / "province" / "organisations.toml"
EVIL = "<script>alert('Sở')</script>"

HANH = Actor(username="hanh", name="Nông Thị Hạnh", role=Role.CLERK, places=("HCC-TN",))
TUAN = Actor(username="tuan", name="Vi Văn Tuấn", role=Role.COURIER, places=("HCC-TN",))
LAN = Actor(username="lan", name="Chu Thị Lan", role=Role.DEPARTMENT, places=("STP",))
NGOC = Actor(username="ngoc", name="Nguyễn Thị Bích Ngọc", role=Role.OFFICER, places=("HCC",))
MINH = Actor(username="minh", name="Lý Quang Minh", role=Role.SUPERVISOR)
STAFF = (HANH, TUAN, LAN, NGOC, MINH)


def settings_for(database_url: str, folder: Path, **more: str) -> Settings:
    return load_settings(
        {
            "PB_DATABASE__URL": database_url,
            "PB_VAULT__URL": f"file://{folder / 'vault'}",
            "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
            "PB_SECURITY__ARGON2_TIME_COST": "1",
            "PB_SECURITY__ARGON2_MEMORY_KIB": "8",
            "PB_SECURITY__ARGON2_PARALLELISM": "1",
            "PB_SECURITY__SIGN_IN_ATTEMPTS_PER_MINUTE": "3",
            **more,
        }
    )


@dataclass
class World:
    """The house with its clock."""

    house: House
    clock: ReplayClock

    async def fill(self) -> None:
        """A month with a bit of everything that the board shows."""
        async with self.house.storage.begin() as work:
            await add_month(work)
            await add_night(work)
            await work.incidents.open_once(an_incident())
        async with self.house.storage.begin() as work:
            await seal_day(work.ledger, day=TODAY, now=NOW, signer=self.house.signer)


@asynccontextmanager
async def world_on(settings: Settings) -> AsyncIterator[World]:
    """Places and staff are there; nothing has happened yet."""
    clock = ReplayClock(NOW)
    async with open_house(settings, clock=clock) as house:
        hashed = hash_password(PASSWORD, settings.security)
        async with house.storage.begin() as work:
            await work.catalogue.import_places(places())
            for one in STAFF:
                await work.inbound.save_staff(
                    Staff(
                        username=one.username,
                        name=one.name,
                        role=one.role,
                        places=" ".join(one.places),
                        password_hash=hashed,
                    )
                )
        yield World(house, clock)


def places() -> list[Place]:
    rows = tomllib.loads(ORGANISATIONS.read_text(encoding="utf-8"))["place"]
    return [Place(**row) for row in rows]


# --- a month --------------------------------------------------------------------------------------


def code_of(serial: int, day: str = "190110") -> str:
    return f"000.00.06.H37-{day}-{serial:04}"


def a_dossier(serial: int, department: str, *, status: Status, late: bool = False) -> Dossier:
    received = NOW - timedelta(days=30 - serial % 28, hours=6)
    done = status in {Status.RESOLVED, Status.RETURNED}
    return Dossier(
        code=code_of(serial),
        procedure_code="2.000635",
        department=department,
        applicant_name="Hoàng Văn Thụ",
        applicant_identity="020085012345",
        applicant_phone="0912345678",
        applicant_address="Thôn Nà Sầm, xã Hoàng Văn Thụ",
        channel=1,
        return_mode=0,
        status=status,
        received_at=received,
        received_by=HANH.username,
        received_place="HCC-TN",
        promised_at=received + timedelta(days=2),
        resolved_at=received + timedelta(days=3 if late else 1) if done else None,
    )


MONTH: tuple[tuple[str, Status, int], ...] = (
    ("PCC1", Status.RETURNED, 30),
    ("STP", Status.RESOLVED, 12),
    ("STP", Status.PROCESSING, 3),
    ("SKHDT", Status.RETURNED, 9),
    ("SKHDT", Status.SUPPLEMENT, 2),
    ("SXD", Status.PROCESSING, 5),
    ("SYT", Status.RESOLVED, 4),
    ("SKHCN", Status.PROCESSING, 1),
    ("DIENLUC", Status.RETURNED, 3),
    ("SGTVT", Status.REFUSED, 1),
)


async def add_month(work: UnitOfWork) -> None:
    serial = 0
    for department, status, number in MONTH:
        for _ in range(number):
            serial += 1
            late = department == "SYT" and serial % 4 == 0
            await work.dossiers.add(a_dossier(serial, department, status=status, late=late), ())
    for n in range(1, 8):
        await work.dossiers.add_receipt(a_receipt(n))
    for serial, department, receiver in ((43, "STP", LAN), (58, "SXD", MINH), (66, "SKHCN", MINH)):
        await send_out(work, serial, department=department, receiver=receiver)


def a_receipt(n: int) -> FeeReceipt:
    return FeeReceipt(
        id=f"receipt-{n}",
        dossier_code=code_of(n),
        number=f"BL-19-{n:06}",
        kind=FeeKind.FEE,
        amount_vnd=120_000,
        collected_at=NOW - timedelta(days=n),
        collected_by=HANH.username,
        collected_place="HCC-TN",
    )


async def send_out(work: UnitOfWork, serial: int, *, department: str, receiver: Actor) -> str:
    """An application's whole way from the counter to a department, in a sealed pouch."""
    code, begin = make_item_code(code_of(serial), "H", 1), NOW - timedelta(days=6, hours=serial % 9)
    item = Item(
        code=code,
        dossier_code=code_of(serial),
        kind=ItemKind.APPLICATION,
        direction=Direction.OUT,
        label=f"Hồ sơ {code_of(serial)}, 4 trang",
        department=department,
        created_at=begin,
    )
    identifiers = Identifiers(random.Random(serial))
    pouch, minutes = f"TUI-190205-{serial:04}-7", f"BG-H37-190205-{serial:04}"
    steps: Sequence[tuple[Actor, Act, Circumstances]] = (
        (HANH, Act.DIGITISE, Circumstances(place="HCC-TN")),
        (HANH, Act.PACK, Circumstances(place="HCC-TN", pouch=pouch)),
        (HANH, Act.SEAL, Circumstances(place="HCC-TN", pouch=pouch)),
        (TUAN, Act.LOAD, Circumstances(place="HCC-TN", pouch=pouch, handover=minutes)),
        (TUAN, Act.ARRIVE, Circumstances(place=department, pouch=pouch)),
        (receiver, Act.ACCEPT, Circumstances(place=department, pouch=pouch, handover=minutes)),
    )
    first = Recorder(work, actor=HANH, now=begin, identifiers=identifiers)
    await first.begin(item, Act.RECEIVE, place="HCC-TN")
    for n, (actor, act, facts) in enumerate(steps, start=1):
        tracked = await work.custody.find(code)
        assert isinstance(tracked, Tracked)
        now = begin + timedelta(minutes=17 * n)
        await Recorder(work, actor=actor, now=now, identifiers=identifiers).record(
            tracked, act, facts
        )
    return code


# --- a night --------------------------------------------------------------------------------------

CASES = (
    (DifferenceKind.MISSING_THERE, 7, "đang xử lý", "không có trong danh sách", 2),
    (DifferenceKind.MISSING_THERE, 19, "đã trả kết quả", "không có trong danh sách", 0),
    (DifferenceKind.MISSING_HERE, 902, "không có trong sổ", "được tiếp nhận (receiving)", 0),
    (DifferenceKind.STATE, 33, "đã xử lý xong", "đang xử lý (processing)", 4),
    (DifferenceKind.DEPARTMENT, 51, "SXD (000.00.12.H37)", "SGTVT (000.00.11.H37)", 1),
    (DifferenceKind.PROMISED_DAY, 12, "28/01/2019", "29/01/2019", 0),
)


async def add_night(work: UnitOfWork) -> None:
    for n, (kind, serial, ours, theirs, days) in enumerate(CASES, start=1):
        await work.nights.put_case(
            Discrepancy(
                id=str(UUID(int=n)),
                kind=kind,
                dossier_code=code_of(serial),
                ours=ours,
                theirs=theirs,
                received_on=date(2019, 1, 15),
                opened_on=TODAY - timedelta(days=days),
                last_seen_on=TODAY,
            )
        )
    await work.nights.put_night(a_night())


def a_night(*, day: date = TODAY, state: NightState = NightState.DONE) -> Night:
    return Night(
        day=day,
        source="opencps",
        state=state,
        window_from=date(2019, 1, 10),
        started_at=NOW,
        finished_at=NOW,
        ours=68,
        theirs=67,
        uncompared=2,
        found=6,
        opened=3,
        closed=1,
        open_cases=6,
        statistics="Thống kê tháng 01/2019 của hệ thống một cửa thiếu 2 hồ sơ so với danh sách.",
        on_time_rule="Đúng hạn: xử lý xong không muộn hơn giờ hẹn trả.",
        error="Không gọi được 0912345678" if state is NightState.FAILED else None,
    )


def an_incident() -> Incident:
    return Incident(
        id="incident-1",
        key="short:BG-H37-190205-0043",
        kind=IncidentKind.SHORT,
        code=make_item_code(code_of(44), "H", 1),
        handover="BG-H37-190205-0043",
        place="STP",
        opened_at=NOW - timedelta(days=5),
        opened_by=LAN.username,
        note="Thiếu một hồ sơ của ông Hoàng Văn Thụ",
    )
