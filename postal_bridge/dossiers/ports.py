"""What the dossiers' rooms need: the catalogue, the dossiers' store, running numbers."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

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
from postal_bridge.journey import Act
from postal_bridge.outbox import Outbox


class Catalogue(Protocol):
    """Places and procedures of the province."""

    async def place(self, code: str) -> Place | None:
        """A place by its code."""
        ...

    async def places(self) -> Sequence[Place]:
        """All places, by code."""
        ...

    async def procedure(self, code: str) -> Procedure | None:
        """A procedure by its code."""
        ...

    async def papers(self, procedure_code: str) -> Sequence[ProcedurePaper]:
        """The published list of papers, in its order."""
        ...

    async def import_places(self, places: Iterable[Place]) -> int:
        """Write or renew places; says how many."""
        ...

    async def import_procedures(
        self, procedures: Iterable[Procedure], papers: Iterable[ProcedurePaper]
    ) -> int:
        """Write or renew procedures with their papers; says how many procedures."""
        ...


class Dossiers(Protocol):
    """The dossiers and what belongs to them."""

    async def find(self, code: str) -> Dossier | None:
        """A dossier by its code."""
        ...

    async def hold(self, code: str) -> Dossier | None:
        """The same, held against others until the transaction ends."""
        ...

    async def add(self, dossier: Dossier, checklist: Iterable[ChecklistLine]) -> bool:
        """Write a new dossier with its checklist; False where somebody was a moment quicker."""
        ...

    async def change(self, code: str, **values: object) -> None:
        """Set fields of a dossier."""
        ...

    async def checklist(self, code: str) -> Sequence[ChecklistLine]:
        """The checklist as filled in."""
        ...

    async def items(self, code: str) -> Sequence[Item]:
        """The dossier's items, by code."""
        ...

    async def supplements(self, code: str) -> Sequence[Supplement]:
        """The dossier's supplement requests, by number."""
        ...

    async def put_supplement(self, supplement: Supplement) -> None:
        """Write or renew a supplement request."""
        ...

    async def postponements(self, code: str) -> Sequence[Postponement]:
        """New days that were promised with an apology, by number."""
        ...

    async def add_postponement(self, postponement: Postponement) -> None:
        """Write a new day."""
        ...

    async def receipts(self, code: str) -> Sequence[FeeReceipt]:
        """The dossier's receipts and exemptions."""
        ...

    async def add_receipt(self, receipt: FeeReceipt) -> None:
        """Write a receipt or an exemption."""
        ...

    async def received_between(self, first: datetime, end: datetime) -> Sequence[Dossier]:
        """Dossiers received in [first, end), by code; refused ones too."""
        ...

    async def fee_totals(self, first: datetime, end: datetime) -> tuple[int, int, int]:
        """Receipts, their sum in đồng, and exemptions, collected in [first, end)."""
        ...


class Counters(Protocol):
    """Running numbers."""

    async def next(self, name: str) -> int:
        """The next number of a series, from 1; never the same twice."""
        ...


def day_series(what: str, day: date) -> str:
    """The name of a series that begins anew each day."""
    return f"{what}:{day.isoformat()}"


class Beginnings(Protocol):
    """How an item's custody begins; tracking keeps the ledger and provides this."""

    async def begin(self, item: Item, act: Act, *, place: str, note: str | None = None) -> None:
        """Write a new item and the first event of its chain."""
        ...


class DossierWork(Protocol):
    """The stores of one transaction that the dossiers' use cases work with."""

    @property
    def catalogue(self) -> Catalogue:
        """Places and procedures."""
        ...

    @property
    def dossiers(self) -> Dossiers:
        """Dossiers."""
        ...

    @property
    def counters(self) -> Counters:
        """Running numbers."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What must be told to somebody outside."""
        ...
