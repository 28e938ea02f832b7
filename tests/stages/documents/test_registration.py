"""Registration: the file is kept first, then written down, and only where it belongs."""

import hashlib
from uuid import UUID

import pytest

from postal_bridge.documents.records import Document
from postal_bridge.documents.registration import WHOLE_STACK, Upload, register_document
from postal_bridge.errors import Reason, Refusal
from tests.stages.memory import LAN, MemoryWork
from tests.stores import DOSSIER, NOW, a_dossier, a_line

TWO_PAGES = b"%PDF-1.4\n<< /Type /Pages /Count 2 >>"
SCAN = b"II*\x00 six pages"


class MemoryVault:
    """A vault that can break."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.broken = False

    async def keep(self, content: bytes) -> str:
        if self.broken:
            raise OSError("đĩa đầy")
        name = hashlib.sha256(content).hexdigest()
        self.kept[name] = content
        return name

    async def fetch(self, sha256: str) -> bytes:
        return self.kept[sha256]

    async def check(self) -> None:
        pass


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture(autouse=True)
async def _a_dossier_with_two_lines(work: MemoryWork) -> None:
    await work.dossiers.add(a_dossier(), [a_line(1), a_line(2)])


async def register(work: MemoryWork, vault: MemoryVault, upload: Upload) -> Document | Refusal:
    return await register_document(work, vault, upload, actor=LAN, now=NOW, document_id=UUID(int=1))


@pytest.mark.parametrize(
    ("content", "declared", "pages"),
    [(TWO_PAGES, None, 2), (TWO_PAGES, 9, 2), (SCAN, 6, 6), (SCAN, None, 1)],
)
async def test_a_file_counts_its_own_pages_where_it_can_and_the_clerk_where_not(
    work: MemoryWork, vault: MemoryVault, content: bytes, declared: int | None, pages: int
) -> None:
    document = await register(work, vault, Upload(DOSSIER, 2, "don.pdf", content, declared))

    assert isinstance(document, Document)
    assert document.page_count == pages
    assert vault.kept == {document.sha256: content}
    assert work.documents.kept == [document]


async def test_a_scan_of_the_whole_stack_belongs_to_no_line(
    work: MemoryWork, vault: MemoryVault
) -> None:
    document = await register(work, vault, Upload(DOSSIER, WHOLE_STACK, "stack.tif", SCAN, 6))
    assert isinstance(document, Document)


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (Upload("khong-co", 1, "a.pdf", TWO_PAGES), Reason.DOSSIER_UNKNOWN),
        (Upload(DOSSIER, 3, "a.pdf", TWO_PAGES), Reason.COMPONENT_UNKNOWN),
        (Upload(DOSSIER, 1, "a.pdf", b"PK\x03\x04"), Reason.DOCUMENT_TYPE),
        (Upload(DOSSIER, 1, "a.pdf", b""), Reason.DOCUMENT_TYPE),
    ],
)
async def test_what_does_not_belong_is_neither_kept_nor_written_down(
    work: MemoryWork, vault: MemoryVault, upload: Upload, reason: Reason
) -> None:
    refused = await register(work, vault, upload)

    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert vault.kept == {}
    assert work.documents.kept == []


async def test_no_row_names_a_file_that_is_not_there(work: MemoryWork, vault: MemoryVault) -> None:
    vault.broken = True
    with pytest.raises(OSError, match="đĩa đầy"):
        await register(work, vault, Upload(DOSSIER, 1, "a.pdf", TWO_PAGES))
    assert work.documents.kept == []
