"""Digitised files: uploaded, listed, given back."""

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look, recorder_of
from postal_bridge.api.call import Call, Reply
from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import Upload, register_document
from postal_bridge.errors import Reason, Refusal, refuse
from postal_bridge.tracking.digitisation import note_digitised


class UploadQuery(BaseModel):
    """What the file is: line of the checklist (0 = the whole stack), name, pages counted."""

    position: int = Field(ge=0, le=200)
    file_name: str = Field(min_length=1, max_length=400)
    pages: int | None = Field(default=None, ge=1, le=2000)


class DocumentList(BaseModel):
    """All files of a dossier."""

    documents: list[Document]


async def upload(call: Call[bytes]) -> Document | Refusal:
    """Register a file; when all papers are there, the application counts as digitised."""
    asked = call.asked(UploadQuery)
    document = await register_document(
        call.work,
        call.services.vault,
        Upload(
            dossier_code=call.path["code"],
            position=asked.position,
            file_name=asked.file_name,
            content=call.body,
            declared_pages=asked.pages,
        ),
        actor=call.actor,
        now=call.now,
        document_id=call.services.identifiers.new(call.now),
    )
    if isinstance(document, Refusal):
        return document
    # Two files that come at once must see each other, or neither would be the last one.
    await call.work.dossiers.hold(call.path["code"])
    documents = await call.work.documents.of_dossier(call.path["code"])
    await note_digitised(recorder_of(call), call.path["code"], documents=documents)
    return document


async def listed(call: Call[None]) -> DocumentList | Refusal:
    """All files of a dossier."""
    if await call.work.dossiers.find(call.path["code"]) is None:
        return refuse(Reason.DOSSIER_UNKNOWN, "code", code=call.path["code"])
    documents = await call.work.documents.of_dossier(call.path["code"])
    return DocumentList(documents=list(documents))


async def content(call: Call[None]) -> Reply | Refusal:
    """A file as it was registered; who looked is recorded."""
    document_id = call.path["id"]
    document = await call.work.documents.find(document_id)
    if document is None or document.dossier_code != call.path["code"]:
        return refuse(Reason.DOCUMENT_UNKNOWN, "id", id=document_id)
    await note_look(call, subject=f"{document.dossier_code}/{document.id}", purpose="document")
    body = await call.services.vault.fetch(document.sha256)
    return Reply(body, media_type=document.media_type)
