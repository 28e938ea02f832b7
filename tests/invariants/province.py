"""A province to play with: the real use cases on the real storage, driven step by step.

One database serves a whole test. Every key leads with the province, so a fresh province code
is a fresh world.
"""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from postal_bridge.clock import ReplayClock
from postal_bridge.codes import make_dossier_code
from postal_bridge.dossiers.intake import Applicant, Filing, Received, receive_dossier
from postal_bridge.dossiers.records import Item, Place, Procedure, ProcedurePaper
from postal_bridge.dossiers.results import issue_result
from postal_bridge.errors import Refusal
from postal_bridge.identity import Actor, Role
from postal_bridge.journey import Act, Stage
from postal_bridge.storage.engine import Storage
from postal_bridge.storage.tables import (
    ConsignmentRow,
    CustodyEventRow,
    DossierRow,
    IncidentRow,
    ItemRow,
    OutboxRow,
    PositionRow,
    PouchRow,
    metadata,
)
from postal_bridge.storage.unit_of_work import UnitOfWork
from postal_bridge.tracking.acts import Recorder
from postal_bridge.tracking.consignments import book_consignment
from postal_bridge.tracking.identifiers import Identifiers
from postal_bridge.tracking.records import Consignment, CustodyEvent
from postal_bridge.tracking.retention import retain_papers
from postal_bridge.tracking.scans import Outcome, Scan, apply_scans
from postal_bridge.worktime import WorkCalendar
from tests.stores import database

T = TypeVar("T")
Deed = Callable[[Recorder], Awaitable[T | Refusal]]

START = datetime(2019, 1, 10, 1, 0, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
CENTRE, JUSTICE, HEALTH = "TT", "STP", "SYT"
PLACES = (CENTRE, JUSTICE, HEALTH)
DEPARTMENTS = (JUSTICE, HEALTH)
LAN = Actor("lan", "Hoàng Thị Lan", Role.CLERK, (CENTRE,))
TUAN = Actor("tuan", "Lý Văn Tuấn", Role.COURIER, PLACES)
NAM = Actor("nam", "Nông Hoài Nam", Role.COURIER, PLACES)
HOA = Actor("hoa", "Vi Thị Hoa", Role.DEPARTMENT, (JUSTICE,))
BINH = Actor("binh", "Lương Thanh Bình", Role.DEPARTMENT, (HEALTH,))
DUNG = Actor("dung", "Triệu Tiến Dũng", Role.SUPERVISOR)
STAFF = {actor.username: actor for actor in (LAN, TUAN, NAM, HOA, BINH, DUNG)}
OFFICER_OF = {CENTRE: LAN, JUSTICE: HOA, HEALTH: BINH}
CALENDAR = WorkCalendar(
    ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))), ("saturday", "sunday")
)
_PROVINCES, _DOSSIERS = count(1), count(1)


class NotTaken(Exception):  # noqa: N818  (it is how the doors undo what was refused)
    """Carries a refusal out of the transaction, which is undone."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.slug)
        self.refusal = refusal


class Broken(RuntimeError):  # noqa: N818  (it names what happens, not what is wrong)
    """The fault that is put into a transaction."""


class World:
    """An open database with an event loop of its own; provinces are made in it."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.Runner()
        self.clock = ReplayClock(START)
        self.storage = Storage(database(url), province="none", clock=self.clock)

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.loop.run(waited())

    def close(self) -> None:
        self.run(self.storage.close())
        self.loop.close()


@contextmanager
def opened_world(url: str) -> Iterator[World]:
    world = World(url)
    try:
        yield world
    finally:
        world.close()


class Faulty:
    """Stands before a transaction's stores and raises before (2n) or after (2n + 1) the n-th call."""

    def __init__(self, target: Any, calls: list[int]) -> None:
        self._target = target
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return Faulty(found, self._calls) if hasattr(found, "_rows") else found

        async def called(*args: Any, **named: Any) -> Any:
            fault = self._calls[0]
            self._calls[0] -= 2
            if fault == 0:
                raise Broken(f"before {name}")
            result = await found(*args, **named)
            if fault == 1:
                raise Broken(f"after {name}")
            return result

        return called


