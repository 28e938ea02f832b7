"""Scans from handhelds."""

from datetime import timedelta
from uuid import UUID

import msgspec
from pydantic import AwareDatetime, BaseModel, Field

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Body, Call
from postal_bridge.api.language import Language
from postal_bridge.clock import EARLIEST, LATEST
from postal_bridge.dossiers.records import CODE_LENGTH, TEXT_LENGTH
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.clocks import clock_of
from postal_bridge.tracking.scans import (
    ACT_LENGTH,
    SCANNED_LENGTH,
    Outcome,
    RefusedAnswer,
    Scan,
    apply_scans,
)

BATCH_LIMIT = 500
"""What the contract allows at most; an installation may allow less ([tracking] batch_limit)."""


class Geo(Body):
    """Where the handheld was, in degrees."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class OneScan(Body):
    """One scan.

    Attributes:
        scan_id: UUIDv7, made on the handheld; the same for the same scan for ever.
        code: of an item, or of a sealed pouch with all that is in it.
        at: by the handheld's clock, with offset.
        pouch: for `pack`: what it was packed into.
        corrects: for `correct`: the scan that never happened as written.
    """

    scan_id: UUID
    code: str = Field(min_length=1, max_length=SCANNED_LENGTH)
    act: str = Field(min_length=1, max_length=ACT_LENGTH)
    place: str = Field(min_length=1, max_length=CODE_LENGTH)
    at: AwareDatetime = Field(ge=EARLIEST, lt=LATEST)
    pouch: str | None = Field(default=None, max_length=CODE_LENGTH)
    geo: Geo | None = None
    note: str | None = Field(default=None, max_length=TEXT_LENGTH)
    corrects: UUID | None = None


class ScanBatch(Body):
    """What a handheld has collected since it last had a network.

    Attributes:
        sent_at: the handheld's clock when it sent this, so that a wrong one can be put right.
    """

    device: str = Field(min_length=1, max_length=CODE_LENGTH)
    scans: list[OneScan] = Field(max_length=BATCH_LIMIT)
    sent_at: AwareDatetime | None = Field(default=None, ge=EARLIEST, lt=LATEST)

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
    """What became of the batch; it grows with the problems, not with the batch.

    Attributes:
        late: accepted, but older than what was known of their item.
        cursor: where the feed of changes stood before this batch; a device that follows none yet
            goes on from here.
    """

    accepted: int
    duplicates: int
    late: int
    refused: list[RefusedScanOut]
    cursor: str


async def ingest(call: Call[ScanBatch]) -> ScanAnswer | Refusal:
    """Take a batch. Sending it twice, or in another order, changes nothing."""
    tracking = call.services.settings.tracking
    if len(call.body.scans) > tracking.batch_limit:
        why = f"tối đa {tracking.batch_limit} lần quét mỗi lượt"
        return refuse(Reason.INVALID_FIELD, "scans", name="scans", why=why)
    correction = await clock_of(
        call.work,
        device=call.body.device,
        username=call.actor.username,
        sent_at=call.body.sent_at,
        now=call.now,
        tolerance=timedelta(seconds=tracking.clock_tolerance_seconds),
    )
    cursor = await call.work.changes.cursor()
    outcome = await apply_scans(
        recorder_of(call),
        device=call.body.device,
        scans=call.body.told(),
        ahead_limit=timedelta(minutes=tracking.scan_ahead_limit_minutes),
        correction=correction,
    )
    return ScanAnswer.model_validate(said(outcome, cursor=cursor, language=call.language))


def said(outcome: Outcome, *, cursor: str, language: Language) -> dict[str, object]:
    """The answer to a batch, as `ScanAnswer` describes it."""
    return {
        "accepted": outcome.accepted,
        "duplicates": outcome.duplicates,
        "late": outcome.late,
        "refused": [_refused(one, language) for one in outcome.refused],
        "cursor": cursor,
    }


def _refused(one: RefusedAnswer, language: Language) -> dict[str, object]:
    facts: dict[str, object] = {
        "scan_id": str(one.scan_id),
        "reason": one.refusal.reason.slug,
        "detail": one.refusal.sentence(language),
    }
    return facts if one.holder is None else {**facts, "holder": one.holder}
