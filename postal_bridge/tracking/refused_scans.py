"""Refused scans in a supervisor's hands: explained, applied again, or dismissed.

A scan that is applied again goes the way of every scan, as the person who scanned: custody is
theirs, and the supervisor who decided stays in the refused scan's history. What has been
dismissed may still be applied again, since a dismissal can be a mistake too; what is in the ledger
is never taken out of it here (that is what corrections are for).
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.ports import CustodyWork
from postal_bridge.tracking.records import (
    SETTLED_NAMES,
    RefusalStep,
    RefusedScan,
    RefusedScanStep,
    SettledAs,
)
from postal_bridge.tracking.refused_content import facts_of
from postal_bridge.tracking.scans import Geo, Outcome, Scan, apply_scans

IN_THE_LEDGER = frozenset({SettledAs.TAKEN, SettledAs.REAPPLIED})


@dataclass(frozen=True)
class Stays:
    """Nothing was changed about a refused scan; `why` is a refusal, or two sentences."""

    scan: RefusedScan
    why: Refusal | tuple[str, str]

    def sentence(self, language: str) -> str:
        """The reason in Vietnamese, or in English for `en`."""
        if isinstance(self.why, Refusal):
            return self.why.sentence(language)
        return self.why[language == "en"]


async def one_content(
    work: CustodyWork, *, scan_id: UUID, fingerprint: str | None
) -> RefusedScan | Refusal:
    """The refused scan that is meant: by its id, and by its fingerprint where there are several."""
    contents = [
        one
        for one in await work.refused_scans.of(scan_id)
        if fingerprint is None or one.fingerprint == fingerprint
    ]
    if not contents:
        return refuse(Reason.REFUSED_SCAN_UNKNOWN, "scan_id", scan_id=scan_id)
    if len(contents) > 1:
        listed = ", ".join(one.fingerprint for one in contents)
        why = f"mã lần quét này có {len(contents)} nội dung, phải chọn một: {listed}"
        return refuse(Reason.INVALID_FIELD, "fingerprint", name="fingerprint", why=why)
    return contents[0]


async def explain(recorder: Recorder, scan: RefusedScan, *, text: str) -> RefusedScan:
    """Write an explanation to a refused scan; it settles nothing."""
    held = await _held(recorder.work, scan)
    _explained(recorder, held, text)
    await _note(recorder, held, RefusalStep.EXPLAINED, text=text)
    await recorder.work.refused_scans.put(held)
    return held


async def dismiss(
    recorder: Recorder, scan: RefusedScan, *, explanation: str
) -> RefusedScan | Stays:
    """Decide that a refused scan never counts; whoever sends it again gets the same refusal."""
    held = await _held(recorder.work, scan)
    if held.settled_as is not None:
        return Stays(held, SETTLED_NAMES[held.settled_as])
    _explained(recorder, held, explanation)
    await _note(recorder, held, RefusalStep.DISMISSED, text=explanation)
    await _settle(recorder.work, held, SettledAs.DISMISSED, by=recorder)
    return held


async def reapply(
    scanner: Recorder,
    scan: RefusedScan,
    *,
    decided: Recorder,
    note: str | None,
    ahead_limit: timedelta,
) -> RefusedScan | Stays:
    """Send the very scan through once more.

    Args:
        scanner: records as the person who scanned, with today's role and places.
        scan: what was refused.
        decided: the supervisor, in the same transaction.
        note: what the supervisor has to say.
        ahead_limit: how far a scan may lie ahead of the server.
    """
    if scan.settled_as in IN_THE_LEDGER:
        return scan
    outcome = await sent_again(scanner, scan, ahead_limit=ahead_limit)
    held = await _held(decided.work, scan)  # after the items, as every batch does
    if outcome.refused:
        refusal = outcome.refused[0].refusal
        await _note(decided, held, RefusalStep.REFUSED_AGAIN, text=note, refusal=refusal)
        return Stays(held, refusal)
    if outcome.duplicates and held.settled_as in IN_THE_LEDGER:
        return held
    await _note(decided, held, RefusalStep.REAPPLIED, text=note)
    became = SettledAs.TAKEN if outcome.duplicates else SettledAs.REAPPLIED
    await _settle(decided.work, held, became, by=decided)
    return held


async def sent_again(scanner: Recorder, scan: RefusedScan, *, ahead_limit: timedelta) -> Outcome:
    """What becomes of the very scan today; to ask only, undo the transaction afterwards."""
    told_at = scan.device_at or scan.occurred_at
    return await apply_scans(
        scanner,
        device=scan.device,
        scans=[_as_sent(scan)],
        ahead_limit=ahead_limit,
        correction=told_at - scan.occurred_at,
    )


def _as_sent(scan: RefusedScan) -> Scan:
    geo = None
    if scan.latitude is not None and scan.longitude is not None:
        geo = Geo(latitude=scan.latitude, longitude=scan.longitude)
    return Scan(
        scan_id=scan.scan_id,
        code=scan.code,
        act=scan.act,
        place=scan.place,
        at=scan.device_at or scan.occurred_at,
        pouch=scan.pouch,
        geo=geo,
        note=scan.note,
        corrects=scan.corrects,
    )


async def _held(work: CustodyWork, scan: RefusedScan) -> RefusedScan:
    """The same scan as it is by now, held until the transaction ends."""
    return await work.refused_scans.hold(scan.scan_id, scan.fingerprint) or scan


def _explained(recorder: Recorder, scan: RefusedScan, text: str) -> None:
    scan.explanation = text
    scan.explained_by = recorder.actor.username
    scan.explained_at = recorder.now


async def _settle(work: CustodyWork, scan: RefusedScan, became: SettledAs, *, by: Recorder) -> None:
    scan.settled_as, scan.settled_at, scan.settled_by = became, by.now, by.actor.username
    await work.refused_scans.put(scan)


async def _note(
    recorder: Recorder,
    scan: RefusedScan,
    step: RefusalStep,
    *,
    text: str | None,
    refusal: Refusal | None = None,
) -> None:
    steps = await recorder.work.refused_scans.steps(scan.scan_id)
    number = 1 + sum(one.fingerprint == scan.fingerprint for one in steps)
    await recorder.work.refused_scans.add_step(
        RefusedScanStep(
            scan_id=scan.scan_id,
            fingerprint=scan.fingerprint,
            number=number,
            step=step,
            actor=recorder.actor.username,
            happened_at=recorder.now,
            text=text,
            reason=refusal.reason.slug if refusal else None,
            facts=facts_of(refusal) if refusal else None,
        )
    )
