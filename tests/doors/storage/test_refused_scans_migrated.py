"""Refused scans that were kept by the first release are kept on, whole, under their new key."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from postal_bridge.storage import migrate
from postal_bridge.tracking.records import RefusedScan, SettledAs
from postal_bridge.tracking.refused_content import fingerprint
from postal_bridge.tracking.scan_ports import RefusedFilter
from tests.stores import PROVINCE, opened

_AT = datetime(2019, 1, 10, 1, 30, 15, 123456, tzinfo=UTC)
_INSERT = """
    INSERT INTO refused_scan (province, scan_id, code, act, place, occurred_at, device, pouch,
                              note, reason, actor, recorded_at, settled_at)
    VALUES (:province, :scan_id, 'VD-1', 'load', 'desk-1', :at, 'HH-1', NULL, 'Giấy ướt',
            'item-unknown', 'tuan', :at, :settled_at)
"""


@pytest.fixture
def old_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the tables as they were before this change."""
    url = (
        f"sqlite+aiosqlite:///{tmp_path}/old.db"
        if engine_name == "sqlite"
        else str(request.getfixturevalue("make_database")())
    )
    migrate.upgrade(url, revision="0002")
    return url


async def test_what_was_kept_has_its_fingerprint_and_its_end(old_database: str) -> None:
    sqlite = old_database.startswith("sqlite")
    engine = create_async_engine(old_database)
    async with engine.begin() as connection:
        for number in (1, 2):
            at = _AT.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else _AT
            await connection.execute(
                text(_INSERT),
                {
                    "province": PROVINCE,
                    "scan_id": UUID(int=number).hex if sqlite else UUID(int=number),
                    "at": at,
                    "settled_at": at if number == 2 else None,
                },
            )
    await engine.dispose()

    await migrate.upgrade_async(old_database)

    async with opened(old_database) as storage, storage.begin() as work:
        settled, waiting = await work.refused_scans.listed(RefusedFilter())
        assert (settled.settled_as, settled.settled_at) == (SettledAs.TAKEN, _AT)
        assert waiting == RefusedScan(
            scan_id=UUID(int=1),
            fingerprint=fingerprint(waiting),
            code="VD-1",
            act="load",
            place="desk-1",
            occurred_at=_AT,
            device="HH-1",
            note="Giấy ướt",
            reason="item-unknown",
            actor="tuan",
            recorded_at=_AT,
        )
