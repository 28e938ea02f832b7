"""What a refused scan said: its fingerprint, its reason as a sentence, and whether it was taken."""

import json
from hashlib import sha256
from string import Formatter

from postal_bridge.errors import Reason, Refusal
from postal_bridge.journey import Act
from postal_bridge.tracking.custody import moved_with
from postal_bridge.tracking.records import CustodyEvent, RefusedScan, RefusedScanStep

_FINGERPRINT_LENGTH = 16
_BY_SLUG = {reason.slug: reason for reason in Reason}


def fingerprint(scan: RefusedScan) -> str:
    """A short hash over everything that the handheld sent for this scan.

    The moment counts as the device told it: by how much it was put right may change from one
    sending to the next, and the scan stays the same one.
    """
    said = (
        scan.code,
        scan.act,
        scan.place,
        (scan.device_at or scan.occurred_at).timestamp(),
        scan.pouch,
        scan.latitude,
        scan.longitude,
        scan.note,
        str(scan.corrects) if scan.corrects else None,
    )
    content = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return sha256(content.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def facts_of(refusal: Refusal) -> str | None:
    """The facts of a refusal's sentence, as they are kept."""
    return json.dumps(refusal.facts, ensure_ascii=False, default=str) if refusal.facts else None


def refusal_of(kept: RefusedScan | RefusedScanStep) -> Refusal | None:
    """The refusal that was kept; facts that an earlier release did not keep become a dash.

    None where nothing was refused, or the reason is one that this release does not know.
    """
    reason = _BY_SLUG.get(kept.reason or "")
    if reason is None:
        return None
    dashes = {name: "–" for _, name, _, _ in Formatter().parse(reason.vietnamese) if name}
    code = {"code": kept.code} if isinstance(kept, RefusedScan) else {}
    return Refusal(reason, None, dashes | code | json.loads(kept.facts or "{}"))


def was_taken(scan: RefusedScan, event: CustodyEvent | None) -> bool:
    """Whether this event of the ledger came from this very content, and not from another one."""
    if event is None or event.event_id != scan.scan_id:
        return False
    return (
        (moved_with(event) or event.item_code) == scan.code
        and event.act == scan.act
        and event.place == scan.place
        and (event.device_at or event.occurred_at) == (scan.device_at or scan.occurred_at)
        and (event.act is not Act.CORRECT or event.corrects == scan.corrects)
    )
