"""The list that one writes first: FastAPI and SQLModel's ORM, asynchronously, with a response model.

It knows who asks, as we do, and answers with fifty rows of the same table: once with what is in
that table and no more, once with the very same answer as ours, read by one statement with joins.
Run as `python -m scripts.bench.list_peer DATABASE_URL PORT`.
"""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from postal_bridge.identity import Role
from postal_bridge.journey import STAGE_NAMES
from postal_bridge.storage.tables import (
    ConsignmentRow,
    DossierRow,
    PlaceRow,
    PositionRow,
    StaffRow,
)
from postal_bridge.tracking.records import CONSIGNMENT_OPEN, Position
from scripts.bench.peer import Session, staff_of
from scripts.bench.province import CODE


class PositionsOut(BaseModel):
    """What is in the table."""

    transfers: list[Position]
    next: str | None = None


class TransferOut(Position):
    """The same with everything that our own answer says."""

    holder_code: str
    holder_name: str
    place_name: str
    stage_name: str
    hours_held: int
    overdue: bool
    promised_at: datetime | None = None
    carrier: str | None = None
    consignment: str | None = None


class TransfersOut(BaseModel):
    """A page as ours."""

    transfers: list[TransferOut]
    next: str | None = None


Staff = Annotated[StaffRow, Depends(staff_of)]
After = Annotated[str | None, Query(max_length=60)]
Limit = Annotated[int, Query(ge=1, le=500)]


def _admit(staff: StaffRow) -> None:
    if staff.role not in set(Role):
        raise HTTPException(403)


async def positions(
    session: Session, staff: Staff, after: After = None, limit: Limit = 50
) -> PositionsOut:
    """A page of open positions."""
    _admit(staff)
    statement = (
        select(PositionRow)
        .where(
            PositionRow.province == CODE,
            ~col(PositionRow.ended),
            col(PositionRow.item_code) > (after or ""),
        )
        .order_by(col(PositionRow.item_code))
        .limit(limit)
    )
    found = (await session.exec(statement)).all()
    following = found[-1].item_code if len(found) == limit else None
    return PositionsOut.model_construct(transfers=list(found), next=following)


async def transfers(
    session: Session, staff: Staff, after: After = None, limit: Limit = 50
) -> TransfersOut:
    """A page of open positions, with names, promises and consignments."""
    _admit(staff)
    holder, place = aliased(PlaceRow), aliased(PlaceRow)
    p = PositionRow
    same = col(p.province)
    statement = (
        select(p, DossierRow, ConsignmentRow, holder, StaffRow, place)  # type: ignore[call-overload]
        .outerjoin(
            DossierRow,
            (col(DossierRow.province) == same) & (col(DossierRow.code) == p.dossier_code),
        )
        .outerjoin(
            ConsignmentRow,
            (col(ConsignmentRow.province) == same)
            & (col(ConsignmentRow.item_code) == p.item_code)
            & col(ConsignmentRow.state).in_(CONSIGNMENT_OPEN),
        )
        .outerjoin(holder, (col(holder.province) == same) & (col(holder.code) == p.custodian))
        .outerjoin(StaffRow, col(StaffRow.username) == p.custodian)
        .outerjoin(place, (col(place.province) == same) & (col(place.code) == p.place))
        .where(p.province == CODE, ~col(p.ended), col(p.item_code) > (after or ""))
        .order_by(col(p.item_code))
        .limit(limit)
    )
    now = datetime.now(UTC)
    found = [_shown(*row, now=now) for row in (await session.exec(statement)).all()]
    following = found[-1].item_code if len(found) == limit else None
    return TransfersOut(transfers=found, next=following)


def _shown(
    position: PositionRow,
    dossier: DossierRow | None,
    consignment: ConsignmentRow | None,
    *named: PlaceRow | StaffRow | None,
    now: datetime,
) -> TransferOut:
    desk, person, place = named
    bearer = desk or person
    promised = dossier.promised_at if dossier else None
    return TransferOut(
        **position.model_dump(),
        holder_code=position.holder,
        holder_name=bearer.name if bearer else position.custodian,
        place_name=place.name if place else position.place,
        stage_name=STAGE_NAMES[position.stage][0],
        hours_held=(now - position.since) // timedelta(hours=1),
        overdue=promised is not None and promised < now,
        promised_at=promised,
        carrier=consignment.carrier if consignment else None,
        consignment=consignment.number if consignment else None,
    )


def make_app(url: str) -> FastAPI:
    """The application on a database."""
    app = FastAPI()
    engine = create_async_engine(url, pool_size=8)
    app.state.sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    app.get("/positions", response_model_exclude_none=True)(positions)
    app.get("/transfers", response_model_exclude_none=True)(transfers)
    app.get("/ready")(lambda: {"ready": True})
    return app


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="error",
        access_log=False,
    )  # fmt: skip
