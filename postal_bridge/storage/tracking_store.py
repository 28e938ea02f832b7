"""The stores of pouches, handovers, incidents and consignments."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, text, update

from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.tables import (
    ConsignmentRow,
    HandoverLineRow,
    HandoverRow,
    IncidentRow,
    ManifestRow,
    PositionRow,
    PouchRow,
)
from postal_bridge.tracking.records import (
    Consignment,
    Handover,
    HandoverLine,
    HandoverState,
    Incident,
    ManifestLine,
    Pouch,
)


class PouchStore:
    """Pouches and their contents."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def hold(self, code: str) -> Pouch | None:
        """A pouch, held until the transaction ends."""
        return await self._rows.locked(Pouch, PouchRow, code=code)

    async def find(self, code: str) -> Pouch | None:
        """A pouch by its code."""
        return await self._rows.one(Pouch, PouchRow, code=code)

    async def put(self, pouch: Pouch) -> None:
        """Write or renew a pouch."""
        await self._rows.put(PouchRow, pouch)

    async def with_seal(self, seal: str) -> Pouch | None:
        """The pouch that a seal was used on; the seal is this transaction's until it ends."""
        if not self._rows.is_sqlite:
            await self._rows.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:seal, 0))"),
                {"seal": f"seal\n{self._rows.province}\n{seal}"},
            )
        return await self._rows.one(Pouch, PouchRow, seal=seal)

    async def contents(self, code: str) -> Sequence[str]:
        """Codes of the items whose position is in this pouch, in order."""
        table = self._rows.table(PositionRow)
        statement = (
            select(table.c.item_code)
            .where(self._rows.own(table, pouch=code))
            .order_by(table.c.item_code)
        )
        return list((await self._rows.execute(statement)).scalars())

    async def write_manifest(self, lines: Iterable[ManifestLine]) -> None:
        """Freeze the contents."""
        await self._rows.add(ManifestRow, lines)

    async def manifest(self, code: str) -> Sequence[ManifestLine]:
        """The frozen contents."""
        table = self._rows.table(ManifestRow)
        own = self._rows.own(table, pouch_code=code)
        return await self._rows.all(
            ManifestLine, select(table).where(own).order_by(table.c.position)
        )


