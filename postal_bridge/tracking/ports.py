"""What tracking needs: the stores of custody, pouches, handovers, incidents, consignments."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from postal_bridge.dossiers.ports import DossierWork
from postal_bridge.dossiers.records import Item
from postal_bridge.journey import Act, Direction, ItemKind
from postal_bridge.tracking.carrier_ports import CarrierDesk
from postal_bridge.tracking.changes import ChangePage, Cursor, Onlooker
from postal_bridge.tracking.records import (
    Consignment,
    CustodyEvent,
    Handover,
    HandoverLine,
    Incident,
    LedgerDay,
    ManifestLine,
    Position,
    Pouch,
)
from postal_bridge.tracking.scan_ports import Devices, RefusedScans
from postal_bridge.tracking.transfers import Transfer, TransferCount, TransferFilter
from postal_bridge.tracking.waybill_ports import Waybills


@dataclass(frozen=True)
class Tracked:
    """An item with its position; no position before its first event."""

    item: Item
    position: Position | None


@dataclass(frozen=True)
class Entry:
    """An event with its number in the ledger.

    Attributes:
        readable: False where the row holds something that no release ever wrote, such as an act
            that does not exist; the event then has its item, number and hashes only.
    """

    entry: int
    event: CustodyEvent
    readable: bool = True


@dataclass(frozen=True)
class Chain:
    """All that is kept of one item, side by side.

    Attributes:
        item, position: none where there is no row.
        entries: the item's events by their number in the chain.
        readable: False where the row of the item or of the position holds something that no
            release ever wrote; such a row has its code only, a position its number also.
    """

    code: str
    item: Item | None
    position: Position | None
    entries: Sequence[Entry]
    readable: bool = True


class Custody(Protocol):
    """Items, events and positions."""

    async def hold(self, codes: Iterable[str]) -> Mapping[str, Tracked]:
        """Items with positions and their dossiers, held in order until the transaction ends.

        Whoever holds more holds it in this order: minutes, pouches, dossiers, items, consignments.
        """
        ...

    async def find(self, code: str) -> Tracked | None:
        """An item with its position."""
        ...

    async def add_item(self, item: Item) -> None:
        """Write a new item."""
        ...

    async def read_ahead(self, item_codes: Iterable[str]) -> None:
        """Read the histories of these items, and of their dossiers' others, in one go.

        They are given from memory until the transaction ends; the items must be held.
        """
        ...

    async def history(self, item_code: str) -> Sequence[CustodyEvent]:
        """The item's events by number."""
        ...

    async def record(self, event: CustodyEvent, position: Position) -> None:
        """Append an event and keep the position it leads to."""
        ...

    async def by_event_id(self, event_ids: Iterable[UUID]) -> Mapping[UUID, CustodyEvent]:
        """One event for each id that is in the ledger."""
        ...

    async def outstanding(self) -> Sequence[Position]:
        """What the post has carried, or has to carry back, and nobody has brought home yet.

        Open items, at a department, on the way or missing, of dossiers that were carried; longest
        since first.
        """
        ...

    async def dossier_events(self, dossier_code: str) -> Sequence[tuple[ItemKind, CustodyEvent]]:
        """All events of all items of a dossier with the items' kinds."""
        ...

    async def carried(self, direction: Direction, act: Act, first: datetime, end: datetime) -> int:
        """Distinct items of a direction with such an event, by handover, in [first, end)."""
        ...


class Transfers(Protocol):
    """The lists of what is underway, read only."""

    async def page(self, wanted: TransferFilter) -> Sequence[Transfer]:
        """The next items by code, at most `limit`."""
        ...

    async def about(self, item_codes: Sequence[str], *, now: datetime) -> Sequence[Transfer]:
        """These items, in whatever stage, by code; unknown ones are left out."""
        ...

    async def summary(self, wanted: TransferFilter) -> Sequence[TransferCount]:
        """What all pages hold together, counted by direction, department and stage."""
        ...


class Changes(Protocol):
    """The ledger for those who follow it: what was committed late comes late, and is never missed."""

    async def cursor(self) -> str:
        """Where the ledger ends now: what is committed later comes after it."""
        ...

    async def after(self, cursor: Cursor, *, onlooker: Onlooker, limit: int) -> ChangePage | None:
        """What concerns the onlooker after the cursor, at most so many items.

        None where the ledger cannot be read on from there: the month was archived meanwhile, or
        a backup was restored.
        """
        ...


class Pouches(Protocol):
    """Pouches and their contents."""

    async def hold(self, code: str) -> Pouch | None:
        """A pouch, held until the transaction ends."""
        ...

    async def find(self, code: str) -> Pouch | None:
        """A pouch by its code."""
        ...

    async def put(self, pouch: Pouch) -> None:
        """Write or renew a pouch."""
        ...

    async def with_seal(self, seal: str) -> Pouch | None:
        """The pouch that a seal was used on; the seal is this transaction's until it ends."""
        ...

    async def contents(self, code: str) -> Sequence[str]:
        """Codes of the items whose position is in this pouch, in order."""
        ...

    async def write_manifest(self, lines: Iterable[ManifestLine]) -> None:
        """Freeze the contents."""
        ...

    async def manifest(self, code: str) -> Sequence[ManifestLine]:
        """The frozen contents."""
        ...


