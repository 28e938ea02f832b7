"""Scans from handhelds, and what became of those that were refused."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.records import RefusedScan
from postal_bridge.tracking.scans import Scan, apply_scans

BATCH_LIMIT = 500
"""What the contract allows at most; an installation may allow less ([tracking] batch_limit)."""


class Geo(Body):
    """Where the handheld was, in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class OneScan(Body):
    """One scan; `scan_id` is made on the handheld and stays the same for ever."""

    scan_id: UUID
    code: str = Field(min_length=1, max_length=200)
    act: str = Field(min_length=1, max_length=40)
    place: str = Field(min_length=1, max_length=60)
    at: AwareDatetime = Field(ge=EARLIEST, lt=LATEST)
    pouch: str | None = Field(default=None, max_length=60)
    geo: Geo | None = None
    note: str | None = Field(default=None, max_length=4000)
    corrects: UUID | None = None


class ScanBatch(Body):
    """What a handheld has collected since it last had a network."""

    device: str = Field(min_length=1, max_length=60)
    scans: list[OneScan] = Field(max_length=BATCH_LIMIT)

    def told(self) -> list[Scan]:
        """The scans as tracking knows them."""
        return msgspec.convert([scan.model_dump() for scan in self.scans], list[Scan])


class RefusedScanOut(BaseModel):
    """Why one scan was not taken."""

    scan_id: UUID
    reason: str
    detail: str
    holder: str | None = None


class ScanAnswer(BaseModel):
    """What became of the batch; it grows with the problems, not with the batch."""

    accepted: int
    duplicates: int
    late: int
    refused: list[RefusedScanOut]
    cursor: datetime


class RefusedQuery(BaseModel):
    """How many to show."""

    limit: int = Field(default=50, ge=1, le=200)


class RefusedScans(BaseModel):
    """Scans that nobody has settled, newest first."""

    scans: list[RefusedScan]


async def ingest(call: Call[ScanBatch]) -> ScanAnswer | Refusal:
    """Take a batch. Sending it twice, or in another order, changes nothing."""
    tracking = call.services.settings.tracking
    if len(call.body.scans) > tracking.batch_limit:
        why = f"tối đa {tracking.batch_limit} lần quét mỗi lượt"
        return refuse(Reason.INVALID_FIELD, "scans", name="scans", why=why)
    outcome = await apply_scans(
        recorder_of(call),
        device=call.body.device,
        scans=call.body.told(),
        ahead_limit=timedelta(minutes=tracking.scan_ahead_limit_minutes),
    )
    return ScanAnswer(
        accepted=outcome.accepted,
        duplicates=outcome.duplicates,
        late=outcome.late,
        refused=[
            RefusedScanOut(
                scan_id=one.scan_id,
                reason=one.refusal.reason.slug,
                detail=one.refusal.sentence(call.language),
                holder=one.holder,
            )
            for one in outcome.refused
        ],
        cursor=call.now,
    )


async def refused(call: Call[None]) -> RefusedScans:
    """Refused scans that wait for a supervisor."""
    limit = call.asked(RefusedQuery).limit
    return RefusedScans(scans=list(await call.work.custody.refused(limit=limit)))
