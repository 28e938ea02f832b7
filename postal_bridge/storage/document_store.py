"""The store of registered files."""

from collections.abc import Sequence

from sqlalchemy import select

from postal_bridge.documents.records import Document
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import DocumentRow


class DocumentStore:
    """Registered files; their contents are in the vault."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, document: Document) -> None:
        """Write a registered file."""
        await self._rows.add(DocumentRow, [document])

    async def put(self, document: Document) -> None:
        """Renew a registered file."""
        await self._rows.put(DocumentRow, document)

    async def find(self, document_id: str) -> Document | None:
        """A registered file."""
        return await self._rows.one(Document, DocumentRow, id=document_id)

    async def of_dossier(self, dossier_code: str) -> Sequence[Document]:
        """All registered files of a dossier, by line and time."""
        table = self._rows.table(DocumentRow)
        statement = (
            select(table)
            .where(self._rows.own(table, dossier_code=dossier_code))
            .order_by(table.c.position, table.c.registered_at, table.c.id)
        )
        return await self._rows.all(Document, statement)
