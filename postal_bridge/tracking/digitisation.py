"""When a dossier's papers are all digitised, its application moves on by itself."""

from collections.abc import Sequence

from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import WHOLE_STACK
from postal_bridge.dossiers.records import ChecklistLine
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.acts import Circumstances, Recorder


def complete(checklist: Sequence[ChecklistLine], documents: Sequence[Document]) -> bool:
    """Whether every paper that was handed in is in some file."""
    covered = {document.position for document in documents}
    if WHOLE_STACK in covered:
        return True
    wanted = {line.position for line in checklist if line.pages > 0}
    return bool(covered) and wanted <= covered


async def note_digitised(
    recorder: Recorder, dossier_code: str, *, documents: Sequence[Document]
) -> bool:
    """Record the act once all papers are there; says whether it was recorded now."""
    work = recorder.work
    if not complete(await work.dossiers.checklist(dossier_code), documents):
        return False
    codes = [
        item.code
        for item in await work.dossiers.items(dossier_code)
        if item.kind is ItemKind.APPLICATION
    ]
    for tracked in (await work.custody.hold(codes)).values():
        position = tracked.position
        if position is not None and position.stage is Stage.COUNTER:
            facts = Circumstances(place=position.place, note=f"{len(documents)} tệp")
            await recorder.record(tracked, Act.DIGITISE, facts)
            return True
    return False
