"""The stores of COD: payments and the facts they are held against, cases and their histories."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, text, tuple_, union
from sqlmodel import SQLModel

from postal_bridge.remittances.records import (
    CodCase,
    CodCaseEntry,
    Remittance,
    RemittanceLine,
    WriteOff,
)
from postal_bridge.remittances.values import (
    BankSums,
    CodCaseFilter,
    CodFacts,
    PaymentSums,
    Telling,
)
from postal_bridge.storage.carrier_tables import CarrierEventRow, CarrierOrderRow
from postal_bridge.storage.cod_tables import (
    CodCaseEntryRow,
    CodCaseRow,
    RemittanceLineRow,
    RemittanceRow,
    WriteOffRow,
)
from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.tables import ConsignmentRow
from postal_bridge.tracking.carrier_records import CarrierOrder, OrderState

R = TypeVar("R", bound=SQLModel)

# The words of the partial indexes: without them all orders, lines, reports, cases are read.
_WITH_MONEY = text("carrier_order.cod_dong > 0")
_TOLD = text("carrier_event.cod_move IS NOT NULL")
_UNASSIGNED = text("remittance_line.number IS NULL")
_STANDING = text("cod_case.state <> 'closed'")
_PLACED = (OrderState.PLACED, OrderState.CANCELLING, OrderState.CANCELLED)
_MARKS = "- ./_"


class CodBookStore:
    """Payments, what they are for, and the facts that they are held against."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._paid = rows.table(RemittanceRow)
        self._lines = rows.table(RemittanceLineRow)
        self._orders = rows.table(CarrierOrderRow)
        self._told = rows.table(CarrierEventRow)

    async def hold(self) -> None:
        """Be the only one who writes into the books until the transaction ends."""
        if not self._rows.is_sqlite:  # which has one writer at a time anyway
            await self._rows.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:books, 0))"),
                {"books": f"cod.books:{self._rows.province}"},
            )

    # --- payments -------------------------------------------------------------------------------

    async def add(self, remittance: Remittance, lines: Sequence[RemittanceLine]) -> bool:
        """Write a payment; False, and nothing written, where the carrier's reference is there."""
        if not await self._rows.add_new(RemittanceRow, remittance.model_dump()):
            return False
        await self._rows.add(RemittanceLineRow, lines)
        return True

    async def under(self, carrier: str, bank_key: str) -> Remittance | None:
        """The payment that a carrier made under a bank reference."""
        return await self._rows.one(Remittance, RemittanceRow, carrier=carrier, bank_key=bank_key)

    async def find(self, remittance_id: str) -> Remittance | None:
        """A payment."""
        return await self._rows.one(Remittance, RemittanceRow, id=remittance_id)

    async def lines(self, remittance_id: str) -> Sequence[RemittanceLine]:
        """The lines of a payment, in their order."""
        mine = self._rows.own(self._lines, remittance_id=remittance_id)
        ordered = select(self._lines).where(mine).order_by(self._lines.c.position)
        return await self._rows.all(RemittanceLine, ordered)

    async def line(self, remittance_id: str, position: int) -> RemittanceLine | None:
        """One line."""
        where = {"remittance_id": remittance_id, "position": position}
        return await self._rows.one(RemittanceLine, RemittanceLineRow, **where)

    async def put_line(self, line: RemittanceLine) -> None:
        """Renew a line."""
        await self._rows.put(RemittanceLineRow, line)

    async def listed(
        self, *, carrier: str | None, after: str | None, limit: int
    ) -> Sequence[PaymentSums]:
        """Payments, newest first, behind the id `after`."""
        mine = select(self._paid).where(self._rows.own(self._paid))
        if carrier is not None:
            mine = mine.where(self._paid.c.carrier == carrier)
        if after is not None:
            mine = mine.where(self._paid.c.id < after)
        ordered = mine.order_by(self._paid.c.id.desc()).limit(limit)
        return await self._with_sums(await self._rows.all(Remittance, ordered))

    async def sums(self, remittance_ids: Iterable[str]) -> Sequence[PaymentSums]:
        """These payments, by id."""
        found: list[Remittance] = []
        for part in chunks(sorted(set(remittance_ids))):
            mine = and_(self._rows.own(self._paid), self._paid.c.id.in_(part))
            found += await self._rows.all(Remittance, select(self._paid).where(mine))
        return await self._with_sums(sorted(found, key=lambda one: one.id))

    async def _with_sums(self, paid: Sequence[Remittance]) -> list[PaymentSums]:
        c = self._lines.c
        told: dict[str, Sequence[Any]] = {}
        for part in chunks([one.id for one in paid]):
            statement = (
                select(c.remittance_id, func.count(), func.sum(c.amount_dong), self._nobodys())
                .where(self._rows.own(self._lines), c.remittance_id.in_(part))
                .group_by(c.remittance_id)
            )
            told |= {row[0]: row for row in await self._rows.execute(statement)}
        none = ("", 0, 0, 0)
        return [
            PaymentSums(
                remittance=one,
                lines=int(row[1]),
                lines_dong=int(row[2]),
                unassigned_dong=int(row[3]),
            )
            for one in paid
            for row in [told.get(one.id, none)]
        ]

    def _nobodys(self) -> ColumnElement[Any]:
        c = self._lines.c
        return func.sum(case((c.number.is_(None), c.amount_dong), else_=0))

    async def unassigned(
        self, *, after: tuple[str, int] | None, limit: int
    ) -> Sequence[RemittanceLine]:
        """Lines without a consignment, by payment and position, behind `after`."""
        c = self._lines.c
        mine = select(self._lines).where(self._rows.own(self._lines), _UNASSIGNED)
        if after is not None:
            mine = mine.where(tuple_(c.remittance_id, c.position) > after)
        ordered = mine.order_by(c.remittance_id, c.position).limit(limit)
        return await self._rows.all(RemittanceLine, ordered)

    async def bank(self) -> Sequence[BankSums]:
        """What came into the bank, by carrier."""
        p, c = self._paid.c, self._lines.c
        fees = func.sum(case((c.number.is_(None), c.fee_dong), else_=0))
        lines = (
            select(c.carrier, func.sum(c.amount_dong), self._nobodys(), fees)
            .where(self._rows.own(self._lines))
            .group_by(c.carrier)
        )
        listed = {row[0]: row for row in await self._rows.execute(lines)}
        paid = (
            select(p.carrier, func.count(), func.sum(p.total_dong))
            .where(self._rows.own(self._paid))
            .group_by(p.carrier)
            .order_by(p.carrier)
        )
        return [
            BankSums(
                carrier=row[0],
                payments=int(row[1]),
                received_dong=int(row[2]),
                unassigned_dong=int(of[2]),
                unassigned_fee_dong=int(of[3]),
                difference_dong=int(row[2]) - int(of[1]),
            )
            for row in await self._rows.execute(paid)
            for of in [listed.get(row[0], ("", 0, 0, 0))]
        ]

    # --- what they are for ----------------------------------------------------------------------

    async def resembling(self, carrier: str, keys: Iterable[str]) -> Sequence[CarrierOrder]:
        """A carrier's orders with money of which one name, without marks and in capitals, is here."""
        c = self._orders.c
        names = (c.number, c.reference, c.waybill, c.carrier_number)
        found: dict[str, CarrierOrder] = {}
        for part in chunks(sorted(set(keys))):
            mine = and_(
                self._rows.own(self._orders, carrier=carrier),
                _WITH_MONEY,
                or_(*(_bare(name).in_(part) for name in names)),
            )
            for one in await self._rows.all(CarrierOrder, select(self._orders).where(mine)):
                found[one.number] = one
        return [found[number] for number in sorted(found)]

    async def accounts(
        self, *, carrier: str | None = None, after: str = "", limit: int
    ) -> Sequence[CodFacts]:
        """Consignments that money is to be collected for, was told of or came for, by number."""
        o = self._orders.c
        placed = (_WITH_MONEY, o.state.in_(_PLACED))
        parts = [
            self._numbers(self._orders, *placed, carrier=carrier, after=after, limit=limit),
            self._numbers(self._told, _TOLD, carrier=carrier, after=after, limit=limit),
            self._numbers(self._lines, carrier=carrier, after=after, limit=limit),
        ]
        every = union(*(select(part.subquery().c.number) for part in parts)).subquery()
        page = select(every.c.number).order_by(every.c.number).limit(limit)
        numbers = [str(row[0]) for row in await self._rows.execute(page)]
        facts = await self.facts(numbers)
        return [facts[number] for number in numbers if number in facts]

    def _numbers(
        self, table: Any, *more: Any, carrier: str | None, after: str, limit: int
    ) -> Select[Any]:
        """The next numbers of one table; each asked for no more than a page."""
        mine = select(table.c.number).where(self._rows.own(table), *more, table.c.number > after)
        if carrier is not None:
            mine = mine.where(table.c.carrier == carrier)
        return mine.distinct().order_by(table.c.number).limit(limit)

    async def facts(self, numbers: Iterable[str]) -> Mapping[str, CodFacts]:
        """The facts of these consignments; what has no order is left out."""
        found: dict[str, CodFacts] = {}
        for part in chunks(sorted(set(numbers))):
            orders = await self._among(CarrierOrder, CarrierOrderRow, part)
            told = await self._tellings(part)
            lines = _by_number(await self._among(RemittanceLine, RemittanceLineRow, part))
            written_off = _by_number(await self._among(WriteOff, WriteOffRow, part))
            consignments = await self._consignments(part)
            for order in orders:
                state, booked_at, closed_at = consignments[order.number]
                found[order.number] = CodFacts(
                    order=order,
                    consignment=state,
                    closed_at=closed_at,
                    booked_at=booked_at,
                    told=told.get(order.number, []),
                    lines=lines.get(order.number, []),
                    written_off=written_off.get(order.number, []),
                )
        return found

    async def _among(self, record: type[R], row: type[SQLModel], numbers: Sequence[str]) -> list[R]:
        table = self._rows.table(row)
        mine = and_(self._rows.own(table), table.c.number.in_(numbers))
        ordered = select(table).where(mine).order_by(*table.primary_key.columns)
        return await self._rows.all(record, ordered)

    async def _consignments(self, numbers: Sequence[str]) -> dict[str, Any]:
        table = self._rows.table(ConsignmentRow)
        c = table.c
        statement = select(c.number, c.state, c.booked_at, c.closed_at).where(
            self._rows.own(table), c.number.in_(numbers)
        )
        return {row[0]: tuple(row[1:]) for row in await self._rows.execute(statement)}

    async def _tellings(self, numbers: Sequence[str]) -> dict[str, list[Telling]]:
        c = self._told.c
        statement = (
            select(c.number, c.cod_move, c.cod_dong, c.occurred_at, c.key)
            .where(self._rows.own(self._told), c.number.in_(numbers), _TOLD)
            .order_by(c.occurred_at, c.key)
        )
        told: dict[str, list[Telling]] = {}
        for row in await self._rows.execute(statement):
            one = Telling(move=row[1], dong=row[2], occurred_at=row[3], key=row[4])
            told.setdefault(row[0], []).append(one)
        return told

    async def add_write_off(self, write_off: WriteOff) -> None:
        """Write money off."""
        await self._rows.add(WriteOffRow, [write_off])


