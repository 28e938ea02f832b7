"""The store of what the national portal was told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from postal_bridge.reconciliation.portal_ports import NOT_YET
from postal_bridge.reconciliation.records import PortalStep
from postal_bridge.storage.night_tables import PortalStepRow
from postal_bridge.storage.rows import Rows


class PortalStepStore:
    """States that the national portal was told, by dossier."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._table = rows.table(PortalStepRow)

    async def of(self, dossier_code: str) -> Sequence[PortalStep]:
        """What was told of a dossier, by number; the last one may be `NOT_YET` settled."""
        statement = select(self._table).where(
            self._rows.own(self._table, dossier_code=dossier_code)
        )
        return await self._rows.all(PortalStep, statement.order_by(self._table.c.number))

    async def add(self, step: PortalStep) -> bool:
        """Note a step; False where this number of the dossier is noted already."""
        return await self._rows.add_new(PortalStepRow, step.model_dump())

    async def settle(self, dossier_code: str, number: int, *, told_at: datetime) -> None:
        """The portal has accepted both record and progress; a settled step stays as it is."""
        where = {"dossier_code": dossier_code, "number": number, "told_at": NOT_YET}
        await self._rows.change(PortalStepRow, where, told_at=told_at)

    async def drop(self, dossier_code: str, number: int) -> None:
        """Forget a step that never reached the portal; a settled one stays."""
        where = {"dossier_code": dossier_code, "number": number, "told_at": NOT_YET}
        await self._rows.execute(delete(self._table).where(self._rows.own(self._table, **where)))