@dataclass(frozen=True)
class Snapshot:
    """What is in the tables of one province, read as plain rows."""

    items: dict[str, Any]
    events: list[CustodyEvent]
    positions: dict[str, Any]
    dossiers: dict[str, Any]
    pouches: dict[str, Any]
    incidents: list[Any]
    consignments: dict[str, Any]

    def events_of(self, item: str) -> list[CustodyEvent]:
        return [event for event in self.events if event.item_code == item]

    def missing(self) -> set[str]:
        return {code for code, one in self.positions.items() if one.stage is Stage.MISSING}


class Province:
    """One province: its places, its staff, and a clock that goes on when it is told to."""

    def __init__(self, world: World, *, code: str | None = None) -> None:
        self.world = world
        self.code = code or f"T{next(_PROVINCES):06d}"
        self.now = START
        self.identifiers = Identifiers(random.Random(7))
        self.dossiers: list[str] = []
        self.run(self._furnish)

    def tick(self, span: timedelta = timedelta(minutes=1)) -> datetime:
        self.now += span
        return self.now

    def run(self, work: Callable[[UnitOfWork], Awaitable[T]], *, write: bool = True) -> T:
        """One transaction of this province."""

        async def done() -> T:
            async with self.world.storage.begin(write=write) as unit:
                return await work(unit)

        self.world.storage._province = self.code
        return self.world.run(done())

    def do(self, actor: Actor, deed: Deed[T], *, fault_at: int | None = None) -> T | Refusal:
        """A use case as a door calls it: what is refused is undone."""

        async def work(unit: UnitOfWork) -> T:
            stores: Any = unit if fault_at is None else Faulty(unit, [fault_at])
            recorder = Recorder(stores, actor=actor, now=self.now, identifiers=self.identifiers)
            outcome = await deed(recorder)
            if isinstance(outcome, Refusal):
                raise NotTaken(outcome)
            if fault_at is not None:
                raise Broken("at the commit")
            return outcome

        try:
            return self.run(work)
        except NotTaken as refused:
            return refused.refusal

    def receive(
        self, procedure: str = JUSTICE, *, code: str | None = None, return_mode: int = 1
    ) -> str:
        """A dossier at the centre's counter."""
        dossier = code or make_dossier_code("000.00.06.H37", date(2019, 1, 10), next(_DOSSIERS))
        filing = Filing(
            code=dossier,
            procedure_code=f"TT-{procedure}",
            applicant=Applicant("Nông Thị Đào", "020190000001", "0912345678", "Thôn Nà Sầm"),
            channel=1,
            return_mode=return_mode,
            place=CENTRE,
            papers=[(1, 1, 0, 3)],
        )

        async def deed(recorder: Recorder) -> Received | Refusal:
            return await receive_dossier(
                recorder.work,
                recorder,
                filing,
                actor=LAN,
                now=self.now,
                calendar=CALENDAR,
                cutoff=None,
            )

        received = self.do(LAN, deed)
        assert isinstance(received, Received)
        self.dossiers.append(dossier)
        return f"{dossier}/H1"

    def get_on(self, procedure: str, *, level: int, code: str | None = None) -> str:
        """A dossier that has got as far as this already; gives its code.

        0 at the counter, 1 taken up by the department, 2 its result issued, 3 the result at the
        desk, 4 on its way home.
        """
        dossier = self.receive(procedure, code=code).partition("/")[0]
        if level > 0:
            self._scan_once(f"{dossier}/H1", Act.TAKE_UP, place=procedure)
        if level > 1:
            self.tick()
            self.do(OFFICER_OF[procedure], issuing(dossier, place=procedure))
        if level > 2:
            self.tick()
            self._scan_once(f"{dossier}/K1", Act.HAND_BACK, place=CENTRE)
        if level > 3:
            self.tick()
            self.do(LAN, sending_home(f"{dossier}/K1"))
        self.tick()
        return dossier

    def _scan_once(self, code: str, act: Act, *, place: str) -> None:
        scan_id = self.identifiers.new(self.now)
        outcome = self.scan(
            OFFICER_OF[place], Scan(scan_id=scan_id, code=code, act=act, place=place, at=self.now)
        )
        assert outcome.accepted == 1

    def scan(self, actor: Actor, *scans: Scan) -> Outcome:
        outcome = self.do(actor, scanning(scans))
        assert isinstance(outcome, Outcome)
        return outcome

    def snapshot(self) -> Snapshot:
        return self.run(self._snapshot, write=False)

    def dump(self) -> str:
        """Every row of every table, as text: two dumps are equal when nothing has changed."""
        return self.run(_dump, write=False)

    async def _snapshot(self, unit: UnitOfWork) -> Snapshot:
        async def rows(row: Any, order: str) -> list[Any]:
            table = metadata.tables[row.__tablename__]
            statement = select(table).where(table.c.province == self.code).order_by(table.c[order])
            return list(await unit.connection.execute(statement))

        events = [
            CustodyEvent.model_construct(**one._mapping)
            for one in await rows(CustodyEventRow, "entry")
        ]
        return Snapshot(
            items={one.code: one for one in await rows(ItemRow, "code")},
            events=events,
            positions={one.item_code: one for one in await rows(PositionRow, "item_code")},
            dossiers={one.code: one for one in await rows(DossierRow, "code")},
            pouches={one.code: one for one in await rows(PouchRow, "code")},
            incidents=await rows(IncidentRow, "id"),
            consignments={one.number: one for one in await rows(ConsignmentRow, "number")},
        )

    async def _furnish(self, unit: UnitOfWork) -> None:
        await unit.catalogue.import_places(
            Place(code=code, name=code, kind="department" if code in DEPARTMENTS else "centre")
            for code in PLACES
        )
        await unit.catalogue.import_procedures(
            [
                Procedure(code=f"TT-{code}", name="Thủ tục", department=code, time_limit_value=3)
                for code in DEPARTMENTS
            ],
            [
                ProcedurePaper(procedure_code=f"TT-{code}", position=1, paper_name="Tờ khai")
                for code in DEPARTMENTS
            ],
        )


