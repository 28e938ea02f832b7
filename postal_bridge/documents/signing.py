"""Documents are signed for the organisation, and signatures that come in are told in words."""

from dataclasses import dataclass

from postal_bridge.documents.assembling import PDF
from postal_bridge.documents.house import PaperHouse
from postal_bridge.documents.page_values import Unreadable
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document, DocumentKind, Purpose
from postal_bridge.documents.refusals import refusal_of
from postal_bridge.documents.signature_values import SignatureFound, SignatureWish
from postal_bridge.documents.signing_ports import SigningFailed
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

_REASON = "Số hóa hồ sơ: bản điện tử đúng với giấy tờ đã tiếp nhận"


@dataclass(frozen=True)
class Signing:
    """Signs in one person's name, with the organisation's key."""

    house: PaperHouse
    actor: Actor

    async def sign(self, dossier_code: str, document_id: str) -> Document | Refusal:
        """The document with our signature; one that was signed is given back as it is.

        Reading, signing and writing are three steps: a process that dies on the way leaves bytes
        that nobody names, never half a document.
        """
        signer = self.house.signer
        if signer is None:
            return refuse(Reason.NOBODY_SIGNS, "id")
        async with self.house.transactions.begin(write=False) as work:
            document = await _to_sign(work, dossier_code, document_id)
        if isinstance(document, Refusal) or document.kind is DocumentKind.SIGNED:
            return document
        content = await fetched(self.house, document)
        if isinstance(content, Refusal):
            return content
        wish = SignatureWish(reason=_REASON, location=self.house.terms.author)
        try:
            signed = await signer.sign(content, wish)
        except SigningFailed as failed:
            return refuse(Reason.NOT_SIGNED, "id", why=str(failed)[:300])
        sha256 = await self.house.vault.keep(signed.content)
        now = self.house.clock.now()
        made = document.model_copy(
            update={
                "id": str(self.house.new_id(now)),
                "file_name": f"{document.file_name.removesuffix('.pdf')}-ky-so.pdf"[-400:],
                "sha256": sha256,
                "size_bytes": len(signed.content),
                "registered_at": now,
                "registered_by": self.actor.username,
                "kind": DocumentKind.SIGNED,
                "made_from": document.id,
            }
        )
        return await self._written(made, signed.content)

    async def _written(self, made: Document, content: bytes) -> Document | Refusal:
        async with self.house.transactions.begin() as work:
            await work.dossiers.hold(made.dossier_code)
            there = await _to_sign(work, made.dossier_code, made.made_from or "")
            if isinstance(there, Refusal) or there.kind is DocumentKind.SIGNED:
                return there
            await self.house.note(work, {made.sha256: (Purpose.DOCUMENT, content)})
            await work.documents.add(made)
            await work.documents.put(there.model_copy(update={"superseded_by": made.id}))
            return made


async def signatures_of(
    house: PaperHouse, document: Document
) -> tuple[SignatureFound, ...] | Refusal:
    """Every signature on a document; none on what is no PDF."""
    if document.media_type != PDF:
        return ()
    content = await fetched(house, document)
    if isinstance(content, Refusal):
        return content
    found = await house.verifier.verify(content)
    return refusal_of(found) if isinstance(found, Unreadable) else found


async def fetched(house: PaperHouse, document: Document) -> bytes | Refusal:
    """A document's content."""
    try:
        return await house.vault.fetch(document.sha256)
    except (KeyError, ValueError):
        return refuse(Reason.CONTENT_LOST, "id")


async def _to_sign(work: PaperWork, dossier_code: str, document_id: str) -> Document | Refusal:
    """The document, or what was signed of it already."""
    document = await work.documents.find(document_id)
    if document is None or document.dossier_code != dossier_code:
        return refuse(Reason.DOCUMENT_UNKNOWN, "id", id=document_id)
    if document.media_type != PDF:
        return refuse(Reason.ONLY_PDF_SIGNED, "id", media_type=document.media_type)
    if document.superseded_by is None:
        return document
    newer = await work.documents.find(document.superseded_by)
    if newer is not None and newer.made_from == document.id and newer.superseded_by is None:
        return newer
    return refuse(Reason.DOCUMENT_SUPERSEDED, "id", newer=document.superseded_by)
