"""Digitised files: uploaded, listed, given back."""

from pydantic import BaseModel, Field

from postal_bridge.api.acting import note_look
from postal_bridge.api.call import Call, Reply
from postal_bridge.api.captures import papers_of
from postal_bridge.api.digitised import digitised_with
from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import Registration, Upload
from postal_bridge.errors import Reason, Refusal, refuse


class UploadQuery(BaseModel):
    """What the file is: line of the checklist (0 = the whole stack), its name, pages counted."""

    position: int = Field(ge=0, le=200)
    file_name: str = Field(min_length=1, max_length=400)
    pages: int | None = Field(default=None, ge=1, le=2000)


class DocumentList(BaseModel):
    """All files of a dossier."""

    documents: list[Document]


async def upload(call: Call[bytes]) -> Document | Refusal:
    """Register a file; when all papers are there, the application counts as digitised."""
    asked = call.asked(UploadQuery)
    registration = Registration(papers_of(call.services), call.actor, digitised_with(call))
    return await registration.register(
        Upload(
            dossier_code=call.path["code"],
            position=asked.position,
            file_name=asked.file_name,
            content=call.body,
            declared_pages=asked.pages,
        )
    )


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
    try:
        body = await call.services.vault.fetch(document.sha256)
    except (KeyError, ValueError):
        return refuse(Reason.CONTENT_LOST, "id")
    return Reply(body, media_type=document.media_type)
