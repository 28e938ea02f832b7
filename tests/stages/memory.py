"""The stores of one transaction in memory, for tests of the stages: no database, no I/O.

Records are copied on their way in and out, as a database does.
"""

import json
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import SQLModel

from postal_bridge.documents.records import Document
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
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, Direction, ItemKind, Stage
from postal_bridge.outbox import WHERE_CONFIGURED
from postal_bridge.tracking.acts import Circumstances, Recorder
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.ports import Chain, Entry, Tracked
from postal_bridge.tracking.records import (
    Consignment,
    CustodyEvent,
    Device,
    Handover,
    HandoverLine,
    HandoverState,
    Incident,
    LedgerDay,
    ManifestLine,
    Position,
    Pouch,
    RefusedScan,
    RefusedScanStep,
    SettledAs,
)
from postal_bridge.tracking.refused_content import was_taken
from postal_bridge.tracking.scan_ports import RefusedFilter
from postal_bridge.worktime import WorkCalendar
from tests.stages.memory_carriers import MemoryCarrierDesk
from tests.stages.memory_changes import MemoryChanges
from tests.stages.memory_cod import MemoryCodBooks, MemoryCodCases
from tests.stages.memory_nights import MemoryNights
from tests.stages.memory_papers import (
    MemoryContents,
    MemoryFields,
    MemoryPages,
    MemoryPaperSayings,
    MemoryPrintedForms,
    MemoryProofs,
    MemoryUploads,
)
from tests.stages.memory_pickups import MemoryPickups, MemoryRounds
from tests.stages.memory_places import MemoryCorrections
from tests.stages.memory_subscriptions import MemorySubscriptions
from tests.stages.memory_transfers import MemoryTransfers
from tests.stages.memory_waybills import MemoryWaybills
from tests.stores import NOW, a_dossier, an_item

R = TypeVar("R", bound=SQLModel)
CENTRE, DEPARTMENT = "TT", "H37.01"
LAN = Actor("lan", "Hoàng Thị Lan", Role.CLERK, (CENTRE,))
TUAN = Actor("tuan", "Lý Văn Tuấn", Role.COURIER, (CENTRE, DEPARTMENT))
HOA = Actor("hoa", "Vi Thị Hoa", Role.DEPARTMENT, (DEPARTMENT,))
DUNG = Actor("dung", "Triệu Tiến Dũng", Role.SUPERVISOR)
CALENDAR = WorkCalendar(
    ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))), ("saturday", "sunday")
)
LATER = timedelta(minutes=1)


def copied(record: R | None) -> R | None:
    return record.model_copy() if record is not None else None


class MemoryCatalogue:
    """Two places and one procedure."""

    def __init__(self) -> None:
        self.kept_places = {
            CENTRE: Place(code=CENTRE, name="Trung tâm", kind="centre"),
            DEPARTMENT: Place(
                code=DEPARTMENT, name="Sở Tư pháp", kind="department", agency="000.00.01.H37"
            ),
        }
        self.procedures = {
            "1.001": Procedure(
                code="1.001", name="Lý lịch tư pháp", department=DEPARTMENT, time_limit_value=1
            )
        }
        self.lists = [ProcedurePaper(procedure_code="1.001", position=1, paper_name="Tờ khai")]

    async def place(self, code: str) -> Place | None:
        return self.kept_places.get(code)

    async def places(self) -> Sequence[Place]:
        return list(self.kept_places.values())

    async def procedure(self, code: str) -> Procedure | None:
        return self.procedures.get(code)

    async def papers(self, procedure_code: str) -> Sequence[ProcedurePaper]:
        return [paper for paper in self.lists if paper.procedure_code == procedure_code]

    async def import_places(self, places: Iterable[Place]) -> int:
        raise NotImplementedError

    async def import_procedures(
        self, procedures: Iterable[Procedure], papers: Iterable[ProcedurePaper]
    ) -> int:
        raise NotImplementedError


