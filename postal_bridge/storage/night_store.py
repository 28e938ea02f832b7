"""The store of nights and cases."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from postal_bridge.journey import Status
from postal_bridge.reconciliation.records import Discrepancy, Night, OurDossier
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import DiscrepancyRow, DossierRow, NightRow


class NightStore:
    """Nights and cases."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._cases = rows.table(DiscrepancyRow)
        self._nights = rows.table(NightRow)

    async def our_side(self, first: datetime, end: datetime) -> Sequence[OurDossier]:
        """Dossiers received in [first, end), refused ones left out, by code."""
        table = self._rows.table(DossierRow)
        statement = (
            select(table)
            .where(
                self._rows.own(table),
                table.c.received_at >= first,
                table.c.received_at < end,
                table.c.status != Status.REFUSED,
            )
            .order_by(table.c.code)
        )
        return await self._rows.all(OurDossier, statement)

    async def cases(self, *, open_only: bool) -> Sequence[Discrepancy]:
        """Cases, by key."""
        statement = select(self._cases).where(self._rows.own(self._cases))
        if open_only:
            statement = statement.where(self._cases.c.closed_on.is_(None))
        ordered = statement.order_by(self._cases.c.kind, self._cases.c.dossier_code)
        return await self._rows.all(Discrepancy, ordered)

    async def case(self, case_id: str) -> Discrepancy | None:
        """A case, held until the transaction ends."""
        return await self._rows.locked(Discrepancy, DiscrepancyRow, id=case_id)

    async def put_case(self, case: Discrepancy) -> None:
        """Write or renew a case."""
        await self._rows.put(DiscrepancyRow, case)

    async def put_night(self, night: Night) -> None:
        """Write or renew a night."""
        await self._rows.put(NightRow, night)

    async def night(self, day: date) -> Night | None:
        """A night by its date."""
        return await self._rows.one(Night, NightRow, day=day)

    async def nights(self, *, limit: int) -> Sequence[Night]:
        """Nights, newest first."""
        statement = (
            select(self._nights)
            .where(self._rows.own(self._nights))
            .order_by(self._nights.c.day.desc())
            .limit(limit)
        )
        return await self._rows.all(Night, statement)
