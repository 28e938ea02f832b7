"""What the suites of the stores share: an open database, and records to put into it."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from postal_bridge.clock import ReplayClock
from postal_bridge.dossiers.records import ChecklistLine, Dossier, Item
from postal_bridge.journey import DIRECTION_OF, Act, Direction, HolderAfter, ItemKind, Stage, Status
from postal_bridge.sections import DatabaseSettings
from postal_bridge.storage.engine import Storage
from postal_bridge.tracking.records import CustodyEvent, Position

PROVINCE = "H37"
NOW = datetime(2019, 1, 10, 1, 30, 15, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOSSIER = "000.00.06.H37-190110-0001"
ITEM = f"{DOSSIER}/H1"


def database(url: str, *, busy_timeout_ms: int = 20_000) -> DatabaseSettings:
    return DatabaseSettings(
        url=url, pool_size=5, busy_timeout_ms=busy_timeout_ms, statement_timeout_ms=20_000
    )


@asynccontextmanager
async def opened(
    url: str,
    *,
    province: str = PROVINCE,
    busy_timeout_ms: int = 20_000,
    told: frozenset[str] = frozenset(),
) -> AsyncIterator[Storage]:
    settings = database(url, busy_timeout_ms=busy_timeout_ms)
    storage = Storage(settings, province=province, clock=ReplayClock(NOW), told=told)
    try:
        yield storage
    finally:
        await storage.close()


def a_dossier(code: str = DOSSIER, *, status: Status = Status.RECEIVED) -> Dossier:
    return Dossier(
        code=code,
        procedure_code="1.003003",
        department="H37.01",
        applicant_name="Nông Thị Hồng Đào",
        applicant_identity="020190000001",
        applicant_phone="0912345678",
        applicant_address="Thôn Nà Sầm, xã Hoàng Văn Thụ",
        channel=1,
        return_mode=1,
        status=status,
        received_at=NOW,
        received_by="lan",
        received_place="desk-1",
        promised_at=NOW + 8 * HOUR,
    )


def a_line(position: int, *, dossier: str = DOSSIER) -> ChecklistLine:
    return ChecklistLine(
        dossier_code=dossier,
        position=position,
        paper_name=f"Giấy tờ số {position}",
        originals_wanted=1,
        copies_wanted=0,
        originals_given=1,
        copies_given=0,
        pages=2,
    )


def an_item(code: str = ITEM, *, kind: ItemKind = ItemKind.APPLICATION) -> Item:
    return Item(
        code=code,
        dossier_code=code.partition("/")[0],
        kind=kind,
        direction=DIRECTION_OF[kind],
        label="Hồ sơ đăng ký",
        department="H37.01",
        created_at=NOW,
    )


def an_event(
    seq: int, *, item: str = ITEM, act: Act = Act.RECEIVE, handover: str | None = None
) -> CustodyEvent:
    return CustodyEvent(
        event_id=UUID(int=zlib.crc32(item.encode()) * 1000 + seq),
        item_code=item,
        seq=seq,
        act=act,
        place="desk-1",
        actor="lan",
        custodian_kind=HolderAfter.DESK,
        custodian="desk-1",
        occurred_at=NOW + seq * HOUR,
        recorded_at=NOW + seq * HOUR,
        handover=handover,
        latitude=21.8537,
        longitude=106.7615,
        note="Bàn giao đủ",
        previous_hash=f"{seq - 1:064x}",
        hash=f"{seq:064x}",
    )


def a_position(seq: int = 1, *, item: str = ITEM, stage: Stage = Stage.COUNTER) -> Position:
    return Position(
        item_code=item,
        dossier_code=item.partition("/")[0],
        kind=ItemKind.APPLICATION,
        direction=Direction.OUT,
        department="H37.01",
        stage=stage,
        place="desk-1",
        custodian_kind=HolderAfter.DESK,
        custodian="desk-1",
        since=NOW + seq * HOUR,
        last_event_id=UUID(int=seq),
        latest_at=NOW + seq * HOUR,
        seq=seq,
        last_hash=f"{seq:064x}",
    )
