"""Registration of digitised files: kept in the vault, written down with hash and page count."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from postal_bridge.documents.content import examine
from postal_bridge.documents.ports import Documents, Vault
from postal_bridge.documents.records import Document
from postal_bridge.dossiers.ports import Dossiers
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.identity import Actor

WHOLE_STACK = 0
"""Position of a file that holds all papers of the dossier, as a document scanner gives it."""


class DocumentWork(Protocol):
    """The stores of one transaction that registration works with."""

    @property
    def dossiers(self) -> Dossiers:
        """Dossiers."""
        ...

    @property
    def documents(self) -> Documents:
        """The registered files."""
        ...


@dataclass(frozen=True)
class Upload:
    """A file as it came.

    Attributes:
        position: line of the checklist, or `WHOLE_STACK`.
        declared_pages: as the clerk counted them; used where the file itself cannot tell.
    """

    dossier_code: str
    position: int
    file_name: str
    content: bytes
    declared_pages: int | None = None


async def register_document(
    work: DocumentWork,
    vault: Vault,
    upload: Upload,
    *,
    actor: Actor,
    now: datetime,
    document_id: UUID,
) -> Document | Refusal:
    """Keep a file and write it down. The file is kept first: a row never names what is not there."""
    if await work.dossiers.find(upload.dossier_code) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=upload.dossier_code)
    lines = await work.dossiers.checklist(upload.dossier_code)
    known = {WHOLE_STACK} | {line.position for line in lines}
    if upload.position not in known:
        return refuse(Reason.COMPONENT_UNKNOWN, "position", position=upload.position)
    content = examine(upload.content)
    if content.media_type is None:
        return refuse(Reason.DOCUMENT_TYPE, "content", found=content.description)
    sha256 = await vault.keep(upload.content)
    document = Document(
        id=str(document_id),
        dossier_code=upload.dossier_code,
        position=upload.position,
        file_name=upload.file_name,
        media_type=content.media_type,
        sha256=sha256,
        size_bytes=len(upload.content),
        page_count=content.pages or upload.declared_pages or 1,
        registered_at=now,
        registered_by=actor.username,
    )
    await work.documents.add(document)
    return document