def issuing(dossier: str, *, place: str) -> Deed[Item]:
    async def deed(recorder: Recorder) -> Item | Refusal:
        item = await issue_result(
            recorder.work,
            recorder,
            code=dossier,
            label="Giấy phép",
            place=place,
            actor=recorder.actor,
            now=recorder.now,
        )
        if not isinstance(item, Refusal):
            await retain_papers(recorder, dossier, place=place)
        return item

    return deed


def sending_home(item: str) -> Deed[Consignment]:
    async def deed(recorder: Recorder) -> Consignment | Refusal:
        return await book_consignment(
            recorder, item_code=item, carrier="own_fleet", place=CENTRE, courier="tuan"
        )

    return deed


def scanning(scans: Sequence[Scan]) -> Deed[Outcome]:
    async def deed(recorder: Recorder) -> Outcome:
        return await apply_scans(recorder, device="HH-01", scans=scans, ahead_limit=AHEAD)

    return deed


async def _dump(unit: UnitOfWork) -> str:
    province = unit._rows.province
    lines: list[str] = []
    for table in metadata.sorted_tables:
        statement = select(table)
        if "province" in table.c:
            statement = statement.where(table.c.province == province)
        found = await unit.connection.execute(statement)
        lines += sorted(
            json.dumps([table.name, *row], default=str, ensure_ascii=False) for row in found
        )
    return "\n".join(lines)


async def notices_of(unit: UnitOfWork, items: Sequence[str]) -> list[tuple[str, str]]:
    """The outgoing messages about these items: topic and key."""
    table = metadata.tables[str(OutboxRow.__tablename__)]
    found = await unit.connection.execute(select(table.c.topic, table.c.key))
    return [(topic, key) for topic, key in found if key.partition(":")[0] in items]


def an_id(number: int) -> UUID:
    """A handheld's scan id; by its number the tests decide who wins a tie."""
    return UUID(int=(7 << 76) | (2 << 62) | number)