def _bare(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """A name without marks, in capitals, as `matching.key_of` writes it."""
    for mark in _MARKS:
        name = func.replace(name, mark, "")
    return func.upper(name)


def _by_number(records: Iterable[R]) -> dict[str, list[R]]:
    grouped: dict[str, list[R]] = {}
    for one in records:
        grouped.setdefault(str(getattr(one, "number", "")), []).append(one)
    return grouped


class CodCaseStore:
    """The cases of money."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._cases = rows.table(CodCaseRow)

    async def find(self, key: str) -> CodCase | None:
        """A case."""
        return await self._rows.one(CodCase, CodCaseRow, key=key)

    async def of(self, keys: Iterable[str]) -> Mapping[str, CodCase]:
        """These cases, by key."""
        found: dict[str, CodCase] = {}
        for part in chunks(sorted(set(keys))):
            mine = and_(self._rows.own(self._cases), self._cases.c.key.in_(part))
            for one in await self._rows.all(CodCase, select(self._cases).where(mine)):
                found[one.key] = one
        return found

    async def put(self, cases: Sequence[CodCase]) -> None:
        """Write or renew cases."""
        await self._rows.put(CodCaseRow, *cases)

    async def listed(self, wanted: CodCaseFilter) -> Sequence[CodCase]:
        """Cases, by key."""
        c = self._cases.c
        asked = {
            name: value
            for name in ("state", "kind", "carrier", "number")
            if (value := getattr(wanted, name)) is not None
        }
        mine = select(self._cases).where(self._rows.own(self._cases, **asked))
        if wanted.standing:
            mine = mine.where(_STANDING)
        if wanted.after is not None:
            mine = mine.where(c.key > wanted.after)
        return await self._rows.all(CodCase, mine.order_by(c.key).limit(wanted.limit))

    async def add_entries(self, entries: Sequence[CodCaseEntry]) -> None:
        """Append to histories."""
        await self._rows.add(CodCaseEntryRow, entries)

    async def entries(self, key: str) -> Sequence[CodCaseEntry]:
        """A case's history, oldest first."""
        table = self._rows.table(CodCaseEntryRow)
        mine = select(table).where(self._rows.own(table, case_key=key))
        return await self._rows.all(CodCaseEntry, mine.order_by(table.c.id))
