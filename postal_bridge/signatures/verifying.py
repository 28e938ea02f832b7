"""Judges the signatures of a PDF: chain, revocation, what was changed, what proves the moment."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from postal_bridge.documents.page_values import Trouble, Unreadable
from postal_bridge.documents.signature_values import (
    Changes,
    Level,
    Revocation,
    SignatureFound,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What verification goes by.

    Attributes:
        roots: certificates (DER) of the authorities that are trusted.
        fetch: ask the authorities' servers whether a certificate was revoked.
        now: when it is judged; ISO 8601.
    """

    roots: tuple[bytes, ...]
    fetch: bool
    now: str


async def verify(content: bytes, terms: Terms) -> tuple[SignatureFound, ...] | Unreadable:
    """Every signature, in the order in which they were made."""
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if reader.encrypted:
            return Unreadable(Trouble.ENCRYPTED)
        signatures = list(reader.embedded_regular_signatures)
    except (PdfReadError, ValueError, KeyError, IndexError, TypeError) as error:
        return Unreadable(Trouble.BROKEN, f"{type(error).__name__}: {error}"[:200])
    return tuple([await _judged(reader, one, terms) for one in signatures])


async def _judged(reader: Any, signature: Any, terms: Terms) -> SignatureFound:
    """As of now; where a trusted time stamp proves an earlier moment, as of that moment."""
    from pyhanko.sign.diff_analysis.policy_api import ModificationLevel

    judged = await _judgement(reader, signature, terms)
    status = judged.status
    subject = signature.signer_cert.subject.native
    changed = status.modification_level if status else ModificationLevel.OTHER
    return SignatureFound(
        signer=str(subject.get("common_name", "")),
        organisation=str(subject.get("organization_name", "")),
        issuer=str(signature.signer_cert.issuer.native.get("common_name", "")),
        serial=f"{signature.signer_cert.serial_number:x}",
        claimed_at=signature.self_reported_timestamp,
        stamped_at=_stamped(status) if status else None,
        intact=bool(status and status.intact and status.valid),
        trusted=bool(status and status.trusted),
        whole=_whole(status),
        revocation=judged.revocation,
        changes=_changes(changed),
        level=_level(reader, status),
        trouble=judged.trouble,
    )


@dataclass(frozen=True, slots=True)
class _Judgement:
    status: Any
    revocation: Revocation
    trouble: str = ""


async def _judgement(reader: Any, signature: Any, terms: Terms) -> _Judgement:
    """Strictly first: trusted only where it is known that nothing was revoked; then leniently."""
    moment = datetime.fromisoformat(terms.now)
    try:
        status = await _status(reader, signature, terms, moment=moment, strict=False)
        stamped = _stamped(status)
        if stamped is not None:
            moment = stamped
            status = await _status(reader, signature, terms, moment=moment, strict=False)
        if status.revoked:
            return _Judgement(status, Revocation.REVOKED)
        told = status.trusted and (terms.fetch or _store(reader) is not None)
        known = told and await _status(reader, signature, terms, moment=moment, strict=True)
        good = bool(known and known.trusted)
        return _Judgement(status, Revocation.GOOD if good else Revocation.UNKNOWN)
    except Exception as error:  # noqa: BLE001 - a signature that cannot be judged is not good
        trouble = f"{type(error).__name__}: {error}"[:300]
        return _Judgement(None, Revocation.UNKNOWN, trouble)


async def _status(
    reader: Any, signature: Any, terms: Terms, *, moment: datetime, strict: bool
) -> Any:
    from pyhanko.sign.validation import async_validate_pdf_signature

    store = _store(reader)
    contexts = [_context(store, terms, moment=moment, strict=strict) for _ in range(2)]
    return await async_validate_pdf_signature(
        signature, signer_validation_context=contexts[0], ts_validation_context=contexts[1]
    )


def _context(store: Any, terms: Terms, *, moment: datetime, strict: bool) -> Any:
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext

    given: dict[str, Any] = {
        "trust_roots": [Certificate.load(root) for root in terms.roots],
        "moment": moment,
        "allow_fetching": terms.fetch,
        "retroactive_revinfo": True,
        "revocation_mode": "hard-fail" if strict else "soft-fail",
    }
    return store.as_validation_context(given) if store else ValidationContext(**given)


def _store(reader: Any) -> Any:
    """What the document carries to be checked with (DSS); none where it carries nothing."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    try:
        return DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return None


def _stamped(status: Any) -> datetime | None:
    stamp = status.timestamp_validity
    if stamp is None or not (stamp.valid and stamp.intact and stamp.trusted):
        return None
    moment: datetime = stamp.timestamp
    return moment


def _whole(status: Any) -> bool:
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    covered = {SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION}
    return bool(status and status.coverage in covered)


def _changes(level: Any) -> Changes:
    from pyhanko.sign.diff_analysis.policy_api import ModificationLevel

    if level in {None, ModificationLevel.NONE, ModificationLevel.LTA_UPDATES}:
        return Changes.NONE
    if level == ModificationLevel.OTHER:
        return Changes.FORBIDDEN
    return Changes.ALLOWED


def _level(reader: Any, status: Any) -> Level:
    if status is None or status.timestamp_validity is None:
        return Level.B
    return Level.LT if _store(reader) else Level.T


def loaded(roots: Sequence[Any]) -> tuple[bytes, ...]:
    """Certificates as they go to the worker."""
    return tuple(root.dump() for root in roots)