class HandoverStore:
    """Minutes of handovers."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lines = rows.table(HandoverLineRow)

    async def hold(self, number: str) -> Handover | None:
        """Minutes, held until the transaction ends."""
        return await self._rows.locked(Handover, HandoverRow, number=number)

    async def find(self, number: str) -> Handover | None:
        """Minutes by their number."""
        return await self._rows.one(Handover, HandoverRow, number=number)

    async def put(self, handover: Handover) -> None:
        """Write or renew minutes."""
        await self._rows.put(HandoverRow, handover)

    async def add_lines(self, lines: Iterable[HandoverLine]) -> None:
        """Write the lines of new minutes."""
        await self._rows.add(HandoverLineRow, lines)

    async def lines(self, number: str) -> Sequence[HandoverLine]:
        """The lines, by item code."""
        own = self._rows.own(self._lines, number=number)
        return await self._rows.all(
            HandoverLine, select(self._lines).where(own).order_by(self._lines.c.item_code)
        )

    async def set_outcomes(self, number: str, outcomes: Mapping[str, str]) -> None:
        """Note for each item whether it was there."""
        if not outcomes:
            return
        own = self._rows.own(self._lines, number=number)
        statement = (
            update(self._lines)
            .where(own, self._lines.c.item_code == bindparam("item"))
            .values(outcome=bindparam("noted"))
        )
        await self._rows.execute(
            statement, [{"item": item, "noted": outcome} for item, outcome in outcomes.items()]
        )

    async def offered_with(self, item_codes: Iterable[str]) -> Mapping[str, str]:
        """For items that wait in minutes nobody has accepted: the number."""
        minutes = self._rows.table(HandoverRow)
        found: dict[str, str] = {}
        for part in chunks(sorted(set(item_codes))):
            statement = (
                select(self._lines.c.item_code, self._lines.c.number)
                .join(
                    minutes,
                    (minutes.c.province == self._lines.c.province)
                    & (minutes.c.number == self._lines.c.number),
                )
                .where(
                    self._rows.own(self._lines),
                    self._lines.c.item_code.in_(part),
                    minutes.c.state == HandoverState.OFFERED,
                )
            )
            result = await self._rows.execute(statement)
            found.update((code, number) for code, number in result)
        return found


class IncidentStore:
    """Incidents."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._table = rows.table(IncidentRow)

    async def open_once(self, incident: Incident) -> Incident:
        """Write an incident, or give the one that is there already."""
        await self._rows.add_new(IncidentRow, incident.model_dump())
        found = await self._rows.one(Incident, IncidentRow, key=incident.key)
        return found or incident

    async def find(self, incident_id: str) -> Incident | None:
        """An incident, held until the transaction ends."""
        return await self._rows.locked(Incident, IncidentRow, id=incident_id)

    async def put(self, incident: Incident) -> None:
        """Renew an incident."""
        await self._rows.put(IncidentRow, incident)

    async def about(self, code: str) -> Sequence[Incident]:
        """The open incidents of an item or pouch."""
        own = self._rows.own(self._table, code=code)
        return await self._rows.all(
            Incident,
            select(self._table)
            .where(own, self._table.c.closed_at.is_(None))
            .order_by(self._table.c.opened_at),
        )

    async def listed(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        """Incidents, newest first."""
        statement = select(self._table).where(self._rows.own(self._table))
        if open_only:
            statement = statement.where(self._table.c.closed_at.is_(None))
        ordered = statement.order_by(self._table.c.opened_at.desc(), self._table.c.id)
        return await self._rows.all(Incident, ordered.limit(limit))


class ConsignmentStore:
    """Consignments."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, number: str) -> Consignment | None:
        """A consignment by its number."""
        return await self._rows.one(Consignment, ConsignmentRow, number=number)

    async def hold(self, number: str) -> Consignment | None:
        """A consignment, held until the transaction ends."""
        return await self._rows.locked(Consignment, ConsignmentRow, number=number)

    async def put(self, *consignments: Consignment) -> None:
        """Write or renew consignments."""
        await self._rows.put(ConsignmentRow, *consignments)

    async def of_item(self, item_code: str) -> Sequence[Consignment]:
        """The consignments of an item, by number; whoever holds the item finds them as they stay."""
        table = self._rows.table(ConsignmentRow)
        mine = self._rows.own(table, item_code=item_code)
        ordered = select(table).where(mine).order_by(table.c.number)
        return await self._rows.all(Consignment, ordered)

    async def of_items(self, item_codes: Iterable[str]) -> Mapping[str, Sequence[Consignment]]:
        """The same for many items, held until the transaction ends; items without are left out."""
        table = self._rows.table(ConsignmentRow)
        found: dict[str, list[Consignment]] = {}
        for part in chunks(sorted(set(item_codes))):
            statement = (
                select(table)
                .where(self._rows.own(table), table.c.item_code.in_(part))
                .order_by(table.c.number)
                .with_for_update()
            )
            for one in await self._rows.all(Consignment, statement):
                found.setdefault(one.item_code, []).append(one)
        return found

    async def booked(self, carrier: str, begin: datetime, end: datetime) -> Sequence[Consignment]:
        """A carrier's consignments that were booked in [begin, end), by number."""
        table = self._rows.table(ConsignmentRow)
        statement = (
            select(table)
            .where(
                self._rows.own(table, carrier=carrier),
                table.c.booked_at >= begin,
                table.c.booked_at < end,
            )
            .order_by(table.c.number)
        )
        return await self._rows.all(Consignment, statement)

    async def numbered(self, numbers: Iterable[str]) -> Mapping[str, Consignment]:
        """Consignments by their numbers, whoever carries them; unknown ones are left out."""
        table = self._rows.table(ConsignmentRow)
        found: dict[str, Consignment] = {}
        for part in chunks(sorted(set(numbers))):
            statement = select(table).where(self._rows.own(table), table.c.number.in_(part))
            found |= {one.number: one for one in await self._rows.all(Consignment, statement)}
        return found
