"""Digitised when every paper that was handed in is in some file."""

import pytest

from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import WHOLE_STACK
from postal_bridge.dossiers.records import ChecklistLine
from postal_bridge.journey import Act, ItemKind, Stage
from postal_bridge.tracking.digitisation import complete, note_digitised
from tests.stages.memory import LAN, MemoryWork
from tests.stores import DOSSIER, ITEM, NOW, a_dossier, a_line


def files(*positions: int) -> list[Document]:
    return [
        Document(
            id=str(position),
            dossier_code=DOSSIER,
            position=position,
            file_name="a.pdf",
            media_type="application/pdf",
            sha256="0" * 64,
            size_bytes=1,
            page_count=1,
            registered_at=NOW,
            registered_by="lan",
        )
        for position in positions
    ]


def lines() -> list[ChecklistLine]:
    """Two papers of which pages were counted, and one that is no paper (a card shown)."""
    shown = a_line(3)
    shown.pages = 0
    return [a_line(1), a_line(2), shown]


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ((), False),
        ((1,), False),
        ((1, 2), True),
        ((1, 2, 3), True),
        ((3,), False),
        ((WHOLE_STACK,), True),
    ],
)
def test_complete_means_every_paper_with_pages(positions: tuple[int, ...], expected: bool) -> None:
    assert complete(lines(), files(*positions)) == expected


async def test_the_application_moves_on_once(work: MemoryWork) -> None:
    await work.dossiers.add(a_dossier(), lines())
    await work.an_item_at(Stage.COUNTER, code=ITEM, kind=ItemKind.APPLICATION)

    assert not await note_digitised(work.by(LAN), DOSSIER, documents=files(1))
    assert await note_digitised(work.by(LAN), DOSSIER, documents=files(1, 2))
    assert not await note_digitised(work.by(LAN), DOSSIER, documents=files(1, 2))
    assert [event.act for event in work.custody.events] == [Act.RECEIVE, Act.DIGITISE]
    assert work.custody.positions[ITEM].stage is Stage.DIGITISED


async def test_papers_that_have_left_the_counter_stay_where_they_are(work: MemoryWork) -> None:
    await work.dossiers.add(a_dossier(), lines())
    await work.an_item_at(Stage.TRANSFER, code=ITEM, kind=ItemKind.APPLICATION)
    assert not await note_digitised(work.by(LAN), DOSSIER, documents=files(WHOLE_STACK))
    assert work.custody.positions[ITEM].stage is Stage.TRANSFER