class MemoryDossiers:
    """Dossiers with their lines, items, supplements and receipts."""

    def __init__(self, items: dict[str, Item]) -> None:
        self.kept: dict[str, Dossier] = {}
        self.lines: list[ChecklistLine] = []
        self.requests: dict[tuple[str, int], Supplement] = {}
        self.money: list[FeeReceipt] = []
        self.later_days: list[Postponement] = []
        self._items = items

    async def find(self, code: str) -> Dossier | None:
        return copied(self.kept.get(code))

    hold = find

    async def add(self, dossier: Dossier, checklist: Iterable[ChecklistLine]) -> bool:
        if dossier.code in self.kept:
            return False
        self.kept[dossier.code] = dossier.model_copy()
        self.lines += checklist
        return True

    async def change(self, code: str, **values: object) -> None:
        self.kept[code] = self.kept[code].model_copy(update=values)

    async def checklist(self, code: str) -> Sequence[ChecklistLine]:
        return [line for line in self.lines if line.dossier_code == code]

    async def items(self, code: str) -> Sequence[Item]:
        return [item for item in self._items.values() if item.dossier_code == code]

    async def supplements(self, code: str) -> Sequence[Supplement]:
        return [s.model_copy() for (of, _), s in sorted(self.requests.items()) if of == code]

    async def put_supplement(self, supplement: Supplement) -> None:
        self.requests[supplement.dossier_code, supplement.number] = supplement.model_copy()

    async def postponements(self, code: str) -> Sequence[Postponement]:
        return [one for one in self.later_days if one.dossier_code == code]

    async def add_postponement(self, postponement: Postponement) -> None:
        self.later_days.append(postponement)

    async def receipts(self, code: str) -> Sequence[FeeReceipt]:
        return [one for one in self.money if one.dossier_code == code]

    async def add_receipt(self, receipt: FeeReceipt) -> None:
        self.money.append(receipt)

    async def received_between(self, first: datetime, end: datetime) -> Sequence[Dossier]:
        return [d for d in self.kept.values() if first <= d.received_at < end]

    async def fee_totals(self, first: datetime, end: datetime) -> tuple[int, int, int]:
        paid = [r.amount_vnd for r in self.money if r.number]
        return len(paid), sum(paid), len(self.money) - len(paid)


class MemoryCounters:
    """Running numbers."""

    def __init__(self) -> None:
        self.kept: dict[str, int] = {}

    async def next(self, name: str) -> int:
        self.kept[name] = self.kept.get(name, 0) + 1
        return self.kept[name]


class MemoryDocuments:
    """Registered files."""

    def __init__(self) -> None:
        self.kept: list[Document] = []

    async def add(self, document: Document) -> None:
        self.kept.append(document)

    async def put(self, document: Document) -> None:
        self.kept = [document if one.id == document.id else one for one in self.kept]

    async def find(self, document_id: str) -> Document | None:
        return next((one for one in self.kept if one.id == document_id), None)

    async def of_dossier(self, dossier_code: str) -> Sequence[Document]:
        return [one for one in self.kept if one.dossier_code == dossier_code]


class MemoryCustody:
    """Items, events and positions."""

    def __init__(self, items: dict[str, Item]) -> None:
        self.items = items
        self.events: list[CustodyEvent] = []
        self.positions: dict[str, Position] = {}

    async def hold(self, codes: Iterable[str]) -> Mapping[str, Tracked]:
        found = {code: await self.find(code) for code in sorted(set(codes))}
        return {code: one for code, one in found.items() if one is not None}

    async def find(self, code: str) -> Tracked | None:
        item = self.items.get(code)
        return Tracked(item, copied(self.positions.get(code))) if item else None

    async def add_item(self, item: Item) -> None:
        assert item.code not in self.items
        self.items[item.code] = item

    async def read_ahead(self, item_codes: Iterable[str]) -> None:
        """All is in memory already."""

    async def history(self, item_code: str) -> Sequence[CustodyEvent]:
        return [event for event in self.events if event.item_code == item_code]

    async def record(self, event: CustodyEvent, position: Position) -> None:
        self.events.append(event.model_copy())
        self.positions[event.item_code] = position.model_copy()

    async def by_event_id(self, event_ids: Iterable[UUID]) -> Mapping[UUID, CustodyEvent]:
        wanted = set(event_ids)
        return {event.event_id: event for event in self.events if event.event_id in wanted}

    async def outstanding(self) -> Sequence[Position]:
        raise NotImplementedError

    async def dossier_events(self, dossier_code: str) -> Sequence[tuple[ItemKind, CustodyEvent]]:
        return [
            (self.items[event.item_code].kind, event)
            for event in self.events
            if self.items[event.item_code].dossier_code == dossier_code
        ]

    async def carried(self, direction: Direction, act: Act, first: datetime, end: datetime) -> int:
        return len(
            {
                event.item_code
                for event in self.events
                if event.act is act
                and event.handover
                and self.items[event.item_code].direction is direction
                and first <= event.occurred_at < end
            }
        )


