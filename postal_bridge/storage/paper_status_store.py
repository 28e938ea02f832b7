"""The store of what is said to papers: reuse and approvals."""

from collections.abc import Sequence

from sqlalchemy import select

from postal_bridge.documents.paper_records import PaperApproval, PaperReuse
from postal_bridge.storage.paper_tables import PaperApprovalRow, PaperReuseRow
from postal_bridge.storage.rows import Rows


class PaperStatusStore:
    """Reuse and approvals, only ever added to."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add_reuse(self, reuse: PaperReuse) -> None:
        """Write what a paper is reused from."""
        await self._rows.add(PaperReuseRow, [reuse])

    async def reuses(self, dossier_code: str) -> Sequence[PaperReuse]:
        """All of a dossier, by line and number."""
        table = self._rows.table(PaperReuseRow)
        mine = select(table).where(self._rows.own(table, dossier_code=dossier_code))
        return await self._rows.all(PaperReuse, mine.order_by(table.c.position, table.c.number))

    async def add_approval(self, approval: PaperApproval) -> None:
        """Write what an officer said."""
        await self._rows.add(PaperApprovalRow, [approval])

    async def approvals(self, dossier_code: str) -> Sequence[PaperApproval]:
        """All of a dossier, by line and number."""
        table = self._rows.table(PaperApprovalRow)
        mine = select(table).where(self._rows.own(table, dossier_code=dossier_code))
        return await self._rows.all(PaperApproval, mine.order_by(table.c.position, table.c.number))
