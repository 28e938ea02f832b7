"""Documents are signed, and signatures on them told in words."""

from datetime import datetime

from pydantic import BaseModel

from postal_bridge.api.acting import named
from postal_bridge.api.call import Call
from postal_bridge.api.captures import papers_of
from postal_bridge.documents.records import Document
from postal_bridge.documents.signature_values import (
    Changes,
    Level,
    Revocation,
    SignatureFound,
)
from postal_bridge.documents.signing import Signing, signatures_of
from postal_bridge.errors import Reason, Refusal, refuse


class SignatureOut(BaseModel):
    """A signature, judged; `good` is what a person may go by, `words` say why."""

    signer: str
    organisation: str
    issuer: str
    serial: str
    claimed_at: datetime | None = None
    stamped_at: datetime | None = None
    good: bool
    intact: bool
    trusted: bool
    whole: bool
    revocation: Revocation
    changes: Changes
    level: Level
    words: list[str]


class SignatureList(BaseModel):
    """Every signature of a document, in the order in which they were made."""

    signatures: list[SignatureOut]


async def sign(call: Call[None]) -> Document | Refusal:
    """Sign a document with the organisation's key; asking again gives the same signed one."""
    signing = Signing(papers_of(call.services), call.actor)
    return await signing.sign(call.path["code"], call.path["id"])


async def listed(call: Call[None]) -> SignatureList | Refusal:
    """Judge the signatures of a document as of now."""
    papers = papers_of(call.services)
    async with call.services.storage.begin(write=False) as work:
        document = await work.documents.find(call.path["id"])
    if document is None or document.dossier_code != call.path["code"]:
        return refuse(Reason.DOCUMENT_UNKNOWN, "id", id=call.path["id"])
    found = await signatures_of(papers, document)
    if isinstance(found, Refusal):
        return found
    return SignatureList(signatures=[_shown(one, call.language) for one in found])


def _shown(found: SignatureFound, language: str) -> SignatureOut:
    told = {name: getattr(found, name) for name in SignatureOut.model_fields if name != "words"}
    words = [named(pair, language) for pair in found.words()]
    return SignatureOut(**told, words=words)
