"""Registration: the file is opened, kept, then written down, and only where it belongs."""

import hashlib

import pytest

from postal_bridge.documents.assembling import Also
from postal_bridge.documents.ports import PaperWork
from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import WHOLE_STACK, Registration, Upload
from postal_bridge.errors import Reason, Refusal
from tests.stages.documents.papers import Papers, reason
from tests.stages.memory import LAN
from tests.stores import DOSSIER

SCAN = b"pages=6 from the scanner"


async def nothing_else(work: PaperWork, document: Document) -> None:
    del work, document


async def register(papers: Papers, upload: Upload, also: Also = nothing_else) -> Document | Refusal:
    return await Registration(papers.house, LAN, also).register(upload)


async def test_a_file_is_kept_and_written_down_with_its_own_pages(papers: Papers) -> None:
    told: list[str] = []

    async def note(work: PaperWork, document: Document) -> None:
        assert await work.documents.find(document.id)
        told.append(document.id)

    document = await register(papers, Upload(DOSSIER, WHOLE_STACK, "ho-so.pdf", SCAN), note)
    assert isinstance(document, Document)
    assert (document.page_count, document.size_bytes) == (6, len(SCAN))
    assert document.sha256 == hashlib.sha256(SCAN).hexdigest()
    assert await papers.vault.fetch(document.sha256) == SCAN
    assert told == [document.id]


async def test_a_file_that_is_sent_again_is_written_down_once(papers: Papers) -> None:
    first = await register(papers, Upload(DOSSIER, 1, "a.pdf", SCAN))
    again = await register(papers, Upload(DOSSIER, 1, "a.pdf", SCAN))
    other = await register(papers, Upload(DOSSIER, 2, "a.pdf", SCAN))
    assert first == again
    assert len(papers.work.documents.kept) == 2
    assert isinstance(other, Document)


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        (Upload("nobody", 1, "a.pdf", SCAN), Reason.DOSSIER_UNKNOWN),
        (Upload(DOSSIER, 9, "a.pdf", SCAN), Reason.COMPONENT_UNKNOWN),
        (Upload(DOSSIER, 1, "a.pdf", b"type a.exe"), Reason.DOCUMENT_TYPE),
        (Upload(DOSSIER, 1, "a.pdf", b"broken"), Reason.FILE_BROKEN),
        (Upload(DOSSIER, 1, "a.pdf", b"active javascript"), Reason.FILE_ACTIVE),
        (Upload(DOSSIER, 1, "a.pdf", SCAN, 5), Reason.PAGES_DIFFER),
    ],
)
async def test_what_does_not_belong_or_cannot_be_opened_leaves_nothing(
    papers: Papers, upload: Upload, expected: Reason
) -> None:
    assert reason(await register(papers, upload)) is expected
    assert not papers.vault.kept
    assert not papers.work.documents.kept


async def test_without_a_vault_nothing_is_written_down(papers: Papers) -> None:
    papers.vault.broken = True
    with pytest.raises(OSError, match="đĩa đầy"):
        await register(papers, Upload(DOSSIER, 1, "a.pdf", SCAN))
    assert not papers.work.documents.kept