class MemoryRefusedScans:
    """Scans that were not taken."""

    def __init__(self, custody: MemoryCustody) -> None:
        self.kept: dict[tuple[UUID, str], RefusedScan] = {}
        self.done: list[RefusedScanStep] = []
        self._custody = custody

    async def keep_refused(self, scans: Sequence[RefusedScan]) -> None:
        for scan in scans:
            self.kept.setdefault((scan.scan_id, scan.fingerprint), scan.model_copy())

    async def settle_refused(self, scan_ids: Iterable[UUID], *, at: datetime) -> None:
        events = await self._custody.by_event_id(scan_ids)
        for scan in self.kept.values():
            if scan.settled_at is None and was_taken(scan, events.get(scan.scan_id)):
                scan.settled_at, scan.settled_as = at, SettledAs.TAKEN

    async def listed(self, wanted: RefusedFilter) -> Sequence[RefusedScan]:
        asked = {
            name: value
            for name in ("reason", "device", "actor", "place")
            if (value := getattr(wanted, name)) is not None
        }
        ordered = sorted(
            self.kept.values(),
            key=lambda one: (one.recorded_at, one.scan_id, one.fingerprint),
            reverse=True,
        )
        keys = [(one.scan_id, one.fingerprint) for one in ordered]
        start = keys.index(wanted.after) + 1 if wanted.after else 0
        found = [
            one.model_copy()
            for one in ordered[start:]
            if wanted.settled in {None, one.settled_at is not None}
            and all(getattr(one, name) == value for name, value in asked.items())
        ]
        return found[: wanted.limit]

    async def of(self, scan_id: UUID) -> Sequence[RefusedScan]:
        return [one.model_copy() for one in self.kept.values() if one.scan_id == scan_id]

    async def hold(self, scan_id: UUID, fingerprint: str) -> RefusedScan | None:
        return copied(self.kept.get((scan_id, fingerprint)))

    async def put(self, scan: RefusedScan) -> None:
        self.kept[scan.scan_id, scan.fingerprint] = scan.model_copy()

    async def steps(self, scan_id: UUID) -> Sequence[RefusedScanStep]:
        return [one for one in self.done if one.scan_id == scan_id]

    async def add_step(self, step: RefusedScanStep) -> None:
        self.done.append(step)


class MemoryDevices:
    """Handhelds and their clocks."""

    def __init__(self) -> None:
        self.kept: dict[str, Device] = {}

    async def find(self, name: str) -> Device | None:
        return copied(self.kept.get(name))

    async def put(self, device: Device) -> None:
        self.kept[device.name] = device.model_copy()

    async def listed(self, *, limit: int, after: str | None = None) -> Sequence[Device]:
        return [one for name, one in sorted(self.kept.items()) if name > (after or "")][:limit]


class MemoryPouches:
    """Pouches; what is in them the positions say."""

    def __init__(self, positions: dict[str, Position]) -> None:
        self.kept: dict[str, Pouch] = {}
        self.lines: list[ManifestLine] = []
        self._positions = positions

    async def find(self, code: str) -> Pouch | None:
        return copied(self.kept.get(code))

    hold = find

    async def put(self, pouch: Pouch) -> None:
        self.kept[pouch.code] = pouch.model_copy()

    async def with_seal(self, seal: str) -> Pouch | None:
        return next((one for one in self.kept.values() if one.seal == seal), None)

    async def contents(self, code: str) -> Sequence[str]:
        return sorted(item for item, one in self._positions.items() if one.pouch == code)

    async def write_manifest(self, lines: Iterable[ManifestLine]) -> None:
        self.lines += lines

    async def manifest(self, code: str) -> Sequence[ManifestLine]:
        return [line for line in self.lines if line.pouch_code == code]


class MemoryHandovers:
    """Minutes of handovers."""

    def __init__(self) -> None:
        self.kept: dict[str, Handover] = {}
        self.kept_lines: list[HandoverLine] = []

    async def find(self, number: str) -> Handover | None:
        return copied(self.kept.get(number))

    hold = find

    async def put(self, handover: Handover) -> None:
        self.kept[handover.number] = handover.model_copy()

    async def add_lines(self, lines: Iterable[HandoverLine]) -> None:
        self.kept_lines += lines

    async def lines(self, number: str) -> Sequence[HandoverLine]:
        return [line for line in self.kept_lines if line.number == number]

    async def set_outcomes(self, number: str, outcomes: Mapping[str, str]) -> None:
        for line in await self.lines(number):
            line.outcome = outcomes.get(line.item_code, line.outcome)

    async def offered_with(self, item_codes: Iterable[str]) -> Mapping[str, str]:
        wanted = set(item_codes)
        return {
            line.item_code: line.number
            for line in self.kept_lines
            if line.item_code in wanted and self.kept[line.number].state is HandoverState.OFFERED
        }


