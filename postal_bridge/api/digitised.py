"""What follows from a new document: an application whose papers are all digitised moves on."""

from typing import Any, cast

from postal_bridge.api.acting import recorder_of
from postal_bridge.api.call import Call
from postal_bridge.api.ports import Work
from postal_bridge.documents.assembling import Also
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document
from postal_bridge.tracking.digitisation import note_digitised


def digitised_with(call: Call[Any]) -> Also:
    """To be done in the transaction that writes a document down, in this request's name."""

    async def note(work: PaperWork, document: Document) -> None:
        own = cast("Work", work)  # the storage's transactions have the stores of all rooms
        documents = await own.documents.of_dossier(document.dossier_code)
        recorder = recorder_of(call, work=own)
        await note_digitised(recorder, document.dossier_code, documents=documents)

    return note
