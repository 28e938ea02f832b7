"""What the store of registered files must do on every database."""

import pytest

from postal_bridge.documents.ports import Documents
from postal_bridge.documents.records import Document
from postal_bridge.storage.engine import Storage
from tests.stores import DOSSIER, HOUR, NOW

PORT = "documents.ports.Documents"
IMPLEMENTATIONS = ("sqlite", "postgresql")


@pytest.fixture(params=IMPLEMENTATIONS)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def a_document(name: str, *, position: int, hours: int, dossier: str = DOSSIER) -> Document:
    return Document(
        id=name,
        dossier_code=dossier,
        position=position,
        file_name="Giấy chứng nhận quyền sử dụng đất.pdf",
        media_type="application/pdf",
        sha256="a" * 64,
        size_bytes=5_000_000_000,
        page_count=12,
        registered_at=NOW + hours * HOUR,
        registered_by="lan",
    )


async def test_a_registered_file_comes_back_whole(storage: Storage) -> None:
    document = a_document("d1", position=1, hours=0)
    async with storage.begin() as work:
        documents: Documents = work.documents
        await documents.add(document)

    async with storage.begin(write=False) as work:
        assert await work.documents.find("d1") == document
        assert await work.documents.find("d2") is None


async def test_files_of_a_dossier_are_listed_by_line_and_time(storage: Storage) -> None:
    async with storage.begin() as work:
        for name, position, hours in (("c", 2, 0), ("b", 1, 2), ("a", 1, 1)):
            await work.documents.add(a_document(name, position=position, hours=hours))
        await work.documents.add(a_document("x", position=1, hours=0, dossier="other"))

        found = await work.documents.of_dossier(DOSSIER)
        assert [document.id for document in found] == ["a", "b", "c"]
