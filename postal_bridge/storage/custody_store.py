"""The store of items, events and positions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from postal_bridge.dossiers.records import Item
from postal_bridge.journey import Act, Direction, ItemKind, Stage
from postal_bridge.storage.rows import Rows, chunks
from postal_bridge.storage.tables import (
    CustodyEventRow,
    DossierRow,
    ItemRow,
    PositionRow,
)
from postal_bridge.tracking.ports import Tracked
from postal_bridge.tracking.records import CustodyEvent, Position

_UNDERWAY = (
    Stage.ISSUED,
    Stage.PACKED,
    Stage.POUCH,
    Stage.TRANSFER,
    Stage.DEPARTMENT,
    Stage.MISSING,
)


class CustodyStore:
    """Events are only ever inserted; positions are what the fold says of them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._dossiers = rows.table(DossierRow)
        self._items = rows.table(ItemRow)
        self._positions = rows.table(PositionRow)
        self._events = rows.ledger
        self._histories: dict[str, list[CustodyEvent]] = {}
        self._siblings: dict[str, dict[str, ItemKind]] = {}

    async def hold(self, codes: Iterable[str]) -> Mapping[str, Tracked]:
        """Items with positions, held in order of their codes until the transaction ends.

        Their dossiers are held first, since what happens to an item may move its dossier, whose
        status follows from all its items. The order of codes is the order of locks, so two batches
        cannot wait for each other.
        """
        wanted = sorted(set(codes))
        await self._hold_dossiers(wanted)
        items: dict[str, Item] = {}
        positions: dict[str, Position] = {}
        for part in chunks(wanted):
            statement = (
                select(self._items)
                .where(self._rows.own(self._items), self._items.c.code.in_(part))
                .order_by(self._items.c.code)
            )
            items |= {item.code: item for item in await self._rows.all(Item, statement)}
            found = (
                select(self._positions)
                .where(self._rows.own(self._positions), self._positions.c.item_code.in_(part))
                .order_by(self._positions.c.item_code)
                .with_for_update()
            )
            positions |= {p.item_code: p for p in await self._rows.all(Position, found)}
        return {code: Tracked(item, positions.get(code)) for code, item in items.items()}

    async def _hold_dossiers(self, item_codes: Sequence[str]) -> None:
        if self._rows.is_sqlite:
            return  # the one writer holds everything
        for part in chunks(item_codes):
            theirs = select(self._items.c.dossier_code).where(
                self._rows.own(self._items), self._items.c.code.in_(part)
            )
            statement = (
                select(self._dossiers.c.code)
                .where(self._rows.own(self._dossiers), self._dossiers.c.code.in_(theirs))
                .order_by(self._dossiers.c.code)
                .with_for_update(of=self._dossiers)
            )
            await self._rows.execute(statement)

    async def find(self, code: str) -> Tracked | None:
        """An item with its position."""
        item = await self._rows.one(Item, ItemRow, code=code)
        if item is None:
            return None
        return Tracked(item, await self._rows.one(Position, PositionRow, item_code=code))

    async def add_item(self, item: Item) -> None:
        """Write a new item."""
        self._siblings.pop(item.dossier_code, None)
        self._rows.add_later(ItemRow, item)

    async def read_ahead(self, item_codes: Iterable[str]) -> None:
        """Read the histories of these items, and of their dossiers' others, in one go."""
        siblings: dict[str, dict[str, ItemKind]] = {}
        for part in chunks(sorted(set(item_codes))):
            theirs = select(self._items.c.dossier_code).where(
                self._rows.own(self._items), self._items.c.code.in_(part)
            )
            statement = select(self._items).where(
                self._rows.own(self._items), self._items.c.dossier_code.in_(theirs)
            )
            for item in await self._rows.all(Item, statement):
                siblings.setdefault(item.dossier_code, {})[item.code] = item.kind
        histories: dict[str, list[CustodyEvent]] = {
            code: [] for kinds in siblings.values() for code in kinds
        }
        for part in chunks(sorted(histories)):
            events = (
                select(self._events)
                .where(self._rows.own(self._events), self._events.c.item_code.in_(part))
                .order_by(self._events.c.item_code, self._events.c.seq)
            )
            for event in await self._rows.all(CustodyEvent, events):
                histories[event.item_code].append(event)
        self._siblings |= siblings
        self._histories |= histories

    async def history(self, item_code: str) -> Sequence[CustodyEvent]:
        """The item's events by number."""
        if item_code in self._histories:
            return self._histories[item_code]
        own = self._rows.own(self._events, item_code=item_code)
        return await self._rows.all(
            CustodyEvent, select(self._events).where(own).order_by(self._events.c.seq)
        )

    async def record(self, event: CustodyEvent, position: Position) -> None:
        """Append an event and keep the position it leads to."""
        if event.item_code in self._histories:
            self._histories[event.item_code].append(event)
        self._rows.add_later(CustodyEventRow, event)
        self._rows.put_later(PositionRow, position)

    async def by_event_id(self, event_ids: Iterable[UUID]) -> Mapping[UUID, CustodyEvent]:
        """One event for each id that is in the ledger."""
        found: dict[UUID, CustodyEvent] = {}
        for part in chunks(list(dict.fromkeys(event_ids))):
            statement = select(self._events).where(
                self._rows.own(self._events), self._events.c.event_id.in_(part)
            )
            for event in await self._rows.all(CustodyEvent, statement):
                found.setdefault(event.event_id, event)
        return found

    async def outstanding(self) -> Sequence[Position]:
        """What the post has carried, or has to carry back, and nobody has brought home yet."""
        c = self._positions.c
        loads, sibling = self._events.alias(), self._items.alias()
        carried = (
            select(sibling.c.dossier_code)
            .join(
                loads,
                (loads.c.province == sibling.c.province) & (loads.c.item_code == sibling.c.code),
            )
            .where(sibling.c.province == self._rows.province, loads.c.act == Act.LOAD)
        )
        statement = (
            select(self._positions)
            .where(
                self._rows.own(self._positions),
                c.stage.in_(_UNDERWAY),
                c.dossier_code.in_(carried),
            )
            .order_by(c.since, c.item_code)
        )
        return await self._rows.all(Position, statement)

    async def dossier_events(self, dossier_code: str) -> Sequence[tuple[ItemKind, CustodyEvent]]:
        """All events of all items of a dossier with the items' kinds."""
        known = self._siblings.get(dossier_code)
        if known is not None:
            return [
                (kind, event) for code, kind in known.items() for event in self._histories[code]
            ]
        items = await self._rows.all(
            Item,
            select(self._items).where(self._rows.own(self._items, dossier_code=dossier_code)),
        )
        kinds = {item.code: item.kind for item in items}
        statement = select(self._events).where(
            self._rows.own(self._events), self._events.c.item_code.in_(list(kinds))
        )
        events = await self._rows.all(CustodyEvent, statement)
        return [(kinds[event.item_code], event) for event in events]

    async def carried(self, direction: Direction, act: Act, first: datetime, end: datetime) -> int:
        """Distinct items of a direction with such an event, by handover, in [first, end)."""
        c = self._events.c
        statement = (
            select(func.count(func.distinct(c.item_code)))
            .select_from(self._events.join(self._items, self._on_item()))
            .where(
                self._rows.own(self._events, act=act),
                self._items.c.direction == direction,
                c.handover.is_not(None),
                c.occurred_at >= first,
                c.occurred_at < end,
            )
        )
        return int((await self._rows.execute(statement)).scalar_one())

    def _on_item(self) -> ColumnElement[bool]:
        return (self._items.c.province == self._events.c.province) & (
            self._items.c.code == self._events.c.item_code
        )
