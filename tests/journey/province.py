"""The small province of the stories: its places, procedures and staff, and how its time is told."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from postal_bridge.api.doorkeeper import hash_password
from postal_bridge.app import House
from postal_bridge.clock import LOCAL
from postal_bridge.dossiers.records import Place, Procedure, ProcedurePaper
from postal_bridge.identity import Role
from postal_bridge.inbound import Staff
from postal_bridge.sections import SecuritySettings, Settings
from postal_bridge.settings import load_settings

Json = dict[str, Any]

PASSWORD = "mật khẩu của tỉnh nhỏ"
PREFIX = "/api/v1"
MINUTE = timedelta(minutes=1)
SESSION = timedelta(hours=10)
"""A little less than a session lasts; then a person signs in again."""

CENTRE, COUNTER, RETURN_DESK = "HCC", "HCC-TN", "HCC-TKQ"
JUSTICE, JUSTICE_DESK = "STP", "HCC-STP"
BUILDING, POST_OFFICE = "SXD", "BDT"

PLACES = (
    Place(code=CENTRE, name="Trung tâm Phục vụ hành chính công", kind="centre"),
    Place(code=COUNTER, name="Quầy tiếp nhận", kind="desk", parent=CENTRE),
    Place(code=RETURN_DESK, name="Quầy trả kết quả", kind="desk", parent=CENTRE),
    Place(
        code=JUSTICE_DESK, name="Bàn của Sở Tư pháp", kind="desk", parent=CENTRE, department=JUSTICE
    ),
    Place(
        code=JUSTICE,
        name="Sở Tư pháp",
        kind="department",
        agency="000.00.06.H37",
        address="Số 12 đường Hùng Vương, phường Chi Lăng, tỉnh Lạng Sơn",
    ),
    Place(code=BUILDING, name="Sở Xây dựng", kind="department", agency="000.00.13.H37"),
    Place(
        code=POST_OFFICE, name="Bưu điện tỉnh", kind="post", latitude=21.8537, longitude=106.7610
    ),
)

CRIMINAL_RECORD, BUILDING_PERMIT = "2.000488", "1.009794"
"""Five working days whenever it is handed in; three, and after 15:00 from the next day on."""

PROCEDURES = (
    Procedure(
        code=CRIMINAL_RECORD, name="Cấp Phiếu lý lịch tư pháp", department=JUSTICE,
        time_limit_value=5,
    ),
    Procedure(
        code=BUILDING_PERMIT, name="Cấp giấy phép xây dựng", department=BUILDING,
        time_limit_value=3, late_cutoff=True,
    ),
)  # fmt: skip
PAPERS = (
    ProcedurePaper(procedure_code=CRIMINAL_RECORD, position=1, paper_name="Tờ khai"),
    ProcedurePaper(
        procedure_code=CRIMINAL_RECORD, position=2, paper_name="Căn cước công dân", originals=0,
        copies=1,
    ),
    ProcedurePaper(procedure_code=BUILDING_PERMIT, position=1, paper_name="Đơn đề nghị"),
)  # fmt: skip
HANDED_IN: dict[str, list[Json]] = {
    CRIMINAL_RECORD: [
        {"position": 1, "originals": 1, "pages": 2},
        {"position": 2, "originals": 0, "copies": 1, "pages": 1},
    ],
    BUILDING_PERMIT: [{"position": 1, "originals": 1, "pages": 4}],
}

CHEAP = {
    "PB_SECURITY__ARGON2_TIME_COST": "1",
    "PB_SECURITY__ARGON2_MEMORY_KIB": "8",
    "PB_SECURITY__ARGON2_PARALLELISM": "1",
    "PB_NIGHTLY__LOOKBACK_DAYS": "5",
    "PB_SHIFTS__XE_MAY_1__COURIER": "tuan",
    "PB_SHIFTS__XE_MAY_2__COURIER": "minh",
    "PB_SHUTTLES__SO_TTTT__PLACE": "",
    "PB_PICKUP__SOLVER_SECONDS": "0",
}


def moment(shown: str) -> datetime:
    """A moment as people in Vietnam write it: `10/01/2019 08:00`."""
    return datetime.strptime(shown, "%d/%m/%Y %H:%M").replace(tzinfo=LOCAL)


def read(shown: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.fromisoformat(shown)


def filing(procedure: str = CRIMINAL_RECORD, **other: Any) -> Json:
    """What a clerk types for a complete dossier."""
    return {
        "procedure": procedure,
        "place": COUNTER,
        "channel": 1,
        "return_mode": 0,
        "applicant_name": "Nông Văn An",
        "applicant_identity": "020190000001",
        "applicant_phone": "0912345678",
        "applicant_address": "Số 12 đường Trần Phú, phường Lương Văn Tri",
        "papers": HANDED_IN[procedure],
        **other,
    }


STAFF: dict[str, tuple[str, str, Role, tuple[str, ...]]] = {
    "clerk": ("hanh", "Nông Thị Hạnh", Role.CLERK, (COUNTER, RETURN_DESK)),
    "desk": ("thang", "Hoàng Văn Thắng", Role.CLERK, (RETURN_DESK,)),
    "courier": (
        "tuan", "Vi Văn Tuấn", Role.COURIER, (POST_OFFICE, COUNTER, RETURN_DESK, JUSTICE, BUILDING)
    ),
    "colleague": ("minh", "Lương Văn Minh", Role.COURIER, (POST_OFFICE, RETURN_DESK)),
    "justice": ("bich", "Trần Thị Bích", Role.DEPARTMENT, (JUSTICE, JUSTICE_DESK)),
    "building": ("dung", "Phạm Quốc Dũng", Role.DEPARTMENT, (BUILDING,)),
    "officer": ("mai", "Lê Thị Mai", Role.OFFICER, (CENTRE, COUNTER, RETURN_DESK)),
    "supervisor": ("sang", "Bế Văn Sáng", Role.SUPERVISOR, (POST_OFFICE,)),
    "admin": ("quantri", "Đinh Thị Lụa", Role.ADMIN, (CENTRE,)),
}  # fmt: skip


@cache
def _password_hash(security: SecuritySettings) -> str:
    return hash_password(PASSWORD, security)


def town_settings(database_url: str, folder: Path, **variables: str) -> Settings:
    """Settings of a house whose files lie in a folder of the test's own."""
    environ = {
        **CHEAP,
        "PB_DATABASE__URL": database_url,
        "PB_VAULT__URL": f"file://{folder}/vault",
        "PB_SECURITY__LEDGER_KEY_FILE": str(folder / "ledger.key"),
    }
    return load_settings({**environ, **variables})


async def settle_in(house: House) -> None:
    """Write places, procedures and staff into an empty database."""
    async with house.storage.begin() as work:
        await work.catalogue.import_places(PLACES)
        await work.catalogue.import_procedures(PROCEDURES, PAPERS)
        for username, name, role, places in STAFF.values():
            await work.inbound.save_staff(
                Staff(
                    username=username,
                    name=name,
                    role=role,
                    places=" ".join(places),
                    password_hash=_password_hash(house.settings.security),
                )
            )