class MemoryIncidents:
    """Incidents."""

    def __init__(self) -> None:
        self.kept: dict[str, Incident] = {}

    async def open_once(self, incident: Incident) -> Incident:
        for one in self.kept.values():
            if one.key == incident.key:
                return one.model_copy()
        self.kept[incident.id] = incident.model_copy()
        return incident

    async def find(self, incident_id: str) -> Incident | None:
        return copied(self.kept.get(incident_id))

    async def put(self, incident: Incident) -> None:
        self.kept[incident.id] = incident.model_copy()

    async def about(self, code: str) -> Sequence[Incident]:
        return [i.model_copy() for i in self.kept.values() if i.code == code and not i.closed_at]

    async def listed(self, *, open_only: bool, limit: int) -> Sequence[Incident]:
        return [i for i in self.kept.values() if not (open_only and i.closed_at)][:limit]


class MemoryConsignments:
    """Consignments."""

    def __init__(self) -> None:
        self.kept: dict[str, Consignment] = {}

    async def find(self, number: str) -> Consignment | None:
        return copied(self.kept.get(number))

    hold = find

    async def put(self, *consignments: Consignment) -> None:
        for consignment in consignments:
            self.kept[consignment.number] = consignment.model_copy()

    async def of_item(self, item_code: str) -> Sequence[Consignment]:
        return [c.model_copy() for c in self.kept.values() if c.item_code == item_code]

    async def of_items(self, item_codes: Iterable[str]) -> Mapping[str, Sequence[Consignment]]:
        found = {code: await self.of_item(code) for code in item_codes}
        return {code: consignments for code, consignments in found.items() if consignments}

    async def booked(self, carrier: str, begin: datetime, end: datetime) -> Sequence[Consignment]:
        return [
            one.model_copy()
            for _, one in sorted(self.kept.items())
            if one.carrier == carrier and begin <= one.booked_at < end
        ]

    async def numbered(self, numbers: Iterable[str]) -> Mapping[str, Consignment]:
        return {n: self.kept[n].model_copy() for n in set(numbers) if n in self.kept}


class MemoryLedger:
    """Seals; the rest of the ledger is in the custody store."""

    def __init__(self, custody: MemoryCustody) -> None:
        self.sealed: list[LedgerDay] = []
        self._custody = custody

    async def barrier(self) -> None:
        pass

    async def days(self) -> Sequence[LedgerDay]:
        return self.sealed

    async def seal(self, day: LedgerDay) -> None:
        self.sealed.append(day)

    async def hold_still(self) -> None:
        pass

    async def hashes(
        self, *, after: int, through: int | None = None
    ) -> AsyncIterator[Sequence[tuple[int, str]]]:
        for entry, event in enumerate(self._custody.events, start=1):
            if after < entry and (through is None or entry <= through):
                yield [(entry, event.hash)]

    async def count(self) -> int:
        return len(self._custody.events)

    async def chains(self) -> AsyncIterator[Sequence[Chain]]:
        custody = self._custody
        entries: dict[str, list[Entry]] = {}
        for number, event in enumerate(custody.events, start=1):
            entries.setdefault(event.item_code, []).append(Entry(number, event))
        for code in sorted({*custody.items, *custody.positions, *entries}):
            listed = sorted(entries.get(code, []), key=lambda entry: entry.event.seq)
            yield [Chain(code, custody.items.get(code), custody.positions.get(code), listed)]


