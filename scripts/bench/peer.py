"""The service that one writes first: FastAPI and SQLModel, row by row, cleanly and asynchronously.

It does to the same tables what `POST /scans` does for plain scans: it knows who asks, takes each
scan once, refuses with a reason and keeps what it refused, links the events into chains and keeps
positions, all in one transaction per request. It is what a good developer would write who has
never measured it. Run as `python -m scripts.bench.peer DATABASE_URL PORT`.
"""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from postal_bridge.events import link
from postal_bridge.inbound import SignIn
from postal_bridge.journey import Act, HolderAfter, move_for
from postal_bridge.storage.scan_tables import RefusedScanRow
from postal_bridge.storage.tables import (
    CustodyEventRow,
    PositionRow,
    SignInRow,
    StaffRow,
)
from scripts.bench.province import CODE

AHEAD = timedelta(minutes=10)


class ScanIn(BaseModel):
    """One scan."""

    scan_id: UUID
    code: str = Field(min_length=1, max_length=200)
    act: str = Field(min_length=1, max_length=40)
    place: str = Field(min_length=1, max_length=60)
    at: AwareDatetime


class BatchIn(BaseModel):
    """A batch."""

    device: str = Field(min_length=1, max_length=60)
    scans: list[ScanIn] = Field(max_length=500)


class RefusedOut(BaseModel):
    """A scan that was not taken."""

    scan_id: UUID
    reason: str


class BatchOut(BaseModel):
    """What became of a batch."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    refused: list[RefusedOut] = []


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    """One session per request."""
    async with request.app.state.sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(session_of)]


async def staff_of(session: Session, authorization: Annotated[str, Header()]) -> StaffRow:
    """Who asks."""
    token_hash = sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    found = await session.exec(select(SignInRow).where(SignInRow.token_hash == token_hash))
    sign_in: SignIn | None = found.first()
    if sign_in is None or sign_in.ended_at or sign_in.expires_at <= datetime.now(UTC):
        raise HTTPException(401)
    staff = await session.get(StaffRow, sign_in.username)
    if staff is None:
        raise HTTPException(401)
    return staff


Staff = Annotated[StaffRow, Depends(staff_of)]


async def take_scans(batch: BatchIn, session: Session, staff: Staff) -> BatchOut:
    """Take a batch, scan by scan."""
    answer = BatchOut()
    now = datetime.now(UTC)
    for scan in batch.scans:
        known = (
            await session.exec(
                select(CustodyEventRow).where(
                    CustodyEventRow.province == CODE, CustodyEventRow.event_id == scan.scan_id
                )
            )
        ).first()
        if known is not None:
            answer.duplicates += 1
            continue
        position = (
            await session.exec(
                select(PositionRow)
                .where(PositionRow.province == CODE, col(PositionRow.item_code) == scan.code)
                .with_for_update()
            )
        ).first()
        reason = refusal(scan, position, staff, now)
        if reason is not None or position is None:
            row = refused_row(scan, reason or "", device=batch.device, staff=staff, now=now)
            session.add(row)
            answer.refused.append(RefusedOut(scan_id=scan.scan_id, reason=reason or ""))
            continue
        event = event_row(scan, position, device=batch.device, staff=staff, now=now)
        session.add(event)
        move_on(position, event)
        session.add(position)
        await session.flush()
        answer.accepted += 1
    await session.commit()
    return answer


def refusal(
    scan: ScanIn, position: PositionRow | None, staff: StaffRow, now: datetime
) -> str | None:
    """Why a scan is not taken."""
    if position is None:
        return "item-unknown"
    move = move_for(position.kind, Act(scan.act)) if scan.act in set(Act) else None
    if move is None or not move.by_scan:
        return "act-unknown"
    if scan.place not in staff.places.split():
        return "other-place"
    if staff.role not in move.roles:
        return "role-not-allowed"
    if scan.at > now + AHEAD:
        return "scan-in-future"
    if position.sealed or scan.at <= position.latest_at:
        return "not-plain"
    return None


def refused_row(
    scan: ScanIn, reason: str, *, device: str, staff: StaffRow, now: datetime
) -> RefusedScanRow:
    """What is kept of a scan that was not taken."""
    return RefusedScanRow(
        province=CODE,
        scan_id=scan.scan_id,
        fingerprint="0" * 16,
        code=scan.code,
        act=scan.act,
        place=scan.place,
        occurred_at=scan.at,
        device=device,
        reason=reason,
        actor=staff.username,
        recorded_at=now,
    )


def event_row(
    scan: ScanIn, position: PositionRow, *, device: str, staff: StaffRow, now: datetime
) -> CustodyEventRow:
    """The event of a scan, linked to the item's chain."""
    loaded = scan.act == Act.LOAD.value
    facts: dict[str, Any] = {
        "item_code": scan.code,
        "seq": position.seq + 1,
        "act": Act(scan.act),
        "place": scan.place,
        "actor": staff.username,
        "custodian_kind": HolderAfter.PERSON if loaded else None,
        "custodian": staff.username if loaded else None,
        "occurred_at": scan.at,
        "recorded_at": now,
        "device": device,
    }
    return CustodyEventRow(
        province=CODE,
        event_id=scan.scan_id,
        previous_hash=position.last_hash,
        hash=link(position.last_hash, {**facts, "event_id": str(scan.scan_id)}),
        **facts,
    )


def move_on(position: PositionRow, event: CustodyEventRow) -> None:
    """Let the position follow from the event."""
    move = move_for(position.kind, event.act)
    if move is not None:
        position.stage = move.after
    position.place = event.place
    if event.custodian_kind is not None and event.custodian is not None:
        position.custodian_kind = event.custodian_kind
        position.custodian = event.custodian
    position.pouch, position.sealed = None, False
    position.since = position.latest_at = event.occurred_at
    position.last_event_id = event.event_id
    position.seq, position.last_hash = event.seq, event.hash


def make_app(url: str) -> FastAPI:
    """The application on a database."""
    app = FastAPI()
    engine = create_async_engine(url, pool_size=8)
    app.state.sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    app.post("/scans")(take_scans)
    app.get("/ready")(lambda: {"ready": True})
    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="error",
        access_log=False,
    )  # fmt: skip
