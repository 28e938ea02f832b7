"""The stores of the dossiers' room: catalogue, dossiers, running numbers."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from postal_bridge.dossiers.records import (
    ChecklistLine,
    Dossier,
    FeeReceipt,
    Item,
    Place,
    Postponement,
    Procedure,
    ProcedurePaper,
    Supplement,
)
from postal_bridge.storage.rows import Rows
from postal_bridge.storage.tables import (
    ChecklistRow,
    CounterRow,
    DossierRow,
    FeeReceiptRow,
    ItemRow,
    PlaceRow,
    PostponementRow,
    ProcedurePaperRow,
    ProcedureRow,
    SupplementRow,
)


class CatalogueStore:
    """Places and procedures."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def place(self, code: str) -> Place | None:
        """A place by its code."""
        return await self._rows.one(Place, PlaceRow, code=code)

    async def places(self) -> Sequence[Place]:
        """All places, by code."""
        table = self._rows.table(PlaceRow)
        return await self._rows.all(
            Place, select(table).where(self._rows.own(table)).order_by(table.c.code)
        )

    async def procedure(self, code: str) -> Procedure | None:
        """A procedure by its code."""
        return await self._rows.one(Procedure, ProcedureRow, code=code)

    async def papers(self, procedure_code: str) -> Sequence[ProcedurePaper]:
        """The published list of papers, in its order."""
        table = self._rows.table(ProcedurePaperRow)
        own = self._rows.own(table, procedure_code=procedure_code)
        return await self._rows.all(
            ProcedurePaper, select(table).where(own).order_by(table.c.position)
        )

    async def import_places(self, places: Iterable[Place]) -> int:
        """Write or renew places; says how many."""
        listed = list(places)
        await self._rows.put(PlaceRow, *listed)
        return len(listed)

    async def import_procedures(
        self, procedures: Iterable[Procedure], papers: Iterable[ProcedurePaper]
    ) -> int:
        """Write or renew procedures with their papers; says how many procedures."""
        listed = list(procedures)
        await self._rows.put(ProcedureRow, *listed)
        await self._rows.put(ProcedurePaperRow, *papers)
        return len(listed)


class DossierStore:
    """Dossiers and what belongs to them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, code: str) -> Dossier | None:
        """A dossier by its code."""
        return await self._rows.one(Dossier, DossierRow, code=code)

    async def hold(self, code: str) -> Dossier | None:
        """The same, held against others until the transaction ends."""
        return await self._rows.locked(Dossier, DossierRow, code=code)

    async def add(self, dossier: Dossier, checklist: Iterable[ChecklistLine]) -> bool:
        """Write a new dossier with its checklist; False where somebody was a moment quicker."""
        added = await self._rows.add_new(DossierRow, dossier.model_dump())
        if added:
            await self._rows.add(ChecklistRow, checklist)
        return added

    async def change(self, code: str, **values: object) -> None:
        """Set fields of a dossier."""
        await self._rows.change(DossierRow, {"code": code}, **values)

    async def checklist(self, code: str) -> Sequence[ChecklistLine]:
        """The checklist as filled in."""
        table = self._rows.table(ChecklistRow)
        own = self._rows.own(table, dossier_code=code)
        return await self._rows.all(
            ChecklistLine, select(table).where(own).order_by(table.c.position)
        )

    async def items(self, code: str) -> Sequence[Item]:
        """The dossier's items, by code."""
        table = self._rows.table(ItemRow)
        own = self._rows.own(table, dossier_code=code)
        return await self._rows.all(Item, select(table).where(own).order_by(table.c.code))

    async def supplements(self, code: str) -> Sequence[Supplement]:
        """The dossier's supplement requests, by number."""
        table = self._rows.table(SupplementRow)
        own = self._rows.own(table, dossier_code=code)
        return await self._rows.all(Supplement, select(table).where(own).order_by(table.c.number))

    async def put_supplement(self, supplement: Supplement) -> None:
        """Write or renew a supplement request."""
        await self._rows.put(SupplementRow, supplement)

    async def postponements(self, code: str) -> Sequence[Postponement]:
        """New days that were promised with an apology, by number."""
        table = self._rows.table(PostponementRow)
        own = self._rows.own(table, dossier_code=code)
        return await self._rows.all(Postponement, select(table).where(own).order_by(table.c.number))

    async def add_postponement(self, postponement: Postponement) -> None:
        """Write a new day."""
        await self._rows.add(PostponementRow, [postponement])

    async def receipts(self, code: str) -> Sequence[FeeReceipt]:
        """The dossier's receipts and exemptions."""
        table = self._rows.table(FeeReceiptRow)
        own = self._rows.own(table, dossier_code=code)
        return await self._rows.all(
            FeeReceipt, select(table).where(own).order_by(table.c.collected_at, table.c.id)
        )

    async def add_receipt(self, receipt: FeeReceipt) -> None:
        """Write a receipt or an exemption."""
        await self._rows.add(FeeReceiptRow, [receipt])

    async def received_between(self, first: datetime, end: datetime) -> Sequence[Dossier]:
        """Dossiers received in [first, end), by code; refused ones too."""
        table = self._rows.table(DossierRow)
        statement = (
            select(table)
            .where(self._rows.own(table), table.c.received_at >= first, table.c.received_at < end)
            .order_by(table.c.code)
        )
        return await self._rows.all(Dossier, statement)

    async def fee_totals(self, first: datetime, end: datetime) -> tuple[int, int, int]:
        """Receipts, their sum in đồng, and exemptions, collected in [first, end)."""
        table = self._rows.table(FeeReceiptRow)
        statement = select(
            func.count(table.c.number),
            func.coalesce(func.sum(table.c.amount_vnd), 0),
            func.count(table.c.exemption_basis),
        ).where(self._rows.own(table), table.c.collected_at >= first, table.c.collected_at < end)
        receipts, total, exempted = (await self._rows.execute(statement)).one()
        return int(receipts), int(total), int(exempted)


class CounterStore:
    """Running numbers, taken under the row's lock."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def next(self, name: str) -> int:
        """The next number of a series, from 1; never the same twice."""
        table = self._rows.table(CounterRow)
        statement = (
            self._rows.insert(table)
            .values(province=self._rows.province, name=name, value=1)
            .on_conflict_do_update(
                index_elements=["province", "name"], set_={"value": table.c.value + 1}
            )
            .returning(table.c.value)
        )
        return int((await self._rows.execute(statement)).scalar_one())