class MemoryOutbox:
    """Messages by topic and key."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.told: frozenset[str] = frozenset()

    async def put(self, topic: str, *, key: str, payload: Mapping[str, object]) -> None:
        if topic in WHERE_CONFIGURED - self.told:
            return
        self.kept.setdefault((topic, key), json.loads(json.dumps(payload)))


class MemoryWork:
    """All stores of a transaction; it is also where transactions come from."""

    def __init__(self) -> None:
        items: dict[str, Item] = {}
        self.catalogue = MemoryCatalogue()
        self.dossiers = MemoryDossiers(items)
        self.counters = MemoryCounters()
        self.documents = MemoryDocuments()
        self.uploads = MemoryUploads()
        self.pages = MemoryPages()
        self.contents = MemoryContents()
        self.fields = MemoryFields()
        self.printed_forms = MemoryPrintedForms()
        self.papers = MemoryPaperSayings()
        self.proofs = MemoryProofs()
        self.custody = MemoryCustody(items)
        self.transfers = MemoryTransfers(self)
        self.changes = MemoryChanges(self.custody)
        self.refused_scans = MemoryRefusedScans(self.custody)
        self.devices = MemoryDevices()
        self.pouches = MemoryPouches(self.custody.positions)
        self.handovers = MemoryHandovers()
        self.incidents = MemoryIncidents()
        self.consignments = MemoryConsignments()
        self.carrier_desk = MemoryCarrierDesk(self.consignments)
        self.cod_books = MemoryCodBooks(self.carrier_desk)
        self.cod_cases = MemoryCodCases()
        self.subscriptions = MemorySubscriptions()
        self.waybills = MemoryWaybills()
        self.pickups = MemoryPickups()
        self.rounds = MemoryRounds()
        self.corrections = MemoryCorrections()
        self.ledger = MemoryLedger(self.custody)
        self.nights = MemoryNights(self.dossiers)
        self.outbox = MemoryOutbox()
        self.identifiers = Identifiers(random.Random(1))
        self.now = NOW.astimezone(UTC)

    @asynccontextmanager
    async def begin(self, *, write: bool = True) -> AsyncIterator["MemoryWork"]:
        yield self

    def by(self, actor: Actor) -> Recorder:
        """This person's recorder, a minute after the last."""
        self.now += LATER
        return Recorder(self, actor=actor, now=self.now, identifiers=self.identifiers)

    async def an_item_at(self, stage: Stage, *, code: str, kind: ItemKind) -> Tracked:
        """An item that has come to this stage by the acts on the shortest way."""
        dossier = code.partition("/")[0]
        if dossier not in self.dossiers.kept:
            await self.dossiers.add(a_dossier(dossier), [])
        item = an_item(code, kind=kind)
        first, *rest = WAYS[item.direction, stage]
        await self.by(LAN).begin(item, first, place=_PLACE_OF.get(first, CENTRE))
        for act in rest:
            await self.does(LAN, code, act)
        return await self.at(code)

    async def does(self, actor: Actor, code: str, act: Act, **facts: Any) -> Position:
        """An act written down without asking whether it may be."""
        place = facts.pop("place", None) or _PLACE_OF.get(act, CENTRE)
        pouch = facts.pop("pouch", "TUI" if act in {Act.PACK, Act.SEAL} else None)
        circumstances = Circumstances(place=place, pouch=pouch, **facts)
        return await self.by(actor).record(await self.at(code), act, circumstances)

    async def at(self, code: str) -> Tracked:
        tracked = await self.custody.find(code)
        assert tracked is not None
        return tracked


_PLACE_OF = {Act.ISSUE: DEPARTMENT, Act.TAKE_UP: DEPARTMENT, Act.RETAIN: DEPARTMENT}
_O, _B, _A = Direction.OUT, Direction.BACK, Act
WAYS: dict[tuple[Direction, Stage], tuple[Act, ...]] = {
    (_O, Stage.COUNTER): (_A.RECEIVE,),
    (_O, Stage.DIGITISED): (_A.RECEIVE, _A.DIGITISE),
    (_O, Stage.PACKED): (_A.RECEIVE, _A.PACK),
    (_O, Stage.POUCH): (_A.RECEIVE, _A.PACK, _A.SEAL),
    (_O, Stage.TRANSFER): (_A.RECEIVE, _A.LOAD),
    (_O, Stage.DEPARTMENT): (_A.RECEIVE, _A.TAKE_UP),
    (_O, Stage.MISSING): (_A.RECEIVE, _A.MISS),
    (_O, Stage.RETAINED): (_A.RECEIVE, _A.TAKE_UP, _A.RETAIN),
    (_B, Stage.ISSUED): (_A.ISSUE,),
    (_B, Stage.PACKED): (_A.ISSUE, _A.PACK),
    (_B, Stage.POUCH): (_A.ISSUE, _A.PACK, _A.SEAL),
    (_B, Stage.TRANSFER): (_A.ISSUE, _A.LOAD),
    (_B, Stage.DESK): (_A.ISSUE, _A.HAND_BACK),
    (_B, Stage.DELIVERY): (_A.ISSUE, _A.HAND_BACK, _A.SEND_OUT),
    (_B, Stage.MISSING): (_A.ISSUE, _A.MISS),
    (_B, Stage.RETURNED): (_A.ISSUE, _A.HAND_BACK, _A.RETURN),
}