class Handovers(Protocol):
    """Minutes of handovers."""

    async def hold(self, number: str) -> Handover | None:
        """Minutes, held until the transaction ends."""
        ...

    async def find(self, number: str) -> Handover | None:
        """Minutes by their number."""
        ...

    async def put(self, handover: Handover) -> None:
        """Write or renew minutes."""
        ...

    async def add_lines(self, lines: Iterable[HandoverLine]) -> None:
        """Write the lines of new minutes."""
        ...

    async def lines(self, number: str) -> Sequence[HandoverLine]:
        """The lines, by item code."""
        ...

    async def set_outcomes(self, number: str, outcomes: Mapping[str, str]) -> None:
        """Note for each item whether it was there."""
        ...

    async def offered_with(self, item_codes: Iterable[str]) -> Mapping[str, str]:
        """For items that wait in minutes nobody has accepted: the number."""
        ...


class Incidents(Protocol):
    """Incidents."""

    async def open_once(self, incident: Incident) -> Incident:
        """Write an incident, or give the one that is there already."""
        ...

    async def find(self, incident_id: str) -> Incident | None:
        """An incident, held until the transaction ends."""
        ...

    async def put(self, incident: Incident) -> None:
        """Renew an incident."""
        ...

    async def about(self, code: str) -> Sequence[Incident]:
        """The open incidents of an item or pouch."""
        ...

    async def listed(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        """Incidents, newest first."""
        ...


class Consignments(Protocol):
    """Consignments."""

    async def find(self, number: str) -> Consignment | None:
        """A consignment by its number."""
        ...

    async def hold(self, number: str) -> Consignment | None:
        """A consignment, held until the transaction ends."""
        ...

    async def put(self, *consignments: Consignment) -> None:
        """Write or renew consignments."""
        ...

    async def of_item(self, item_code: str) -> Sequence[Consignment]:
        """The consignments of an item, by number; whoever holds the item finds them as they stay."""
        ...

    async def of_items(self, item_codes: Iterable[str]) -> Mapping[str, Sequence[Consignment]]:
        """The same for many items, held until the transaction ends; items without are left out."""
        ...

    async def booked(self, carrier: str, begin: datetime, end: datetime) -> Sequence[Consignment]:
        """A carrier's consignments that were booked in [begin, end), by number."""
        ...

    async def numbered(self, numbers: Iterable[str]) -> Mapping[str, Consignment]:
        """Consignments by their numbers, whoever carries them; unknown ones are left out."""
        ...


class Ledger(Protocol):
    """The chain as a whole, for sealing and verifying."""

    async def barrier(self) -> None:
        """Let no event be written by others until the transaction ends."""
        ...

    async def days(self) -> Sequence[LedgerDay]:
        """The sealed days in order."""
        ...

    async def seal(self, day: LedgerDay) -> None:
        """Write the seal of a day."""
        ...

    async def hold_still(self) -> None:
        """Let all that this transaction reads be of one moment; asked before it reads anything.

        Nobody who writes waits for it, however long the reading takes.
        """
        ...

    def hashes(
        self, *, after: int, through: int | None = None
    ) -> AsyncIterator[Sequence[tuple[int, str]]]:
        """Number and hash of every event in (after, through], in order, in parts."""
        ...

    async def count(self) -> int:
        """How many events there are."""
        ...

    def chains(self) -> AsyncIterator[Sequence[Chain]]:
        """Everything that has an item, an event or a position, item by item, in parts."""
        ...


class CustodyWork(DossierWork, Protocol):
    """The stores of one transaction that tracking's use cases work with: the dossiers' and its own."""

    @property
    def custody(self) -> Custody:
        """Items, events, positions."""
        ...

    @property
    def transfers(self) -> Transfers:
        """The lists of what is underway."""
        ...

    @property
    def refused_scans(self) -> RefusedScans:
        """Scans that were not taken."""
        ...

    @property
    def devices(self) -> Devices:
        """Handhelds and their clocks."""
        ...

    @property
    def changes(self) -> Changes:
        """The ledger for those who follow it."""
        ...

    @property
    def pouches(self) -> Pouches:
        """Pouches."""
        ...

    @property
    def handovers(self) -> Handovers:
        """Minutes of handovers."""
        ...

    @property
    def incidents(self) -> Incidents:
        """Incidents."""
        ...

    @property
    def consignments(self) -> Consignments:
        """Consignments."""
        ...

    @property
    def carrier_desk(self) -> CarrierDesk:
        """Orders at carriers, and what they told of them."""
        ...

    @property
    def waybills(self) -> Waybills:
        """Numbers that carriers gave out beforehand."""
        ...

    @property
    def ledger(self) -> Ledger:
        """The ledger as a whole."""
        ...


class DaySigner(Protocol):
    """Signs the root of a day."""

    public_key: str

    def sign(self, root: str) -> str:
        """The signature over a root, base64."""
        ...

    def verify(self, root: str, *, signature: str, public_key: str) -> bool:
        """Whether the signature is the key's, and the key is ours."""
        ...
